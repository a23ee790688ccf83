"""Herald in a Slack workspace: added, found for each request, refused its token, removed. Never asks Slack anything."""

import asyncio
import logging
from datetime import datetime

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.installations import Installation, NewInstallation
from bot.domain.people import actor_of
from bot.services import keeping
from bot.services.deps import Deps
from storage import accounts, audit, installations, lanes, outbox, polls, workspaces
from storage.engine import Session
from storage.workspaces import Workspace

__all__ = [
    "Installation",
    "NewInstallation",
    "app_of",
    "install",
    "installation_of",
    "installation_of_team",
    "list_installations",
    "token_refused",
    "uninstall",
]

_log = logging.getLogger(__name__)

_ITEMS_AT_ONCE = 1_000
_REVOCATIONS_AT_ONCE = 8
_ACTOR = "slack"


async def install(deps: Deps, new: NewInstallation) -> Workspace:
    """Keep what Slack gave when somebody added Herald; the same team is the same workspace.

    The first time whoever added it is owed a welcome.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        workspace_id = await installations.workspace_for_team(session, new)
        await installations.save_installation(session, workspace_id, deps.vault, new)
        await lanes.open_all(session, workspace_id)
        actor = actor_of(new.installed_by) if new.installed_by is not None else _ACTOR
        await audit.add_event(session, workspace_id, audit.AuditEvent(at=now, actor=actor, event="installed"))
        if new.installed_by is not None:
            await outbox.add(
                session,
                workspace_id,
                kind="welcome",
                dedupe_key=f"welcome:{workspace_id}",
                payload={"user": new.installed_by},
                now=now,
            )
        workspace = await workspaces.get_workspace(session, workspace_id)
    _log.info("installed", extra={"workspace_id": workspace_id})
    return workspace


async def installation_of_team(deps: Deps, enterprise_id: str | None, team_id: str | None) -> Installation | None:
    """The installation in this team, also one whose token was refused. Raises CannotOpen.

    There is one per team; which enterprise the team is in now does not matter.
    """
    del enterprise_id
    if team_id is None:
        return None
    async with deps.database.reading() as session:
        return await installations.find_installation(session, deps.vault, team_id)


async def installation_of(deps: Deps, workspace_id: WorkspaceId) -> Installation | None:
    """The workspace's installation; None when Herald is not in its Slack. Raises CannotOpen."""
    async with deps.database.reading() as session:
        return await installations.get_installation(session, workspace_id, deps.vault)


async def app_of(deps: Deps, workspace_id: WorkspaceId) -> dict[str, str] | None:
    """Which `app` of which `team` Herald is in this workspace, for links that lead there; None when it is unknown."""
    async with deps.database.reading() as session:
        return await installations.app_of(session, workspace_id)


async def list_installations(deps: Deps) -> list[Installation]:
    """All of them: for the operator. Raises CannotOpen."""
    async with deps.database.reading() as session:
        return await installations.list_installations(session, deps.vault)


async def token_refused(deps: Deps, workspace_id: WorkspaceId, refused: Installation | None = None) -> None:
    """Slack no longer takes the bot's token. With `refused` only if no newer token came meanwhile."""
    async with deps.database.transaction() as session:
        if not await installations.lock_installation(session, workspace_id):
            return
        stored = await installations.get_installation(session, workspace_id, deps.vault)
        if stored is None or stored.revoked or (refused is not None and stored.token != refused.token):
            return
        await installations.mark_revoked(session, workspace_id, now=clock.now())
    _log.warning("slack refuses the bot's token", extra={"workspace_id": workspace_id})


# --- Removal -----------------------------------------------------------------------------------------------------


async def uninstall(
    deps: Deps, enterprise_id: str | None, team_id: str | None, *, happened_at: datetime | None = None
) -> bool:
    """Herald was removed from a team: cancel what waits, forget all tokens and what is of use only in Slack.

    Several short transactions that may be repeated: Slack tells of a removal by two events, in either order. One that
    happened before the present installation says nothing about it. Afterwards the networks are told, as far as they
    can be reached. Returns whether there was anything to remove.
    """
    installation = await installation_of_team(deps, enterprise_id, team_id)
    if installation is None or (
        happened_at is not None and happened_at < installation.installed_at.replace(microsecond=0)
    ):
        return False
    workspace_id = installation.workspace_id
    while await _cancel_some(deps, workspace_id):
        pass
    connected = await _remove(deps, installation)
    if connected is None:
        return False
    _log.info("uninstalled", extra={"workspace_id": workspace_id})
    await _tell_networks(deps, connected)
    return True


async def _cancel_some(deps: Deps, workspace_id: WorkspaceId) -> int:
    async with deps.database.transaction() as session:
        cancelled = await installations.cancel_waiting(session, workspace_id, limit=_ITEMS_AT_ONCE)
        await _note_cancelled(session, workspace_id, cancelled)
    return len(cancelled)


async def _note_cancelled(session: Session, workspace_id: WorkspaceId, cancelled: list[tuple[PostId, ItemId]]) -> None:
    text = {"text": "Cancelled, because Herald was removed from Slack."}
    now = clock.now()
    await audit.add_events(
        session,
        workspace_id,
        [
            audit.AuditEvent(at=now, actor=_ACTOR, event="cancel", post_id=post_id, item_id=item_id, detail=text)
            for post_id, item_id in cancelled
        ],
    )


async def _remove(deps: Deps, installation: Installation) -> list[Connected] | None:
    """The last step, in one transaction. None when somebody else was faster, or added Herald anew meanwhile."""
    workspace_id, now = installation.workspace_id, clock.now()
    async with deps.database.transaction() as session:
        if not await installations.lock_installation(session, workspace_id):
            return None
        stored = await installations.get_installation(session, workspace_id, deps.vault)
        if stored is None or stored.installed_at != installation.installed_at:
            return None
        known = [account.id for account in await accounts.list_accounts(session, workspace_id)]
        opened = await accounts.load_connected(session, deps.vault, known)
        late = await installations.cancel_waiting(session, workspace_id, limit=_ITEMS_AT_ONCE)
        await _note_cancelled(session, workspace_id, late)
        gone = await installations.disconnect_all(session, workspace_id, now=now)
        await polls.end(session, gone)
        events = [
            audit.AuditEvent(at=now, actor=_ACTOR, event="account_disconnected", account_id=account_id)
            for account_id in gone
        ]
        events.append(audit.AuditEvent(at=now, actor=_ACTOR, event="uninstalled"))
        await audit.add_events(session, workspace_id, events)
        await installations.forget_installation(session, workspace_id)
    return [connected for connected, _ in opened.values()]


async def _tell_networks(deps: Deps, connected: list[Connected]) -> None:
    gate = asyncio.Semaphore(_REVOCATIONS_AT_ONCE)

    async def tell(one: Connected) -> None:
        async with gate:
            await keeping.revoke(deps, one)

    await asyncio.gather(*(tell(one) for one in connected))
