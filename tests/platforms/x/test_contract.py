"""The contract of all connectors, with requests and answers of X's API v2."""

from dataclasses import replace
from pathlib import Path

from bot.domain.content import Draft, Reference
from platforms.base import AccountNumbers, Identity, PostNumbers, Prepared
from platforms.x import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Scenario
from tests.platforms.openapi import document_at, requests_of
from tests.platforms.stage import Step
from tests.platforms.x.limits import LIMITS, poll
from tests.platforms.x.looks import LOOKING
from tests.platforms.x.material import (
    AT,
    BASE,
    BEARER,
    CONNECTED,
    DRAFT,
    GIF,
    IMAGE,
    KEY,
    LIVE,
    NOWHERE,
    POST_ID,
    VIDEO,
    post,
)

CREATE = Step(
    method="POST",
    url=f"{BASE}/2/tweets",
    query={},
    headers={**BEARER, "content-type": "application/json"},
    content=b'{"text":"Good morning"}',
    status=201,
    answer={"data": {"id": POST_ID, "text": "Good morning", "edit_history_post_ids": [POST_ID]}},
    answer_headers={"x-rate-limit-limit": "100", "x-rate-limit-remaining": "99", "x-rate-limit-reset": "1795000000"},
)


def upload(path: str, answer: object, **more: object) -> Step:
    """A step of uploading."""
    url = f"{BASE}/2/media/{path}"
    return Step(method="POST", url=url, query={}, headers=BEARER, answer=answer, **more)  # pyright: ignore[reportArgumentType]  # fields of Step


UPLOAD = upload(
    "upload",
    {"data": {"id": "71", "media_key": "3_71", "expires_after_secs": 86400}},
    parts=(("media_category", b"tweet_image"), ("media", b"\x89PNG\r\n\x1a\n")),
)
DESCRIBE = upload(
    "metadata",
    {"data": {"id": "71", "associated_metadata": {}}},
    content=b'{"id":"71","metadata":{"alt_text":{"text":"a tree"}}}',
)
BEGIN = upload(
    "upload/initialize",
    {"data": {"id": "72", "media_key": "7_72", "expires_after_secs": 86400}},
    content=b'{"media_type":"video/mp4","total_bytes":12,"media_category":"tweet_video"}',
)
APPEND = upload("upload/72/append", {"data": {"expires_at": 1795000000}})
FINALIZE = upload("upload/72/finalize", {"data": {"id": "72", "media_key": "7_72"}}, content=b"")
STATUS = Step(
    method="GET",
    url=f"{BASE}/2/media/upload",
    query={"command": "STATUS", "media_id": "72"},
    headers=BEARER,
    answer={"data": {"id": "72", "processing_info": {"state": "succeeded"}}},
)
ME = Step(
    method="GET",
    url=f"{BASE}/2/users/me",
    query={"user.fields": "id,name,profile_image_url,public_metrics,subscription_type,username,verified_type"},
    headers=BEARER,
    answer={
        "data": {
            "id": "2244994945",
            "name": "Juniper Coffee",
            "username": "junipercoffee",
            "subscription_type": "Premium",
            "public_metrics": {"followers_count": 12, "following_count": 3, "post_count": 40, "listed_count": 0},
        }
    },
)
NUMBERS = {
    "repost_count": 1,
    "reply_count": 2,
    "like_count": 3,
    "quote_count": 4,
    "bookmark_count": 5,
    "impression_count": 600,
}
REPLY = replace(
    DRAFT, part=2, parent=Reference(platform_post_id="1991"), root=Reference(platform_post_id="1990"), text="More"
)


def scenario(name: str, draft: Draft, content: bytes, *prepare: Step) -> Scenario:
    """A post with this body."""
    return Scenario(
        name=name, draft=draft, prepare=prepare, publish=(replace(CREATE, content=content),), published=LIVE
    )


CASE = ConnectorCase(
    connector=CONNECTOR,
    connected=CONNECTED,
    endpoints=NOWHERE,
    key=KEY,
    folder=Path(__file__).parents[3] / "platforms/x",
    refusals={
        401: b'{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}',
        403: b'{"title":"Forbidden","type":"about:blank","status":403,'
        b'"detail":"You are not permitted to perform this action."}',
        429: b'{"title":"Too Many Requests","type":"about:blank","status":429,"detail":"Too Many Requests"}',
    },
    scenarios=(
        Scenario(name="text", draft=DRAFT, publish=(CREATE,), published=LIVE),
        scenario("a reply in a thread", REPLY, b'{"text":"More","reply":{"in_reply_to_tweet_id":"1991"}}'),
        scenario(
            "two pictures, one described",
            replace(DRAFT, attachments=(IMAGE, replace(IMAGE, alt_text=""))),
            b'{"text":"Good morning","media":{"media_ids":["71","75"]}}',
            UPLOAD,
            DESCRIBE,
            replace(UPLOAD, answer={"data": {"id": "75"}}),
        ),
        scenario(
            "a video",
            replace(DRAFT, text="", attachments=(VIDEO,), options={"made_with_ai": "true"}),
            b'{"text":"","media":{"media_ids":["72"]},"made_with_ai":true}',
            BEGIN,
            APPEND,
            FINALIZE,
        ),
        scenario(
            "a GIF",
            replace(DRAFT, attachments=(GIF,)),
            b'{"text":"Good morning","media":{"media_ids":["72"]}}',
            replace(BEGIN, content=b'{"media_type":"image/gif","total_bytes":6,"media_category":"tweet_gif"}'),
            replace(APPEND, status=204, answer=None),
            FINALIZE,
        ),
        scenario(
            "a poll",
            poll("tea | coffee", poll_minutes="60", replies="mentioned"),
            b'{"text":"Good morning","poll":{"options":["tea","coffee"],"duration_minutes":60},'
            b'"reply_settings":"mentionedUsers"}',
        ),
        scenario(
            "to a community",
            replace(DRAFT, options={"community": "12", "share_with_followers": "true", "paid_partnership": "true"}),
            b'{"text":"Good morning","community_id":"12","share_with_followers":true,"paid_partnership":true}',
        ),
    ),
    looking=LOOKING,
    limits=LIMITS,
    calls=(
        Call(
            name="identify",
            call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
            steps=(ME,),
            gives=Identity(
                platform_account_id="2244994945",
                handle="junipercoffee",
                display_name="Juniper Coffee",
                service_url=BASE,
                limits={"subscription_type": "Premium"},
            ),
        ),
        Call(
            name="what X still worked on is ready",
            call=lambda wire: CONNECTOR.prepare(
                wire,
                NOWHERE,
                CONNECTED,
                replace(DRAFT, attachments=(replace(VIDEO, alt_text="a tree"),)),
                KEY,
                Prepared(data={"media": ["72"], "pending": ["72"]}, wait_s=1.0),
            ),
            steps=(STATUS, replace(DESCRIBE, content=(DESCRIBE.content or b"").replace(b"71", b"72"))),
            gives=Prepared(
                data={
                    "body": {"text": "Good morning", "media": {"media_ids": ["72"]}},
                    "media": ["72"],
                    "pending": [],
                    "root": None,
                    "site": "https://x.com",
                }
            ),
        ),
        Call(
            name="metrics",
            call=lambda wire: (CONNECTOR.metrics or _none)(wire, NOWHERE, CONNECTED, (POST_ID, "5")),
            steps=(
                Step(
                    method="GET",
                    url=f"{BASE}/2/tweets",
                    query={"ids": f"{POST_ID},5", "post.fields": "public_metrics"},
                    headers=BEARER,
                    answer={
                        "data": [post(public_metrics=NUMBERS)],
                        "errors": [
                            {
                                "type": "https://api.x.com/2/problems/resource-not-found",
                                "title": "Not Found Error",
                                "detail": "Could not find post with ids: [5].",
                                "resource_type": "post",
                            }
                        ],
                    },
                ),
            ),
            gives=(
                PostNumbers(
                    platform_post_id=POST_ID,
                    likes=3,
                    comments=2,
                    shares=1,
                    saves=5,
                    views=600,
                    quotes=4,
                    raw=NUMBERS,
                ),
            ),
        ),
        Call(
            name="account metrics",
            call=lambda wire: (CONNECTOR.account_metrics or _none)(wire, NOWHERE, CONNECTED),
            steps=(ME,),
            gives=AccountNumbers(
                followers=12,
                following=3,
                posts=40,
                raw={"followers_count": 12, "following_count": 3, "post_count": 40, "listed_count": 0},
            ),
        ),
        Call(
            name="delete",
            call=lambda wire: (CONNECTOR.delete or _none)(wire, CONNECTED, POST_ID, {}),
            steps=(
                Step(
                    method="DELETE",
                    url=f"{BASE}/2/tweets/{POST_ID}",
                    query={},
                    headers=BEARER,
                    content=b"",
                    answer={"data": {"deleted": True}},
                ),
            ),
            gives=None,
        ),
    ),
    since=AT,
)


async def _none(*_: object) -> None:
    """What the connector lacks."""
    raise AssertionError


class TestX(ContractTests):
    """X keeps the contract."""

    case = CASE


async def test_every_request_is_as_xs_own_document_says() -> None:
    document = document_at("HERALD_X_OPENAPI")
    requests = await requests_of(CASE)

    older = [one for one in requests if "tweet.fields" in one.url.params]
    assert document.violations(one for one in requests if one not in older) == []
    assert len(older) == 2
