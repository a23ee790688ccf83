"""`/analytics`: what days added, step by step and network by network, of a workspace, a brand and a mission."""

import asyncio
import csv
import gc
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import thread_time
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.publication import State
from bot.services import measuring, scheduling
from bot.services.scheduling import NotYet, Wish
from platforms.base import AccountDay, Endpoints, NumbersRules, Wire
from storage import polls
from storage.tables import AccountRow, AccountSnapshotRow, ItemSnapshotRow, PostItemRow
from tests import factories
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_connect import shape
from tests.handlers.http.api.test_door import error
from tests.published import moving_clock
from tests.toy_queue import Queue

START, END = date(2026, 3, 10), date(2026, 3, 12)
DAYS = f"start_date={START}&end_date={END}"
ORDER = ("views", "likes", "comments", "shares", "saves", "clicks", "video_views", "reach", "quotes")


async def published(toy: Queue, text: str, day: date) -> str:
    """A content that went out on that day."""
    wish = Wish(brand=toy.brand, to=(toy.account.id,), text=text, when=NotYet(), asked_by="tests")
    item_id = (await scheduling.schedule_post(toy.deps, wish)).items[0].item_id
    at = datetime.combine(day, time(8), UTC)
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(PostItemRow)
            .where(PostItemRow.id == item_id)
            .values(state=State.PUBLISHED.value, published_at=at, permalink=f"https://toy.example/{text}")
        )
    return item_id


async def snapshot(toy: Queue, item_id: str, day: date, **numbers: int) -> None:
    """An item's totals on a day, taken at ten."""
    row = {
        "item_id": item_id,
        "day": day.isoformat(),
        "workspace_id": toy.workspace_id,
        "brand_id": toy.brand.id,
        "account_id": toy.account.id,
        "fetched_at": datetime.combine(day, time(10), UTC),
        "raw": {},
        **numbers,
    }
    async with toy.deps.database.transaction() as session:
        await session.execute(insert(ItemSnapshotRow), [row])


@pytest.fixture
async def two(toy: Queue) -> tuple[str, str]:
    """Two contents: one of before these days, one that went out in them."""
    old, new = await published(toy, "old", date(2026, 3, 1)), await published(toy, "new", START)
    await snapshot(toy, old, date(2026, 3, 8), views=100, likes=10)
    await snapshot(toy, old, date(2026, 3, 9), views=130, likes=12)
    await snapshot(toy, old, START, views=150, likes=12, comments=1)
    await snapshot(toy, old, END, views=170, likes=11, comments=1)
    await snapshot(toy, new, date(2026, 3, 11), views=40, likes=4)
    await snapshot(toy, new, END, views=90, likes=9)
    return old, new


async def asked(ours: Caller, query: str = DAYS, path: str = "/analytics") -> dict[str, Any]:
    """An answer."""
    answer = await ours.call("GET", f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def known(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of it."""
    return {name: value for name, value in metrics.items() if value is not None}


async def test_days_tell_what_they_added_and_unknown_stays_null(toy: Queue, ours: Caller, two: tuple[str, str]) -> None:
    async with toy.deps.database.transaction() as session:
        row = {"account_id": toy.account.id, "fetched_at": clock.now(), "workspace_id": toy.workspace_id}
        await session.execute(insert(AccountSnapshotRow), [{**row, "followers": 12, "raw": {}}])

    told = await asked(ours)

    assert list(told) == ["period", "summary", "trends", "by_platform", "time_series", "top_content"]
    assert told["period"] == {"start": "2026-03-10", "end": "2026-03-12"}
    whole = {"posts": 1, "views": 130, "likes": 8, "comments": 1, "engagement": 9}
    assert known(told["summary"]) == {**whole, "followers": 12}
    assert set(told["summary"]) == {"posts", *ORDER, "engagement", "followers"}
    assert told["trends"]["views"] == {"current": 130, "previous": 130, "change_percent": 0.0}
    assert told["trends"]["likes"] == {"current": 8, "previous": 12, "change_percent": -33.3}
    assert told["trends"]["saves"] == {"current": None, "previous": None, "change_percent": None}
    assert {name: known(one) for name, one in told["by_platform"].items()} == {"toy": whole}
    assert [known(step) for step in told["time_series"]] == [
        {"date": "2026-03-10", "posts": 1, "views": 20, "likes": 0, "comments": 1, "engagement": 1},
        {"date": "2026-03-11", "posts": 0, "views": 40, "likes": 4, "engagement": 4},
        {"date": "2026-03-12", "posts": 0, "views": 70, "likes": 4, "comments": 0, "engagement": 4},
    ]
    old, new = two
    assert [(one["content_id"], one["metrics"]["views"]) for one in told["top_content"]] == [(new, 90), (old, 40)]
    assert shape(told["top_content"][0]) == {
        "content_id": str,
        "mission_id": type(None),
        "platform": str,
        "type": str,
        "account": str,
        "published_at": str,
        "platform_url": str,
        "metrics": {
            name: int if name in {"views", "likes", "engagement"} else type(None) for name in (*ORDER, "engagement")
        },
    }


async def test_what_a_network_did_not_tell_for_a_day_is_not_counted_twice(toy: Queue, ours: Caller) -> None:
    content = await published(toy, "old", date(2026, 3, 1))
    await snapshot(toy, content, START - timedelta(days=1), views=500, likes=20)
    await snapshot(toy, content, START, likes=21)
    await snapshot(toy, content, date(2026, 3, 11), views=510, likes=22)

    told = await asked(ours)

    assert known(told["summary"]) == {"posts": 0, "views": 10, "likes": 2, "engagement": 2}


async def test_what_was_not_told_on_the_last_day_before_is_not_counted_twice(toy: Queue, ours: Caller) -> None:
    content = await published(toy, "old", date(2026, 3, 1))
    await snapshot(toy, content, date(2026, 3, 4), views=450, likes=17)
    await snapshot(toy, content, date(2026, 3, 5), views=500, likes=18)
    await snapshot(toy, content, date(2026, 3, 6), likes=20)
    await snapshot(toy, content, START, views=510, likes=19)

    told = await asked(ours)

    assert known(told["summary"]) == {"posts": 0, "views": 10, "likes": -1, "engagement": -1}


@pytest.mark.usefixtures("two")
async def test_steps_may_be_hours_weeks_and_months(ours: Caller) -> None:
    for granularity, steps in (
        ("hour", ["2026-03-10T08:00:00Z", "2026-03-10T10:00:00Z", "2026-03-11T10:00:00Z", "2026-03-12T10:00:00Z"]),
        ("week", ["2026-03-09"]),
        ("month", ["2026-03-01"]),
    ):
        told = await asked(ours, f"{DAYS}&granularity={granularity}")
        assert [step["date"] for step in told["time_series"]] == steps
        assert sum(step["views"] or 0 for step in told["time_series"]) == 130


@pytest.mark.usefixtures("two")
async def test_networks_can_be_chosen(toy: Queue, ours: Caller) -> None:
    assert (await asked(ours, f"{DAYS}&platforms=toy,linkedin"))["summary"]["views"] == 130
    none = await asked(ours, f"{DAYS}&platforms=twitter")
    assert (none["summary"]["posts"], none["summary"]["views"], none["top_content"]) == (0, None, [])
    async with toy.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(limits={"network": "twitter"}))
    assert list((await asked(ours, f"{DAYS}&platforms=twitter"))["by_platform"]) == ["twitter"]


async def test_periods_end_today(toy: Queue, ours: Caller) -> None:
    today = clock.now().date()
    first = today - timedelta(days=3)
    content = await published(toy, "recent", first)
    await snapshot(toy, content, today, views=5)
    for period, start in (
        ("7d", today - timedelta(days=6)),
        ("30d", today - timedelta(days=29)),
        ("90d", today - timedelta(days=89)),
        ("ytd", today.replace(month=1, day=1)),
        ("all", first),
    ):
        told = await asked(ours, f"period={period}")
        assert told["period"] == {"start": start.isoformat(), "end": today.isoformat()}
        assert told["summary"]["views"] == 5
    assert (await asked(ours, ""))["period"]["start"] == (today - timedelta(days=29)).isoformat()


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("period=8d", "period"),
        (f"period=7d&{DAYS}", "period"),
        ("end_date=2026-03-12", "start_date"),
        ("start_date=2026-03-12&end_date=2026-03-10", "end_date"),
        ("start_date=12.3.2026", "start_date"),
        ("start_date=0001-01-01", "start_date"),
        ("start_date=0001-01-02&end_date=0001-01-03", "start_date"),
        ("start_date=9999-12-30&end_date=9999-12-31", "start_date"),
        ("granularity=minute", "granularity"),
        ("period=90d&granularity=hour", "granularity"),
    ],
)
async def test_what_cannot_be_asked_names_the_parameter(ours: Caller, query: str, param: str) -> None:
    for path in ("/analytics", "/analytics/export"):
        answer = await ours.call("GET", f"{path}?{query}")
        assert error(answer) == (400, "invalid_request")
        assert answer.json()["error"]["param"] == param


async def test_a_missions_analytics_are_its_contents(ours: Caller, two: tuple[str, str]) -> None:
    mission_id = (await ours.call("POST", "/missions", {"name": "Winter"})).json()["id"]
    await ours.call("POST", f"/missions/{mission_id}/content", {"content_ids": [two[1]]})

    told = await asked(ours, DAYS, f"/analytics/missions/{mission_id}")

    assert told["mission_id"] == mission_id
    assert (told["summary"]["posts"], told["summary"]["views"]) == (1, 90)
    assert [one["content_id"] for one in told["top_content"]] == [two[1]]
    assert (await asked(ours, "", f"/analytics/missions/{mission_id}"))["period"]["start"] == START.isoformat()
    assert error(await ours.call("GET", "/analytics/missions/msn_0")) == (404, "not_found")


async def test_the_export_is_a_table_no_spreadsheet_takes_for_formulas(
    toy: Queue, ours: Caller, two: tuple[str, str]
) -> None:
    async with toy.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(handle="=HYPERLINK(0)"))

    answer = await ours.call("GET", f"/analytics/export?{DAYS}")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["content_id"] for row in rows] == [two[1], two[0]]
    assert (rows[1]["views"], rows[1]["likes"], rows[1]["saves"]) == ("170", "11", "")
    assert (rows[1]["account"], rows[1]["fetched_at"]) == ("'=HYPERLINK(0)", "2026-03-12T10:00:00Z")


async def test_nobody_waits_while_many_numbers_are_added_up(toy: Queue, ours: Caller) -> None:
    """The same process has posts to send at their second. Counted in the loop's own processor time."""
    contents = [await published(toy, f"of{number}", START - timedelta(days=200)) for number in range(50)]
    row = {"workspace_id": toy.workspace_id, "brand_id": toy.brand.id, "account_id": toy.account.id, "raw": {}}
    for content in contents:
        rows = [
            {**row, "item_id": content, "day": day.date().isoformat(), "fetched_at": day, "views": number, "likes": 1}
            for number in range(600)
            if (day := datetime.combine(END, time(10), UTC) - timedelta(days=number))
        ]
        async with toy.deps.database.transaction() as session:
            await session.execute(insert(ItemSnapshotRow), rows)
    held_s: list[float] = []

    async def beat() -> None:
        before_s = thread_time()
        while True:
            await asyncio.sleep(0)
            held_s.append(thread_time() - before_s)
            before_s = thread_time()

    await asked(ours)  # the first answer of a process takes longer
    await ours.call("GET", f"/analytics/export?{DAYS}")
    gc.freeze()  # nor is what else stands in the memory of a test's process counted
    beating = asyncio.create_task(beat())
    try:
        for path in ("/analytics", "/analytics/export"):
            answer = await ours.call("GET", f"{path}?start_date={END - timedelta(days=299)}&end_date={END}")
            assert answer.status_code == 200
    finally:
        beating.cancel()
        gc.unfreeze()

    assert max(held_s) < 0.05


@pytest.mark.usefixtures("two")
async def test_numbers_of_another_workspace_or_brand_are_not_told(toy: Queue) -> None:
    stranger = await caller(toy.deps, (await factories.make_brand(toy.deps.database)).workspace_id)
    beside = await factories.make_brand(toy.deps.database, toy.workspace_id, "Rowan")
    narrow = await caller(toy.deps, toy.workspace_id, brand=beside)

    for who in (stranger, narrow):
        told = await asked(who)
        assert (told["summary"]["posts"], told["summary"]["views"], told["summary"]["followers"]) == (0, None, None)
        assert (await who.call("GET", f"/analytics/export?{DAYS}")).text.count("\n") == 1


# --- Accounts' own days ----------------------------------------------------------------------------------------------


@pytest.fixture
def remembering(toy: Queue) -> Queue:
    """The queue of a network that tells each day of an account."""

    async def history(
        _wire: Wire, _endpoints: Endpoints, _connected: Connected, first: date, last: date
    ) -> tuple[AccountDay, ...]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return tuple(AccountDay(day=day, views=day.day, followers=100 + day.day) for day in days)

    connector = toy.deps.connectors["toy"]
    rules = NumbersRules(history_days=30, history_reach_days=60, source="https://toy.example", read=date(2026, 11, 21))
    connector = replace(connector, spec=replace(connector.spec, numbers=rules), history=history)
    return replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))


async def test_the_days_of_accounts_come_as_far_as_they_are_known_and_the_rest_is_fetched(
    remembering: Queue,
) -> None:
    ours = await caller(remembering.deps, remembering.workspace_id, scopes=["analytics:read"])
    query, path = "start_date=2026-02-01&end_date=2026-02-02", "/analytics/accounts"
    now = datetime(2026, 3, 20, 10, tzinfo=UTC)
    with moving_clock() as moving:
        moving.to(now)
        async with remembering.deps.database.transaction() as session:
            await polls.begin(session, remembering.account, now=clock.now())
        before = await asked(ours, query, path)
        for minute in range(1, 8):
            moving.to(now.replace(minute=minute, second=1))
            await measuring.measure(remembering.deps)
        after = await asked(ours, query, path)
        elsewhere = await asked(ours, f"{query}&platforms=x", path)
        many = await ours.call("GET", f"{path}?start_date=2024-02-01&end_date=2026-02-02")

    account = remembering.account
    first = {"account_id": account.id, "platform": "toy", "account": account.handle, "fetching": True, "days": []}
    assert before == {"period": {"start": "2026-02-01", "end": "2026-02-02"}, "accounts": [first]}
    (told,) = after["accounts"]
    assert {**told, "days": []} == {**first, "fetching": False}
    assert [known(day) for day in told["days"]] == [
        {"date": "2026-02-01", "followers": 101, "views": 1},
        {"date": "2026-02-02", "followers": 102, "views": 2},
    ]
    assert elsewhere["accounts"] == []
    assert many.status_code == 400
    assert many.json()["error"]["message"] == "Ask for 1 to 366 days at once."
