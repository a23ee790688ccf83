"""Publishing an item: claim, prepare, arm, send, settle.

Three short transactions (claim; arm; settle) with the talking between them and none open meanwhile. What may happen to
an item at each step is bot/domain/publication.py's; what an error means is bot/services/verdicts.py's. The timers that
call these functions live in handlers/clock/dispatcher.py.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import clock
from bot.domain.accounts import REFRESH_MARGIN
from bot.domain.capabilities import options_for_part
from bot.domain.content import Attachment, Draft
from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import ErrorClass, Live, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.services import credentials
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.verdicts import verdict
from platforms.base import Connector, Key, Pending, Prepared, Published, capabilities_of
from platforms.errors import AccountError, PlatformError, TokenExpired, Unavailable
from storage import accounts, item_records, items

_log = logging.getLogger(__name__)

LONGEST_PROCESSING = timedelta(minutes=10)
"""How long preparing may wait for a network to process an upload before it gives the item back."""


_OWN_FAULTS = 3
"""So often preparing may fail for a reason of ours (a database that is away) before the item ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed item with all that publishing it takes."""

    item: QueuedItem
    login: Login
    connector: Connector


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A job whose material is made: the next steps are arming and sending."""

    job: Job
    prepared: Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A job that may be sent, once, as this attempt."""

    ready: Ready
    attempt: int


async def claim(deps: Deps, worker_id: WorkerId, *, limit: int) -> list[Job]:
    """Take what is due soon. Items whose account or connector is gone end as failed here. One transaction."""
    now = clock.now()
    async with deps.database.transaction() as session:
        ids = await items.claim_due(session, worker_id, now=now, limit=limit)
        if not ids:
            return []
        queued = await item_records.load(session, ids)
        if unreadable := set(ids) - {item.id for item in queued}:
            await items.fail_unreadable(session, worker_id, unreadable, now=now)
        logins = await accounts.load_connected(session, deps.vault, sorted({item.account_id for item in queued}))
        jobs: list[Job] = []
        homeless: list[Outcome] = []
        for item in queued:
            connector = deps.connectors.get(item.platform)
            if item.account_id in logins and connector is not None:
                connected, version = logins[item.account_id]
                jobs.append(Job(item=item, login=Login(connected=connected, version=version), connector=connector))
            else:
                homeless.append(
                    _refused(
                        item,
                        ErrorClass.ACCOUNT,
                        "Herald has no usable access to this account any more. Reconnect it. Not posted.",
                    )
                )
        if homeless:
            await items.give_back(session, worker_id, homeless)
    return jobs


async def held(deps: Deps, worker_id: WorkerId) -> list[ItemId]:
    """What is this worker's in the database: claimed or armed."""
    async with deps.database.reading() as session:
        return await items.held_by(session, worker_id)


async def let_go(deps: Deps, worker_id: WorkerId, item_ids: Collection[ItemId]) -> None:
    """Give up items as if this worker had vanished: `reconciling.recover` takes them over."""
    _log.warning("items let go that nobody here knows", extra={"items": len(item_ids)})
    async with deps.database.transaction() as session:
        await items.let_go(session, worker_id, item_ids)


async def next_claim_in_s(deps: Deps) -> float | None:
    """Seconds until the next waiting item may be claimed (negative: already); None when nothing waits."""
    async with deps.database.reading() as session:
        at = await items.next_claim_at(session)
    return None if at is None else (at - clock.now()).total_seconds()


async def warm(deps: Deps, url: str, connections: int) -> None:
    """Open connections to a network's host ahead of the second at which they are needed. Failing is no failure."""
    try:
        await deps.sender.warm(url, connections)
    except Exception:  # noqa: BLE001  # the sending finds out by itself
        _log.exception("connections not opened ahead", extra={"connections": connections})


async def prepare(deps: Deps, job: Job) -> Ready | Outcome:
    """Make everything ready before the item's second: a token that lives, uploads done, the record frozen.

    Returns the outcome to give the item back with when that did not work; nothing of it is on the network then.
    """
    try:
        return await _prepare(deps, job)
    except AccountError as error:
        return _verdict(deps, job.item, await _meaning(deps, job, error), attempt=job.item.attempt)
    except PlatformError as error:
        return _verdict(deps, job.item, error, attempt=job.item.attempt)
    except Exception:  # noqa: BLE001  # a fault of ours ends this item, not the worker
        _log.exception("preparing failed", extra={"item_id": job.item.id, "platform": job.item.platform})
        if job.item.tries < _OWN_FAULTS:
            fault = Unavailable("Herald could not make it ready; it tries again.", code="internal")
            return _verdict(deps, job.item, fault, attempt=job.item.attempt)
        return _refused(job.item, ErrorClass.INTERNAL, "Herald made a mistake and stopped before sending.")


async def _prepare(deps: Deps, job: Job) -> Ready:
    item, connector = job.item, job.connector
    login = await credentials.good_until(deps, job.login, max(item.due_at, clock.now()) + REFRESH_MARGIN)
    job = replace(job, login=login)
    earlier = Prepared(data=item.prepared) if item.prepared is not None else None
    if earlier is not None and item.error_class != ErrorClass.MEDIA:
        return Ready(job=job, prepared=earlier)
    wire, endpoints, draft = deps.sender.wire(connector.spec), deps.endpoints[item.platform], draft_of(deps, job)
    give_up = clock.now() + LONGEST_PROCESSING
    while True:
        prepared = await connector.prepare(wire, endpoints, login.connected, draft, key_of(item), earlier)
        if prepared.wait_s is None:
            return Ready(job=job, prepared=prepared)
        if clock.now() > min(give_up, item.missed_after):
            raise Unavailable(f"{connector.spec.title} has not finished processing the media. Herald tries again.")
        await asyncio.sleep(prepared.wait_s)
        earlier = prepared


def draft_of(deps: Deps, job: Job) -> Draft:
    """The item as its connector sees it."""
    item = job.item
    capabilities = capabilities_of(job.connector, job.login.connected.account.limits)
    return Draft(
        text=item.text,
        post_type=item.post_type,
        attachments=tuple(
            Attachment(media=media, path=deps.media.path_of(media.sha256), alt_text=alt) for media, alt in item.media
        ),
        link=item.link,
        options=options_for_part(item.options, item.part, capabilities),
        due_at=item.due_at,
        parent=item.parent,
        root=item.root,
    )


def key_of(item: QueuedItem) -> Key:
    """The idempotency material that was made with the row."""
    return Key(value=item.key, at=item.key_at)


async def give_back(deps: Deps, worker_id: WorkerId, outcomes: Sequence[Outcome]) -> None:
    """Return claimed items that will not be sent now. One transaction."""
    if outcomes:
        async with deps.database.transaction() as session:
            await items.give_back(session, worker_id, outcomes)


def released(item: QueuedItem, why: str) -> Outcome:
    """An item given back as it was: it goes out at its second, by whoever claims it next."""
    return Outcome(item=item, attempt=item.attempt, event=Event.RELEASE, at=clock.now(), evidence=why)


async def arm(deps: Deps, worker_id: WorkerId, ready: Sequence[Ready]) -> list[Armed]:
    """Commit that the next act is the creating call. Only what comes back may be sent, once each. One transaction.

    Of an item that was edited and claimed again meanwhile, the newest version counts.
    """
    newest = sorted(ready, key=lambda one: one.job.item.version)
    by_id: dict[ItemId, Ready] = {one.job.item.id: one for one in newest}
    with deps.database.hurried():
        return await _arm(deps, worker_id, by_id)


async def _arm(deps: Deps, worker_id: WorkerId, by_id: Mapping[ItemId, Ready]) -> list[Armed]:
    async with deps.database.transaction() as session:
        attempts = await items.arm(
            session, worker_id, [(one.job.item, one.prepared.data) for one in by_id.values()], now=clock.now()
        )
    return [Armed(ready=_armed(by_id[item_id]), attempt=attempt) for item_id, attempt in attempts.items()]


def _armed(ready: Ready) -> Ready:
    return replace(ready, job=replace(ready.job, item=replace(ready.job.item, state=State.SENDING)))


async def send(deps: Deps, armed: Armed, *, fence: Callable[[], bool]) -> Outcome:
    """Make the creating call and say what became of it. Never raises: every way it can end is an outcome."""
    job, item = armed.ready.job, armed.ready.job.item
    wire = deps.sender.wire(job.connector.spec, fence=fence)
    try:
        answer = await job.connector.publish(wire, job.login.connected, armed.ready.prepared, key_of(item))
    except AccountError as error:
        return await _account_trouble(deps, armed, error)
    except PlatformError as error:
        return _verdict(deps, item, error, attempt=armed.attempt)
    except Exception:  # noqa: BLE001  # whatever broke, the post may be live: the outcome says so
        _log.exception("sending failed", extra={"item_id": item.id, "attempt": armed.attempt})
        return _lost(armed, "Herald made a mistake while reading the answer. It looks whether the post is there.")
    return success(item, answer, attempt=armed.attempt)


def success(item: QueuedItem, answer: Published | Pending, *, attempt: int, event: Event = Event.CREATED) -> Outcome:
    """The outcome of a yes, or of a "we are working on it"."""
    now = clock.now()
    if isinstance(answer, Pending):
        check_at = now + timedelta(seconds=answer.check_after_s)
        return Outcome(
            item=item, attempt=attempt, event=Event.ACCEPTED, at=now, handle=answer.handle, check_at=check_at
        )
    live = Live(platform_post_id=answer.platform_post_id, permalink=answer.permalink, extra=answer.extra)
    return Outcome(item=item, attempt=attempt, event=event, at=now, live=live)


async def _account_trouble(deps: Deps, armed: Armed, error: AccountError) -> Outcome:
    """Nothing was created. Renew once; a second refusal in a row with a fresh token ends it."""
    item = armed.ready.job.item
    if isinstance(error, TokenExpired) and item.error_class == ErrorClass.TOKEN:
        return _verdict(deps, item, error, attempt=armed.attempt)
    meaning = await _meaning(deps, armed.ready.job, error)
    outcome = _verdict(deps, item, meaning, attempt=armed.attempt)
    if outcome.event is Event.NOT_SENT and outcome.trouble is not None and isinstance(error, TokenExpired):
        return replace(outcome, trouble=replace(outcome.trouble, kind=ErrorClass.TOKEN), due_at=clock.now())
    return outcome


async def _meaning(deps: Deps, job: Job, error: AccountError) -> PlatformError:
    """What an auth error comes to. Never raises: the item must not stay in our hands."""
    try:
        return await credentials.refused(deps, job.login, error)
    except PlatformError as broken:
        return broken
    except Exception:  # noqa: BLE001  # what is known must be settled, renewed or not
        _log.exception("renewing failed", extra={"item_id": job.item.id, "account_id": job.item.account_id})
        return Unavailable("Herald could not renew the access. It tries again.")


def _verdict(deps: Deps, item: QueuedItem, error: PlatformError, *, attempt: int) -> Outcome:
    return verdict(item, error, attempt=attempt, now=clock.now(), chance=deps.chance())


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


def _refused(item: QueuedItem, kind: ErrorClass, message: str) -> Outcome:
    return Outcome(
        item=replace(item, state=State.CLAIMED),
        attempt=item.attempt,
        event=Event.REFUSED,
        at=clock.now(),
        trouble=Trouble(kind=kind, message=message),
    )


async def settle(deps: Deps, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of armed items, many in one transaction.

    Raises when the database is away: keep them, try again.
    """
    async with deps.database.transaction() as session:
        counted = await items.settle(session, outcomes)
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
