"""The contract of all connectors, with the requests and answers of Reddit's documentation and of praw 8.0.3.

Sources: reddit.com/dev/api and github.com/praw-dev/praw, read 2026-11-21.
"""

from dataclasses import replace
from pathlib import Path

from bot.domain.content import MediaKind, Reference
from platforms.base import AccountNumbers, Identity, Pending, PostNumbers, Published
from platforms.reddit import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Scenario
from tests.platforms.reddit.conftest import (
    ACCOUNT_METRICS,
    AT,
    BASE,
    CONNECTED,
    DELETE,
    DRAFT,
    ENDPOINTS,
    KEY,
    METRICS,
    PLACE,
    POLL,
    file,
    film,
    listing,
    made,
    post,
    read,
)
from tests.platforms.reddit.limits import LIMITS
from tests.platforms.reddit.looks import ADDRESS, COMMENT, LIVE, LOOKING, THING, listed
from tests.platforms.stage import Step

TAKEN = made({"id": "1abcd2", "name": "t3_1abcd2", "url": ADDRESS, "drafts_count": 0})
BEHIND = b"&sr=test&title=A+morning&nsfw=false&spoiler=false&sendreplies=true&resubmit=true&validate_on_submit=true"
JSON = b"&api_type=json"
SUBMIT = post("api/submit", TAKEN, content=b"kind=self&text=Good+morning" + BEHIND + JSON)
STORE = "https://reddit-uploaded-media.s3-accelerate.amazonaws.com"
STORED = b"https%3A%2F%2Freddit-uploaded-media.s3-accelerate.amazonaws.com%2Frte_images%2F"
LATE = made({"user_submitted_page": "https://www.reddit.com/user/juniper/submitted/", "websocket_url": "wss://x"})


def uploads(asset: str, *, name: str = "file.png", mime_type: bytes = b"image%2Fpng") -> tuple[Step, ...]:
    """The lease, and the file store."""
    lease = {
        "args": {
            "action": "//reddit-uploaded-media.s3-accelerate.amazonaws.com",
            "fields": [{"name": "key", "value": f"rte_images/{asset}"}, {"name": "policy", "value": "cG9saWN5"}],
        },
        "asset": {"asset_id": asset, "processing_state": "incomplete", "websocket_url": "wss://x"},
    }
    form = b"filepath=" + name.encode() + b"&mimetype=" + mime_type + JSON
    stored = b"<PostResponse><Location>https://x</Location></PostResponse>"
    return (
        post("api/media/asset.json", lease, content=form),
        Step(method="POST", url=STORE, query={}, status=201, answer=stored, optional=True),
    )


HANDLE = {"kind": "reddit-image", "subreddit": "test", "title": "A morning", "text": "Good morning", "looks": 0}
IMAGE = replace(DRAFT, post_type="reddit-image", attachments=(file(),))
GIF = file(MediaKind.GIF, "image/gif")
FLAIR = "0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"


class TestReddit(ContractTests):
    """Reddit keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/reddit",
        refusals={
            401: b'{"message":"Unauthorized","error":401}',
            403: b'{"message":"Forbidden","error":403,"reason":"private"}',
            429: b'{"message":"Too Many Requests","error":429}',
        },
        scenarios=(
            Scenario(name="text", draft=DRAFT, publish=(SUBMIT,), published=LIVE),
            Scenario(
                name="text with all settings, on a profile",
                draft=replace(
                    DRAFT,
                    options={
                        "subreddit": "u/juniper",
                        "title": " A morning ",
                        "nsfw": "true",
                        "spoiler": "true",
                        "replies": "false",
                        "flair_id": FLAIR,
                        "flair_text": "News",
                    },
                ),
                publish=(
                    replace(
                        SUBMIT,
                        content=b"kind=self&text=Good+morning&sr=u_juniper&title=A+morning&nsfw=true&spoiler=true"
                        b"&sendreplies=false&resubmit=true&validate_on_submit=true&flair_id="
                        + FLAIR.encode()
                        + b"&flair_text=News"
                        + JSON,
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="link",
                draft=replace(DRAFT, post_type="reddit-link", link="https://example.com/a"),
                publish=(
                    replace(
                        SUBMIT,
                        content=b"kind=link&url=https%3A%2F%2Fexample.com%2Fa&text=Good+morning"
                        + BEHIND.replace(b"resubmit=true", b"resubmit=false")
                        + JSON,
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="crosspost",
                draft=replace(
                    DRAFT,
                    text="",
                    post_type="reddit-crosspost",
                    link="https://www.reddit.com/r/coffee/comments/1zzzz9/beans/",
                    options={**PLACE, "crosspost": "true"},
                ),
                publish=(replace(SUBMIT, content=b"kind=crosspost&crosspost_fullname=t3_1zzzz9" + BEHIND + JSON),),
                published=LIVE,
            ),
            Scenario(
                name="poll",
                draft=replace(
                    DRAFT, post_type="reddit-poll", options={**PLACE, "poll": "tea | coffee", "poll_days": "2"}
                ),
                publish=(
                    post(
                        "api/submit_poll_post",
                        made({"url": ADDRESS, "id": "t3_1abcd2"}),
                        json={
                            "sr": "test",
                            "title": "A morning",
                            "nsfw": False,
                            "spoiler": False,
                            "sendreplies": True,
                            "resubmit": True,
                            "validate_on_submit": True,
                            "options": ["tea", "coffee"],
                            "duration": 2,
                            "text": "Good morning",
                            "api_type": "json",
                        },
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="image",
                draft=IMAGE,
                prepare=uploads("a1"),
                publish=(
                    post(
                        "api/submit",
                        LATE,
                        content=b"kind=image&url=" + STORED + b"a1&text=Good+morning" + BEHIND + JSON,
                    ),
                ),
                published=Pending(
                    handle={**HANDLE, "link": None, "crosspost": None, "parent": None, "media": []}, check_after_s=3.0
                ),
            ),
            Scenario(
                name="gallery",
                draft=replace(DRAFT, text="", post_type="reddit-gallery", attachments=(file(), GIF)),
                prepare=(*uploads("a1"), *uploads("a2", name="file.gif", mime_type=b"image%2Fgif")),
                publish=(
                    post(
                        "api/submit_gallery_post.json",
                        made({"url": ADDRESS, "id": "t3_1abcd2"}),
                        json={
                            "sr": "test",
                            "title": "A morning",
                            "nsfw": False,
                            "spoiler": False,
                            "sendreplies": True,
                            "resubmit": True,
                            "validate_on_submit": True,
                            "items": [
                                {"media_id": "a1", "caption": "", "outbound_url": ""},
                                {"media_id": "a2", "caption": "", "outbound_url": ""},
                            ],
                            "show_error_list": True,
                            "api_type": "json",
                        },
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="video",
                draft=replace(DRAFT, text="", post_type="reddit-video", attachments=(film(),)),
                prepare=(
                    *uploads("v1", name="file.mp4", mime_type=b"video%2Fmp4"),
                    *uploads("p1", name="poster.png"),
                ),
                publish=(
                    post(
                        "api/submit",
                        LATE,
                        content=b"kind=video&url=" + STORED + b"v1&video_poster_url=" + STORED + b"p1" + BEHIND + JSON,
                    ),
                ),
                published=Pending(
                    handle={
                        **HANDLE,
                        "kind": "reddit-video",
                        "text": "",
                        "link": None,
                        "crosspost": None,
                        "parent": None,
                        "media": [],
                    },
                    check_after_s=3.0,
                ),
            ),
            Scenario(
                name="video with a picture that stands for it",
                draft=replace(DRAFT, text="", post_type="reddit-video", attachments=(film(), file())),
                prepare=(*uploads("v1", name="file.mp4", mime_type=b"video%2Fmp4"), *uploads("a1")),
                publish=(
                    post(
                        "api/submit",
                        TAKEN,
                        content=b"kind=video&url=" + STORED + b"v1&video_poster_url=" + STORED + b"a1" + BEHIND + JSON,
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="first comment",
                draft=replace(
                    DRAFT,
                    text="And so on",
                    post_type="reddit-comment",
                    options={},
                    part=1,
                    parent=Reference(platform_post_id="t3_1abcd2"),
                    root=Reference(platform_post_id="t3_1abcd2"),
                ),
                publish=(
                    post(
                        "api/comment",
                        made({"things": [{"kind": "t1", "data": COMMENT}]}),
                        content=b"thing_id=t3_1abcd2&text=And+so+on" + JSON,
                    ),
                ),
                published=Published(
                    platform_post_id="t1_k1", permalink="https://www.reddit.com/r/test/comments/1abcd2/a_morning/k1/"
                ),
            ),
        ),
        looking=LOOKING,
        limits=LIMITS,
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(read("api/v1/me", {"id": "1w72", "name": "juniper", "is_suspended": False}),),
                gives=Identity(platform_account_id="1w72", handle="juniper", display_name="juniper", service_url=BASE),
            ),
            Call(
                name="metrics",
                call=lambda wire: METRICS(wire, ENDPOINTS, CONNECTED, ("t3_1abcd2", "t3_gone")),
                steps=(
                    read(
                        "api/info",
                        listing(THING, {**THING, "name": "t3_gone", "author": "[deleted]"}),
                        id="t3_1abcd2,t3_gone",
                    ),
                ),
                gives=(
                    PostNumbers(
                        platform_post_id="t3_1abcd2",
                        likes=4,
                        comments=2,
                        shares=1,
                        raw={"score": 4, "num_comments": 2, "num_crossposts": 1},
                    ),
                ),
            ),
            Call(
                name="account metrics",
                call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, CONNECTED),
                steps=(read("api/v1/me", {"name": "juniper", "total_karma": 42, "subreddit": {"subscribers": 12}}),),
                gives=AccountNumbers(followers=12, raw={"total_karma": 42}),
            ),
            Call(
                name="delete",
                call=lambda wire: DELETE(wire, CONNECTED, "t3_1abcd2", {}),
                steps=(post("api/del", {}, content=b"id=t3_1abcd2" + JSON),),
                gives=None,
            ),
            Call(
                name="poll: there",
                call=lambda wire: POLL(wire, CONNECTED, HANDLE, KEY),
                steps=(listed(THING),),
                gives=LIVE,
            ),
            Call(
                name="poll: not yet",
                call=lambda wire: POLL(wire, CONNECTED, HANDLE, KEY),
                steps=(listed(),),
                gives=Pending(handle={**HANDLE, "looks": 1}, check_after_s=10.0),
            ),
        ),
        since=AT,
    )
