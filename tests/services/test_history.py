"""Filling an account's own numbers back: in steps, newest first, told in one line of its brand's channel."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.ids import WorkspaceId
from bot.services import history, measuring
from platforms.base import AccountDay, Endpoints, NumbersRules, Wire
from platforms.errors import ContentRefused, PlatformError, ScopeMissing, Unavailable
from storage import account_days, polls
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import AccountPollRow, NoticeRow
from tests.published import MovingClock, moving_clock
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue

_NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
_TODAY = _NOW.date()
_RULES = NumbersRules(
    history_days=90, history_reach_days=200, source="https://toy.example/docs", read=date(2026, 11, 21)
)


@dataclass
class Past:
    """What the network was asked; it has one number for each day."""

    asked: list[tuple[date, date]] = field(default_factory=list)
    empty: bool = False
    down: PlatformError | None = None

    async def history(
        self, _wire: Wire, _endpoints: Endpoints, _connected: Connected, first: date, last: date
    ) -> tuple[AccountDay, ...]:
        """Each day's number in its year."""
        if self.down is not None:
            raise self.down
        self.asked.append((first, last))
        if self.empty:
            return ()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return tuple(AccountDay(day=day, views=day.timetuple().tm_yday, raw={"n": 1}) for day in days)


@pytest.fixture
def past() -> Past:
    """A network's memory."""
    return Past()


@pytest.fixture
def moving() -> Iterator[MovingClock]:
    """The clock, at a Monday's noon in spring."""
    with moving_clock() as moved:
        moved.to(_NOW)
        yield moved


@pytest.fixture
async def toy(
    database: Database, network: ToyNetwork, tmp_path: Path, past: Past, moving: MovingClock
) -> AsyncIterator[Queue]:
    """A queue whose network remembers; its posts have cards."""
    _ = moving
    connector = toy_connector()
    connector = replace(connector, spec=replace(connector.spec, numbers=_RULES), history=past.history)
    async with queue(database, connector, network, FolderStore(tmp_path / "media")) as ready:
        await ready.in_slack()
        async with database.transaction() as session:
            await polls.begin(session, ready.account, now=clock.now())
        yield ready


async def _turns(toy: Queue, moving: MovingClock, many: int) -> list[dict[str, object]]:
    """The lines in the brand's channel after each of these minutes."""
    said: list[dict[str, object]] = []
    for minute in range(many):
        moving.to(_NOW + timedelta(minutes=minute, seconds=1))
        await measuring.measure(toy.deps)
        async with toy.deps.database.reading() as session:
            rows = (await session.scalars(select(NoticeRow))).all()
        said += [dict(row.payload) for row in rows] if rows else []
        assert len(rows) <= 1
    return said


async def test_ninety_days_come_in_three_steps_and_one_line_says_how_far_it_is(
    toy: Queue, past: Past, moving: MovingClock
) -> None:
    said = await _turns(toy, moving, 5)
    assert past.asked == [
        (_TODAY - timedelta(days=30), _TODAY - timedelta(days=1)),
        (_TODAY - timedelta(days=60), _TODAY - timedelta(days=31)),
        (_TODAY - timedelta(days=90), _TODAY - timedelta(days=61)),
    ]
    assert [(one["fetched"], one["wanted"], one["done"]) for one in said[:3]] == [
        (30, 90, False),
        (60, 90, False),
        (90, 90, True),
    ]
    async with toy.deps.database.reading() as session:
        days = await account_days.between(
            session, toy.workspace_id, [toy.account.id], _TODAY - timedelta(days=100), _TODAY
        )
        poll = (await session.scalars(select(AccountPollRow))).one()
    assert [one.day for one in days] == [_TODAY - timedelta(days=n) for n in range(90, 0, -1)]
    assert all(one.views == one.day.timetuple().tm_yday for one in days)
    assert poll.history_from == (_TODAY - timedelta(days=90)).isoformat()


async def test_an_account_without_a_history_is_passed_over_in_silence(
    toy: Queue, past: Past, moving: MovingClock
) -> None:
    past.empty = True
    assert await _turns(toy, moving, 5) == []
    assert len(past.asked) == 3


async def test_a_history_that_may_not_be_read_is_asked_for_once(toy: Queue, past: Past, moving: MovingClock) -> None:
    past.down = ScopeMissing("Connected without a permission.", platform="toy")
    assert await _turns(toy, moving, 2) == []
    past.down = None
    assert await _turns(toy, moving, 3) == []
    assert past.asked == []


async def test_a_network_that_is_away_is_asked_again_where_it_stopped(
    toy: Queue, past: Past, moving: MovingClock
) -> None:
    await _turns(toy, moving, 1)
    past.down = Unavailable("Toy does not answer.", platform="toy")
    await _turns(toy, moving, 3)
    past.down = None
    await _turns(toy, moving, 12)
    assert [last for _, last in past.asked] == [_TODAY - timedelta(days=n) for n in (1, 31, 61)]


# --- Kept up, and asked for ------------------------------------------------------------------------------------------


async def _until_quiet(toy: Queue, moving: MovingClock, since: datetime, minutes: int = 12) -> None:
    for minute in range(minutes):
        moving.to(since + timedelta(minutes=minute, seconds=1))
        await measuring.measure(toy.deps)


async def _known_days(toy: Queue) -> list[date]:
    async with toy.deps.database.reading() as session:
        known = await account_days.between(
            session, toy.workspace_id, [toy.account.id], _TODAY - timedelta(days=2_000), _TODAY + timedelta(days=100)
        )
    return [one.day for one in known]


async def _lines(toy: Queue) -> list[dict[str, object]]:
    async with toy.deps.database.reading() as session:
        return [dict(row.payload) for row in (await session.scalars(select(NoticeRow).order_by(NoticeRow.id))).all()]


@pytest.fixture
async def filled(toy: Queue, past: Past, moving: MovingClock) -> Queue:
    """The queue of an account whose ninety days are here."""
    await _until_quiet(toy, moving, _NOW)
    past.asked.clear()
    return toy


async def test_the_days_since_are_fetched_each_day_without_a_word(
    filled: Queue, past: Past, moving: MovingClock
) -> None:
    said = await _lines(filled)
    for day in range(1, 4):
        await _until_quiet(filled, moving, _NOW + timedelta(days=day))
    assert past.asked == [(_TODAY + timedelta(days=n), _TODAY + timedelta(days=n)) for n in range(3)]
    assert len(await _known_days(filled)) == 93
    assert await _lines(filled) == said


async def test_what_was_missed_while_the_account_was_away_comes_when_it_is_back(
    filled: Queue, past: Past, moving: MovingClock
) -> None:
    await _until_quiet(filled, moving, _NOW + timedelta(days=40))
    assert past.asked == [
        (_TODAY + timedelta(days=10), _TODAY + timedelta(days=39)),
        (_TODAY, _TODAY + timedelta(days=9)),
    ]
    assert len(await _known_days(filled)) == 130


async def test_days_that_somebody_looks_at_are_filled_back_as_far_as_the_network_goes(
    filled: Queue, past: Past, moving: MovingClock
) -> None:
    asked_for = _TODAY - timedelta(days=1_000)
    await history.want(filled.deps, filled.workspace_id, filled.brand.id, asked_for)
    assert await history.fetching(filled.deps, filled.workspace_id, {filled.account.id: filled.account})
    await _until_quiet(filled, moving, _NOW + timedelta(hours=1))
    assert past.asked == [
        (_TODAY - timedelta(days=120), _TODAY - timedelta(days=91)),
        (_TODAY - timedelta(days=150), _TODAY - timedelta(days=121)),
        (_TODAY - timedelta(days=180), _TODAY - timedelta(days=151)),
        (_TODAY - timedelta(days=200), _TODAY - timedelta(days=181)),
    ]
    assert await _known_days(filled) == [_TODAY - timedelta(days=n) for n in range(200, 0, -1)]
    assert [(one["fetched"], one["wanted"], one["done"]) for one in await _lines(filled)] == [
        (90, 90, True),
        (110, 110, True),
    ]
    assert not await history.fetching(filled.deps, filled.workspace_id, {filled.account.id: filled.account})


async def test_days_that_are_here_are_not_asked_for_again(filled: Queue, past: Past, moving: MovingClock) -> None:
    for days in (7, 60, 90):
        await history.want(filled.deps, filled.workspace_id, None, _TODAY - timedelta(days=days))
    await _until_quiet(filled, moving, _NOW + timedelta(hours=1))
    assert past.asked == []


async def test_earlier_days_are_not_asked_for_of_another_workspace(
    filled: Queue, past: Past, moving: MovingClock
) -> None:
    await history.want(filled.deps, WorkspaceId("ws_other"), None, _TODAY - timedelta(days=150))
    await _until_quiet(filled, moving, _NOW + timedelta(hours=1))
    assert past.asked == []


async def test_days_asked_for_while_the_network_is_asked_come_right_after(
    toy: Queue, past: Past, moving: MovingClock
) -> None:
    moving.to(_NOW)
    answered, first = past.history, True

    async def meanwhile(
        wire: Wire, endpoints: Endpoints, connected: Connected, since: date, until: date
    ) -> tuple[AccountDay, ...]:
        nonlocal first
        if first:
            first = False
            await history.want(toy.deps, toy.workspace_id, None, _TODAY - timedelta(days=120))
        return await answered(wire, endpoints, connected, since, until)

    connector = replace(toy.deps.connectors["toy"], history=meanwhile)
    toy = replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))
    await _until_quiet(toy, moving, _NOW)
    assert await _known_days(toy) == [_TODAY - timedelta(days=n) for n in range(120, 0, -1)]


async def test_a_network_that_refuses_earlier_days_is_asked_once(
    filled: Queue, past: Past, moving: MovingClock
) -> None:
    past.down = ContentRefused("Not that far back.", platform="toy")
    await history.want(filled.deps, filled.workspace_id, None, _TODAY - timedelta(days=150))
    await _until_quiet(filled, moving, _NOW + timedelta(hours=1), 2)
    past.down = None
    await _until_quiet(filled, moving, _NOW + timedelta(hours=2))
    assert past.asked == []
    assert len(await _known_days(filled)) == 90
    await _until_quiet(filled, moving, _NOW + timedelta(days=1))
    assert past.asked == [(_TODAY, _TODAY)]


async def test_a_permission_that_was_missing_is_tried_again_after_a_month(
    toy: Queue, past: Past, moving: MovingClock
) -> None:
    past.down = ScopeMissing("Connected without a permission.", platform="toy")
    await _until_quiet(toy, moving, _NOW, 3)
    past.down = None
    await _until_quiet(toy, moving, _NOW + timedelta(days=29), 3)
    assert past.asked == []
    await _until_quiet(toy, moving, _NOW + timedelta(days=31))
    assert len(await _known_days(toy)) == 90


async def test_what_an_earlier_version_had_begun_goes_on(toy: Queue, past: Past, moving: MovingClock) -> None:
    first, last = _TODAY - timedelta(days=90), _TODAY - timedelta(days=1)
    begun = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "next": (_TODAY - timedelta(days=61)).isoformat(),
        "any": True,
    }
    async with toy.deps.database.transaction() as session:
        await session.execute(update(AccountPollRow).values(history=begun))
    await _until_quiet(toy, moving, _NOW)
    assert past.asked == [(first, _TODAY - timedelta(days=61))]
