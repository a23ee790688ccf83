"""Connecting accounts from Slack, through a page of ours; looking after them."""

import re
from collections.abc import Sequence

from bot.domain.accounts import Account
from bot.services import checking, connecting, guides, linking
from bot.services.workspaces import Brand
from handlers.slack import connect, gather, lists, names, wording
from handlers.slack.answers import Clear, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import home, places
from handlers.slack.views import saying


def register(desk: Desk) -> None:
    """Take the buttons of accounts."""
    desk.on_action(names.CONNECT, choose_network)
    desk.on_action(names.CONNECT_PLATFORM, connect_here)
    desk.on_action(re.compile(f"^{names.CONNECT_PLATFORM}:"), connect_here)
    desk.on_action(names.RECONNECT, reconnect)
    desk.on_action(re.compile(f"^{names.RECONNECT}:"), reconnect)
    desk.on_action(names.ACCOUNT_MORE, look_after)
    desk.on_action(names.CHECK_ALL, check_all)
    desk.on_view(names.DISCONNECT, disconnect)


async def choose_network(call: Call) -> None:
    """Ask which network, for the brand meant."""
    brand = await places.brand_by_id(call, call.value) if call.value else await places.brand_here(call)
    if brand is None:
        known = await places.brands_of(call)
        said = connect.which_brand(known, may_make=await places.may_manage(call, None))
        await call.answer(said.text, said.blocks)
        return
    await places.must_manage(call, brand)
    said = connect.networks(brand, dict(sorted(gather.titles(call.deps).items())))
    await call.answer(said.text, said.blocks)


async def connect_here(call: Call) -> None:
    """Hand out the one-time link for a new account."""
    brand_id, _, platform = call.value.partition(":")
    brand = await places.brand_by_id(call, brand_id)
    await _hand_out(call, brand, platform)


async def reconnect(call: Call) -> None:
    """Hand out the one-time link for an account that has lost its access."""
    account = await connecting.find_account(call.deps, call.value, [call.workspace_id])
    brand = await places.brand_by_id(call, account.brand_id)
    await _hand_out(call, brand, account.platform, again=account)


async def _hand_out(call: Call, brand: Brand, platform: str, *, again: Account | None = None) -> None:
    person = await places.must_manage(call, brand)
    title = connecting.connector_called(call.deps, platform).spec.title
    base = call.desk.public_url
    if base is None:
        said = connect.no_address(platform, brand)
    else:
        token = await linking.make_link(
            call.deps,
            brand,
            platform,
            asked_by=call.actor,
            asked_by_name=person.name,
            account_id=again.id if again is not None else None,
        )
        url = f"{base.rstrip('/')}/connect/{token}"
        guide = guides.guide_url(call.deps, platform, guides.CONNECTING if again is None else guides.MENDING)
        handle = again.handle if again is not None else None
        said = connect.open_link(brand, title=title, url=url, guide=guide, again=handle)
    await call.answer(said.text, said.blocks)


async def look_after(call: Call) -> None:
    """Check one account, or ask before it is disconnected."""
    verb, _, account_id = call.value.partition(":")
    account = await connecting.find_account(call.deps, account_id, [call.workspace_id])
    brand = await places.brand_by_id(call, account.brand_id)
    await places.must_manage(call, brand)
    if verb == "check":
        checked = await connecting.check(call.deps, account)
        called = await gather.names_of(call.deps, call.desk.people, call.installation)
        name = called.account(account.platform, account.handle)
        how = f" {called.guide(account.platform)}" if checked.guide is not None else ""
        await call.answer(f"✅ {name} — fine." if checked.trouble is None else f"⚠️ {name} — {checked.trouble}{how}")
    elif verb == "disconnect":
        waiting = (await connecting.waiting(call.deps, [account])).get(account.id, 0)
        question = saying.confirm(wording.ask_disconnect(waiting), account.id, callback_id=names.DISCONNECT)
        await call.open_view(question)
    await home.refresh_if_there(call)


async def disconnect(call: Call) -> ViewAnswer:
    """Take an account out, after the question."""
    account = await connecting.find_account(call.deps, call.private_metadata, [call.workspace_id])
    brand = await places.brand_by_id(call, account.brand_id)
    await places.must_manage(call, brand)
    cancelled = await connecting.disconnect(call.deps, account, asked_by=call.actor)
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    said = connect.disconnected(called, platform=account.platform, handle=account.handle, cancelled=cancelled)
    await call.write(said.text, said.blocks)
    return Clear()


async def check_all(call: Call) -> None:
    """Ask every network of the brand whether it still lets us in."""
    await check(call, await places.brand_by_id(call, call.value))


async def check(call: Call, brand: Brand, only: Sequence[Account] | None = None) -> None:
    """The same for who may, of this brand, or of some of its accounts."""
    await places.must_manage(call, brand)
    await checking.check_all(call.deps, await places.accounts_of(call, brand) if only is None else list(only))
    now = {account.id: account for account in await places.accounts_of(call, brand)}
    await show(call, brand, None if only is None else [now[one.id] for one in only if one.id in now])


async def show(call: Call, brand: Brand, only: Sequence[Account] | None = None) -> None:
    """The brand's accounts, or some of them, each with its state and what can be done."""
    known = await gather.accounts(call.deps, await places.accounts_of(call, brand) if only is None else only)
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    manages = await places.may_manage(call, brand)
    said = lists.accounts(known, brand=brand, zone=brand.timezone, called=called, may_manage=manages)
    await call.answer(said.text, said.blocks)
