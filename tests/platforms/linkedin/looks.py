"""What LinkedIn shows of an author's posts, and what is to be concluded."""

from dataclasses import replace
from datetime import datetime, timedelta

from platforms.base import (
    Absent,
    CannotTell,
    Prepared,
)
from tests.platforms.contract import Looking
from tests.platforms.linkedin.samples import (
    AT,
    BASE,
    COMMENT,
    COMMENTED,
    E_POST,
    HEADERS,
    LIVE,
    MS,
    PAGE,
    PERSON,
    POST,
    body,
)
from tests.platforms.stage import Step


def shown(at: datetime = AT, **more: object) -> dict[str, object]:
    """The post as LinkedIn lists it."""
    made = int(at.timestamp() * 1000)
    times = {"createdAt": made, "publishedAt": made, "lastModifiedAt": made}
    return {"id": POST, "author": PAGE, "commentary": "Good morning", "lifecycleState": "PUBLISHED", **times, **more}


def listing(*posts: dict[str, object]) -> Step:
    """The list of the page's posts."""
    query = {"author": PAGE, "q": "author", "count": "50", "start": "0", "sortBy": "LAST_MODIFIED"}
    return Step(
        method="GET",
        url=f"{BASE}/rest/posts",
        query=query,
        headers={**HEADERS, "x-restli-method": "FINDER"},
        answer={"paging": {"start": 0, "count": 50}, "elements": list(posts)},
    )


def prepared(**more: object) -> Prepared:
    """What was stored of a post."""
    return Prepared(data={"body": body(), "media": [], "pending": [], **more})


PICTURED = prepared(body=body(content={"media": {"id": "urn:li:image:C4E1"}}), media=["urn:li:image:C4E1"])
OTHER = "urn:li:ugcPost:7000000000000000000"
COMMENTS = Step(
    method="GET",
    url=f"{BASE}/rest/socialActions/{E_POST}/comments",
    query={"count": "50"},
    headers=HEADERS,
    answer={
        "elements": [
            {"id": "1", "actor": PERSON, "message": {"text": "Hello"}, "created": {"time": MS}},
            {
                "id": "6636062862760562688",
                "commentUrn": COMMENT,
                "actor": PAGE,
                "message": {"text": "Hello"},
                "created": {"time": MS},
            },
        ]
    },
)
REMARK = Prepared(data={"object": POST, "body": {"actor": PAGE, "object": POST, "message": {"text": "Hello"}}})
ANOTHERS = {"id": "1", "actor": PERSON, "message": {"text": "Hello"}, "created": {"time": MS}}
FULL = replace(COMMENTS, answer={"elements": [ANOTHERS] * 50})
LOOKING = (
    Looking(name="there", steps=(listing(shown()),), concludes=LIVE),
    Looking(
        name="there, as LinkedIn writes it",
        steps=(listing(shown(commentary=r"Good {hashtag|\#|morning}")),),
        prepared=prepared(body=body(commentary="Good #morning")),
        concludes=LIVE,
    ),
    Looking(name="nothing at all", steps=(listing(),), concludes=Absent),
    Looking(name="only older ones", steps=(listing(shown(AT - timedelta(hours=1))),), concludes=Absent),
    Looking(name="another text", steps=(listing(shown(commentary="Good evening")),), concludes=Absent),
    Looking(
        name="its files, whatever the text",
        steps=(listing(shown(commentary="", content={"media": {"id": "urn:li:image:C4E1"}})),),
        prepared=PICTURED,
        concludes=LIVE,
    ),
    Looking(
        name="other files beside the same text",
        steps=(listing(shown(content={"media": {"id": "urn:li:image:C4E9"}})),),
        prepared=PICTURED,
        concludes=CannotTell,
    ),
    Looking(
        name="an equal one of a minute before", steps=(listing(shown(AT - timedelta(minutes=1))),), concludes=CannotTell
    ),
    Looking(name="two equal ones", steps=(listing(shown(id=OTHER), shown()),), concludes=CannotTell),
    Looking(name="one with a short link", steps=(listing(shown(commentary="Good, morning")),), concludes=CannotTell),
    Looking(name="a comment that is there", steps=(COMMENTS,), prepared=REMARK, concludes=COMMENTED),
    Looking(
        name="a comment below many of others",
        steps=(FULL, replace(COMMENTS, query={"count": "50", "start": "50"})),
        prepared=REMARK,
        concludes=COMMENTED,
    ),
    Looking(
        name="a comment behind a page with gaps",
        steps=(
            replace(FULL, answer={"elements": [ANOTHERS] * 49, "paging": {"links": [{"rel": "next", "href": "/x"}]}}),
            replace(COMMENTS, query={"count": "50", "start": "50"}),
        ),
        prepared=REMARK,
        concludes=COMMENTED,
    ),
    Looking(
        name="more comments than can be read",
        steps=(FULL, *(replace(FULL, query={"count": "50", "start": str(start)}) for start in range(50, 500, 50))),
        prepared=REMARK,
        concludes=CannotTell,
    ),
    Looking(
        name="a comment that is not",
        steps=(replace(COMMENTS, answer={"elements": []}),),
        prepared=REMARK,
        concludes=Absent,
    ),
)
