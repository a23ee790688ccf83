"""The composer, from opening to the queue: filled while it is open, checked when it is submitted, kept when closed."""

from collections.abc import Sequence
from dataclasses import replace

from bot import clock
from bot.domain.composition import Composition, Form, When, at_time
from bot.domain.errors import InvalidContent, NotFound, Problem, UserError
from bot.domain.ids import PostId
from bot.domain.one_line import unescape
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import composing, drafts, journal, missions, onboarding, previewing, retyping
from bot.services.editing import Changed
from bot.services.previewing import Picture
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather, names, times
from handlers.slack.answers import Clear, Errors, Push, Update, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call, Json
from handlers.slack.flows import (
    again,
    approvals,
    choices,
    files,
    fitting,
    keeping,
    loading,
    moving,
    places,
    sames,
    showing,
)
from handlers.slack.flows.refresh import Refresher
from handlers.slack.views import composer, describe_media, more_options, saying

_TYPED = (
    names.TEXT_INPUT,
    names.ACCOUNTS_INPUT,
    names.BRAND_INPUT,
    names.WHEN_INPUT,
    names.DATE_INPUT,
    names.TIME_INPUT,
    names.ZONE_INPUT,
    names.FOLD_INPUT,
)


def register(desk: Desk) -> None:
    """Take the shortcuts, the inputs and the modals of writing a post."""
    refresher = Refresher(lambda work: desk.keep(work, {}))

    async def typed(call: Call) -> None:
        await _typed(call, refresher)

    desk.on_shortcut(names.COMPOSE, new_post, writers_only=True)
    desk.on_shortcut(names.COMPOSE_FROM_MESSAGE, from_message, writers_only=True)
    desk.on_action(names.NEW_POST, new_post, writers_only=True)
    for name in _TYPED:
        desk.on_action(name, typed, once=False)
    desk.on_options(names.ZONE_INPUT, choices.zones)
    desk.on_options(names.ACCOUNTS_INPUT, choices.accounts)
    desk.on_options(names.BRAND_INPUT, choices.brands)
    desk.on_action(names.MORE_OPTIONS_BUTTON, open_more_options)
    desk.on_view(names.MORE_OPTIONS, keep_more_options)
    desk.on_view(names.COMPOSER, submitted, writers_only=True, guarded=False)
    desk.on_view(names.DESCRIBE_MEDIA, described, writers_only=True, guarded=False)
    desk.on_closed(names.COMPOSER, keeping.closed)
    desk.on_closed(names.DESCRIBE_MEDIA, keeping.closed)


# --- Opening -----------------------------------------------------------------------------------------------------


async def new_post(call: Call) -> None:
    """Open an empty composer."""
    value = call.value if call.action.get("action_id") == names.NEW_POST else ""
    await open_composer(call, Form(brand_id=value or None))


async def from_message(call: Call) -> None:
    """Open the composer with a message's text and files."""
    async with loading.opened(call, "New post") as opened:
        text = unescape(str(call.message.get("text") or ""))
        found, notice = await _files_of(call)
        await _fill(call, opened, Form(text=text, files=found), notice=notice)


async def _files_of(call: Call) -> tuple[tuple[composing.FormFile, ...], str | None]:
    given = [b.mapping(file) for file in b.sequence(call.message.get("files"))]
    kept = await files.keep_files(call, given)
    return kept.files, " ".join(problem.message for problem in kept.problems) or None


async def open_composer(
    call: Call, form: Form, *, post: PostView | None = None, notice: str | None = None, warning: str | None = None
) -> None:
    """Open at once, then fill. A `warning` has to be ticked off."""
    async with loading.opened(call, "Edit post" if post is not None else "New post") as opened:
        await _fill(call, opened, form, post=post, notice=notice, warning=warning)


async def edit_post(call: Call, post: PostView, *, notice: str | None = None) -> None:
    """Open the composer with a post that is there. Raises Conflict for one that it cannot show whole."""
    retyping.refuse_several(post)
    async with loading.opened(call, "Edit post") as opened:
        brand = await places.brand_by_id(call, post.brand_id)
        form = await again.form_with(call, retyping.form_of(post, brand.timezone), post)
        await _fill(call, opened, form, post=post, notice=notice)


async def schedule_draft(call: Call, post: PostView) -> None:
    """Open the composer with a draft, asking for its time: there everything is checked. Raises as `edit_post` does."""
    retyping.refuse_several(post)
    async with loading.opened(call, "Edit post") as opened:
        brand = await places.brand_by_id(call, post.brand_id)
        form = await again.form_with(call, replace(retyping.form_of(post, brand.timezone), when=When.AT), post)
        await _fill(call, opened, form, post=post)


async def _fill(  # noqa: PLR0913  # what the composer begins with, by name
    call: Call,
    opened: Json,
    form: Form,
    *,
    post: PostView | None = None,
    notice: str | None = None,
    warning: str | None = None,
) -> None:
    brand = await _brand_of(call, form)
    person = await call.person()
    zone = brand.timezone if brand is not None else person.zone or "UTC"
    form = replace(form, brand_id=brand.id if brand is not None else None)
    form = _with_time(form, form.zone or zone)
    if brand is None and not await places.brands_of(call):
        await keeping.nowhere_to_go(call, form, post)
        await call.update_view(saying.no_brand(may_make=await places.may_manage(call, None)), view_id=opened["id"])
        return
    if brand is not None and not await places.accounts_of(call, brand):
        manages = await places.may_manage(call, brand)
        await keeping.nowhere_to_go(call, form, post)
        await call.update_view(saying.no_accounts(brand.name, brand.id, may_connect=manages), view_id=opened["id"])
        return
    composition = await composing.open_composition(call.deps, call.workspace_id, call.user_id, form, post=post)
    view = await showing.built(call, composition, notice=notice, warning=warning)
    await call.update_view(view, view_id=opened["id"])


def _with_time(form: Form, zone: str) -> Form:
    """A time to begin with, where none was said: the next full hour, at least half an hour ahead."""
    if form.when is not When.AT or (form.date is not None and form.time is not None):
        return replace(form, zone=zone)
    ahead = at_time(form, times.next_hour(clock.now()), zone)
    return replace(ahead, date=form.date or ahead.date, time=form.time or ahead.time)


async def _brand_of(call: Call, form: Form) -> Brand | None:
    if form.brand_id:
        return await places.brand_by_id(call, form.brand_id)
    return await places.brand_here(call)


# --- While it is open --------------------------------------------------------------------------------------------


async def _typed(call: Call, refresher: Refresher) -> None:
    """Something was typed or chosen: keep it, and change what depends on it."""
    if call.view.get("callback_id") == names.MOVE_POST:
        await moving.typed(call, refresher)
        return
    try:
        composition = await keeping.composition_of(call)
        form = composer.settled(composer.read(call.view, composition.form), call.view)
        if form.brand_id != composition.form.brand_id:
            form = replace(form, account_ids=(), mission_id=None, approver=None)
        await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
    except NotFound:  # the last letter came behind the submission; to submit what is gone says so
        return

    async def change(view_hash: str | None) -> str | None:
        view = await showing.built(call, replace(composition, form=form), marks=composer.marks(call.view))
        return b.word((await call.update_view(view, view_hash=view_hash)).get("hash"))

    refresher.ask(str(call.view.get("id")), b.word(call.view.get("hash")), change)


async def open_more_options(call: Call) -> None:
    """Lay what the post goes on with over the composer."""
    composition = await showing.as_it_stands(call)
    networks = await composing.goes_on(call.deps, call.workspace_id, composition.form)
    form = composition.form
    brand = await places.brand_by_id(call, form.brand_id) if form.brand_id else None
    await call.open_view(
        more_options.build(
            form,
            networks,
            composition_id=composition.id,
            now=clock.now(),
            missions=() if brand is None else await missions.open_to(call.deps, brand, beside=form.mission_id),
            approvers=await approvals.to_choose_from(call, brand),
            marks=composer.marks(call.view),
        )
    )


async def keep_more_options(call: Call) -> ViewAnswer:
    """Back to the composer, unless a network would refuse it."""
    composition = await keeping.composition_of(call)
    form = more_options.read(call.view, composition.form)
    problems = await composing.further_problems(call.deps, call.workspace_id, form)
    if wrong := more_options.errors(problems, call.view):
        return Errors(wrong)
    return await showing.back(call, composition, form)


# --- Submitting --------------------------------------------------------------------------------------------------


async def submitted(call: Call) -> ViewAnswer:
    """Check everything; then describe files, or into the queue."""
    composition = await keeping.composition_of(call)
    form = composer.settled(composer.read(call.view, composition.form), call.view)
    kept = await files.keep_added(call, composer.uploads(call.view), form.added)
    form = replace(form, added=kept.files)
    if kept.problems:
        await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
        return Errors(composer.errors(kept.problems, form, call.view))
    composition = replace(composition, form=fitting.unfitted(keeping.joined(form)))
    if (asked := await _asked_once_more(call, composition)) is not None:
        return asked
    undescribed = any(not file.alt_text for file in composition.form.files)
    fits = form.fit and bool(composition.form.files)
    if composition.post_id is None and composition.form.brand_id is not None and not undescribed and not fits:
        return await _straight(call, composition, form)
    problems, pictures = await _check(call, composition)
    wrong = [problem for problem in problems if not (undescribed and problem.field == "alt")]
    if form.added or wrong or undescribed or pictures:
        form = _parted(fitting.fitted(composition.form, pictures), form)
        await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
    if wrong:
        return await _refused(call, composition, form, wrong)
    if undescribed or pictures:
        return Push(fitting.shown(call, composition, pictures))
    return await _finish(call, composition)


async def _asked_once_more(call: Call, composition: Composition) -> ViewAnswer | None:
    """The composer with a warning to be ticked off, where another post says the same; its files lie in it by now."""
    form = composition.form
    brand = await places.brand_by_id(call, form.brand_id) if form.brand_id else None
    warning = await sames.warning(call, form, brand, beside=composition.post_id)
    if warning is None:
        return None
    await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
    marks = composer.marks(call.view)
    marks |= {names.FILES_INPUT: f"{marks.get(names.FILES_INPUT, '')}+"}
    return Update(await showing.built(call, composition, warning=warning, marks=marks))


async def _refused(call: Call, composition: Composition, form: Form, problems: Sequence[Problem]) -> Errors:
    """Each problem at its input, and where a picture would fit if Herald made it, an offer."""
    if composition.form.brand_id is not None:
        problems = await fitting.offer(call, await keeping.wish_of(call, composition), problems)
    return Errors(composer.errors(problems, form, call.view))


async def _straight(call: Call, composition: Composition, form: Form) -> ViewAnswer:
    """A new post: scheduling it checks everything, so it is not checked twice while somebody waits."""
    try:
        return await _finish(call, composition)
    except UserError as error:
        await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, form)
        return await _refused(call, composition, form, _problems(error))


def _parted(form: Form, like: Form) -> Form:
    """The other way round: descriptions go back to the files they belong to."""
    own = len(like.files)
    return replace(form, files=form.files[:own], added=form.files[own:])


async def described(call: Call) -> ViewAnswer:
    """The files are described and, if made to fit, seen: into the queue."""
    composition = await keeping.composition_of(call)
    form = describe_media.read(call.view, keeping.joined(composition.form))
    parted = _parted(form, composition.form)
    await composing.save_form(call.deps, call.workspace_id, call.user_id, composition.id, parted)
    try:
        return await _finish(call, replace(composition, form=form))
    except UserError as error:
        return Errors(describe_media.errors(_problems(error), form))


async def _check(call: Call, composition: Composition) -> tuple[Sequence[Problem], Sequence[Picture]]:
    """What is wrong with the form, all of it; and if nothing is, the pictures that were made to fit."""
    if composition.form.brand_id is None:
        return [Problem(field="brand", message="Choose the brand this is for.")], ()
    try:
        return (), await previewing.pictures(call.deps, await keeping.wish_of(call, composition))
    except UserError as error:
        return _problems(error), ()


def _problems(error: UserError) -> Sequence[Problem]:
    if isinstance(error, InvalidContent):
        return error.problems
    return [Problem(field=error.field or "text", message=error.message)]


async def _finish(call: Call, composition: Composition) -> ViewAnswer:
    """Into the queue, once, however often it is submitted."""
    wish = await keeping.wish_of(call, composition)
    if composition.post_id is not None:
        try:
            post = await again.edit(call, composition, wish)
        except Changed as error:
            return await _changed(call, composition, error)
        post_id = post.post_id
        await composing.close_composition(call.deps, call.workspace_id, call.user_id, composition.id)
    else:
        post_id = await composing.schedule(call.deps, composition, wish)
    if post_id is not None:
        call.desk.keep(_tell(call, post_id, wish.brand), call.body)
    return Clear()


async def _changed(call: Call, composition: Composition, error: Changed) -> ViewAnswer:
    """Somebody was faster: what was typed stays, their text is shown, and submitting again replaces it.

    Raises Conflict where that would lose something of theirs.
    """
    retyping.refuse_several(error.now)
    who = (await gather.names_of(call.deps, call.desk.people, call.installation, (error.by,))).person(error.by)
    person = await call.person()
    at = times.spelled(error.at, person.zone or "UTC")
    said = f"{who or 'Somebody'} changed this post at {at}. Your text is kept below; theirs: {b.quoted(error.text)}"
    renewed = await composing.open_composition(
        call.deps, call.workspace_id, call.user_id, composition.form, post=error.now
    )
    return Update(await showing.built(call, renewed, notice=b.bare(said), fresh=error.version))


async def _tell(call: Call, post_id: PostId, brand: Brand) -> None:
    """A draft's card goes to its author. Without a channel nobody would see a card, so the author gets a line.

    The modal does not wait for this.
    """
    post = await journal.show_post(call.deps, call.workspace_id, post_id)
    if post.status is State.DRAFT or await drafts.had_card(call.deps, post):
        await drafts.send_card(call.deps, post, user_id=call.user_id)
    elif brand.channel is None and post.status is State.AWAITING_APPROVAL:
        who = await approvals.approves_first(call, brand, post.approver) or "its approvers"
        await call.write(f"👀 Post {post.code} waits until {who} approved it. `/social queue` shows it.")
    elif brand.channel is None:
        await call.write(f"🕘 Post {post.code} is in the queue. {brand.name} has no channel yet: `/social brand`.")
    await onboarding.tell(call.deps, call.workspace_id)
