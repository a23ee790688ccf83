"""Asking for numbers: once a day and item, for ninety days, whatever happens; and by one worker."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.domain.accounts import Health
from bot.domain.gates import Budget, Scope
from bot.domain.ids import ItemId
from bot.domain.numbers import Numbers
from bot.services import connecting, measuring
from platforms.base import NumbersRules
from platforms.errors import ContentRefused, RateLimited, ScopeMissing
from storage import accounts, gates, numbers, polls
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import AccountPollRow, AccountRow, AccountSnapshotRow, GateRow, ItemPollRow
from tests import factories
from tests.published import AWAY, Counting, MovingClock, moving_clock, publish
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue

_NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
_DAY = timedelta(days=1)
_RULES = NumbersRules(posts_per_call=10, source="https://toy.example/docs", read=date(2026, 11, 21))
_READS = Budget(
    name="reads", scope=Scope.ACCOUNT, amount=10, per_s=3_600.0, source="https://toy.example", read=date(2026, 11, 21)
)


@pytest.fixture
def counting() -> Counting:
    """What the network was asked."""
    return Counting()


@pytest.fixture
def moving() -> Iterator[MovingClock]:
    """The clock, at a Monday's noon in spring."""
    with moving_clock() as moved:
        moved.to(_NOW)
        yield moved


@pytest.fixture
async def toy(
    database: Database, network: ToyNetwork, tmp_path: Path, counting: Counting, moving: MovingClock
) -> AsyncIterator[Queue]:
    """A queue whose network tells numbers."""
    _ = moving
    toy = toy_connector()
    connector = replace(
        toy, spec=replace(toy.spec, numbers=_RULES), metrics=counting.metrics, account_metrics=counting.account_metrics
    )
    async with queue(database, connector, network, FolderStore(tmp_path / "media")) as ready:
        await _begin(ready)
        yield ready


async def _begin(toy: Queue) -> None:
    async with toy.deps.database.transaction() as session:
        await polls.begin(session, toy.account, now=clock.now())


async def _snapshots(toy: Queue) -> dict[ItemId, list[numbers.ItemSnapshot]]:
    async with toy.deps.database.reading() as session:
        first, last = date(2026, 1, 1), date(2028, 1, 1)
        found: dict[ItemId, list[numbers.ItemSnapshot]] = {}
        for one in await numbers.of_brand(session, toy.workspace_id, toy.brand.id, first, last, limit=10_000):
            found.setdefault(one.item_id, []).append(one)
        return found


async def _account(toy: Queue) -> AccountPollRow:
    async with toy.deps.database.reading() as session:
        return (await session.scalars(select(AccountPollRow))).one()


async def _next(toy: Queue, moving: MovingClock) -> None:
    """Go on to when the account is due, and ask."""
    moving.to(max((await _account(toy)).due_at, clock.now()))
    await measuring.measure(toy.deps)


def _rules(toy: Queue, **changes: object) -> None:
    connector = toy.deps.connectors["toy"]
    rules = replace(_RULES, **changes)  # pyright: ignore[reportArgumentType]  # a test's own concern
    object.__setattr__(toy.deps, "connectors", {"toy": replace(connector, spec=replace(connector.spec, numbers=rules))})


def _asked(counting: Counting, item_id: ItemId) -> int:
    return sum(f"on-{item_id}" in ids for _, ids in counting.asked)


async def test_each_item_is_asked_for_once_a_day_on_ninety_days_and_never_again(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    """Over a hundred days, looked at twice a day by two workers; on some days the network is away for a while."""
    _, (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [_NOW])
    for step in range(100 * 2):
        moving.to(_NOW + timedelta(minutes=70) + step * timedelta(hours=12))
        counting.down = AWAY if step % 8 == 4 else None
        counting.likes[f"on-{item_id}"] += 1
        await asyncio.gather(measuring.measure(toy.deps), measuring.measure(toy.deps))
    found = (await _snapshots(toy))[item_id]
    assert [one.day for one in found] == [_NOW.date() + day * _DAY for day in range(90)]
    assert _asked(counting, item_id) == 90
    told = [one.numbers.likes or 0 for one in found]
    assert told == sorted(set(told))
    assert found[-1].fetched_at <= _NOW + 90 * _DAY
    async with toy.deps.database.reading() as session:
        assert (await session.scalars(select(ItemPollRow))).all() == []


async def test_days_without_the_network_leave_the_last_numbers_alone(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    _, (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [_NOW])
    for step in range(10 * 4):
        moving.to(_NOW + timedelta(minutes=70) + step * timedelta(hours=6))
        counting.likes[f"on-{item_id}"] += 1
        counting.down = AWAY if 12 <= step < 24 else None
        before = await _snapshots(toy)
        await measuring.measure(toy.deps)
        if counting.down:
            assert await _snapshots(toy) == before
    days = [(one.day - _NOW.date()).days for one in (await _snapshots(toy))[item_id]]
    assert len(days) == len(set(days)) == _asked(counting, item_id)
    assert set(range(10)) - set(days) <= {3, 4, 5, 6}
    assert {0, 1, 2, 7, 8, 9} <= set(days)


async def test_what_goes_into_one_call_goes_into_one_call(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    _, items = await publish(toy.deps.database, toy.brand, toy.account, [_NOW - day * _DAY for day in range(1, 26)])
    await measuring.measure(toy.deps)
    assert sorted(len(ids) for _, ids in counting.asked) == [5, 10, 10]
    assert {one for _, ids in counting.asked for one in ids} == {f"on-{item}" for item in items}
    moving.to(_NOW + timedelta(minutes=1))
    await measuring.measure(toy.deps)
    assert len(counting.asked) == 3


async def test_workers_that_race_do_nothing_twice(toy: Queue, counting: Counting) -> None:
    await publish(toy.deps.database, toy.brand, toy.account, [_NOW - timedelta(hours=2)] * 40)
    await asyncio.gather(*(measuring.measure(toy.deps) for _ in range(6)))
    asked = [one for _, ids in counting.asked for one in ids]
    assert len(asked) == len(set(asked)) == 40
    assert len(counting.own) == 1


async def test_a_worker_that_vanished_is_followed_by_another(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    async with toy.deps.database.transaction() as session:
        (turn,) = await polls.claim(session, now=clock.now(), until=_NOW + timedelta(minutes=15), limit=1, shut=())
    await measuring.measure(toy.deps)
    assert counting.own == []
    moving.to(_NOW + timedelta(minutes=16))
    await measuring.measure(toy.deps)
    assert len(counting.own) == 1
    async with toy.deps.database.transaction() as session:
        assert not await polls.release(session, turn, _NOW, {"tries": 9})


async def test_an_account_is_asked_every_six_hours(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    while clock.now() < _NOW + _DAY:
        await _next(toy, moving)
    assert [round((at - _NOW) / timedelta(hours=1)) for at in counting.own] == [0, 6, 12, 18, 24]
    async with toy.deps.database.reading() as session:
        latest = await numbers.latest_of_accounts(session, toy.workspace_id, [toy.account.id])
        kept = await session.scalar(select(func.count()).select_from(AccountSnapshotRow))
    assert latest[toy.account.id].followers == kept == 5


async def test_items_settled_late_are_found_all_the_same(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    await measuring.measure(toy.deps)
    moving.to(_NOW + timedelta(hours=1))
    _, (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [_NOW - timedelta(minutes=50)])
    await measuring.measure(toy.deps)
    assert _asked(counting, item_id) == 1


async def test_a_fifth_of_every_budget_is_left_to_publishing(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    _rules(toy, posts_per_call=1, budgets=(_READS,))
    await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY] * 30)
    for _ in range(30):
        await _next(toy, moving)
        if clock.now() > _NOW + timedelta(minutes=55):
            break
    assert len(counting.asked) + len(counting.own) == 8
    while len(counting.asked) < 30:
        await _next(toy, moving)
    assert clock.now() < _NOW + timedelta(hours=8)
    at = sorted([at for at, _ in counting.asked] + counting.own)
    assert all(later - earlier > timedelta(hours=1) for earlier, later in zip(at, at[8:], strict=False))


async def test_nothing_is_asked_through_a_closed_gate(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    counting.down = RateLimited("Slow down.", until=_NOW + timedelta(hours=3), platform="toy")
    await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY])
    await measuring.measure(toy.deps)
    counting.down = None
    async with toy.deps.database.reading() as session:
        assert [gate.until for gate in (await gates.closed(session, now=clock.now())).gates.values()] == [
            _NOW + timedelta(hours=3)
        ]
    async with toy.deps.database.transaction() as session:
        await session.execute(update(AccountPollRow).values(due_at=_NOW))
    moving.to(_NOW + timedelta(hours=2))
    await measuring.measure(toy.deps)
    assert counting.own == []
    moving.to(_NOW + timedelta(hours=3, minutes=1))
    await measuring.measure(toy.deps)
    assert len(counting.own) == len(counting.asked) == 1


async def test_a_limit_of_reading_alone_does_not_stop_publishing(toy: Queue, counting: Counting) -> None:
    _rules(toy, apart=True)
    counting.down = RateLimited("Slow down.", until=_NOW + timedelta(hours=3), platform="toy")
    await measuring.measure(toy.deps)
    async with toy.deps.database.reading() as session:
        assert (await session.scalars(select(GateRow))).all() == []
    assert (await _account(toy)).due_at == _NOW + timedelta(hours=3)


async def test_accounts_that_have_to_be_reconnected_are_left_alone(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    async with toy.deps.database.transaction() as session:
        await accounts.set_health(session, toy.workspace_id, toy.account.id, Health.REVOKED, "No more.")
    await measuring.measure(toy.deps)
    assert counting.own == []
    async with toy.deps.database.transaction() as session:
        await accounts.set_health(session, toy.workspace_id, toy.account.id, Health.HEALTHY)
    moving.to(_NOW + timedelta(minutes=1))
    await measuring.measure(toy.deps)
    assert len(counting.own) == 1


async def test_a_missing_permission_breaks_nothing(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY])
    counting.down = ScopeMissing("Connected without a permission.", platform="toy")
    await measuring.measure(toy.deps)
    async with toy.deps.database.reading() as session:
        account = await accounts.get_account(session, toy.workspace_id, toy.account.id)
    assert account.health is Health.HEALTHY
    counting.down = None
    moving.to(_NOW + timedelta(hours=2))
    await measuring.measure(toy.deps)
    assert counting.asked == []
    moving.to(_NOW + 2 * _DAY)
    await measuring.measure(toy.deps)
    assert len(counting.asked) == 1


async def test_what_spoils_a_call_is_asked_for_alone(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY] * 3)
    counting.down = ContentRefused("One of them cannot be read.", platform="toy")
    await measuring.measure(toy.deps)
    counting.down = None
    moving.to(_NOW + timedelta(minutes=10))
    await measuring.measure(toy.deps)
    assert [len(ids) for _, ids in counting.asked] == [1, 1, 1]
    assert len(await _snapshots(toy)) == 3


async def test_what_the_network_does_not_show_has_no_numbers_and_is_asked_for_tomorrow(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    _, (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY])
    counting.hidden.add(f"on-{item_id}")
    await measuring.measure(toy.deps)
    moving.to(_NOW + timedelta(hours=5))
    await measuring.measure(toy.deps)
    assert _asked(counting, item_id) == 1
    assert await _snapshots(toy) == {}
    counting.hidden.clear()
    moving.to(_NOW + timedelta(hours=36))
    await measuring.measure(toy.deps)
    (snapshot,) = (await _snapshots(toy))[item_id]
    assert snapshot.numbers == Numbers(likes=0)


async def test_a_disconnected_account_stops_and_goes_on_when_it_is_back(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    _, items = await publish(toy.deps.database, toy.brand, toy.account, [_NOW - _DAY] * 2)
    await measuring.measure(toy.deps)
    await connecting.disconnect(toy.deps, toy.account, asked_by="tests")
    async with toy.deps.database.reading() as session:
        assert (await session.scalars(select(AccountPollRow))).all() == []
        assert (await session.scalars(select(ItemPollRow))).all() == []
    async with toy.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(disconnected_at=None))
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, factories.tokens())
    await _begin(toy)
    moving.to(_NOW + timedelta(minutes=5))
    await measuring.measure(toy.deps)
    assert [_asked(counting, item) for item in items] == [1, 1]
    moving.to(_NOW + timedelta(hours=36))
    await measuring.measure(toy.deps)
    assert [_asked(counting, item) for item in items] == [2, 2]
