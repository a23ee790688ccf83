"""The contract of all connectors, with the requests and answers of Threads' documentation.

Answers are cut from the examples of developers.facebook.com/docs/threads, read 2026-10-07.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.domain.content import Reference
from platforms.base import Absent, AccountDay, AccountNumbers, CannotTell, Identity, PostNumbers, Published
from platforms.threads import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Looking, Scenario
from tests.platforms.stage import Step
from tests.platforms.threads.conftest import (
    ACCOUNT_METRICS,
    AT,
    BASE,
    CONNECTED,
    DELETE,
    DRAFT,
    ENDPOINTS,
    HISTORY,
    KEY,
    METRICS,
    TOKEN,
    film,
    image,
    read,
)
from tests.platforms.threads.limits import LIMITS

ME = "25340977668878"
POST_ID = "18050206876707110"
PERMALINK = "https://www.threads.net/@juniper/post/DAbCdEfGhIj"
LIVE = Published(platform_post_id=POST_ID, permalink=PERMALINK)
FIELDS = "id,text,permalink,timestamp,media_type,replied_to"
SINCE = str(int((AT - timedelta(seconds=60)).timestamp()))
POST = {
    "id": POST_ID,
    "text": "Good morning",
    "permalink": PERMALINK,
    "timestamp": "2026-11-21T09:00:01+0000",
    "media_type": "TEXT_POST",
}


def make(container: str, form: bytes) -> Step:
    """Making a container."""
    return Step(
        method="POST",
        url=f"{BASE}/v1.0/{ME}/threads",
        query={},
        content=form + b"&access_token=" + TOKEN.encode(),
        answer={"id": container},
    )


def asked(container: str, status: str = "FINISHED") -> Step:
    """Asking after a container."""
    return read(container, {"id": container, "status": status}, fields="status,error_message")


def published(container: str) -> tuple[Step, ...]:
    """Publishing it, and what is asked afterwards."""
    return (
        Step(
            method="POST",
            url=f"{BASE}/v1.0/{ME}/threads_publish",
            query={},
            content=f"creation_id={container}&access_token={TOKEN}".encode(),
            answer={"id": POST_ID},
        ),
        read(POST_ID, {"id": POST_ID, "permalink": PERMALINK}, optional=True, fields="id,permalink"),
        read(
            f"{ME}/threads_publishing_limit",
            {"data": [{"quota_usage": 4, "config": {"quota_total": 250, "quota_duration": 86400}}]},
            optional=True,
            fields="quota_usage,config",
        ),
    )


def listed(*posts: object, which: str = "threads") -> Step:
    """The account's list."""
    return read(f"{ME}/{which}", {"data": list(posts), "paging": {}}, fields=FIELDS, since=SINCE, limit="100")


TEXT_CONTAINER = make("17889615691921648", b"media_type=TEXT&text=Good+morning")
IMAGE_FORM = b"media_type=IMAGE&image_url=https%3A%2F%2Fherald.example%2Fmedia%2Ftree.png&alt_text=a+tree"
VIDEO_FORM = b"media_type=VIDEO&video_url=https%3A%2F%2Fherald.example%2Fmedia%2Fclip.mp4"


class TestThreads(ContractTests):
    """Threads keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/threads",
        refusals={
            401: b'{"error":{"message":"Error validating access token","type":"OAuthException","code":190,'
            b'"error_subcode":463,"fbtrace_id":"A1"}}',
            403: b'{"error":{"message":"(#10) Application does not have permission for this action",'
            b'"type":"OAuthException","code":10,"fbtrace_id":"A1"}}',
            429: b'{"error":{"message":"(#4) Application request limit reached","type":"OAuthException","code":4,'
            b'"is_transient":true,"fbtrace_id":"A1"}}',
        },
        scenarios=(
            Scenario(
                name="text",
                draft=DRAFT,
                prepare=(TEXT_CONTAINER, asked("17889615691921648")),
                publish=published("17889615691921648"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="text with all settings, as a reply",
                draft=replace(
                    DRAFT,
                    link="https://example.com/a",
                    options={
                        "reply_control": "mentioned_only",
                        "reply_approvals": "true",
                        "topic_tag": "coffee",
                        "countries": "DE,US",
                        "quote": "18000000000000001",
                    },
                    parent=Reference(platform_post_id="18000000000000002"),
                    root=Reference(platform_post_id="18000000000000000"),
                ),
                prepare=(
                    make(
                        "1",
                        b"media_type=TEXT&text=Good+morning&link_attachment=https%3A%2F%2Fexample.com%2Fa"
                        b"&reply_to_id=18000000000000002&reply_control=mentioned_only&enable_reply_approvals=true"
                        b"&topic_tag=coffee&allowlisted_country_codes=DE%2CUS&quote_post_id=18000000000000001",
                    ),
                    asked("1"),
                ),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="a reply to what only a link is known of",
                draft=replace(DRAFT, parent=Reference(platform_post_id=PERMALINK.replace(".net", ".com") + "/?xmt=1")),
                prepare=(
                    read(f"{ME}/threads", {"data": [{"id": "7"}]}, fields="id,permalink", limit="100"),
                    read(f"{ME}/replies", {"data": [POST]}, fields="id,permalink", limit="100"),
                    make("1", b"media_type=TEXT&text=Good+morning&reply_to_id=" + POST_ID.encode()),
                    asked("1"),
                ),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="poll",
                draft=replace(DRAFT, options={"poll": "tea | coffee"}),
                prepare=(
                    make(
                        "1",
                        b"media_type=TEXT&text=Good+morning"
                        b"&poll_attachment=%7B%22option_a%22%3A%22tea%22%2C%22option_b%22%3A%22coffee%22%7D",
                    ),
                    asked("1"),
                ),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="gif",
                draft=replace(DRAFT, options={"gif": "Ab1"}),
                prepare=(
                    make(
                        "1",
                        b"media_type=TEXT&text=Good+morning"
                        b"&gif_attachment=%7B%22gif_id%22%3A%22Ab1%22%2C%22provider%22%3A%22GIPHY%22%7D",
                    ),
                    asked("1"),
                ),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="long text",
                draft=replace(DRAFT, options={"long_text": "Once upon a time"}),
                prepare=(
                    make(
                        "1",
                        b"media_type=TEXT&text=Good+morning"
                        b"&text_attachment=%7B%22plaintext%22%3A%22Once+upon+a+time%22%7D",
                    ),
                    asked("1"),
                ),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="image",
                draft=replace(DRAFT, post_type="threads-image", attachments=(image(),), options={"spoiler": "true"}),
                prepare=(make("1", IMAGE_FORM + b"&text=Good+morning&is_spoiler_media=true"), asked("1")),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="video",
                draft=replace(DRAFT, post_type="threads-video", attachments=(film(),)),
                prepare=(make("1", VIDEO_FORM + b"&text=Good+morning"), asked("1", "IN_PROGRESS")),
                publish=published("1"),
                creates=0,
                published=LIVE,
            ),
            Scenario(
                name="carousel",
                draft=replace(DRAFT, text="", post_type="threads-carousel", attachments=(image(), film())),
                prepare=(
                    make("1", IMAGE_FORM + b"&is_carousel_item=true"),
                    make("2", VIDEO_FORM + b"&is_carousel_item=true"),
                    asked("1"),
                    asked("2"),
                    make("3", b"media_type=CAROUSEL&children=1%2C2"),
                    asked("3"),
                ),
                publish=published("3"),
                creates=0,
                published=LIVE,
            ),
        ),
        looking=(
            Looking(name="there", steps=(asked("17889615691921648", "PUBLISHED"), listed(POST)), concludes=LIVE),
            Looking(
                name="published, and not listed yet",
                steps=(asked("17889615691921648", "PUBLISHED"), listed()),
                concludes=CannotTell,
            ),
            Looking(
                name="published, and two are like it",
                steps=(asked("17889615691921648", "PUBLISHED"), listed(POST, {**POST, "id": "2"})),
                concludes=CannotTell,
            ),
            Looking(name="still in progress", steps=(asked("17889615691921648", "IN_PROGRESS"),), concludes=CannotTell),
            Looking(
                name="not published",
                steps=(
                    asked("17889615691921648"),
                    listed({**POST, "text": "Good evening"}, {**POST, "timestamp": "2026-11-21T08:58:00+0000"}),
                ),
                concludes=Absent,
            ),
            Looking(
                name="expired unpublished", steps=(asked("17889615691921648", "EXPIRED"), listed()), concludes=Absent
            ),
            Looking(
                name="not published, but one is like it",
                steps=(asked("17889615691921648"), listed(POST)),
                concludes=CannotTell,
            ),
            Looking(
                name="not published, and too many to read",
                steps=(asked("17889615691921648"), listed(*([{**POST, "text": "x"}] * 100))),
                concludes=CannotTell,
            ),
        ),
        limits=LIMITS,
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(
                    read("me", {"id": int(ME), "username": "juniper", "name": "Juniper"}, fields="id,username,name"),
                ),
                gives=Identity(platform_account_id=ME, handle="juniper", display_name="Juniper", service_url=BASE),
            ),
            Call(
                name="metrics",
                call=lambda wire: METRICS(wire, ENDPOINTS, CONNECTED, (POST_ID,)),
                steps=(
                    read(
                        f"{POST_ID}/insights",
                        {
                            "data": [
                                {"name": "likes", "period": "lifetime", "values": [{"value": 100}]},
                                {"name": "views", "period": "lifetime", "values": [{"value": 2000}]},
                                {"name": "replies", "period": "lifetime", "values": [{"value": 10}]},
                            ]
                        },
                        metric="views,likes,replies,reposts,quotes,shares",
                        optional=True,
                    ),
                ),
                gives=(
                    PostNumbers(
                        platform_post_id=POST_ID,
                        likes=100,
                        comments=10,
                        views=2000,
                        raw={"likes": 100, "views": 2000, "replies": 10},
                    ),
                ),
            ),
            Call(
                name="account metrics",
                call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, CONNECTED),
                steps=(
                    read(
                        f"{ME}/threads_insights",
                        {
                            "data": [
                                {"name": "views", "period": "day", "values": [{"value": 10}, {"value": 20}]},
                                {"name": "likes", "period": "day", "total_value": {"value": 5}},
                            ]
                        },
                        metric="views,likes,replies,reposts,quotes",
                    ),
                    read(
                        f"{ME}/threads_insights",
                        {"data": [{"name": "followers_count", "period": "day", "total_value": {"value": 1200}}]},
                        metric="followers_count",
                    ),
                ),
                gives=AccountNumbers(followers=1200, views=30, raw={"views": 30, "likes": 5, "followers_count": 1200}),
            ),
            Call(
                name="history",
                call=lambda wire: HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 4)),
                steps=(
                    read(
                        f"{ME}/threads_insights",
                        {
                            "data": [
                                {
                                    "name": "views",
                                    "period": "day",
                                    "values": [
                                        {"value": 10, "end_time": "2026-11-02T08:00:00+0000"},
                                        {"value": 0, "end_time": "2026-11-05T08:00:00+0000"},
                                    ],
                                }
                            ]
                        },
                        metric="views",
                        since="1793491200",
                        until="1793923200",
                    ),
                ),
                gives=(
                    AccountDay(day=date(2026, 11, 1), views=10, raw={"views": 10}),
                    AccountDay(day=date(2026, 11, 4), views=0, raw={"views": 0}),
                ),
            ),
            Call(
                name="delete",
                call=lambda wire: DELETE(wire, CONNECTED, POST_ID, {}),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{BASE}/v1.0/{POST_ID}",
                        query={"access_token": TOKEN},
                        answer={"success": True, "deleted_id": POST_ID},
                    ),
                ),
                gives=None,
            ),
            Call(
                name="delete what is gone",
                call=lambda wire: DELETE(wire, CONNECTED, POST_ID, {}),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{BASE}/v1.0/{POST_ID}",
                        status=400,
                        answer={"error": {"message": "gone", "code": 24, "error_subcode": 4279009}},
                    ),
                ),
                gives=None,
            ),
        ),
        since=AT,
    )
