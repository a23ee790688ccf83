"""Everything besides posting and looking."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from platforms.base import AccountDay, AccountNumbers, Identity, PostNumbers, Prepared
from platforms.instagram import CONNECTOR
from platforms.instagram.kinds import CAROUSEL, POST, REEL
from tests.platforms.contract import Call
from tests.platforms.instagram.pieces import (
    API,
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    FILM_URL,
    IMAGE_URL,
    KEY,
    ME,
    POST_PREPARED,
    QUOTA,
    contain,
    film,
    get,
    is_,
    of_type,
    picture,
    present,
    refused,
)

FIELDS = "user_id,username,name,account_type"
METRICS = "views,reach,likes,comments,shares,saved,total_interactions"
NUMBERS = {"views": 90, "reach": 60, "likes": 4, "comments": 2, "shares": 3, "saved": 5}
WHO = {"user_id": ME, "username": "juniper", "name": "Juniper", "account_type": "BUSINESS", "id": "9"}
IDENTITY = Identity(platform_account_id=ME, handle="juniper", display_name="Juniper", service_url=API)
CAROUSEL_DRAFT = of_type(CAROUSEL, attachments=(picture(), film()))
CHILDREN = {"kind": CAROUSEL, "text": "Good morning", "children": ["901", "902"]}


def metrics(*values: Mapping[str, object]) -> dict[str, object]:
    """An answer of insights."""
    return {"data": [dict(one) for one in values]}


CALLS = (
    Call(
        name="identify",
        call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
        steps=(get("me", WHO, fields=FIELDS),),
        gives=IDENTITY,
    ),
    Call(
        name="identify, in a list",
        call=lambda wire: CONNECTOR.identify(
            wire, replace(CONNECTED, account=replace(CONNECTED.account, platform_account_id=""))
        ),
        steps=(get("me", {"data": [WHO]}, fields=FIELDS),),
        gives=IDENTITY,
    ),
    Call(
        name="a container that is at work",
        call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, POST_PREPARED),
        steps=(is_("IN_PROGRESS"),),
        gives=replace(POST_PREPARED, wait_s=2.0),
    ),
    Call(
        name="a container that is published",
        call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, POST_PREPARED),
        steps=(is_("PUBLISHED"),),
        gives=POST_PREPARED,
    ),
    Call(
        name="a container whose day is over",
        call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, POST_PREPARED),
        steps=(
            is_("EXPIRED"),
            contain("910", image_url=IMAGE_URL, caption="Good morning", alt_text="a tree"),
            is_("FINISHED", "910"),
            QUOTA,
        ),
        gives=Prepared(data={**POST_PREPARED.data, "container": "910"}),
    ),
    *(
        Call(
            name=f"a container of before that {name}",
            call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, POST_PREPARED),
            steps=(
                step,
                contain("910", image_url=IMAGE_URL, caption="Good morning", alt_text="a tree"),
                is_("FINISHED", "910"),
                QUOTA,
            ),
            gives=Prepared(data={**POST_PREPARED.data, "container": "910"}),
        )
        for name, step in (("failed", is_("ERROR")), ("Instagram forgot", refused(is_("FINISHED"), 100, 33)))
    ),
    Call(
        name="a carousel whose film is at work",
        call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, CAROUSEL_DRAFT, KEY, Prepared(data=CHILDREN)),
        steps=(is_("FINISHED", "901"), is_("IN_PROGRESS", "902")),
        gives=Prepared(data=CHILDREN, wait_s=5.0),
    ),
    Call(
        name="a picture that could not be fetched is tried once more",
        call=lambda wire: CONNECTOR.prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, None),
        steps=(
            refused(contain("900", image_url=IMAGE_URL, caption="Good morning", alt_text="a tree"), 9004, 2_207_052),
        ),
        gives=Prepared(data={"kind": POST, "text": "Good morning", "fetches": 1}, wait_s=15.0),
    ),
    Call(
        name="a film that could not be fetched is tried once more",
        call=lambda wire: CONNECTOR.prepare(
            wire, ENDPOINTS, CONNECTED, of_type(REEL, attachments=(film(),)), KEY, None
        ),
        steps=(
            contain("900", media_type="REELS", video_url=FILM_URL, caption="Good morning"),
            is_("ERROR", said="Error: Media upload has failed with error code 2207052"),
        ),
        gives=Prepared(data={"kind": REEL, "text": "Good morning", "fetches": 1}, wait_s=15.0),
    ),
    Call(
        name="metrics",
        call=lambda wire: present(CONNECTOR.metrics)(wire, ENDPOINTS, CONNECTED, ("555",)),
        steps=(
            get(
                "555/insights",
                metrics(
                    {"name": "views", "period": "lifetime", "total_value": {"value": 90}},
                    *({"name": name, "values": [{"value": NUMBERS[name]}]} for name in list(NUMBERS)[1:]),
                ),
                metric=METRICS,
            ),
        ),
        gives=(
            PostNumbers(
                platform_post_id="555", likes=4, comments=2, shares=3, saves=5, views=90, reach=60, raw=NUMBERS
            ),
        ),
    ),
    Call(
        name="metrics of a story that few saw",
        call=lambda wire: present(CONNECTOR.metrics)(wire, ENDPOINTS, CONNECTED, ("555",)),
        steps=(
            replace(refused(get("555/insights", None, metric=METRICS), 10, 0, "Not enough viewers"), optional=True),
            get("555", {"id": "555", "like_count": 1}, fields="id,like_count,comments_count"),
        ),
        gives=(PostNumbers(platform_post_id="555", likes=1, raw={"like_count": 1}),),
    ),
    Call(
        name="metrics of a post that is gone",
        call=lambda wire: present(CONNECTOR.metrics)(wire, ENDPOINTS, CONNECTED, ("555",)),
        steps=(
            replace(refused(get("555/insights", None, metric=METRICS), 100, 33), optional=True),
            refused(get("555", None, fields="id,like_count,comments_count"), 100, 33),
        ),
        gives=(),
    ),
    Call(
        name="account metrics",
        call=lambda wire: present(CONNECTOR.account_metrics)(wire, ENDPOINTS, CONNECTED),
        steps=(
            get(
                "me",
                {"id": "9", "followers_count": 240, "follows_count": 17, "media_count": 3},
                fields="followers_count,follows_count,media_count",
            ),
        ),
        gives=AccountNumbers(
            followers=240,
            following=17,
            posts=3,
            raw={"followers_count": 240, "follows_count": 17, "media_count": 3},
        ),
    ),
    Call(
        name="history",
        call=lambda wire: present(CONNECTOR.history)(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 2)),
        steps=(
            get(
                f"{ME}/insights",
                metrics(
                    {
                        "name": "reach",
                        "period": "day",
                        "values": [
                            {"value": 31, "end_time": "2026-11-02T08:00:00+0000"},
                            {"value": 0, "end_time": "2026-11-03T08:00:00+0000"},
                        ],
                    }
                ),
                metric="reach",
                period="day",
                since="1793491200",
                until="1793664000",
            ),
        ),
        gives=(
            AccountDay(day=date(2026, 11, 1), reach=31, raw={"reach": 31}),
            AccountDay(day=date(2026, 11, 2), reach=0, raw={"reach": 0}),
        ),
    ),
)
