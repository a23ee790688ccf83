"""Cards show newer numbers: once a day, when one changed, while the post is young. Below them four ages are told."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.ids import PostId
from bot.services import figures, journal, measuring
from platforms.base import NumbersRules
from storage import cards, polls
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import CardRow, NoticeRow
from tests import factories
from tests.published import Counting, MovingClock, moving_clock, publish
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue

_NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
_DAY = timedelta(days=1)
_RULES = NumbersRules(posts_per_call=10, source="https://toy.example/docs", read=date(2026, 11, 21))


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
    """A queue whose network tells numbers, in Slack."""
    _ = moving
    connector = toy_connector()
    connector = replace(connector, spec=replace(connector.spec, numbers=_RULES), metrics=counting.metrics)
    async with queue(database, connector, network, FolderStore(tmp_path / "media")) as ready:
        await ready.in_slack()
        async with database.transaction() as session:
            await polls.begin(session, ready.account, now=clock.now())
        yield ready


async def _published(toy: Queue) -> tuple[PostId, str]:
    """A post that went out now, with a card that shows so."""
    (post_id,), (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [clock.now()])
    async with toy.deps.database.transaction() as session:
        assert await cards.want(session, toy.workspace_id, [post_id], now=clock.now()) == {post_id}
        await session.execute(update(CardRow).values(channel="C1", ts="1.1", shown=CardRow.wanted))
    return post_id, f"on-{item_id}"


async def _wanted(toy: Queue) -> int:
    async with toy.deps.database.reading() as session:
        return (await session.scalars(select(CardRow.wanted))).one()


async def test_a_card_follows_the_numbers_once_a_day_for_eight_days(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    post_id, live = await _published(toy)
    grew: list[int] = []
    before = await _wanted(toy)
    for day in range(12):
        counting.likes[live] += day != 3
        for hours in (2, 8, 13):
            moving.to(_NOW + day * _DAY + timedelta(hours=hours))
            await measuring.measure(toy.deps)
        grew.append(await _wanted(toy) - before)
        before = await _wanted(toy)
    assert grew == [1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    post = await journal.show_post(toy.deps, toy.workspace_id, post_id)
    (latest,) = (await figures.latest(toy.deps, post)).values()
    assert latest.numbers.likes == counting.likes[live]
    assert latest.fetched_at.date() == (_NOW + 11 * _DAY).date()


async def test_a_post_without_a_card_gets_none_for_its_numbers(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    await publish(toy.deps.database, toy.brand, toy.account, [clock.now()])
    moving.to(_NOW + timedelta(hours=2))
    await measuring.measure(toy.deps)
    assert len(counting.asked) == 1
    async with toy.deps.database.reading() as session:
        assert (await session.scalars(select(CardRow))).all() == []


async def test_numbers_of_another_workspace_are_not_found(toy: Queue, moving: MovingClock) -> None:
    post_id, _ = await _published(toy)
    moving.to(_NOW + timedelta(hours=2))
    await measuring.measure(toy.deps)
    post = await journal.show_post(toy.deps, toy.workspace_id, post_id)
    assert await figures.latest(toy.deps, post)
    stranger = (await factories.make_workspace(toy.deps.database)).id
    assert await figures.latest(toy.deps, replace(post, workspace_id=stranger)) == {}


async def _lines(toy: Queue) -> list[dict[str, Any]]:
    """What is to be said of numbers below cards, in order."""
    async with toy.deps.database.reading() as session:
        found = await session.scalars(select(NoticeRow).where(NoticeRow.kind == "thread").order_by(NoticeRow.id))
        return [row.payload for row in found if row.payload["what"] == "numbers"]


async def _days_go_by(toy: Queue, moving: MovingClock, days: int) -> None:
    for hours in range(2, days * 24, 8):
        moving.to(_NOW + timedelta(hours=hours))
        await measuring.measure(toy.deps)


async def test_the_first_numbers_and_those_of_three_ages_are_told_below_the_card_once(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    _, live = await _published(toy)
    counting.likes[live] = 31
    await _days_go_by(toy, moving, 40)
    told = await _lines(toy)
    assert [round(one["age_s"] / 86_400) for one in told] in ([0, 1, 7, 30], [0, 2, 8, 31], [0, 1, 8, 31])
    assert all(one["age_s"] >= at * 86_400 for one, at in zip(told, (0, 1, 7, 30), strict=True))
    assert {str(one["numbers"]) for one in told} == {"{'likes': 31}"}
    assert not any("median" in one for one in told)


async def test_what_is_usual_is_what_the_accounts_other_posts_had_at_the_same_age(
    toy: Queue, counting: Counting, moving: MovingClock
) -> None:
    earlier = [_NOW - timedelta(hours=hour) for hour in range(1, 8)]
    _, others = await publish(toy.deps.database, toy.brand, toy.account, earlier)
    counting.likes |= {f"on-{item_id}": 10 * number for number, item_id in enumerate(others)}
    _, live = await _published(toy)
    counting.likes[live] = 31
    await _days_go_by(toy, moving, 3)
    counting.likes |= {f"on-{item_id}": 1_000 for item_id in others}
    await _days_go_by(toy, moving, 12)
    first, day, week = await _lines(toy)
    assert [(one["of"], one["median"]) for one in (first, day)] == [("likes", 30), ("likes", 30)]
    assert week["median"] == 1_000


async def test_without_a_card_nothing_is_said_of_numbers(toy: Queue, counting: Counting, moving: MovingClock) -> None:
    _, (item_id,) = await publish(toy.deps.database, toy.brand, toy.account, [clock.now()])
    counting.likes[f"on-{item_id}"] = 31
    await _days_go_by(toy, moving, 3)
    assert counting.asked
    assert await _lines(toy) == []
