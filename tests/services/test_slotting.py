"""Free slots: those of a week, of one brand or of many, and only where somebody set some."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import clock
from bot.domain.posts import PostView
from bot.services import editing, holding, scheduling, slotting, workspaces
from bot.services.planning import At, NextSlot, NotYet, Plan, Wish
from tests.toy_queue import Queue

BY = "slack:U1"
SATURDAY = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: SATURDAY)


async def _free(toy: Queue) -> list[str]:
    found = await slotting.free_ahead(toy.deps, [toy.brand], until=clock.now() + WEEK)
    return [f"{moment.wall_time}" for moment in found.get(toy.brand.id, ())]


async def _plan(toy: Queue, at: str | None) -> None:
    when = NotYet() if at is None else At(text=at, zone="Europe/Berlin")
    wish = Wish(brand=toy.brand, to=("toy",), text=f"For {at}", when=when, asked_by=BY)
    await scheduling.schedule_post(toy.deps, wish)


async def test_a_brand_that_set_no_slots_has_none_to_offer(toy: Queue) -> None:
    assert await _free(toy) == []


async def test_a_slot_that_a_post_takes_is_not_free_and_a_draft_takes_none(toy: Queue) -> None:
    await slotting.set_slots(toy.deps, toy.brand, "mon 09:00, 18:00; thu 09:00", asked_by=BY)
    assert await _free(toy) == ["2026-11-23T09:00:00", "2026-11-23T18:00:00", "2026-11-26T09:00:00"]
    await _plan(toy, "2026-11-23T18:00")
    await _plan(toy, "2026-11-26T09:30")
    await _plan(toy, None)
    assert await _free(toy) == ["2026-11-23T09:00:00", "2026-11-26T09:00:00"]
    first = await slotting.next_free(toy.deps, toy.brand)
    assert first.wall_time == "2026-11-23T09:00:00"


async def test_a_slot_behind_the_end_and_one_that_is_over_are_left_out(toy: Queue) -> None:
    await slotting.set_slots(toy.deps, toy.brand, "sat 09:00, 11:00", asked_by=BY)
    assert await _free(toy) == ["2026-11-21T11:00:00", "2026-11-28T09:00:00"]


async def test_each_brand_has_its_own_and_those_without_are_left_out(toy: Queue) -> None:
    (workspace,) = await workspaces.list_workspaces(toy.deps)
    other = await workspaces.create_brand(toy.deps, workspace, "Harbor", timezone="America/New_York", channel=None)
    third = await workspaces.create_brand(toy.deps, workspace, "Third", timezone="UTC", channel=None)
    for brand in (toy.brand, other):
        await slotting.set_slots(toy.deps, brand, "mon 09:00", asked_by=BY)
    await _plan(toy, "2026-11-23T15:00")
    found = await slotting.free_ahead(toy.deps, [toy.brand, other, third], until=clock.now() + WEEK)
    assert {brand_id: [moment.at.hour for moment in moments] for brand_id, moments in found.items()} == {
        toy.brand.id: [8],
        other.id: [14],
    }
    await _plan(toy, "2026-11-23T09:00")
    found = await slotting.free_ahead(toy.deps, [toy.brand, other], until=clock.now() + WEEK)
    assert list(found) == [other.id]
    assert await slotting.free_ahead(toy.deps, [], until=clock.now()) == {}


async def test_what_is_on_hold_keeps_its_slot(toy: Queue) -> None:
    await slotting.set_slots(toy.deps, toy.brand, "mon 09:00", asked_by=BY)
    await _plan(toy, "2026-11-23T09:00")
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert await _free(toy) == []


@pytest.mark.parametrize("moving", [False, True])
async def test_two_who_want_the_next_free_slot_at_once_get_one_each(toy: Queue, *, moving: bool) -> None:
    """Both have found the same one free before either of them has written anything down."""
    await slotting.set_slots(toy.deps, toy.brand, "mon 09:00, 18:00; thu 09:00", asked_by=BY)
    both_chose = asyncio.Barrier(2)

    async def look(plan: Plan) -> None:
        assert plan.moment is not None
        assert plan.moment.wall_time == "2026-11-23T09:00:00"
        await both_chose.wait()

    async def schedule(text: str) -> PostView:
        wish = Wish(brand=toy.brand, to=("toy",), text=text, when=NextSlot(), asked_by=BY)
        if not moving:
            return await scheduling.schedule_post(toy.deps, wish, look)
        draft = await scheduling.schedule_post(toy.deps, replace(wish, when=NotYet()))
        post_id = draft.post_id
        return await editing.edit_post(toy.deps, toy.workspace_id, post_id, wish, version=1, look=look)

    made = await asyncio.gather(schedule("One"), schedule("Two"))
    assert sorted(post.wall_time or "" for post in made) == ["2026-11-23T09:00:00", "2026-11-23T18:00:00"]
    assert all(post.items[0].scheduled_at == post.scheduled_at for post in made)
    assert await _free(toy) == ["2026-11-26T09:00:00"]
