"""The stand-in's authorization server refuses what the real one refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from bot.domain.accounts import Secret
from platforms.proofs import new_key, proof
from sandbox.networks.bluesky.app import Server, running
from tests.platforms.bluesky.test_stand_in import HANDLE

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
APP = f"http://localhost?{urlencode({'redirect_uri': CALLBACK, 'scope': 'atproto transition:generic'})}"
VERIFIER = "v" * 64
KEY = new_key()


class Caller:
    """Somebody with a key."""

    def __init__(self, server: Server) -> None:
        self.server, self.key = server, KEY

    async def call(
        self, method: str, path: str, *, token: str | None = None, nonce: str | None = "", **more: object
    ) -> httpx.Response:
        """Send, with a proof for this request; `nonce` empty for the right one."""
        url = f"{self.server.url}{path}"
        right = self.server.world.consents.nonce() if nonce == "" else nonce
        held = Secret(token) if token else None
        made = proof(self.key, method=method, url=url, at=datetime.now(UTC), nonce=right, token=held)
        headers = {"DPoP": made} | ({"Authorization": f"DPoP {token}"} if token else {})
        async with httpx.AsyncClient() as client:
            return await client.request(method, url, headers=headers, **more)  # pyright: ignore[reportArgumentType]

    async def push(self, **changes: str) -> httpx.Response:
        """A question."""
        form = {
            "client_id": APP,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "atproto transition:generic",
            "state": "st",
            "code_challenge": str(create_s256_code_challenge(VERIFIER)),
            "code_challenge_method": "S256",
        }
        return await self.call("POST", "/oauth/par", data=form | changes)

    async def code(self) -> str:
        """Of a yes."""
        pushed = (await self.push()).json()["request_uri"]
        query = {"client_id": APP, "request_uri": pushed, "approve": HANDLE}
        async with httpx.AsyncClient() as client:
            back = await client.get(f"{self.server.url}/oauth/authorize", params=query)
        found = parse_qs(urlsplit(back.headers["Location"]).query)
        assert (found["state"], found["iss"]) == (["st"], [self.server.url])
        return found["code"][0]

    async def tokens(self, **values: str) -> httpx.Response:
        """For a code or a refresh token."""
        return await self.call("POST", "/oauth/token", data={"client_id": APP, **values})

    async def redeem(self, **changes: str) -> httpx.Response:
        """A fresh code."""
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return await self.tokens(**(form | {"code": await self.code()} | changes))


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with running() as server:
        yield Caller(server)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "https://herald.example.org/c.json"}, "invalid_client_metadata"),
        ({"redirect_uri": "http://127.0.0.1:8000/other"}, "invalid_redirect_uri"),
        ({"scope": "transition:generic"}, "invalid_scope"),
        ({"scope": "atproto transition:email"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
    ],
)
async def test_a_question_that_is_wrong_is_refused(caller: Caller, changes: dict[str, str], error: str) -> None:
    answer = await caller.push(**changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_tokens_are_for_who_holds_the_key_the_verifier_and_a_fresh_refresh_token(caller: Caller) -> None:
    assert (await caller.redeem(code_verifier="w" * 64)).json()["error"] == "invalid_grant"
    caller.key = new_key()
    code = await caller.code()
    caller.key = KEY
    stolen = await caller.redeem(code=code)
    assert stolen.json()["error"] == "invalid_grant"
    given = (await caller.redeem()).json()
    assert (given["token_type"], given["sub"]) == ("DPoP", next(iter(caller.server.world.people)))
    again = await caller.tokens(grant_type="refresh_token", refresh_token=given["refresh_token"])
    replayed = await caller.tokens(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (again.status_code, replayed.json()["error_description"]) == (200, "Refresh token replayed")
    last = await caller.tokens(grant_type="refresh_token", refresh_token=again.json()["refresh_token"])
    assert last.json()["error"] == "invalid_grant"


async def test_a_call_needs_its_key_its_nonce_and_a_proof_of_its_own(caller: Caller) -> None:
    token, path = (await caller.redeem()).json()["access_token"], "/xrpc/com.atproto.server.getSession"
    assert (await caller.call("GET", path, token=token)).json()["handle"] == HANDLE
    for nonce in (None, "old"):
        answer = await caller.call("GET", path, token=token, nonce=nonce)
        assert (answer.status_code, answer.json()["error"]) == (401, "use_dpop_nonce")
        assert 'error="use_dpop_nonce"' in answer.headers["WWW-Authenticate"]
        assert answer.headers["DPoP-Nonce"] == caller.server.world.consents.nonce()
    caller.key = new_key()
    answer = await caller.call("GET", path, token=token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    async with httpx.AsyncClient(base_url=caller.server.url) as client:
        bearer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (bearer.status_code, bearer.json()["error"]) == (400, "InvalidToken")
        bare = await client.get(path, headers={"Authorization": f"DPoP {token}"})
        assert bare.json()["error"] == "invalid_dpop_proof"
