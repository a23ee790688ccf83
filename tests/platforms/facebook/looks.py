"""Every use of `find`, and what is to be concluded."""

from dataclasses import replace
from datetime import timedelta

from platforms.base import (
    Absent,
    CannotTell,
    Published,
)
from tests.platforms.contract import Looking
from tests.platforms.facebook.pieces import (
    AT,
    BASE,
    COMMENT_PREPARED,
    COMMENTED,
    COMMENTS,
    FILM_LIVE,
    FILM_PREPARED,
    LIST,
    LIVE,
    OUT,
    PAGE,
    PHOTO_PREPARED,
    SHOWN,
    SITE,
    STATUS,
    STORIES,
    STORY_PREPARED,
    at,
    get,
    looked,
    status,
)

LOOKING = (
    Looking(name="there", steps=(looked(SHOWN),), concludes=LIVE),
    Looking(name="nothing at all", steps=(looked(),), concludes=Absent),
    Looking(
        name="on the second page",
        steps=(
            looked(
                at(AT, message="Another"),
                paging={"cursors": {"after": "abc"}, "next": f"{BASE}/x?access_token=pag3-hush"},
            ),
            get(f"{PAGE}/published_posts", {"data": [SHOWN]}, **LIST, after="abc"),
        ),
        concludes=LIVE,
    ),
    Looking(
        name="an equal one of a minute before",
        steps=(looked(at(AT - timedelta(minutes=1))),),
        concludes=CannotTell,
    ),
    Looking(name="two equal ones", steps=(looked(SHOWN, at(AT, id="104_556")),), concludes=CannotTell),
    Looking(name="a text touched up", steps=(looked(at(AT, message="Good morning!")),), concludes=CannotTell),
    Looking(
        name="the photo shown",
        steps=(
            looked(
                at(
                    AT,
                    message="?",
                    attachments={"data": [{"subattachments": {"data": [{"target": {"id": "801"}}]}}]},
                )
            ),
        ),
        concludes=LIVE,
        prepared=PHOTO_PREPARED,
    ),
    Looking(
        name="the same text with another photo",
        steps=(looked(SHOWN),),
        concludes=CannotTell,
        prepared=PHOTO_PREPARED,
    ),
    Looking(
        name="a film that is out",
        steps=(get("900", OUT, fields=STATUS),),
        concludes=FILM_LIVE,
        prepared=FILM_PREPARED,
    ),
    Looking(
        name="a film that nobody asked to publish",
        steps=(get("900", status("upload_complete"), fields=STATUS),),
        concludes=Absent,
        prepared=FILM_PREPARED,
    ),
    Looking(
        name="a film at work",
        steps=(get("900", status("processing"), fields=STATUS),),
        concludes=CannotTell,
        prepared=FILM_PREPARED,
    ),
    Looking(
        name="a film that is not shown",
        steps=(
            replace(
                get(
                    "900",
                    {"error": {"message": "Unsupported get request", "code": 100, "error_subcode": 33}},
                    fields=STATUS,
                ),
                status=400,
            ),
        ),
        concludes=CannotTell,
        prepared=FILM_PREPARED,
    ),
    Looking(
        name="the story",
        steps=(replace(STORIES, answer={"data": [{"post_id": "777", "media_id": "801", "url": f"{SITE}/s/1"}]}),),
        concludes=Published(platform_post_id="777", permalink=f"{SITE}/s/1"),
        prepared=STORY_PREPARED,
    ),
    Looking(name="no story", steps=(STORIES,), concludes=CannotTell, prepared=STORY_PREPARED),
    Looking(
        name="the comment",
        steps=(get("104_555/comments", {"data": [COMMENTED]}, **COMMENTS),),
        concludes=Published(platform_post_id="555_7", permalink=f"{SITE}/555_7"),
        prepared=COMMENT_PREPARED,
    ),
    Looking(
        name="somebody else's comment",
        steps=(get("104_555/comments", {"data": [{**COMMENTED, "from": {"id": "1"}}]}, **COMMENTS),),
        concludes=Absent,
        prepared=COMMENT_PREPARED,
    ),
)
