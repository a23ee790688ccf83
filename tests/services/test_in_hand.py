"""What waits in a worker's hands behind gates: who tries a host again, who pays, and what makes room for others."""

import asyncio
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.domain.gates import Budget, Reason, Scope, key_of_account, key_of_host
from bot.domain.ids import PostId, WorkerId
from bot.domain.publication import State
from bot.services import publishing, working
from bot.services.deps import Deps
from bot.services.publishing import Arming, Ready
from handlers.clock import dispatcher as dispatching
from handlers.clock.worker import Pace
from storage import turns
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import GateRow, PostItemRow
from tests.services.test_gates import another, connector, gate, until
from tests.toy import ToyNetwork, toy_network
from tests.toy_queue import Queue, queue

_ONE_A_DAY = Budget(name="b", scope=Scope.ACCOUNT, amount=1, per_s=86_400.0, source="-", read=date(2026, 11, 22))


async def held(toy: Queue, worker_id: WorkerId) -> dict[str, Ready]:
    """Claim and prepare all there is; by text."""
    jobs = await publishing.claim(toy.deps, worker_id, limit=100)
    ready = [await publishing.prepare(toy.deps, job) for job in jobs]
    return {one.job.item.text: one for one in ready if isinstance(one, Ready)}


async def take_back(toy: Queue, *post_ids: PostId) -> None:
    """What an edit does to what is claimed: a draft again, in another version."""
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(PostItemRow)
            .where(PostItemRow.post_id.in_(post_ids))
            .values(state=State.DRAFT.value, worker_id=None, version=PostItemRow.version + 1, claim_at=None)
        )


async def down(toy: Queue, *, for_s: float = 0.0) -> str:
    """Have the network be taken for down until then; returns the gate's name."""
    key, now = key_of_host("toy", toy.network.url), clock.now()
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key, closed_until=now + timedelta(seconds=for_s), reason=Reason.DOWN.value, since=now, openings=1,
                recent="", ledgers={}, updated_at=now,
            )
        )  # fmt: skip
    return key


async def count(toy: Queue, state: State) -> int:
    async with toy.deps.database.reading() as session:
        return await session.scalar(select(func.count()).where(PostItemRow.state == state.value)) or 0


def texts(arming: Arming) -> list[str]:
    return [one.ready.job.item.text for one in arming.armed]


async def test_what_was_taken_back_does_not_try_a_host_in_place_of_others(toy: Queue) -> None:
    gone = [await toy.post(f"Gone {n}") for n in range(4)]
    await toy.post("Here")
    worker_id = await working.join(toy.deps)
    ready = await held(toy, worker_id)
    await down(toy)
    await take_back(toy, *gone)
    arming = await publishing.arm(toy.deps, worker_id, list(ready.values()))
    assert (texts(arming), arming.held) == (["Here"], {})


async def test_a_probe_that_ended_without_a_call_gives_its_turn_to_the_next(toy: Queue) -> None:
    """It was claimed to try the host, and taken back before it could."""
    first = await toy.post("First")
    await toy.post("Second")
    key = await down(toy)
    worker_id = await working.join(toy.deps)
    assert list(await held(toy, worker_id)) == ["First"]
    assert list(await held(toy, worker_id)) == []
    await take_back(toy, first)
    assert (await publishing.next_claim_in_s(toy.deps) or 0.0) <= 0
    ready = await held(toy, worker_id)
    assert list(ready) == ["Second"]
    row = await gate(toy, key)
    assert row is not None
    assert row.probe_item_id == ready["Second"].job.item.id


async def test_a_probe_for_a_later_second_does_not_keep_waiting_what_is_due(toy: Queue) -> None:
    """A film is claimed a minute ahead, to be uploaded."""
    await toy.post("Text")
    worker_id = await working.join(toy.deps)
    ready = await held(toy, worker_id)
    film = await toy.post("Film", due_at=clock.now() + timedelta(seconds=59))
    async with toy.deps.database.transaction() as session:
        ahead = {"claim_at": clock.now(), "lead_s": 60.0}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == film).values(ahead))
    await down(toy)
    assert list(await held(toy, worker_id)) == ["Film"]
    assert texts(await publishing.arm(toy.deps, worker_id, list(ready.values()))) == ["Text"]


async def test_what_is_due_tries_a_host_before_what_is_only_to_be_made_ready(toy: Queue) -> None:
    now = clock.now()
    film = await toy.post("Film", due_at=now + timedelta(seconds=59))
    await toy.post("Text", due_at=now)
    async with toy.deps.database.transaction() as session:
        ahead = {"claim_at": now - timedelta(seconds=30), "lead_s": 90.0}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == film).values(ahead))
    await down(toy)
    assert list(await held(toy, await working.join(toy.deps))) == ["Text"]


async def test_a_host_is_not_asked_for_again_and_again_while_it_is_tried(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm, asked = publishing.arm, 0

    async def counted(deps: Deps, worker_id: WorkerId, ready: Collection[Ready]) -> Arming:
        nonlocal asked
        asked += len(ready)
        return await arm(deps, worker_id, list(ready))

    monkeypatch.setattr(dispatching.publishing, "arm", counted)
    toy.network.behaviour = lambda _: "gate"
    posts = await toy.post_all([f"Post {n}" for n in range(100)], clock.now() + timedelta(seconds=2.5))
    async with toy.working(pace=Pace(drain_s=0.1)):
        assert await toy.until(posts[-1], State.CLAIMED) == [State.CLAIMED]
        await down(toy)
        await until(lambda: bool(toy.network.asked))
        before = asked
        await asyncio.sleep(2)
        assert asked - before <= 5 * len(posts)
        assert len(toy.network.asked) == 1
        toy.network.gate.set()


async def test_full_hands_behind_a_host_that_is_down_make_room_for_others(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "_MOST_HELD", 20)
    heron = await another(toy, toy.network, "Heron")
    async with toy_network() as lively:
        other = await another(toy, lively, "Ibis")
        due_at = clock.now() + timedelta(seconds=2)
        for n in range(10):
            await toy.post(f"Juniper {n}", due_at=due_at)
            await heron.post(f"Heron {n}", due_at=due_at)
        async with toy.working():
            while await count(toy, State.CLAIMED) < 20:  # noqa: ASYNC110  # a condition of the database's
                await asyncio.sleep(0.02)
            await down(toy, for_s=30)
            quick = await other.post("Quick", due_at=due_at + timedelta(seconds=1))
            assert await other.until(quick, State.PUBLISHED, within_s=20) == [State.PUBLISHED]
    assert lively.arrivals[0] < due_at + timedelta(seconds=3)
    assert await count(toy, State.SCHEDULED) >= 10


async def test_what_was_taken_back_does_not_pay(database: Database, network: ToyNetwork, tmp_path: Path) -> None:
    async with queue(database, connector(budget=_ONE_A_DAY), network, FolderStore(tmp_path)) as toy:
        gone = await toy.post("Gone")
        await toy.post("Here")
        worker_id = await working.join(toy.deps)
        ready = await held(toy, worker_id)
        await take_back(toy, gone)
        assert texts(await publishing.arm(toy.deps, worker_id, [ready["Gone"]])) == []
        assert texts(await publishing.arm(toy.deps, worker_id, [ready["Here"]])) == ["Here"]


async def test_what_is_due_first_gets_what_is_left_of_a_budget_edited_or_not(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    async with queue(database, connector(budget=_ONE_A_DAY), network, FolderStore(tmp_path)) as toy:
        now = clock.now()
        edited = await toy.post("First", due_at=now - timedelta(seconds=20))
        await toy.post("Second", due_at=now - timedelta(seconds=10))
        async with database.transaction() as session:
            await session.execute(update(PostItemRow).where(PostItemRow.post_id == edited).values(version=2))
        worker_id = await working.join(toy.deps)
        ready = await held(toy, worker_id)
        assert texts(await publishing.arm(toy.deps, worker_id, [ready["First"], ready["Second"]])) == ["First"]


async def test_a_gate_whose_time_is_over_counts_as_open(toy: Queue) -> None:
    now = clock.now()
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key_of_account(toy.account.id), closed_until=now - timedelta(days=3), openings=0, recent="",
                reason=Reason.RATE_LIMITED.value, since=now - timedelta(days=4), ledgers={}, updated_at=now,
            )
        )  # fmt: skip
    open_, _ = await turns.next_claim_at_open_gates(toy.deps.database, now=now)
    assert open_
