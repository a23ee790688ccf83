"""Settling what nobody knows: the worker vanished, the answer was lost, the network works on it, or it is late.

Runs each second on any number of machines; what needs a look is claimed in the database before it is looked at.
"""

import asyncio
import logging
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.items import ErrorClass, Live, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.services import credentials
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.publishing import Job, key_of, success
from bot.services.verdicts import trouble
from bot.services.working import SEND_WITHIN_S
from platforms.base import CREATE_TIMEOUT_S, Absent, FindRules, Prepared, Published
from platforms.errors import AccountError, PlatformError, Refused
from storage import accounts, item_records, items, workers
from storage.engine import Session

_log = logging.getLogger(__name__)

_LOOK_HOLD_S = 4.0
_KEEP_LOOK_EVERY_S = 1.0
"""A look is ours that long, and is kept while it lasts: when we vanish in the middle of it, others look soon."""
_LOOKS_AT_ONCE = 32
_WRITTEN_AT_ONCE = 50
_LOOK_AGAIN_S = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Waits between looks that could not tell; the last one repeats."""
LAST_ARRIVAL_S = CREATE_TIMEOUT_S + SEND_WITHIN_S
"""So long after arming a request may still arrive there."""


async def recover(deps: Deps) -> int:
    """Take over what vanished workers held and turn late items to missed. Returns how many items moved."""
    now = clock.now()
    async with deps.database.transaction() as session:
        gone = await workers.remove_lapsed(session)
        released, doubtful = await items.reap(session, now=now)
        missed = await items.miss_late(session, now=now)
    for worker_id in gone:
        _log.warning("a worker vanished", extra={"worker_id": worker_id})
    for item_id in doubtful:
        _log.warning("in doubt after a worker vanished", extra={"item_id": item_id})
    return len(released) + len(doubtful) + len(missed)


async def look(deps: Deps, under_way: set[ItemId] | None = None) -> int:
    """Look for unconfirmed items and ask after confirming ones, those that are due. Returns how many were looked at.

    `under_way` is what this process looks at in other calls: it is held for longer, and not looked at twice.
    """
    elsewhere = set[ItemId]() if under_way is None else under_way
    async with deps.database.transaction() as session:
        claimed = await items.claim_checks(session, now=clock.now(), hold_s=_LOOK_HOLD_S)
    ids = [item_id for item_id in claimed if item_id not in elsewhere]
    if not ids:
        return 0
    elsewhere.update(ids)
    try:
        await _look_at_all(deps, ids)
    finally:
        elsewhere.difference_update(ids)
    return len(ids)


async def _look_at_all(deps: Deps, ids: Sequence[ItemId]) -> None:
    jobs, homeless = await _jobs(deps, ids)
    if homeless:
        await _settle(deps, homeless)
    gate = asyncio.Semaphore(_LOOKS_AT_ONCE)
    open_looks = {job.item.id for job in jobs}
    keeping = asyncio.create_task(_keep(deps, open_looks))
    looked: list[tuple[Job, Outcome]] = []
    writing = asyncio.Lock()

    async def settle_one(job: Job) -> None:
        async with gate:
            looked.append((job, await _look_at(deps, job)))
        async with writing:  # whoever comes first writes for all who are ready
            batch = looked[:_WRITTEN_AT_ONCE]
            del looked[:_WRITTEN_AT_ONCE]
            await _settle_looks(deps, batch)
        open_looks.difference_update(job.item.id for job, _ in batch)

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
    jobs: list[Job] = []
    homeless: list[Outcome] = []
    for item in queued:
        connector = deps.connectors.get(item.platform)
        if item.account_id in logins and connector is not None:
            connected, version = logins[item.account_id]
            jobs.append(Job(item=item, login=Login(connected=connected, version=version), connector=connector))
        else:
            homeless.append(_homeless(item))
    return jobs, homeless


def _homeless(item: QueuedItem) -> Outcome:
    if item.state is State.CONFIRMING:
        return _lost_track(item)
    return _ask(item, clock.now(), "The account was disconnected, so Herald cannot look.")


async def _settle(deps: Deps, outcomes: Sequence[Outcome]) -> None:
    async with deps.database.transaction() as session:
        await items.settle(session, outcomes)


async def _settle_looks(deps: Deps, looked: Sequence[tuple[Job, Outcome]]) -> None:
    """Write down looks, in one transaction; singly when one of them cannot be written."""
    if not looked:
        return
    try:
        async with deps.database.transaction() as session:
            for job, outcome in looked:
                await _settle_look(session, job, outcome)
    except Exception:
        if len(looked) == 1:
            raise
        for one in looked:
            await _settle_looks(deps, [one])


async def _settle_look(session: Session, job: Job, outcome: Outcome) -> None:
    """Write down a look. A post on the network belongs to one item: of two that look alike only one is taken for it."""
    item, live = job.item, outcome.live
    if outcome.event is Event.FOUND and live is not None:
        taken = await item_records.is_adopted(session, item.account_id, live.platform_post_id, other_than=item.id)
        if taken:
            outcome = _cannot_tell(job, "A post like it is there, but it belongs to another item of this account.")
    await items.settle(session, [outcome])


async def _look_at(deps: Deps, job: Job) -> Outcome:
    try:
        login = await credentials.good_until(deps, job.login, clock.now() + timedelta(seconds=CREATE_TIMEOUT_S))
        job = replace(job, login=login)
        if job.item.state is State.CONFIRMING:
            return await _poll(deps, job)
        return await _find(deps, job)
    except AccountError as error:
        meaning = await _account_meaning(deps, job, error)
        return _cannot_tell(job, trouble(meaning).message)
    except Refused as error:
        return _refused(job, error)
    except PlatformError as error:
        return _cannot_tell(job, error.safe)
    except Exception:  # noqa: BLE001  # a fault of ours ends this look, not the others of the tick
        _log.exception("looking failed", extra={"item_id": job.item.id})
        return _cannot_tell(job, "Herald made a mistake while looking.")


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


async def _poll(deps: Deps, job: Job) -> Outcome:
    item, poll = job.item, job.connector.poll
    if poll is None or item.handle is None:
        return _lost_track(item)
    wire = deps.sender.wire(job.connector.spec)
    answer = await poll(wire, job.login.connected, item.handle, key_of(item))
    return success(item, answer, attempt=item.attempt)


def _lost_track(item: QueuedItem) -> Outcome:
    now = clock.now()
    why = Trouble(
        kind=ErrorClass.NO_ANSWER, message="The network took it, and Herald lost track of it. It looks for it."
    )
    return Outcome(item=item, attempt=item.attempt, event=Event.ANSWER_LOST, at=now, trouble=why, check_at=now)


async def _find(deps: Deps, job: Job) -> Outcome:
    item = job.item
    if item.prepared is None:
        return _cannot_tell(job, "Nothing was stored to look for.")
    wire = deps.sender.wire(job.connector.spec)
    since = item.first_armed_at or item.due_at
    answer = await job.connector.find(wire, job.login.connected, Prepared(data=item.prepared), key_of(item), since)
    if isinstance(answer, Published):
        live = Live(platform_post_id=answer.platform_post_id, permalink=answer.permalink, extra=answer.extra)
        evidence = f"looked and found {answer.platform_post_id}"
        return Outcome(item=item, attempt=item.attempt, event=Event.FOUND, at=clock.now(), live=live, evidence=evidence)
    if isinstance(answer, Absent):
        return absent(item, answer.evidence, job.connector.spec.find, now=clock.now())
    return _cannot_tell(job, answer.reason)


def absent(item: QueuedItem, evidence: str, rules: FindRules, *, now: datetime) -> Outcome:
    """What one more look that found nothing means, by the platform's rules of proof.

    Enough looks, far enough apart, the last of them later than any answer could still come: proved absent, and it may
    be sent again. Otherwise one look more, at the earliest instant that could complete the proof.
    """
    looks = item.looks + 1
    armed_at = item.armed_at or item.due_at
    quiet_after = armed_at + timedelta(seconds=LAST_ARRIVAL_S + 1) if rules.settle_s else armed_at
    if looks < rules.looks or now < quiet_after:
        next_look = max(now + timedelta(seconds=max(rules.settle_s, 1.0)), quiet_after if looks >= rules.looks else now)
        return Outcome(
            item=item,
            attempt=item.attempt,
            event=Event.STILL_UNKNOWN,
            at=now,
            trouble=_not_there_yet(),
            check_at=next_look,
            looks=looks,
            evidence=f"look {looks}: {evidence}",
        )
    if item.error_class == ErrorClass.DUPLICATE:
        why = Trouble(
            kind=ErrorClass.DUPLICATE,
            message="The network says the same text is already there, but Herald cannot find it."
            " Not posted a second time.",
        )
        return Outcome(item=item, attempt=item.attempt, event=Event.REFUSED, at=now, trouble=why, evidence=evidence)
    window_s = rules.repeat_window_s
    if window_s is not None and now > (item.first_armed_at or armed_at) + timedelta(seconds=window_s):
        return _ask(item, now, "It is not there, but too much time has passed to send it again safely.")
    return Outcome(
        item=item,
        attempt=item.attempt,
        event=Event.PROVED_ABSENT,
        at=now,
        due_at=now,
        counts_as_try=True,
        evidence=f"proved absent after {looks} looks: {evidence}",
    )


def _not_there_yet() -> Trouble:
    return Trouble(kind=ErrorClass.NO_ANSWER, message="Not found yet; Herald looks again before it may be sent again.")


def _cannot_tell(job: Job, reason: str) -> Outcome:
    """A look without a result: another one later, or after the deadline a human is asked."""
    item, now = job.item, clock.now()
    deadline = (item.armed_at or item.due_at) + timedelta(seconds=job.connector.spec.find.deadline_s)
    if item.state is State.CONFIRMING:
        if now >= deadline:
            return _lost_track(item)
        check_at = now + timedelta(seconds=_LOOK_AGAIN_S[-1])
        return Outcome(
            item=item,
            attempt=item.attempt,
            event=Event.ACCEPTED,
            at=now,
            handle=item.handle,
            check_at=check_at,
            evidence=reason,
        )
    if now >= deadline:
        return _ask(item, now, reason)
    wait_s = _LOOK_AGAIN_S[min(item.looks, len(_LOOK_AGAIN_S) - 1)]
    why = Trouble(kind=_kept_kind(item), message=f"{reason} Herald looks again; it is not sent again meanwhile.")
    return Outcome(
        item=item,
        attempt=item.attempt,
        event=Event.STILL_UNKNOWN,
        at=now,
        trouble=why,
        check_at=now + timedelta(seconds=wait_s),
        looks=item.looks,
        evidence=reason,
    )


def _kept_kind(item: QueuedItem) -> ErrorClass:
    return ErrorClass.DUPLICATE if item.error_class == ErrorClass.DUPLICATE else ErrorClass.NO_ANSWER


def _ask(item: QueuedItem, now: datetime, reason: str) -> Outcome:
    why = Trouble(kind=_kept_kind(item), message=f"{reason} Please look whether the post is there.")
    return Outcome(
        item=item,
        attempt=item.attempt,
        event=Event.STILL_UNKNOWN,
        at=now,
        trouble=why,
        ask_human=True,
        looks=item.looks,
        evidence=f"asked a human: {reason}",
    )
