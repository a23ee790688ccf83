"""Missions beside what else people do at the same moment."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot import clock
from bot.domain.missions import NewMission
from bot.domain.publication import State
from bot.services import editing, missions, scheduling
from bot.services.scheduling import At, Wish
from storage.tables import PostItemRow
from tests.toy_queue import Queue

BY = "slack:U1"


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
