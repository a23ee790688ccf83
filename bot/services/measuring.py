"""Asking the networks for numbers: of each published item once a day for ninety days, of accounts every few hours.

Runs each minute in any number of processes; an account is claimed before it is asked about, and all that concerns it
is asked by one call after another. Publishing comes first: a fifth of every budget is left to it, and nothing is asked
where a gate is closed. What was found is kept in one transaction at the end of an account's turn, also when the turn
ends in an error.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot import clock
from bot.domain.gates import Learned, Scope, key_of_host
from bot.domain.ids import ItemId
from bot.domain.numbers import Numbers
from bot.domain.polling import KEPT, OWN_EVERY, again_at, first_at, last_at, next_day_at, wait
from bot.services import credentials, figures, history, milestones
from bot.services.credentials import Login
from bot.services.verdicts import limited_until
from platforms.base import AccountNumbers, Connector, NumbersRules, PostNumbers, Wire, numbers_rules
from platforms.errors import AccountError, LimitScope, PlatformError, RateLimited, Refused, ScopeMissing
from storage import accounts, gates, polls
from storage.gates import Ask
from storage.polls import DueItem, Found, Turn

if TYPE_CHECKING:
    from bot.services.deps import Deps
    from storage.engine import Session

_log = logging.getLogger(__name__)

KEPT_FOR_PUBLISHING = 0.2
"""The share of every budget that numbers never take."""
_AT_ONCE = 5
_HOLD = timedelta(minutes=15)
"""Longer than a turn can last: its requests one after another, each with its time-out."""
_TICK_S = 45.0
_REQUESTS = 20
"""What one turn asks at most; the next one comes a minute later."""
_MOST_ITEMS = 500
_ENROLLED = 1_000
_LOOKS_AGAIN = timedelta(minutes=45)
"""How soon an account is looked at again for what was published meanwhile: before that is due for the first time."""
_OVERLAP = timedelta(hours=2)
"""Items settled late carry an earlier instant."""
_NEXT_TURN = timedelta(seconds=55)
_BUDGET_WAIT = timedelta(minutes=5)
"""Where a budget's window is longer than the way to the next turn."""
_A_DAY = timedelta(days=1)
_LONGEST_ERROR = 200
_NOT_SHOWN = "The network did not show it."


async def measure(deps: "Deps") -> int:
    """Ask about the accounts that are due; returns how many were asked about."""
    began_s, asked = clock.uptime_s(), 0
    while clock.uptime_s() - began_s < _TICK_S:
        now = clock.now()
        if not await polls.any_due(deps.database, now=now):
            return asked
        async with deps.database.transaction() as session:
            shut = [gate for gate in (await gates.closed(session, now=now)).gates.values() if gate.until > now]
            turns = await polls.claim(session, now=now, until=now + _HOLD, limit=_AT_ONCE, shut=shut)
        if not turns:
            return asked
        await asyncio.gather(*(_take(deps, turn) for turn in turns))
        asked += len(turns)
    return asked


async def _take(deps: "Deps", turn: Turn) -> None:
    try:
        await _ask(deps, turn)
    except Exception:  # noqa: BLE001  # a fault of ours ends this turn, not the others of the tick
        _log.exception("numbers not asked for", extra={"account_id": turn.account_id})
        async with deps.database.transaction() as session:
            await polls.release(session, turn, clock.now() + wait(turn.tries + 1), {"tries": turn.tries + 1})


async def _ask(deps: "Deps", turn: Turn) -> None:
    async with deps.database.reading() as session:
        known = await accounts.load_connected(session, deps.vault, [turn.account_id])
    login = next((Login(connected=one, version=version) for one, version in known.values()), None)
    connector = deps.connectors.get(login.connected.account.platform) if login is not None else None
    rules = numbers_rules(connector.spec, login.connected.account) if login is not None and connector else None
    if login is None or connector is None or rules is None:
        async with deps.database.transaction() as session:
            await polls.release(session, turn, clock.now() + _A_DAY, {})
        return
    visit = Visit(deps=deps, turn=turn, login=login, connector=connector, rules=rules)
    await _plan(visit)
    try:
        await _talk(visit)
    except PlatformError as error:
        await _fail(visit, error)
    await _settle(visit)


# --- Planning --------------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Visit:
    """One turn of an account: what is to be asked, and what came of it."""

    deps: "Deps"
    turn: Turn
    login: Login
    connector: Connector
    rules: NumbersRules
    now: datetime = field(default_factory=clock.now)
    enrolled_until: datetime | None = None
    own: bool = False
    """Whether the account's own numbers are due, and paid for."""
    own_due_at: datetime | None = None
    batches: list[list[DueItem]] = field(default_factory=list[list[DueItem]])
    past: bool = False
    """Whether a step of the account's history may be fetched."""
    more: timedelta | None = None
    """How soon the next turn should come, because this one could not ask everything."""
    paid: int = 0
    sent: int = 0
    found: list[Found] = field(default_factory=list[Found])
    hidden: list[DueItem] = field(default_factory=list[DueItem])
    refused: list[DueItem] = field(default_factory=list[DueItem])
    own_numbers: AccountNumbers | None = None
    history: "history.Step | None" = None
    learned: Learned | None = None
    due_at: datetime | None = None
    """When the account is asked again at the earliest, because something failed."""
    error: str | None = None

    @property
    def ask(self) -> Ask:
        """Whose budgets are spent."""
        account = self.login.connected.account
        return Ask(
            item_id=ItemId(""),
            account_id=account.id,
            platform=account.platform,
            service_url=account.service_url,
            budgets=self.rules.budgets,
        )

    def wire(self) -> Wire:
        """To the account's platform."""
        return self.deps.sender.wire(self.connector.spec)


async def _plan(visit: Visit) -> None:
    """Enrol what was published meanwhile, and pay for what is due."""
    deps, turn, now, rules = visit.deps, visit.turn, visit.now, visit.rules
    asks_items = visit.connector.metrics is not None
    calls = max(1, _REQUESTS // rules.requests)
    most = min(_MOST_ITEMS, calls * rules.posts_per_call)
    own = visit.connector.account_metrics is not None and turn.own_due_at <= now
    past = history.is_open(visit.connector, rules, turn, now=now)
    async with deps.database.transaction() as session:
        if asks_items:
            await _enrol(session, visit)
        due = await polls.due_items(session, turn.account_id, now=now, limit=most) if asks_items else []
        await polls.put_off(session, [item for item in due if item.until < now], to=now, tries=0)
        batches = list(_batches([item for item in due if item.until >= now], rules.posts_per_call))[:calls]
        wanted = own * rules.own_requests + past + len(batches) * rules.requests
        paid = left = await gates.spare(session, visit.ask, wanted, keep=KEPT_FOR_PUBLISHING, now=now) if wanted else 0
    visit.paid = paid
    visit.own = own and left >= rules.own_requests
    left -= visit.own * rules.own_requests
    visit.past = past and left > 0
    left -= visit.past
    visit.batches = batches[: left // rules.requests]
    if paid < wanted:
        slow = any(budget.per_s > _NEXT_TURN.total_seconds() for budget in rules.budgets)
        visit.more = _BUDGET_WAIT if slow else _NEXT_TURN
    elif past or len(due) == most:
        visit.more = _NEXT_TURN


async def _enrol(session: "Session", visit: Visit) -> None:
    turn, now = visit.turn, visit.now
    since = now - KEPT
    if turn.enrolled_until is not None:
        since = max(since, turn.enrolled_until - _OVERLAP)
    new = await polls.unknown_items(session, turn.account_id, since=since, limit=_ENROLLED)
    visit.enrolled_until = new[-1][1] if len(new) == _ENROLLED else now
    if new:
        asked = await polls.asked_on(session, [item_id for item_id, _ in new], now.date().isoformat())
        tomorrow = next_day_at(turn.account_id, now)
        rows = [
            (item_id, tomorrow if item_id in asked else first_at(item_id, at), last_at(item_id, at))
            for item_id, at in new
        ]
        await polls.enrol(session, turn, rows)


def _batches(items: Sequence[DueItem], size: int) -> Iterator[list[DueItem]]:
    """Items that go into one call: posts with posts, what stands below them apart; what spoiled a call goes alone."""
    for below in (False, True):
        fresh = [item for item in items if item.tries == 0 and bool(item.part) is below]
        for start in range(0, len(fresh), size):
            yield fresh[start : start + size]
    for item in items:
        if item.tries:
            yield [item]


# --- Talking ---------------------------------------------------------------------------------------------------------


async def _talk(visit: Visit) -> None:
    """Ask all that is paid for. Raises PlatformError when the network wants to be left alone."""
    visit.login = await credentials.good_until(visit.deps, visit.login, visit.now + _HOLD)
    if visit.own:
        await _ask_own(visit)
    if visit.past:
        visit.history = await history.fetch(visit.turn, visit.rules, partial(_past, visit), now=visit.now)
    for batch in visit.batches:
        try:
            await _ask_batch(visit, batch)
        except Refused as error:
            visit.refused += batch
            visit.error = error.safe
        except ScopeMissing as error:
            visit.hidden += [item for some in visit.batches for item in some]
            visit.error = error.safe
            return


async def _ask_own(visit: Visit) -> None:
    deps, connector = visit.deps, visit.connector
    assert connector.account_metrics is not None  # noqa: S101  # as planned
    wire = visit.wire()
    try:
        visit.own_numbers = await connector.account_metrics(
            wire, deps.endpoints[connector.spec.name], visit.login.connected
        )
        visit.own_due_at = clock.now() + OWN_EVERY
    except (Refused, ScopeMissing) as error:
        visit.own_due_at, visit.error = visit.now + _A_DAY, error.safe
    finally:
        _count(visit, wire)


async def _ask_batch(visit: Visit, batch: Sequence[DueItem]) -> None:
    deps, connector = visit.deps, visit.connector
    assert connector.metrics is not None  # noqa: S101  # as planned
    wire = visit.wire()
    ids = tuple(item.platform_post_id for item in batch)
    try:
        answered = await connector.metrics(wire, deps.endpoints[connector.spec.name], visit.login.connected, ids)
    finally:
        _count(visit, wire)
    numbers = {one.platform_post_id: one for one in answered}
    at = clock.now()
    for item in batch:
        one = numbers.get(item.platform_post_id)
        if one is None:
            visit.hidden.append(item)
        else:
            visit.found.append(Found(item=item, at=at, numbers=_numbers(one), raw=one.raw))


async def _past(visit: Visit, first: Any, last: Any) -> Any:  # noqa: ANN401  # typed where it is used
    connector = visit.connector
    assert connector.history is not None  # noqa: S101  # as planned
    wire = visit.wire()
    try:
        endpoints = visit.deps.endpoints[connector.spec.name]
        return await connector.history(wire, endpoints, visit.login.connected, first, last)
    finally:
        _count(visit, wire)


def _count(visit: Visit, wire: Wire) -> None:
    """What the call took, and what it taught of the budgets that publishing spends of, too."""
    visit.sent += len(wire.calls)
    if visit.rules.apart:
        return
    told = tuple((budget, said) for budget in visit.rules.budgets if (said := wire.allowances.get(budget.name)))
    if told:
        visit.learned = replace(_nothing(visit), allowances=told)


def _nothing(visit: Visit) -> Learned:
    account = visit.login.connected.account
    return Learned(host=key_of_host(account.platform, account.service_url))


def _numbers(one: PostNumbers) -> Numbers:
    return Numbers(
        views=one.views,
        likes=one.likes,
        comments=one.comments,
        shares=one.shares,
        saves=one.saves,
        clicks=one.clicks,
        video_views=one.video_views,
        reach=one.reach,
        quotes=one.quotes,
    )


# --- Ending ----------------------------------------------------------------------------------------------------------


async def _fail(visit: Visit, error: PlatformError) -> None:
    """The turn ends early: what was not asked stays due, and the account is left alone for a while."""
    turn, now = visit.turn, clock.now()
    visit.error = error.safe
    visit.due_at = again_at(turn.account_id, turn.tries + 1, now)
    if isinstance(error, RateLimited):
        until = limited_until(error, now)
        visit.due_at = max(until, now + _NEXT_TURN)
        if not visit.rules.apart:
            scope = Scope.APP if error.scope is LimitScope.APP else Scope.ACCOUNT
            visit.learned = replace(visit.learned or _nothing(visit), until=until, scope=scope)
    elif isinstance(error, AccountError) and not isinstance(error, ScopeMissing):
        try:
            meaning = await credentials.refused(visit.deps, visit.login, error)
        except PlatformError as broken:
            meaning = broken
        if isinstance(meaning, credentials.Renewed) and turn.tries == 0:
            visit.due_at = now + _NEXT_TURN
        visit.error = meaning.safe
    facts = {"account_id": turn.account_id, "platform": error.platform, "status": error.status, "code": error.code}
    _log.info("numbers wait", extra={**facts, "error": type(error).__name__, "until": visit.due_at.isoformat()})


async def _settle(visit: Visit) -> None:
    """Keep what was found, say when what comes next, and give the account back. One transaction."""
    turn, now = visit.turn, clock.now()
    tomorrow = next_day_at(turn.account_id, now)
    async with visit.deps.database.transaction() as session:
        if visit.learned is not None:
            await gates.learn_of_reading(session, visit.ask, visit.learned, now=now)
        if visit.sent > visit.paid:
            await gates.spare(session, visit.ask, visit.sent - visit.paid, keep=0.0, now=now)
        before = await milestones.known(session, turn.workspace_id, visit.found)
        await polls.keep(session, turn, visit.found)
        await milestones.tell(session, turn, visit.found, before, now=now)
        await polls.put_off(session, [one.item for one in visit.found], to=tomorrow, tries=0)
        await polls.put_off(session, visit.hidden, to=tomorrow, tries=0, error=_NOT_SHOWN)
        for item in visit.refused:
            tries = item.tries + 1
            again = again_at(turn.account_id, tries, now)
            await polls.put_off(session, [item], to=again, tries=tries, error=_short(visit.error))
        if visit.own_numbers is not None:
            await _keep_own(session, visit, visit.own_numbers, now)
        if visit.history is not None:
            await history.keep(session, visit.login.connected.account, visit.history, now=now)
        await polls.release(session, turn, *await _next(session, visit, now))
        published = {one.item.post_id: one.item.published_at for one in visit.found}
        await figures.show_on_cards(session, turn.workspace_id, published, now=now)


async def _next(session: "Session", visit: Visit, now: datetime) -> tuple[datetime, dict[str, object]]:
    """When the account is due again, and its row as it is from now on."""
    turn = visit.turn
    own = visit.own_due_at or turn.own_due_at
    if visit.connector.account_metrics is None:
        own = now + _A_DAY
    first_item = await polls.next_item_at(session, turn.account_id)
    soon = min(filter(None, (own, first_item, now + _LOOKS_AGAIN, now + visit.more if visit.more else None)))
    values: dict[str, object] = {
        "own_due_at": own,
        "enrolled_until": visit.enrolled_until or turn.enrolled_until,
        "tries": turn.tries + 1 if visit.due_at is not None else 0,
        "last_error": _short(visit.error),
    }
    if visit.history is not None:
        values |= {"history": dict(visit.history.progress), "history_from": visit.history.reached}
    return visit.due_at or max(soon, now + (visit.more or _NEXT_TURN)), values


async def _keep_own(session: "Session", visit: Visit, own: AccountNumbers, now: datetime) -> None:
    told: dict[str, Any] = {
        "followers": own.followers,
        "following": own.following,
        "posts": own.posts,
        "views": own.views,
    }
    if own.raw or any(value is not None for value in told.values()):
        await polls.keep_own(session, visit.turn, told, own.raw, at=now)


def _short(sentence: str | None) -> str | None:
    return None if sentence is None else sentence[:_LONGEST_ERROR]
