"""What the contract cannot say of YouTube: quotas, kinds of video, lengths of films, refusals after processing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.capabilities import check
from bot.domain.gates import Scope
from platforms.base import Answer, Pending, Published, Request, capabilities_of
from platforms.errors import (
    AccountError,
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    LimitScope,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
)
from platforms.google import items_of, quota_day_ends, read_error
from platforms.http import HttpWire
from platforms.youtube import CONNECTOR, videos
from platforms.youtube.spec import UNITS, UPLOADS, choose, read_reset
from tests.platforms.stage import Script, Step
from tests.platforms.youtube.recorded import CONNECTED, DRAFT, SHORT, film

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "https://www.googleapis.com/youtube/v3/videos"


def refusal(reason: str, status: int = 403) -> Answer:
    body = f'{{"error":{{"code":{status},"message":"no","errors":[{{"reason":"{reason}"}}]}}}}'
    return Answer(status=status, headers={}, body=body.encode())


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 11, 21, 7, 59, tzinfo=UTC), datetime(2026, 11, 21, 8, tzinfo=UTC)),
        (datetime(2026, 11, 21, 8, tzinfo=UTC), datetime(2026, 11, 22, 8, tzinfo=UTC)),
        (datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_a_days_quota_ends_at_midnight_in_california_also_where_clocks_change(now: datetime, ends: datetime) -> None:
    assert quota_day_ends(now) == ends
    assert read_reset(refusal("quotaExceeded"), now) == ends


def test_a_channels_upload_limit_ends_after_a_day_and_other_limits_name_no_end() -> None:
    assert read_reset(refusal("uploadLimitExceeded", 400), NOW) == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert read_reset(refusal("rateLimitExceeded"), NOW) is None


async def answered(reason: str, status: int) -> PlatformError:
    step = Step(method="GET", url=ADDRESS, status=status, answer=refusal(reason, status).body)
    wire = HttpWire(CONNECTOR.spec, Script((step,), refusals={}))
    with pytest.raises(PlatformError) as caught:
        await wire.read(Request(operation="x", method="GET", url=ADDRESS, bearer=CONNECTED.tokens.access))
    return caught.value


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "quotaExceeded", RateLimited),
        (400, "uploadLimitExceeded", RateLimited),
        (403, "userRateLimitExceeded", RateLimited),
        (401, "youtubeSignupRequired", ScopeMissing),
        (403, "authenticatedUserAccountSuspended", Reconnect),
        (403, "accessNotConfigured", AppRefused),
        (403, "forbidden", AccountError),
        (403, "commentsDisabled", ContentRefused),
        (400, "invalidTitle", ContentRefused),
        (400, "invalidFilename", MediaRefused),
        (404, "videoNotFound", ContentRefused),
    ],
)
async def test_reasons_name_what_is_to_be_done(status: int, reason: str, kind: type[PlatformError]) -> None:
    assert isinstance(await answered(reason, status), kind)


async def test_the_projects_quota_stops_everybody_and_a_channels_limit_that_channel_alone() -> None:
    project, channel = await answered("quotaExceeded", 403), await answered("uploadLimitExceeded", 400)

    assert isinstance(project, RateLimited)
    assert isinstance(channel, RateLimited)
    assert (project.scope, channel.scope) == (LimitScope.APP, LimitScope.ACCOUNT)


def test_uploads_have_a_bucket_of_their_own_that_comments_do_not_touch() -> None:
    assert (UPLOADS.scope, UPLOADS.amount) == (Scope.APP, 100)
    assert UPLOADS.post_types == {"youtube-video", "youtube-short"}
    assert UNITS.post_types == frozenset()


def test_upright_and_square_films_of_three_minutes_at_most_are_shorts() -> None:
    assert choose(SHORT) == "youtube-short"
    assert choose(replace(DRAFT, attachments=(film(width_px=360, height_px=360, duration_s=180.0),))) == "youtube-short"
    assert choose(replace(DRAFT, attachments=(film(width_px=360, height_px=640, duration_s=181.0),))) == "youtube-video"
    assert choose(replace(DRAFT, attachments=(film(width_px=None, height_px=None),))) == "youtube-video"
    assert choose(replace(DRAFT, part=1)) == "youtube-comment"


@pytest.mark.parametrize(
    ("said", "fits"), [("allowed", True), ("eligible", False), ("disallowed", False), (None, True)]
)
def test_channels_that_are_not_confirmed_take_fifteen_minutes(said: str | None, *, fits: bool) -> None:
    draft = replace(DRAFT, attachments=(film(duration_s=901.0),))

    assert (check(draft, capabilities_of(CONNECTOR, {"long_uploads": said})) == ()) is fits


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, DuplicateRefused),
        ({"uploadStatus": "rejected", "rejectionReason": "copyright"}, MediaRefused),
        ({"uploadStatus": "rejected", "rejectionReason": "uploaderAccountSuspended"}, Reconnect),
        ({"uploadStatus": "failed", "failureReason": "emptyFile"}, MediaRefused),
        ({"uploadStatus": "deleted"}, ContentRefused),
    ],
)
def test_what_youtube_does_not_keep_is_a_refusal(status: dict[str, object], kind: type[PlatformError]) -> None:
    with pytest.raises(kind):
        videos.judge({"id": "v", "status": status}, {})


def test_a_video_that_is_processed_for_many_hours_counts_as_there_and_is_asked_after_ever_more_seldom() -> None:
    video = {"id": "v", "status": {"uploadStatus": "uploaded"}}

    soon, late = videos.judge(video, {"looks": 1}), videos.judge(video, {"looks": 100})

    assert isinstance(soon, Pending)
    assert isinstance(late, Pending)
    assert soon.check_after_s < late.check_after_s == 300.0
    assert isinstance(videos.judge(video, {"looks": videos.MOST_LOOKS}), Published)


def test_errors_are_read_in_googles_old_and_new_form() -> None:
    new = (
        b'{"error":{"code":403,"message":"It has <b>not</b> been used","status":"PERMISSION_DENIED","details":'
        b'[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"},'
        b'{"fieldViolations":[{"field":"a","description":"Switch it on."}]}]}}'
    )

    assert read_error(refusal("quotaExceeded")) == ("quotaExceeded", "no")
    assert read_error(Answer(status=403, headers={}, body=new)) == (
        "SERVICE_DISABLED",
        "It has not been used Switch it on.",
    )
    assert read_error(Answer(status=502, headers={}, body=b"<html>")) == (None, None)


@pytest.mark.parametrize(
    ("body", "many"), [(b"{}", 0), (b'{"items":[{}]}', 1), (b'{"items":[1]}', None), (b'{"a":1}', None), (b"[]", None)]
)
def test_a_list_that_is_none_is_told_from_an_empty_one(body: bytes, many: int | None) -> None:
    found = items_of(Answer(status=200, headers={}, body=body), "items")

    assert (None if found is None else len(found)) == many
