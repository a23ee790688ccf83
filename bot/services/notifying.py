"""Telling people: what is owed to them is written in the transaction of what happened, and delivered later.

Failing to deliver never changes what happened. What is owed is storage/lines.py's and storage/cards.py's; this file has
the facts that messages are made from, and delivers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import clock
from bot.domain.accounts import Health
from bot.domain.gates import Closed, Gate, Reason
from bot.domain.holds import Hold
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.items import ErrorClass
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from bot.services import preflight
from bot.services.delivering import Deliverer
from bot.services.deps import Deps
from bot.services.findings import looks_until
from bot.services.ports import Notifier
from bot.services.preflight import Trouble
from platforms.base import FindRules, find_rules
from storage import alerts, gates, holds, lanes, posts
from storage.brands import Brand, get_brand
from storage.engine import Session
from storage.lanes import Backlog
from storage.progress import Progress, progress_of

__all__ = ["Backlog", "CardFacts", "ItemFacts", "backlog", "card_facts", "deliver"]

_CLASS = {
    Reason.RATE_LIMITED: ErrorClass.RATE_LIMITED,
    Reason.BUDGET: ErrorClass.RATE_LIMITED,
    Reason.DOWN: ErrorClass.UNAVAILABLE,
}
_WAITS = frozenset({State.SCHEDULED, State.CLAIMED})
_WAITS_FOR = frozenset({ErrorClass.RATE_LIMITED, ErrorClass.UNAVAILABLE, ErrorClass.TOKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """An item of a post, and what its card says about it."""

    item: ItemView
    title: str
    """Its network's name, for people."""
    late: timedelta | None
    """How long after its planned second it was published; None before, and for the further parts of a thread."""
    waits_for: ErrorClass | None
    """Why it was not sent at its second and waits; nobody has to do anything."""
    next_try_at: datetime | None
    """With `waits_for`: when it is tried again."""
    next_look_at: datetime | None
    looks_until: datetime | None
    """While Herald looks for it: when a human is asked."""
    asked_at: datetime | None
    """Since when a human is asked."""
    looks: int
    account_health: Health
    reconnected_at: datetime | None
    """When its account was connected anew after this item was last tried."""
    disconnected_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that the card of a post is made from. `items` are in the order of `post.items`."""

    post: PostView
    brand: Brand
    items: tuple[ItemFacts, ...]
    hold: Hold | None = None
    """What keeps it from being sent: its own hold before its brand's, for that one is released at the card alone."""
    troubles: tuple[tuple[ItemId, Trouble], ...] = ()
    """What pre-flight found and nobody has mended yet, item by item."""

    def item(self, item_id: str | None) -> ItemFacts | None:
        """The item a notice speaks of."""
        return next((one for one in self.items if one.item.item_id == item_id), None)


async def card_facts(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> CardFacts:
    """The facts of a post's card, as they are now. Raises NotFound."""
    async with deps.database.reading() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        brand = await get_brand(session, workspace_id, post.brand_id)
        progress = await progress_of(session, workspace_id, post_id)
        hold = post.hold or await holds.hold_of(session, workspace_id, brand.id)
        shut = await gates.closed(session, now=clock.now())
        troubles = await _troubles(session, post)
    facts = tuple(_item_facts(deps, item, progress[item.item_id], shut) for item in post.items)
    return CardFacts(post=post, brand=brand, items=facts, hold=hold, troubles=troubles)


async def _troubles(session: Session, post: PostView) -> tuple[tuple[ItemId, Trouble], ...]:
    """Asked for what waits alone: nothing else has any."""
    waiting = {item.item_id for item in post.items if item.status in _WAITS}
    if not waiting:
        return ()
    known = await alerts.open_of_brand(session, post.workspace_id, post.brand_id, preflight.KIND)
    newest = {alert.item_id: alert for alert in known if alert.item_id in waiting}
    return tuple(
        (item_id, trouble) for item_id, alert in newest.items() if item_id for trouble in alert.facts["troubles"]
    )


def _item_facts(deps: Deps, item: ItemView, now: Progress, shut: Closed) -> ItemFacts:
    connector = deps.connectors.get(item.platform)
    gate = _gate(item, now, shut)
    waits_for = _waits_for(item) if gate is None else _CLASS[gate.reason]
    again_at = max(filter(None, (now.due_at, now.claim_at, gate.until if gate is not None else None)), default=None)
    looking = item.status is State.UNCONFIRMED and now.asked_at is None
    rules = find_rules(connector.spec, item.post_type) if connector is not None else None
    return ItemFacts(
        item=item,
        title=connector.spec.title if connector is not None else item.platform,
        late=_late(item),
        waits_for=waits_for,
        next_try_at=again_at if waits_for is not None else None,
        next_look_at=now.check_at if looking else None,
        looks_until=_looks_until(now, rules) if looking and rules is not None else None,
        asked_at=now.asked_at if item.status is State.UNCONFIRMED else None,
        looks=now.looks,
        account_health=now.account_health,
        reconnected_at=_reconnected_at(now),
        disconnected_at=now.account_gone_at,
    )


def _looks_until(now: Progress, rules: FindRules) -> datetime:
    """Past the deadline it is its host that did not answer, and more patience is due."""
    until = looks_until(now, rules)
    return until if until > clock.now() else looks_until(now, rules, silent=True)


def _gate(item: ItemView, now: Progress, shut: Closed) -> Gate | None:
    """The gate it waits behind; None while there is none, or it is not its time yet when that opens."""
    if item.status not in (State.SCHEDULED, State.CLAIMED) or now.due_at is None:
        return None
    gate = shut.of(item.platform, item.account_id, now.service_url)
    return gate if gate is not None and now.due_at <= max(gate.until, clock.now()) else None


def _waits_for(item: ItemView) -> ErrorClass | None:
    if item.status not in (State.SCHEDULED, State.CLAIMED) or item.error is None:
        return None
    kind = ErrorClass(item.error[0])
    return kind if kind in _WAITS_FOR else None


def _late(item: ItemView) -> timedelta | None:
    if item.published_at is None or item.scheduled_at is None or item.part:
        return None
    return item.published_at - item.scheduled_at


def _reconnected_at(now: Progress) -> datetime | None:
    tried_at = now.armed_at or now.due_at
    return now.account_connected_at if tried_at is not None and now.account_connected_at > tried_at else None


async def backlog(deps: Deps) -> Backlog | None:
    """What is owed to people and not said yet, in all workspaces; None when there is nothing. For the operator."""
    async with deps.database.reading() as session:
        return await lanes.backlog(session, now=clock.now())


async def deliver(deps: Deps, notifier: Notifier) -> int:
    """Deliver what is due, unless somebody else does. Returns how many cards and notices got through."""
    return await Deliverer(deps, notifier).turn()
