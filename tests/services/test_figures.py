"""Cards show newer numbers: once a day, when one changed, while the post is young."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.ids import PostId
from bot.services import figures, journal, measuring
from platforms.base import NumbersRules
from storage import cards, polls
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import CardRow
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
