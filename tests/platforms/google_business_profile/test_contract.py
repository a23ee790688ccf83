"""The contract of all connectors, kept by Google Business Profile."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from platforms.base import Absent, AccountDay, AccountNumbers, CannotTell, Choice, Pending
from platforms.google_business_profile import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.google_business_profile.recorded import (
    ACCOUNTS,
    AT,
    BEARER,
    CONNECTED,
    CREATE,
    DRAFT,
    ENDPOINTS,
    EVENT,
    IDENTITY,
    KEY,
    LIST,
    LIVE,
    LOCATIONS,
    NAME,
    NUMBERS,
    OFFER,
    PICTURE_URL,
    PLACE,
    POST,
    READ,
    TODAY,
    UNDER_WAY,
    WAITING,
    picture,
)
from tests.platforms.mastodon.conftest import present
from tests.platforms.stage import Step

CHOICES, ACCOUNT_METRICS = present(CONNECTOR.choices), present(CONNECTOR.account_metrics)
HISTORY = present(CONNECTOR.history)
DELETE, POLL = present(CONNECTOR.delete), present(CONNECTOR.poll)
SHOP = replace(DRAFT, attachments=(picture(),), link="https://juniper.example", options={"button": "shop"})


class TestGoogleBusinessProfile(ContractTests):
    """Google Business Profile keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/google_business_profile",
        refusals={
            401: b'{"error":{"code":401,"message":"Request had invalid authentication credentials.",'
            b'"status":"UNAUTHENTICATED"}}',
            403: b'{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}',
            429: b'{"error":{"code":429,"message":"Quota exceeded for quota metric","status":"RESOURCE_EXHAUSTED"}}',
        },
        scenarios=(
            Scenario(name="update", draft=DRAFT, publish=(CREATE,), published=LIVE),
            Scenario(
                name="update with a picture and a button",
                draft=SHOP,
                publish=(
                    replace(
                        CREATE,
                        json={
                            "languageCode": "en",
                            "summary": DRAFT.text,
                            "topicType": "STANDARD",
                            "callToAction": {"actionType": "SHOP", "url": "https://juniper.example"},
                            "media": [{"mediaFormat": "PHOTO", "sourceUrl": PICTURE_URL}],
                        },
                        answer=UNDER_WAY,
                    ),
                ),
                published=WAITING,
            ),
            Scenario(
                name="update with a link alone",
                draft=replace(DRAFT, link="https://juniper.example"),
                publish=(
                    replace(
                        CREATE,
                        json={
                            "languageCode": "en",
                            "summary": DRAFT.text,
                            "topicType": "STANDARD",
                            "callToAction": {"actionType": "LEARN_MORE", "url": "https://juniper.example"},
                        },
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="event to call about",
                draft=replace(EVENT, options={**EVENT.options, "button": "call"}),
                publish=(
                    replace(
                        CREATE,
                        json={
                            "languageCode": "en",
                            "summary": DRAFT.text,
                            "topicType": "EVENT",
                            "event": {
                                "title": "Tasting",
                                "schedule": {
                                    "startDate": {"year": 2026, "month": 12, "day": 1},
                                    "startTime": {"hours": 18, "minutes": 0},
                                    "endDate": {"year": 2026, "month": 12, "day": 1},
                                    "endTime": {"hours": 20, "minutes": 30},
                                },
                            },
                            "callToAction": {"actionType": "CALL"},
                        },
                    ),
                ),
                published=LIVE,
            ),
            Scenario(
                name="offer",
                draft=OFFER,
                publish=(
                    replace(
                        CREATE,
                        json={
                            "languageCode": "de",
                            "summary": DRAFT.text,
                            "topicType": "OFFER",
                            "event": {
                                "title": "Two for one",
                                "schedule": {
                                    "startDate": {"year": 2026, "month": 12, "day": 1},
                                    "endDate": {"year": 2026, "month": 12, "day": 24},
                                },
                            },
                            "offer": {
                                "couponCode": "TWO",
                                "redeemOnlineUrl": "https://juniper.example/two",
                                "termsConditions": "One each day",
                            },
                        },
                    ),
                ),
                published=LIVE,
            ),
        ),
        looking=(
            Looking(name="there", steps=(LIST,), concludes=LIVE),
            Looking(
                name="there and under way",
                steps=(replace(LIST, answer={"localPosts": [UNDER_WAY]}),),
                concludes=Pending,
            ),
            Looking(
                name="there on a later page",
                steps=(
                    replace(LIST, answer={"localPosts": [{**POST, "summary": "Another"}], "nextPageToken": "p2"}),
                    replace(LIST, query={"pageSize": "100", "pageToken": "p2"}),
                ),
                concludes=LIVE,
            ),
            Looking(name="nothing at all", steps=(replace(LIST, answer={}),), concludes=Absent),
            Looking(
                name="another text, another kind, an old one",
                steps=(
                    replace(
                        LIST,
                        answer={
                            "localPosts": [
                                {**POST, "summary": "Another"},
                                {**POST, "topicType": "EVENT"},
                                {**POST, "createTime": (AT - timedelta(hours=1)).isoformat()},
                            ],
                            "nextPageToken": "p2",
                        },
                    ),
                ),
                concludes=Absent,
            ),
            Looking(
                name="an equal one of a minute before",
                steps=(
                    replace(
                        LIST, answer={"localPosts": [{**POST, "createTime": (AT - timedelta(minutes=1)).isoformat()}]}
                    ),
                ),
                concludes=CannotTell,
            ),
            Looking(
                name="one whose text was touched up",
                steps=(replace(LIST, answer={"localPosts": [{**POST, "summary": f"“{DRAFT.text}!”"}]}),),
                concludes=CannotTell,
            ),
            Looking(
                name="two equal ones", steps=(replace(LIST, answer={"localPosts": [POST, POST]}),), concludes=CannotTell
            ),
            Looking(
                name="made and rejected",
                steps=(replace(LIST, answer={"localPosts": [{**POST, "state": "REJECTED"}]}),),
                concludes=CannotTell,
            ),
            Looking(
                name="more than can be read",
                steps=tuple(
                    replace(
                        LIST,
                        query={"pageSize": "100", **({"pageToken": "more"} if page else {})},
                        answer={"localPosts": [POST], "nextPageToken": "more"},
                    )
                    for page in range(5)
                ),
                concludes=CannotTell,
            ),
        ),
        limits=(
            Limit(name="text", fits=replace(DRAFT, text="x" * 1500), over=replace(DRAFT, text="x" * 1501)),
            Limit(
                name="pictures",
                fits=replace(DRAFT, attachments=(picture(),)),
                over=replace(DRAFT, attachments=(picture(), picture())),
            ),
            Limit(
                name="bytes of a picture",
                fits=replace(DRAFT, attachments=(picture(size_bytes=5_242_880),)),
                over=replace(DRAFT, attachments=(picture(size_bytes=5_242_881),)),
            ),
            Limit(
                name="fewest bytes of a picture",
                fits=replace(DRAFT, attachments=(picture(size_bytes=10_240),)),
                over=replace(DRAFT, attachments=(picture(size_bytes=10_239),)),
            ),
            Limit(
                name="width",
                fits=replace(DRAFT, attachments=(picture(width_px=400),)),
                over=replace(DRAFT, attachments=(picture(width_px=399),)),
            ),
            Limit(
                name="height",
                fits=replace(DRAFT, attachments=(picture(height_px=300),)),
                over=replace(DRAFT, attachments=(picture(height_px=299),)),
            ),
            Limit(
                name="an address Google reaches",
                fits=replace(DRAFT, attachments=(picture(),)),
                over=replace(DRAFT, attachments=(replace(picture(), url=None),)),
            ),
            Limit(
                name="title of an event",
                fits=replace(EVENT, options={**EVENT.options, "title": "x" * 58}),
                over=replace(EVENT, options={**EVENT.options, "title": "x" * 59}),
            ),
            Limit(
                name="a title is something", fits=EVENT, over=replace(EVENT, options={**EVENT.options, "title": " "})
            ),
            Limit(
                name="an event has a time",
                fits=EVENT,
                over=replace(EVENT, options={"type": "event", "title": "Tasting"}),
            ),
            Limit(
                name="an event ends after it starts",
                fits=replace(EVENT, options={**EVENT.options, "ends": "2026-12-01 18:00"}),
                over=replace(EVENT, options={**EVENT.options, "ends": "2026-12-01 17:59"}),
            ),
            Limit(name="times", fits=EVENT, over=replace(EVENT, options={**EVENT.options, "starts": "tomorrow"})),
            Limit(name="types", fits=EVENT, over=replace(DRAFT, options={"type": "alert"})),
            Limit(name="language", fits=OFFER, over=replace(OFFER, options={**OFFER.options, "language": "German"})),
            Limit(name="coupon", fits=OFFER, over=replace(OFFER, options={**OFFER.options, "coupon": " "})),
            Limit(name="coupons are for offers", fits=OFFER, over=replace(DRAFT, options={"coupon": "TWO"})),
            Limit(
                name="buttons are not for offers",
                fits=OFFER,
                over=replace(OFFER, options={**OFFER.options, "button": "shop"}),
            ),
            Limit(name="a button needs a link", fits=SHOP, over=replace(SHOP, link=None)),
            Limit(
                name="a call button takes no link",
                fits=replace(DRAFT, options={"button": "call"}),
                over=replace(SHOP, options={"button": "call"}),
            ),
        ),
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
                steps=(replace(LIST, query={"pageSize": "1"}),),
                gives=IDENTITY,
            ),
            Call(
                name="choices",
                call=lambda wire: CHOICES(wire, ENDPOINTS, CONNECTED),
                steps=(
                    replace(ACCOUNTS, answer={"accounts": [{"name": "accounts/11"}], "nextPageToken": "p2"}),
                    replace(
                        ACCOUNTS,
                        query={"pageSize": "20", "pageToken": "p2"},
                        answer={"accounts": [{"name": "accounts/12"}]},
                    ),
                    LOCATIONS,
                    replace(
                        LOCATIONS,
                        url=LOCATIONS.url.replace("accounts/11", "accounts/12"),
                        answer={
                            "locations": [
                                PLACE,
                                {**PLACE, "name": "locations/23", "metadata": {"canOperateLocalPost": False}},
                                {"name": "locations/24", "title": "Juniper Roastery"},
                            ]
                        },
                    ),
                ),
                gives=(
                    Choice(identity=IDENTITY, kind="Location"),
                    Choice(
                        identity=replace(
                            IDENTITY,
                            platform_account_id="24",
                            handle="juniper-roastery",
                            display_name="Juniper Roastery",
                            limits={"parent": "accounts/12/locations/24"},
                        ),
                        kind="Location",
                    ),
                ),
            ),
            Call(
                name="account metrics",
                call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, CONNECTED),
                steps=(TODAY, NUMBERS),
                gives=AccountNumbers(
                    views=20,
                    raw={
                        "from": "2026-10-22",
                        "to": "2026-11-18",
                        "BUSINESS_IMPRESSIONS_MOBILE_MAPS": 15,
                        "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH": 5,
                        "CALL_CLICKS": 2,
                    },
                ),
            ),
            Call(
                name="history",
                call=lambda wire: HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 10, 22), date(2026, 11, 18)),
                steps=(NUMBERS,),
                gives=(
                    AccountDay(
                        day=date(2026, 11, 1),
                        views=17,
                        raw={
                            "BUSINESS_IMPRESSIONS_MOBILE_MAPS": 12,
                            "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH": 5,
                            "CALL_CLICKS": 2,
                        },
                    ),
                    AccountDay(day=date(2026, 11, 3), views=3, raw={"BUSINESS_IMPRESSIONS_MOBILE_MAPS": 3}),
                ),
            ),
            Call(
                name="poll, live",
                call=lambda wire: POLL(wire, CONNECTED, WAITING.handle, KEY),
                steps=(READ,),
                gives=LIVE,
            ),
            Call(
                name="poll, still at it",
                call=lambda wire: POLL(wire, CONNECTED, WAITING.handle, KEY),
                steps=(replace(READ, answer=UNDER_WAY),),
                gives=replace(WAITING, handle={"name": NAME, "looks": 2}, check_after_s=12.5),
            ),
            Call(
                name="delete",
                call=lambda wire: DELETE(wire, CONNECTED, NAME, {}),
                steps=(Step(method="DELETE", url=READ.url, query={}, headers=BEARER, answer={}),),
                gives=None,
            ),
            Call(
                name="delete what is gone",
                call=lambda wire: DELETE(wire, CONNECTED, NAME, {}),
                steps=(Step(method="DELETE", url=READ.url, headers=BEARER, status=404, answer={"error": {}}),),
                gives=None,
            ),
        ),
        since=AT,
    )
