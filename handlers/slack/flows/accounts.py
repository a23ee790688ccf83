"""Connecting accounts from Slack, through a page of ours; looking after them."""

from bot.domain.errors import UserError
from bot.services import connecting, linking
from handlers.slack import connect, lists, names
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import home, places
from storage.brands import Brand


def register(desk: Desk) -> None:
    """Take the buttons of accounts."""
    desk.on_action(names.CONNECT, choose_network)
    desk.on_action(names.CONNECT_PLATFORM, connect_here)
    desk.on_action(names.RECONNECT, reconnect)
    desk.on_action(names.ACCOUNT_MORE, look_after)
    desk.on_action(names.CHECK_ALL, check_all)


async def choose_network(call: Call) -> None:
    """Ask which network, for the brand meant."""
    brand = await places.brand_by_id(call, call.value) if call.value else await places.brand_here(call)
    if brand is None:
        known = await places.brands_of(call)
        said = connect.which_brand(known) if known else connect.no_brand()
        await call.answer(said.text, said.blocks)
        return
    await places.must_manage(call, brand)
    titles = [(name, connector.spec.title) for name, connector in sorted(call.deps.connectors.items())]
    said = connect.choose(brand, titles)
    await call.answer(said.text, said.blocks)


async def connect_here(call: Call) -> None:
    """Hand out the one-time link for a new account."""
    brand_id, _, platform = call.value.partition(":")
    brand = await places.brand_by_id(call, brand_id)
    await places.must_manage(call, brand)
    await _hand_out(call, brand, platform, account_id=None)


async def reconnect(call: Call) -> None:
    """Hand out the one-time link for an account that has lost its access."""
    account = await connecting.find_account(call.deps, call.value, [call.workspace_id])
    brand = await places.brand_by_id(call, account.brand_id)
    await places.must_manage(call, brand)
    await _hand_out(call, brand, account.platform, account_id=account.id)


async def _hand_out(call: Call, brand: Brand, platform: str, *, account_id: str | None) -> None:
    connector = connecting.connector_called(call.deps, platform)
    token = await linking.make_link(call.deps, brand, platform, asked_by=call.actor, account_id=account_id)
    url = f"{call.desk.public_url}/connect/{token}"
    said = connect.link(brand, connector.spec.title, url, again=account_id is not None)
    await call.answer(said.text, said.blocks)


async def look_after(call: Call) -> None:
    """Check one account, or disconnect it."""
    verb, _, account_id = call.value.partition(":")
    account = await connecting.find_account(call.deps, account_id, [call.workspace_id])
    brand = await places.brand_by_id(call, account.brand_id)
    await places.must_manage(call, brand)
    title = connecting.connector_called(call.deps, account.platform).spec.title
    if verb == "check":
        checked = await connecting.check(call.deps, account)
        await call.answer(f"{title} · {account.handle}: {checked.trouble or 'fine.'}")
    elif verb == "disconnect":
        gone = await connecting.disconnect(call.deps, account, asked_by=call.actor)
        posts = f" {gone} planned post{'s were' if gone != 1 else ' was'} cancelled." if gone else ""
        await call.answer(f"{title} · {account.handle} is disconnected.{posts} Numbers are kept.")
    await home.refresh(call)


async def check_all(call: Call) -> None:
    """Ask every network of the brand whether it still lets us in."""
    brand = await places.brand_by_id(call, call.value)
    await places.must_manage(call, brand)
    known = await places.accounts_of(call, brand)
    for account in known:
        await connecting.check(call.deps, account)
    await show(call, brand)


async def show(call: Call, brand: Brand) -> None:
    """The brand's accounts, each with its state and what can be done."""
    known = await places.accounts_of(call, brand)
    manages = await places.may_manage(call, brand)
    said = lists.accounts(brand, known, call.desk.titles, manages=manages)
    await call.answer(said.text, said.blocks)
