"""Settling what nobody knows: the worker vanished, the answer was lost, the network works on it, or it is late.

Runs each second on any number of machines; what needs a look is claimed in the database before it is looked at.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.publication import Event, State
from bot.services import credentials, findings, gating
from bot.services.deps import Deps
from bot.services.findings import LAST_ARRIVAL_S, SILENT_DEADLINE_S
from bot.services.publishing import Job, key_of, paired, success
from bot.services.verdicts import trouble
from platforms.base import (
    CREATE_TIMEOUT_S,
    Absent,
    FindRules,
    Pending,
    Prepared,
    Published,
    Repeat,
    Wire,
    find_rules,
)
from platforms.errors import AccountError, NotSent, PlatformError, Refused
from storage import accounts, adoption, gates, item_records, items, workers
from storage.engine import Session

_log = logging.getLogger(__name__)

_LOOK_HOLD_S = 4.0
_KEY_COMES = timedelta(hours=1)
"""How long after its time somebody waits for a key that is missing, before a person is asked about the post."""
_KEEP_LOOK_EVERY_S = 1.0
"""A look is ours that long, and is kept while it lasts: when we vanish in the middle of it, others look soon."""
_LOOKS_AT_ONCE = 32
_WRITTEN_AT_ONCE = 50


async def recover(deps: Deps) -> int:
    """Take over what vanished workers held and turn late items to missed. Returns how many items moved.

    Two transactions: where much is late and the database far away, that must not keep anybody from taking over.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        gone = await workers.remove_lapsed(session)
        released, doubtful = await items.reap(session, now=now)
    for worker_id in gone:
        _log.warning("a worker vanished", extra={"worker_id": worker_id})
    for item_id in doubtful:
        _log.warning("in doubt after a worker vanished", extra={"item_id": item_id})
    async with deps.database.transaction() as session:
        missed = await items.miss_late(session, now=now)
    deps.tally.items["missed"] += len(missed)
    return len(released) + len(doubtful) + len(missed)


async def look(deps: Deps, under_way: set[ItemId] | None = None) -> int:
    """Look for unconfirmed items and ask after confirming ones, those that are due. Returns how many were looked at.

    `under_way` is what this process looks at, in all its calls: it is held for longer, and not looked at twice. A look
    that is over is not in it any more, however long others of the same call last. Behind a closed gate no network is
    asked; what was sent too long ago gets to its deadline nevertheless.
    """
    at_work = set[ItemId]() if under_way is None else under_way
    now = clock.now()
    patient_since = now - timedelta(seconds=SILENT_DEADLINE_S)
    async with deps.database.transaction() as session:
        claimed, mute = await gating.claim_checks(session, now=now, hold_s=_LOOK_HOLD_S, armed_before=patient_since)
    ids = [item_id for item_id in (*claimed, *mute) if item_id not in at_work]
    if not ids:
        return 0
    open_looks = set(ids)
    at_work.update(ids)

    def over(item_ids: AbstractSet[ItemId]) -> None:
        at_work.difference_update(item_ids & open_looks)
        open_looks.difference_update(item_ids)

    try:
        await _look_at_all(deps, ids, open_looks, over, mute=frozenset(mute))
    finally:
        over(set(ids))
    return len(ids)


async def _look_at_all(
    deps: Deps,
    ids: Sequence[ItemId],
    open_looks: AbstractSet[ItemId],
    over: Callable[[AbstractSet[ItemId]], None],
    *,
    mute: AbstractSet[ItemId],
) -> None:
    jobs, homeless = await _jobs(deps, ids)
    if homeless:
        await _settle(deps, homeless)
    over(set(ids) - {job.item.id for job in jobs})
    gate = asyncio.Semaphore(_LOOKS_AT_ONCE)
    keeping = asyncio.create_task(_keep(deps, open_looks))
    looked: list[tuple[Job, Outcome]] = []
    writing = asyncio.Lock()

    async def settle_one(job: Job) -> None:
        async with gate:
            looked.append((job, _not_asked(job) if job.item.id in mute else await _look_at(deps, job)))
        async with writing:  # whoever comes first writes for all who are ready
            batch = looked[:_WRITTEN_AT_ONCE]
            del looked[:_WRITTEN_AT_ONCE]
            await _settle_looks(deps, batch)
        over({job.item.id for job, _ in batch})

    try:
        await asyncio.gather(*(settle_one(job) for job in jobs))
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(deps: Deps, open_looks: AbstractSet[ItemId]) -> None:
    """Keep looks that last; a look that cannot be kept may be made twice, which does no harm."""
    while True:
        await asyncio.sleep(_KEEP_LOOK_EVERY_S)
        if not open_looks:
            continue
        try:
            with deps.database.hurried():
                await _keep_once(deps, open_looks)
        except Exception:  # noqa: BLE001  # the next second tries again
            _log.exception("looks not kept", extra={"items": len(open_looks)})


async def _keep_once(deps: Deps, open_looks: AbstractSet[ItemId]) -> None:
    async with deps.database.transaction() as session:
        await items.keep_checks(session, sorted(open_looks), now=clock.now(), hold_s=_LOOK_HOLD_S)


async def _jobs(deps: Deps, ids: Sequence[ItemId]) -> tuple[list[Job], list[Outcome]]:
    async with deps.database.reading() as session:
        queued = await item_records.load(session, ids)
        logins = await accounts.load_connected(session, deps.vault, sorted({item.account_id for item in queued}))
        jobs, homeless = paired(deps, queued, logins)
        shut = await accounts.shut_away(session, deps.vault, {item.account_id for item in homeless})
    now = clock.now()
    patient = {item.id for item in homeless if item.account_id in shut and now < item.missed_after + _KEY_COMES}
    return jobs, [_homeless(item) for item in homeless if item.id not in patient]


def _homeless(item: QueuedItem) -> Outcome:
    if item.state is State.CONFIRMING:
        return findings.lost_track(item, now=clock.now())
    return findings.ask(item, "The account was disconnected, so Herald cannot look.", now=clock.now())


async def _settle(deps: Deps, outcomes: Sequence[Outcome]) -> None:
    async with deps.database.transaction() as session:
        counted = await items.settle(session, outcomes)
    deps.tally.ended(outcomes, counted)


async def _settle_looks(deps: Deps, looked: Sequence[tuple[Job, Outcome]]) -> None:
    """Write down looks, in one transaction; singly when one of them cannot be written."""
    if not looked:
        return
    try:
        async with deps.database.transaction() as session:
            await gates.learn(session, [outcome for _, outcome in looked], now=clock.now())
            settled = [await _settle_look(session, job, outcome) for job, outcome in looked]
    except Exception:
        if len(looked) == 1:
            raise
        for one in looked:
            await _settle_looks(deps, [one])
    else:
        deps.tally.ended(
            [outcome for outcome, _ in settled], {item_id for _, counted in settled for item_id in counted}
        )


async def _settle_look(session: Session, job: Job, outcome: Outcome) -> tuple[Outcome, set[ItemId]]:
    """Write down a look; returns what was written, and of whom it counted.

    A post on the network belongs to one item: of two that look alike only one is taken for it. Where likeness is all
    there is, and the answer for another one may still come, nobody can tell whose it is.
    """
    item, live = job.item, outcome.live
    by_likeness = _rules(job).repeat is not Repeat.RECORD
    arrived = clock.now() - timedelta(seconds=LAST_ARRIVAL_S + 1)
    if outcome.event is Event.FOUND and live is not None:
        if await adoption.is_adopted(session, item.account_id, live.platform_post_id, other_than=item.id):
            outcome = _unclear(job, outcome, "A post like it is there, but it belongs to another item.")
        elif by_likeness and await adoption.twin_in_flight(session, item, armed_after=arrived):
            outcome = _unclear(job, outcome, _FOREIGN)
    elif (
        outcome.event is Event.ACCEPTED
        and (item.state, item.handle) == (State.UNCONFIRMED, None)
        and by_likeness
        and await adoption.twin_in_flight(session, item, armed_after=arrived)
    ):
        outcome = _unclear(job, outcome, _FOREIGN)
    return outcome, await items.settle(session, [outcome])


_FOREIGN = "A post like it is there, but it may be another item's, still on its way."


def _unclear(job: Job, outcome: Outcome, reason: str) -> Outcome:
    return replace(_cannot_tell(job, reason), calls=outcome.calls)


async def _look_at(deps: Deps, job: Job) -> Outcome:
    wire = deps.sender.wire(job.connector.spec)
    try:
        login = await credentials.good_until(deps, job.login, clock.now() + timedelta(seconds=CREATE_TIMEOUT_S))
        outcome = await (_poll if job.item.state is State.CONFIRMING else _find)(replace(job, login=login), wire)
        outcome = _taught(outcome, job, wire, None)
    except AccountError as error:
        meaning = await _account_meaning(deps, job, error)
        outcome = _taught(_cannot_tell(job, trouble(meaning).message), job, wire, error)
    except Refused as error:
        outcome = _taught(_refused(job, error), job, wire, error)
    except PlatformError as error:
        outcome = _taught(_cannot_tell(job, error.safe, silent=isinstance(error, NotSent)), job, wire, error)
    except Exception:  # noqa: BLE001  # a fault of ours ends this look, not the others of the tick
        _log.exception("looking failed", extra={"item_id": job.item.id})
        outcome = _cannot_tell(job, "Herald made a mistake while looking.")
    return replace(outcome, calls=wire.calls)


def _not_asked(job: Job) -> Outcome:
    """What it means that its gate has been closed for so long: its deadline passes all the same."""
    return _cannot_tell(job, f"{job.connector.spec.title} could not be asked.", silent=True)


def _cannot_tell(job: Job, reason: str, *, silent: bool = False) -> Outcome:
    return findings.cannot_tell(job.item, reason, _rules(job), now=clock.now(), silent=silent)


def _rules(job: Job) -> FindRules:
    return find_rules(job.connector.spec, job.item.post_type)


def _taught(outcome: Outcome, job: Job, wire: Wire, error: PlatformError | None) -> Outcome:
    return replace(outcome, learned=gating.lesson(job, wire, error, now=clock.now()))


def _refused(job: Job, error: Refused) -> Outcome:
    """A no ends what a network works on; a search that is refused tells nothing about the post."""
    item = job.item
    if item.state is not State.CONFIRMING:
        return _cannot_tell(job, error.safe)
    return Outcome(item=item, attempt=item.attempt, event=Event.REFUSED, at=clock.now(), trouble=trouble(error))


async def _account_meaning(deps: Deps, job: Job, error: AccountError) -> PlatformError:
    try:
        return await credentials.refused(deps, job.login, error)
    except PlatformError as broken:
        return broken


async def _poll(job: Job, wire: Wire) -> Outcome:
    item, poll = job.item, job.connector.poll
    if poll is None or item.handle is None:
        return findings.lost_track(item, now=clock.now())
    answer = await poll(wire, job.login.connected, item.handle, key_of(item))
    outcome = success(item, answer, attempt=item.attempt)
    if not isinstance(answer, Published):
        if clock.now() >= findings.works_until(item, _rules(job)):
            lost = findings.lost_track(item, now=clock.now(), message=_FOR_EVER)
            return replace(lost, evidence="the network still works on it, far longer than it ever takes")
        return replace(outcome, evidence="the network still works on it")
    return replace(outcome, evidence="the network has finished it" + (f"; {answer.note}" if answer.note else ""))


_FOR_EVER = "The network took it, and has not finished it in all this time. Herald looks for it."


def _there(item: QueuedItem, answer: Published | Pending, rules: FindRules) -> Outcome:
    now = clock.now()
    if isinstance(answer, Published):
        return findings.found(item, answer, now=now)
    if now >= findings.works_until(item, rules):
        return findings.ask(item, "The network has it and does not finish it.", now=now)
    return replace(success(item, answer, attempt=item.attempt), evidence="looked, and the network works on it")


async def _find(job: Job, wire: Wire) -> Outcome:
    item, rules = job.item, _rules(job)
    if not rules.tells:
        return _cannot_tell(job, f"{job.connector.spec.title} offers no way to look a post up.")
    if item.prepared is None:
        return _cannot_tell(job, "Nothing was stored to look for.")
    since = item.first_armed_at or item.due_at
    asked_at, steady = clock.now(), clock.steady_s() > LAST_ARRIVAL_S
    answer = await job.connector.find(wire, job.login.connected, Prepared(data=item.prepared), key_of(item), since)
    if isinstance(answer, Published | Pending):
        return _there(item, answer, rules)
    if isinstance(answer, Absent) and rules.settle_s and not steady:
        return _cannot_tell(job, "The clock was set a moment ago, so how long it was sent ago is not known.")
    if isinstance(answer, Absent):
        return findings.absent(item, answer.evidence, rules, asked_at=asked_at, now=clock.now())
    return findings.ask(item, answer.reason, now=clock.now()) if answer.final else _cannot_tell(job, answer.reason)
