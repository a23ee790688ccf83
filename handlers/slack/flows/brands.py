"""Making a brand and changing it: its name, zone, channel, managers and approvals."""

from collections.abc import Sequence

from bot.domain.errors import InvalidContent, Problem, UserError
from bot.services import approvers, workspaces
from bot.services.workspaces import Brand
from handlers.slack import lists, names, onboarding
from handlers.slack.answers import Clear, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.blocks import Json
from handlers.slack.call import Call
from handlers.slack.flows import approvals, home, places
from handlers.slack.views import brand as brand_view
from handlers.slack.views.brand import BrandForm


def register(desk: Desk) -> None:
    """Take the buttons and the modal of a brand."""
    desk.on_action(names.MAKE_BRAND, make_brand)
    desk.on_action(names.EDIT_BRAND, edit_brand)
    desk.on_action(names.USE_CHANNEL, use_channel, changes=True)
    desk.on_action(names.NOT_A_BRAND, not_here)
    desk.on_view(names.BRAND, keep_brand)


async def make_brand(call: Call) -> None:
    """Open the modal of a new brand."""
    person = await places.must_manage(call, None)
    form = BrandForm(zone=person.zone or "UTC", channel=call.value or _channel(call))
    await call.open_view(brand_view.build(form))


def _channel(call: Call) -> str | None:
    """The channel it was asked in, unless that is a direct conversation."""
    return call.channel_id if call.channel_id is not None and call.channel_id.startswith(("C", "G")) else None


async def edit_brand(call: Call) -> None:
    """Open the modal of this brand."""
    brand = await places.brand_by_id(call, call.value)
    await places.must_manage(call, brand)
    await call.open_view(await form_of(call, brand))


async def form_of(call: Call, brand: Brand) -> Json:
    """The modal, filled in."""
    approval = await approvers.rule_of(call.deps, brand)
    form = BrandForm(
        brand_id=brand.id,
        name=brand.name,
        zone=brand.timezone,
        channel=brand.channel,
        managers=await workspaces.managers_of(call.deps, brand),
        rule=approval.rule,
        approvers=approval.approvers,
    )
    return brand_view.build(form)


async def keep_brand(call: Call) -> ViewAnswer:
    """Make the brand, or change it."""
    answer = await kept(call)
    if isinstance(answer, Clear):
        await home.after_step(call)
    return answer


async def kept(call: Call) -> ViewAnswer:
    """The same, and nothing more."""
    wanted = brand_view.read(call.view)
    try:
        brand = await places.brand_by_id(call, wanted.brand_id) if wanted.brand_id else None
        await places.must_manage(call, brand)
        approvers.checked_rule(wanted.rule, wanted.approvers)
        if brand is None:
            workspace = await workspaces.get_workspace(call.deps, call.workspace_id)
            brand = await workspaces.create_brand(
                call.deps, workspace, wanted.name, timezone=wanted.zone, channel=wanted.channel
            )
            await workspaces.change_brand(call.deps, brand, asked_by=call.actor, managers=wanted.managers)
        else:
            await workspaces.change_brand(
                call.deps,
                brand,
                asked_by=call.actor,
                name=wanted.name,
                timezone=wanted.zone,
                channel=wanted.channel or "",
                managers=wanted.managers,
            )
        named = wanted.approvers
        await approvers.set_rule(call.deps, brand, rule=wanted.rule, approvers=named, asked_by=call.actor)
    except UserError as error:
        problems = error.problems if isinstance(error, InvalidContent) else [_problem(error)]
        return Errors(brand_view.errors(problems, call.view))
    return Clear()


def _problem(error: UserError) -> Problem:
    return Problem(field=error.field or "name", message=error.message)


async def use_channel(call: Call) -> None:
    """Make this channel the brand's."""
    brand_id, _, channel = call.value.partition(":")
    brand = await places.brand_by_id(call, brand_id)
    await places.must_manage(call, brand)
    brand = await workspaces.change_brand(call.deps, brand, channel=channel, asked_by=call.actor)
    await call.replace(f"✅ This is {brand.name}'s channel now. Its posts have their cards here.")
    await home.after_step(call)


async def not_here(call: Call) -> None:
    """The channel is for no brand."""
    await call.remove()


async def show(call: Call, name: str = "") -> None:
    """The brands there are, or the one of this name; in a channel of none, the question whose it is."""
    known = [await places.brand_called(call, name)] if name else await places.brands_of(call)
    manages = await places.may_manage(call, None)
    may_change = {brand.id for brand in known if manages or await places.may_manage(call, brand)}
    approves = {brand.id: await approvals.who_approves(call, brand) for brand in known[: lists.MOST_BRANDS]}
    said = lists.brands(known, may_make=manages, may_change=may_change, approves=approves)
    await call.answer(said.text, said.blocks)
    if not name:
        await _ask_whose(call, known, manages=manages)


async def _ask_whose(call: Call, known: Sequence[Brand], *, manages: bool) -> None:
    channel = _channel(call)
    if manages and channel is not None and all(brand.channel != channel for brand in known):
        free = [brand for brand in known if brand.channel is None]
        asked = onboarding.whose_channel(free[0] if free else None, channel)
        await call.answer(asked.text, asked.blocks)
