"""OAuth 2 from data: the address, the requests for tokens and the reading of their answers."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms import oauth
from platforms.base import Answer, AppRegistration, Endpoints, OAuthRules, Request, Wire
from platforms.errors import AppRefused, PlatformError, Reconnect, ScopeMissing, Unavailable
from platforms.oauth import Client, Consent, authorization_url, new_verifier
from platforms.oauth_answers import error_code, read_tokens
from platforms.oauth_rules import ClientAuth, Proof, Reach, Revocation, TokenCall
from platforms.places import place
from tests.platforms.toys import spec

APP = AppRegistration(client_id="id", client_secret=Secret("hush"), redirect_uri="https://herald.example/cb?x=1")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OLD = Tokens(access=Secret("a0"), refresh=Secret("r0"), scopes=("read",), extra={"kept": Secret("k")})


def rules(**changes: Any) -> OAuthRules:  # noqa: ANN401  # fields of OAuthRules
    """Plain rules with some fields changed."""
    plain: dict[str, Any] = {
        "authorize": "https://www.toy.example/authorize",
        "token": "https://toy.example/token",
        "scopes": ("read", "write"),
        "source": "-",
        "read": date(2026, 11, 21),
    }
    return OAuthRules(**(plain | changes))


def client(endpoints: Endpoints | None = None, **changes: Any) -> Client:  # noqa: ANN401  # fields of OAuthRules
    """Herald at a server with these rules."""
    return Client(spec=spec(oauth=rules(**changes)), endpoints=endpoints or Endpoints(api=""), app=APP)


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(body).encode())


@dataclass
class Told:
    """A wire whose server gives these answers in order."""

    answers: list[Answer]
    asked: list[Request] = field(default_factory=list)

    async def prepare(self, request: Request) -> Answer:
        """Answer."""
        self.asked.append(request)
        return self.answers.pop(0)

    @property
    def wire(self) -> Wire:
        """As connectors see it."""
        return cast("Wire", self)


# --- The address ---------------------------------------------------------------------------------------------------


def test_the_address_asks_for_a_code_and_holds_the_challenge_alone() -> None:
    verifier = new_verifier()
    url = authorization_url(client(), Consent(state="st&te", verifier=verifier))
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    digest = urlsafe_b64encode(sha256(verifier.reveal().encode()).digest()).rstrip(b"=").decode()
    assert url.startswith("https://www.toy.example/authorize?")
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


def test_a_network_may_name_the_client_its_own_way_join_scopes_by_commas_and_want_more() -> None:
    own = client(
        pkce=False, client_id_name="client_key", scope_separator=",", authorize_extra=(("duration", "permanent"),)
    )
    url = authorization_url(own, Consent(state="s", verifier=new_verifier(), extra={"force_login": "true"}))
    asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert (asked["client_key"], asked["scope"]) == ("id", "read,write")
    assert (asked["duration"], asked["force_login"]) == ("permanent", "true")
    assert not {"client_id", "code_challenge"} & set(asked)


def test_verifiers_are_long_enough_and_never_the_same() -> None:
    many = {new_verifier().reveal() for _ in range(50)}
    assert len(many) == 50
    assert all(43 <= len(one) <= 128 for one in many)


@pytest.mark.parametrize(
    ("endpoints", "address", "moved"),
    [
        (Endpoints(api="https://toy.example"), "https://toy.example/t?a=1", "https://toy.example/t?a=1"),
        (Endpoints(api=""), "https://toy.example/t", "https://toy.example/t"),
        (Endpoints(api="http://[::1]:1"), "https://toy.example/t", "http://[::1]:1/t"),
        (Endpoints(api="http://h:1/toy"), "https://toy.example/t", "http://h:1/toy/t"),
        (Endpoints(api="http://h:1"), "https://www.toy.example/a", "https://www.toy.example/a"),
        (Endpoints(api="http://h:1", auth="http://h:2/x"), "https://www.toy.example/a", "http://h:2/x/a"),
    ],
)
def test_addresses_move_with_what_is_configured(endpoints: Endpoints, address: str, moved: str) -> None:
    assert place(spec(), endpoints, address) == moved


def test_an_address_beside_a_versioned_api_moves_with_it() -> None:
    versioned = spec(api_url="https://graph.toy.example/v1.0")
    at = Endpoints(api="http://h:1/toy/v1.0")
    assert place(versioned, at, "https://graph.toy.example/oauth/token") == "http://h:1/toy/oauth/token"
    assert place(versioned, at, "https://graph.toy.example/v1.0/me") == "http://h:1/toy/v1.0/me"


# --- Requests ------------------------------------------------------------------------------------------------------


async def test_the_code_goes_with_its_verifier_and_all_secrets_stay_closed() -> None:
    told = Told([answer({"access_token": "a"})])
    await oauth.redeem(told.wire, client(), code=Secret("c0de"), verifier=Secret("v3rifier"), now=NOW)
    (request,) = told.asked
    assert (request.method, request.url, request.basic) == ("POST", "https://toy.example/token", None)
    assert dict(request.form) == {
        "grant_type": "authorization_code",
        "redirect_uri": APP.redirect_uri,
        "client_id": "id",
        "code": Secret("c0de"),
        "code_verifier": Secret("v3rifier"),
        "client_secret": Secret("hush"),
    }
    assert not any(word in repr(request) for word in ("c0de", "v3rifier", "hush"))


@pytest.mark.parametrize(
    ("how", "named"),
    [
        (ClientAuth.BODY, {"client_id": "id", "client_secret": Secret("hush")}),
        (ClientAuth.BASIC, {}),
        (ClientAuth.PUBLIC, {"client_id": "id"}),
        (ClientAuth.SECRET, {"client_secret": Secret("hush")}),
        (ClientAuth.NOBODY, {}),
    ],
)
async def test_herald_says_who_it_is_in_the_way_the_network_wants(how: ClientAuth, named: dict[str, object]) -> None:
    told = Told([answer({"access_token": "a"})])
    await oauth.refresh(told.wire, client(client=how), OLD, now=NOW)
    (request,) = told.asked
    assert dict(request.form) == {"grant_type": "refresh_token", "refresh_token": Secret("r0"), **named}
    assert request.basic == (("id", Secret("hush")) if how is ClientAuth.BASIC else None)


async def test_a_short_token_is_exchanged_for_a_long_one_and_renewed_by_itself() -> None:
    """As Threads has it: the secret alone, then nothing but the token, always in a query."""
    longer = TokenCall(
        address="https://toy.example/long",
        method="GET",
        grant_type="th_exchange_token",
        token_name="access_token",  # noqa: S106  # a parameter's name
        carries=Proof.ACCESS,
        client=ClientAuth.SECRET,
    )
    again = TokenCall(
        address="https://toy.example/again",
        method="GET",
        grant_type="th_refresh_token",
        token_name="access_token",  # noqa: S106  # a parameter's name
        carries=Proof.ACCESS,
        client=ClientAuth.NOBODY,
    )
    own = client(pkce=False, exchange=longer, refresh=again, access_life=timedelta(days=60))
    short, long = {"access_token": "short", "user_id": 7}, {"access_token": "long", "expires_in": 100}
    told = Told([answer(short), answer(long), answer({"access_token": "longer"})])
    tokens = await oauth.redeem(told.wire, own, code=Secret("c"), verifier=Secret("v"), now=NOW)
    assert (tokens.access, tokens.refresh) == (Secret("long"), Secret("long"))
    assert tokens.access_expires_at == tokens.refresh_expires_at == NOW + timedelta(seconds=100)
    tokens = await oauth.refresh(told.wire, own, tokens, now=NOW)
    assert (tokens.access, tokens.access_expires_at) == (Secret("longer"), NOW + timedelta(days=60))
    assert "code_verifier" not in dict(told.asked[0].form)
    assert dict(told.asked[1].query) == {
        "grant_type": "th_exchange_token",
        "access_token": Secret("short"),
        "client_secret": Secret("hush"),
    }
    assert dict(told.asked[2].query) == {"grant_type": "th_refresh_token", "access_token": Secret("long")}
    assert [(request.method, request.form) for request in told.asked[1:]] == [("GET", ())] * 2
    assert "long" not in repr([request.query for request in told.asked])


async def test_a_code_may_be_exchanged_by_a_query() -> None:
    told = Told([answer({"access_token": "a"})])
    await oauth.redeem(told.wire, client(token_method="GET"), code=Secret("c"), verifier=None, now=NOW)  # noqa: S106
    assert dict(told.asked[0].query)["code"] == Secret("c")


# --- Answers -------------------------------------------------------------------------------------------------------


def test_tokens_are_read_with_their_ends() -> None:
    body = {
        "access_token": "a",
        "token_type": "bearer",
        "refresh_token": "r",
        "expires_in": "60",
        "refresh_expires_in": 90,
        "scope": "x,y z",
    }
    tokens = read_tokens(answer(body), now=NOW, rules=rules())
    assert tokens is not None
    assert (tokens.access, tokens.refresh) == (Secret("a"), Secret("r"))
    assert tokens.access_expires_at == NOW + timedelta(seconds=60)
    assert tokens.refresh_expires_at == NOW + timedelta(seconds=90)
    assert tokens.scopes == ("x", "y", "z")


@pytest.mark.parametrize("body", [{"data": [{"access_token": "a"}]}, {"data": {"access_token": "a"}}])
def test_tokens_may_be_one_floor_down(body: object) -> None:
    tokens = read_tokens(answer(body), now=NOW, rules=rules(answer_in=("other", "data")))
    assert tokens is not None
    assert tokens.access == Secret("a")
    assert read_tokens(answer(body), now=NOW, rules=rules()) is None


def test_what_else_a_connector_needs_of_the_answer_is_kept_secret() -> None:
    body = {"access_token": "a", "webhook": {"id": 7, "token": "t", "on": True}}
    tokens = read_tokens(
        answer(body), now=NOW, rules=rules(keep=("webhook.id", "webhook.token", "webhook.on", "webhook.gone.at", "no"))
    )
    assert tokens is not None
    assert tokens.extra == {"webhook.id": Secret("7"), "webhook.token": Secret("t")}


@pytest.mark.parametrize("expires_in", [None, 0, -5, True, "soon", [60], 1e300])
def test_an_end_that_is_no_number_of_seconds_is_no_end(expires_in: object) -> None:
    tokens = read_tokens(answer({"access_token": "a", "expires_in": expires_in}), now=NOW, rules=rules())
    assert tokens is not None
    assert tokens.access_expires_at is None


@pytest.mark.parametrize(
    "body", [[], {}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a", "token_type": "mac"}]
)
def test_what_is_no_token_is_none(body: object) -> None:
    assert read_tokens(answer(body), now=NOW, rules=rules()) is None


async def test_an_answer_without_a_refresh_token_keeps_the_old_one_and_what_else_there_was() -> None:
    ends = NOW + timedelta(days=1)
    old = replace(OLD, refresh_expires_at=ends)
    told = Told([answer({"access_token": "a1", "expires_in": 60})])
    tokens = await oauth.refresh(told.wire, client(), old, now=NOW)
    assert (tokens.access, tokens.refresh, tokens.refresh_expires_at) == (Secret("a1"), Secret("r0"), ends)
    assert (tokens.scopes, tokens.extra) == (("read",), {"kept": Secret("k")})
    told = Told([answer({"access_token": "a2", "refresh_token": "r1"})])
    tokens = await oauth.refresh(told.wire, client(), old, now=NOW)
    assert (tokens.refresh, tokens.refresh_expires_at) == (Secret("r1"), None)


async def test_without_a_way_to_renew_a_human_is_asked_before_anybody_else() -> None:
    for own, tokens in ((client(refresh=None), OLD), (client(), Tokens(access=Secret("a")))):
        told = Told([])
        with pytest.raises(Reconnect, match="no longer lets Herald in"):
            await oauth.refresh(told.wire, own, tokens, now=NOW)
        assert not told.asked


@pytest.mark.parametrize(
    ("status", "body", "dead", "raises"),
    [
        (400, {"error": "invalid_grant"}, (), Reconnect),
        (200, {"error": "invalid_grant", "error_description": "r0"}, (), Reconnect),
        (401, {"error": "invalid_grant"}, (), Reconnect),
        (400, {"error": {"code": 190, "type": "OAuthException"}}, ("190",), Reconnect),
        (400, {"error": "invalid_request"}, ("invalid_request",), Reconnect),
        (400, {"message": "Bad Request", "error": 400}, ("400",), Reconnect),
        (400, {"error": "invalid_request"}, (), Unavailable),
        (400, {"error": "invalid_client"}, (), AppRefused),
        (401, {"message": "Unauthorized", "error": 401}, (), AppRefused),
        (403, {"error": "unauthorized_client"}, (), AppRefused),
        (400, "what?", (), Unavailable),
        (200, {}, (), Unavailable),
        (403, {"access_token": "not with this status"}, (), Unavailable),
    ],
)
async def test_each_refusal_says_who_has_to_do_what(
    status: int, body: object, dead: tuple[str, ...], raises: type[PlatformError]
) -> None:
    own = client(dead_grant=frozenset({"invalid_grant", *dead}))
    with pytest.raises(PlatformError) as caught:
        await oauth.refresh(Told([answer(body, status)]).wire, own, OLD, now=NOW)
    assert type(caught.value) is raises
    assert "r0" not in repr(caught.value.__dict__)
    assert ("TOY_CLIENT_ID and TOY_CLIENT_SECRET" in caught.value.safe) == (raises is AppRefused)


async def test_where_the_token_alone_is_asked_with_a_401_means_the_token() -> None:
    own = client(refresh=TokenCall(client=ClientAuth.NOBODY))
    with pytest.raises(Reconnect):
        await oauth.refresh(Told([answer({}, 401)]).wire, own, OLD, now=NOW)


async def test_a_code_that_is_over_and_an_answer_without_tokens_are_said_plainly() -> None:
    for body, status, words in (({"error": "invalid_grant"}, 400, "ran out"), ({}, 200, "Connect the account again")):
        with pytest.raises(PlatformError, match=words):
            await oauth.redeem(Told([answer(body, status)]).wire, client(), code=Secret("c"), verifier=None, now=NOW)


async def test_whoever_leaves_a_box_unticked_is_told_which() -> None:
    own = client(needed_scopes=("read", "write"))
    with pytest.raises(ScopeMissing, match=r"\(write\).*every box ticked"):
        await oauth.redeem(
            Told([answer({"access_token": "a", "scope": "read"})]).wire, own, code=Secret("c"), verifier=None, now=NOW
        )
    silent = Told([answer({"access_token": "a"})])
    assert await oauth.redeem(silent.wire, own, code=Secret("c"), verifier=None, now=NOW)


def test_an_error_without_a_code_has_none() -> None:
    odd = Answer(status=400, headers={}, body=b"<html>")
    assert [error_code(one) for one in (odd, answer([]), answer({"error": True}), answer({"code": 283}))] == [
        None,
        None,
        None,
        "283",
    ]


# --- Giving back ---------------------------------------------------------------------------------------------------


async def test_tokens_are_given_back_the_way_the_network_wants() -> None:
    plain = client(client=ClientAuth.BASIC, revoke=Revocation(address="https://toy.example/revoke"))
    whole = client(revoke=Revocation(address="https://toy.example/me/permissions", method="DELETE", reach=Reach.PERSON))
    access = client(revoke=Revocation(address="https://toy.example/revoke", carries=Proof.ACCESS, token_name="t"))  # noqa: S106
    told = Told([answer({}), answer({}, 404), answer({"error": "invalid_token"}, 400)])
    for one in (plain, whole, access, client()):
        await oauth.revoke(told.wire, one, OLD)
    by_form, by_bearer, by_access = told.asked
    assert (dict(by_form.form), by_form.basic) == ({"token": Secret("r0")}, ("id", Secret("hush")))
    assert (by_bearer.method, by_bearer.bearer, by_bearer.form) == ("DELETE", Secret("r0"), ())
    assert dict(by_access.form)["t"] == Secret("a0")


async def test_a_revocation_refused_for_our_app_is_not_passed_over() -> None:
    own = client(revoke=Revocation(address="https://toy.example/revoke"))
    with pytest.raises(AppRefused):
        await oauth.revoke(Told([answer({"error": "invalid_client"}, 401)]).wire, own, OLD)
