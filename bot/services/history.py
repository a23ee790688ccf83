"""Accounts' own numbers of earlier days: filled back at connect, kept up each day, and filled back farther when asked.

Days are fetched in steps, newest first, one stretch after the other; what is fetched back is told in one line of the
brand's channel. Where it stands is in the account's row: `first` and `last` are the stretch's, `next` is its last day
that is still to be fetched, and `done` says that none is; `kept` are the first and the last day of what all stretches
before brought, `until` the newest day that was tried.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot import clock
from platforms.base import AccountDay, Connector, NumbersRules, numbers_rules
from platforms.errors import Refused, ScopeMissing
from storage import account_days, brand_lines, integrations, polls

if TYPE_CHECKING:
    from bot.domain.accounts import Account
    from bot.domain.ids import AccountId, BrandId, WorkspaceId
    from bot.services.deps import Deps
    from storage.engine import Session
    from storage.polls import Turn

_log = logging.getLogger(__name__)

WHAT = "history"
"""What the line in the brand's channel is about."""
_DAY = timedelta(days=1)
_RARELY = 30
"""After so many days an account that had no numbers, or did not show them, is asked again."""

Fetch = Callable[[date, date], Awaitable[tuple[AccountDay, ...]]]
_Known = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days to be fetched; `next` is the newest of those that are missing."""

    first: date
    last: date
    next: date
    quiet: bool
    """Only what was new since: nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of filling back brought."""

    days: tuple[AccountDay, ...]
    progress: _Known
    reached: str | None
    """The earliest day once all is fetched."""
    fetched: int
    """Days asked for so far."""
    wanted: int
    silent: bool
    """Whether there is nothing to tell."""


# --- What is to be fetched -------------------------------------------------------------------------------------------


def is_open(connector: Connector, rules: NumbersRules, turn: "Turn", *, now: datetime) -> bool:
    """Whether days of this account are to be fetched."""
    return connector.history is not None and stretch_of(turn.history, turn.history_asked, rules, now=now) is not None


def stretch_of(history: _Known | None, asked: str | None, rules: NumbersRules, *, now: datetime) -> Stretch | None:
    """What is to be fetched: what was begun, else what is new, else what was asked for. None: nothing."""
    known = history or {}
    final = now.date() - rules.history_lag_days * _DAY
    if known and not known.get("done"):
        first, last = _day(known["first"]), _day(known["last"])
        return Stretch(first=first, last=last, next=_day(known["next"]), quiet=bool(known.get("quiet")))
    if not rules.history_days:
        return None
    kept = _kept(known)
    usual = final - (rules.history_days - 1) * _DAY
    newest = _day(known.get("until") or known["last"]) if known else None
    every = 1 if known.get("any") and not known.get("refused") else _RARELY
    if newest is None or (final - newest).days >= every:
        since = usual if kept is None else max(kept[1] + _DAY, _earliest(rules, now))
        return Stretch(first=since, last=final, next=final, quiet=kept is not None)
    if asked is None or kept is None or known.get("floor"):
        return None
    before, since = kept[0] - _DAY, max(_day(asked), _earliest(rules, now))
    return Stretch(first=since, last=before, next=before, quiet=False) if since <= before else None


def _earliest(rules: NumbersRules, now: datetime) -> date:
    return now.date() - max(rules.history_reach_days, rules.history_days + rules.history_lag_days - 1) * _DAY


def _kept(known: _Known) -> tuple[date, date] | None:
    """The days that are fetched."""
    if kept := known.get("kept"):
        return _day(kept[0]), _day(kept[1])
    # Before stretches followed each other there was only one.
    return (_day(known["first"]), _day(known["last"])) if known.get("done") and known.get("any") else None


def _day(said: str) -> date:
    return date.fromisoformat(said)


# --- Fetching --------------------------------------------------------------------------------------------------------


async def fetch(turn: "Turn", rules: NumbersRules, ask: Fetch, *, now: datetime) -> Step:
    """The next days. Raises PlatformError but where the network has no such numbers for us: then nothing is left."""
    known = turn.history or {}
    stretch = stretch_of(known, turn.history_asked, rules, now=now)
    assert stretch is not None  # noqa: S101  # as planned
    since = max(stretch.first, stretch.next - (rules.history_step_days - 1) * _DAY)
    try:
        days = await ask(since, stretch.next)
    except (Refused, ScopeMissing) as error:
        _log.info("no history", extra={"account_id": turn.account_id, "error": type(error).__name__})
        return _refused(known, stretch)
    facts = _facts(known, stretch) | {"any": bool(known.get("any") or days)}
    if since > stretch.first:
        return _step(days, facts | {"next": (since - _DAY).isoformat()}, stretch, since=since)
    kept = _kept(known)
    if facts["any"]:
        first = stretch.first if kept is None else min(stretch.first, kept[0])
        last = stretch.last if kept is None else max(stretch.last, kept[1])
        facts["kept"] = [first.isoformat(), last.isoformat()]
    return _step(days, facts | {"done": True}, stretch, since=since)


def _facts(known: _Known, stretch: Stretch) -> dict[str, Any]:
    until = max(stretch.last.isoformat(), known.get("until") or known.get("last") or "")
    kept = _kept(known)
    facts: dict[str, Any] = {"first": stretch.first.isoformat(), "last": stretch.last.isoformat(), "until": until}
    facts |= {"quiet": True} if stretch.quiet else {}
    facts |= {"floor": True} if known.get("floor") else {}
    return facts | ({"kept": [day.isoformat() for day in kept]} if kept else {})


def _refused(known: _Known, stretch: Stretch) -> Step:
    """Nothing more of this stretch; what lies before what is kept is never asked for again."""
    facts = _facts(known, stretch) | {"any": bool(known.get("any")), "done": True}
    kept = _kept(known)
    back = kept is not None and stretch.last < kept[0]
    facts |= {"floor": True} if back else {"refused": True}
    return replace(_step((), facts, stretch, since=stretch.next + _DAY), silent=True)


def _step(days: tuple[AccountDay, ...], facts: dict[str, Any], stretch: Stretch, *, since: date) -> Step:
    return Step(
        days=days,
        progress=facts,
        reached=facts["kept"][0] if facts.get("kept") else None,
        fetched=(stretch.last - since).days + 1,
        wanted=(stretch.last - stretch.first).days + 1,
        silent=stretch.quiet or not facts["any"],
    )


async def keep(session: "Session", account: "Account", step: Step, *, now: datetime) -> None:
    """Keep the days, and have the brand's channel told how far it has come."""
    await account_days.keep(session, account.workspace_id, account.id, step.days, now=now)
    if step.silent:
        return
    facts = {
        "account_id": account.id,
        "platform": account.platform,
        "handle": account.handle,
        "fetched": step.fetched,
        "wanted": step.wanted,
        "done": bool(step.progress.get("done")),
    }
    key = f"{WHAT}:{account.id}:{step.progress['last']}"
    await brand_lines.keep_saying(session, account.workspace_id, account.brand_id, WHAT, key=key, facts=facts, now=now)


# --- Asking ----------------------------------------------------------------------------------------------------------


async def want(deps: "Deps", workspace_id: "WorkspaceId", brand_id: "BrandId | None", since: date) -> None:
    """Somebody looks at days from `since` on: have those that are missing fetched, as far back as each network goes."""
    now = clock.now()
    async with deps.database.reading() as session:
        linked = await integrations.linked_accounts(session, workspace_id, brand_id=brand_id)
        rules = {one.account.id: told for one in linked if (told := rules_of(deps, one.account)) is not None}
        pasts = await polls.pasts(session, workspace_id, rules) if rules else {}
    missing = {
        account_id: max(since, _earliest(rules[account_id], now))
        for account_id, past in pasts.items()
        if _misses(past, rules[account_id], since, now)
    }
    if missing:
        async with deps.database.transaction() as session:
            for account_id, first in sorted(missing.items()):
                await polls.ask_for_days(session, workspace_id, account_id, first, now=now)


def rules_of(deps: "Deps", account: "Account") -> NumbersRules | None:
    """How this account's days are asked for; None where its network has none."""
    connector = deps.connectors.get(account.platform)
    rules = numbers_rules(connector.spec, account) if connector is not None and connector.history is not None else None
    return rules if rules is not None and rules.history_days else None


def _misses(past: "polls.Past", rules: NumbersRules, since: date, now: datetime) -> bool:
    """Whether asking for these days would have any fetched that are not, and are not asked for yet."""
    if past.asked is not None and _day(past.asked) <= max(since, _earliest(rules, now)):
        return False
    known = past.history or {}
    kept = _kept(known)
    usual = now.date() - (rules.history_lag_days + rules.history_days - 1) * _DAY
    begins = kept[0] if kept is not None else _day(known["first"]) if known else usual
    return not known.get("floor") and max(since, _earliest(rules, now)) < begins


async def fetching(
    deps: "Deps", workspace_id: "WorkspaceId", accounts: "Mapping[AccountId, Account]"
) -> "set[AccountId]":
    """Those of these accounts of which earlier days are being fetched."""
    rules = {account_id: told for account_id, one in accounts.items() if (told := rules_of(deps, one)) is not None}
    async with deps.database.reading() as session:
        pasts = await polls.pasts(session, workspace_id, rules) if rules else {}
    now = clock.now()
    found: set[AccountId] = set()
    for account_id, past in pasts.items():
        stretch = stretch_of(past.history, past.asked, rules[account_id], now=now)
        if stretch is not None and not stretch.quiet:
            found.add(account_id)
    return found
