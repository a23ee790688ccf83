"""Machines whose clock is wrong or is set: posts go out by the database's time, once each."""

import asyncio
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.publication import State
from tests.crash.arena import Arena, numbered

_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_plain = pytest.mark.parametrize("keyed", [False], ids=["plain"])
_FIVE_MINUTES_S = 300.0


@_postgresql
@pytest.mark.parametrize("ahead_s", [_FIVE_MINUTES_S, -_FIVE_MINUTES_S])
async def test_a_machine_five_minutes_off_sends_at_the_databases_second_and_is_told(
    arena: Arena, ahead_s: float
) -> None:
    """Looking works as well: what runs each second does not wait until the machine's clock has come that far."""
    arena.network.behaviour = lambda text: "lose_answer" if text == "Lost" else "ok"
    worker = arena.start(ahead_s=ahead_s)
    await arena.until_true(lambda: "worker joined" in worker.log())
    due_at = clock.now() + timedelta(seconds=2)
    await arena.queue.post("Hello", due_at=due_at)
    await arena.queue.post("Lost", due_at=due_at)
    await arena.until_only(State.PUBLISHED, within_s=40)
    assert all(timedelta(0) <= at - due_at < timedelta(seconds=30) for at in arena.network.arrivals)
    arena.assert_once(["Hello", "Lost"])
    assert "this machine's clock is wrong: set it" in worker.log()
    assert await worker.end() == 0


@_plain
@pytest.mark.parametrize("step_s", [_FIVE_MINUTES_S, -10.0])
async def test_clocks_set_in_mid_drain_double_nothing_and_lose_nothing(arena: Arena, step_s: float) -> None:
    """On SQLite the machine's time is what counts: set back, what is not sent yet waits for its second to come again.

    Some answers are lost, so that somebody has to look before and after; by the clock five minutes passed in between,
    and a look that finds nothing must not take that for a proof.
    """
    arena.network.latency_s = 0.2
    arena.network.behaviour = lambda text: "lose_answer" if text.endswith("7") else "ok"
    workers = [arena.start(ahead_s=0), arena.start(ahead_s=0)]
    await arena.until_true(lambda: all("worker joined" in worker.log() for worker in workers))
    await arena.post_many(200, clock.now() + timedelta(seconds=1))
    await arena.until_true(lambda: len(arena.network.asked) >= 60)
    for worker in workers:
        worker.set_clock(step_s)
        await asyncio.sleep(0.3)
    await arena.until_only(State.PUBLISHED, within_s=90)
    arena.assert_once(numbered(200))
    assert [await worker.end() for worker in workers] == [0, 0]
    assert all("this machine's clock was set" in worker.log() for worker in workers)


@_postgresql
@pytest.mark.parametrize("step_s", [_FIVE_MINUTES_S, -_FIVE_MINUTES_S])
async def test_a_clock_set_on_a_machine_does_not_move_a_second_of_the_databases(arena: Arena, step_s: float) -> None:
    arena.network.behaviour = lambda text: "lose_answer" if text == "Lost" else "ok"
    worker = arena.start(ahead_s=0)
    await arena.until_true(lambda: "worker joined" in worker.log())
    due_at = clock.now() + timedelta(seconds=3)
    await arena.queue.post("Hello", due_at=due_at)
    await arena.queue.post("Lost", due_at=due_at)
    worker.set_clock(step_s)
    await arena.until_only(State.PUBLISHED, within_s=40)
    assert all(timedelta(0) <= at - due_at < timedelta(seconds=30) for at in arena.network.arrivals)
    arena.assert_once(["Hello", "Lost"])
