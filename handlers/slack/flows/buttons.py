"""The buttons of a post, wherever they stand: on its card, in a list, on Home. Every press is authorised anew."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot import clock
from bot.domain.errors import Conflict, UserError, invalid
from bot.domain.ids import ItemId, PostId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import deciding, drafts, editing, holding_posts, journal, retyping, scheduling
from bot.services.deciding import Decision, Drop, IsLive, SendAgain
from bot.services.editing import Changed
from bot.services.planning import NextSlot, Now
from handlers.slack import card_buttons, gather, holds, names, times, wording
from handlers.slack.answers import Clear, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.card import card as card_of
from handlers.slack.facts import CardFacts
from handlers.slack.flows import compose, home, moving, places, why
from handlers.slack.holds import Underway
from handlers.slack.views import answers, live_link, saying

Press = Callable[[Call, PostView], Awaitable[None]]
_LONGEST_ID = 100
_AT_ONCE = timedelta(seconds=2)
"""A post moved to the instant of the move was sent at once."""


def register(desk: Desk) -> None:
    """Take every button of a post, each also as a line of its menu."""
    for name in PRESSES:
        desk.on_action(name, _pressed(name), writers_only=name not in _READING)
    desk.on_action(names.MORE, chosen, changes=True)
    desk.on_action(names.OPEN, nothing)
    desk.on_action(names.OPEN_LINK, nothing)
    desk.on_view(names.CONFIRM, confirmed, writers_only=True)
    desk.on_view(names.LIVE_LINK, link_given, writers_only=True)
    desk.on_view(names.ANSWERS, answers_given, writers_only=True)


def _pressed(verb: str) -> Callable[[Call], Awaitable[None]]:
    async def listener(call: Call) -> None:
        await _do(call, verb, call.value)

    return listener


async def chosen(call: Call) -> None:
    """A line of a `⋯` menu; what loses something asks first, for a menu has no dialogs."""
    verb, _, value = call.value.partition(":")
    if verb not in PRESSES:
        return
    if verb not in _READING:
        await places.must_write(call)
    post = await _post(call, value)
    question = card_buttons.question(await _shown(call, post), verb)
    if question is not None:
        await call.open_view(saying.confirm(question, call.value))
        return
    await _do(call, verb, value)


async def _shown(call: Call, post: PostView) -> CardFacts:
    brand = await places.brand_by_id(call, post.brand_id)
    return gather.plain_card(post, brand, await gather.names_of(call.deps, call.desk.people, call.installation))


async def confirmed(call: Call) -> ViewAnswer:
    """The question of a menu's verb was answered with yes."""
    verb, _, value = call.private_metadata.partition(":")
    if verb in PRESSES:
        await _do(call, verb, value)
    return Clear()


async def _post(call: Call, value: str) -> PostView:
    """`POST_ID:VERSION`, which anybody may have written: only a post of this workspace is found."""
    return await journal.show_post(call.deps, call.workspace_id, PostId(value.partition(":")[0][:_LONGEST_ID]))


async def _do(call: Call, verb: str, value: str) -> None:
    post = await _post(call, value)
    try:
        if verb in _SEEN:
            _refuse_unread(post, value)
        await PRESSES[verb](call, post)
    except Conflict as error:
        done = await _done_before(call, verb, post)
        if done is None and isinstance(error, Changed):
            done = await _late(call, error)
        await call.answer(done or error.message)
    except UserError as error:
        await call.answer(error.message)
    await home.refresh_if_there(call)


def _refuse_unread(post: PostView, value: str) -> None:
    """What goes out is what the person read. Raises Changed."""
    version = value.partition(":")[2]
    if version.isdecimal() and version != str(post.version):
        raise Changed(post)


async def _late(call: Call, error: Changed) -> str:
    names_ = await gather.names_of(call.deps, call.desk.people, call.installation, (error.by,))
    person = await call.person()
    at = times.spelled(error.at, person.zone or "UTC")
    return f"{names_.person(error.by) or 'Somebody'} changed this post at {at}. The card shows it as it is now."


async def _done_before(call: Call, verb: str, post: PostView) -> str | None:
    """A late click learns who was first; None when nobody did the same."""
    first = await journal.last_of(call.deps, call.workspace_id, post.post_id, _SAME.get(verb, frozenset()))
    if first is None:
        return None
    now = await journal.show_post(call.deps, call.workspace_id, post.post_id)
    if now.status in _OPEN:
        return None  # it was done once before, and is to be done again
    planned_for = now.scheduled_at
    if first.event == "move" and (planned_for is None or abs(planned_for - first.at) > _AT_ONCE):
        return None  # it was given another time, not sent
    if verb == names.RELEASE_POST and first.event != "release":
        return None  # it ended by itself
    return await _done(call, first.actor, first.at)


async def _done(call: Call, by: str | None, at: datetime) -> str:
    names_ = await gather.names_of(call.deps, call.desk.people, call.installation, (by,))
    person = await call.person()
    return wording.already_done(names_.person(by), times.spelled(at, person.zone or "UTC"))


# --- What each does ----------------------------------------------------------------------------------------------


async def nothing(call: Call) -> None:
    """A button that is a link: the browser has gone there."""
    _ = call


async def duplicate(call: Call, post: PostView) -> None:
    """Open the composer with its content, as a new post."""
    await compose.open_composer(call, retyping.duplicate_form(post))


async def post_now(call: Call, post: PostView) -> None:
    """Send it at once instead of at its time; what was missed is tried again."""
    if post.status is State.MISSED:
        await retry(call, post)
        return
    await editing.move_post(
        call.deps, call.workspace_id, post.post_id, Now(), version=post.version, asked_by=call.actor
    )


async def next_slot(call: Call, post: PostView) -> None:
    """Put it into the next free slot of its brand."""
    await editing.move_post(
        call.deps, call.workspace_id, post.post_id, NextSlot(), version=post.version, asked_by=call.actor
    )


async def cancel(call: Call, post: PostView) -> None:
    """Take it back."""
    await scheduling.cancel_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    await _card_of_draft(call, post)
    person = await call.person()
    facts = await gather.card(call.deps, call.desk.people, call.installation, post.post_id, reader_zone=person.zone)
    shown = card_of(facts, clock.now())
    await call.redraw(shown.text, shown.blocks)


async def delete_draft(call: Call, post: PostView) -> None:
    """Throw a draft away."""
    await editing.drop_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    if post.items:
        await _card_of_draft(call, post)
    else:
        await call.replace("🚫 Draft deleted.")


async def _card_of_draft(call: Call, post: PostView) -> None:
    if await drafts.had_card(call.deps, post):
        now = await journal.show_post(call.deps, call.workspace_id, post.post_id)
        await drafts.send_card(call.deps, now, user_id=call.user_id)


async def hold(call: Call, post: PostView) -> None:
    """Keep what waits of it from going out."""
    held = await holding_posts.hold_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    if held.before is not None:
        await call.answer(await _done(call, held.before.by, held.before.since))
    elif held.underway:
        called = await gather.names_of(call.deps, call.desk.people, call.installation)
        underway = [Underway(platform=item.platform, due_at=item.due_at) for item in held.underway]
        said = holds.held_post(underway, called, (await call.person()).zone or "UTC")
        await call.answer(said.text, said.blocks)


async def release(call: Call, post: PostView) -> None:
    """Let it go out again. What the card does not show by itself is said."""
    done = await holding_posts.release_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    if done.late or done.still is not None:
        still = done.still is not None
        await call.answer(f"Released. {wording.after_release(going=done.going, late=done.late, still=still)}")


async def retry(call: Call, post: PostView) -> None:
    """Send what failed or was missed now."""
    after = await scheduling.retry_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    if left := scheduling.left_out(after):
        await call.answer(left)


async def drop(call: Call, post: PostView) -> None:
    """Leave it: what failed or was missed counts as cancelled."""
    await editing.drop_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)


async def give_up(call: Call, post: PostView) -> None:
    """Leave what nobody could tell of; the button's dialog has said that it may be live."""
    await editing.give_up_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)


async def send_again(call: Call, post: PostView) -> None:
    """Send it a second time; the button's dialog has warned of the double post."""
    again = SendAgain(only_asked=True)
    await deciding.decide(call.deps, call.workspace_id, post.post_id, again, decided_by=call.actor)


async def is_live(call: Call, post: PostView) -> None:
    """Ask for the link."""
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    await call.open_view(live_link.build(post, called))


async def answer_each(call: Call, post: PostView) -> None:
    """Ask about every account that a person is asked about."""
    facts = await gather.card(call.deps, call.desk.people, call.installation, post.post_id)
    asked = [item.item_id for item in post.items if item.status is State.UNCONFIRMED and facts.of(item).asking]
    await call.open_view(answers.build(post, asked, facts.names))


async def answers_given(call: Call) -> ViewAnswer:
    """Somebody says what became of each."""
    post_id = PostId(call.private_metadata.partition(":")[0])
    chosen, links = answers.read(call.view), live_link.read(call.view)
    if not chosen:
        raise invalid("answer", "Choose what became of it, for one account at least.")
    without = [item for item, what in chosen.items() if what == names.IS_LIVE and item not in links]
    lost = dict.fromkeys(without, "Paste the link of the post.")
    if lost:
        return Errors(live_link.errors(lost))
    decisions = {ItemId(item): _DECISIONS[what](links.get(item, "")) for item, what in chosen.items()}
    try:
        await deciding.decide_each(
            call.deps, call.workspace_id, post_id, decisions, only_asked=True, decided_by=call.actor
        )
    except UserError as error:
        if error.field in links:
            return Errors(live_link.errors({error.field: error.message}))
        return Errors(answers.errors({next(iter(chosen)): error.message}))
    return Clear()


async def link_given(call: Call) -> ViewAnswer:
    """Somebody says where it is."""
    post_id = PostId(call.private_metadata.partition(":")[0])
    links = {ItemId(item): link for item, link in live_link.read(call.view).items()}
    if not links:
        raise invalid("link", "Paste the link of the post.")
    try:
        await deciding.confirm(call.deps, call.workspace_id, post_id, links, decided_by=call.actor)
    except UserError as error:
        place = next((item for item in links if item == error.field), next(iter(links)))
        return Errors(live_link.errors({place: error.message}))
    return Clear()


_DECISIONS: Mapping[str, Callable[[str], Decision]] = {
    names.IS_LIVE: lambda link: IsLive(link=link),
    names.SEND_AGAIN: lambda _: SendAgain(),
    names.GIVE_UP: lambda _: Drop(),
}
PRESSES: Mapping[str, Press] = {
    names.EDIT: compose.edit_post,
    names.MOVE: moving.move,
    names.POST_NOW: post_now,
    names.NEXT_SLOT: next_slot,
    names.CANCEL: cancel,
    names.SCHEDULE_DRAFT: compose.schedule_draft,
    names.DELETE_DRAFT: delete_draft,
    names.RETRY: retry,
    names.DROP: drop,
    names.GIVE_UP: give_up,
    names.IS_LIVE: is_live,
    names.SEND_AGAIN: send_again,
    names.ANSWER_EACH: answer_each,
    names.HOLD: hold,
    names.RELEASE_POST: release,
    names.DUPLICATE: duplicate,
    names.WHY: why.why,
}
_READING = frozenset({names.WHY})
_SEEN = frozenset({names.POST_NOW, names.RETRY, names.SEND_AGAIN, names.NEXT_SLOT, names.RELEASE_POST})
"""What sends a post: only as the person has read it."""
_OPEN = frozenset({State.FAILED, State.MISSED, State.UNCONFIRMED})
_ENDINGS = frozenset({"cancel", "drop"})
_SAME: Mapping[str, frozenset[str]] = {
    names.POST_NOW: frozenset({"move", "retry"}),
    names.NEXT_SLOT: frozenset({"move"}),
    names.CANCEL: _ENDINGS,
    names.DELETE_DRAFT: _ENDINGS,
    names.RETRY: frozenset({"retry"}),
    names.DROP: _ENDINGS,
    names.GIVE_UP: _ENDINGS,
    names.SEND_AGAIN: frozenset({"decide"}),
    names.RELEASE_POST: frozenset({"hold", "release"}),
}
"""What the journal calls that which a verb does: somebody who did the same was faster."""
