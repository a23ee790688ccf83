"""From what services owe (facts and ids) to what faces show: the facts of a card, and the message of a notice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.ids import ItemId
from bot.domain.numbers import SPOKEN, counted
from bot.domain.posts import ItemView, PostView
from handlers.slack import blocks as b
from handlers.slack import thread, times, wording
from handlers.slack.blocks import Message
from handlers.slack.facts import BrandLike, CardFacts, ItemFacts, Names, handle_of, mention
from handlers.slack.reading import sequence
from handlers.slack.thread import Happened, Line

_WHAT = {
    "schedule": Happened.SCHEDULED,
    "cancel": Happened.CANCELLED,
    "retry": Happened.ASKED_AGAIN,
    "edit": Happened.CHANGED,
    "move": Happened.MOVED,
    "decide": Happened.DECIDED,
    "disconnect": Happened.DISCONNECTED,
    "hold": Happened.HELD,
    "release": Happened.RELEASED,
    "ask": Happened.ASKED,
    "approve": Happened.APPROVED,
    "changes": Happened.CHANGES,
    "reject": Happened.REJECTED,
    "late": Happened.NOT_IN_TIME,
    "published": Happened.PUBLISHED,
    "found": Happened.FOUND,
    "looking": Happened.UNCONFIRMED,
    "absent": Happened.ABSENT,
    "waiting": Happened.WAITING,
    "missed": Happened.MISSED,
    "failed": Happened.FAILED,
    "numbers": Happened.NUMBERS,
}


class ItemOwed(Protocol):
    """What services know of an item beside its view."""

    @property
    def item(self) -> ItemView:
        """Its view."""
        ...

    @property
    def waits_for(self) -> str | None:
        """Why it waits."""
        ...

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried again."""
        ...

    @property
    def next_look_at(self) -> datetime | None:
        """When it is looked for."""
        ...

    @property
    def looks_until(self) -> datetime | None:
        """When a human is asked, if it is not found."""
        ...

    @property
    def asked_at(self) -> datetime | None:
        """Since when a human is asked."""
        ...

    @property
    def looks(self) -> int:
        """How often it was looked for."""
        ...

    @property
    def reconnected_at(self) -> datetime | None:
        """When its account was connected anew."""
        ...

    @property
    def disconnected_at(self) -> datetime | None:
        """When its account was taken out."""
        ...


class CardOwed(Protocol):
    """What services know of a post."""

    @property
    def post(self) -> PostView:
        """Its view."""
        ...

    @property
    def brand(self) -> BrandLike:
        """Its brand."""
        ...

    @property
    def items(self) -> Sequence[ItemOwed]:
        """Its items."""
        ...

    @property
    def troubles(self) -> tuple[tuple[ItemId, Mapping[str, object]], ...]:
        """What will go wrong."""
        ...


def card_facts(owed: CardOwed, called: Names, *, reader_zone: str | None = None) -> CardFacts:
    """The facts of a card."""
    return CardFacts(
        post=owed.post,
        brand=owed.brand,
        names=called,
        items={one.item.item_id: _item(one) for one in owed.items},
        reader_zone=reader_zone,
        troubles=owed.troubles,
    )


def _item(owed: ItemOwed) -> ItemFacts:
    return ItemFacts(
        next_at=owed.next_try_at or owed.next_look_at,
        looks_until=owed.looks_until,
        waits_for=owed.waits_for,
        asking=owed.asked_at is not None,
        looks=owed.looks,
        reconnected_at=owed.reconnected_at,
        disconnected_at=owed.disconnected_at,
    )


def actors(owed: CardOwed, payload: Mapping[str, object] | None = None) -> set[str]:
    """Everybody whose name the card, or a notice about it, may show."""
    named = {owed.post.created_by, owed.post.edited_by, b.word((payload or {}).get("by"))}
    return {actor for actor in named if actor}


def message(kind: str, payload: Mapping[str, object], facts: CardFacts) -> Message | None:
    """The message of a notice about a post: kinds thread, broadcast and mended; None for others."""
    item_id = b.word(payload.get("item"))
    if kind == "broadcast":
        return thread.broadcast(facts, item_id)
    if kind == "mended":
        at = _at(payload.get("at")) or facts.post.created_at
        return thread.mended(facts, by=b.word(payload.get("by")), at=at, item_id=item_id)
    what = _WHAT.get(b.word(payload.get("what")) or "")
    return thread.thread_line(_line(what, payload, facts)) if kind == "thread" and what is not None else None


def _line(what: Happened, payload: Mapping[str, object], facts: CardFacts) -> Line:
    item = next((one for one in facts.post.items if one.item_id == payload.get("item")), None)
    variant = item.variant if item is not None else b.word(payload.get("platform"))
    planned = item.scheduled_at if item is not None else _at(payload.get("planned"))
    version = payload.get("version")
    words = (b.word(payload.get(fact)) for fact in ("message", "text", "reason"))
    sentence = next(filter(None, words), (facts.missed_because if what is Happened.MISSED else None) or "")
    if what is Happened.RELEASED:
        going, late, still = (payload.get(fact) is True for fact in ("going", "late", "still"))
        sentence = wording.after_release(going=going, late=late, still=still)
    if what is Happened.CANCELLED:
        live, unsure = (
            [facts.names.variant(on) for on in map(b.word, sequence(payload.get(fact))) if on]
            for fact in ("live", "unsure")
        )
        sentence = wording.after_cancel(live, unsure)
    if what is Happened.NUMBERS:
        sentence = _numbers(payload, item)
    if payload.get("unruled") is True:
        sentence = "nobody has to approve it any more."
    called = mention(facts.post.created_by) if what is Happened.CHANGES else ""
    return Line(
        what=what,
        mention=f"{called}, " if called else "",
        zone=b.word(payload.get("zone")) or facts.zone,
        by=facts.names.person(b.word(payload.get("by"))),
        network=facts.names.variant(variant) if variant else None,
        url=b.word(payload.get("permalink")),
        sentence=sentence,
        at=planned,
        before=_at(payload.get("before")),
        until=_at(payload.get("until")),
        done_at=_at(payload.get("at")),
        version=version if isinstance(version, int) else None,
        old_text=b.word(payload.get("old_text")) or "",
        new_text=b.word(payload.get("new_text")) or "",
    )


def _numbers(payload: Mapping[str, object], item: ItemView | None) -> str:
    """What comes behind the network: `after 1 day: 1,204 views`, and what is usual there."""
    told, age_s, usual = b.mapping(payload.get("numbers")), payload.get("age_s"), payload.get("median")
    known = [(name, value) for name in SPOKEN if isinstance(value := told.get(name), int)]
    after = f"after {times.span(timedelta(seconds=age_s))}: " if isinstance(age_s, int) else ""
    said = after + ", ".join(counted(name, value) for name, value in known)
    of = b.word(payload.get("of"))
    if item is None or not isinstance(usual, int) or of not in SPOKEN:
        return f"{said}."
    return f"{said}; {b.bare(handle_of(item.handle))}'s median is {counted(of, usual)}."


def _at(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(b.word(value) or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
