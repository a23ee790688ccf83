"""`/analytics/accounts`: what accounts say of themselves, day by day, whatever was posted."""

from dataclasses import fields
from typing import Annotated

from msgspec import Meta, Struct

from bot.domain.spelling import told
from bot.services import own_days
from bot.services.own_days import AccountDays, KnownDay
from handlers.http.api.analytics import PeriodBody, PeriodQuery, networks_of, span_of
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family


class DayBody(Struct, kw_only=True):
    """One day by the network's calendar: followers at its end, all else what it added. Null is unknown."""

    date: str
    followers: int | None
    views: int | None
    reach: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    clicks: int | None
    video_views: int | None


class AccountBody(Struct, kw_only=True):
    """One account."""

    account_id: str
    platform: str
    account: str
    fetching: Annotated[
        bool, Meta(description="Earlier days are being fetched from the network: ask again in some minutes.")
    ]
    days: list[DayBody]


class AccountsBody(Struct, kw_only=True):
    """All accounts that are connected."""

    period: PeriodBody
    accounts: list[AccountBody]


_NUMBERS = tuple(one.name for one in fields(KnownDay) if one.name not in ("account_id", "day"))


def _account(one: AccountDays) -> AccountBody:
    return AccountBody(
        account_id=one.account.id,
        platform=told(one.network),
        account=one.account.handle,
        fetching=one.fetching,
        days=[DayBody(date=day.day.isoformat(), **{name: getattr(day, name) for name in _NUMBERS}) for day in one.days],
    )


async def _accounts(call: Call[None, PeriodQuery]) -> AccountsBody:
    span = await span_of(call, None)
    found = await own_days.of_days(
        call.deps, call.workspace_id, span, brand_id=call.brand_id, networks=networks_of(call.query)
    )
    period = PeriodBody(start=span.start.isoformat(), end=span.end.isoformat())
    return AccountsBody(period=period, accounts=[_account(one) for one in found])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/analytics/accounts",
        family=Family.B,
        scope="analytics:read",
        query=PeriodQuery,
        answer=AccountsBody,
        handle=_accounts,
        summary="See how accounts are doing",
        description="What the networks tell of each account and day, at most 366 days. Days that Herald has not fetched"
        " yet are fetched once they were asked for, as far back as the network goes; meanwhile `fetching` is true. The"
        " last two or three days come late. An account whose network tells no days has none.",
        tag="Analytics",
        example_query={"start_date": "2026-11-01", "end_date": "2026-11-22", "platforms": "facebook"},
        example_answer={
            "period": {"start": "2026-11-01", "end": "2026-11-22"},
            "accounts": [
                {
                    "account_id": "acct_01kc0000000000000000000000",
                    "platform": "facebook",
                    "account": "Juniper Coffee",
                    "fetching": False,
                    "days": [
                        {
                            "date": "2026-11-01",
                            "followers": 1_204,
                            "views": 486,
                            "reach": 350,
                            "likes": None,
                            "comments": None,
                            "shares": None,
                            "saves": None,
                            "clicks": None,
                            "video_views": 61,
                        }
                    ],
                }
            ],
        },
    ),
)
