"""A queue, a network that outlives its workers, and workers to be killed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from bot import clock
from bot.domain.ids import PostId
from bot.domain.publication import State
from storage.tables import GateRow, PostItemRow
from tests.crash.worker import Point, Settings
from tests.toy import ToyNetwork
from tests.toy_queue import Queue

LEASE_S = 5.0
FOUND_WITHIN_S = LEASE_S + 5.0
"""Presence is found, or a keyed repeat resolved, that long after a worker vanished."""
PATIENCE_S = 90.0
"""How long to wait for what takes a second or two on a machine that has nothing else to do."""
_ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class Worker:
    """A running worker process."""

    process: subprocess.Popen[bytes]
    settings: Settings

    def kill(self) -> float:
        """SIGKILL, and its end. Returns when (on the boot clock, in seconds)."""
        self.process.kill()
        self.process.wait()
        return clock.uptime_s()

    def freeze(self) -> None:
        """SIGSTOP: it does nothing more, and its connections stay open."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def set_clock(self, ahead_s: float) -> None:
        """Set the clock of its machine; for a worker that was started on one."""
        draft = self.settings.ahead.with_suffix(".new")
        draft.write_text(str(ahead_s))
        draft.replace(self.settings.ahead)

    def wake(self) -> None:
        """SIGCONT, and let the item that was held go on."""
        self.settings.go.touch()
        os.kill(self.process.pid, signal.SIGCONT)

    async def end(self) -> int:
        """SIGTERM, and wait for the clean end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, PATIENCE_S)

    def log(self) -> str:
        """What it said."""
        return (Path(self.settings.folder) / "log").read_text()


@dataclass(kw_only=True)
class Arena:
    """Everything that stays while workers come and go."""

    queue: Queue
    settings: Settings
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    @property
    def network(self) -> ToyNetwork:
        """The server; it runs in the test's process."""
        return self.queue.network

    def start(self, point: Point = "", *, ahead_s: float | None = None) -> Worker:
        """A new worker, which stops its items at that point. `ahead_s`: on a machine whose clock is so far ahead."""
        folder = self.folder / f"worker-{len(self.workers)}"
        folder.mkdir()
        settings = replace(self.settings, folder=str(folder), point=point)
        command = [sys.executable, "-m", "tests.crash.worker", settings.as_json()]
        if ahead_s is not None:
            settings.ahead.write_text(str(ahead_s))
            command = [sys.executable, "-m", "tests.crash.skewed", settings.as_json(), str(settings.ahead)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log)  # noqa: S603  # our own program
        worker = Worker(process=process, settings=settings)
        self.workers.append(worker)
        return worker

    def kill_all(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()

    async def post_many(self, count: int, due_at: datetime, name: str = "Post") -> list[PostId]:
        """So many posts at one instant."""
        return await self.queue.post_all(numbered(count, (name,)), due_at)

    async def states(self) -> Counter[State]:
        """How many items are in each state."""
        async with self.queue.deps.database.reading() as session:
            return Counter(State(state) for state in await session.scalars(select(PostItemRow.state)))

    async def until(self, condition: Callable[[Counter[State]], bool], *, within_s: float) -> Counter[State]:
        """Wait until the states are as wanted; fails with them and the workers' last words otherwise."""
        deadline_s = clock.uptime_s() + within_s
        while True:
            states = await self.states()
            if condition(states):
                return states
            assert clock.uptime_s() < deadline_s, f"{states}\n{await self._gates()}\n{self._last_words()}"
            await asyncio.sleep(0.05)

    async def until_only(self, *wanted: State, within_s: float) -> Counter[State]:
        """Wait until every item is in one of these states."""
        return await self.until(lambda states: set(states) <= set(wanted), within_s=within_s)

    async def freeze(self, worker: Worker) -> None:
        """SIGSTOP between two transactions: a process stopped inside one keeps SQLite's one lock, and nobody writes."""
        while True:
            worker.freeze()
            if await asyncio.to_thread(self._can_be_written):
                return
            os.kill(worker.process.pid, signal.SIGCONT)
            await asyncio.sleep(0.05)

    def _can_be_written(self) -> bool:
        url = self.queue.deps.database.url
        if not url.drivername.startswith("sqlite"):
            return True
        connection = sqlite3.connect(str(url.database), timeout=0.05, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    async def until_true(self, condition: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
        """Wait for something outside the database."""
        deadline_s = clock.uptime_s() + within_s
        while not condition():
            assert clock.uptime_s() < deadline_s, self._last_words()
            await asyncio.sleep(0.01)

    def assert_once(self, texts: Collection[str]) -> None:
        """The server's own log: every post is there once, was asked for once, and nothing else is."""
        assert Counter(self.network.texts()) == Counter(texts)
        assert self.repeats() == {}

    def repeats(self) -> dict[str, int]:
        """Texts whose creating call came more than once, and how often."""
        return {text: times for text, times in Counter(self.network.asked).items() if times > 1}

    async def _gates(self) -> str:
        """What closes the way, or did: the usual reason why nothing goes out."""
        async with self.queue.deps.database.reading() as session:
            gates = await session.scalars(select(GateRow).order_by(GateRow.key))
            return "\n".join(
                f"gate {gate.key}: {gate.reason} until {gate.closed_until}, recent {gate.recent!r}, since {gate.since},"
                f" openings {gate.openings}, tried by {gate.probe_item_id} until {gate.probe_until}"
                for gate in gates
            )

    def _last_words(self) -> str:
        return "\n".join(f"--- worker {n}\n{worker.log()[-3000:]}" for n, worker in enumerate(self.workers))


def numbered(count: int, names: Sequence[str] = ("Post",)) -> list[str]:
    """The texts that `post_many` makes."""
    return [f"{name} {number}" for name in names for number in range(count)]
