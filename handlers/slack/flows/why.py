"""A post's whole story: to whoever asks, below its card for everybody, and as a file with every line."""

from bot.domain import people
from bot.domain.errors import UserError
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.services import journal, storytelling
from handlers.slack import gather, lists, names
from handlers.slack.app import Desk
from handlers.slack.blocks import inert
from handlers.slack.call import Call
from handlers.slack.flows import handing, places

_LONGEST_ID = 100


def register(desk: Desk) -> None:
    """Take the buttons below a story; `Why` itself is one of a post's own."""
    desk.on_action(names.WHY_THREAD, show_in_thread, writers_only=True)
    desk.on_action(names.WHY_FILE, as_file)


async def why(call: Call, post: PostView) -> None:
    """Tell it, to this person alone."""
    person = await places.must_read(call)
    told = await gather.story(call.deps, call.desk.people, call.installation, post.post_id)
    doors = lists.story_doors(post, may_show=people.may_write(person))
    said = lists.why(told.facts, told.lines, zone=person.zone or told.zone, doors=doors)
    await call.answer(said.text, said.blocks)


async def show_in_thread(call: Call) -> None:
    """Have it said below the post's card."""
    await places.must_write(call)
    post = await _post(call)
    try:
        new = await storytelling.owe(call.deps, post, asked_by=call.actor)
    except UserError as error:
        await call.answer(error.message)
        return
    await call.answer(f"The story is {'on its way' if new else 'already on its way'} to the thread of its card.")


async def as_file(call: Call) -> None:
    """Hand over every line of it, as text."""
    person = await places.must_read(call)
    post = await _post(call)
    if not await handing.may_hand_over(call):
        return
    told = await gather.story(call.deps, call.desk.people, call.installation, post.post_id)
    content = lists.whole_story(told.facts, told.lines, zone=person.zone or told.zone)
    code = inert(post.code, 20)
    comment = f"Everything that was written down about post {code}."
    await handing.hand_over(call, f"why-{code}.txt", content.encode(), comment, what="story")


async def _post(call: Call) -> PostView:
    return await journal.show_post(call.deps, call.workspace_id, PostId(call.value[:_LONGEST_ID]))
