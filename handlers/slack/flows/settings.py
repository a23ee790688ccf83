"""`/social settings`: how a brand is set, and each setting changed in a modal above."""

from collections.abc import Awaitable, Callable

from bot.domain.errors import InvalidContent, UserError
from bot.services import digesting, slotting, workspaces
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.answers import Clear, Close, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.blocks import Json
from handlers.slack.call import Call
from handlers.slack.flows import approvals, brands, digest, home, places
from handlers.slack.views import digest as digest_view
from handlers.slack.views import problems
from handlers.slack.views import settings as face

_LONGEST_ID = 100
_FREE_SHOWN = 3


def register(desk: Desk) -> None:
    """Take the buttons and the modals; the command comes through `/social`."""
    desk.on_action(names.SETTINGS_OPEN, open_settings)
    for action, above in _ABOVE.items():
        desk.on_action(action, _opening(above))
    desk.on_view(names.BRAND_ABOVE, keep_brand)
    desk.on_view(names.DIGEST_ABOVE, keep_digest)
    desk.on_view(names.SLOTS, keep_slots)
    desk.on_view(names.GRACE, keep_grace)


async def settings(call: Call, rest: str) -> None:
    """`[brand]`: its settings; where it is not clear which brand, the question."""
    brand = await places.brand_called(call, rest) if rest else await places.brand_here(call)
    if brand is not None:
        await call.open_view(await _view(call, brand))
        return
    known = await places.brands_of(call)
    if not known:
        await brands.show(call)
        return
    options = [b.option(one.name, one.id) for one in known[: b.MOST_OPTIONS]]
    select = b.choice("static_select", names.SETTINGS_OPEN, options)
    select["placeholder"] = b.plain("Choose a brand", 150)
    await call.answer("Settings of which brand?", [b.section("Settings of which brand?", select)])


async def open_settings(call: Call) -> None:
    """Open the modal."""
    await places.must_read(call)
    brand = await places.brand_by_id(call, call.value[:_LONGEST_ID])
    await call.open_view(await _view(call, brand))


async def _view(call: Call, brand: Brand) -> Json:
    slots = await slotting.slots_of(call.deps, brand)
    try:
        free = await slotting.next_frees(call.deps, brand, _FREE_SHOWN)
    except InvalidContent:
        free = ()  # every slot of a year is taken
    facts = face.Facts(
        brand=brand,
        managers=await approvals.called(call, await workspaces.managers_of(call.deps, brand), unknown="a manager"),
        approval=await approvals.who_approves(call, brand),
        slots=slots.text,
        chose_slots=slots.chosen,
        free=[moment.at for moment in free],
        digest=digest.sentence(brand, await digesting.time_of(call.deps, brand)),
        grace=brand.grace,
        may_change=await places.may_manage(call, brand),
    )
    return face.build(facts)


# --- One setting ---------------------------------------------------------------------------------------------------


async def _brand_form(call: Call, brand: Brand) -> Json:
    return {**await brands.form_of(call, brand), "callback_id": names.BRAND_ABOVE}


async def _digest_form(call: Call, brand: Brand) -> Json:
    state = await digesting.time_of(call.deps, brand)
    return {**digest_view.build(brand, state.time), "callback_id": names.DIGEST_ABOVE}


async def _slots_form(call: Call, brand: Brand) -> Json:
    slots = await slotting.slots_of(call.deps, brand)
    return face.build_slots(brand, slots.text)


async def _grace_form(_: Call, brand: Brand) -> Json:
    return face.build_grace(brand, brand.grace)


_ABOVE = {
    names.SETTINGS_BRAND: _brand_form,
    names.SETTINGS_SLOTS: _slots_form,
    names.SETTINGS_DIGEST: _digest_form,
    names.SETTINGS_GRACE: _grace_form,
}


def _opening(above: Callable[[Call, Brand], Awaitable[Json]]) -> Callable[[Call], Awaitable[None]]:
    async def opened(call: Call) -> None:
        brand = await places.brand_by_id(call, call.value[:_LONGEST_ID])
        await places.must_manage(call, brand)
        await call.open_view(await above(call, brand))

    return opened


async def keep_brand(call: Call) -> ViewAnswer:
    """Change the brand."""
    answer = await brands.kept(call)
    if not isinstance(answer, Clear):
        return answer
    await home.after_step(call)
    return await _back(call)


async def keep_digest(call: Call) -> ViewAnswer:
    """Set the digest."""
    brand = await _its_brand(call)
    answer = await digest.keep_silently(call, brand)
    return await _back(call) if isinstance(answer, Close) else answer


async def keep_slots(call: Call) -> ViewAnswer:
    """Set the slots."""
    brand = await _its_brand(call)
    try:
        await slotting.set_slots(call.deps, brand, face.read_slots(call.view), asked_by=call.actor)
    except InvalidContent as error:
        return Errors(problems.placed(error.problems, call.view, otherwise=names.SLOTS_INPUT))
    return await _back(call)


async def keep_grace(call: Call) -> ViewAnswer:
    """Set how late a post may be."""
    brand = await _its_brand(call)
    try:
        await workspaces.change_brand(call.deps, brand, grace=face.read_grace(call.view), asked_by=call.actor)
    except UserError as error:
        return Errors({names.GRACE_INPUT: error.message})
    return await _back(call)


async def _its_brand(call: Call) -> Brand:
    brand = await places.brand_by_id(call, call.private_metadata[:_LONGEST_ID])
    await places.must_manage(call, brand)
    return brand


async def _back(call: Call) -> ViewAnswer:
    """The settings below show what they are now."""
    below = b.word(call.view.get("previous_view_id"))
    if below:
        brand = await places.brand_by_id(call, call.private_metadata[:_LONGEST_ID])
        call.desk.keep(_show_below(call, brand, below), call.body)
    return Close()


async def _show_below(call: Call, brand: Brand, view_id: str) -> None:
    await call.update_view(await _view(call, brand), view_id=view_id)
    await home.refresh_if_there(call)
