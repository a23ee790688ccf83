"""How a post stands as a whole: the one state that its card's first line, buttons and fallback speak of."""

from dataclasses import dataclass

from bot.domain.holds import Hold
from bot.domain.posts import ItemView
from bot.domain.publication import State, summary
from handlers.slack import wording
from handlers.slack.facts import CardFacts, roots

_SAYS_SO = frozenset({State.FAILED, State.MISSED, State.UNCONFIRMED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state that leads, its mark and word, and the accounts it is about (a root or the troubled part of each)."""

    state: State
    asking: bool
    mark: str
    word: str
    items: tuple[ItemView, ...]
    """The worst item of each account that is in `state`."""
    published: int
    accounts: int


def of(facts: CardFacts) -> Standing:
    """What needs a human leads: asking, failed, missed; then what is under way; then what is over."""
    worsts = [worst(items) for items in roots(facts.post).values()]
    if not worsts:
        return _made(facts, State.DRAFT, (), worsts, asking=False)
    asking = tuple(item for item in worsts if item.status is State.UNCONFIRMED and facts.of(item).asking)
    if asking:
        return _made(facts, State.UNCONFIRMED, asking, worsts, asking=True)
    state = _leading(worsts)
    return _made(facts, state, tuple(item for item in worsts if item.status is state), worsts, asking=False)


def in_words(state: State, hold: Hold | None) -> tuple[str, str]:
    """A state's mark and word; what waits is on hold if that is what it waits for."""
    if hold is not None and state in {State.SCHEDULED, State.CLAIMED}:
        return wording.HELD_MARK, wording.HELD
    return wording.MARKS[state], wording.STATES[state]


def worst(items: list[ItemView]) -> ItemView:
    """The item of one account that needs attention most: a thread stands as badly as its worst part."""
    state = summary(item.status for item in items)
    return next(item for item in items if item.status is state)


def _leading(worsts: list[ItemView]) -> State:
    return summary(item.status for item in worsts)


def _made(
    facts: CardFacts, state: State, items: tuple[ItemView, ...], worsts: list[ItemView], *, asking: bool
) -> Standing:
    published = sum(1 for item in worsts if item.status is State.PUBLISHED)
    mark, word = in_words(state, facts.hold)
    word = wording.ASKING if asking else word
    over = all(item.status in _SAYS_SO | {State.PUBLISHED} for item in worsts)
    if published and published < len(worsts) and (state is State.PUBLISHED or (over and state is State.FAILED)):
        mark, word = "⚠️", f"{published} of {len(worsts)} published"
    return Standing(
        state=state, asking=asking, mark=mark, word=word, items=items, published=published, accounts=len(worsts)
    )
