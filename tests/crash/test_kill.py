"""SIGKILL at each point of an item's life, and a new worker: one post on the server, the item published."""

import asyncio
import os
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.publication import State
from tests.crash.arena import FOUND_WITHIN_S, PATIENCE_S, Arena, Worker
from tests.crash.worker import Point

_full = pytest.mark.skipif(not os.environ.get("CRASH_KILLS"), reason="only in `make crash`, for the time it takes")
_plain = pytest.mark.parametrize("keyed", [False], ids=["plain"])
_usually_plain = pytest.mark.parametrize("keyed", [False, pytest.param(True, marks=_full)], ids=["plain", "record"])
_usually_record = pytest.mark.parametrize("keyed", [True, pytest.param(False, marks=_full)], ids=["record", "plain"])


async def _restart(arena: Arena, killed_at_s: float, within_s: float = FOUND_WITHIN_S) -> None:
    """A new worker; the item is published in time."""
    arena.start()
    await arena.until_only(State.PUBLISHED, within_s=within_s + PATIENCE_S)
    took_s = clock.uptime_s() - killed_at_s
    print(f"published {took_s:.2f} s after the kill")  # noqa: T201  # a figure for whoever runs it with -s
    if os.environ.get("CRASH_KILLS"):  # `make crash` has the machine for itself
        assert took_s < within_s
    await asyncio.sleep(1)
    arena.assert_once(["Hello"])


async def _reach(arena: Arena, point: Point) -> Worker:
    await arena.queue.post("Hello")
    worker = arena.start(point)
    await arena.until_true(worker.settings.ready.exists)
    return worker


@_usually_record
async def test_killed_after_claiming_and_before_arming(arena: Arena) -> None:
    worker = await _reach(arena, "claimed")
    assert await arena.states() == {State.CLAIMED: 1}
    await _restart(arena, worker.kill())


async def test_killed_while_it_waits_for_its_second(arena: Arena) -> None:
    await arena.queue.post("Hello", due_at=clock.now() + timedelta(seconds=6))
    worker = arena.start()
    await arena.until_only(State.CLAIMED, within_s=PATIENCE_S)
    await _restart(arena, worker.kill(), within_s=11)


async def test_killed_when_armed_and_before_the_first_byte(arena: Arena) -> None:
    worker = await _reach(arena, "armed")
    assert await arena.states() == {State.SENDING: 1}
    await _restart(arena, worker.kill())


@_full
@_plain
async def test_killed_when_armed_where_only_looking_long_enough_is_a_proof(arena: Arena) -> None:
    worker = await _reach(arena, "armed")
    await _restart(arena, worker.kill(), within_s=60)


@_usually_plain
async def test_killed_in_the_middle_of_the_request(arena: Arena) -> None:
    arena.network.behaviour = lambda _: "gate"
    await arena.queue.post("Hello")
    worker = arena.start()
    await arena.until_true(lambda: arena.network.asked == ["Hello"])
    killed_at_s = worker.kill()
    arena.network.gate.set()
    await _restart(arena, killed_at_s)


async def test_killed_in_mid_request_and_the_server_carries_it_out_long_after(arena: Arena) -> None:
    answers = iter(["gate"])
    arena.network.behaviour = lambda _: next(answers, "ok")
    await arena.queue.post("Hello")
    worker = arena.start()
    await arena.until_true(lambda: arena.network.asked == ["Hello"])
    worker.kill()
    arena.start()
    await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    arena.network.gate.set()
    await asyncio.sleep(1)
    assert arena.network.texts() == ["Hello"]


@_full
@_plain
async def test_a_request_carried_out_long_after_the_kill_is_waited_for(arena: Arena) -> None:
    arena.network.behaviour = lambda _: "gate"
    await arena.queue.post("Hello")
    worker = arena.start()
    await arena.until_true(lambda: arena.network.asked == ["Hello"])
    killed_at_s = worker.kill()
    asyncio.get_running_loop().call_later(25, arena.network.gate.set)
    await _restart(arena, killed_at_s, within_s=60)


@_usually_plain
async def test_killed_after_the_answer_and_before_settling(arena: Arena) -> None:
    worker = await _reach(arena, "answered")
    assert await arena.states() == {State.SENDING: 1}
    assert arena.network.texts() == ["Hello"]
    await _restart(arena, worker.kill())
