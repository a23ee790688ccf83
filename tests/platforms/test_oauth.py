"""OAuth 2 from data: the address, the token request and the reading of its answer."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.accounts import Secret
from platforms.base import Answer, OAuthRules, Request, Wire
from platforms.errors import Unavailable
from platforms.oauth import (
    AppRegistration,
    Consent,
    authorization_url,
    code_request,
    new_verifier,
    read_tokens,
    redeem,
    refresh_request,
)

PATH = "/token"
RULES = OAuthRules(
    authorize_path="/authorize", token_path=PATH, scopes=("read", "write"), source="-", read=date(2026, 11, 21)
)
APP = AppRegistration(client_id="id", client_secret=Secret("hush"), redirect_uri="https://herald.example/cb?x=1")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def answer(body: object) -> Answer:
    return Answer(status=200, headers={}, body=json.dumps(body).encode())


def test_the_address_asks_for_a_code_and_holds_the_challenge_alone() -> None:
    verifier = new_verifier()
    url = authorization_url(RULES, "https://s.example", APP, Consent(state="st&te", verifier=verifier))
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    digest = urlsafe_b64encode(sha256(verifier.reveal().encode()).digest()).rstrip(b"=").decode()
    assert url.startswith("https://s.example/authorize?")
    assert asked == {
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": APP.redirect_uri,
        "scope": "read write",
        "state": "st&te",
        "code_challenge": digest,
        "code_challenge_method": "S256",
    }
    assert verifier.reveal() not in url


def test_without_pkce_no_challenge_is_sent() -> None:
    rules = OAuthRules(
        authorize_path="/a", token_path=PATH, scopes=("read",), pkce=False, source="-", read=date(2026, 11, 21)
    )
    consent = Consent(state="s", verifier=new_verifier(), extra={"force_login": "true"})
    url = authorization_url(rules, "https://s.example", APP, consent)
    assert "challenge" not in url
    assert "force_login=true" in url


def test_verifiers_are_long_enough_and_never_the_same() -> None:
    many = {new_verifier().reveal() for _ in range(50)}
    assert len(many) == 50
    assert all(43 <= len(one) <= 128 for one in many)


def test_the_token_request_keeps_its_secrets_closed() -> None:
    request = code_request(RULES, "https://s.example", APP, code=Secret("c0de"), verifier=Secret("v3rifier"))
    assert (request.method, request.url) == ("POST", "https://s.example/token")
    assert dict(request.form) == {
        "grant_type": "authorization_code",
        "redirect_uri": APP.redirect_uri,
        "client_id": "id",
        "code": Secret("c0de"),
        "code_verifier": Secret("v3rifier"),
        "client_secret": Secret("hush"),
    }
    assert not any(word in repr(request) for word in ("c0de", "v3rifier", "hush"))


def test_a_refresh_request_has_the_refresh_token() -> None:
    request = refresh_request(RULES, "https://s.example", APP, refresh=Secret("r"))
    assert dict(request.form)["refresh_token"] == Secret("r")
    assert dict(request.form)["grant_type"] == "refresh_token"


def test_tokens_are_read_with_their_ends() -> None:
    tokens = read_tokens(
        answer(
            {"access_token": "a", "token_type": "bearer", "refresh_token": "r", "expires_in": "60", "scope": "x,y z"}
        ),
        now=NOW,
    )
    assert tokens is not None
    assert (tokens.access, tokens.refresh) == (Secret("a"), Secret("r"))
    assert tokens.access_expires_at == NOW + timedelta(seconds=60)
    assert tokens.scopes == ("x", "y", "z")


@pytest.mark.parametrize("expires_in", [None, 0, -5, True, "soon", [60]])
def test_an_end_that_is_no_number_of_seconds_is_no_end(expires_in: object) -> None:
    tokens = read_tokens(answer({"access_token": "a", "expires_in": expires_in}), now=NOW)
    assert tokens is not None
    assert tokens.access_expires_at is None


@pytest.mark.parametrize(
    "body", [[], {}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a", "token_type": "mac"}]
)
def test_what_is_no_token_is_none(body: object) -> None:
    assert read_tokens(answer(body), now=NOW) is None


class Deaf:
    """A wire whose server answers with nothing useful."""

    async def prepare(self, request: Request) -> Answer:
        """Answer."""
        return answer({"hello": request.operation})


async def test_an_answer_without_a_token_is_said_plainly() -> None:
    request = code_request(RULES, "https://s.example", APP, code=Secret("c"), verifier=None)
    with pytest.raises(Unavailable, match="Connect the account again"):
        await redeem(cast("Wire", Deaf()), request, now=NOW)
