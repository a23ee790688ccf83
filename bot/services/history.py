"""Filling an account's own numbers back when it is connected: in steps, newest days first, told in its brand's channel.

How far it has come stands in the account's row: `next` is the last day that is still to be fetched, `first` the
earliest one, `last` the one it began with; nothing is left where `done` is set.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from platforms.base import AccountDay, Connector, NumbersRules
from platforms.errors import Refused, ScopeMissing
from storage import account_days, brand_lines
from storage.polls import Turn

if TYPE_CHECKING:
    from bot.domain.accounts import Account
    from storage.engine import Session

_log = logging.getLogger(__name__)

WHAT = "history"
"""What the line in the brand's channel is about."""
_DAY = timedelta(days=1)

Fetch = Callable[[date, date], Awaitable[tuple[AccountDay, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of filling back brought."""

    days: tuple[AccountDay, ...]
    progress: Mapping[str, Any]
    reached: str | None
    """The earliest day once all is fetched."""
    fetched: int
    """Days asked for so far."""
    wanted: int
    silent: bool
    """Whether there is nothing to tell."""


def is_open(connector: Connector, rules: NumbersRules, turn: Turn) -> bool:
    """Whether days of this account are still to be fetched."""
    known = turn.history or {}
    return connector.history is not None and rules.history_days > 0 and not known.get("done")


async def fetch(turn: Turn, rules: NumbersRules, ask: Fetch, *, now: datetime) -> Step:
    """The next days. Raises PlatformError but where the network has no such numbers for us: then nothing is left."""
    known = turn.history or {}
    final = now.date() - rules.history_lag_days * _DAY
    last = date.fromisoformat(known.get("last") or final.isoformat())
    first = date.fromisoformat(known.get("first") or (last - (rules.history_days - 1) * _DAY).isoformat())
    until = date.fromisoformat(known.get("next") or last.isoformat())
    since = max(first, until - (rules.history_step_days - 1) * _DAY)
    facts = {"first": first.isoformat(), "last": last.isoformat(), "any": bool(known.get("any"))}
    try:
        days = await ask(since, until)
    except (Refused, ScopeMissing) as error:
        _log.info("no history", extra={"account_id": turn.account_id, "error": type(error).__name__})
        return _step((), facts | {"done": True}, first, last, since=until + _DAY)
    facts["any"] = facts["any"] or bool(days)
    if since <= first:
        return _step(days, facts | {"done": True}, first, last, since=first)
    return _step(days, facts | {"next": (since - _DAY).isoformat()}, first, last, since=since)


def _step(days: tuple[AccountDay, ...], facts: dict[str, Any], first: date, last: date, *, since: date) -> Step:
    reached = since.isoformat() if facts.get("done") and facts["any"] else None
    return Step(
        days=days,
        progress=facts,
        reached=reached,
        fetched=(last - since).days + 1,
        wanted=(last - first).days + 1,
        silent=not facts["any"],
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
