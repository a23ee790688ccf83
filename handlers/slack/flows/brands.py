"""Making a brand and changing it: its name, zone, channel and managers."""

from bot.domain.errors import UserError
from bot.services import workspaces
from handlers.slack import lists, names, onboarding
from handlers.slack.answers import Close, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import home, places
from handlers.slack.views import brand as brand_view


def register(desk: Desk) -> None:
    """Take the buttons and the modal of a brand."""
    desk.on_action(names.MAKE_BRAND, make_brand)
    desk.on_action(names.EDIT_BRAND, edit_brand)
    desk.on_action(names.USE_CHANNEL, use_channel)
    desk.on_action(names.NOT_A_BRAND, not_here)
    desk.on_view(names.BRAND, keep_brand)


async def make_brand(call: Call) -> None:
    """Open the modal of a new brand."""
    person = await places.must_manage(call, None)
    await call.open_view(brand_view.build(None, zone=person.zone, channel=call.channel_id, managers=()))


async def edit_brand(call: Call) -> None:
    """Open the modal of this brand."""
    brand = await places.brand_by_id(call, call.value)
    await places.must_manage(call, brand)
    managers = await workspaces.managers_of(call.deps, brand)
    await call.open_view(brand_view.build(brand, zone=brand.timezone, channel=brand.channel, managers=managers))


async def keep_brand(call: Call) -> ViewAnswer:
    """Make the brand or change it."""
    wanted = brand_view.read(call.view)
    try:
        if call.private_metadata:
            brand = await places.brand_by_id(call, call.private_metadata)
            await places.must_manage(call, brand)
        else:
            await places.must_manage(call, None)
            workspace = await workspaces.get_workspace(call.deps, call.workspace_id)
            brand = await workspaces.create_brand(
                call.deps, workspace, wanted.name, timezone=wanted.timezone, channel=wanted.channel
            )
        await workspaces.change_brand(
            call.deps,
            brand,
            name=wanted.name,
            timezone=wanted.timezone,
            channel=wanted.channel,
            managers=wanted.managers,
            asked_by=call.actor,
        )
    except UserError as error:
        return Errors(brand_view.errors(error))
    await home.refresh(call)
    return Close()


async def use_channel(call: Call) -> None:
    """Make this channel the brand's."""
    brand = await places.brand_by_id(call, call.value)
    await places.must_manage(call, brand)
    brand = await workspaces.change_brand(call.deps, brand, channel=call.channel_id, asked_by=call.actor)
    await call.replace(f"✅ This is {brand.name}'s channel now.")


async def not_here(call: Call) -> None:
    """The channel is for no brand."""
    await call.remove()
