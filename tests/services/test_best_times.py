"""The best time of a brand: found in its own numbers, free, and refused with a sentence while there are too few."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from bot import clock
from bot.domain.errors import InvalidContent
from bot.services import best_times, scheduling
from bot.services.planning import At, BestTime, Wish
from storage.tables import ItemSnapshotRow
from tests.history import counted, make_past, published
from tests.toy_queue import Queue

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY)


def _wish(toy: Queue, when: At | BestTime, to: str = "toy") -> Wish:
    return Wish(brand=toy.brand, to=(to,), text=f"At {when}", when=when, asked_by="slack:U1")


async def test_it_is_an_hour_at_which_its_posts_did_well_and_that_no_post_takes(toy: Queue) -> None:
    await make_past(toy.deps.database, toy.brand, MONDAY, ["mastodon", "bluesky"])

    first = await best_times.look(toy.deps, toy.brand)
    assert first.moment is not None
    assert first.moment.wall_time is not None
    assert first.moment.wall_time[11:] in {f"{hour:02}:00:00" for hour in range(8, 20)}
    assert MONDAY < first.moment.at <= MONDAY + WEEK

    assert await best_times.look(toy.deps, toy.brand, [toy.account.id]) == first, "it has not published anything"
    await scheduling.schedule_post(toy.deps, _wish(toy, At(text=first.moment.wall_time, zone=toy.brand.timezone)))
    second = await best_times.look(toy.deps, toy.brand)
    assert second.moment is not None
    assert second.moment.at != first.moment.at
    assert second.posts == first.posts


async def test_a_post_is_planned_for_the_best_time_of_its_accounts(toy: Queue) -> None:
    for number in range(8):
        at = datetime(2026, 11, 17, 17, 0, tzinfo=UTC) - number * WEEK
        item_id = await published(toy.deps.database, toy.brand, toy.account, f"No. {number}", at)
        await counted(toy.deps.database, toy.account, item_id, 3, 500, today=at + timedelta(days=3))

    made = await scheduling.schedule_post(toy.deps, _wish(toy, BestTime()))

    assert made.scheduled_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


async def test_with_too_few_posts_it_says_how_many_it_needs(toy: Queue) -> None:
    await make_past(toy.deps.database, toy.brand, MONDAY, ["mastodon"])
    async with toy.deps.database.transaction() as session:
        await session.execute(delete(ItemSnapshotRow).where(ItemSnapshotRow.day > "2026-11-02"))

    found = await best_times.look(toy.deps, toy.brand)
    assert found.moment is None

    with pytest.raises(InvalidContent, match=f"needs 8 published posts with numbers, Juniper has {found.posts}. Ch"):
        await scheduling.schedule_post(toy.deps, _wish(toy, BestTime()))
    async with toy.deps.database.transaction() as session:
        await session.execute(update(ItemSnapshotRow).values(views=None, likes=None, comments=None))
    assert (await best_times.look(toy.deps, toy.brand)).posts == 0
