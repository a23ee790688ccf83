"""Drafts for Google Business Profile, and the requests and answers of its documentation.

Cut from developers.google.com/my-business/content/posts-data and the reference of version 4, read 2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Identity, Key, Pending, Published
from tests.platforms.stage import Step

BASE = "https://mybusiness.googleapis.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer t0ken-hush"}
PARENT = "accounts/11/locations/22"
NAME = f"{PARENT}/localPosts/33"
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="google_business_profile",
        platform_account_id="22",
        handle="juniper-coffee-berlin",
        display_name="Juniper Coffee, Torstraße 1, Berlin",
        service_url=BASE,
        limits={"parent": PARENT},
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
IDENTITY = Identity(
    platform_account_id="22",
    handle="juniper-coffee-berlin",
    display_name="Juniper Coffee, Torstraße 1, Berlin",
    service_url=BASE,
    limits={"parent": PARENT},
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
ENDPOINTS = Endpoints(api=BASE)
PICTURE_URL = "https://herald.example/media/abc.png"


def picture(**facts: object) -> Attachment:
    """A picture Google may fetch."""
    media = Media(
        id=MediaId("med_1"),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=50_000,
        sha256="0" * 64,
        file_name="tree.png",
        width_px=800,
        height_px=600,
    )
    media = replace(media, **facts)  # pyright: ignore[reportArgumentType]  # its fields
    return Attachment(media=media, path=Path("tree.png"), url=PICTURE_URL)


DRAFT = Draft(text="Open on Sunday, too", post_type="google_business_profile-update", due_at=AT)
EVENT = replace(
    DRAFT,
    post_type="google_business_profile-event",
    options={"type": "event", "title": "Tasting", "starts": "2026-12-01 18:00", "ends": "2026-12-01T20:30"},
)
OFFER = replace(
    DRAFT,
    post_type="google_business_profile-offer",
    link="https://juniper.example/two",
    options={
        "type": "offer",
        "title": "Two for one",
        "starts": "2026-12-01",
        "ends": "2026-12-24",
        "coupon": "TWO",
        "terms": "One each day",
        "language": "de",
    },
)
POST = {
    "name": NAME,
    "languageCode": "en",
    "summary": DRAFT.text,
    "topicType": "STANDARD",
    "state": "LIVE",
    "createTime": "2026-11-21T09:00:00.5Z",
    "searchUrl": "https://local.google.com/place?id=1&use=posts",
}
LIVE = Published(platform_post_id=NAME, permalink="https://local.google.com/place?id=1&use=posts")
UNDER_WAY = {name: value for name, value in POST.items() if name != "searchUrl"} | {"state": "PROCESSING"}
WAITING = Pending(handle={"name": NAME, "looks": 1}, check_after_s=10.0)
CREATE = Step(
    method="POST",
    url=f"{BASE}/v4/{PARENT}/localPosts",
    query={},
    headers=BEARER,
    json={"languageCode": "en", "summary": DRAFT.text, "topicType": "STANDARD"},
    answer=POST,
)
LIST = Step(
    method="GET",
    url=f"{BASE}/v4/{PARENT}/localPosts",
    query={"pageSize": "100"},
    headers=BEARER,
    answer={"localPosts": [POST]},
)
READ = Step(method="GET", url=f"{BASE}/v4/{NAME}", query={}, headers=BEARER, answer=POST)
ACCOUNTS = Step(
    method="GET",
    url="https://mybusinessaccountmanagement.googleapis.com/v1/accounts",
    query={"pageSize": "20"},
    headers=BEARER,
    answer={"accounts": [{"name": "accounts/11", "accountName": "Juniper", "type": "PERSONAL"}]},
)
PLACE = {
    "name": "locations/22",
    "title": "Juniper Coffee",
    "storefrontAddress": {"locality": "Berlin", "addressLines": ["Torstraße 1"]},
    "metadata": {"canOperateLocalPost": True},
}
LOCATIONS = Step(
    method="GET",
    url="https://mybusinessbusinessinformation.googleapis.com/v1/accounts/11/locations",
    query={"pageSize": "100", "readMask": "name,title,storefrontAddress,metadata"},
    headers=BEARER,
    answer={"locations": [PLACE]},
)


def series(name: str, *values: str | None) -> dict[str, object]:
    """A metric's days."""
    days = [
        {"date": {"year": 2026, "month": 11, "day": day}} | ({} if value is None else {"value": value})
        for day, value in enumerate(values, 1)
    ]
    return {"dailyMetric": name, "timeSeries": {"datedValues": days}}


TODAY = replace(LIST, query={"pageSize": "1"}, answer={}, answer_headers={"date": "Sat, 21 Nov 2026 09:00:00 GMT"})
NUMBERS = Step(
    method="GET",
    url="https://businessprofileperformance.googleapis.com/v1/locations/22:fetchMultiDailyMetricsTimeSeries",
    query={
        "dailyMetrics": "BUSINESS_IMPRESSIONS_DESKTOP_MAPS",
        "dailyRange.startDate.year": "2026",
        "dailyRange.startDate.month": "10",
        "dailyRange.startDate.day": "22",
        "dailyRange.endDate.year": "2026",
        "dailyRange.endDate.month": "11",
        "dailyRange.endDate.day": "18",
    },
    headers=BEARER,
    answer={
        "multiDailyMetricTimeSeries": [
            {
                "dailyMetricTimeSeries": [
                    series("BUSINESS_IMPRESSIONS_MOBILE_MAPS", "12", None, "3"),
                    series("BUSINESS_IMPRESSIONS_DESKTOP_SEARCH", "5"),
                    series("CALL_CLICKS", "2"),
                    series("WEBSITE_CLICKS", None),
                ]
            }
        ]
    },
)
