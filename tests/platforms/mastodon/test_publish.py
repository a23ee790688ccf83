"""From a draft to a status, over the real wire to the stand-in server."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.capabilities import check
from bot.domain.content import MediaKind, Reference
from platforms.base import Absent, CannotTell, Key, Prepared, Published
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    MaterialGone,
    MediaRefused,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    Unavailable,
)
from platforms.mastodon import CONNECTOR
from sandbox.networks.mastodon.world import Fault, Settings
from tests.platforms.mastodon.conftest import KEY, MP4, Bench, Picture, draft

OTHER = Key(value="f" * 32, at=KEY.at)


def armed() -> datetime:
    return datetime.now(UTC)


async def test_a_text_becomes_a_status_with_its_id_and_permalink(bench: Bench) -> None:
    published = await bench.post(draft("Good morning"))
    [status] = bench.statuses
    assert published.platform_post_id == status.id
    assert published.permalink == f"{bench.server.url}/@juniper/{status.id}"
    assert published.extra == {"id": status.id, "media": 0}


async def test_exactly_these_bytes_make_a_plain_status(bench: Bench) -> None:
    await bench.post(draft("Grüße 🌲"))
    [request] = bench.recorder.sent
    assert (request.method, request.url.path) == ("POST", "/api/v1/statuses")
    assert request.content == '{"status":"Grüße 🌲"}'.encode()
    assert request.headers["idempotency-key"] == KEY.value
    assert request.headers["authorization"] == f"Bearer {bench.server.token}"


async def test_every_setting_arrives(bench: Bench) -> None:
    options = {"visibility": "unlisted", "spoiler_text": "plot", "sensitive": "true", "language": "de"}
    await bench.post(draft("text", options=options))
    [status] = bench.statuses
    assert (status.visibility, status.spoiler_text, status.sensitive, status.language) == (
        "unlisted",
        "plot",
        True,
        "de",
    )


async def test_a_poll_arrives_with_its_choices(bench: Bench) -> None:
    options = {"poll": "tea | coffee", "poll_expires_in": "600", "poll_multiple": "true", "poll_hide_totals": "true"}
    await bench.post(draft("Which?", options=options))
    poll = bench.statuses[0].poll
    assert poll is not None
    assert poll["options"] == ["tea", "coffee"]
    assert (poll["multiple"], poll["hide_totals"]) == (True, True)


async def test_a_thread_hangs_together(bench: Bench) -> None:
    first = await bench.post(draft("one"))
    parent = Reference(platform_post_id=first.platform_post_id, extra=first.extra)
    second = await bench.post(draft("two", parent=parent, root=parent), OTHER)
    assert bench.server.world.statuses[second.platform_post_id].in_reply_to_id == first.platform_post_id


async def test_an_image_goes_up_with_its_description(bench: Bench, picture: Picture) -> None:
    await bench.post(draft("", attachments=(picture(), picture(alt_text=""))))
    files = [bench.server.world.media[one] for one in bench.statuses[0].media_ids]
    assert [file.description for file in files] == ["a tree", None]
    assert all(int(request.headers["content-length"]) > 200 for request in bench.recorder.sent[:2])


@pytest.mark.parametrize("settings", [Settings(processing_s=0.3)])
async def test_a_video_is_waited_for_and_uploaded_once(bench: Bench, picture: Picture) -> None:
    clip = draft("clip", attachments=(picture(MP4, MediaKind.VIDEO),))
    first = await bench.prepare(clip)
    assert first.wait_s is not None
    with pytest.raises(NotReady):
        await bench.publish(first)
    still = await bench.prepare(clip, first)
    assert still.wait_s is not None
    await asyncio.sleep(0.4)
    ready = await bench.prepare(clip, json_copy(still))
    assert ready.wait_s is None
    await bench.publish(ready)
    assert len(bench.server.world.media) == 1
    assert len(bench.statuses) == 1


@pytest.mark.parametrize("settings", [Settings(ready_is_202=True)])
async def test_a_server_that_tells_nothing_of_uploads_gets_its_pictures(bench: Bench, picture: Picture) -> None:
    two = draft("two", attachments=(picture(), picture()))
    first = await bench.prepare(two)
    assert first.wait_s is None
    forbidden = Fault(
        operation="media_progress", kind="answer", status=403, body='{"error":"Insufficient permissions: read:media."}'
    )
    bench.server.world.faults += [forbidden, replace(forbidden)]
    again = await bench.prepare(two, first)
    assert again == first
    await bench.publish(again)
    assert len(bench.server.world.media) == 2


async def test_media_that_are_gone_are_uploaded_again(bench: Bench, picture: Picture) -> None:
    post = draft("clip", attachments=(picture(),))
    prepared = await bench.prepare(post)
    bench.server.world.media.clear()
    with pytest.raises(MaterialGone):
        await bench.publish(prepared)
    again = await bench.prepare(post, prepared)
    assert again.data != prepared.data
    await bench.publish(again)
    assert len(bench.statuses) == 1


@pytest.mark.parametrize("settings", [Settings(idempotency=False)])
async def test_media_that_a_status_has_already_are_a_hint_of_a_double(bench: Bench, picture: Picture) -> None:
    prepared = await bench.prepare(draft("clip", attachments=(picture(),)))
    await bench.publish(prepared)
    with pytest.raises(DuplicateRefused):
        await bench.publish(prepared)
    assert len(bench.statuses) == 1


async def test_processing_that_fails_is_about_the_file(bench: Bench, picture: Picture) -> None:
    bench.server.world.settings.processing_s = 0
    bench.server.world.faults.append(Fault(operation="process_media"))
    clip = draft("clip", attachments=(picture(MP4, MediaKind.VIDEO),))
    first = await bench.prepare(clip)
    with pytest.raises(MediaRefused, match="Error processing"):
        await bench.prepare(clip, first)


async def test_a_file_of_no_known_type_is_refused_by_its_name(bench: Bench, picture: Picture) -> None:
    with pytest.raises(MediaRefused, match=r"tree\.png"):
        await bench.prepare(draft("", attachments=(picture(b"what is this"),)))


async def test_the_same_key_makes_one_status(bench: Bench) -> None:
    prepared = await bench.prepare(draft())
    first, second = await bench.publish(prepared), await bench.publish(prepared)
    assert first == second
    assert len(bench.statuses) == 1


async def test_a_key_is_kept_for_an_hour(bench: Bench) -> None:
    prepared = await bench.prepare(draft())
    await bench.publish(prepared)
    bench.server.world.settings.clock_ahead_s = 3601
    await bench.publish(prepared)
    assert len(bench.statuses) == 2


@pytest.mark.parametrize("after_work", [True, False])
async def test_an_answer_lost_is_unknown_and_find_knows(bench: Bench, *, after_work: bool) -> None:
    prepared, since = await bench.prepare(draft("hello @rowan https://example.com/" + "a" * 60)), armed()
    bench.server.world.faults.append(Fault(operation="create_status", after_work=after_work))
    with pytest.raises(OutcomeUnknown):
        await bench.publish(prepared)
    found = await CONNECTOR.find(bench.wire(), bench.connected, json_copy(prepared), KEY, since)
    if after_work:
        assert isinstance(found, Published)
        assert found.platform_post_id == bench.statuses[0].id
    else:
        assert isinstance(found, Absent)


async def test_an_error_of_the_server_after_the_work_is_unknown(bench: Bench) -> None:
    bench.server.world.faults.append(Fault(operation="create_status", kind="answer", after_work=True, status=503))
    with pytest.raises(OutcomeUnknown):
        await bench.post(draft())
    assert len(bench.statuses) == 1


@pytest.mark.parametrize("body", ["<html>", "[]", '{"id":null}', "{}"])
async def test_a_yes_that_cannot_be_read_is_unknown(bench: Bench, body: str) -> None:
    bench.server.world.faults.append(Fault(operation="create_status", kind="answer", status=200, body=body))
    with pytest.raises(OutcomeUnknown):
        await bench.post(draft())


REFUSALS = [
    (401, '{"error":"The access token is invalid"}', Reconnect),
    (401, '{"error":"The access token was revoked"}', Reconnect),
    (403, '{"error":"This action is outside the authorized scopes"}', ScopeMissing),
    (403, '{"error":"Your login is currently disabled"}', Reconnect),
    (403, '{"error":"This action is not allowed"}', ScopeMissing),
    (404, '{"error":"Record not found"}', ContentRefused),
    (413, "<html>413</html>", MediaRefused),
    (422, '{"error":"Validation failed: Text character limit of 500 exceeded"}', ContentRefused),
    (422, '{"error":"Validation failed: File content type is invalid, File is invalid"}', MediaRefused),
    (422, '{"error":"Cannot attach a video to a post that already contains images"}', MediaRefused),
    (422, '{"error":"Cannot attach files that have not finished processing. Try again in a moment!"}', NotReady),
    (403, '{"error":"Empty statuses are not allowed"}', ContentRefused),
    (403, '{"error":"Account size limit reached."}', MediaRefused),
    (403, '{"error":"Invalid or unsupported mime type."}', MediaRefused),
    (400, '{"error":"Bad Request: media already attached to status: 01KATR"}', DuplicateRefused),
    (400, '{"error":"Duplicate idempotency key."}', DuplicateRefused),
    (400, '{"error":"Bad Request: media not found: 01KATR"}', MaterialGone),
    (400, '{"error":"Invalid media_ids"}', MaterialGone),
    (400, '{"error":"Bad Request: text with spoiler exceed max chars (5000)"}', ContentRefused),
    (429, '{"error":"Too many requests"}', RateLimited),
    (500, '{"error":"oops"}', OutcomeUnknown),
    (502, "<html>", OutcomeUnknown),
    (503, '{"error":"There was a temporary problem serving your request"}', OutcomeUnknown),
    (403, "<html>blocked</html>", OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
async def test_each_refusal_means_what_the_documentation_says(
    bench: Bench, status: int, body: str, kind: type[PlatformError]
) -> None:
    bench.server.world.faults.append(Fault(operation="create_status", kind="answer", status=status, body=body))
    with pytest.raises(kind) as caught:
        await bench.post(draft("a secret text"))
    assert type(caught.value) is kind
    assert bench.server.token not in repr(caught.value) + caught.value.safe
    assert "a secret text" not in caught.value.safe


async def test_a_limit_tells_when_it_ends(bench: Bench) -> None:
    bench.server.world.settings.requests_per_5_min = 1
    await bench.post(draft())
    with pytest.raises(RateLimited) as caught:
        await bench.post(draft("more"), OTHER)
    assert caught.value.until is not None
    assert timedelta() < caught.value.until - datetime.now(UTC) <= timedelta(minutes=5, seconds=1)


async def test_a_reply_to_a_status_that_is_gone_is_refused(bench: Bench) -> None:
    with pytest.raises(ContentRefused):
        await bench.post(draft(parent=Reference(platform_post_id="1")))


async def test_an_upload_without_an_answer_may_be_made_again(bench: Bench, picture: Picture) -> None:
    bench.server.world.faults.append(Fault(operation="upload_media", after_work=True))
    with pytest.raises(Unavailable):
        await bench.prepare(draft("", attachments=(picture(),)))


async def test_preparing_changes_nothing_it_was_given(bench: Bench, picture: Picture) -> None:
    post = draft("x", attachments=(picture(),), options={"visibility": "private"})
    before = repr(post)
    first = await bench.prepare(post)
    kept = json.dumps(first.data)
    await bench.prepare(post, first)
    assert (repr(post), json.dumps(first.data)) == (before, kept)


@pytest.mark.parametrize("text", ["a" * 500, "👩‍👩‍👧‍👦" * 500, "https://example.com/" + "a" * 900 + " " + "a" * 476])
async def test_what_just_fits_is_taken_and_one_more_is_refused_on_both_sides(bench: Bench, text: str) -> None:
    assert not check(draft(text), CONNECTOR.spec.capabilities)
    await bench.post(draft(text))
    assert [problem.field for problem in check(draft(text + "a"), CONNECTOR.spec.capabilities)] == ["text"]
    with pytest.raises(ContentRefused, match="500"):
        await bench.post(draft(text + "a"), OTHER)


@pytest.mark.parametrize("settings", [Settings(idempotency=False)])
async def test_on_a_server_that_ignores_the_key_find_keeps_the_second_away(bench: Bench) -> None:
    prepared, since = await bench.prepare(draft("hello")), armed()
    await bench.publish(prepared)
    found = await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since)
    assert isinstance(found, Published)
    await bench.publish(prepared)
    assert len(bench.statuses) == 2
    assert isinstance(await CONNECTOR.find(bench.wire(), bench.connected, prepared, KEY, since), CannotTell)


def json_copy(prepared: Prepared) -> Prepared:
    """As it comes back from the database."""
    return Prepared(data=json.loads(json.dumps(prepared.data)))
