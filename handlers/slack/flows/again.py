"""A post that comes again, while it is edited."""

from dataclasses import replace

from bot.domain.composition import Composition, Form
from bot.domain.posts import PostView
from bot.services import editing, journal, recurring
from bot.services.planning import Wish
from handlers.slack.call import Call


async def form_with(call: Call, form: Form, post: PostView) -> Form:
    """The form of a post with how it comes again."""
    series = await recurring.of_post(call.deps, call.workspace_id, post.post_id)
    if series is None:
        return form
    return replace(form, every=series.repeat.every, until=series.repeat.until.isoformat(), came_again=True)


async def edit(call: Call, composition: Composition, wish: Wish) -> PostView:
    """Write the composer's post anew, and how it comes again. Raises what `editing.edit_post` raises."""
    assert composition.post_id is not None  # noqa: S101  # it is a post that is edited
    form = composition.form
    before = await journal.show_post(call.deps, call.workspace_id, composition.post_id)

    async def beside(session: recurring.Session) -> None:
        await recurring.change(session, before, wish.brand, form.repeat, was=form.came_again)

    return await editing.edit_post(
        call.deps,
        call.workspace_id,
        composition.post_id,
        wish,
        version=composition.post_version or 0,
        beside=beside if form.repeat is not None or form.came_again else None,
    )
