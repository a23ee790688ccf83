"""What just fits on Pinterest and what is one too many; and its calls besides publishing."""

from dataclasses import replace
from datetime import date

from bot.domain.content import MediaKind
from platforms.base import AccountDay, AccountNumbers, Identity, PostNumbers
from platforms.pinterest import CONNECTOR
from tests.platforms.contract import Call, Limit
from tests.platforms.pinterest.material import (
    ACCOUNT_METRICS,
    BASE,
    BEARER,
    BOARD,
    CAROUSEL,
    CONNECTED,
    DELETE,
    DRAFT,
    FILM,
    HISTORY,
    IMAGE,
    KEY,
    METRICS,
    NOWHERE,
    PIN,
    REGISTER,
    STATUS,
    UPLOAD,
    USER,
    VIDEO,
    VIDEO_PREPARED,
    attachment,
)
from tests.platforms.stage import Step

LIMITS = (
    Limit(name="text", fits=replace(DRAFT, text="ü" * 800), over=replace(DRAFT, text="ü" * 801)),
    Limit(
        name="title",
        fits=replace(DRAFT, options={**BOARD, "title": "x" * 100}),
        over=replace(DRAFT, options={**BOARD, "title": "x" * 101}),
    ),
    Limit(
        name="link",
        fits=replace(DRAFT, link="https://a.example/".ljust(2048, "x")),
        over=replace(DRAFT, link="https://a.example/".ljust(2049, "x")),
    ),
    Limit(
        name="description of a picture",
        fits=replace(DRAFT, attachments=(attachment(alt_text="x" * 500),)),
        over=replace(DRAFT, attachments=(attachment(alt_text="x" * 501),)),
    ),
    Limit(
        name="descriptions of a carousel",
        fits=replace(CAROUSEL, attachments=(attachment(alt_text="x" * 250), attachment(alt_text="x" * 249))),
        over=replace(CAROUSEL, attachments=(attachment(alt_text="x" * 250), attachment(alt_text="x" * 250))),
    ),
    Limit(
        name="pictures",
        fits=replace(CAROUSEL, attachments=(IMAGE,) * 5),
        over=replace(CAROUSEL, attachments=(IMAGE,) * 6),
    ),
    Limit(
        name="bytes of a picture",
        fits=replace(DRAFT, attachments=(attachment(size_bytes=20_000_000),)),
        over=replace(DRAFT, attachments=(attachment(size_bytes=20_000_001),)),
    ),
    Limit(
        name="pictures of one size",
        fits=replace(CAROUSEL, attachments=(IMAGE, IMAGE)),
        over=replace(CAROUSEL, attachments=(IMAGE, attachment(width_px=1001))),
    ),
    Limit(name="videos", fits=VIDEO, over=replace(VIDEO, attachments=(FILM, FILM))),
    Limit(
        name="shortest video",
        fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=4.0),)),
        over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=3.9),)),
    ),
    Limit(
        name="longest video",
        fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=900.0),)),
        over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, duration_s=901.0),)),
    ),
    Limit(
        name="bytes of a video",
        fits=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, size_bytes=2_000_000_000),)),
        over=replace(VIDEO, attachments=(attachment(MediaKind.VIDEO, size_bytes=2_000_000_001),)),
    ),
    Limit(name="a board", fits=DRAFT, over=replace(DRAFT, options={})),
    Limit(name="a file", fits=DRAFT, over=replace(DRAFT, attachments=())),
)

CALLS = (
    Call(
        name="identify",
        call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
        steps=(USER,),
        gives=Identity(
            platform_account_id="2783136121146311751",
            handle="juniper",
            display_name="Juniper & Co",
            service_url=BASE,
        ),
    ),
    Call(
        name="a video that is processed",
        call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
        steps=(STATUS,),
        gives=VIDEO_PREPARED,
    ),
    Call(
        name="a video that is being processed",
        call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
        steps=(replace(STATUS, answer={"media_id": "12345", "media_type": "video", "status": "processing"}),),
        gives=replace(VIDEO_PREPARED, wait_s=5.0),
    ),
    Call(
        name="a video that is gone",
        call=lambda wire: CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, VIDEO_PREPARED),
        steps=(replace(STATUS, status=404, answer={"code": 100, "message": "Not found."}), REGISTER, UPLOAD),
        gives=replace(VIDEO_PREPARED, wait_s=5.0),
    ),
    Call(
        name="metrics",
        call=lambda wire: METRICS(wire, NOWHERE, CONNECTED, ("813744226420795884", "7")),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/v5/pins/813744226420795884",
                query={"pin_metrics": "true"},
                headers=BEARER,
                answer={
                    **PIN,
                    "pin_metrics": {
                        "90d": {"pin_click": 7, "impression": 2, "clickthrough": 3},
                        "lifetime_metrics": {"impression": 5, "reaction": 10, "comment": 2, "save": 4},
                    },
                },
            ),
            Step(method="GET", url=f"{BASE}/v5/pins/7", status=404, answer={"code": 50, "message": "Pin not found."}),
        ),
        gives=(
            PostNumbers(
                platform_post_id="813744226420795884",
                likes=10,
                comments=2,
                saves=4,
                views=5,
                raw={
                    "90d": {"pin_click": 7, "impression": 2, "clickthrough": 3},
                    "lifetime_metrics": {"impression": 5, "reaction": 10, "comment": 2, "save": 4},
                },
            ),
        ),
    ),
    Call(
        name="account metrics",
        call=lambda wire: ACCOUNT_METRICS(wire, NOWHERE, CONNECTED),
        steps=(USER,),
        gives=AccountNumbers(
            followers=10,
            following=347,
            posts=339,
            raw={"follower_count": 10, "following_count": 347, "pin_count": 339, "monthly_views": 163},
        ),
    ),
    Call(
        name="history",
        call=lambda wire: HISTORY(wire, NOWHERE, CONNECTED, date(2026, 11, 1), date(2026, 11, 3)),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/v5/user_account/analytics",
                query={
                    "start_date": "2026-11-01",
                    "end_date": "2026-11-03",
                    "metric_types": "IMPRESSION,SAVE,OUTBOUND_CLICK,PIN_CLICK,ENGAGEMENT",
                },
                headers=BEARER,
                answer={
                    "all": {
                        "daily_metrics": [
                            {"date": "2026-11-01", "data_status": "READY", "metrics": {"IMPRESSION": 12, "SAVE": 2}},
                            {"date": "2026-11-02", "data_status": "READY", "metrics": {"OUTBOUND_CLICK": 0}},
                            {"date": "2026-11-03", "data_status": "PROCESSING", "metrics": {"IMPRESSION": 1}},
                        ],
                        "summary_metrics": {"IMPRESSION": 13, "SAVE": 2},
                    }
                },
            ),
        ),
        gives=(
            AccountDay(day=date(2026, 11, 1), views=12, saves=2, raw={"IMPRESSION": 12, "SAVE": 2}),
            AccountDay(day=date(2026, 11, 2), clicks=0, raw={"OUTBOUND_CLICK": 0}),
        ),
    ),
    Call(
        name="delete",
        call=lambda wire: DELETE(wire, CONNECTED, "813744226420795884", {}),
        steps=(Step(method="DELETE", url=f"{BASE}/v5/pins/813744226420795884", query={}, headers=BEARER, status=204),),
        gives=None,
    ),
    Call(
        name="delete what is gone",
        call=lambda wire: DELETE(wire, CONNECTED, "7", {}),
        steps=(Step(method="DELETE", url=f"{BASE}/v5/pins/7", status=404, answer={"code": 50, "message": "No."}),),
        gives=None,
    ),
)
