"""What a no means, and what preparing does with containers that fail."""

import pytest

from platforms.base import Prepared
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
)
from platforms.http import HttpWire
from platforms.instagram import CONNECTOR
from platforms.instagram.kinds import REEL
from tests.platforms.instagram.pieces import (
    COMMENT_PREPARED,
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    FILM_URL,
    IMAGE_URL,
    KEY,
    ME,
    POST_PREPARED,
    PUBLISH,
    QUOTA,
    contain,
    film,
    form,
    get,
    is_,
    of_type,
    post,
    refused,
)
from tests.platforms.stage import Script, Step

UNREADABLE = refused(is_("FINISHED"), 100, 33)
CONTAINER = contain("900", image_url=IMAGE_URL, caption="Good morning", alt_text="a tree")


async def raised(*steps: Step, prepared: Prepared = POST_PREPARED) -> PlatformError:
    """What publishing raises."""
    script = Script(steps, refusals={})
    with pytest.raises(PlatformError) as caught:
        await CONNECTOR.publish(HttpWire(CONNECTOR.spec, script), CONNECTED, prepared, KEY)
    assert script.finished
    return caught.value


@pytest.mark.parametrize(
    ("code", "subcode", "container", "means"),
    [
        (24, 2_207_006, is_("FINISHED"), ContentRefused),
        (24, 2_207_006, is_("PUBLISHED"), DuplicateRefused),
        (24, 2_207_006, is_("EXPIRED"), MaterialGone),
        (24, 2_207_006, UNREADABLE, DuplicateRefused),
        (36_003, 2_207_009, is_("PUBLISHED"), DuplicateRefused),
        (36_003, 2_207_009, is_("ERROR"), MediaRefused),
        (-2, 2_207_020, is_("EXPIRED"), MaterialGone),
        (-2, 2_207_020, is_("PUBLISHED"), DuplicateRefused),
        (-2, 2_207_020, is_("FINISHED"), NotReady),
    ],
)
async def test_a_no_is_believed_when_the_container_was_not_published(
    code: int, subcode: int, container: Step, means: type[PlatformError]
) -> None:
    error = await raised(refused(PUBLISH, code, subcode), container)
    assert type(error) is means
    assert (error.status, error.operation) == (400, "POST /media_publish")


@pytest.mark.parametrize(
    ("code", "subcode", "means"),
    [
        (9_007, 2_207_027, NotReady),
        (24, 2_207_008, NotReady),
        (9, 2_207_042, RateLimited),
        (4, 2_207_051, RateLimited),
        (25, 2_207_050, Reconnect),
        (1, 0, OutcomeUnknown),
        (-1, 2_207_001, OutcomeUnknown),
        (-1, 2_207_053, OutcomeUnknown),
    ],
)
async def test_what_leaves_the_container_as_it_is_needs_no_look(
    code: int, subcode: int, means: type[PlatformError]
) -> None:
    assert type(await raised(refused(PUBLISH, code, subcode))) is means


async def test_a_comment_that_is_answered_with_its_error_is_looked_for() -> None:
    step = refused(post("555/comments", None, form(message="First!")), 20, 1_772_107)
    assert type(await raised(step, prepared=COMMENT_PREPARED)) is OutcomeUnknown


async def prepared(*steps: Step, earlier: Prepared | None = None, reel: bool = False) -> Prepared:
    """What comes of preparing."""
    script = Script(steps, refusals={})
    draft = of_type(REEL, attachments=(film(),)) if reel else DRAFT
    made = await CONNECTOR.prepare(HttpWire(CONNECTOR.spec, script), ENDPOINTS, CONNECTED, draft, KEY, earlier)
    assert script.finished
    return made


async def test_a_file_that_cannot_be_fetched_twice_ends_it() -> None:
    step = refused(CONTAINER, 9_004, 2_207_052, "The media could not be fetched")
    first = await prepared(step)
    assert first.wait_s is not None
    with pytest.raises(MediaRefused, match=r"^tree\.jpg: .*could not be fetched"):
        await prepared(step, earlier=first)
    again = await prepared(CONTAINER, is_("FINISHED"), QUOTA, earlier=first)
    assert (again.data["container"], again.wait_s) == ("900", None)


async def test_a_film_that_cannot_be_used_is_named_with_instagram_s_words() -> None:
    made = contain("900", media_type="REELS", video_url=FILM_URL, caption="Good morning")
    said = "Error: Media upload has failed with error code 2207026"
    with pytest.raises(MediaRefused, match=r"^clip\.mp4: Instagram does not take this video\. It says: “Error: "):
        await prepared(made, is_("ERROR", said=said), reel=True)
    with pytest.raises(MediaRefused, match=r"^clip\.mp4: Instagram could not use the file\.$"):
        await prepared(made, is_("ERROR"), reel=True)


async def test_a_day_that_is_used_up_waits_before_anything_is_published() -> None:
    spent = get(
        f"{ME}/content_publishing_limit",
        {"data": [{"quota_usage": 50, "config": {"quota_total": 50, "quota_duration": 86400}}]},
        fields="quota_usage,config",
    )
    script = Script((CONTAINER, is_("FINISHED"), spent), refusals={})
    wire = HttpWire(CONNECTOR.spec, script)
    with pytest.raises(RateLimited, match="50 in 24 hours"):
        await CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, None)
    left = wire.allowances["posts"]
    assert (left.limit, left.remaining) == (50, 0)


@pytest.mark.parametrize("answer", [{"data": []}, {"data": [{"quota_usage": 1}]}, {"data": "odd"}, {}])
async def test_a_quota_that_is_not_said_stops_nothing(answer: object) -> None:
    odd = get(f"{ME}/content_publishing_limit", answer, fields="quota_usage,config")
    made = await prepared(CONTAINER, is_("FINISHED"), odd)
    assert made.wait_s is None
