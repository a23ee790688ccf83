"""Texts and settings per network: a modal above the composer, and one network's settings above that."""

from collections.abc import Mapping

from bot.domain.composition import Composition
from bot.services import composing
from handlers.slack import blocks as b
from handlers.slack import gather, names
from handlers.slack.answers import Close, Errors, Update, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call, Json
from handlers.slack.flows import choices, keeping, places, showing
from handlers.slack.views import asked, composer, network_settings, own_texts


def register(desk: Desk) -> None:
    """Take the two buttons and the two modals."""
    desk.on_action(names.OWN_TEXTS_BUTTON, open_texts)
    desk.on_view(names.OWN_TEXTS, keep_texts)
    desk.on_action(names.NETWORK_SETTINGS_BUTTON, open_settings)
    desk.on_view(names.NETWORK_SETTINGS, keep_settings)


async def open_texts(call: Call) -> None:
    """Lay the texts per network over the composer."""
    composition = await showing.as_it_stands(call)
    await call.open_view(await _texts(call, composition, composer.marks(call.view)))


async def _texts(call: Call, composition: Composition, marks: Mapping[str, str]) -> Json:
    form = composition.form
    brand = await places.brand_by_id(call, form.brand_id) if form.brand_id else None
    platforms = composer.platforms_of(form, await choices.of_brand(call, brand))
    counts = await composing.counts(call.deps, call.workspace_id, form)
    return own_texts.build(
        form,
        platforms,
        composition_id=composition.id,
        called=await gather.names_of(call.deps, call.desk.people, call.installation),
        limits={count.platform: count.limit for count in counts},
        settings=composing.settings(call.deps, platforms),
        asked=await composing.asked(call.deps, call.workspace_id, form),
        marks=marks,
    )


async def keep_texts(call: Call) -> ViewAnswer:
    """Back to the composer, with the counts of the new texts."""
    composition = await keeping.composition_of(call)
    return await showing.back(call, composition, own_texts.read(call.view, composition.form))


# --- Settings -----------------------------------------------------------------------------------------------------


async def open_settings(call: Call) -> None:
    """Lay a network's settings over its texts, which are kept as they stand; of a full stack they take the place."""
    composition = await keeping.composition_of(call)
    composition = await showing.kept(call, composition, own_texts.read(call.view, composition.form))
    composer_id = b.word(call.view.get("previous_view_id")) or ""
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    view = network_settings.build(
        composition.form,
        call.value,
        composing.settings(call.deps, [call.value]).get(call.value, ()),
        title=called.title(call.value),
        composition_id=composition.id,
        composer_id=composer_id,
        asked=await composing.asked(call.deps, call.workspace_id, composition.form),
        marks=own_texts.marks_below(call.view),
    )
    if call.view.get("root_view_id") in {None, composer_id}:
        await call.open_view(view)
    else:
        await call.update_view(view)
    await showing.show(call, composition, composer_id)


async def keep_settings(call: Call) -> ViewAnswer:
    """Back to the texts, unless the network would refuse a setting; the composer shows them too."""
    composition = await keeping.composition_of(call)
    platform, before = network_settings.platform_of(call.view), composition.form
    form = network_settings.read(call.view, before)
    demanded = await composing.asked(call.deps, call.workspace_id, before)
    typed = asked.others(form.options.get(platform, {}), demanded, platform)
    if problems := composing.setting_problems(call.deps, platform, typed):
        return Errors(network_settings.errors(problems, call.view))
    composition = await showing.kept(call, composition, form)
    composer_id = network_settings.composer_below(call.view)
    texts = await _texts(call, composition, own_texts.marks_below(call.view))
    await showing.show(call, composition, composer_id)
    below = b.word(call.view.get("previous_view_id")) or ""
    if below == composer_id:
        return Update(texts)
    call.desk.keep(call.update_view(texts, view_id=below), {})
    return Close()
