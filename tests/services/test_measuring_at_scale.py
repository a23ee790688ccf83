"""Ten thousand published items: inside every network's budget, and no dearer for having been asked for before."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, delete, event, func, insert, select, text
from sqlalchemy.engine import Engine

from bot import clock
from bot.domain.accounts import Account
from bot.domain.gates import Scope
from bot.domain.ids import AccountId, ItemId
from bot.services import measuring
from platforms import REGISTER
from platforms.base import Connector, NumbersRules
from storage import polls
from storage.engine import Database
from storage.tables import AccountPollRow, AccountRow, ItemSnapshotRow
from tests import factories
from tests.published import Counting, MovingClock, moving_clock, publish
from tests.toy import toy_connector
from tests.toy_queue import Queue

_MIDNIGHT = datetime(2027, 3, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_ITEMS = 10_000
_ACCOUNTS = 2
"""Of each network."""
_FEW = 150
"""Of each account where every post is a call of its own; the others have the rest."""
_IDS = {"linkedin": "urn:li:organization:{}"}
"""Where an account's name says of which kind it is."""


async def _account(toy: Queue, platform: str, number: int) -> Account:
    account = await factories.make_account(
        toy.deps.database, toy.brand, platform=platform, handle=f"{platform}{number}", sealed_by=toy.deps.vault
    )
    if platform in _IDS:
        async with toy.deps.database.transaction() as session:
            row = await session.get_one(AccountRow, account.id)
            row.platform_account_id = _IDS[platform].format(number)
    return account


@pytest.fixture
def moving() -> Iterator[MovingClock]:
    """The clock, at midnight."""
    with moving_clock() as moved:
        moved.to(_MIDNIGHT)
        yield moved


async def test_a_day_of_ten_thousand_items_stays_inside_every_budget(
    toy: Queue, moving: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every network's own rules; what is counted is what its budgets count: requests, by the rules' own word."""
    monkeypatch.setattr(measuring, "_LOOKS_AGAIN", timedelta(hours=6))  # nothing is published on this day
    told = {name: one for name, one in REGISTER.items() if one.spec.numbers is not None}
    with_posts = [name for name, one in told.items() if one.metrics is not None]
    by_network = {name: Counting() for name in told}
    connectors = {name: by_network[name].on(one) for name, one in told.items()}
    endpoints = dict.fromkeys(told, toy.deps.endpoints["toy"])
    deps = replace(toy.deps, connectors=connectors, endpoints=endpoints)
    single = [name for name in with_posts if _rules(told[name]).posts_per_call == 1]
    rest = _ITEMS // _ACCOUNTS - _FEW * len(single)
    each = {name: _FEW if name in single else rest // (len(with_posts) - len(single)) + 1 for name in with_posts}
    items = 0
    for name in told:
        for number in range(_ACCOUNTS):
            account = await _account(toy, name, number)
            if name in with_posts:
                days = [_MIDNIGHT - _DAY - (n * 80 * _DAY) / each[name] for n in range(each[name])]
                items += len((await publish(deps.database, toy.brand, account, days))[1])
            async with deps.database.transaction() as session:
                await polls.begin(session, account, now=clock.now())
    assert items >= _ITEMS
    while (now := await _next_due(deps.database)) < _MIDNIGHT + _DAY:
        moving.to(max(clock.now(), now + timedelta(seconds=1)))
        await measuring.measure(deps)
    asked = Counter(one for counting in by_network.values() for _, ids in counting.asked for one in ids)
    assert len(asked) == items
    assert set(asked.values()) == {1}
    for name, counting in by_network.items():
        _stays_inside(name, told[name], counting)


def _rules(connector: Connector) -> NumbersRules:
    assert connector.spec.numbers is not None
    return connector.spec.numbers


def _stays_inside(name: str, connector: Connector, counting: Counting) -> None:
    rules = _rules(connector)
    calls = [(at, who, rules.requests) for at, who in counting.calls] + [
        (at, who, rules.own_requests) for at, who in counting.own_calls
    ]
    for budget in rules.budgets:
        purses: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        for at, who, requests in calls:
            purses[who if budget.scope is Scope.ACCOUNT else name].append((at, requests))
        for spent in purses.values():
            assert _most_in(spent, timedelta(seconds=budget.per_s)) <= 0.8 * budget.amount, (name, budget.name)


def _most_in(spent: list[tuple[datetime, int]], window: timedelta) -> int:
    """The most that was spent in any window of this length."""
    most = running = start = 0
    ordered = sorted(spent)
    for at, amount in ordered:
        running += amount
        while ordered[start][0] <= at - window:
            running -= ordered[start][1]
            start += 1
        most = max(most, running)
    return most


async def _next_due(database: Database) -> datetime:
    async with database.reading() as session:
        return (await session.execute(select(func.min(AccountPollRow.due_at)))).scalar_one()


# --- History ---------------------------------------------------------------------------------------------------------


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def _remember(database: Database, account: Account, items: list[ItemId], days: int) -> None:
    rows = [
        {
            "item_id": item_id,
            "day": (_MIDNIGHT - day * _DAY).date().isoformat(),
            "workspace_id": account.workspace_id,
            "brand_id": account.brand_id,
            "account_id": account.id,
            "fetched_at": _MIDNIGHT - day * _DAY,
            "likes": days - day,
            "raw": {},
        }
        for item_id in items
        for day in range(1, days + 1)
    ]
    async with database.transaction() as session:
        await (await session.connection()).execute(delete(ItemSnapshotRow))
        await (await session.connection()).execute(insert(ItemSnapshotRow), rows)
        await session.execute(text("ANALYZE"))


async def test_a_poll_is_no_dearer_after_ninety_days(toy: Queue, moving: MovingClock) -> None:
    """The same statements, each over an index: so it reads what is due, however much was kept before."""
    rules = NumbersRules(posts_per_call=50, source="https://toy.example", read=date(2026, 11, 21))
    counting = Counting()
    connector = toy_connector()
    connector = replace(connector, spec=replace(connector.spec, numbers=rules), metrics=counting.metrics)
    deps = replace(toy.deps, connectors={"toy": connector})
    _, items = await publish(deps.database, toy.brand, toy.account, [_MIDNIGHT - 2 * _DAY] * 100)
    async with deps.database.transaction() as session:
        await polls.begin(session, toy.account, now=clock.now())
    await measuring.measure(deps)
    took: list[int] = []
    for days in (1, 90):
        await _remember(deps.database, toy.account, items, days)
        moving.to(await _next_due(deps.database) + 2 * _DAY)
        with _statements() as sent:
            await measuring.measure(deps)
        took.append(len(sent))
    assert len(counting.asked) == 2 * 3
    assert took[0] == took[1]
    for index, query in _queries(toy.account.id).items():
        plan = await _plan(deps.database, query)
        assert index in plan
        assert "SCAN item_snapshots" not in plan


def _queries(account_id: AccountId) -> dict[str, Select[*tuple[Any, ...]]]:
    """By the index they go over."""
    return {
        "ix_item_polls_due": polls.due_query(account_id, _MIDNIGHT, 500),
        "ix_post_items_account_id_published_at": polls.published_since(account_id, _MIDNIGHT, 1000),
    }


async def _plan(database: Database, query: Select[*tuple[Any, ...]]) -> str:
    how = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    async with database.reading() as session:
        dialect = session.get_bind().dialect
        written = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        if database.dialect == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        rows = await session.execute(text(f"{how} {written}"))
        return "\n".join(str(row) for row in rows)
