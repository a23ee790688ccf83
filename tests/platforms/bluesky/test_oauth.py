"""What a consent may not be: answers of others, servers that speak for others, apps that nobody knows."""

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.domain.accounts import Secret
from platforms.base import AppRegistration, Wire
from platforms.bluesky import CONNECTOR
from platforms.bluesky.client import document, register, trouble
from platforms.bluesky.oauth import ask, redeem
from platforms.bluesky.spec import SPEC
from platforms.consent import Question, Return
from platforms.errors import AppRefused, ContentRefused, PlatformError, Reconnect, Unavailable
from platforms.http import HttpWire
from platforms.proofs import thumbprint
from tests.platforms.bluesky.test_consent_contract import (
    APP,
    DID,
    ENDPOINTS,
    GIVEN,
    ISSUER,
    KEPT,
    METADATA,
    REDIRECT,
    SERVER,
)

RESOLVE = "com.atproto.identity.resolveHandle"
OTHER = "did:plc:zzzzzzzzzzzzzzzzzzzzzzzz"


def world(**answers: object) -> Wire:
    """A wire to servers that answer by the last piece of the path; a number is a status."""
    plain: dict[str, object] = {
        "oauth-protected-resource": {"authorization_servers": [ISSUER]},
        "oauth-authorization-server": METADATA,
        "com.atproto.identity.resolveHandle": {"did": DID},
        "com.atproto.server.getSession": {"did": DID, "handle": "juniper.example", "active": True},
        "par": {"request_uri": "urn:x"},
        "token": GIVEN,
        "document": SERVER,
    }
    known = plain | {name.replace("_", "-").replace("--", "."): value for name, value in answers.items()}

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name.startswith("did:"):
            service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": known["document"]}
            return httpx.Response(200, json={"id": name, "service": [service]})
        said = known.get(name, 404)
        if isinstance(said, tuple):
            return httpx.Response(said[0], json=said[1])
        return httpx.Response(said) if isinstance(said, int) else httpx.Response(200, json=said)

    return HttpWire(SPEC, httpx.MockTransport(answer))


def back(**changes: str | None) -> Return:
    issuer = changes.pop("issuer") if "issuer" in changes else ISSUER
    return Return(kept=Secret(json.dumps({**KEPT, **changes})), code=Secret("c0de"), issuer=issuer, app=APP)


def question(typed: str = "juniper.example") -> Question:
    return Question(typed=typed, state="st", app=APP)


@pytest.mark.parametrize(
    ("answers", "given", "says"),
    [
        ({}, {"issuer": None}, "another server than was asked"),
        ({}, {"issuer": "https://evil.example"}, "another server than was asked"),
        ({"token": {**GIVEN, "sub": OTHER}}, {}, "another account than was asked"),
        ({"oauth_protected_resource": {"authorization_servers": ["https://evil.example"]}}, {}, "does not speak for"),
        ({"token": (400, {"error": "invalid_grant"})}, {}, "consent ran out"),
        (
            {"com.atproto.server.getSession": {"did": OTHER, "handle": "x.y", "active": True}},
            {},
            "belongs to another Bluesky account",
        ),
        (
            {"com.atproto.server.getSession": {"did": DID, "handle": "x.y", "active": False, "status": "suspended"}},
            {},
            "is suspended",
        ),
    ],
)
async def test_what_does_not_agree_connects_nothing(
    answers: dict[str, object], given: dict[str, str | None], says: str
) -> None:
    with pytest.raises(Reconnect, match=says):
        await redeem(world(**answers), ENDPOINTS, back(**given))


async def test_without_a_name_the_account_itself_says_where_it_lives() -> None:
    made = await redeem(world(), ENDPOINTS, back(did=None))
    assert (made.identity.platform_account_id, made.identity.service_url) == (DID, SERVER)


@pytest.mark.parametrize(
    "given",
    [
        {**GIVEN, "token_type": "Bearer"},
        {**GIVEN, "sub": "juniper"},
        {**GIVEN, "scope": "openid"},
        {**GIVEN, "access_token": ""},
    ],
)
async def test_tokens_that_are_no_good_are_not_kept(given: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        await redeem(world(token=given), ENDPOINTS, back())


@pytest.mark.parametrize(
    ("answers", "typed", "kind", "says"),
    [
        ({}, "not a handle", ContentRefused, "is no Bluesky handle"),
        (
            {"com.atproto.identity.resolveHandle": (400, {"error": "x"})},
            "a.example",
            ContentRefused,
            "knows no account",
        ),
        ({"oauth_authorization_server": 404}, "a.example", Unavailable, "no consent page"),
        (
            {"oauth_authorization_server": {**METADATA, "issuer": "https://x.example"}},
            "a.example",
            Unavailable,
            "usably",
        ),
        (
            {"oauth_authorization_server": {**METADATA, "token_endpoint": "http://issuer.example/t"}},
            "a.example",
            Unavailable,
            "usably",
        ),
        ({"oauth_protected_resource": {"authorization_servers": []}}, "a.example", Unavailable, "usably"),
        ({"par": (400, {"error": "invalid_client_metadata"})}, "a.example", AppRefused, "HERALD_PUBLIC_URL"),
        ({"par": (400, {"error": "invalid_dpop_proof"})}, "a.example", Unavailable, "clock"),
        ({"par": (400, {"error": "odd"})}, "a.example", Unavailable, "no usable sign-in"),
    ],
)
async def test_what_cannot_be_asked_says_why(
    answers: dict[str, object], typed: str, kind: type[PlatformError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        await ask(world(**answers), ENDPOINTS, question(typed))


async def test_a_server_that_names_nobody_is_asked_itself() -> None:
    own = {name: value.replace(ISSUER, SERVER) for name, value in METADATA.items()}
    wire = world(oauth_protected_resource=404, oauth_authorization_server=own)
    sent = await ask(wire, ENDPOINTS, question(SERVER))
    assert sent.url.startswith(f"{SERVER}/oauth/authorize?")
    assert json.loads(sent.kept.reveal())["did"] is None


def test_herald_describes_itself_without_its_private_key() -> None:
    app = register(REDIRECT)
    said = document(app)
    assert said["client_id"] == "https://herald.example.org/oauth/client/bluesky.json"
    assert said["redirect_uris"] == [REDIRECT]
    told = json.dumps(said)
    assert json.loads(app.client_secret.reveal())["d"] not in told
    assert thumbprint(app.client_secret) in told
    assert register(REDIRECT).client_secret != app.client_secret


def test_on_loopback_the_client_id_says_it_all() -> None:
    for callback in ("http://127.0.0.1:8000/oauth/callback", "http://[::1]:8000/oauth/callback"):
        assert trouble(callback) is None
        app = register(callback)
        query = parse_qs(urlsplit(app.client_id).query)
        assert query == {"redirect_uri": [callback], "scope": ["atproto transition:generic"]}
        assert app == AppRegistration(client_id=app.client_id, client_secret=Secret(""), redirect_uri=callback)
    assert "127.0.0.1" in (trouble("http://localhost:8000/oauth/callback") or "")
    assert trouble("https://herald.paperboat.club:8443/oauth/callback") is None
    assert CONNECTOR.consent is not None
