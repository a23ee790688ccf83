"""Connecting, checking, renewing and ending a session, and every way in which that goes wrong."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection
from platforms.bluesky.auth import identify, login, refresh, revoke
from platforms.errors import PlatformError, RateLimited, Reconnect, Unavailable
from tests.platforms.bluesky.fake import ENDPOINTS, FakeBluesky, document, failure, jwt, session
from tests.platforms.bluesky.world import DID, SERVER, connected

PASSWORD = "abcd-efgh-ijkl-mnop"  # noqa: S105  # not a real one
FIELDS = {"identifier": "juniper.example", "password": Secret(PASSWORD)}
WITH_PASSWORD = Tokens(access=Secret("access-1"), refresh=Secret("refresh-1"), extra={"app_password": Secret(PASSWORD)})


async def _login(fake: FakeBluesky, **fields: str) -> Connection:
    return await login(fake.wire(), ENDPOINTS, {**FIELDS, **fields})


async def test_a_handle_is_followed_to_its_server() -> None:
    fake = FakeBluesky()
    connection = await _login(fake)
    assert fake.calls() == [
        "view.example com.atproto.identity.resolveHandle",
        f"plc.example {DID}",
        "pds.example com.atproto.server.createSession",
    ]
    assert json.loads(fake.requests[-1].content) == {"identifier": "juniper.example", "password": PASSWORD}
    assert connection.identity.service_url == SERVER
    assert connection.tokens.access_expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert connection.tokens.refresh_expires_at == datetime.fromtimestamp(1_900_000_000, UTC)
    assert {name: secret.reveal() for name, secret in connection.tokens.extra.items()} == {
        "app_password": PASSWORD,
    }


@pytest.mark.parametrize("typed", ["@juniper.example", " Juniper.Example ", "\u202ajuniper.example\u202c"])
async def test_a_handle_may_be_typed_as_people_copy_it(typed: str) -> None:
    assert (await _login(FakeBluesky(), identifier=typed)).identity.platform_account_id == DID


@pytest.mark.parametrize("service", ["https://pds2.example", "https://pds2.example/", "pds2.example"])
async def test_a_given_service_is_used_as_it_is(service: str) -> None:
    fake = FakeBluesky(session=session(didDoc=document()))
    connection = await _login(fake, service=service)
    assert fake.calls() == ["pds2.example com.atproto.server.createSession"]
    assert connection.identity.service_url == "https://pds2.example"


async def test_a_did_needs_no_view() -> None:
    fake = FakeBluesky()
    assert (await _login(fake, identifier=DID)).identity.service_url == SERVER
    assert fake.calls() == [f"plc.example {DID}", "pds.example com.atproto.server.createSession"]


async def test_a_web_did_is_asked_at_its_own_host() -> None:
    fake = FakeBluesky(session=session(did="did:web:juniper.example"))
    await _login(fake, identifier="did:web:juniper.example")
    assert fake.calls()[0] == "juniper.example did.json"


async def test_the_handles_own_host_is_asked_when_the_view_does_not_know_it() -> None:
    fake = FakeBluesky(handles={})
    fake.trouble["atproto-did"] = lambda _: httpx.Response(200, text=f"{DID}\n")
    assert (await _login(fake)).identity.service_url == SERVER
    assert fake.calls()[1] == "juniper.example atproto-did"


async def test_a_handle_that_nobody_knows_is_told_so() -> None:
    fake = FakeBluesky(handles={})
    with pytest.raises(Reconnect, match=r"knows no account juniper\.example"):
        await _login(fake)
    assert "createSession" not in " ".join(fake.calls())


async def test_a_view_that_is_down_is_no_failed_login() -> None:
    fake = FakeBluesky(session=session(didDoc=document("https://morel.example")))
    fake.breaks("com.atproto.identity.resolveHandle")
    connection = await _login(fake)
    assert fake.calls()[-1] == "entry.example com.atproto.server.createSession"
    assert connection.identity.service_url == "https://morel.example"


@pytest.mark.parametrize("doc", [{}, {"service": "none"}, {"service": []}, document(7), document("ftp://x")])
async def test_a_directory_that_does_not_say_leads_to_the_entryway(doc: dict[str, object]) -> None:
    fake = FakeBluesky(document=doc)
    connection = await _login(fake)
    assert fake.calls()[2] == "entry.example com.atproto.server.createSession"
    assert connection.identity.service_url == "https://entry.example"


async def test_an_email_address_goes_to_the_entryway_and_home_from_there() -> None:
    fake = FakeBluesky()
    connection = await _login(fake, identifier="Juniper@mail.example")
    assert fake.calls() == ["entry.example com.atproto.server.createSession", f"plc.example {DID}"]
    assert json.loads(fake.requests[0].content)["identifier"] == "juniper@mail.example"
    assert connection.identity.service_url == SERVER


@pytest.mark.parametrize("did", [7, "did:key:z6Mk", "did:plc:short"])
async def test_a_view_that_talks_nonsense_is_not_believed(did: object) -> None:
    fake = FakeBluesky()
    fake.trouble["com.atproto.identity.resolveHandle"] = lambda _: httpx.Response(200, json={"did": did})
    fake.trouble["atproto-did"] = lambda _: httpx.Response(200, text=DID)
    assert (await _login(fake)).identity.service_url == SERVER
    assert fake.calls()[1] == "juniper.example atproto-did"


async def test_a_directory_without_json_leads_to_the_entryway() -> None:
    fake = FakeBluesky()
    fake.trouble[DID] = lambda _: httpx.Response(200, text="<html>")
    await _login(fake)
    assert fake.calls()[-2] == "entry.example com.atproto.server.createSession"


async def test_another_account_than_the_one_asked_for_is_refused() -> None:
    fake = FakeBluesky(session=session(did="did:plc:zzzzzzzzzzzzzzzzzzzzzzzz"))
    with pytest.raises(Reconnect, match="another account"):
        await _login(fake)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "AuthenticationRequired", r"does not take this app password for juniper\.example"),
        (401, "AuthFactorTokenRequired", "code sent by e-mail. Use an app password"),
        (401, "AccountTakedown", "taken this account down"),
        (400, "AccountDeactivated", "is deactivated"),
        (400, "InvalidRequest", "does not take this login"),
    ],
)
async def test_each_refused_login_has_its_sentence(status: int, code: str, sentence: str) -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.createSession", status, code, f"no {PASSWORD}")
    with pytest.raises(Reconnect, match=sentence) as caught:
        await _login(fake)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert PASSWORD not in caught.value.safe


async def test_an_account_that_is_not_active_is_not_connected() -> None:
    with pytest.raises(Reconnect, match="account is suspended"):
        await _login(FakeBluesky(session=session(active=False, status="suspended")))


@pytest.mark.parametrize("fields", [{"identifier": " "}, {"password": ""}, {"identifier": "juniper"}])
async def test_an_incomplete_login_is_refused_before_anything_is_asked(fields: dict[str, str]) -> None:
    fake = FakeBluesky()
    with pytest.raises(Reconnect):
        await _login(fake, **fields)
    assert fake.calls() == []


@pytest.mark.parametrize("answer", [{}, {"did": DID}, {**session(), "accessJwt": 7}, {**session(), "refreshJwt": ""}])
async def test_a_session_without_its_parts_is_not_believed(answer: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        await _login(FakeBluesky(session=answer))


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "e30.W10.x", jwt(), jwt(exp="soon"), jwt(exp=10**20)])
async def test_a_token_without_readable_end_has_none(token: str) -> None:
    connection = await _login(FakeBluesky(session=session(accessJwt=token)))
    assert connection.tokens.access_expires_at is None


async def test_identify_asks_the_accounts_own_server() -> None:
    fake = FakeBluesky(session={"did": DID, "handle": "new.example", "active": True})
    identity = await identify(fake.wire(), connected())
    assert (identity.handle, identity.service_url) == ("new.example", SERVER)
    assert fake.calls() == ["pds.example com.atproto.server.getSession"]
    assert fake.requests[0].headers["authorization"] == "Bearer access-1"


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"did": "did:plc:other", "handle": "x.test"}, Reconnect),
        ({"did": DID, "handle": "x.test", "active": False}, Reconnect),
        ({"did": DID}, Unavailable),
    ],
)
async def test_identify_accepts_nobody_else(answer: dict[str, object], raised: type[PlatformError]) -> None:
    with pytest.raises(raised):
        await identify(FakeBluesky(session=answer).wire(), connected())


async def test_a_refresh_sends_the_refresh_token_and_keeps_the_app_password() -> None:
    fake = FakeBluesky()
    tokens = await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))
    assert fake.calls() == ["pds.example com.atproto.server.refreshSession"]
    assert fake.requests[0].headers["authorization"] == "Bearer refresh-1"
    assert fake.requests[0].content == b""
    assert tokens.extra["app_password"] == Secret(PASSWORD)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "ExpiredToken", "Token has been revoked"),
        (400, "InvalidToken", "Bad token scope"),
        (401, "AuthMissing", ""),
    ],
)
async def test_a_dead_refresh_token_is_followed_by_one_login(status: int, code: str, message: str) -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.refreshSession", status, code, message)
    tokens = await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))
    assert tokens.access != WITH_PASSWORD.access
    assert fake.calls()[1:] == ["pds.example com.atproto.server.createSession"]
    assert json.loads(fake.requests[1].content) == {"identifier": DID, "password": PASSWORD}


async def test_a_refresh_without_app_password_gives_a_pair_without_it() -> None:
    tokens = await refresh(FakeBluesky().wire(), ENDPOINTS, connected())
    assert tokens.extra == {}


async def test_a_deleted_app_password_needs_a_human_after_one_try() -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.refreshSession", 400, "ExpiredToken")
    fake.fails("com.atproto.server.createSession", 401, "AuthenticationRequired")
    with pytest.raises(Reconnect):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))
    assert len(fake.requests) == 2


async def test_without_an_app_password_a_dead_session_needs_a_human() -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.refreshSession", 400, "ExpiredToken")
    with pytest.raises(Reconnect, match="session has ended"):
        await refresh(fake.wire(), ENDPOINTS, connected())


async def test_a_takedown_is_not_answered_by_another_login() -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.refreshSession", 401, "AccountTakedown")
    with pytest.raises(Reconnect, match="taken this account down"):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))
    assert len(fake.requests) == 1


async def test_a_refresh_without_answer_may_be_made_again() -> None:
    fake = FakeBluesky()
    fake.breaks("com.atproto.server.refreshSession")
    with pytest.raises(Unavailable):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))


async def test_too_many_logins_wait() -> None:
    fake = FakeBluesky()
    fake.fails("com.atproto.server.createSession", 429, "RateLimitExceeded")
    only_password = Tokens(access=Secret("a"), extra={"app_password": Secret(PASSWORD)})
    with pytest.raises(RateLimited):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=only_password))


async def test_a_login_as_somebody_else_is_no_renewal() -> None:
    fake = FakeBluesky(session=session(did="did:plc:zzzzzzzzzzzzzzzzzzzzzzzz"))
    fake.fails("com.atproto.server.refreshSession", 400, "ExpiredToken")
    with pytest.raises(Reconnect, match="another Bluesky account"):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))


async def test_a_refresh_that_answers_as_somebody_else_is_refused() -> None:
    fake = FakeBluesky(session=session(did="did:plc:zzzzzzzzzzzzzzzzzzzzzzzz"))
    with pytest.raises(Reconnect, match="another Bluesky account"):
        await refresh(fake.wire(), ENDPOINTS, connected(tokens=WITH_PASSWORD))


async def test_revoking_ends_the_session_and_an_ended_one_is_fine() -> None:
    fake = FakeBluesky()
    await revoke(fake.wire(), ENDPOINTS, connected())
    assert fake.calls() == ["pds.example com.atproto.server.deleteSession"]
    assert fake.requests[0].headers["authorization"] == "Bearer refresh-1"
    fake.trouble["com.atproto.server.deleteSession"] = lambda _: failure(400, "ExpiredToken")
    await revoke(fake.wire(), ENDPOINTS, connected())


async def test_revoking_without_refresh_token_asks_nobody() -> None:
    fake = FakeBluesky()
    await revoke(fake.wire(), ENDPOINTS, connected(tokens=Tokens(access=Secret("a"))))
    assert fake.calls() == []
