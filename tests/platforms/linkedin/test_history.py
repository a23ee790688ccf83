"""A page's past days: at the stand-in, and as answers that are not what LinkedIn documents."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import clock
from bot.domain.accounts import Secret
from platforms.base import AccountDay, numbers_rules
from platforms.errors import ScopeMissing, TokenExpired, Unavailable
from platforms.http import HttpWire
from platforms.linkedin import CONNECTOR
from tests.platforms.linkedin.calls import HISTORY
from tests.platforms.linkedin.conftest import Stage
from tests.platforms.linkedin.samples import ACCOUNT, BASE, CONNECTED, ENDPOINTS, MEMBER
from tests.platforms.stage import Script, Step

FIRST_MS, DAY_MS = 1_793_491_200_000, 86_400_000
ZEROS: dict[str, int] = dict.fromkeys(
    ("impressionCount", "uniqueImpressionsCount", "clickCount", "likeCount", "commentCount", "shareCount"), 0
)


async def test_days_come_as_linkedin_told_them(at: Stage) -> None:
    connected, last = await at.author("paperboat"), clock.now().date() - timedelta(days=2)
    days = [last - timedelta(days=back) for back in (3, 2, 1, 0)]
    seen = ZEROS | {"impressionCount": 40, "uniqueImpressionsCount": 30, "clickCount": 2, "likeCount": 5}
    at.server.world.days = {days[0]: seen, days[1]: None, days[2]: ZEROS, days[3]: {"impressionCount": 7}}

    told = await HISTORY(at.wire(), at.endpoints, connected, days[0], last)

    assert told == (
        AccountDay(day=days[0], views=40, reach=30, likes=5, comments=0, shares=0, clicks=2, raw=seen),
        AccountDay(day=days[2], views=0, reach=0, likes=0, comments=0, shares=0, clicks=0, raw=ZEROS),
        AccountDay(day=days[3], views=7, raw={"impressionCount": 7}),
    )


async def test_all_that_herald_asks_for_lies_within_the_twelve_months(at: Stage) -> None:
    connected, today = await at.author("paperboat"), clock.now().date()
    rules = numbers_rules(CONNECTOR.spec, connected.account)
    assert rules is not None
    first = today - timedelta(days=rules.history_reach_days)

    told = await HISTORY(at.wire(), at.endpoints, connected, first, today - timedelta(days=rules.history_lag_days))

    assert len(told) == rules.history_reach_days - rules.history_lag_days + 1
    before = first - timedelta(days=9)
    assert await HISTORY(at.wire(), at.endpoints, connected, before, before) == ()


async def test_without_the_permission_the_role_or_a_sign_in_there_are_none(at: Stage) -> None:
    connected, day = await at.author("paperboat"), clock.now().date() - timedelta(days=2)
    dead = replace(connected, tokens=replace(connected.tokens, access=Secret("nobody's")))
    with pytest.raises(TokenExpired):
        await HISTORY(at.wire(), at.endpoints, dead, day, day)
    at.server.world.authors[connected.account.platform_account_id].admins = ()
    with pytest.raises(ScopeMissing):
        await HISTORY(at.wire(), at.endpoints, connected, day, day)


def test_members_have_no_past_days() -> None:
    of_page, of_member = (numbers_rules(CONNECTOR.spec, account) for account in (ACCOUNT, MEMBER.account))
    assert of_page is not None
    assert of_member is not None
    assert (of_page.history_days, of_member.history_days, of_member.history_reach_days) == (90, 0, 0)


# --- Answers ---------------------------------------------------------------------------------------------------------


async def days_of(answer: object) -> tuple[AccountDay, ...]:
    """What the days from 1 to 3 November are by this answer."""
    step = Step(method="GET", url=f"{BASE}/rest/organizationalEntityShareStatistics", answer=answer)
    wire = HttpWire(CONNECTOR.spec, Script((step,), refusals={}))
    return await HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 3))


def element(day: int, **numbers: object) -> dict[str, object]:
    """A day, counted from 1 November."""
    start = FIRST_MS + day * DAY_MS
    return {"timeRange": {"start": start, "end": start + DAY_MS}, "totalShareStatistics": {"shareCount": 1, **numbers}}


async def test_days_come_in_order_and_only_those_that_were_asked_for() -> None:
    told = await days_of({"elements": [element(day) for day in (2, 3, 0, -1)]})
    assert [(one.day.day, one.shares) for one in told] == [(1, 1), (3, 1)]


async def test_what_is_not_told_of_a_day_is_no_zero() -> None:
    """Likes that were given to an advertisement and taken back are a number below 0: what the day added is unknown."""
    (told,) = await days_of({"elements": [element(0, likeCount=-3, clickCount="4", impressionCount=None)]})
    assert (told.likes, told.clicks, told.views, told.reach, told.followers, told.shares) == (*[None] * 5, 1)
    assert told.raw["likeCount"] == -3


async def test_reach_is_read_by_either_of_its_names() -> None:
    told = await days_of({"elements": [element(0, uniqueImpressionsCount=8), element(1, uniqueImpressionsCounts=9)]})
    assert [one.reach for one in told] == [8, 9]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"elements": {}},
        {"elements": [{"totalShareStatistics": ZEROS}]},
        {"elements": [{**element(0), "timeRange": {"start": "yesterday"}}]},
        {"elements": [{**element(0), "totalShareStatistics": None}]},
    ],
    ids=["nothing", "no list", "no day", "no time", "no numbers"],
)
async def test_days_that_cannot_be_read_are_asked_for_later(answer: object) -> None:
    with pytest.raises(Unavailable):
        await days_of(answer)
