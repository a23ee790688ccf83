"""What the wire signs, checked by another library; and the nonce of a server, which may change at any time."""

import asyncio
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from bot.domain.accounts import Secret
from platforms.base import Request, Wire
from platforms.errors import ContentRefused, Fenced, OutcomeUnknown, TokenExpired
from platforms.http import HttpWire, Sender
from platforms.proofs import ASSERTION_TYPE, Assertion, Nonces, new_key, public_key, thumbprint
from platforms.transport import FaultKind, TransportFault
from tests.platforms.toys import SPEC

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEY, TOKEN = new_key(), Secret("t0ken+of/somebody")
URL = "https://pds.toy.example/xrpc/toy.put"


def asking(**changes: Any) -> Request:  # noqa: ANN401  # fields of Request
    """A request bound to a key."""
    plain: dict[str, Any] = {"operation": "toy.put", "method": "POST", "url": URL, "bearer": TOKEN, "dpop": KEY}
    return Request(**(plain | changes))


def public(key: Secret = KEY) -> ECKey:
    """The public half, for the other library."""
    return ECKey.import_key(cast("dict[str, str | list[str]]", public_key(key)))


def verified(proof: str, key: Secret = KEY) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT, if `key` signed it."""
    found = jws.deserialize_compact(proof, public(key), ["ES256"])
    return dict(found.headers()), json.loads(found.payload or b"")


class Server:
    """Wants the nonce it last gave; `change` makes a new one before each request, as often as it says."""

    def __init__(self, *, status: int = 401, as_header: bool = True) -> None:
        self.proofs: list[dict[str, Any]] = []
        self.done = 0
        self.number = 1
        self.change = 0
        self._status, self._as_header = status, as_header
        self.breaks: Callable[[], None] | None = None

    @property
    def nonce(self) -> str:
        """What a proof has to hold now."""
        return f"nonce-{self.number}"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.number += self.change > 0
        self.change -= self.change > 0
        _, claims = verified(request.headers["dpop"])
        self.proofs.append(claims)
        said = {"dpop-nonce": self.nonce}
        if claims.get("nonce") != self.nonce:
            if self._as_header:
                said["www-authenticate"] = 'DPoP error="use_dpop_nonce", error_description="No"'
            return httpx.Response(self._status, headers=said, json={"error": "use_dpop_nonce"})
        if self.breaks is not None:
            self.breaks()
        self.done += 1
        return httpx.Response(200, headers=said, json={})

    def wires(self, **changes: Any) -> Callable[[], Wire]:  # noqa: ANN401  # what Sender.wire takes
        """Wires of one process."""
        sender = Sender(httpx.MockTransport(self), clock=lambda: NOW)
        return lambda: sender.wire(SPEC, **changes)


async def test_a_proof_says_what_is_sent_with_what_token_and_is_signed_by_the_key() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    wire = HttpWire(SPEC, httpx.MockTransport(answer), clock=lambda: NOW)
    await wire.read(asking(method="GET", query=(("a", "b c"),)))
    header, claims = verified(seen[0].headers["dpop"])
    digest = urlsafe_b64encode(sha256(TOKEN.reveal().encode()).digest()).rstrip(b"=").decode()
    assert header == {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_key(KEY)}
    assert len(claims.pop("jti")) > 16
    assert claims == {"htm": "GET", "htu": URL, "iat": int(NOW.timestamp()), "ath": digest}
    assert seen[0].headers["authorization"] == f"DPoP {TOKEN.reveal()}"
    await wire.read(asking(bearer=None))
    assert "ath" not in verified(seen[1].headers["dpop"])[1]
    assert "authorization" not in seen[1].headers


async def test_an_app_proves_itself_in_the_form_for_a_minute() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    key = new_key()
    assertion = Assertion(client_id="https://h.example/c.json", audience="https://as.example", key=key)
    wire = HttpWire(SPEC, httpx.MockTransport(answer), clock=lambda: NOW)
    for _ in range(2):
        await wire.prepare(asking(bearer=None, dpop=None, form=(("grant_type", "x"),), assertion=assertion))
    forms = [dict(parse_qsl(request.content.decode())) for request in seen]
    header, claims = verified(forms[0]["client_assertion"], key)
    assert (forms[0]["grant_type"], forms[0]["client_assertion_type"]) == ("x", ASSERTION_TYPE)
    assert (header["alg"], header["kid"]) == ("ES256", thumbprint(key))
    assert (claims["iss"], claims["sub"], claims["aud"]) == (*["https://h.example/c.json"] * 2, "https://as.example")
    assert claims["exp"] - claims["iat"] == 60
    assert claims["jti"] != verified(forms[1]["client_assertion"], key)[1]["jti"]
    assert "dpop" not in seen[0].headers


def test_a_key_is_called_as_the_standard_says() -> None:
    assert thumbprint(KEY) == public().thumbprint()
    assert new_key() != new_key()
    for wrong in ("[]", '{"kty":"EC"}'):
        with pytest.raises(ValueError, match="no private key of ours"):
            public_key(Secret(wrong))


@pytest.mark.parametrize(("status", "as_header"), [(401, True), (400, False)])
async def test_a_nonce_is_asked_for_once_and_known_to_all_afterwards(status: int, *, as_header: bool) -> None:
    server = Server(status=status, as_header=as_header)
    wires = server.wires()
    assert (await wires().create(asking())).status == 200
    assert (await wires().create(asking())).status == 200
    assert [claims.get("nonce") for claims in server.proofs] == [None, "nonce-1", "nonce-1"]
    assert len({claims["jti"] for claims in server.proofs}) == 3
    assert server.done == 2


async def test_a_nonce_that_changes_in_mid_use_costs_one_more_request_and_never_a_second_post() -> None:
    server = Server()
    wires = server.wires()
    await wires().read(asking())
    server.change = 1
    wire = wires()
    assert (await wire.create(asking())).status == 200
    assert server.done == 2
    assert [call.status for call in wire.calls] == [401, 200]


async def test_many_at_once_with_an_old_nonce_all_learn_the_new_one() -> None:
    server = Server()
    waiting: list[httpx.Request] = []
    everybody = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if not everybody.is_set():
            waiting.append(request)
            everybody.set() if len(waiting) == 5 else await everybody.wait()
        return server(request)

    sender = Sender(httpx.MockTransport(answer), clock=lambda: NOW)
    answers = await asyncio.gather(*(sender.wire(SPEC).create(asking()) for _ in range(5)))
    assert [one.status for one in answers] == [200] * 5
    assert (server.done, len(server.proofs)) == (5, 10)


async def test_a_server_that_is_never_content_is_asked_twice() -> None:
    server = Server()
    server.change = 10
    with pytest.raises(TokenExpired):
        await server.wires()().create(asking())
    assert (len(server.proofs), server.done) == (2, 0)


async def test_an_answer_lost_after_the_nonce_is_a_doubt() -> None:
    server = Server()

    def lost() -> None:
        raise TransportFault(FaultKind.LOST, written=True)

    server.breaks = lost
    with pytest.raises(OutcomeUnknown):
        await server.wires()().create(asking())
    assert len(server.proofs) == 2


async def test_the_fence_is_asked_again_before_the_second_sending() -> None:
    server, asked = Server(), list[int]()

    def fence() -> bool:
        asked.append(1)
        return len(asked) < 2

    class Fencing(httpx.MockTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if not request.extensions["fence"]():
                raise TransportFault(FaultKind.HELD_BACK, written=False)
            return await super().handle_async_request(request)

    wire = HttpWire(SPEC, Fencing(server), fence=fence, clock=lambda: NOW)
    with pytest.raises(Fenced):
        await wire.create(asking())
    assert server.done == 0


async def test_requests_without_a_key_are_never_sent_twice() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, headers={"dpop-nonce": "n"}, json={"error": "use_dpop_nonce"})

    wire = HttpWire(SPEC, httpx.MockTransport(answer))
    with pytest.raises(TokenExpired):
        await wire.create(asking(dpop=None))
    assert len(seen) == 1


def test_nonces_are_kept_by_server_within_bounds() -> None:
    nonces = Nonces()
    nonces.hear("https://a.example/x", {"dpop-nonce": "one"})
    nonces.hear("https://a.example/y", {"dpop-nonce": "x" * 600})
    nonces.hear("https://a.example/y", {})
    assert (nonces.of("https://A.example/q"), nonces.of("https://b.example/")) == ("one", None)
    for number in range(2_100):
        nonces.hear(f"https://s{number}.example", {"dpop-nonce": "n"})
    assert nonces.of("https://a.example/") is None


async def test_no_key_and_no_token_is_shown_by_errors_or_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    private = cast("dict[str, str]", json.loads(KEY.reveal()))["d"]

    def answer(request: httpx.Request) -> httpx.Response:
        told = request.headers["authorization"] + private
        return httpx.Response(400, json={"code": "odd", "message": told})

    with pytest.raises(ContentRefused) as caught:
        await HttpWire(SPEC, httpx.MockTransport(answer)).prepare(asking())
    told = f"{caught.value!r} {vars(caught.value)} {asking()!r} {caplog.text}"
    assert TOKEN.reveal() not in told
    assert KEY.reveal() not in told
