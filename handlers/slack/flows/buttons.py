"""The buttons of a post, wherever they stand: on its card, in a list, on Home. Every press is authorised anew."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import clock
from bot.domain.errors import UserError
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import deciding, editing, journal, scheduling
from bot.services.deciding import Drop, IsLive, SendAgain
from bot.services.scheduling import At, Now
from handlers.slack import lists, names
from handlers.slack.answers import Clear, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import compose, home, places
from handlers.slack.views import live_link, move_post


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button of one post, as it was when the button was drawn."""

    post_id: PostId
    version: int | None


def read_value(value: str) -> Pressed:
    """`POST_ID:VERSION`, which anybody may have written: the services find out whether it is theirs."""
    post_id, _, version = value.partition(":")
    return Pressed(post_id=PostId(post_id[:100]), version=int(version) if version.isascii() and version.isdigit() else None)


Press = Callable[[Call, PostView], Awaitable[None]]


def register(desk: Desk) -> None:
    """Take every button of a post, each also as a line of its menu."""
    presses: dict[str, Press] = {
        names.EDIT: edit,
        names.MOVE: move,
        names.POST_NOW: post_now,
        names.CANCEL: cancel,
        names.SCHEDULE_DRAFT: schedule_draft,
        names.DELETE_DRAFT: cancel,
        names.RETRY: retry,
        names.DROP: drop,
        names.IS_LIVE: is_live,
        names.SEND_AGAIN: send_again,
        names.DUPLICATE: duplicate,
    }
    for name, press in presses.items():
        desk.on_action(name, _pressed(press), writers_only=True)
    desk.on_action(names.WHY, _pressed(why))
    desk.on_action(names.MORE, _chosen({**presses, names.WHY: why}))
    desk.on_action(names.OPEN, nothing)
    desk.on_action(names.OPEN_LINK, nothing)
    desk.on_view(names.MOVE_POST, moved, writers_only=True)
    desk.on_view(names.LIVE_LINK, link_given, writers_only=True)


def _pressed(press: Press) -> Callable[[Call], Awaitable[None]]:
    async def listener(call: Call) -> None:
        await _do(call, press, call.value)

    return listener


def _chosen(presses: dict[str, Press]) -> Callable[[Call], Awaitable[None]]:
    async def listener(call: Call) -> None:
        verb, _, value = call.value.partition(":")
        press = presses.get(verb)
        if press is None:
            return
        if verb != names.WHY:
            await places.must_write(call)
        await _do(call, press, value)

    return listener


async def _do(call: Call, press: Press, value: str) -> None:
    pressed = read_value(value)
    post = await journal.show_post(call.deps, call.workspace_id, pressed.post_id)
    try:
        await press(call, post)
    finally:
        await home.refresh_if_there(call)


async def nothing(call: Call) -> None:
    """A button that is a link: the browser has gone there."""
    _ = call


async def edit(call: Call, post: PostView) -> None:
    """Open the composer with it."""
    await compose.edit_post(call, post)


async def duplicate(call: Call, post: PostView) -> None:
    """Open the composer with its content, as a new post."""
    await compose.open_composer(call, editing.duplicate_form(post))


async def schedule_draft(call: Call, post: PostView) -> None:
    """Open the composer with it: that is where a time is chosen and everything is checked."""
    await compose.edit_post(call, post)


async def post_now(call: Call, post: PostView) -> None:
    """Send it at once instead of at its time."""
    await editing.move_post(
        call.deps, call.workspace_id, post.post_id, Now(), version=post.version, asked_by=call.actor
    )


async def cancel(call: Call, post: PostView) -> None:
    """Take it back."""
    await scheduling.cancel_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)
    if post.status is State.DRAFT:
        await call.replace("🚫 Draft deleted.")


async def retry(call: Call, post: PostView) -> None:
    """Send what failed or was missed now."""
    await scheduling.retry_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)


async def drop(call: Call, post: PostView) -> None:
    """Leave it: what is unconfirmed, failed or missed counts as cancelled."""
    await editing.drop_post(call.deps, call.workspace_id, post.post_id, asked_by=call.actor)


async def send_again(call: Call, post: PostView) -> None:
    """Send it a second time; the button's dialog has warned of the double post."""
    await deciding.decide(call.deps, call.workspace_id, post.post_id, SendAgain(), decided_by=call.actor)


async def is_live(call: Call, post: PostView) -> None:
    """Ask for the link."""
    await call.open_view(live_link.build(post))


async def link_given(call: Call) -> ViewAnswer:
    """Somebody says where it is."""
    post_id, link = PostId(call.private_metadata), live_link.read(call.view)
    try:
        await deciding.decide(call.deps, call.workspace_id, post_id, IsLive(link=link), decided_by=call.actor)
    except UserError as error:
        return Errors(live_link.errors(error.message))
    return Clear()


async def move(call: Call, post: PostView) -> None:
    """Ask for another time."""
    brand = await places.brand_by_id(call, post.brand_id)
    person = await call.person()
    await call.open_view(move_post.build(post, zone=post.zone or brand.timezone, person_zone=person.zone, now=clock.now()))


async def moved(call: Call) -> ViewAnswer:
    """Somebody chose another time."""
    wanted = move_post.read(call.view)
    pressed = read_value(call.private_metadata)
    try:
        await editing.move_post(
            call.deps,
            call.workspace_id,
            pressed.post_id,
            At(text=wanted.text, zone=wanted.zone),
            version=pressed.version or 0,
            asked_by=call.actor,
        )
    except UserError as error:
        return Errors(move_post.errors(error))
    return Clear()


async def why(call: Call, post: PostView) -> None:
    """Tell its whole story, to this person alone."""
    entries = await journal.why(call.deps, call.workspace_id, post.post_id)
    said = lists.why(post, entries)
    await call.answer(said.text, said.blocks)
