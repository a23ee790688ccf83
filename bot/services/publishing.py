"""Publishing an item: claim, prepare, arm, send, settle.

Three short transactions (claim; arm; settle) with the talking between them and none open meanwhile. What may happen to
an item at each step is bot/domain/publication.py's; what an error means is bot/services/verdicts.py's. The timers that
call these functions live in handlers/clock/dispatcher.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import clock
from bot.domain.accounts import REFRESH_MARGIN, Connected
from bot.domain.calls import MOST_CALLS, Call
from bot.domain.capabilities import options_for_part
from bot.domain.content import Attachment, Draft
from bot.domain.gates import Learned
from bot.domain.ids import AccountId, BrandId, ItemId, WorkerId
from bot.domain.items import ErrorClass, Live, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.domain.record import changed, record
from bot.services import catching_up, credentials, gating, uploading
from bot.services.credentials import Login, Renewed
from bot.services.deps import Deps
from bot.services.public_links import link_to
from bot.services.readying import bring_files, has_its_place
from bot.services.verdicts import claimable_at, trouble, verdict
from platforms.base import Connector, Key, Pending, Prepared, Published, Wire, capabilities_of
from platforms.errors import AccountError, PlatformError, TokenExpired, Unavailable
from storage import accounts, gates, item_records, items

_log = logging.getLogger(__name__)

LONGEST_PROCESSING = timedelta(minutes=10)
"""How long preparing may wait for a network to process an upload before it gives the item back."""


_OWN_FAULTS = 3
"""So often preparing may fail for a reason of ours (a database that is away) before the item ends."""


@record
class Job:
    """A claimed item with all that publishing it takes."""

    item: QueuedItem
    login: Login
    connector: Connector


@record
class Ready:
    """A job whose material is made: the next steps are arming and sending."""

    job: Job
    prepared: Prepared


@record
class Armed:
    """A job that may be sent, once, as this attempt."""

    ready: Ready
    attempt: int
    paid_at: datetime | None = None
    """From when on its budgets count it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arming:
    """What may be sent, once each, and what has to wait behind a gate and until when."""

    armed: list[Armed]
    held: Mapping[ItemId, datetime]


async def claim(
    deps: Deps,
    worker_id: WorkerId,
    *,
    limit: int,
    crowded: Collection[BrandId] = (),
    full: Collection[BrandId] = (),
) -> list[Job]:
    """Take what is due soon and behind no closed gate. One transaction.

    Others go before `crowded` brands, and of `full` ones nothing is taken. Items whose account or connector is
    gone end as failed here; those to whose access the key is missing are given back.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        ids = await gating.claim(session, worker_id, now=now, limit=limit, crowded=crowded, full=full)
        if not ids:
            return []
        queued = await item_records.load(session, ids)
        if unreadable := set(ids) - {item.id for item in queued}:
            await items.fail_unreadable(session, worker_id, unreadable, now=now)
        if later := await catching_up.spread(session, worker_id, queued, now=now):
            queued = [item for item in queued if item.id not in later]
        logins = await accounts.load_connected(session, deps.vault, sorted({item.account_id for item in queued}))
        jobs, homeless = paired(deps, queued, logins)
        if homeless:
            shut = await accounts.shut_away(session, deps.vault, {item.account_id for item in homeless})
            await items.give_back(session, worker_id, [_without_access(deps, item, shut, now) for item in homeless])
    return jobs


def _without_access(deps: Deps, item: QueuedItem, shut: Collection[AccountId], now: datetime) -> Outcome:
    error = credentials.no_access(is_shut=item.account_id in shut)
    return verdict(replace(item, state=State.CLAIMED), error, attempt=item.attempt, now=now, chance=deps.chance())


def paired(
    deps: Deps, queued: Sequence[QueuedItem], logins: Mapping[AccountId, tuple[Connected, int]]
) -> tuple[list[Job], list[QueuedItem]]:
    """Items with the access and the connector they need, and those whose account or connector is gone."""
    known = {account_id: Login(connected=one, version=version) for account_id, (one, version) in logins.items()}
    jobs: list[Job] = []
    homeless: list[QueuedItem] = []
    for item in queued:
        connector, login = deps.connectors.get(item.platform), known.get(item.account_id)
        if connector is None or login is None:
            homeless.append(item)
        else:
            jobs.append(Job(item=item, login=login, connector=connector))
    return jobs, homeless


async def next_claim_in_s(deps: Deps, *, full: Collection[BrandId] = ()) -> float | None:
    """Seconds until the next waiting item may be claimed (negative: already) or a gate opens; None for neither.

    Those of `full` brands do not count.
    """
    now = clock.now()
    at = await gating.next_claim_at(deps.database, now=now, full=full)
    return None if at is None else (at - now).total_seconds()


async def warm(deps: Deps, url: str, connections: int) -> None:
    """Open connections to a network's host ahead of the second at which they are needed. Failing is no failure."""
    try:
        await deps.sender.warm(url, connections)
    except Exception:  # noqa: BLE001  # the sending finds out by itself
        _log.exception("connections not opened ahead", extra={"connections": connections})


async def prepare(
    deps: Deps, job: Job, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Ready | Outcome:
    """Make everything ready before the item's second: a token that lives, uploads done, the record frozen.

    While a network processes what it was given, `pause` waits for so many seconds.
    Returns the outcome to give the item back with when that did not work; nothing of it is on the network then.
    """
    wire = deps.sender.wire(job.connector.spec, progress=uploading.progress_of(job.item))
    try:
        return await _prepare(deps, job, wire, pause)
    except AccountError as error:
        outcome = await _account_trouble(deps, job, error, attempt=job.item.attempt, wire=wire)
    except PlatformError as error:
        outcome = _verdict(deps, job, error, attempt=job.item.attempt, wire=wire)
    except Exception:  # noqa: BLE001  # a fault of ours ends this item, not the worker
        _log.exception("preparing failed", extra={"item_id": job.item.id, "platform": job.item.platform})
        outcome = _own_fault(deps, job, wire)
    return replace(outcome, calls=wire.calls)


def _own_fault(deps: Deps, job: Job, wire: Wire | None) -> Outcome:
    if job.item.tries < _OWN_FAULTS:
        fault = Unavailable("Herald could not make it ready; it tries again.", code="internal")
        return _verdict(deps, job, fault, attempt=job.item.attempt, wire=wire)
    return Outcome(
        item=replace(job.item, state=State.CLAIMED),
        attempt=job.item.attempt,
        event=Event.REFUSED,
        at=clock.now(),
        trouble=Trouble(kind=ErrorClass.INTERNAL, message="Herald made a mistake and stopped before sending."),
    )


async def _prepare(deps: Deps, job: Job, wire: Wire, pause: Callable[[float], Awaitable[None]]) -> Ready:
    item, connector = job.item, job.connector
    login = await credentials.good_until(deps, job.login, max(item.due_at, clock.now()) + REFRESH_MARGIN)
    if login is not job.login:
        job = replace(job, login=login)
    earlier = Prepared(data=item.prepared) if item.prepared is not None else None
    if earlier is not None and not item.is_asked_for_anew and item.error_class != ErrorClass.MEDIA:
        return Ready(job=job, prepared=earlier)
    has_its_place(connector, item)
    await bring_files(deps, item)
    endpoints, draft = deps.endpoints[item.platform], draft_of(deps, job)
    give_up = clock.now() + LONGEST_PROCESSING
    while True:
        prepared = await connector.prepare(wire, endpoints, login.connected, draft, key_of(item), earlier)
        if prepared.wait_s is None:
            called = replace(job, item=replace(item, calls=wire.calls)) if wire.calls else job
            return Ready(job=called, prepared=prepared)
        if clock.now() > min(give_up, item.missed_after):
            safe = f"{connector.spec.title} has not finished processing the media. Herald tries again."
            raise Unavailable(safe, code="processing")
        await pause(prepared.wait_s)
        earlier = prepared


def draft_of(deps: Deps, job: Job) -> Draft:
    """The item as its connector sees it."""
    item = job.item
    capabilities = capabilities_of(job.connector, job.login.connected.account.limits, item.post_type)
    return Draft(
        text=item.text,
        post_type=item.post_type,
        attachments=tuple(
            Attachment(
                media=media,
                path=deps.media.path_of(media.sha256),
                alt_text=alt,
                url=link_to(deps, media, max(item.due_at, clock.now())),
            )
            for media, alt in item.media
        ),
        link=item.link,
        options=options_for_part(item.options, item.part, capabilities),
        due_at=item.due_at,
        part=item.part,
        parent=item.parent,
        root=item.root,
        may_be_there=item.may_be_there,
    )


def key_of(item: QueuedItem) -> Key:
    """The idempotency material that was made with the row."""
    return Key(value=item.key, at=item.key_at)


async def give_back(deps: Deps, worker_id: WorkerId, outcomes: Sequence[Outcome]) -> None:
    """Return claimed items that will not be sent now. One transaction."""
    if outcomes:
        async with deps.database.transaction() as session:
            await gates.learn(session, outcomes, now=clock.now())
            mine = await items.give_back(session, worker_id, outcomes)
            made = [(o.item, o.prepared) for o in outcomes if o.prepared is not None and o.item.id in mine]
            await item_records.store_prepared(session, made)


def released(item: QueuedItem, why: str) -> Outcome:
    """An item given back as it was: it goes out at its second, by whoever claims it next."""
    return Outcome(item=item, attempt=item.attempt, event=Event.RELEASE, at=clock.now(), evidence=why)


def held_back(ready: Ready) -> Outcome:
    """An item given back because its gate stays closed for long: as it was, with what was prepared for it."""
    item, now = ready.job.item, clock.now()
    return Outcome(
        item=item,
        attempt=item.attempt,
        event=Event.RELEASE,
        at=now,
        claim_at=claimable_at(item, now),
        prepared=ready.prepared.data,
    )


def not_armed(deps: Deps, ready: Ready) -> Outcome:
    """An item given back because writing it down fails, which is its own fault."""
    _log.error("cannot be armed", extra={"item_id": ready.job.item.id, "platform": ready.job.item.platform})
    return _own_fault(deps, ready.job, None)


async def arm(deps: Deps, worker_id: WorkerId, ready: Sequence[Ready]) -> Arming:
    """Commit that the next act is the creating call. Only what comes back may be sent, once each. One transaction.

    What a closed gate or a spent budget does not allow stays claimed. Of an item that was edited and claimed again
    meanwhile, the newest version counts.
    """
    by_id: dict[ItemId, Ready] = {}
    for one in ready:
        before = by_id.setdefault(one.job.item.id, one)
        if one.job.item.version > before.job.item.version:
            by_id[one.job.item.id] = one
    with deps.database.hurried(), deps.tally.step("arm"):
        return await _arm(deps, worker_id, by_id)


async def _arm(deps: Deps, worker_id: WorkerId, by_id: Mapping[ItemId, Ready]) -> Arming:
    now = clock.now()
    ready = [(gating.ask(one.job), one.job.item, one.prepared.data) for one in by_id.values()]
    attempts, taking = await gating.arm(deps.database, worker_id, ready, now=now)
    armed = [
        Armed(ready=_armed(by_id[item_id], now), attempt=attempt, paid_at=taking.paid.get(item_id))
        for item_id, attempt in attempts.items()
    ]
    return Arming(armed=armed, held=taking.held)


def _armed(ready: Ready, at: datetime) -> Ready:
    job = ready.job
    item = changed(job.item, state=State.SENDING, armed_at=at)
    sending = Job(item=item, login=job.login, connector=job.connector)
    return Ready(job=sending, prepared=ready.prepared)


async def send(deps: Deps, armed: Armed, *, fence: Callable[[], bool]) -> Outcome:
    """Make the creating call and say what became of it. Never raises: every way it can end is an outcome."""
    job = armed.ready.job
    leaving = gating.Departure(job, armed.paid_at, fence) if armed.paid_at is not None else None
    wire = deps.sender.wire(job.connector.spec, fence=leaving or fence)
    outcome = await _sent(deps, armed, wire)
    if leaving is not None:
        outcome = leaving.told(outcome)
    return outcome if outcome.calls else replace(outcome, calls=_calls(outcome.item, wire))


def _calls(item: QueuedItem, wire: Wire) -> tuple[Call, ...]:
    return (*item.calls, *wire.calls)[-MOST_CALLS:]


async def _sent(deps: Deps, armed: Armed, wire: Wire) -> Outcome:
    job, item = armed.ready.job, armed.ready.job.item
    try:
        answer = await job.connector.publish(wire, job.login.connected, armed.ready.prepared, key_of(item))
    except AccountError as error:
        return await _account_trouble(deps, job, error, attempt=armed.attempt, wire=wire)
    except PlatformError as error:
        return _verdict(deps, job, error, attempt=armed.attempt, wire=wire)
    except Exception:  # noqa: BLE001  # whatever broke, the post may be live: the outcome says so
        _log.exception("sending failed", extra={"item_id": item.id, "attempt": armed.attempt})
        return _lost(armed, "Herald made a mistake while reading the answer. It looks whether the post is there.")
    now = clock.now()
    learned = gating.lesson(job, wire, None, now=now)
    return success(item, answer, attempt=armed.attempt, learned=learned, calls=_calls(item, wire), at=now)


def success(  # noqa: PLR0913  # what it is the end of, and what was seen
    item: QueuedItem,
    answer: Published | Pending,
    *,
    attempt: int,
    learned: Learned | None = None,
    calls: tuple[Call, ...] = (),
    at: datetime | None = None,
) -> Outcome:
    """The outcome of a yes, or of a "we are working on it", that came `at` that instant, or now."""
    now = at or clock.now()
    if isinstance(answer, Pending):
        check_at = now + timedelta(seconds=answer.check_after_s)
        return Outcome(
            item=item,
            attempt=attempt,
            event=Event.ACCEPTED,
            at=now,
            handle=answer.handle,
            check_at=check_at,
            learned=learned,
            calls=calls,
        )
    live = Live(platform_post_id=answer.platform_post_id, permalink=answer.permalink, extra=answer.extra)
    seen = answer.note
    return Outcome(
        item=item, attempt=attempt, event=Event.CREATED, at=now, live=live, learned=learned, calls=calls, evidence=seen
    )


async def _account_trouble(deps: Deps, job: Job, error: AccountError, *, attempt: int, wire: Wire) -> Outcome:
    """Nothing was created. A newer token gets one more try, at once; when that is refused too, a human is needed.

    The class TOKEN on the item says that it had that try: it stands there only after a token was really renewed.
    """
    if isinstance(error, TokenExpired) and job.item.error_class == ErrorClass.TOKEN:
        again = await _refused_again(deps, job, error)
        return _verdict(deps, job, again, attempt=attempt, wire=wire)
    meaning = await _meaning(deps, job, error)
    outcome = _verdict(deps, job, meaning, attempt=attempt, wire=wire)
    if not isinstance(meaning, Renewed):
        return outcome
    renewed = replace(
        outcome, trouble=replace(trouble(meaning), kind=ErrorClass.TOKEN), decision="it tries again at once"
    )
    if outcome.event is Event.RELEASE:
        return replace(renewed, claim_at=clock.now())
    return replace(renewed, due_at=clock.now())


async def _refused_again(deps: Deps, job: Job, error: TokenExpired) -> PlatformError:
    """Mark the account, for the card to say *Reconnect*. Never raises."""
    try:
        await credentials.refused_again(deps, job.login, error)
    except AccountError as gone:
        return gone
    except Exception:  # noqa: BLE001  # what is known must be settled, the account marked or not
        _log.exception("account not marked", extra={"item_id": job.item.id, "account_id": job.item.account_id})
    return error


async def _meaning(deps: Deps, job: Job, error: AccountError) -> PlatformError:
    """What an auth error comes to. Never raises: the item must not stay in our hands."""
    try:
        return await credentials.refused(deps, job.login, error)
    except PlatformError as broken:
        return broken
    except Exception:  # noqa: BLE001  # what is known must be settled, renewed or not
        _log.exception("renewing failed", extra={"item_id": job.item.id, "account_id": job.item.account_id})
        return Unavailable("Herald could not renew the access. It tries again.", code="internal")


def _verdict(deps: Deps, job: Job, error: PlatformError, *, attempt: int, wire: Wire | None) -> Outcome:
    now = clock.now()
    outcome = verdict(job.item, error, attempt=attempt, now=now, chance=deps.chance())
    return replace(outcome, learned=gating.lesson(job, wire, error, now=now))


def _lost(armed: Armed, message: str) -> Outcome:
    now = clock.now()
    trouble = Trouble(kind=ErrorClass.NO_ANSWER, message=message, cause="internal")
    return Outcome(
        item=armed.ready.job.item,
        attempt=armed.attempt,
        event=Event.ANSWER_LOST,
        at=now,
        trouble=trouble,
        check_at=now,
    )


async def settle(deps: Deps, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of armed items, many in one transaction.

    Raises when the database is away: keep them, try again.
    """
    with deps.tally.step("settle"):
        counted = await deps.shortcut.settle(deps.database, outcomes)
        if left := [outcome for outcome in outcomes if outcome.item.id not in counted]:
            async with deps.database.transaction() as session:
                await gates.learn(session, left, now=clock.now())
                counted |= await items.settle(session, left)
    deps.tally.ended(outcomes, counted)
    if not _log.isEnabledFor(logging.INFO):
        return
    for outcome in outcomes:
        _log.info(
            "settled" if outcome.item.id in counted else "settled by somebody else",
            extra={
                "item_id": outcome.item.id,
                "attempt": outcome.attempt,
                "platform": outcome.item.platform,
                "outcome": outcome.event.value,
            },
        )
