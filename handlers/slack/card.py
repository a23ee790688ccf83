"""The card of a post: one message for its whole life, rebuilt from the facts each time something about it changes."""

from collections.abc import Iterator
from datetime import datetime

from bot.domain.content import MediaKind
from bot.domain.numbers import in_words
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from handlers.slack import approval, card_buttons, causes, names, standing, times, wording
from handlers.slack import blocks as b
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import CardFacts, handle_of, noun_of, roots
from handlers.slack.standing import Standing

_MOST_LINES = 8
_AHEAD = frozenset({State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
"""Once it was sent, the card of the next one says that it comes again."""


def card(facts: CardFacts, now: datetime) -> Message:
    """The card as it stands now. Also the direct message about a draft, which only its author gets."""
    standing_ = standing.of(facts)
    asked = approval.body(facts, standing_)
    blocks = list(_blocks(facts, standing_, now, asked))
    shorter = None if asked is None else _blocks(facts, standing_, now, None)
    return b.message(fallback(facts, standing_), blocks, simpler=shorter)


def _blocks(facts: CardFacts, standing_: Standing, now: datetime, asked: list[Json] | None) -> Iterator[Json]:
    post = facts.post
    row = card_buttons.row(facts, standing_)
    yield b.section(headline(facts, standing_), b.overflow(names.MORE, card_buttons.menu(facts, standing_, row)))
    if note := causes.note(facts, now) or _note(facts):
        yield b.context(note)
    if asked is not None:
        yield from asked
    elif post.text.strip():
        yield b.quote(post.text)
    if said := item_lines(facts, now):
        yield b.section(b.lines(said))
    yield b.context(" · ".join([*_small_print(facts), *approval.small_print(facts, standing_)]))
    if row:
        yield b.actions(*row)


def fallback(facts: CardFacts, standing_: Standing) -> str:
    """The card in one line."""
    said = [f"{standing_.word}: {b.quoted(facts.post.text)}" if facts.post.text.strip() else standing_.word]
    said += [accounts_of(facts)] if facts.post.items else []
    at = facts.post.scheduled_at
    when = [times.spelled(at, facts.zone)] if at is not None else []
    said += [approval.ONCE_APPROVED] if approval.goes_at_once(facts, standing_) else when
    return " · ".join(said)


def accounts_of(facts: CardFacts, most: int = 4) -> str:
    """Where it goes, by name."""
    firsts = [items[0] for items in roots(facts.post).values()]
    return wording.joined([facts.names.place(item) for item in firsts], most=most)


# --- Line 1 and small print ---------------------------------------------------------------------------------------


def headline(facts: CardFacts, standing_: Standing) -> str:
    """Mark, state, time."""
    asked = approval.headline(facts, standing_)
    opening = asked or f"{standing_.mark} *{standing_.word}*"
    if asked is not None and standing_.state in {State.DRAFT, State.CANCELLED}:
        return opening
    if standing_.state is State.CANCELLED and not standing_.published:
        return opening + _taken_back(facts)
    if standing_.word == wording.HELD:
        return opening + _held(facts)
    tail = _tail(facts, standing_)
    return f"{opening} · {tail}" if tail else opening


def _taken_back(facts: CardFacts) -> str:
    by, at = facts.names.person(facts.ended_by), facts.ended_at
    said = (f" by {by}" if by else "") + (f", {times.happened(at, facts.zone)}" if at is not None else "")
    return f"{said} · nothing was sent"


def _held(facts: CardFacts) -> str:
    hold, at = facts.hold, facts.post.scheduled_at
    said = wording.held_by(hold, facts.names.person(hold.by), facts.zone) if hold is not None else ""
    was = f" · was {times.planned(at, facts.zone, reader_zone=facts.reader_zone)}" if at is not None else ""
    return f"{said}{was}"


def _tail(facts: CardFacts, standing_: Standing) -> str:
    post, at = facts.post, facts.post.scheduled_at
    if standing_.state is State.DRAFT:
        saved = post.edited_at or post.created_at
        return f"saved {times.happened(saved, facts.zone)}, seen only by you"
    if approval.goes_at_once(facts, standing_):
        return approval.ONCE_APPROVED
    if at is None:
        return ""
    when = times.planned(at, facts.zone, reader_zone=facts.reader_zone)
    if standing_.state is State.PUBLISHED:
        done = [item.published_at for item in post.items if item.published_at is not None and item.part == 0]
        return f"{when}, {times.lateness(at, max(done))}" if done else when
    if standing_.state is State.MISSED:
        ends = [facts.of(item).ended_at for item in post.items if item.status is State.MISSED]
        found = [end for end in ends if end is not None]
        return f"was {when}" + (f", found {times.span(max(found) - at)} late" if found else "")
    waits = any(facts.of(item).waits_for for item in post.items)
    return f"was {when}" if waits and standing_.state in {State.SCHEDULED, State.CLAIMED} else when


def _note(facts: CardFacts) -> str | None:
    items = [item for item in facts.post.items if facts.of(item).waits_for]
    waiting = list(dict.fromkeys(_waiting(facts, item) for item in items))
    if not waiting:
        return None
    more = times.counted(len(waiting) - 1, f"more {noun_of(items)}")
    return f"⏳ {waiting[0]}" + (f" And {more} wait." if waiting[1:] else "")


def _waiting(facts: CardFacts, item: ItemView) -> str:
    further = facts.of(item)
    again = times.happened(further.next_at, facts.zone) if further.next_at is not None else None
    return wording.waiting(further.waits_for, facts.names.variant(item.variant), handle_of(item.handle), again)


def _small_print(facts: CardFacts) -> Iterator[str]:
    post = facts.post
    by = facts.names.person(post.created_by)
    if by:
        yield f"by {by}"
    if files := _files(post):
        yield files
    if own := [facts.names.variant(name) for name in sorted(post.variants)]:
        yield f"own text for {wording.joined(own)}"
    if post.parts:
        alone = len(post.parts) == 1 and {item.platform for item in post.items} <= facts.names.comments
        yield "with a first comment" if alone else f"thread of {1 + len(post.parts)}"
    if post.mission is not None:
        yield f"mission {b.inert(post.mission[1], 60)}"
    if facts.repeats and {item.status for item in post.items} <= _AHEAD:
        yield facts.repeats
    confirmed = {facts.names.person(facts.of(item).confirmed_by) for item in post.items} - {None}
    if confirmed:
        yield f"confirmed by {wording.joined(sorted(name for name in confirmed if name))}"
    yield f"post {b.inert(post.code, 20)}"


def _files(post: PostView) -> str:
    if not post.files:
        return ""
    images = all(file.kind in {MediaKind.IMAGE, MediaKind.GIF} for file in post.files)
    described = sum(1 for file in post.files if file.alt_text.strip())
    many = len(post.files)
    if described < many:
        how = "not described" if not described else f"{described} described"
    else:
        how = {1: "described", 2: "both described"}.get(many, "all described")
    return f"{times.counted(many, 'image' if images else 'file')}, {how}"


# --- One line per account -----------------------------------------------------------------------------------------


def item_lines(facts: CardFacts, now: datetime) -> list[str]:
    """One line per account; beyond eight, the troubled ones and counts of the rest."""
    groups = list(roots(facts.post).values())
    states = {item.status for item in facts.post.items}
    if len(groups) > _MOST_LINES:
        return _many_lines(facts, groups, now)
    quiet = (
        states <= {State.DRAFT}
        or states <= {State.AWAITING_APPROVAL}
        or states <= {State.SCHEDULED, State.CLAIMED}
        or states <= {State.CANCELLED}
    )
    if quiet:
        return [facts.names.place(items[0]) for items in groups]
    return [_line(facts, items, now) for items in groups]


def _many_lines(facts: CardFacts, groups: list[list[ItemView]], now: datetime) -> list[str]:
    calm: dict[str, int] = {}
    said: list[str] = []
    for items in groups:
        state = standing.worst(items).status
        if state in {State.FAILED, State.MISSED, State.UNCONFIRMED} and len(said) < _MOST_LINES:
            said.append(_line(facts, items, now))
        else:
            mark, word = standing.in_words(state, facts.hold)
            counted = f"{mark} {{n}} {word.lower()}"
            calm[counted] = calm.get(counted, 0) + 1
    more = " more" if said else ""
    return said + [line.format(n=f"{number}{more}") for line, number in calm.items()]


def _line(facts: CardFacts, items: list[ItemView], now: datetime) -> str:
    item = standing.worst(items)
    part = f"part {item.part + 1} of {len(items)}: " if item.part else ""
    name = facts.names.place(item)
    mark, _ = standing.in_words(item.status, facts.hold)
    return f"{mark} {name} — {part}{detail(facts, item, now)}"


def detail(facts: CardFacts, item: ItemView, now: datetime) -> str:  # noqa: PLR0911  # a table of states
    """What there is to say about one item."""
    title = facts.names.title(item.platform)
    further = facts.of(item)
    match item.status:
        case State.PUBLISHED:
            return f"published{_seen(item)}{_numbers(facts, item)}"
        case State.FAILED:
            return failure(facts, item)
        case State.MISSED:
            why = b.inert(facts.missed_because or wording.NOT_RUNNING)
            return f"missed. {why} {wording.NOT_SENT}"
        case State.UNCONFIRMED if further.asking:
            return f"not sure. {wording.asking(title, handle_of(item.handle), further.looks)}"
        case State.UNCONFIRMED:
            again, until = (
                times.happened(at, facts.zone) if at is not None and at > now else None
                for at in (further.next_at, further.looks_until)
            )
            return f"not sure yet. {wording.looking(title, again, until)}"
        case State.CONFIRMING:
            return wording.CONFIRMING.format(network=title)
        case _:
            return standing.in_words(item.status, facts.hold)[1].lower()


def _seen(item: ItemView) -> str:
    return f" · {b.link(item.permalink, 'open')}" if item.permalink and b.web_address(item.permalink) else ""


def _numbers(facts: CardFacts, item: ItemView) -> str:
    """Since the card is not changed each hour, it says when they were so, and not how old they are."""
    further = facts.of(item)
    if further.numbers is None or further.numbers_at is None:
        return ""
    return f" · {in_words(further.numbers)} as of {times.happened(further.numbers_at, facts.zone)}"


def failure(facts: CardFacts, item: ItemView) -> str:
    """Why it did not go out, and what comes next by itself."""
    title, handle, further = facts.names.title(item.platform), handle_of(item.handle), facts.of(item)
    if further.disconnected_at is not None:
        return wording.disconnected(title, handle, times.happened(further.disconnected_at, facts.zone))
    if further.reconnected_at is not None:
        by = facts.names.person(further.reconnected_by)
        return wording.reconnected(by, times.happened(further.reconnected_at, facts.zone))
    kind, said = item.error or ("", "It did not go out.")
    sentence = wording.failure(
        kind,
        network=title,
        handle=handle,
        said=b.inert(said, 200) or "It did not go out.",
        code=b.inert(facts.post.code, 20),
    )
    guide = facts.names.guide(item.platform) if kind in wording.NEEDS_RECONNECTING else ""
    return f"{sentence} {wording.next_by_itself(kind)} {guide}".rstrip()
