"""What approvers, authors and the channel are told of approvals, as it is when it is told."""

from dataclasses import replace

from bot import clock
from bot.domain.approvals import OPEN, Asking
from bot.domain.ids import PostId
from bot.domain.installations import Installation
from bot.domain.people import actor_of
from bot.domain.publication import State
from bot.services import approvers, approving
from bot.services.deps import Deps
from bot.services.ports import Notice
from handlers.slack import approval, gather, standing, times, wording
from handlers.slack import blocks as b
from handlers.slack.blocks import Message
from handlers.slack.card import accounts_of
from handlers.slack.card import card as card_of
from handlers.slack.facts import CardFacts, mention
from handlers.slack.notifier import Saying
from handlers.slack.people import People


async def saying(deps: Deps, people: People, installation: Installation, notice: Notice) -> Saying | None:  # noqa: PLR0911  # a table of kinds
    """What a notice says now, and where; None: nothing any more. Raises NotFound for a post that is gone."""
    post_id, user = PostId(str(notice.payload.get("post"))), notice.payload.get("user")
    zone = await gather.zone_of(people, installation, user) if isinstance(user, str) else None
    facts = await gather.card(deps, people, installation, post_id, reader_zone=zone)
    asked = await approvers.asked(deps, facts.post)
    if asked is None:
        return None
    same = notice.payload.get("asked") == asked.request.asked_at.isoformat()
    current = same and notice.payload.get("version") == asked.request.version
    if notice.kind == approving.NOW:
        place = notice.place
        given = _given_by(asked, user) if current else None
        said = _request(facts) if given is False else _settled(facts, current=current, given=given is True)
        return None if place is None else Saying(message=said, to=place.channel, instead_of=place)
    if not current:
        return None
    waits = asked.request.state in OPEN and facts.post.status in {State.AWAITING_APPROVAL, State.MISSED}
    match notice.kind:
        case approving.AUTHOR if isinstance(user, str):
            return Saying(message=card_of(facts, clock.now()), to=user)
        case approving.ASKED | approving.REMINDER if isinstance(user, str) and waits and user in asked.missing:
            return Saying(message=_request(facts, reminder=notice.kind == approving.REMINDER), to=user)
        case approving.ALOUD if waits and asked.request.state is Asking.WAITING:
            return _aloud(notice, facts, [mention(actor_of(name)) for name in asked.missing])
        case _:
            return None


def _given_by(asked: approvers.Asked, user: object) -> bool | None:
    """False: this person has still to decide. True: they agreed, and others have to. None: nobody has to any more."""
    if asked.request.state not in OPEN:
        return None
    return user not in asked.missing


def _request(facts: CardFacts, *, reminder: bool = False) -> Message:
    """The card, for the person who is asked; only there is it said which brand's it is."""
    made = card_of(facts, clock.now())
    name = b.inert(facts.brand.name, 75)
    said = f"⏳ *Still waiting for you* · {name}" if reminder else f"{name} asks for your approval"
    simpler = None if made.simpler is None else [b.context(said), *made.simpler]
    return replace(made, text=f"{b.bare(said)}: {made.text}", blocks=[b.context(said), *made.blocks], simpler=simpler)


def _settled(facts: CardFacts, *, current: bool, given: bool) -> Message:
    """In the place of a request that nobody has to answer any more."""
    asked = facts.approval
    at = facts.post.edited_at
    if asked is None or not current:
        when = f", {times.happened(at, facts.zone)}" if at is not None else ""
        by = facts.names.person(facts.post.edited_by or facts.post.created_by) or "somebody"
        said = f"✏️ *Changed* by {by}{when} · a newer message says what became of it"
    elif given:
        said = f"✅ *You approved version {asked.version}* · waiting for {wording.joined(asked.missing) or 'others'}"
    elif asked.state is Asking.APPROVED:
        at_when = f", {times.happened(asked.before_at, facts.zone)}" if asked.before_at is not None else ""
        said = f"✅ *Approved* by {wording.joined(asked.before_by) or 'an approver'}{at_when}"
    elif asked.state is Asking.CHANGES:
        said = f"✏️ *Changes asked* by {asked.decided_by or 'an approver'}"
    elif asked.state is Asking.REJECTED:
        said = f"🚫 *Rejected* by {asked.decided_by or 'an approver'}"
    else:
        said = "🚫 Nobody has to approve this any more."
    where = f"{said} · {accounts_of(facts)}" if facts.post.items else said
    text = [b.quote(facts.post.text)] if facts.post.text.strip() else []
    return b.message(f"{where} · {b.quoted(facts.post.text)}", [b.section(where), *text])


def _aloud(notice: Notice, facts: CardFacts, called: list[str]) -> Saying | None:
    """Once to the channel, below the card, shortly before it is too late."""
    how = standing.of(facts)
    asked, place = approval.of(facts, how), notice.card
    if asked is None:
        return None
    whom = wording.joined([name for name in called if name]) or approval.who(asked)
    at = facts.post.scheduled_at
    when = f" of {times.spelled(at, facts.zone)}" if at is not None and not asked.at_once else ""
    said = f"⏳ {whom}: nobody has decided about the post{when} yet. Without a yes it is not sent."
    message = b.message(said, [b.section(said), b.actions(*approval.row(facts)[:1])])
    if place is not None:
        return Saying(message=message, to=place.channel, thread_ts=place.ts, broadcast=True)
    return None if facts.brand.channel is None else Saying(message=message, to=facts.brand.channel)
