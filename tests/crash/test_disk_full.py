"""The disk is full in the middle of a drain: answers are kept and written down later, and nothing new is sent.

A limit on the size of the files that the worker may write, set from outside while it runs, does to its writes what a
full disk does, and needs neither rights nor a disk of its own.
"""

import asyncio
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot import clock
from bot.domain.publication import State
from tests.crash.arena import LEASE_S, PATIENCE_S, Arena, Worker, numbered

_POSTS = 200
_SOMETIMES = 6
"""Once for each time it begins: a write that is small enough may succeed in between."""
_SAID_ONCE = ("answers not saved yet, kept", "arming failed", "lease not renewed", "storage.commit_failed")

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _fill(worker: Worker, database_url: str) -> None:
    """No file of this worker may grow any more."""
    log = Path(f"{make_url(database_url).database}-wal")
    _, hard = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, hard))


def _make_room(worker: Worker) -> None:
    _, hard = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.parametrize("full_s", [1.5, LEASE_S + 2.0], ids=["within-the-lease", "past-the-lease"])
async def test_a_full_disk_loses_no_answer_and_sends_nothing_that_is_not_armed(arena: Arena, full_s: float) -> None:
    arena.network.latency_s = 0.2
    worker = arena.start()
    await arena.until_true(lambda: "worker joined" in worker.log())
    await arena.post_many(_POSTS, clock.now() + timedelta(seconds=1.5))
    await arena.until_true(lambda: len(arena.network.asked) >= 40)
    _fill(worker, arena.settings.database_url)
    await arena.until_true(lambda: "answers not saved yet, kept" in worker.log())
    await asyncio.sleep(full_s)
    states = await arena.states()
    assert len(arena.network.asked) <= states[State.SENDING] + states[State.PUBLISHED]
    _make_room(worker)
    await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    assert await worker.end() == 0
    arena.assert_once(numbered(_POSTS))
    said = worker.log()
    assert {line: said.count(line) for line in _SAID_ONCE if said.count(f"{line}\n") > _SOMETIMES} == {}
