"""A post on one line, for lists and Home."""

from zoneinfo import ZoneInfo

from bot.domain.posts import PostView
from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import card, card_buttons, names, standing, times, wording
from handlers.slack.facts import CardFacts, Names, roots

_EXCERPT = 60
_RARE = (names.NEXT_SLOT, names.HOLD, names.WHY)
"""What a row, which has no buttons beside its menu, can do without: the card has it."""


def networks(post: PostView, called: Names, most: int = 4) -> str:
    """`LinkedIn, X`, inert."""
    titles = list(dict.fromkeys(called.title(items[0].platform) for items in roots(post).values()))
    more = f" +{len(titles) - most}" if len(titles) > most else ""
    return ", ".join(titles[:most]) + more or "no account yet"


def excerpt(post: PostView) -> str:
    """“New beans…”, inert."""
    return b.quoted(post.text, _EXCERPT) if post.text.strip() else "(no text)"


def planned_line(post: PostView, called: Names, zone: str, *, with_day: bool = False) -> str:
    """`09:00 🕘 scheduled: LinkedIn, X · “New beans…” · 8F2K`. A draft has no time, whatever it had."""
    at = post.scheduled_at if post.status is not State.DRAFT else None
    there = at.astimezone(ZoneInfo(zone)) if at is not None else None
    clock = "" if there is None else (f"{there:%a} {there.day} {there:%b}, " if with_day else "") + times.clock(there)
    mark, word = standing.in_words(post.status, post.hold)
    state = f"{mark} {word.lower()}"
    return f"{clock} {state} · {networks(post, called)} · {excerpt(post)} · {b.inert(post.code, 20)}".strip()


def row(facts: CardFacts, zone: str, *, with_day: bool = True, needed: bool = False) -> b.Json:
    """A row of Home: a line and its `⋯`, or for a post that is troubled or `needed` the line and its mending button."""
    how = standing.of(facts)
    trouble = needed or how.state in {State.FAILED, State.MISSED} or how.asking
    buttons = card_buttons.row(facts, how)
    if how.state is State.AWAITING_APPROVAL and needed:
        return request(facts, zone)
    if trouble and buttons:
        first = {key: value for key, value in buttons[0].items() if key != "style"}
        spoken = f"{buttons_label(first)}: {b.one_line(facts.post.text, 40)}"
        return b.section(_troubled(facts, how, zone), {**first, "accessibility_label": b.cut(spoken, 75)})
    shown = planned_line(facts.post, facts.names, zone, with_day=with_day)
    return b.section(shown, b.overflow(names.MORE, _menu(facts, how)))


def request(facts: CardFacts, zone: str) -> b.Json:
    """`👀 Approve “Spring menu…” · LinkedIn, X · Fri 27 Nov, 09:00 Berlin`, and the button that shows it whole."""
    post, at = facts.post, facts.post.scheduled_at
    asked = facts.approval
    when = "once approved" if asked is not None and asked.at_once else times.spelled(at, zone) if at else "no time"
    late = "⏰ Too late: approve" if post.status is State.MISSED else "👀 Approve"
    said = f"{late} {excerpt(post)} · {networks(post, facts.names)} · {when}"
    spoken = f"{wording.REVIEW}: {b.one_line(post.text, 40)}"
    return b.section(said, b.button(wording.REVIEW, names.REVIEW, f"{post.post_id}:{post.version}", spoken=spoken))


def buttons_label(button: b.Json) -> str:
    """What stands on a button."""
    return str(b.mapping(button["text"]).get("text"))


def _menu(facts: CardFacts, how: standing.Standing) -> list[tuple[str, str]]:
    """A card's buttons that need no question, then its menu; what is rarely wanted gives way to what ends a post."""
    value = f"{facts.post.post_id}:{facts.post.version}"
    verbs = {names.SCHEDULE_DRAFT, names.RELEASE_POST, names.EDIT, names.MOVE}
    shown = [button for button in card_buttons.row(facts, how) if button["action_id"] in verbs]
    first = [(buttons_label(button), f"{button['action_id']}:{value}") for button in shown]
    if how.state is State.DRAFT:
        first.append((wording.DELETE, f"{names.DELETE_DRAFT}:{value}"))
    offered = [*first, *card_buttons.menu(facts, how, shown)]
    for verb in _RARE:
        if len(offered) > b.MOST_IN_OVERFLOW:
            offered = [(label, choice) for label, choice in offered if choice.partition(":")[0] != verb]
    return offered


def _troubled(facts: CardFacts, how: standing.Standing, zone: str) -> str:
    post, at = facts.post, facts.post.scheduled_at
    if how.state is State.DRAFT:
        return f"{card.headline(facts, how)}: {excerpt(post)} · {networks(post, facts.names)}"
    titles = wording.joined(list(dict.fromkeys(facts.names.variant(item.variant) for item in how.items)))
    when = f" · {times.spelled(at, zone)}" if at is not None else ""
    partly = how.state is State.FAILED and how.word != wording.STATES[State.FAILED]
    where = f"{how.word}, not on {titles}" if partly else f"{how.word} on {titles}"
    return f"{how.mark} {where}: {excerpt(post)}{when}" if titles else card.headline(facts, how)
