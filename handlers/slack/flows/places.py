"""Where somebody stands: which brand a channel or a word means, and what the person may do there."""

from bot.domain import people
from bot.domain.accounts import Account
from bot.domain.errors import NotFound
from bot.domain.people import Person
from bot.services import connecting, workspaces
from bot.services.workspaces import Brand
from handlers.slack import refusing
from handlers.slack.call import Call


async def brands_of(call: Call) -> list[Brand]:
    """The workspace's brands by name."""
    return await workspaces.list_brands(call.deps, [call.workspace_id])


async def brand_here(call: Call, channel_id: str | None = None) -> Brand | None:
    """The brand whose channel this is, else the only one there is. None: it must be asked."""
    channel = channel_id or call.channel_id
    if channel is not None:
        brand = await workspaces.brand_of_channel(call.deps, call.workspace_id, channel)
        if brand is not None:
            return brand
    known = await brands_of(call)
    return known[0] if len(known) == 1 else None


async def brand_called(call: Call, word: str) -> Brand:
    """The brand of this name, whatever its capitals. Raises NotFound, naming those there are."""
    known = await brands_of(call)
    wanted = word.strip().casefold()
    for brand in known:
        if brand.name.casefold() == wanted:
            return brand
    names = ", ".join(brand.name for brand in known[:5]) or "none yet"
    raise NotFound(f"There is no brand “{word[:40]}” here. There is: {names}.", field="brand")


async def brand_by_id(call: Call, brand_id: str) -> Brand:
    """The workspace's brand of this id. Raises NotFound."""
    return await workspaces.get_brand(call.deps, call.workspace_id, brand_id)


async def accounts_of(call: Call, brand: Brand) -> list[Account]:
    """The brand's connected accounts."""
    return await connecting.list_accounts(call.deps, [call.workspace_id], brand=brand)


async def may_manage(call: Call, brand: Brand | None) -> bool:
    """Whether the person may set this brand up; None: any brand, a new one."""
    managers = () if brand is None else await workspaces.managers_of(call.deps, brand)
    return people.may_manage(await call.person(), managers)


async def must_manage(call: Call, brand: Brand | None) -> Person:
    """Refuse who may not set this brand up. Raises NotAllowed."""
    person = await call.person()
    managers = () if brand is None else await workspaces.managers_of(call.deps, brand)
    if not people.may_manage(person, managers):
        ask = await refusing.who_helps(call, brand)
        people.refuse_managing(person, managers, brand.name if brand is not None else None, ask=ask)
    return person


async def must_read(call: Call) -> Person:
    """Refuse people of other workspaces. Raises NotAllowed."""
    person = await call.person()
    people.refuse_reading(person)
    return person


async def must_write(call: Call) -> Person:
    """Refuse who may only read. Raises NotAllowed."""
    return await refusing.readers(call)
