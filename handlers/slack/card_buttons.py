"""What can be pressed on a card: at most three buttons, the mending one first and alone primary, the rest in `⋯`."""

from bot.domain.approvals import Asking
from bot.domain.items import ErrorClass
from bot.domain.posts import ItemView
from bot.domain.publication import State
from handlers.slack import approval, names, times, wording
from handlers.slack import blocks as b
from handlers.slack.blocks import Dialog, Json
from handlers.slack.facts import CardFacts, handle_of
from handlers.slack.standing import Standing

_MOST = 3
_UNTOUCHED = frozenset({State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
_WAITING = frozenset({State.SCHEDULED, State.CLAIMED})
_IN_DOUBT = frozenset({State.SENDING, State.CONFIRMING, State.UNCONFIRMED})
_ENDED = frozenset({State.FAILED, State.MISSED})
_ALWAYS = ((wording.DUPLICATE, names.DUPLICATE), (wording.WHY, names.WHY))


def row(facts: CardFacts, standing: Standing) -> list[Json]:
    """The buttons; none while nobody has to do anything and nothing can be changed."""
    made = _row(_Buttons(facts, standing))[:_MOST]
    for number, button in enumerate(made):
        if number and button.get("style") == "primary":
            del button["style"]
    return made


def menu(facts: CardFacts, standing: Standing, shown: list[Json]) -> list[tuple[str, str]]:
    """The `⋯` menu as (label, value): what can be done and has no button."""
    buttons = _Buttons(facts, standing)
    taken = {button["action_id"] for button in shown}
    offered = [(label, verb) for label, verb in _menu(buttons) if verb not in taken]
    return [(label, f"{verb}:{buttons.value}") for label, verb in offered[: b.MOST_IN_OVERFLOW]]


def question(facts: CardFacts, verb: str) -> Dialog | None:
    """What to ask, with `views.saying.confirm`, before a verb of the `⋯` menu is done; None if it loses nothing."""
    if verb == names.CANCEL and facts.post.live_on:
        return wording.ask_cancel_rest([facts.names.variant(variant) for variant in facts.post.live_on])
    at = facts.post.scheduled_at
    when = times.spelled(at, facts.zone) if at is not None else "its time"
    asked = {names.DROP: wording.ask_drop(), names.DELETE_DRAFT: wording.ask_delete()}
    again = facts.repeats is not None
    return wording.ask_cancel(when, repeats=again) if verb == names.CANCEL else asked.get(verb)


def release(brand_id: str | None, *, spoken: str | None = None) -> Json:
    """The button that ends the hold of a brand, or (None) of everything."""
    return b.button(wording.RELEASE, names.RELEASE, brand_id or names.EVERYTHING, style="primary", spoken=spoken)


class _Buttons:
    """The buttons of one post, by verb."""

    def __init__(self, facts: CardFacts, standing: Standing) -> None:
        self.facts, self.standing = facts, standing
        self.value = f"{facts.post.post_id}:{facts.post.version}"
        at = facts.post.scheduled_at
        self.when = times.spelled(at, facts.zone) if at is not None else "its time"
        self.states = {item.status for item in facts.post.items}

    def verb(self, label: str, action_id: str, *, style: str | None = None, ask: Dialog | None = None) -> Json:
        return b.button(label, action_id, self.value, style=style, ask=ask)

    def drop(self) -> Json:
        return self.verb(wording.DROP, names.DROP, style="danger", ask=wording.ask_drop())

    def post_now(self, style: str | None = None) -> Json:
        titles = list(dict.fromkeys(self.facts.names.variant(item.variant) for item in self.facts.post.items))
        ask = wording.ask_post_now(wording.joined(titles), self.when)
        return self.verb(wording.POST_NOW, names.POST_NOW, style=style, ask=ask)

    def next_slot(self) -> Json:
        return self.verb(wording.NEXT_SLOT, names.NEXT_SLOT)

    def release(self) -> Json:
        if self.facts.post.hold is not None:
            return self.verb(wording.RELEASE, names.RELEASE_POST, style="primary")
        hold = self.facts.hold
        everything = hold is not None and hold.everything
        return release(None if everything else self.facts.brand.id)

    def retry(self) -> Json:
        label = wording.RETRY if self.standing.accounts == 1 else wording.RETRY_FAILED
        return self.verb(label, names.RETRY, style="primary")

    def reconnect(self, item: ItemView) -> Json:
        spoken = f"{wording.RECONNECT} {self.facts.names.account(item.platform, item.handle)}"
        return b.button(wording.RECONNECT, names.RECONNECT, item.account_id, style="primary", spoken=spoken)


def _row(buttons: _Buttons) -> list[Json]:  # noqa: C901, PLR0911  # a table of states
    standing, verb = buttons.standing, buttons.verb
    match standing.state:
        case State.DRAFT if approval.of(buttons.facts, standing) is not None:
            return [verb(wording.EDIT, names.EDIT, style="primary")]
        case State.DRAFT:
            delete = verb(wording.DELETE, names.DELETE_DRAFT, style="danger", ask=wording.ask_delete())
            schedule = verb(wording.SCHEDULE, names.SCHEDULE_DRAFT, style="primary")
            return [schedule, verb(wording.EDIT, names.EDIT), delete]
        case State.SCHEDULED | State.CLAIMED if buttons.facts.hold is not None and buttons.states <= _UNTOUCHED:
            return [buttons.release(), verb(wording.MOVE, names.MOVE)]
        case State.SCHEDULED | State.CLAIMED if buttons.states <= _UNTOUCHED:
            changes = [verb(wording.EDIT, names.EDIT), verb(wording.MOVE, names.MOVE)]
            waits = any(buttons.facts.of(item).waits_for for item in buttons.facts.post.items)
            return changes if waits else [*changes, buttons.post_now()]
        case State.AWAITING_APPROVAL:
            return approval.row(buttons.facts)
        case State.MISSED if _is_late(buttons):
            return [*approval.row(buttons.facts), buttons.drop()]
        case State.UNCONFIRMED if standing.asking:
            return _asking(buttons)
        case State.FAILED:
            return _failed(buttons)
        case State.MISSED:
            return [buttons.post_now("primary"), buttons.next_slot(), buttons.drop()]
        case State.PUBLISHED:
            return _open(buttons)
        case State.CANCELLED:
            return [verb(wording.DUPLICATE, names.DUPLICATE)]
        case _:
            return []


def _is_late(buttons: _Buttons) -> bool:
    """Whether it was missed for want of a word."""
    asked = approval.of(buttons.facts, buttons.standing)
    return asked is not None and asked.state is Asking.LATE


def _asking(buttons: _Buttons) -> list[Json]:
    asking = buttons.standing.items
    if len(asking) > 1:
        noun = "account" if len({item.account_id for item in asking}) == len(asking) else "post"
        label = f"Answer for {times.counted(len(asking), noun)}"
        return [buttons.verb(label, names.ANSWER_EACH, style="primary")]
    handles = wording.joined(list(dict.fromkeys(handle_of(item.handle) for item in buttons.standing.items)), most=2)
    again = buttons.verb(wording.SEND_AGAIN, names.SEND_AGAIN, ask=wording.ask_send_again(handles))
    give_up = buttons.verb(wording.DROP, names.GIVE_UP, style="danger", ask=wording.ask_give_up(handles))
    return [buttons.verb(wording.IS_LIVE, names.IS_LIVE, style="primary"), again, give_up]


def _failed(buttons: _Buttons) -> list[Json]:  # noqa: PLR0911  # a table of classes
    """By the class of the first failure; a card with several classes still mends the first one first."""
    item, verb = buttons.standing.items[0], buttons.verb
    further = buttons.facts.of(item)
    by_hand = verb(wording.BY_HAND, names.IS_LIVE)
    kind = item.error[0] if item.error else ""
    if further.disconnected_at is not None:
        brand = buttons.facts.brand.id
        return [b.button(wording.CONNECT_AGAIN, names.CONNECT, brand, style="primary"), buttons.drop()]
    if further.reconnected_at is not None:
        return [buttons.retry(), buttons.next_slot(), buttons.drop()]
    match kind:
        case _ if kind in wording.NEEDS_RECONNECTING:
            return [buttons.reconnect(item), by_hand]
        case ErrorClass.CONTENT | ErrorClass.MEDIA:
            return [verb(wording.EDIT, names.EDIT, style="primary"), *_locked_out(buttons), by_hand]
        case ErrorClass.DUPLICATE:
            found = verb(wording.IS_LIVE, names.IS_LIVE, style="primary")
            return [found, verb(wording.EDIT, names.EDIT)]
        case ErrorClass.INTERNAL:
            return [buttons.retry(), verb(wording.WHY, names.WHY)]
        case _:
            return [buttons.retry(), buttons.next_slot(), buttons.drop()]


def _locked_out(buttons: _Buttons) -> list[Json]:
    """Reconnect the first other account that needs it: the menu, whose verbs are for the whole post, cannot."""
    for item in buttons.standing.items:
        further = buttons.facts.of(item)
        kind = item.error[0] if item.error else ""
        if kind in wording.NEEDS_RECONNECTING and further.disconnected_at is None and further.reconnected_at is None:
            return [buttons.reconnect(item)]
    return []


def _open(buttons: _Buttons) -> list[Json]:
    items = buttons.facts.post.items
    url = items[0].permalink if buttons.standing.accounts == 1 else None
    return [b.button(wording.OPEN, names.OPEN, buttons.value, url=url)] if b.web_address(url) else []


def _menu(buttons: _Buttons) -> list[tuple[str, str]]:
    """Everything that can be done, the likeliest first."""
    states, found = buttons.states, list[tuple[str, str]]()
    if buttons.facts.post.hold is not None and states & _WAITING:
        found += [(wording.RELEASE, names.RELEASE_POST)]
    if buttons.standing.state is State.FAILED:
        found += [(wording.RETRY_FAILED if buttons.standing.accounts > 1 else wording.RETRY, names.RETRY)]
        found += [(wording.EDIT, names.EDIT), (wording.BY_HAND, names.IS_LIVE)]
    if buttons.standing.state is State.MISSED:
        found += [(wording.EDIT, names.EDIT)]
    if State.AWAITING_APPROVAL in states and states <= _UNTOUCHED:
        return [
            (wording.EDIT, names.EDIT),
            (wording.MOVE, names.MOVE),
            *found,
            *_ALWAYS,
            (wording.CANCEL, names.CANCEL),
        ]
    found += _ALWAYS
    if states and states <= _UNTOUCHED and State.DRAFT not in states:
        found += [(wording.EDIT, names.EDIT)] if buttons.facts.hold is not None else []
        found += [(wording.NEXT_SLOT, names.NEXT_SLOT)]
        found += [(wording.HOLD, names.HOLD)] if buttons.facts.hold is None else []
        found += [(wording.CANCEL, names.CANCEL)]
    if states & _WAITING and State.PUBLISHED in states and not states & _IN_DOUBT:
        found += [(wording.CANCEL_REST, names.CANCEL)]
    if states & _ENDED and not buttons.standing.asking:
        found += [(wording.DROP, names.DROP)]
    return found
