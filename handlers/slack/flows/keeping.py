"""What was typed is not lost: a composer as it is remembered, and kept as a draft where it ends without a post."""

from dataclasses import replace

from bot.domain.composition import Composition, Form, When
from bot.domain.errors import NotFound, UserError
from bot.domain.posts import PostView
from bot.services import composing, drafts, journal, scheduling
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.call import Call
from handlers.slack.flows import places
from handlers.slack.views import composer


async def composition_of(call: Call) -> Composition:
    """The composition of the composer in which this happened. Raises NotFound, also when it is somebody else's."""
    composition_id = composer.composition_of(call.view)
    if composition_id is None:
        raise NotFound("This composer is no longer open. Type /post for a new one.")
    return await composing.get_composition(call.deps, call.workspace_id, call.user_id, composition_id)


async def wish_of(call: Call, composition: Composition) -> scheduling.Wish:
    """What its form asks for. Raises NotFound where it names no brand that there is."""
    form = await composing.tidy(call.deps, call.workspace_id, composition.form)
    brand = await places.brand_by_id(call, form.brand_id or "")
    return composing.wish_of(form, brand, asked_by=call.actor, zone=brand.timezone)


def joined(form: Form) -> Form:
    """The form with all its files in one place."""
    return replace(form, files=(*form.files, *form.added), added=())


async def nowhere_to_go(call: Call, form: Form, post: PostView | None) -> None:
    """No composer opens, and what was typed behind the command, or in the message, is kept."""
    if post is None and form.text.strip():
        composition = await composing.open_composition(call.deps, call.workspace_id, call.user_id, form)
        await keep_draft(call, replace(composition, form=replace(form, when=When.DRAFT)))


async def keep_unopened(call: Call, form: Form) -> bool:
    """Slack opened no composer for what was typed behind a command. Whether there was anything to keep."""
    brand = await places.brand_here(call) if form.brand_id is None else None
    await nowhere_to_go(call, form if brand is None else replace(form, brand_id=brand.id), None)
    return bool(form.text.strip())


async def closed(call: Call) -> None:
    """Closed by hand: what was typed is kept as a draft, and its card sent to its author."""
    alone = call.view.get("callback_id") == names.COMPOSER or not call.view.get("previous_view_id")
    if not alone and not call.body.get("is_cleared"):
        return
    try:
        composition = await composition_of(call)
    except NotFound:  # of a stack each modal is closed, and the first to say so did it all
        return
    form = composition.form
    if call.view.get("callback_id") == names.COMPOSER:
        form = composer.read(call.view, form)
    if composition.post_id is not None or not _has_content(form):
        await composing.close_composition(call.deps, call.workspace_id, call.user_id, composition.id)
        return
    await keep_draft(call, replace(composition, form=replace(joined(form), when=When.DRAFT, fit=False)))


def _has_content(form: Form) -> bool:
    texts = (form.text, *form.parts, *form.variants.values())
    return any(text.strip() for text in texts) or bool(form.files or form.added)


async def keep_draft(call: Call, composition: Composition) -> None:
    """What cannot be kept as a draft is handed back to who typed it."""
    form = composition.form
    try:
        if form.brand_id is None:
            raise NotFound("It names no brand.", field="brand")
        post_id = await composing.schedule(call.deps, composition, await wish_of(call, composition))
    except UserError as error:
        await composing.close_composition(call.deps, call.workspace_id, call.user_id, composition.id)
        said = f"Herald could not keep this as a draft. {b.inert(error.message)}"
        await call.write(said, [b.section(said), b.quote(form.text, b.TEXT_LIMIT)])
        return
    if post_id is not None:
        post = await journal.show_post(call.deps, call.workspace_id, post_id)
        await drafts.send_card(call.deps, post, user_id=call.user_id)
