"""What is timed beside waiting posts: the queue's own statements, and what people look at. Each returns seconds."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

from benchmarks import multitude
from benchmarks.multitude import Crowd
from bot import clock
from bot.domain.holds import Hold
from bot.domain.ids import WorkerId
from bot.domain.items import Live, Outcome
from bot.domain.publication import Event
from bot.services import connecting, journal, onboarding, publishing, reconciling, slotting, working, workspaces
from bot.services.deps import Deps
from bot.services.publishing import Job, Ready
from platforms.base import Prepared
from storage import brands, holds, items

AT_ONCE = 100
_WEEK = timedelta(days=7)
_AGO = timedelta(seconds=10)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A database with its crowd, and a worker that holds what is claimed."""

    deps: Deps
    crowd: Crowd
    worker_id: WorkerId
    rounds: "itertools.count[int]" = field(default_factory=itertools.count)

    async def have_due(self, count: int, *, late: bool = False) -> None:
        """Make items due just now, spread over all accounts; or items that are past their grace."""
        due_at = clock.now() - (multitude.GRACE + _AGO if late else _AGO)
        name = f"{'l' if late else 'd'}{next(self.rounds):03d}_"
        await multitude.add_due(self.deps.database, self.crowd, self.crowd.accounts, count, due_at=due_at, name=name)

    async def stay(self) -> None:
        """Keep the worker's lease; a machine that is busy elsewhere may have let it lapse."""
        if not await working.stay(self.deps, self.worker_id):
            self.worker_id = await working.join(self.deps)

    async def ask(self, question: "Question") -> float:
        """Seconds that it took, with the worker's lease alive."""
        await self.stay()
        return await question.ask(self)

    async def hold_overdue(self, count: int) -> None:
        """Have that many items of one brand overdue, within their grace, and the brand on hold."""
        of = self.crowd.of_brand(0)
        now = clock.now()
        await multitude.add_due(self.deps.database, self.crowd, of, count, due_at=now - _AGO, name="h")
        async with self.deps.database.transaction() as session:
            hold = Hold(since=now, by="a benchmark")
            await holds.set_hold(session, self.crowd.workspace_id, of[0].brand_id, hold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A name for the table, and how it is timed once."""

    name: str
    ask: Callable[[Stage], Awaitable[float]]
    most_ms: float | None = None
    """The goal, if it is an absolute one."""
    most_ratio: float | None = None
    """The goal for the largest crowd's figure over the smallest's."""

    def judged(self, took_ms: float, ratio: float) -> tuple[str, bool]:
        """The goal in words ("" if there is none), and whether it is met beside the largest crowd."""
        if self.most_ms is not None:
            return f"at most {self.most_ms:g} ms", took_ms <= self.most_ms
        if self.most_ratio is not None:
            return f"at most {self.most_ratio:g} times", ratio <= self.most_ratio
        return "", True


async def idle_look(stage: Stage) -> float:
    """What a worker asks each second while nothing is due."""
    before_s = perf_counter()
    await publishing.next_claim_in_s(stage.deps)
    return perf_counter() - before_s


async def empty_claim(stage: Stage) -> float:
    """A claim that finds nothing."""
    before_s = perf_counter()
    await publishing.claim(stage.deps, stage.worker_id, limit=AT_ONCE)
    return perf_counter() - before_s


async def recover(stage: Stage) -> float:
    """The tick that looks for vanished workers and late items."""
    before_s = perf_counter()
    await reconciling.recover(stage.deps)
    return perf_counter() - before_s


async def claim(stage: Stage) -> float:
    """Claim 100 of those due and read all that publishing them takes; they are published afterwards."""
    jobs, took_s = await _claimed(stage)
    await _publish(stage, jobs)
    return took_s


async def arm_and_settle(stage: Stage) -> float:
    """Arm 100 and settle 100."""
    jobs, _ = await _claimed(stage)
    return await _publish(stage, jobs)


async def _claimed(stage: Stage) -> tuple[list[Job], float]:
    await stage.have_due(AT_ONCE)
    await stage.stay()
    before_s = perf_counter()
    jobs = await publishing.claim(stage.deps, stage.worker_id, limit=AT_ONCE)
    took_s = perf_counter() - before_s
    if len(jobs) != AT_ONCE:
        raise RuntimeError(f"{len(jobs)} items were claimed, not {AT_ONCE}")
    return jobs, took_s


async def _publish(stage: Stage, jobs: list[Job]) -> float:
    ready = [Ready(job=job, prepared=Prepared(data={"text": job.item.text, "key": job.item.key})) for job in jobs]
    before_s = perf_counter()
    armed = (await publishing.arm(stage.deps, stage.worker_id, ready)).armed
    outcomes: list[Outcome] = []
    for one in armed:
        item = one.ready.job.item
        live = Live(platform_post_id=f"id-{item.id}", permalink=f"https://sink.example/{item.id}")
        outcomes.append(Outcome(item=item, attempt=one.attempt, event=Event.CREATED, at=clock.now(), live=live))
    await publishing.settle(stage.deps, outcomes)
    took_s = perf_counter() - before_s
    if len(armed) != len(jobs):
        raise RuntimeError(f"{len(armed)} items were armed, not {len(jobs)}")
    return took_s


async def miss(stage: Stage) -> float:
    """Turn 100 late items to missed."""
    await stage.have_due(AT_ONCE, late=True)
    before_s = perf_counter()
    async with stage.deps.database.transaction() as session:
        missed = await items.miss_late(session, now=clock.now())
    took_s = perf_counter() - before_s
    if len(missed) != AT_ONCE:
        raise RuntimeError(f"{len(missed)} items were missed, not {AT_ONCE}")
    return took_s


async def queue(stage: Stage) -> float:
    """What `/social queue` reads, for all brands, and the free slots that it has for one."""
    (brand, *_) = await workspaces.list_brands(stage.deps, [stage.crowd.workspace_id])
    before_s = perf_counter()
    until = clock.now() + _WEEK
    await journal.upcoming(stage.deps, stage.crowd.workspace_id, until=until)
    await slotting.free_ahead(stage.deps, [brand], until=until)
    return perf_counter() - before_s


async def home(stage: Stage) -> float:
    """What App Home reads, for all brands."""
    deps, workspace_id = stage.deps, stage.crowd.workspace_id
    before_s = perf_counter()
    until = clock.now() + _WEEK
    known = await workspaces.list_brands(deps, [workspace_id])
    await journal.needing(deps, workspace_id, limit=30)
    await journal.overdue_on_hold(deps, workspace_id, limit=30)
    await journal.upcoming(deps, workspace_id, until=until, limit=300)
    await slotting.free_ahead(deps, known, until=until)
    await journal.drafts(deps, workspace_id, "benchmarks", limit=30)
    await connecting.waiting(deps, stage.crowd.accounts)
    await journal.list_posts(deps, workspace_id, limit=10)
    await onboarding.progress(deps, workspace_id)
    return perf_counter() - before_s


async def newest(stage: Stage) -> float:
    """What `herald posts list` reads, for one brand."""
    async with stage.deps.database.reading() as session:
        (brand, *_) = await brands.list_brands(session, stage.crowd.workspace_id)
    before_s = perf_counter()
    await journal.list_posts(stage.deps, stage.crowd.workspace_id, brand=brand)
    return perf_counter() - before_s


async def why(stage: Stage) -> float:
    """The journal of one post."""
    (post, *_) = await journal.list_posts(stage.deps, stage.crowd.workspace_id, limit=1)
    before_s = perf_counter()
    await journal.why(stage.deps, stage.crowd.workspace_id, post.post_id)
    return perf_counter() - before_s


async def look_past_held(stage: Stage) -> float:
    """The question and the claim of a worker while many items of a held brand are overdue."""
    return await idle_look(stage) + await empty_claim(stage)


HELD = Question(name="look and claim past a held brand", ask=look_past_held, most_ms=20.0)
QUESTIONS = (
    Question(name="idle look", ask=idle_look, most_ms=2.0),
    Question(name="claim that finds nothing", ask=empty_claim),
    Question(name="recover, nothing to do", ask=recover),
    Question(name="claim 100 and load them", ask=claim, most_ratio=1.5),
    Question(name="arm and settle 100", ask=arm_and_settle),
    Question(name="100 late ones to missed", ask=miss),
    Question(name="/social queue", ask=queue, most_ms=300.0),
    Question(name="App Home", ask=home, most_ms=300.0),
    Question(name="posts list", ask=newest, most_ms=300.0),
    Question(name="posts why", ask=why, most_ms=300.0),
)
