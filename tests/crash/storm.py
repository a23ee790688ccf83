"""A storm over a queue: rounds of posts, in each of which a worker is killed and other things go wrong, from a seed.

What goes wrong, and when, is a `Forecast` drawn beforehand. What a dead worker held goes on in later rounds, in the
hands of workers that die too. At the end the server's own log says what came of it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.publication import State
from storage.tables import PostItemRow, WorkerRow
from tests.crash.arena import LEASE_S, Arena, Worker, numbered
from tests.crash.postgres import OwnPostgres, StopMode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_AHEAD_S = 1.0
"""How long before their instant a round's posts are written."""
_LONGEST_ROUND_S = 2.5
_STUCK_S = 90.0
"""Nothing goes out for so long: whatever is open then is lost."""
_CHANCE_OF_FREEZE = 0.2
_CHANCE_OF_RESTART = 0.2
_EVER_FROZEN, _EVER_RESTARTED = 1, 3
_WEATHER = (("lose_answer", 0.02), ("lose_request", 0.01), ("500_after", 0.01), ("late", 0.005))
"""What the network does to one request, and with what chance. What waits for a proof of absence takes long: few."""
_AWAY = (DBAPIError, OSError)
"""What a database that is away raises in the test's own process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """SIGSTOP after a while, SIGCONT a while later: usually past the lease."""

    after_s: float
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The database server stops after a while, and starts again after another."""

    after_s: float
    mode: StopMode
    away_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What happens in one round. Instants are seconds after its posts were written."""

    kill_after_s: float
    victim: int
    """Which worker is killed; the next one is the one that freezes."""
    freeze: Freeze | None
    restart: Restart | None


def forecast(chances: random.Random, rounds: int, *, restarts: bool) -> list[Forecast]:
    """The rounds of one seed. Also a short storm has some of everything."""
    return [
        _round(chances, freezes=number % 25 == _EVER_FROZEN, restarts=restarts, stops=number % 25 == _EVER_RESTARTED)
        for number in range(rounds)
    ]


def _round(chances: random.Random, *, freezes: bool, restarts: bool, stops: bool) -> Forecast:
    freeze = Freeze(after_s=chances.uniform(0.2, 2.0), for_s=chances.uniform(3.5, LEASE_S + 3.0))
    away_s = chances.choice((0.0, chances.uniform(0.1, 1.5), chances.uniform(2.0, LEASE_S + 1.0)))
    restart = Restart(
        after_s=chances.uniform(0.2, 2.0), mode=chances.choice(("fast", "immediate", "immediate")), away_s=away_s
    )
    freezes |= chances.random() < _CHANCE_OF_FREEZE
    stops |= chances.random() < _CHANCE_OF_RESTART
    return Forecast(
        kill_after_s=chances.uniform(0.1, _LONGEST_ROUND_S),
        victim=chances.randrange(2),
        freeze=freeze if freezes else None,
        restart=restart if stops and restarts else None,
    )


def network_weather(chances: random.Random) -> Callable[[str], str]:
    """A behaviour for the toy network: most requests go well."""
    names, weights = [name for name, _ in _WEATHER], [weight for _, weight in _WEATHER]
    return lambda _: chances.choices(["ok", *names], [1 - sum(weights), *weights])[0]


@dataclass(kw_only=True)
class Tally:
    """What a storm came to."""

    name: str
    seed: int
    kills: int = 0
    stops: int = 0
    restarts: int = 0
    posts: int = 0
    doubt_max: int = 0
    """Armed items that a dead worker left."""
    resolved_s: list[float] = field(default_factory=list)
    """How long such items stayed in doubt after the last crash or outage, without the time the database was away."""
    faults: int = 0
    doubles: int = 0
    losses: int = 0
    took_s: float = 0.0

    def resolved(self, share: float) -> float:
        """That quantile of the waits, in seconds."""
        waits = sorted(self.resolved_s) or [0.0]
        return waits[min(int(len(waits) * share), len(waits) - 1)]

    def row(self) -> list[str]:
        """For the table."""
        counts = (self.kills, self.stops, self.restarts, self.posts, self.faults, self.doubt_max)
        waits = (self.resolved(0.99), self.resolved(1.0))
        return [
            self.name,
            *map(str, counts),
            *(f"{wait_s:.1f}" for wait_s in waits),
            str(self.doubles),
            str(self.losses),
            f"{self.took_s:.0f}",
        ]


TABLE_HEAD = (
    *("storm", "kills", "stops", "restarts", "posts", "faults", "in doubt max", "resolved p99 s", "max s"),
    *("doubles", "losses", "took s"),
)


@dataclass(kw_only=True)
class Storm:
    """One storm over one arena."""

    arena: Arena
    server: OwnPostgres | None
    """The database's server, if it may be restarted."""
    seed: int
    team: int
    """How many workers there are."""
    posts: int
    """In each round."""
    tally: Tally
    say: Callable[[str], None]
    _team: list[Worker] = field(default_factory=list)
    _in_doubt: dict[ItemId, float] = field(default_factory=dict)
    """Since when: the boot clock, set forward by whatever kept everybody from looking."""
    _down: int = 0

    async def rage(self, rounds: int) -> None:
        """All rounds, then calm until nothing is open."""
        began_s = clock.uptime_s()
        chances = random.Random(self.seed)  # noqa: S311  # to be repeated, not to be secret
        self.arena.network.behaviour = self._counted(network_weather(chances))
        async with self._watching():
            for number, weather in enumerate(forecast(chances, rounds, restarts=self.server is not None)):
                await self._round(number, weather)
                self.say(f"{self.tally.name}: round {number + 1} of {rounds}, {await self._story(weather)}")
            self.arena.network.behaviour = lambda _: "ok"
            await self._man()
            await self._calm()
        await asyncio.sleep(1)
        for worker in self._team:
            assert await worker.end() == 0, worker.log()[-3000:]
        self._judge(rounds)
        self.tally.took_s = clock.uptime_s() - began_s

    def _counted(self, behaviour: Callable[[str], str]) -> Callable[[str], str]:
        def counting(text: str) -> str:
            what = behaviour(text)
            self.tally.faults += what != "ok"
            return what

        return counting

    async def _story(self, weather: Forecast) -> str:
        parts = [f"killed after {weather.kill_after_s:.2f} s"]
        if weather.freeze is not None:
            parts.append(f"one stopped for {weather.freeze.for_s:.1f} s")
        if weather.restart is not None:
            parts.append(f"database stopped ({weather.restart.mode}) for {weather.restart.away_s:.1f} s")
        states = await self.arena.states()
        still = ", ".join(f"{count} {state}" for state, count in sorted(states.items()) if state != State.PUBLISHED)
        return "; ".join(parts) + f"; {len(self._in_doubt)} in doubt" + (f" ({still})" if still else "")

    async def _round(self, number: int, weather: Forecast) -> None:
        await self._man()
        await self.arena.post_many(self.posts, clock.now() + timedelta(seconds=_AHEAD_S), _name(number))
        self.tally.posts += self.posts
        victim = self._team[weather.victim % self.team]
        other = self._team[(weather.victim + 1) % self.team]
        kill_after_s = weather.kill_after_s
        troubles: list[Awaitable[None]] = []
        if weather.freeze is not None:
            troubles.append(self._freeze(other, weather.freeze))
            if other is victim:  # alone, it dies some time after it woke
                kill_after_s += weather.freeze.after_s + weather.freeze.for_s
        troubles.append(self._kill(victim, kill_after_s))
        if weather.restart is not None:
            troubles.append(self._restart(weather.restart))
        await asyncio.gather(*troubles)

    async def _man(self) -> None:
        """As many workers at work as there should be."""
        with self._nobody_looks():
            self._team = [worker for worker in self._team if worker.process.poll() is None]
            while len(self._team) < self.team:
                self._team.append(self.arena.start())
            for worker in self._team:
                await self.arena.until_true(lambda worker=worker: "worker joined" in worker.log(), within_s=60)

    # --- What goes wrong ---

    async def _kill(self, worker: Worker, after_s: float) -> None:
        await asyncio.sleep(after_s)
        killed_at_s = worker.kill()
        self.tally.kills += 1
        for item_id in self._in_doubt:
            self._in_doubt[item_id] = killed_at_s
        held = await self._held_by(worker)
        self.tally.doubt_max = max(self.tally.doubt_max, len(held))
        self._in_doubt |= dict.fromkeys(held, killed_at_s)

    async def _held_by(self, worker: Worker) -> list[ItemId]:
        """What a dead worker had armed. Nothing is known of it when the database stays away for longer."""
        armed = (
            select(PostItemRow.id)
            .join(WorkerRow, WorkerRow.id == PostItemRow.worker_id)
            .where(WorkerRow.pid == worker.process.pid, PostItemRow.state == State.SENDING.value)
        )
        for _ in range(20):
            with suppress(*_AWAY):
                async with self.arena.queue.deps.database.reading() as session:
                    return [ItemId(item_id) for item_id in await session.scalars(armed)]
            await asyncio.sleep(0.2)
        return []

    async def _freeze(self, worker: Worker, freeze: Freeze) -> None:
        await asyncio.sleep(freeze.after_s)
        if worker.process.poll() is not None:
            return
        self.tally.stops += 1
        with self._nobody_looks():
            worker.freeze()
            await asyncio.sleep(freeze.for_s)
            if worker.process.poll() is None:
                worker.wake()

    async def _restart(self, restart: Restart) -> None:
        assert self.server is not None
        await asyncio.sleep(restart.after_s)
        self.tally.restarts += 1
        with self._nobody_looks():
            await self.server.restart(restart.mode, away_s=restart.away_s)

    @contextmanager
    def _nobody_looks(self) -> "Iterator[None]":
        """Time in which the doubtful cannot be looked for, or only by fewer workers than there should be."""
        self._down += 1
        try:
            yield
        finally:
            self._down -= 1
            if not self._down:
                self._in_doubt = dict.fromkeys(self._in_doubt, clock.uptime_s())

    # --- What comes of it ---

    @asynccontextmanager
    async def _watching(self) -> "AsyncIterator[None]":
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self) -> None:
        """See each doubtful item being decided."""
        open_states = [State.SENDING.value, State.UNCONFIRMED.value]
        while True:
            await asyncio.sleep(0.2)
            known = dict(self._in_doubt)
            if not known:
                continue
            still_open = select(PostItemRow.id).where(PostItemRow.id.in_(known), PostItemRow.state.in_(open_states))
            with suppress(*_AWAY):
                async with self.arena.queue.deps.database.reading() as session:
                    still = set(await session.scalars(still_open))
                now_s = clock.uptime_s()
                for item_id in known.keys() - still:
                    self.tally.resolved_s.append(now_s - max(known[item_id], self._in_doubt.pop(item_id)))

    async def _calm(self) -> None:
        """Until nothing is open, for as long as something still goes out: short rounds leave thousands to drain."""
        published, grew_at_s = -1, clock.uptime_s()
        while clock.uptime_s() - grew_at_s < _STUCK_S:
            with suppress(*_AWAY):
                states = await self.arena.states()
                if set(states) == {State.PUBLISHED}:
                    break
                if states[State.PUBLISHED] > published:
                    published, grew_at_s = states[State.PUBLISHED], clock.uptime_s()
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)

    def _judge(self, rounds: int) -> None:
        wanted, there = Counter(self._texts(rounds)), Counter(self.arena.network.texts())
        self.tally.doubles = (there - wanted).total()
        self.tally.losses = (wanted - there).total()

    def _texts(self, rounds: int) -> Sequence[str]:
        return numbered(self.posts, [_name(number) for number in range(rounds)])


def _name(number: int) -> str:
    return f"Round {number}, post"
