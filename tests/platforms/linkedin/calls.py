"""Everything a connector does besides publishing and finding."""

from dataclasses import replace
from datetime import date

from platforms.base import (
    AccountDay,
    AccountNumbers,
    Choice,
    Identity,
    PostNumbers,
)
from platforms.linkedin import CONNECTOR
from tests.platforms.contract import Call
from tests.platforms.linkedin.looks import OTHER, prepared
from tests.platforms.linkedin.samples import (
    ACCOUNT,
    BASE,
    BEARER,
    COMMENT,
    COMMENTED,
    CONNECTED,
    DRAFT,
    E_PAGE,
    E_POST,
    ENDPOINTS,
    HEADERS,
    KEY,
    MEMBER,
    PAGE,
    PERSON,
    POST,
    present,
)
from tests.platforms.stage import Step

USERINFO = Step(
    method="GET",
    url=f"{BASE}/v2/userinfo",
    headers=BEARER,
    answer={"sub": "yrZCpj2Z12", "name": "Juniper Ray", "picture": "https://media.licdn.com/p.jpg", "locale": "en"},
    optional=True,
)
ME = replace(
    USERINFO,
    url=f"{BASE}/v2/me",
    answer={
        "id": "yrZCpj2Z12",
        "localizedFirstName": "Juniper",
        "localizedLastName": "Ray",
        "vanityName": "juniper-ray",
    },
)
ACLS = Step(
    method="GET",
    url=f"{BASE}/rest/organizationAcls",
    query={"q": "roleAssignee", "state": "APPROVED", "count": "100", "start": "0"},
    headers={**HEADERS, "x-restli-method": "FINDER"},
    answer={
        "elements": [
            {"role": "ADMINISTRATOR", "organization": PAGE, "roleAssignee": PERSON, "state": "APPROVED"},
            {"role": "ANALYST", "organization": "urn:li:organization:7", "roleAssignee": PERSON, "state": "APPROVED"},
            {"role": "CONTENT_ADMINISTRATOR", "organizationTarget": PAGE, "state": "APPROVED"},
        ]
    },
    optional=True,
)
NAMED = Step(
    method="GET",
    url=f"{BASE}/rest/organizations/2414183",
    headers=HEADERS,
    answer={"id": 2414183, "localizedName": "Paperboat", "vanityName": "paperboat"},
    optional=True,
)
PROFILE = Choice(
    identity=Identity(
        platform_account_id=PERSON,
        handle="juniper-ray",
        display_name="Juniper Ray",
        service_url=BASE,
        limits={"author": "person"},
    ),
    kind="Your profile",
)
MY_PAGE = Choice(
    identity=Identity(
        platform_account_id=PAGE,
        handle="paperboat",
        display_name="Paperboat",
        service_url=BASE,
        limits={"author": "organization"},
    ),
    kind="Page",
)
BLANK = replace(CONNECTED, account=replace(ACCOUNT, platform_account_id="", handle="", display_name=""))
STATISTICS = {
    "uniqueImpressionsCount": 9,
    "clickCount": 2,
    "engagement": 0.01,
    "likeCount": 4,
    "commentCount": 2,
    "shareCount": 3,
    "impressionCount": 12,
}
RAW = {name: STATISTICS[name] for name in STATISTICS if name != "engagement"}
IDENTIFY, METRICS = CONNECTOR.identify, present(CONNECTOR.metrics)
HISTORY = present(CONNECTOR.history)
CHOICES, DELETE, ACCOUNT_METRICS = (
    present(CONNECTOR.choices),
    present(CONNECTOR.delete),
    present(CONNECTOR.account_metrics),
)


def counted(query_type: str, count: int) -> Step:
    """One number of a member's post."""
    query = {"q": "entity", "entity": f"(share:{POST})", "queryType": query_type, "aggregation": "TOTAL"}
    return Step(
        method="GET",
        url=f"{BASE}/rest/memberCreatorPostAnalytics",
        query=query,
        headers=HEADERS,
        answer={"elements": [{"count": count}]},
    )


CALLS = (
    Call(
        name="identify a page",
        call=lambda wire: IDENTIFY(wire, CONNECTED),
        steps=(replace(ACLS, optional=False),),
        gives=MY_PAGE.identity,
    ),
    Call(
        name="identify a member",
        call=lambda wire: IDENTIFY(wire, MEMBER),
        steps=(replace(USERINFO, optional=False),),
        gives=replace(PROFILE.identity, handle="Juniper Ray"),
    ),
    Call(
        name="choices of a reviewed app",
        call=lambda wire: CHOICES(wire, ENDPOINTS, BLANK),
        steps=(ME, ACLS, NAMED),
        gives=(PROFILE, MY_PAGE),
    ),
    Call(
        name="choices of a self-serve app",
        call=lambda wire: CHOICES(wire, ENDPOINTS, replace(MEMBER, account=BLANK.account)),
        steps=(USERINFO,),
        gives=(
            Choice(
                identity=replace(PROFILE.identity, handle="Juniper Ray"),
                kind="Your profile",
                picture_url="https://media.licdn.com/p.jpg",
            ),
        ),
    ),
    Call(
        name="a picture that is ready",
        call=lambda wire: CONNECTOR.prepare(
            wire, ENDPOINTS, CONNECTED, DRAFT, KEY, prepared(pending=["urn:li:image:C4E1"])
        ),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/rest/images/urn%3Ali%3Aimage%3AC4E1",
                headers=HEADERS,
                answer={"id": "urn:li:image:C4E1", "status": "AVAILABLE"},
                optional=True,
            ),
        ),
        gives=prepared(),
    ),
    Call(
        name="metrics of a page",
        call=lambda wire: METRICS(wire, ENDPOINTS, CONNECTED, (POST, OTHER, COMMENT)),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/rest/organizationalEntityShareStatistics",
                query={
                    "q": "organizationalEntity",
                    "organizationalEntity": PAGE,
                    "shares": f"List({POST})",
                    "ugcPosts": f"List({OTHER})",
                },
                headers=HEADERS,
                answer={
                    "elements": [{"share": POST, "organizationalEntity": PAGE, "totalShareStatistics": STATISTICS}]
                },
            ),
        ),
        gives=(
            PostNumbers(
                platform_post_id=POST,
                likes=4,
                comments=2,
                shares=3,
                views=12,
                clicks=2,
                reach=9,
                raw=RAW,
            ),
            PostNumbers(
                platform_post_id=OTHER,
                likes=0,
                comments=0,
                shares=0,
                views=0,
                clicks=0,
                reach=0,
                raw=dict.fromkeys(RAW, 0),
            ),
        ),
    ),
    Call(
        name="metrics of a member",
        call=lambda wire: METRICS(wire, ENDPOINTS, MEMBER, (POST,)),
        steps=(counted("REACTION", 4), counted("COMMENT", 2), counted("RESHARE", 3), counted("IMPRESSION", 12)),
        gives=(
            PostNumbers(
                platform_post_id=POST,
                likes=4,
                comments=2,
                shares=3,
                views=12,
                raw={"REACTION": 4, "COMMENT": 2, "RESHARE": 3, "IMPRESSION": 12},
            ),
        ),
    ),
    Call(
        name="followers of a page",
        call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, CONNECTED),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/rest/networkSizes/{E_PAGE}",
                query={"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"},
                headers=HEADERS,
                answer={"firstDegreeSize": 219145},
            ),
        ),
        gives=AccountNumbers(followers=219145, raw={"firstDegreeSize": 219145}),
    ),
    Call(
        name="followers of a member",
        call=lambda wire: ACCOUNT_METRICS(wire, ENDPOINTS, MEMBER),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/rest/memberFollowersCount",
                query={"q": "me"},
                headers=HEADERS,
                answer={"elements": [{"memberFollowersCount": 12}]},
            ),
        ),
        gives=AccountNumbers(followers=12, raw={"memberFollowersCount": 12}),
    ),
    Call(
        name="history of a page",
        call=lambda wire: HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 3)),
        steps=(
            Step(
                method="GET",
                url=f"{BASE}/rest/organizationalEntityShareStatistics",
                query={
                    "q": "organizationalEntity",
                    "organizationalEntity": PAGE,
                    "timeIntervals": "(timeRange:(start:1793491200000,end:1793750400000),timeGranularityType:DAY)",
                },
                headers={**HEADERS, "x-restli-method": "FINDER"},
                answer={
                    "elements": [
                        {
                            "timeRange": {"start": 1793491200000, "end": 1793577600000},
                            "organizationalEntity": PAGE,
                            "totalShareStatistics": STATISTICS,
                        }
                    ],
                    "paging": {"count": 10, "start": 0},
                },
            ),
        ),
        gives=(AccountDay(day=date(2026, 11, 1), views=12, reach=9, likes=4, comments=2, shares=3, clicks=2, raw=RAW),),
    ),
    Call(
        name="history of a member",
        call=lambda wire: HISTORY(wire, ENDPOINTS, MEMBER, date(2026, 11, 1), date(2026, 11, 3)),
        steps=(),
        gives=(),
    ),
    Call(
        name="delete a post",
        call=lambda wire: DELETE(wire, CONNECTED, POST, {}),
        steps=(
            Step(
                method="DELETE",
                url=f"{BASE}/rest/posts/{E_POST}",
                headers={**HEADERS, "x-restli-method": "DELETE"},
                status=204,
            ),
        ),
        gives=None,
    ),
    Call(
        name="delete a post that is gone",
        call=lambda wire: DELETE(wire, CONNECTED, POST, {}),
        steps=(Step(method="DELETE", url=f"{BASE}/rest/posts/{E_POST}", status=404),),
        gives=None,
    ),
    Call(
        name="delete a comment",
        call=lambda wire: DELETE(wire, CONNECTED, COMMENT, COMMENTED.extra),
        steps=(
            Step(
                method="DELETE",
                url=f"{BASE}/rest/socialActions/{E_POST}/comments/6636062862760562688",
                query={"actor": PAGE},
                headers=HEADERS,
                status=204,
            ),
        ),
        gives=None,
    ),
)
