"""Everything besides posting and looking."""

from dataclasses import replace
from datetime import date

from bot.domain.accounts import Secret, Tokens
from platforms.base import (
    AccountDay,
    AccountNumbers,
    Choice,
    Pending,
    PostNumbers,
    Published,
)
from platforms.facebook import CONNECTOR
from platforms.facebook.metrics import _COUNTERS, _VIEWS  # pyright: ignore[reportPrivateUsage]  # as they are sent
from tests.platforms.contract import Call
from tests.platforms.facebook.pieces import (
    ACCOUNTS,
    BASE,
    BEARER,
    BUSINESSES,
    CLIENT,
    CONNECTED,
    ENDPOINTS,
    FILM_LIVE,
    HANDLE,
    KEY,
    MORE_ACCOUNTS,
    OUT,
    OWNED,
    PAGE,
    PERMISSIONS,
    SITE,
    STATUS,
    USER,
    get,
    identity,
    present,
    status,
)
from tests.platforms.stage import Step

CALLS = (
    Call(
        name="identify",
        call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
        steps=(
            get(
                "me",
                {"id": PAGE, "name": "Juniper Coffee", "username": "junipercoffee"},
                fields="id,name,username",
            ),
        ),
        gives=identity(PAGE, "junipercoffee", "Juniper Coffee"),
    ),
    Call(
        name="choices",
        call=lambda wire: present(CONNECTOR.choices)(wire, ENDPOINTS, USER),
        steps=(PERMISSIONS, ACCOUNTS, MORE_ACCOUNTS, BUSINESSES, OWNED, CLIENT),
        gives=(
            Choice(
                identity=identity(PAGE, "junipercoffee", "Juniper Coffee"),
                kind="Page",
                tokens=Tokens(access=Secret("pag3-hush"), scopes=("pages_show_list",)),
            ),
            Choice(
                identity=identity("106", "106", "Juniper Roastery"),
                kind="Page",
                picture_url="https://p.example/1.png",
                tokens=Tokens(access=Secret("pag3-third"), scopes=("pages_show_list",)),
            ),
        ),
    ),
    Call(
        name="poll, out",
        call=lambda wire: present(CONNECTOR.poll)(wire, CONNECTED, HANDLE, KEY),
        steps=(get("900", OUT, fields=STATUS),),
        gives=FILM_LIVE,
    ),
    Call(
        name="poll, at work",
        call=lambda wire: present(CONNECTOR.poll)(wire, CONNECTED, HANDLE, KEY),
        steps=(get("900", status("processing"), fields=STATUS),),
        gives=Pending(handle=HANDLE, check_after_s=10.0),
    ),
    Call(
        name="poll, out without its post",
        call=lambda wire: present(CONNECTOR.poll)(wire, CONNECTED, HANDLE, KEY),
        steps=(get("900", status("ready", "complete"), fields=STATUS),),
        gives=Published(platform_post_id="900", permalink=f"{SITE}/reel/900", extra={"video": "900"}),
    ),
    Call(
        name="delete",
        call=lambda wire: present(CONNECTOR.delete)(wire, CONNECTED, "104_555", {}),
        steps=(Step(method="DELETE", url=f"{BASE}/104_555", headers=BEARER, answer={"success": True}),),
        gives=None,
    ),
    Call(
        name="metrics",
        call=lambda wire: present(CONNECTOR.metrics)(wire, ENDPOINTS, CONNECTED, ("104_555",)),
        steps=(
            get(
                "",
                {
                    "104_555": {
                        "id": "104_555",
                        "shares": {"count": 3},
                        "comments": {"data": [], "summary": {"total_count": 2}},
                        "reactions": {"data": [], "summary": {"total_count": 4}},
                    }
                },
                ids="104_555",
                fields=_COUNTERS,
            ),
            replace(
                get(
                    "",
                    {
                        "104_555": {
                            "insights": {
                                "data": [
                                    {"name": "post_media_view", "values": [{"value": 90}]},
                                    {"name": "post_clicks", "values": [{"value": 6}]},
                                    {"name": "post_total_media_view_unique", "values": []},
                                ]
                            }
                        }
                    },
                    ids="104_555",
                    fields=_VIEWS,
                ),
                optional=True,
            ),
        ),
        gives=(
            PostNumbers(
                platform_post_id="104_555",
                likes=4,
                comments=2,
                shares=3,
                views=90,
                clicks=6,
                raw={
                    "post_media_view": 90,
                    "post_clicks": 6,
                    "reactions": {"data": [], "summary": {"total_count": 4}},
                    "comments": {"data": [], "summary": {"total_count": 2}},
                    "shares": {"count": 3},
                },
            ),
        ),
    ),
    Call(
        name="account metrics",
        call=lambda wire: present(CONNECTOR.account_metrics)(wire, ENDPOINTS, CONNECTED),
        steps=(get(PAGE, {"id": PAGE, "followers_count": 120, "fan_count": 110}, fields="followers_count,fan_count"),),
        gives=AccountNumbers(followers=120, raw={"followers_count": 120, "fan_count": 110}),
    ),
    Call(
        name="history",
        call=lambda wire: present(CONNECTOR.history)(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 1)),
        steps=(
            get(
                f"{PAGE}/insights",
                {
                    "data": [
                        {
                            "name": "page_media_view",
                            "period": "day",
                            "values": [{"value": {"organic": 40, "paid": 2}, "end_time": "2026-11-02T08:00:00+0000"}],
                        },
                        {
                            "name": "page_follows",
                            "period": "day",
                            "values": [{"value": 120, "end_time": "2026-11-02T08:00:00+0000"}],
                        },
                    ]
                },
                metric="page_media_view,page_total_media_view_unique,page_video_views,page_follows",
                period="day",
                since="1793491200",
                until="1793577600",
            ),
        ),
        gives=(
            AccountDay(
                day=date(2026, 11, 1), views=42, followers=120, raw={"page_media_view": 42, "page_follows": 120}
            ),
        ),
    ),
)
