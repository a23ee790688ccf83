"""Tenants, their brands and API keys: made, listed, and found by what people call them."""

from collections.abc import AsyncIterator, Sequence

from bot.domain.accounts import Secret
from bot.domain.errors import Conflict, NotFound, invalid
from bot.domain.ids import WorkspaceId
from bot.domain.slots import zone_called
from bot.domain.typed import name as name_of
from bot.services.deps import Deps
from storage import brands, keys, rotation, workspaces
from storage.brands import Brand
from storage.keys import ApiKey
from storage.workspaces import Workspace

SCOPES = ("posts:read", "posts:write", "accounts:read", "analytics:read")
"""What an API key may be allowed."""


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
    """Make a brand. Raises InvalidContent for an unknown zone, Conflict for a name taken."""
    zone = zone_called(timezone)
    wanted = name_of("name", name)
    if channel is not None:
        channel = name_of("channel", channel)
    async with deps.database.transaction() as session:
        return await brands.create_brand(session, workspace.id, wanted, timezone=zone.key, channel=channel)


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


async def create_key(
    deps: Deps,
    workspace: Workspace,
    *,
    brand: Brand | None,
    scopes: Sequence[str],
    rate_limit_per_minute: int | None,
) -> tuple[ApiKey, Secret]:
    """Make an API key; the secret is known this once. Raises InvalidContent for a scope that is none."""
    for scope in scopes:
        if scope not in SCOPES:
            raise invalid("scopes", f"{scope[:40]!r} is no scope. There are: {', '.join(SCOPES)}.")
    if brand is not None and brand.workspace_id != workspace.id:
        raise NotFound(f"There is no brand {brand.name!r} in this workspace.", field="brand")
    async with deps.database.transaction() as session:
        return await keys.create_key(
            session,
            workspace.id,
            brand_id=brand.id if brand is not None else None,
            scopes=tuple(scopes) or SCOPES,
            rate_limit_per_minute=rate_limit_per_minute,
        )


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
    """Seal every token with the newest key, some at a time; yields how many are done. One transaction each."""
    done = 0
    while True:
        async with deps.database.transaction() as session:
            some = await rotation.rotate_keys(session, deps.vault, limit=100)
        if not some:
            return
        done += some
        yield done
