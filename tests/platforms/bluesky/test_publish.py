"""The one creating call, the looks after it, and what each answer means for the post."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from bot.domain.content import Draft
from platforms.base import Absent, CannotTell, Page, Prepared, Published
from platforms.bluesky.find import find
from platforms.bluesky.publish import prepare, publish
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from tests.platforms.bluesky.fake import ENDPOINTS, FakeBluesky
from tests.platforms.bluesky.world import DID, DUE, connected, draft, new_key, png

KEY = new_key("0" * 32)
RKEY = "3n3lv27aouwlo"
URI = f"at://{DID}/app.bsky.feed.post/{RKEY}"
EXPECTED = Published(
    platform_post_id=URI,
    permalink=f"https://bsky.app/profile/{DID}/post/{RKEY}",
    extra={"uri": URI, "cid": f"cid-{RKEY}"},
)
PUT, GET = "com.atproto.repo.putRecord", "com.atproto.repo.getRecord"


async def _prepared(fake: FakeBluesky, given: Draft | None = None) -> Prepared:
    return await prepare(fake.wire(), ENDPOINTS, connected(), given or draft("Hello"), KEY, None)


async def _publish(fake: FakeBluesky, prepared: Prepared | None = None) -> Published:
    return await publish(fake.wire(), connected(), prepared or await _prepared(fake), KEY)


async def _find(fake: FakeBluesky, prepared: Prepared) -> Published | Absent | CannotTell:
    return await find(fake.wire(), connected(), prepared, KEY, DUE)


async def test_links_lead_to_the_site_that_is_configured() -> None:
    fake, elsewhere = FakeBluesky(), replace(ENDPOINTS, web="https://front.example")
    prepared = await prepare(fake.wire(), elsewhere, connected(), draft("Hello"), KEY, None)
    published = await _publish(fake, prepared)
    assert published.permalink == f"https://front.example/profile/{DID}/post/{RKEY}"
    assert await _find(fake, prepared) == published
    assert await prepare(fake.wire(), elsewhere, connected(), draft("Hello"), KEY, prepared) == prepared


async def test_the_request_is_exactly_this() -> None:
    fake = FakeBluesky()
    assert await _publish(fake) == EXPECTED
    (request,) = fake.requests
    assert (request.method, str(request.url)) == ("POST", f"https://pds.example/xrpc/{PUT}")
    assert request.headers["authorization"] == "Bearer access-1"
    assert request.headers["content-type"] == "application/json"
    assert (
        request.content
        == (
            f'{{"repo":"{DID}","collection":"app.bsky.feed.post","rkey":"{RKEY}",'
            '"record":{"$type":"app.bsky.feed.post","text":"Hello","createdAt":"2026-12-01T09:00:00.250Z"},'
            '"swapRecord":null}'
        ).encode()
    )


async def test_a_repeat_meets_the_first_post() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    assert await _publish(fake, prepared) == await _publish(fake, prepared) == EXPECTED
    assert len(fake.records) == 1


async def test_a_swap_that_fails_over_our_own_post_is_a_success() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    await _publish(fake, prepared)
    fake.fails(PUT, 400, "InvalidSwap", "Record was at bafy")
    assert await _publish(fake, prepared) == EXPECTED


async def test_a_swap_that_fails_over_another_post_is_refused() -> None:
    fake = FakeBluesky()
    fake.records[RKEY] = {"$type": "app.bsky.feed.post", "text": "Other"}
    with pytest.raises(ContentRefused, match="Another post") as caught:
        await _publish(fake)
    assert (caught.value.status, caught.value.code) == (400, "InvalidSwap")


async def test_a_swap_that_fails_over_a_hidden_post_is_refused() -> None:
    fake = FakeBluesky()
    fake.fails(PUT, 400, "InvalidSwap")
    with pytest.raises(ContentRefused, match="deleted or taken down"):
        await _publish(fake)


@pytest.mark.parametrize("status", [400, 503])
async def test_a_swap_that_fails_over_something_unreadable_is_a_hint(status: int) -> None:
    fake = FakeBluesky()
    fake.fails(PUT, 400, "InvalidSwap")
    fake.fails(GET, status, "Whatever")
    with pytest.raises(DuplicateRefused):
        await _publish(fake)


@pytest.mark.parametrize(
    ("status", "code", "message", "raised"),
    [
        (400, "ExpiredToken", "Token has expired", TokenExpired),
        (400, "InvalidToken", "Token could not be verified", TokenExpired),
        (400, "InvalidToken", "Bad token scope", Reconnect),
        (401, "AuthMissing", "", TokenExpired),
        (401, "AuthenticationRequired", "", TokenExpired),
        (401, "AuthFactorTokenRequired", "", Reconnect),
        (401, "AccountTakedown", "", Reconnect),
        (401, "AccountDeactivated", "", Reconnect),
        (403, "AccountNotFound", "", Reconnect),
        (403, "Forbidden", "", ScopeMissing),
        (403, "InsufficientScope", 'Missing required scope "repo:x"', ScopeMissing),
        (400, "InvalidRequest", "Record/text must not be longer than 300 graphemes", ContentRefused),
        (400, "BlobNotFound", "Could not find blob: bafy", MaterialGone),
        (400, "BlobTooLarge", "", MediaRefused),
        (400, "InvalidMimeType", "", MediaRefused),
        (413, "PayloadTooLarge", "", MediaRefused),
        (429, "RateLimitExceeded", "Rate Limit Exceeded", RateLimited),
        (500, "InternalServerError", "", OutcomeUnknown),
        (502, "UpstreamFailure", "", OutcomeUnknown),
        (503, "NotEnoughResources", "", OutcomeUnknown),
        (504, "UpstreamTimeout", "", OutcomeUnknown),
    ],
)
async def test_each_refusal_has_its_meaning(status: int, code: str, message: str, raised: type[PlatformError]) -> None:
    fake = FakeBluesky()
    fake.fails(PUT, status, code, message)
    with pytest.raises(PlatformError) as caught:
        await _publish(fake)
    assert type(caught.value) is raised
    assert (caught.value.platform, caught.value.operation, caught.value.code) == ("bluesky", PUT, code)
    assert "access-1" not in caught.value.safe + repr(caught.value)


async def test_the_servers_reason_for_refusing_content_is_told() -> None:
    fake = FakeBluesky()
    fake.fails(PUT, 400, "InvalidRequest", "Record/text must not be longer than 300 graphemes")
    with pytest.raises(ContentRefused, match="not be longer than 300 graphemes"):
        await _publish(fake)


async def test_a_limit_says_when_it_ends() -> None:
    fake = FakeBluesky()
    body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
    soon = int(datetime.now(UTC).timestamp()) + 60
    fake.trouble[PUT] = lambda _: httpx.Response(429, json=body, headers={"RateLimit-Reset": str(soon)})
    with pytest.raises(RateLimited) as caught:
        await _publish(fake)
    assert caught.value.until == datetime.fromtimestamp(soon, UTC)


async def test_a_lost_answer_is_a_doubt() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    fake.breaks(PUT)
    with pytest.raises(OutcomeUnknown):
        await _publish(fake, prepared)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"uri": 7, "cid": "c"}', b'{"uri": "at://other/x/y", "cid": "c"}'],
)
async def test_a_yes_that_cannot_be_read_is_a_doubt(body: bytes) -> None:
    fake = FakeBluesky()
    fake.trouble[PUT] = lambda _: httpx.Response(200, content=body)
    with pytest.raises(OutcomeUnknown):
        await _publish(fake)


async def test_find_proves_absence_and_presence_without_any_token() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    assert isinstance(await _find(fake, prepared), Absent)
    await _publish(fake, prepared)
    assert await _find(fake, prepared) == EXPECTED
    look = fake.requests[-1]
    assert str(look.url) == (
        f"https://pds.example/xrpc/{GET}?repo={DID.replace(':', '%3A')}&collection=app.bsky.feed.post&rkey={RKEY}"
    )
    assert "authorization" not in look.headers


async def test_find_knows_a_card_whose_picture_was_another() -> None:
    fake, link = FakeBluesky(), "https://juniper.example/"
    page = Page(url=link, title="J", description="", image=png(), image_mime_type="image/png")
    fake.shelf.pages[link] = page
    with_picture = await _prepared(fake, draft("x", link=link))
    fake.shelf.pages[link] = Page(url=link, title="J", description="")
    without = await _prepared(fake, draft("x", link=link))
    await _publish(fake, with_picture)
    assert await _find(fake, without) == await _find(fake, with_picture) == EXPECTED


@pytest.mark.parametrize("value", [{"text": "Other"}, None, {"embed": {"external": {"thumb": 7}}}])
async def test_find_does_not_adopt_another_post(value: object) -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    fake.trouble[GET] = lambda _: httpx.Response(200, json={"uri": URI, "cid": "c", "value": value})
    assert isinstance(await _find(fake, prepared), CannotTell)


async def test_a_server_that_refuses_to_look_proves_nothing() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    fake.fails(GET, 400, "InvalidRequest", "Could not locate record")
    assert await _find(fake, prepared) == CannotTell(reason="the server would not say: InvalidRequest")


@pytest.mark.parametrize(
    "answer", [httpx.Response(502), httpx.Response(404, text="<html>"), httpx.Response(200, json={"value": {}})]
)
async def test_a_server_in_disorder_proves_nothing(answer: httpx.Response) -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    fake.trouble[GET] = lambda _: answer
    with pytest.raises(Unavailable):
        await _find(fake, prepared)


async def test_preparing_and_publishing_change_none_of_their_inputs() -> None:
    fake = FakeBluesky()
    prepared = await _prepared(fake)
    before = json.dumps(prepared.data)
    await _publish(fake, prepared)
    assert json.dumps(prepared.data) == before
