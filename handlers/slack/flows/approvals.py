"""Approvers decide: on a card, in a message, from a list. Every press is authorised anew, and names what was read."""

from collections.abc import Iterable

from bot import clock
from bot.domain.approvals import Rule, who_decides, who_is_asked
from bot.domain.errors import InvalidContent, NotAllowed, UserError
from bot.domain.ids import PostId
from bot.domain.people import Role, actor_of
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import agreeing, approvers, journal
from bot.services.agreeing import Approve, AskChanges, Decided, Decision, NotApprover, Reject, Stale
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather, lists, names, times, wording
from handlers.slack.answers import Clear, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.blocks import Message
from handlers.slack.call import Call
from handlers.slack.card import card as card_of
from handlers.slack.flows import home, places
from handlers.slack.views import approval as view

_LONGEST_ID = 100
_MOST_NAMED = 90
_STRANGER = "Only people of this workspace approve its posts."


def register(desk: Desk) -> None:
    """Take the buttons of a request and their modals. Who may press them is decided post by post."""
    desk.on_action(names.APPROVE, approve, changes=True)
    desk.on_action(names.ASK_CHANGES, ask_changes, changes=True)
    desk.on_action(names.REJECT, reject, changes=True)
    desk.on_action(names.REVIEW, review)
    desk.on_view(names.CHANGES, changes_given)
    desk.on_view(names.REJECTION, rejection_given)


def _read(value: str) -> tuple[PostId, int]:
    """`POST_ID:VERSION`, which anybody may have written."""
    post_id, _, version = value.partition(":")
    return PostId(post_id[:_LONGEST_ID]), int(version) if version.isdecimal() and len(version) < 10 else 0  # noqa: PLR2004  # more edits than anybody makes


async def approve(call: Call) -> None:
    """It may go out as it was read."""
    post_id, _ = _read(call.value)
    try:
        post = await _decide(call, call.value, Approve())
    except UserError as error:
        said = await _refusal(call, post_id, error)
        await call.answer(said.text, said.blocks)
    else:
        if post.status is State.MISSED:
            await _answer_late(call, post_id)
        else:
            await _show_it_approved(call, post_id)
    await home.refresh_if_there(call)


async def _show_it_approved(call: Call, post_id: PostId) -> None:
    """Where somebody looked at it alone: the card and the message to approvers are kept up to date by themselves."""
    person = await call.person()
    facts = await gather.card(call.deps, call.desk.people, call.installation, post_id, reader_zone=person.zone)
    shown = card_of(facts, clock.now())
    await call.redraw(shown.text, shown.blocks)


async def _answer_late(call: Call, post_id: PostId) -> None:
    """Its time is over: what is to be done with it is asked."""
    person = await call.person()
    facts = await gather.card(call.deps, call.desk.people, call.installation, post_id, reader_zone=person.zone)
    shown = card_of(facts, clock.now())
    said = "Its time is over, so it did not go out by itself. What shall become of it?"
    await call.answer(said, [b.section(said), *shown.blocks])


async def ask_changes(call: Call) -> None:
    """Ask what should change."""
    await _ask_why(call, changes=True)


async def reject(call: Call) -> None:
    """Ask why."""
    await _ask_why(call, changes=False)


async def _ask_why(call: Call, *, changes: bool) -> None:
    post_id, version = _read(call.value)
    try:
        await _must_belong(call)
        args = (call.deps, call.workspace_id, post_id)
        post = await agreeing.must_decide(*args, version=version, by=call.actor)
    except UserError as error:
        said = await _refusal(call, post_id, error)
        await call.answer(said.text, said.blocks)
        return
    where = call.private_place
    await call.open_view(view.changes(post, where) if changes else view.rejection(post, where))


async def changes_given(call: Call) -> ViewAnswer:
    """Back to its author with these words."""
    return await _given(call, AskChanges(reason=view.reason(call.view)))


async def rejection_given(call: Call) -> ViewAnswer:
    """It shall not go out, for this reason."""
    return await _given(call, Reject(reason=view.reason(call.view)))


async def _given(call: Call, decision: Decision) -> ViewAnswer:
    value, _, where = call.private_metadata.partition(" ")
    post_id, _ = _read(value)
    try:
        await _decide(call, value, decision)
    except InvalidContent as error:
        return Errors(view.error(error.message))
    except UserError as error:
        return Errors(view.error((await _refusal(call, post_id, error)).text))
    if where:
        call.desk.keep(_show_it_decided(call, post_id, where), call.body)
    return Clear()


async def _show_it_decided(call: Call, post_id: PostId, where: str) -> None:
    """In the private message in which somebody looked at it: its buttons go, for nothing else changes that one."""
    person = await call.person()
    facts = await gather.card(call.deps, call.desk.people, call.installation, post_id, reader_zone=person.zone)
    shown = card_of(facts, clock.now())
    message = {"text": shown.text, "blocks": list(shown.blocks), "replace_original": True}
    await call.desk.api.respond(where, message)


async def _decide(call: Call, value: str, decision: Decision) -> PostView:
    await _must_belong(call)
    post_id, version = _read(value)
    return await agreeing.decide(
        call.deps, call.workspace_id, post_id, decision, version=version, decided_by=call.actor
    )


async def _must_belong(call: Call) -> None:
    if (await call.person()).role is Role.OUTSIDER:
        raise NotAllowed(_STRANGER)


# --- Refusals --------------------------------------------------------------------------------------------------------


async def _refusal(call: Call, post_id: PostId, error: UserError) -> Message:
    """Why nothing was decided: who may, who was first, or what it says now."""
    if isinstance(error, NotApprover):
        whom = await called(call, error.may)
        who = f"{wording.either(whom)} {'approves' if len(whom) == 1 else 'approve'}" if whom else "Nobody approves"
        return _said(f"{who} {b.inert(error.brand, 75)}'s posts.")
    person = await call.person()
    zone = person.zone or "UTC"
    if isinstance(error, Decided):
        by = (await gather.names_of(call.deps, call.desk.people, call.installation, (error.by,))).person(error.by)
        at = times.spelled(error.at, zone) if error.at is not None else None
        return _said(wording.decided_before(error.state, by, at))
    if not isinstance(error, Stale):
        return _said(error.message)
    now = error.now
    by = now.edited_by or now.created_by
    who = (await gather.names_of(call.deps, call.desk.people, call.installation, (by,))).person(by) or "Somebody"
    at = times.spelled(now.edited_at or now.created_at, zone)
    facts = await gather.card(call.deps, call.desk.people, call.installation, post_id, reader_zone=person.zone)
    text = f"{who} changed it at {at}. Here is version {now.version}."
    return b.message(text, [b.section(text), *card_of(facts, clock.now()).blocks])


def _said(text: str) -> Message:
    return b.message(text, [b.section(text)])


async def called(call: Call, users: Iterable[str], *, unknown: str = "an approver") -> list[str]:
    """What these people are called, inert; `unknown` is whom Slack does not tell."""
    actors = [actor_of(user) for user in users]
    known = await gather.names_of(call.deps, call.desk.people, call.installation, actors)
    return [known.person(actor) or unknown for actor in actors]


# --- What waits ------------------------------------------------------------------------------------------------------


async def show(call: Call, rest: str) -> None:
    """`/social approve`: what waits for this person's word."""
    _ = rest
    person = await call.person()
    found = await approvers.waiting_for(call.deps, call.workspace_id, call.user_id)
    cards = [
        await gather.card(call.deps, call.desk.people, call.installation, post.post_id, reader_zone=person.zone)
        for post in found[: lists.MOST_REQUESTS]
    ]
    said = lists.requests(cards, many=len(found), zone=person.zone or "UTC")
    await call.answer(said.text, said.blocks)


async def approves_first(call: Call, brand: Brand | None, approver: str | None) -> str | None:
    """`Omar or Ana`, `Omar and Ana`: who is asked for a word about what this person writes; None: nobody is."""
    found = await approvers.rule_of(call.deps, brand) if brand is not None else None
    if found is None or found.rule is Rule.NONE:
        return None
    whom = await called(call, who_is_asked(found.rule, who_decides(found.approvers, call.actor), approver))
    return (wording.either(whom) if found.rule is Rule.ONE else wording.joined(whom)) or "Somebody else"


async def to_choose_from(call: Call, brand: Brand | None) -> list[tuple[str, str]]:
    """The approvers of whom this person may name one to be asked, with their names; none where that is no choice."""
    found = await approvers.rule_of(call.deps, brand) if brand is not None else None
    if found is None or found.rule is not Rule.ONE:
        return []
    users = who_decides(found.approvers, call.actor)[:_MOST_NAMED]
    return list(zip(users, await called(call, users), strict=True)) if len(users) > 1 else []


async def who_approves(call: Call, brand: Brand) -> str:
    """A brand's rule, inert: `Omar or Ana approve its posts`."""
    found = await approvers.rule_of(call.deps, brand)
    return wording.rule(found.rule, await called(call, found.approvers))


async def review(call: Call) -> None:
    """Show one request whole, to this person alone."""
    person = await places.must_read(call)
    post_id, _ = _read(call.value)
    post = await journal.show_post(call.deps, call.workspace_id, post_id)
    facts = await gather.card(call.deps, call.desk.people, call.installation, post.post_id, reader_zone=person.zone)
    shown = card_of(facts, clock.now())
    await call.answer(shown.text, shown.blocks)
