"""Kills at random instants of a drain; the oracle is the server's own log."""

import asyncio
import os
import random
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.publication import State
from tests.crash.arena import FOUND_WITHIN_S, Arena, numbered

_POSTS = 200
_KILLS = {"": 5, "full": 100}


def _kills() -> int:
    wanted = os.environ.get("CRASH_KILLS", "")
    return _KILLS.get(wanted) or int(wanted)


@pytest.mark.timeout(100 + 10 * _kills())
async def test_workers_killed_at_random_instants_lose_nothing_and_double_nothing(arena: Arena) -> None:
    """Each round has its posts, due at one instant, and a worker that dies somewhere around it.

    What a dead worker held goes on in later rounds, in the hands of workers that die too.
    """
    seed = int(os.environ.get("CRASH_SEED", "20261121"))
    instants = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    arena.network.latency_s = 0.1
    rounds = _kills()
    doubtful = 0
    for number in range(rounds):
        worker = arena.start()
        await arena.until_true(lambda log=worker.log: "worker joined" in log())
        due_at = clock.now() + timedelta(seconds=1.0)
        await arena.post_many(_POSTS, due_at, f"Round {number}, post")
        await asyncio.sleep(instants.uniform(0.0, 2.0))
        worker.kill()
        doubtful += (await arena.states())[State.SENDING]
    killed_at_s = clock.uptime_s()
    arena.start()
    await arena.until_only(State.PUBLISHED, within_s=60)
    took_s = clock.uptime_s() - killed_at_s
    print(f"seed {seed}: {rounds} kills, {doubtful} posts in doubt, all published {took_s:.1f} s after the last")  # noqa: T201
    await asyncio.sleep(1)
    arena.assert_once(numbered(_POSTS, [f"Round {number}, post" for number in range(rounds)]))
    assert took_s < FOUND_WITHIN_S + 20
