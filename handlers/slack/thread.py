"""What stands below a card: one line for each thing that happened, and the few that are told to the whole channel."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import card_buttons, standing, times, wording
from handlers.slack.blocks import Message
from handlers.slack.card import accounts_of, failure
from handlers.slack.facts import CardFacts, handle_of, mention, noun_of

_HERALD = "herald"


class Happened(StrEnum):
    """What a line tells."""

    SCHEDULED = "scheduled"
    CHANGED = "changed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    PUBLISHED = "published"
    FAILED = "failed"
    MISSED = "missed"
    UNCONFIRMED = "unconfirmed"
    FOUND = "found"
    ASKED_AGAIN = "asked_again"
    WAITING = "waiting"
    ABSENT = "absent"
    DECIDED = "decided"
    DISCONNECTED = "disconnected"
    HELD = "held"
    RELEASED = "released"
    ASKED = "asked"
    APPROVED = "approved"
    CHANGES = "changes"
    REJECTED = "rejected"
    NOT_IN_TIME = "not_in_time"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened. Names are inert (`facts.Names`), texts as typed; what does not apply is left out."""

    what: Happened
    zone: str
    by: str | None = None
    network: str | None = None
    url: str | None = None
    sentence: str = ""
    at: datetime | None = None
    """The time planned, or the new one."""
    before: datetime | None = None
    """The time it was moved from."""
    until: datetime | None = None
    """When a hold ends by itself."""
    done_at: datetime | None = None
    version: int | None = None
    old_text: str = ""
    new_text: str = ""
    mention: str = ""
    """Of the one person who must act, with what comes behind it."""


def thread_line(line: Line) -> Message:
    """One line below the card; a changed text shows what it was and what it is."""
    said = _said(line)
    blocks = [b.section(said)]
    if line.what is Happened.CHANGED and line.old_text != line.new_text:
        blocks += [b.quote(line.old_text, struck=True)] if line.old_text.strip() else []
        blocks += [b.quote(line.new_text)] if line.new_text.strip() else []
    return b.message(said, blocks)


def _said(line: Line) -> str:  # noqa: C901, PLR0911, PLR0912  # a table of sentences
    who, network = line.by or "Somebody", line.network or "the network"
    when = times.planned(line.at, line.zone) if line.at is not None else "now"
    sentence = b.inert(line.sentence, 400)
    published = b.link(line.url, "open") if line.url and b.web_address(line.url) else ""
    match line.what:
        case Happened.SCHEDULED:
            return f"{who} scheduled it for {when}."
        case Happened.CHANGED:
            return f"{who} changed the post{f' (version {line.version})' if line.version else ''}."
        case Happened.MOVED:
            before = f" from {times.planned(line.before, line.zone)}" if line.before is not None else ""
            return f"Moved{before} to {when} by {who}."
        case Happened.CANCELLED:
            return f"{who} cancelled it. {sentence or wording.after_cancel([])}"
        case Happened.PUBLISHED:
            late = times.lateness(line.at, line.done_at) if line.at and line.done_at else ""
            return f"✅ Published on {network}{f', {late}' if late else ''}{f': {published}' if published else '.'}"
        case Happened.FAILED:
            return f"❌ Failed on {network}: {sentence}"
        case Happened.MISSED:
            return f"⏰ Missed on {network}. {f'{sentence} ' if sentence else ''}{wording.NOT_SENT}"
        case Happened.UNCONFIRMED:
            return f"❓ Not sure yet: {sentence or wording.looking(network, None)}"
        case Happened.FOUND:
            return f"✅ Herald found it on {network}{f': {published}' if published else ''}. Nothing was sent twice."
        case Happened.ASKED_AGAIN:
            return f"{who} asked for another try."
        case Happened.WAITING:
            return f"⏳ Waiting: {sentence}"
        case Happened.ABSENT:
            return f"Herald looked on {network}: it is not there. It is sent again."
        case Happened.DECIDED:
            return f"{who} decided: {sentence}"
        case Happened.DISCONNECTED:
            return f"{who} disconnected an account of this post. Not posted there."
        case Happened.HELD:
            until = f" until {times.planned(line.until, line.zone)}" if line.until is not None else ""
            return f"⏸️ {who} put it on hold{until}{f': “{sentence}”' if sentence else '.'}"
        case Happened.ASKED:
            return f"{who} asks for approval, for {when}."
        case Happened.APPROVED:
            return f"{who} approved version {line.version}." if not sentence else f"{who}: {sentence}"
        case Happened.CHANGES:
            return f"✏️ {line.mention}{who} asked for changes: “{sentence}”"
        case Happened.REJECTED:
            return f"🚫 {who} rejected it: “{sentence}”"
        case Happened.NOT_IN_TIME:
            return "⏰ Not approved in time. Nothing was sent."
        case Happened.NUMBERS:
            return f"📈 {network} {sentence}"
        case Happened.RELEASED:
            ended = "The hold ended by itself." if line.by == _HERALD else f"{who} released it."
            return f"▶️ {ended} {sentence}"


def broadcast(facts: CardFacts, item_id: str | None = None) -> Message:
    """To the whole channel: somebody has to act. With the one mending button and the author's name.

    It speaks of the item given, or of all that the card is about.
    """
    how = standing.of(facts if item_id is None else _alone(facts, item_id))
    said = f"{how.mark} *{how.word}* · {_called(facts)}{_trouble(facts, how)}"
    row = card_buttons.row(facts, how)[:1] if how.state in _TELLING else []
    return b.message(said, [b.section(said), *([b.actions(*row)] if row else [])])


def _alone(facts: CardFacts, item_id: str) -> CardFacts:
    items = tuple(item for item in facts.post.items if item.item_id == item_id)
    return replace(facts, post=replace(facts.post, items=items or facts.post.items))


_TELLING = frozenset({State.FAILED, State.MISSED, State.UNCONFIRMED})


def _called(facts: CardFacts) -> str:
    who = mention(facts.post.created_by)
    return f"{who}, " if who else ""


def _trouble(facts: CardFacts, how: standing.Standing) -> str:
    at = facts.post.scheduled_at
    post = f"the post of {times.spelled(at, facts.zone)}" if at is not None else "this post"
    others = len(how.items) - 1
    more = f" And {times.counted(others, f'more {noun_of(how.items)}')}." if others > 0 else ""
    if how.state is State.FAILED:
        name = facts.names.place(how.items[0])
        return f"{post} on {name}: {failure(facts, how.items[0])}{more}"
    if how.state is State.MISSED:
        why = b.inert(facts.missed_because or wording.NOT_RUNNING)
        return f"{post} for {accounts_of(facts)}. {why} {wording.NOT_SENT}"
    if how.state is State.UNCONFIRMED:
        item = how.items[0]
        title, looks = facts.names.variant(item.variant), facts.of(item).looks
        return f"{post}. {wording.asking(title, handle_of(item.handle), looks)}{more}"
    return f"{post}."


def mended(facts: CardFacts, *, by: str | None, at: datetime, item_id: str | None = None) -> Message:
    """What a broadcast becomes once nobody has to act any more; `by` is an actor."""
    told = facts if item_id is None else _alone(facts, item_id)
    how, who = standing.of(told), facts.names.person(by)
    mark = "✅" if how.state in {State.PUBLISHED, State.SCHEDULED, State.CLAIMED} else how.mark
    said = f"{mark} Mended{f' by {who}' if who else ''}, {times.happened(at, facts.zone)}: {how.word.lower()}"
    shown = f"{said} on {accounts_of(told)}." if told.post.items else f"{said}."
    return b.message(shown, [b.section(shown)])
