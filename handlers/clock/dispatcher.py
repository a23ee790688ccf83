"""The timer that fires at the second. No rules: it decides *when* bot/services/publishing.py is called.

Four kinds of loop share the work, each the only kind that does its part:

- `_keep_lease` renews the worker's lease, each second while it holds anything, and drops everything when it is lost
- `_look_ahead` claims what is due soon and has it prepared
- `_fire`       arms what is ready in one commit shortly before its second, never more than can be sent at once
- `_settle`     writes down what came of it, many in one commit, and keeps what cannot be saved yet

Of the last two there are two each: while one waits for the database, the other puts the next transaction together.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from bot import clock
from bot.domain.items import Outcome
from bot.services import gating, publishing, working
from bot.services.deps import Deps
from bot.services.publishing import Arming, Job, Ready
from handlers.clock.audit import Audit
from handlers.clock.going import Going
from handlers.clock.hands import Hands
from handlers.clock.lanes import Lanes, Taken
from handlers.clock.lease import Lease
from handlers.clock.outages import Outages
from handlers.clock.pace import Pace
from handlers.clock.preparers import Pause, Preparers
from handlers.clock.renewals import Renewals
from handlers.clock.senders import Passed, Senders
from handlers.clock.singling import single_out
from handlers.clock.waits import unless_set, until_set, while_busy
from handlers.clock.warming import Warmers

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_BREATH_S = 0.01
_CLAIM_AT_ONCE, _CLAIM_AT_MOST = 200, 1_000
"""Who takes more leaves less for others: of 2,560 posts one of two workers had three claims of 500 and was still
sending when the other had nothing left. So a claim is twice what went out since the last one, which says how fast this
worker is: with 200 always, a burst of 20,000 waited for its claims."""
_MOST_HELD = 18_000
_LOOK_FULL_S = 0.05
_WAIT_AT_MOST_S = 60.0
"""Behind a gate that opens sooner an item waits in our hands, else in the database."""
_TRY_AGAIN = timedelta(seconds=0.05)
_ARM_EARLY_S = 0.25
_ARM_AT_ONCE = 512
_ARM_EVERY_S, _ARM_AT_LEISURE_S = 0.02, 0.004
"""While most senders have work, arming waits for more room: a commit for a few costs as much as one for many."""
_TRANSACTIONS_AT_ONCE = 2
_SETTLE_EVERY_S = 0.02
_SETTLE_AT_ONCE = 256
_DATABASE_AWAY_S = 0.5

_CANNOT_JOIN = "cannot join: the database does not answer"
_NOT_RENEWED = "lease not renewed"
_NOT_LOOKED = "looking ahead failed"
_NOT_ARMED = "arming failed"
_NOT_SAVED = "answers not saved yet, kept"
_NOT_GIVEN_BACK = "items not given back yet"


_Batch = list[Taken[Ready]]


class Dispatcher:
    """One worker. `run` works until `stop` is set, then gives back what it has not sent and waits for answers."""

    def __init__(self, deps: Deps, *, pace: Pace | None = None) -> None:
        self._deps = deps
        self._pace = pace or Pace()
        self._lease: Lease | None = None
        self._lanes: Lanes[Ready] = Lanes()
        """What is ready, under the lease there is now."""
        self._heap_changed = asyncio.Event()
        self._outcomes: list[Outcome] = []
        self._returns: list[tuple[Lease, Outcome]] = []
        self._to_write = asyncio.Event()
        self._renewals = Renewals(deps)
        self._hands = Hands()
        self._audit = Audit(deps, self._hands, lambda: self._lease_now().worker_id)
        self._preparers = Preparers(self._prepare)
        self._senders: Senders[Going] = Senders(self._send, most=self._pace.senders)
        self._warmers = Warmers(deps, most=self._pace.senders)
        self._writing = 0
        self._sent = 0
        """Since the last claim."""
        self._outages = Outages(_log)
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish cleanly."""
        async with self._deps.database.changes() as changes, asyncio.TaskGroup() as loops:
            if not await unless_set(stop, self._join()):
                return
            keeper = loops.create_task(self._keep_lease())
            writers = [loops.create_task(self._settle()) for _ in range(_TRANSACTIONS_AT_ONCE)]
            firing = [loops.create_task(self._fire()) for _ in range(_TRANSACTIONS_AT_ONCE)]
            warming = self._warmers.run(self._lanes, self._heap_changed)
            others = [loops.create_task(warming), loops.create_task(self._audit.run())]
            workers = [loops.create_task(self._look_ahead(changes.wait)), *firing]
            await stop.wait()
            self._stopping = True
            self._heap_changed.set()
            changes.wake()
            await asyncio.wait(workers)
            await self._wind_down()
            for task in (keeper, *writers, *others):
                task.cancel()
        await self._leave()

    # --- The lease ---

    async def _join(self) -> Lease:
        while True:
            asked_at_s = clock.uptime_s()
            try:
                worker_id = await working.join(self._deps)
            except Exception:  # noqa: BLE001  # a worker waits for its database, however long
                self._outages.failed(_CANNOT_JOIN)
                await asyncio.sleep(_DATABASE_AWAY_S)
                continue
            self._outages.worked(_CANNOT_JOIN)
            self._lease = Lease(worker_id, asked_at_s=asked_at_s)
            _log.info("worker joined", extra={"worker_id": worker_id})
            return self._lease

    async def _keep_lease(self) -> None:
        while True:
            every_s = working.RENEW_EVERY_S if len(self._hands) else working.RENEW_IDLE_EVERY_S
            await asyncio.sleep(clock.until_beat_s(every_s))
            lease = self._lease_now()
            try:
                async with asyncio.timeout(working.LEASE_S):
                    asked_at_s = await self._renewals.renew(lease.worker_id)
            except Exception:  # noqa: BLE001  # the database is away: the lease ends by itself if that lasts
                self._outages.failed(_NOT_RENEWED, worker_id=lease.worker_id)
                continue
            self._outages.worked(_NOT_RENEWED)
            if asked_at_s is not None:
                lease.extend(asked_at_s=asked_at_s)
            else:
                await self._start_over(lease)

    async def _start_over(self, lost: Lease) -> None:
        """Everything held belongs to somebody else now; begin again under a new id."""
        _log.warning("lease lost, everything held was dropped", extra={"worker_id": lost.worker_id})
        lost.lose()
        self._preparers.drop()
        self._lanes.clear()
        self._hands.clear()
        await self._join()

    def _lease_now(self) -> Lease:
        if self._lease is None:
            message = "the dispatcher has not joined"
            raise RuntimeError(message)
        return self._lease

    # --- Claiming and preparing ---

    async def _look_ahead(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        while not self._stopping:
            try:
                wait_s = await self._look()
            except Exception:  # noqa: BLE001  # the database is away: look again soon, say so once
                self._outages.failed(_NOT_LOOKED)
                await asyncio.sleep(_DATABASE_AWAY_S)
                continue
            self._outages.worked(_NOT_LOOKED)
            if wait_s:
                await wait(wait_s)

    async def _look(self) -> float:
        """Claim what is due soon, if anything is; returns how long to wait before the next look."""
        wait_s = await self._next_look_s()
        if wait_s > 0:
            return wait_s
        if await self._claim() >= _CLAIM_AT_ONCE:
            return 0.0
        return max(await self._next_look_s(), _BREATH_S)

    async def _claim(self) -> int:
        lease = self._lease_now()
        limit = min(max(_CLAIM_AT_ONCE, 2 * self._sent), _CLAIM_AT_MOST, _MOST_HELD - self._load())
        self._sent = 0
        if limit <= 0 or not lease.holds():
            return 0
        jobs = await publishing.claim(
            self._deps, lease.worker_id, limit=limit, crowded=self._hands.crowded(), full=self._hands.full()
        )
        if lease.is_lost():
            return 0
        self._hands.take(job.item for job in jobs)
        self._preparers.add(lease, jobs)
        return len(jobs)

    def _load(self) -> int:
        """How many items are in our hands."""
        return len(self._preparers) + len(self._lanes) + self._lanes.taken

    async def _next_look_s(self) -> float:
        if self._load() >= _MOST_HELD:
            return _LOOK_EVERY_S
        full = self._hands.full()
        ahead_s = await publishing.next_claim_in_s(self._deps, full=full)
        longest_s = _LOOK_FULL_S if full else clock.until_beat_s(_LOOK_EVERY_S)
        return longest_s if ahead_s is None else min(longest_s, max(ahead_s, 0.0))

    async def _prepare(self, lease: Lease, job: Job, pause: Pause) -> None:
        result = await publishing.prepare(self._deps, job, pause=pause)
        if lease.is_lost():
            return
        if isinstance(result, Outcome):
            self._return(lease, result)
            return
        self._put(result, due_s=job.item.due_at.timestamp())

    def _put(self, ready: Ready, *, due_s: float) -> None:
        account = ready.job.login.connected.account
        self._lanes.put(ready, due_s=due_s, host=account.service_url, account=account.id)
        self._heap_changed.set()

    # --- Arming and sending ---

    async def _fire(self) -> None:
        while not self._stopping:
            wait_s = self._until_next_s()
            if wait_s is None or wait_s > 0:
                await until_set(self._heap_changed, wait_s)
                continue
            if self._lanes.taken > self._pace.senders // 2:
                await while_busy(longest_s=_ARM_EVERY_S, step_s=_ARM_AT_LEISURE_S)
            soon_s = clock.epoch_s() + _ARM_EARLY_S
            batch = self._lanes.take(soon_s, self._free(), min(self._room(), _ARM_AT_ONCE))
            if not batch:
                continue
            lease = self._lease_now()
            if not lease.holds():
                await asyncio.sleep(working.RENEW_EVERY_S / 4)
                self._put_back(lease, batch)
                continue
            if not await self._arm(lease, batch):
                await self._arm_what_can_be(lease, batch)

    async def _arm(self, lease: Lease, batch: _Batch) -> bool:
        """In one commit; what may be sent is on its way then."""
        arming_at_s = clock.uptime_s()
        try:
            arming = await publishing.arm(self._deps, lease.worker_id, [one.what for one in batch])
        except Exception:  # noqa: BLE001  # the database is away, or one of them is at fault: nothing was armed
            self._outages.failed(_NOT_ARMED, items=len(batch))
            return False
        self._outages.worked(_NOT_ARMED)
        self._start_sending(lease, batch, arming, arming_at_s)
        return True

    async def _arm_what_can_be(self, lease: Lease, batch: _Batch) -> None:
        """Where the database takes what others write, one of these is at fault: it goes back, the others go out."""
        faulty, left = await single_out(batch, partial(self._arm, lease), partial(self._takes, lease))
        for one in faulty:
            self._lanes.leave(one.host)
            self._return(lease, publishing.not_armed(self._deps, one.what))
        if left:
            await asyncio.sleep(_DATABASE_AWAY_S)
            self._put_back(lease, left)

    async def _takes(self, lease: Lease) -> bool:
        """Whether the database can be written to, and the worker may."""
        try:
            return await working.stay(self._deps, lease.worker_id)
        except Exception:  # noqa: BLE001  # said by whoever tried to arm
            return False

    def _until_next_s(self) -> float | None:
        """Seconds until something may be armed, or the clock is read again; None: nothing, or no room."""
        soon_s = clock.epoch_s() + _ARM_EARLY_S
        at_s = self._lanes.next_s(soon_s, self._free()) if self._room() > 0 else None
        return None if at_s is None else min(at_s - soon_s, _LOOK_EVERY_S)

    def _free(self) -> int:
        """How many more may be under way. What is not written down yet takes nobody's place."""
        return self._pace.most_armed - self._lanes.taken

    def _room(self) -> int:
        """How many more may be in doubt after a crash."""
        return self._free() - len(self._outcomes) - self._writing

    def _put_back(self, lease: Lease, batch: _Batch) -> None:
        for one in batch:
            self._lanes.leave(one.host)
            if not lease.is_lost():
                self._lanes.put_back(one)

    def _start_sending(self, lease: Lease, batch: _Batch, arming: Arming, arming_at_s: float) -> None:
        sent = {(one.ready.job.item.id, one.ready.job.item.version): one for one in arming.armed}
        send_before_s = arming_at_s + working.SEND_WITHIN_S
        longest_s = _WAIT_AT_MOST_S if self._load() < _MOST_HELD // 2 else 0.0
        for one in batch:
            ready = one.what
            item = ready.job.item
            armed = sent.pop((item.id, item.version), None)
            if armed is not None:
                going = Going(armed=armed, lease=lease, host=one.host, send_before_s=send_before_s)
                self._senders.put(going, due_s=item.due_at.timestamp())
                continue
            self._lanes.leave(one.host)
            until = arming.held.get(item.id)
            if until is None:
                self._return(lease, publishing.released(item, "taken back before it was sent"))
            elif (until - clock.now()).total_seconds() < longest_s:
                again = max(until, clock.now() + _TRY_AGAIN)
                self._put(ready, due_s=again.timestamp() + _ARM_EARLY_S)  # before that it would be held again
            else:
                self._return(lease, publishing.held_back(ready))
        self._senders.begin()

    async def _send(self, going: Going, passed: Passed) -> None:
        def fence() -> bool:
            passed()
            return going.may_be_sent()

        try:
            outcome = await publishing.send(self._deps, going.armed, fence=fence)
        finally:
            passed()
        self._lanes.leave(going.host)
        self._sent += 1
        self._outcomes.append(outcome if going.lease.holds() else gating.told_after_a_pause(outcome))
        self._to_write.set()
        self._heap_changed.set()

    # --- Writing down ---

    def _return(self, lease: Lease, outcome: Outcome) -> None:
        self._returns.append((lease, outcome))
        self._to_write.set()

    async def _settle(self) -> None:
        while True:
            await self._to_write.wait()
            if len(self._outcomes) < _SETTLE_AT_ONCE // 2:
                await asyncio.sleep(_SETTLE_EVERY_S)
            self._to_write.clear()
            outcomes, self._outcomes = self._outcomes, []
            returns, self._returns = self._returns, []
            self._writing += len(outcomes) + len(returns)
            kept = await self._write_all(outcomes)
            kept_returns = await self._write_returns(returns)
            self._outcomes = kept + self._outcomes
            self._returns = kept_returns + self._returns
            self._writing -= len(outcomes) + len(returns)
            self._heap_changed.set()
            if kept or kept_returns:
                await asyncio.sleep(_DATABASE_AWAY_S)
                self._to_write.set()

    async def _write_all(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Write answers down, many at once; returns those that could not be saved. A yes is never thrown away."""
        kept: list[Outcome] = []
        for start in range(0, len(outcomes), _SETTLE_AT_ONCE):
            chunk = outcomes[start : start + _SETTLE_AT_ONCE]
            if not await self._write(chunk):
                kept += chunk if len(chunk) == 1 or not await self._answers() else await self._write_singly(chunk)
        return kept

    async def _write(self, outcomes: list[Outcome]) -> bool:
        try:
            await publishing.settle(self._deps, outcomes)
        except Exception:  # noqa: BLE001  # whatever broke, the caller keeps the answers
            self._outages.failed(_NOT_SAVED, answers=len(outcomes))
            return False
        self._outages.worked(_NOT_SAVED)
        self._hands.leave(outcomes)
        self._heap_changed.set()
        return True

    async def _write_singly(self, outcomes: list[Outcome]) -> list[Outcome]:
        """The database answers, so it is one of these: save the others."""
        return [outcome for outcome in outcomes if not await self._write([outcome])]

    async def _answers(self) -> bool:
        try:
            await publishing.next_claim_in_s(self._deps)
        except Exception:  # noqa: BLE001  # said by whoever tried to write
            return False
        return True

    async def _write_returns(self, returns: list[tuple[Lease, Outcome]]) -> list[tuple[Lease, Outcome]]:
        """Give claimed items back; returns what could not be saved. What was lost with a lease is no longer ours."""
        mine = [(lease, outcome) for lease, outcome in returns if lease is self._lease]
        if not mine or await self._give_back(mine):
            return []
        if len(mine) == 1 or not await self._answers():
            return mine
        return [one for one in mine if not await self._give_back([one])]

    async def _give_back(self, returns: list[tuple[Lease, Outcome]]) -> bool:
        outcomes = [outcome for _, outcome in returns]
        try:
            await publishing.give_back(self._deps, returns[0][0].worker_id, outcomes)
        except Exception:  # noqa: BLE001  # kept by the caller
            self._outages.failed(_NOT_GIVEN_BACK, items=len(outcomes))
            return False
        self._outages.worked(_NOT_GIVEN_BACK)
        self._hands.leave(outcomes)
        return True

    # --- Ending ---

    async def _wind_down(self) -> None:
        """Give back what was not armed, and wait for the answers of what was."""
        await self._preparers.stop()
        await self._warmers.stop()
        await self._hand_over()
        if in_flight := len(self._senders):
            _log.info("waiting for answers", extra={"in_flight": in_flight})
            await self._senders.finish(within_s=self._pace.drain_s)
        deadline_s = clock.uptime_s() + working.LEASE_S
        while (self._outcomes or self._returns or self._writing) and clock.uptime_s() < deadline_s:  # noqa: ASYNC110  # an end with a deadline
            await asyncio.sleep(_SETTLE_EVERY_S)

    async def _hand_over(self) -> None:
        """Nothing is armed any more: let others claim what is not, with the uploads that were made for it."""
        lease, returns, self._returns = self._lease_now(), self._returns, []
        uploaded = [ready for ready in self._lanes if ready.job.item.media]
        returns += [(lease, publishing.held_back(ready)) for ready in uploaded]
        self._lanes.clear()
        try:
            async with asyncio.timeout(working.LEASE_S):
                self._returns += await self._write_returns(returns)
                await working.hand_over(self._deps, lease.worker_id)
        except Exception:  # noqa: BLE001  # the database is away: what is claimed goes back with the lease
            self._outages.failed(_NOT_GIVEN_BACK)

    async def _leave(self) -> None:
        """End the lease. What is still claimed goes back at once; what is still unanswered is looked for by others."""
        await self._senders.stop()
        await self._renewals.stop()
        lease = self._lease_now()
        lease.lose()
        try:
            await working.leave(self._deps, lease.worker_id)
        except Exception:  # noqa: BLE001  # a worker that ends must end; its lease runs out
            _log.exception("lease left to end by itself", extra={"worker_id": lease.worker_id})
