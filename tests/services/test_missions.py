"""Missions beside what else people do at the same moment, and whose posts may be in them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.missions import NewMission
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import editing, journal, missions, scheduling
from bot.services.scheduling import At, Wish
from storage import brands
from storage.tables import PostItemRow
from tests.toy_queue import Queue

BY = "slack:U1"


async def made(toy: Queue, name: str, **more: Any) -> missions.Mission:  # noqa: ANN401  # a mission's own fields
    return await missions.create(toy.deps, toy.workspace_id, NewMission(name=name, constraints={}, **more))


def wish(toy: Queue, **more: Any) -> Wish:  # noqa: ANN401  # a wish's own fields
    when = At(text=(clock.now() + timedelta(hours=1)).isoformat())
    return Wish(brand=toy.brand, to=(toy.account.id,), text="Hello", when=when, asked_by=BY, **more)


async def edit(toy: Queue, post: PostView, new: Wish) -> PostView:
    return await editing.edit_post(toy.deps, toy.workspace_id, post.post_id, new, version=post.version)


async def test_a_post_is_moved_while_its_mission_is_resumed_and_neither_fails(toy: Queue) -> None:
    mission = await missions.create(toy.deps, toy.workspace_id, NewMission(name="Spring", constraints={}))
    later = clock.now() + timedelta(hours=1)
    when = At(text=later.isoformat())
    wish = Wish(brand=toy.brand, to=(toy.account.id,), text="Hello", when=when, asked_by=BY, mission_id=mission.id)
    post = await scheduling.schedule_post(toy.deps, wish)
    args = (toy.deps, toy.workspace_id)
    await missions.pause(*args, mission.id, brand_id=None, asked_by=BY)
    async with toy.deps.database.transaction() as session:
        if toy.deps.database.dialect == "postgresql":
            await session.execute(select(PostItemRow.id).with_for_update())  # so that resuming waits in the middle
        resuming = asyncio.create_task(missions.resume(*args, mission.id, brand_id=None, asked_by=BY))
        await asyncio.sleep(0.3)
        when = At(text=(later + timedelta(hours=1)).isoformat())
        edit = editing.move_post(*args, post.post_id, when, version=post.version, asked_by=BY)
        moving = asyncio.create_task(edit)
        await asyncio.sleep(0.3)
    resumed, moved = await asyncio.gather(resuming, moving)
    assert resumed.publishing_enabled
    assert moved.status is State.SCHEDULED
    assert moved.scheduled_at == later + timedelta(hours=1)


async def test_a_post_moves_to_another_mission_and_out_of_it_and_an_edit_that_says_nothing_leaves_it(
    toy: Queue,
) -> None:
    first, second = [await made(toy, name) for name in ("Spring", "Summer")]
    post = await scheduling.schedule_post(toy.deps, wish(toy, mission_id=first.id))
    post = await edit(toy, post, wish(toy))
    assert post.mission == (first.id, "Spring")
    post = await edit(toy, post, wish(toy, mission_id=second.id))
    assert post.mission == (second.id, "Summer")
    post = await edit(toy, post, wish(toy, leaves_mission=True))
    assert post.mission is None


async def test_a_post_is_put_into_no_mission_of_another_brand(toy: Queue) -> None:
    async with toy.deps.database.transaction() as session:
        other = await brands.create_brand(session, toy.workspace_id, "Harbor", timezone="UTC")
    theirs = await made(toy, "Spring", brand_id=other.id)
    post = await scheduling.schedule_post(toy.deps, wish(toy))
    with pytest.raises(NotFound, match="no mission"):
        await edit(toy, post, wish(toy, mission_id=theirs.id))
    with pytest.raises(NotFound, match="no mission"):
        await scheduling.schedule_post(toy.deps, wish(toy, mission_id=theirs.id))
    assert theirs.id not in {one.id for one in await missions.open_to(toy.deps, toy.brand)}
    assert [one.id for one in await missions.open_to(toy.deps, other)] == [theirs.id]


async def test_a_post_is_scheduled_into_no_paused_mission_and_stays_where_it_was(toy: Queue) -> None:
    paused = await made(toy, "Spring")
    await missions.pause(toy.deps, toy.workspace_id, paused.id, brand_id=None, asked_by=BY)
    post = await scheduling.schedule_post(toy.deps, wish(toy))
    with pytest.raises(missions.PublishingDisabled):
        await edit(toy, post, wish(toy, mission_id=paused.id))
    assert (await journal.show_post(toy.deps, toy.workspace_id, post.post_id)).mission is None


async def test_one_that_is_over_is_offered_to_nobody_but_whose_post_is_in_it(toy: Queue) -> None:
    over = await made(toy, "Spring", starts_at=clock.now() - timedelta(days=9), ends_at=clock.now() - timedelta(days=2))
    assert await missions.open_to(toy.deps, toy.brand) == []
    assert [one.id for one in await missions.open_to(toy.deps, toy.brand, beside=over.id)] == [over.id]
