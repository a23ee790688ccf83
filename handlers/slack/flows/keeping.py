"""What was typed is not lost: a composer as it is remembered, and kept as a draft where it ends without a post."""

from dataclasses import replace

from bot.domain.composition import Composition, Form, When
from bot.domain.errors import NotFound, UserError
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import composing, drafts, journal, retyping, scheduling
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.call import Call
from handlers.slack.flows import again, places
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
    if composition.post_id is not None:
        await _closed_edit(call, replace(composition, form=joined(form)), composition.post_id)
        return
    if not _has_content(form):
        await composing.close_composition(call.deps, call.workspace_id, call.user_id, composition.id)
        return
    await keep_draft(call, replace(composition, form=replace(joined(form), when=When.DRAFT, fit=False)))


async def _closed_edit(call: Call, composition: Composition, post_id: PostId) -> None:
    """One's own draft is kept as it was left; what else there is stays as it was, and what was typed is handed back."""
    if not await composing.close_composition(call.deps, call.workspace_id, call.user_id, composition.id):
        return
    form = replace(composition.form, when=When.DRAFT, fit=False)
    try:
        post = await journal.show_post(call.deps, call.workspace_id, post_id)
        brand = await places.brand_by_id(call, post.brand_id)
        was = await again.form_with(call, joined(retyping.form_of(post, brand.timezone)), post)
        if await _kept_in_place(call, replace(composition, form=form), post, was):
            return
        what = f"post {b.inert(post.code, 20)} stays as it was"
    except UserError:
        was, what = Form(), "nothing was changed"
    if _texts(form) and _texts(form) != _texts(was):
        said = f"You closed this without saving, so {what}. What you typed:"
        await call.write(said, [b.section(said), *[b.quote(text, b.TEXT_LIMIT) for text in _texts(form)]])


async def _kept_in_place(call: Call, composition: Composition, post: PostView, was: Form) -> bool:
    """Only what nobody but this person has written, and only if it can be kept like that."""
    mine = {post.created_by, post.edited_by or post.created_by} == {call.actor}
    if not mine or post.status is not State.DRAFT or post.version != composition.post_version:
        return False
    form = composition.form
    if _content(form) == _content(was):
        return True
    try:
        kept = await again.edit(call, composition, await wish_of(call, composition))
    except UserError:
        return False
    await drafts.send_card(call.deps, kept, user_id=call.user_id)
    return True


def _texts(form: Form) -> list[str]:
    """What there is to read of it."""
    return [text for text in (form.text, *form.parts, *form.variants.values(), form.link or "") if text.strip()]


def _content(form: Form) -> tuple[object, ...]:
    files = [(file.media_id, file.alt_text.strip()) for file in form.files]
    options = {platform: dict(chosen) for platform, chosen in form.options.items() if chosen}
    written = (form.text, form.parts, form.link, dict(form.variants), form.repeat)
    chosen = (form.mission_id or None, form.approver)
    return form.brand_id, set(form.account_ids), written, chosen, files, options


def _has_content(form: Form) -> bool:
    return bool(_texts(form) or form.files or form.added)


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
