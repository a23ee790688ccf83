"""What a card, and a message to an approver, says of approvals: who is asked, what has changed since, who agreed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain.approvals import ALOUD_AHEAD, OPEN, Asking, Rule, content_of
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import names, times, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import ApprovalFacts, CardFacts
from handlers.slack.standing import Standing

_WHOLE_TEXT = 2_900
_MOST_BLOCKS = b.BLOCKS_IN_MESSAGE - 10
_MOST_IMAGES = 10
_AROUND = 40
"""So many letters stand beside what was changed."""
ONCE_APPROVED = "goes out once approved"
_WAITS = frozenset({State.AWAITING_APPROVAL})


def of(facts: CardFacts, standing: Standing) -> ApprovalFacts | None:
    """What there is to say of approvals on this card as it stands; None: nothing."""
    asked = facts.approval
    if asked is None:
        return None
    fits = {
        Asking.WAITING: _WAITS,
        Asking.LATE: frozenset({State.MISSED}),
        Asking.CHANGES: frozenset({State.DRAFT}),
        Asking.REJECTED: frozenset({State.CANCELLED}),
    }
    return asked if asked.state not in fits or standing.state in fits[asked.state] else None


def headline(facts: CardFacts, standing: Standing) -> str | None:  # noqa: PLR0911  # a table of states
    """Mark and state; None where the card's own say it. The time comes behind."""
    asked = of(facts, standing)
    if asked is None:
        return None
    match asked.state:
        case Asking.WAITING if asked.before is not None:
            return "👀 *Changed after approval: please look again*"
        case Asking.WAITING:
            return f"👀 *{who(asked)}, please approve*"
        case Asking.LATE:
            return "⏰ *Not approved in time*"
        case Asking.CHANGES:
            return f"✏️ *Changes asked by {asked.decided_by or 'an approver'}*"
        case Asking.REJECTED:
            return f"🚫 *Rejected by {asked.decided_by or 'an approver'}* · nothing was sent"
        case _:
            return None


def goes_at_once(facts: CardFacts, standing: Standing) -> bool:
    """Whether the word is all it waits for: its time is when somebody asked, and says nothing to who decides."""
    asked = of(facts, standing)
    return asked is not None and asked.state is Asking.WAITING and asked.at_once


def who(asked: ApprovalFacts) -> str:
    """`Omar or Ana`, or, where each of them has to, `Omar and Ana`."""
    return wording.either(asked.missing) if asked.rule is Rule.ONE else wording.joined(asked.missing) or "Somebody"


def body(facts: CardFacts, standing: Standing) -> list[Json] | None:
    """In the place of the card's first letters: all that is asked about, or what was answered. None: as ever.

    A long thread leaves room for what stands below it, the buttons first of all.
    """
    said = _body(facts, standing)
    return said if said is None or len(said) <= _MOST_BLOCKS else b.fitted(_tight(said), _MOST_BLOCKS)


def _tight(blocks: Sequence[Json]) -> list[Json]:
    """A word and the texts below it in one block."""
    tight: list[Json] = []
    for block in blocks:
        above = tight[-1] if tight else {}
        if block["type"] != "rich_text" or above.get("type") not in {"context", "rich_text"}:
            tight.append(block)
            continue
        opening = b.sequence(above["elements"])
        if above["type"] == "context":
            word = b.bare(b.word(b.mapping(opening[0]).get("text")) or "")
            opening = [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]}]
        tight[-1] = {**block, "elements": [*opening, *b.sequence(block["elements"])]}
    return tight


def _body(facts: CardFacts, standing: Standing) -> list[Json] | None:
    asked = of(facts, standing)
    if asked is None or asked.state is Asking.APPROVED:
        return None
    if asked.state in {Asking.CHANGES, Asking.REJECTED}:
        return [b.quote(asked.reason, 1_000), *_text(facts.post, 200)]
    if asked.state not in OPEN:
        return None
    if asked.before is not None and (changed := list(_changes(facts, asked))):
        quoted = any(block["type"] == "rich_text" for block in changed)
        return changed if quoted else [*_text(facts.post, 200), *changed]
    return list(_everything(facts))


def _text(post: PostView, limit: int) -> list[Json]:
    return [b.quote(post.text, limit)] if post.text.strip() else []


def _everything(facts: CardFacts) -> Iterator[Json]:
    post = facts.post
    yield from _text(post, _WHOLE_TEXT)
    for number, part in enumerate(post.parts, start=2):
        yield b.context(f"part {number}")
        yield b.quote(part, _WHOLE_TEXT)
    for variant in sorted(post.variants):
        text, network = post.variants[variant], facts.names.variant(variant)
        yield b.context(f"{network} gets {'its own' if text.strip() else 'no'} text")
        yield from [b.quote(text, _WHOLE_TEXT)] if text.strip() else []
    if post.files:
        shown = [_file(file.file_name, file.alt_text) for file in post.files[: _MOST_IMAGES - 1]]
        more = len(post.files) - len(shown)
        yield b.context(*shown, *([f"and {more} more"] if more else []))
    if whose := list(dict.fromkeys(_files_of(facts, item) for item in post.items if item.kind)):
        yield b.context(*whose[: b.MOST_IN_CONTEXT])
    if post.link:
        yield b.context(f"link: {b.inert(post.link, 300)}")


def _files_of(facts: CardFacts, item: ItemView) -> str:
    """Which of them goes where, for a post that goes to a network as several kinds."""
    its = [b.inert(file.file_name, 80) or "file" for file in facts.post.files_of(item)]
    return f"{facts.names.variant(item.variant)}: {wording.joined(its, most=5) or 'no file'}"


def _file(name: str, alt: str) -> str:
    described = f"“{b.inert(alt, 200)}”" if alt.strip() else "not described"
    return f"🖼️ {b.inert(name, 80) or 'file'}: {described}"


# --- What has changed ---------------------------------------------------------------------------------------------


def _changes(facts: CardFacts, asked: ApprovalFacts) -> Iterator[Json]:
    """Only what differs: old struck, new below it; files, link and settings by name; times and accounts in words."""
    before, now = asked.before or {}, content_of(facts.post)
    yield from _changed_text(None, str(before.get("text", "")), facts.post.text)
    old_parts, new_parts = list(before.get("parts", ())), list(now["parts"])
    for number in range(max(len(old_parts), len(new_parts))):
        was, is_ = _at(old_parts, number), _at(new_parts, number)
        yield from _changed_text(f"part {number + 2}", was, is_)
    old, new = dict(before.get("variants", {})), dict(now["variants"])
    for variant in sorted({*old, *new}):
        yield from _changed_text(
            f"{facts.names.variant(variant)}'s own text", old.get(variant, ""), new.get(variant, "")
        )
    if said := [*_named_changes(before, now, asked)]:
        yield b.context(*said[: b.MOST_IN_CONTEXT])


def _at(texts: Sequence[str], number: int) -> str:
    return texts[number] if number < len(texts) else ""


def _changed_text(what: str | None, was: str, now: str) -> Iterator[Json]:
    if was == now:
        return
    if what is not None:
        yield b.context(what)
    old, new = _differing(was, now)
    if old.strip():
        yield b.quote(old, _WHOLE_TEXT, struck=True)
    if new.strip():
        yield b.quote(new, _WHOLE_TEXT)
    elif not old.strip():
        yield b.context("only spaces differ")


def _differing(was: str, now: str) -> tuple[str, str]:
    """The stretch of each that differs, with a few letters around it."""
    start = 0
    while start < min(len(was), len(now)) and was[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(was), len(now)) - start and was[-1 - end] == now[-1 - end]:
        end += 1
    return _stretch(was, start, end), _stretch(now, start, end)


def _stretch(text: str, start: int, end: int) -> str:
    first, last = max(0, start - _AROUND), min(len(text), len(text) - end + _AROUND)
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")


def _named_changes(before: Mapping[str, Any], now: Mapping[str, Any], asked: ApprovalFacts) -> Iterator[str]:
    old_files = {str(one[0]): (str(one[1]), str(one[2])) for one in before.get("files", ())}
    new_files = {str(one[0]): (str(one[1]), str(one[2])) for one in now["files"]}
    for key, (name, alt) in new_files.items():
        if key not in old_files:
            yield f"added {_file(name, alt)}"
        elif old_files[key][1] != alt:
            yield f"described anew {_file(name, alt)}"
    gone = [b.inert(name, 80) or "file" for key, (name, _) in old_files.items() if key not in new_files]
    if gone:
        yield f"taken out: {wording.joined(gone)}"
    if list(old_files) != list(new_files) and set(old_files) == set(new_files):
        yield "files in another order"
    if before.get("link") != now["link"]:
        yield f"link: {b.inert(now['link'], 300) if now['link'] else 'taken out'}"
    if before.get("options", {}) != now["options"] or before.get("media_for", {}) != now["media_for"]:
        yield "settings of a network changed"
    yield from asked.moved


# --- Small print, buttons -----------------------------------------------------------------------------------------


def small_print(facts: CardFacts, standing: Standing) -> Iterator[str]:
    """Versions, who agreed, by when."""
    asked = of(facts, standing)
    if asked is None:
        return
    if asked.state is Asking.APPROVED and asked.before_by and standing.state is not State.DRAFT:
        at = f", {times.happened(asked.before_at, facts.zone)}" if asked.before_at is not None else ""
        yield f"approved by {wording.joined(asked.before_by)}{at}, version {asked.before_version}"
    if asked.state not in OPEN:
        return
    yield f"version {asked.version}"
    if asked.before_by:
        yield f"{wording.joined(asked.before_by)} approved version {asked.before_version}"
    if asked.rule is Rule.ALL and asked.agreed:
        total = len(asked.agreed) + len(asked.missing)
        waiting = wording.joined(asked.missing)
        yield f"{len(asked.agreed)} of {total} approved: {wording.joined(asked.agreed)}; waiting for {waiting}"
    if asked.state is Asking.WAITING and not asked.at_once and asked.ends_at is not None:
        early = asked.ends_at - ALOUD_AHEAD
        by = early if early > asked.asked_at else asked.ends_at
        yield f"decide by {times.spelled(by, facts.zone)}"


def row(facts: CardFacts) -> list[Json]:
    """The buttons of what waits, whoever looks: each press is asked who it was."""
    value = f"{facts.post.post_id}:{facts.post.version}"
    asked = facts.approval
    ask = wording.ask_reject(facts.names.person(facts.post.created_by))
    yes = b.button(wording.APPROVE, names.APPROVE, value, style="primary")
    if asked is not None and asked.state is Asking.LATE:
        return [yes]
    return [
        yes,
        b.button(wording.ASK_CHANGES, names.ASK_CHANGES, value),
        b.button(wording.REJECT, names.REJECT, value, style="danger", ask=ask),
    ]
