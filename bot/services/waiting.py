"""Why accounts take no posts for now: the gates of bot/services/gating.py, as people are told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import clock
from bot.domain.accounts import Account
from bot.domain.gates import Closed, Ledgers, Reason
from bot.domain.ids import AccountId, ItemId
from bot.domain.posts import ItemView, JournalEntry
from bot.domain.publication import State
from bot.domain.waits import Wait, sentence, spent_of
from bot.services.deps import Deps
from storage import gates
from storage.engine import Session
from storage.progress import Progress

__all__ = ["Wait", "entries_of", "said", "waits_of"]

_TO_SEND = frozenset({State.SCHEDULED, State.CLAIMED})
_TO_LOOK_FOR = frozenset({State.CONFIRMING, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shut:
    """All that is closed now, with what was spent."""

    closed: Closed
    ledgers: Ledgers
    now: datetime

    def wait(self, deps: Deps, platform: str, account_id: AccountId, service_url: str) -> Wait | None:
        gate = self.closed.of(platform, account_id, service_url)
        connector = deps.connectors.get(platform)
        if gate is None or connector is None:
            return None
        spent = spent_of(connector.spec.budgets, gate, self.ledgers.get(gate.key, {}), self.now)
        at_once = gate.is_half_open(self.now)
        return Wait(network=connector.spec.title, reason=gate.reason, until=gate.until, at_once=at_once, spent=spent)


async def _shut(session: Session) -> _Shut:
    now = clock.now()
    closed, ledgers = await gates.closed_with_ledgers(session, now=now)
    return _Shut(closed=closed, ledgers=ledgers, now=now)


async def waits_of(deps: Deps, known: Sequence[Account]) -> dict[AccountId, Wait]:
    """Those of these accounts that take no posts for now, and why. One query, however many accounts."""
    if not known:
        return {}
    async with deps.database.reading() as session:
        shut = await _shut(session)
    found = {account.id: shut.wait(deps, account.platform, account.id, account.service_url) for account in known}
    return {account_id: wait for account_id, wait in found.items() if wait is not None}


def said(wait: Wait) -> str:
    """The sentence with its instant in ISO 8601, UTC, to the second."""
    return sentence(wait, lambda at: at.isoformat("T", "seconds"))


async def entries_of(
    deps: Deps, session: Session, items: Sequence[ItemView], progress: dict[ItemId, Progress]
) -> list[JournalEntry]:
    """The last lines of a post's story: what each of its items waits for at this moment."""
    waiting = [item for item in items if item.status in _TO_SEND | _TO_LOOK_FOR]
    if not waiting:
        return []
    shut = await _shut(session)
    entries: list[JournalEntry] = []
    for item in waiting:
        now = progress[item.item_id]
        wait = shut.wait(deps, item.platform, item.account_id, now.service_url)
        if wait is not None and _stops(item, now, wait, shut.now):
            entries.append(JournalEntry(at=shut.now, event="waits", detail=f"{said(wait)}.", item_id=item.item_id))
    return entries


def _stops(item: ItemView, progress: Progress, wait: Wait, now: datetime) -> bool:
    """Whether the item would be on its way without it. A spent budget keeps nobody from looking."""
    if item.status in _TO_LOOK_FOR:
        return wait.reason is not Reason.BUDGET and progress.check_at is not None
    return progress.due_at is not None and progress.due_at <= max(wait.until, now)
