"""What the contract cannot say: refusals in odd places, second sendings, and a plan of pieces that is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.capabilities import check
from bot.domain.content import Draft
from platforms.base import Answer, Pending, Prepared, capabilities_of, find_rules, typed
from platforms.errors import (
    ContentRefused,
    MaterialGone,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    Unavailable,
)
from platforms.http import HttpWire
from platforms.tiktok import CONNECTOR
from platforms.tiktok.errors import read_error, read_reset
from platforms.tiktok.prepare import prepare
from platforms.tiktok.publish import publish
from platforms.tiktok.status import poll
from platforms.tiktok.upload import LARGEST_WHOLE_BYTES, piece_request, pieces_of, source_info
from tests.platforms.stage import Script, Step
from tests.platforms.tiktok.recorded import (
    CONNECTED,
    CREATOR,
    ENDPOINTS,
    FIRST_PIECE,
    INIT,
    KEY,
    LARGE,
    LARGE_FILM,
    LARGE_VIDEO,
    PHOTO_INIT,
    PHOTOS,
    PIECE,
    PUBLISH_ID,
    PUT,
    STATUS,
    UPLOAD,
    VIDEO,
    bad,
    film,
    good,
    init_body,
    pending,
    status,
)


class Played:
    """A wire to a script."""

    def __init__(self, *steps: Step) -> None:
        self.script = Script(steps, refusals={})
        self.wire = HttpWire(CONNECTOR.spec, self.script)


async def ready(draft: Draft = VIDEO, *steps: Step) -> Prepared:
    """What preparing makes of it."""
    played = Played(*(steps or (CREATOR, INIT)))
    return await prepare(played.wire, ENDPOINTS, CONNECTED, draft, KEY, None)


async def sent(*steps: Step) -> Pending:
    """The film's end, sent; all steps were needed."""
    played = Played(*steps)
    answer = await publish(played.wire, CONNECTED, await ready(), KEY)
    assert played.script.finished
    return answer


@pytest.mark.parametrize("code", [400, 403, 404, 416])
@pytest.mark.parametrize("state", ["PUBLISH_COMPLETE", "SEND_TO_USER_INBOX", "PROCESSING_UPLOAD"])
async def test_a_refused_end_of_a_film_that_is_whole_is_an_earlier_sending(code: int, state: str) -> None:
    refused = replace(PUT, status=code, answer=b"no")
    assert await sent(refused, status(state, uploaded_bytes=64)) == pending(PUBLISH_ID, "tiktok-video", public=True)


@pytest.mark.parametrize(
    "progress",
    [
        status("PROCESSING_UPLOAD", uploaded_bytes=0),
        status("FAILED", fail_reason="internal", uploaded_bytes=64),
        replace(STATUS, status=400, answer=bad("invalid_publish_id")),
    ],
)
async def test_a_refused_end_of_a_film_that_lacks_bytes_is_sent_from_the_beginning(progress: Step) -> None:
    with pytest.raises(MaterialGone):
        await sent(replace(PUT, status=403, answer=b"expired"), progress)


@pytest.mark.parametrize(
    "unclear", [replace(STATUS, status=502, answer=b"<html>"), replace(STATUS, answer={"data": {"status": "NEW"}})]
)
async def test_a_refused_end_without_a_status_is_a_doubt(unclear: Step) -> None:
    with pytest.raises(OutcomeUnknown):
        await sent(replace(PUT, status=404, answer=b"no"), unclear)


@pytest.mark.parametrize("code", [200, 202, 206])
async def test_an_end_of_a_film_that_is_taken_otherwise_is_a_doubt(code: int) -> None:
    with pytest.raises(OutcomeUnknown):
        await sent(replace(PUT, status=code, answer=b""))


async def test_a_film_on_another_machine_is_prepared_anew() -> None:
    prepared = await ready()
    elsewhere = Prepared(data={**prepared.data, "path": "/nowhere/film.mp4"})
    with pytest.raises(MaterialGone):
        await publish(Played().wire, CONNECTED, elsewhere, KEY)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bad("spam_risk_too_many_posts"), RateLimited),
        (bad("privacy_level_option_mismatch"), ContentRefused),
        (bad("invalid_file_upload"), MediaRefused),
        (bad("spam_risk_user_banned_from_posting"), Reconnect),
        (bad("internal_error"), Unavailable),
        (good([]), Unavailable),
        (good({"publish_id": "v"}), Unavailable),
        (good({"publish_id": "v", "upload_url": "file:///etc/passwd"}), Unavailable),
    ],
)
async def test_refusals_come_with_status_200_as_well(answer: object, error: type[PlatformError]) -> None:
    with pytest.raises(error):
        await ready(VIDEO, CREATOR, replace(INIT, answer=answer))


@pytest.mark.parametrize(
    ("answer", "code", "error"),
    [
        (bad("internal_error"), 500, OutcomeUnknown),
        (bad("internal_error"), 200, OutcomeUnknown),
        (bad("something_new"), 200, OutcomeUnknown),
        (good({}), 200, OutcomeUnknown),
        (bad("invalid_params"), 200, ContentRefused),
        (bad("url_ownership_unverified"), 403, NotSent),
        (bad("rate_limit_exceeded"), 200, RateLimited),
    ],
)
async def test_the_order_to_fetch_photos_is_a_doubt_unless_it_is_surely_refused(
    answer: object, code: int, error: type[PlatformError]
) -> None:
    prepared = await ready(PHOTOS, CREATOR)
    with pytest.raises(error):
        await publish(Played(replace(PHOTO_INIT, status=code, answer=answer)).wire, CONNECTED, prepared, KEY)


async def test_where_several_pieces_are_refused_one_is_tried() -> None:
    several = replace(
        INIT, json=init_body(LARGE, PIECE, 2), status=400, answer=bad("invalid_params", "The chunk size is invalid")
    )
    prepared = await ready(LARGE_VIDEO, CREATOR, several, replace(INIT, json=init_body(LARGE, LARGE, 1)))
    assert prepared.data["last"] == [0, LARGE]


@pytest.mark.parametrize(
    ("size", "words"), [(LARGE, "The title is invalid"), (LARGEST_WHOLE_BYTES + 1, "The chunk size is invalid")]
)
async def test_other_refusals_and_larger_films_are_not_tried_in_one_piece(size: int, words: str) -> None:
    announced = replace(INIT, json=None, status=400, answer=bad("invalid_params", words))
    large = replace(LARGE_VIDEO, attachments=(film("plan.mp4", 64, size_bytes=size),))
    with pytest.raises(ContentRefused, match=words):
        await ready(large, CREATOR, announced)


async def test_a_piece_that_is_not_taken_is_no_post() -> None:
    announced = replace(INIT, json=init_body(LARGE, PIECE, 2))
    for refused, error in ((b"no", Unavailable), (json.dumps(bad("spam_risk")).encode(), ContentRefused)):
        with pytest.raises(error):
            await ready(LARGE_VIDEO, CREATOR, announced, replace(FIRST_PIECE, status=403, answer=refused))


@pytest.mark.parametrize(
    ("size", "count", "last"),
    [
        (1, 1, 1),
        (PIECE, 1, PIECE),
        (2 * PIECE - 1, 1, 2 * PIECE - 1),
        (2 * PIECE, 2, PIECE),
        (300_000_000, 57, 300_000_000 - 56 * PIECE),
        (4 * 1024**3, 819, 4 * 1024**3 - 818 * PIECE),
    ],
)
def test_pieces_are_as_tiktok_wants_them_and_the_last_is_small(size: int, count: int, last: int) -> None:
    pieces = pieces_of(size)
    assert (len(pieces), pieces[-1][1]) == (count, last)
    assert last < 2 * PIECE
    announced = source_info(size, pieces)
    assert announced["total_chunk_count"] == size // max(1, int(str(announced["chunk_size"])))


async def test_what_the_creator_may_not_is_said_before_anything_is_sent() -> None:
    with pytest.raises(ContentRefused, match="privacy=followers is not offered to this account; TikTok offers public"):
        await ready(replace(VIDEO, options={"privacy": "followers"}), CREATOR)
    long = replace(VIDEO, attachments=(film("long.mp4", 64, duration_s=301.0),))
    with pytest.raises(MediaRefused, match=r"long.mp4 is 301.0 s long, TikTok takes up to 300 s from this account"):
        await ready(long, CREATOR)


async def test_an_unaudited_app_is_told_what_it_may_do() -> None:
    refused = replace(INIT, status=403, answer=bad("unaudited_client_can_only_post_to_private_accounts"))
    with pytest.raises(ContentRefused, match=r"has not audited Herald's app yet.*privacy=only_me"):
        await ready(VIDEO, CREATOR, refused)


def test_what_the_account_was_offered_is_checked_before_any_request() -> None:
    stored = {"privacy": ["FOLLOWER_OF_CREATOR", "SELF_ONLY"], "max_duration_s": 180}
    rules = capabilities_of(CONNECTOR, stored, "tiktok-video")
    long = replace(VIDEO, attachments=(film("long.mp4", 64, duration_s=181.0),))
    said = " ".join(problem.message for problem in check(long, rules))
    assert "TikTok offers followers, only_me" in said
    assert "takes up to 180 s" in said
    assert check(VIDEO, capabilities_of(CONNECTOR, {}, "tiktok-video")) == ()


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("picture_size_check_failed", MediaRefused),
        ("photo_pull_failed", MediaRefused),
        ("spam_risk_text", ContentRefused),
        ("auth_removed", ContentRefused),
        ("internal", MediaRefused),
        ("", MediaRefused),
    ],
)
async def test_what_tiktok_gives_up_has_failed(reason: str, error: type[PlatformError]) -> None:
    handle = pending(PUBLISH_ID, "tiktok-video", public=True).handle
    with pytest.raises(error):
        await poll(Played(status("FAILED", fail_reason=reason)).wire, CONNECTED, handle, KEY)


async def test_a_publish_id_that_tiktok_does_not_know_is_no_refusal() -> None:
    handle = pending(PUBLISH_ID, "tiktok-video", public=True).handle
    step = replace(STATUS, status=400, answer=bad("invalid_publish_id"))
    with pytest.raises(Unavailable):
        await poll(Played(step).wire, CONNECTED, handle, KEY)


async def test_an_account_whose_day_is_over_is_still_known() -> None:
    who = Step(method="GET", url=f"{ENDPOINTS.api}/v2/user/info/", answer=good({"user": {"open_id": "1"}}))
    day_over = replace(CREATOR, status=403, answer=bad("spam_risk_too_many_posts"))
    tokens = replace(CONNECTED.tokens, scopes=("user.info.basic", "video.publish"))
    identity = await CONNECTOR.identify(Played(who, day_over).wire, replace(CONNECTED, tokens=tokens))
    assert (identity.platform_account_id, identity.limits["privacy"]) == ("1", [])


def test_a_limit_of_a_day_is_asked_again_in_an_hour_and_oauth_errors_are_flat() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)

    def answer(body: object) -> Answer:
        return Answer(status=403, headers={}, body=json.dumps(body).encode())

    assert read_reset(answer(bad("spam_risk_too_many_pending_share")), now) == now + timedelta(hours=1)
    assert read_reset(answer(bad("rate_limit_exceeded")), now) is None
    flat = {"error": "invalid_grant", "error_description": "Refresh token is expired", "log_id": "1"}
    assert read_error(answer(flat)) == ("invalid_grant", "Refresh token is expired")


def test_a_draft_becomes_the_kind_its_files_and_mode_say() -> None:
    spec = CONNECTOR.spec
    for draft in (VIDEO, PHOTOS, replace(VIDEO, attachments=(*VIDEO.attachments, *PHOTOS.attachments))):
        assert typed(spec, draft).post_type == draft.post_type
        assert typed(spec, replace(draft, options={"mode": "draft"})).post_type == f"{draft.post_type}-draft"
    assert find_rules(spec, "tiktok-video").repeat != find_rules(spec, "tiktok-photo").repeat
    assert not find_rules(spec, "tiktok-photo-draft").tells


def test_the_token_of_the_upload_is_a_secret() -> None:
    request = piece_request(f"{UPLOAD}?upload_id=1&upload_token=hush", LARGE_FILM.path, "video/mp4", (0, 5), LARGE)
    assert "hush" not in repr(request)
    assert request.bearer is None
