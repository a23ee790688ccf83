"""Every use of `find`, and what is to be concluded."""

from datetime import timedelta

from platforms.base import Absent, CannotTell, Published
from tests.platforms.contract import Looking
from tests.platforms.instagram.pieces import (
    AT,
    BASE,
    COMMENT_PREPARED,
    COMMENTED,
    COMMENTS,
    LIST,
    LIVE,
    ME,
    SHOWN,
    STORIES,
    STORY_PREPARED,
    at,
    get,
    is_,
)
from tests.platforms.stage import Step


def listed(*shown: object, **more: object) -> Step:
    """The account's posts."""
    return get(f"{ME}/media", {"data": list(shown), **more}, **LIST)


def told(*shown: object) -> Step:
    """The account's stories."""
    return get(f"{ME}/stories", {"data": list(shown)}, **STORIES)


def commented(*shown: object) -> Step:
    """The comments below the post."""
    return get("555/comments", {"data": list(shown)}, **COMMENTS)


LOOKING = (
    Looking(name="published", steps=(is_("PUBLISHED"), listed(SHOWN)), concludes=LIVE),
    Looking(name="published, not listed yet", steps=(is_("PUBLISHED"), listed()), concludes=CannotTell),
    Looking(
        name="published, and a twin", steps=(is_("PUBLISHED"), listed(SHOWN, at(AT, id="556"))), concludes=CannotTell
    ),
    Looking(
        name="published, touched up", steps=(is_("PUBLISHED"), listed(at(AT, caption="good morning!"))), concludes=LIVE
    ),
    Looking(
        name="published, on the second page",
        steps=(
            is_("PUBLISHED"),
            listed(
                at(AT, caption="Another"),
                paging={"cursors": {"after": "abc"}, "next": f"{BASE}/x?access_token=IGAA-hush"},
            ),
            get(f"{ME}/media", {"data": [SHOWN]}, **LIST, after="abc"),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="published, and only an older one",
        steps=(is_("PUBLISHED"), listed(at(AT - timedelta(minutes=5)))),
        concludes=CannotTell,
    ),
    Looking(
        name="published, and only a film",
        steps=(is_("PUBLISHED"), listed(at(AT, media_type="VIDEO"))),
        concludes=CannotTell,
    ),
    Looking(name="not published", steps=(is_("FINISHED"), listed()), concludes=Absent),
    Looking(name="expired", steps=(is_("EXPIRED"), listed(at(AT, caption="Another"))), concludes=Absent),
    Looking(
        name="not published, but there is one like it", steps=(is_("FINISHED"), listed(SHOWN)), concludes=CannotTell
    ),
    Looking(name="at work", steps=(is_("IN_PROGRESS"),), concludes=CannotTell),
    Looking(name="in a new state", steps=(is_("DREAMING"),), concludes=CannotTell),
    Looking(
        name="the story",
        steps=(is_("PUBLISHED"), told(at(AT, caption=None, media_product_type="STORY"))),
        concludes=LIVE,
        prepared=STORY_PREPARED,
    ),
    Looking(name="no story", steps=(is_("FINISHED"), told()), concludes=Absent, prepared=STORY_PREPARED),
    Looking(
        name="the comment",
        steps=(commented(COMMENTED),),
        concludes=Published(platform_post_id="777", permalink=None),
        prepared=COMMENT_PREPARED,
    ),
    Looking(
        name="somebody else's comment",
        steps=(commented({**COMMENTED, "username": "rowan"}),),
        concludes=Absent,
        prepared=COMMENT_PREPARED,
    ),
    Looking(
        name="two equal comments",
        steps=(commented(COMMENTED, {**COMMENTED, "id": "778"}),),
        concludes=CannotTell,
        prepared=COMMENT_PREPARED,
    ),
)
