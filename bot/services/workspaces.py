"""Tenants, their brands and API keys: made, listed, and found by what people call them."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import Conflict, DoneBefore, NotFound, invalid
from bot.domain.ids import WorkspaceId
from bot.domain.keys import ApiKey, known_scopes
from bot.domain.slots import zone_called
from bot.domain.typed import name as name_of
from bot.services.deps import Deps
from bot.services.repeating import Answering
from storage import audit, brands, digests, keys, rotation, workspaces
from storage.brands import Brand
from storage.workspaces import Workspace

_LONGEST_KEY_DAYS = 3_650

SHORTEST_GRACE, LONGEST_GRACE = timedelta(minutes=1), timedelta(hours=24)
"""How late a post may be sent before somebody is asked. After a day nobody remembers what it was about."""


async def create_workspace(deps: Deps, name: str) -> Workspace:
    """Make a workspace without Slack. Raises Conflict when there is one of that name."""
    wanted = name_of("name", name)
    async with deps.database.transaction() as session:
        if any(workspace.name == wanted for workspace in await workspaces.list_workspaces(session)):
            raise Conflict(f"There is a workspace named {wanted} already. Choose another name.", field="name")
        return await workspaces.create_workspace(session, wanted)


async def list_workspaces(deps: Deps) -> list[Workspace]:
    """All of them: for the operator."""
    async with deps.database.reading() as session:
        return await workspaces.list_workspaces(session)


async def get_workspace(deps: Deps, workspace_id: WorkspaceId) -> Workspace:
    """The workspace with this id. Raises NotFound."""
    async with deps.database.reading() as session:
        return await workspaces.get_workspace(session, workspace_id)


async def find_workspace(deps: Deps, id_or_name: str | None) -> Workspace:
    """The workspace meant; None means the only one. For the operator. Raises NotFound, or Conflict if unclear."""
    known = await list_workspaces(deps)
    if id_or_name is None:
        return _only(known)
    exact = [workspace for workspace in known if workspace.id == id_or_name]
    fits = exact or [workspace for workspace in known if workspace.name == id_or_name]
    if not fits:
        raise NotFound(f"There is no workspace {id_or_name[:60]!r}.", field="workspace")
    if len(fits) > 1:
        raise Conflict(f"Several workspaces are named {id_or_name}. Give the id.", field="workspace")
    return fits[0]


def _only(known: Sequence[Workspace]) -> Workspace:
    if not known:
        raise NotFound("There is no workspace yet. Make one: herald workspaces create NAME", field="workspace")
    if len(known) > 1:
        raise Conflict(f"There are {len(known)} workspaces. Say which one with --workspace.", field="workspace")
    return known[0]


async def create_brand(
    deps: Deps, workspace: Workspace, name: str, *, timezone: str, channel: str | None = None
) -> Brand:
    """Make a brand. Raises InvalidContent for an unknown zone, Conflict for a name or a channel taken."""
    zone = zone_called(timezone)
    wanted = name_of("name", name)
    if channel is not None:
        channel = name_of("channel", channel)
    async with deps.database.transaction() as session:
        return await brands.create_brand(session, workspace.id, wanted, timezone=zone.key, channel=channel)


async def change_brand(  # noqa: PLR0913  # what a person may change, by name
    deps: Deps,
    brand: Brand,
    *,
    asked_by: str,
    name: str | None = None,
    timezone: str | None = None,
    channel: str | None = None,
    managers: Collection[str] | None = None,
    grace: timedelta | None = None,
) -> Brand:
    """Change what is given and leave the rest; an empty `channel` takes it away, `managers` are user ids.

    Times of posts that are planned stay the instants they are, and their graces. Raises NotFound, InvalidContent for
    an unknown zone or a grace out of bounds, Conflict for a name taken or a channel of another brand, which it names.
    """
    if grace is not None and not SHORTEST_GRACE <= grace <= LONGEST_GRACE:
        raise invalid("grace", "A post can be 1 minute to 24 hours late before somebody is asked.")
    new_name = name_of("name", name) if name is not None else None
    zone = zone_called(timezone).key if timezone is not None else None
    place = name_of("channel", channel) if channel else channel
    async with deps.database.transaction() as session:
        before = await brands.get_brand(session, brand.workspace_id, brand.id)
        after = await brands.change_brand(
            session,
            before.workspace_id,
            before.id,
            name=new_name or before.name,
            timezone=zone or before.timezone,
            channel=before.channel if place is None else place or None,
            grace=grace or before.grace,
        )
        if after.timezone != before.timezone:
            await digests.reckon_anew(session, before.workspace_id, before.id)
        if managers is not None:
            await brands.set_managers(session, before.workspace_id, before.id, managers, named_by=asked_by)
        given = {"name": name, "timezone": timezone, "channel": channel, "managers": managers, "grace": grace}
        changed = sorted(field for field, value in given.items() if value is not None)
        detail = {"brand_id": before.id, "changed": changed}
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="brand_changed", detail=detail)
        await audit.add_event(session, before.workspace_id, event)
    return after


async def brand_of_channel(deps: Deps, workspace_id: WorkspaceId, channel: str) -> Brand | None:
    """The brand whose channel this is, if there is one."""
    async with deps.database.reading() as session:
        return await brands.brand_of_channel(session, workspace_id, channel)


async def get_brand(deps: Deps, workspace_id: WorkspaceId, id_or_name: str) -> Brand:
    """A brand of this workspace. Raises NotFound."""
    async with deps.database.reading() as session:
        return await brands.get_brand(session, workspace_id, id_or_name)


async def managers_of(deps: Deps, brand: Brand) -> tuple[str, ...]:
    """The user ids of those who may manage the brand without being administrators. Raises NotFound."""
    async with deps.database.reading() as session:
        return await brands.managers_of(session, brand.workspace_id, brand.id)


async def list_brands(deps: Deps, workspace_ids: Sequence[WorkspaceId]) -> list[Brand]:
    """The brands of these workspaces."""
    async with deps.database.reading() as session:
        return [brand for workspace_id in workspace_ids for brand in await brands.list_brands(session, workspace_id)]


async def find_brand(deps: Deps, id_or_name: str, *, workspace: str | None) -> Brand:
    """The brand meant, in the given workspace or whichever has it. Raises NotFound, or Conflict if several have."""
    if workspace is not None:
        places = [await find_workspace(deps, workspace)]
    else:
        places = await list_workspaces(deps)
    fits = [
        brand
        for brand in await list_brands(deps, [place.id for place in places])
        if id_or_name in (brand.id, brand.name)
    ]
    exact = [brand for brand in fits if brand.id == id_or_name]
    if len(exact or fits) > 1:
        raise Conflict(f"Several workspaces have a brand named {id_or_name}. Add --workspace.", field="brand")
    if not fits:
        raise NotFound(f"There is no brand {id_or_name[:60]!r}. Make one: herald brands create NAME", field="brand")
    return (exact or fits)[0]


async def create_key(  # noqa: PLR0913  # what a key may be, by name
    deps: Deps,
    workspace: Workspace,
    *,
    brand: Brand | None,
    scopes: Sequence[str],
    rate_limit_per_minute: int | None,
    name: str | None = None,
    expires_in_days: int | None = None,
    key_id: str | None = None,
    answering: Answering[ApiKey] | None = None,
) -> tuple[ApiKey, Secret]:
    """Make an API key, with every scope if none is named; the secret is known this once.

    Raises InvalidContent for a scope that is none and for a name that cannot be shown, and DoneBefore where there is
    a key with its id, which another attempt at the same call made.
    """
    chosen = known_scopes(scopes)
    called = name_of("name", name) if name is not None else None
    if expires_in_days is not None and not 0 < expires_in_days <= _LONGEST_KEY_DAYS:
        raise invalid("expires_in_days", f"A key expires in 1 to {_LONGEST_KEY_DAYS} days, or never.")
    if brand is not None and brand.workspace_id != workspace.id:
        raise NotFound(f"There is no brand {brand.name!r} in this workspace.", field="brand")
    async with deps.database.transaction() as session:
        if key_id is not None and await keys.is_there(session, workspace.id, key_id):
            message = "This call was done, and the key it made is shown once. Revoke that one, and make another."
            raise DoneBefore(message)
        key, secret = await keys.create_key(
            session,
            workspace.id,
            key_id=key_id,
            brand_id=brand.id if brand is not None else None,
            scopes=chosen,
            rate_limit_per_minute=rate_limit_per_minute,
            name=called,
            expires_at=None if expires_in_days is None else clock.now() + timedelta(days=expires_in_days),
        )
        if answering is not None:
            await answering.keep(session, key)
        return key, secret


async def default_brand(deps: Deps, workspace_id: WorkspaceId) -> Brand | None:
    """The workspace's only brand, or the first that was made; None when it has none yet."""
    async with deps.database.reading() as session:
        return await brands.first_brand(session, workspace_id)


async def list_keys(deps: Deps, workspace: Workspace) -> list[ApiKey]:
    """The workspace's keys, without their secrets."""
    async with deps.database.reading() as session:
        return await keys.list_keys(session, workspace.id)


async def revoke_key(deps: Deps, key_id: str, *, workspace: str | None) -> None:
    """Make a key worthless. Raises NotFound."""
    places = await list_workspaces(deps) if workspace is None else [await find_workspace(deps, workspace)]
    async with deps.database.transaction() as session:
        for place in places:
            if any(key.id == key_id for key in await keys.list_keys(session, place.id)):
                return await keys.revoke_key(session, place.id, key_id)
    raise NotFound(f"There is no key {key_id[:60]!r}.", field="key")


async def rotate_keys(deps: Deps) -> AsyncIterator[int]:
    """Seal every token with the newest key, some at a time; yields how many are done. One transaction each.

    Raises Conflict at the end when some are sealed with a key that is gone, or were changed where they lie.
    """
    done, damaged = 0, set[str]()
    while True:
        before = len(damaged)
        async with deps.database.transaction() as session:
            some = await rotation.rotate_keys(session, deps.vault, limit=100, damaged=damaged)
            left = 0 if some else await rotation.count_shut_away(session, deps.vault)
        if not some and len(damaged) == before:
            break
        done += some
        yield done
    if left:
        they = "1 secret is" if left == 1 else f"{left} secrets are"
        raise Conflict(
            f"{they} sealed with a key that is not in the key ring. Put it back behind the newest one and rotate again,"
            f" or connect those accounts anew. {done} were sealed with the newest key."
        )
    if damaged:
        raise Conflict(
            f"What is stored for {', '.join(sorted(damaged))} was changed and cannot be opened. Connect those anew."
            f" {done} were sealed with the newest key."
        )
