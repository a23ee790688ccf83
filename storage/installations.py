"""Herald in Slack workspaces: the bot's token, sealed, and what goes when Herald is removed there."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from bot.domain.installations import Installation, NewInstallation
from bot.domain.publication import State
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import (
    AccountRow,
    CardRow,
    CompositionRow,
    ConnectLinkRow,
    CredentialRow,
    NoticeRow,
    OAuthStateRow,
    PostItemRow,
    SlackInstallationRow,
    WorkspaceRow,
)
from storage.vault import Sealed, Vault, installation_identity

_ITEMS = cast("Table", PostItemRow.__table__)
_WAITING = sorted(state.value for state in (State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED))


async def workspace_for_team(session: AsyncSession, new: NewInstallation) -> WorkspaceId:
    """The workspace of a Slack team, made when there is none; its name is the team's. Machinery."""
    fresh = {"name": new.team_name, "enterprise_id": new.enterprise_id}
    statement = upsert(session, WorkspaceRow).values(
        id=new_id("ws"), team_id=new.team_id, created_at=clock.now(), **fresh
    )
    saved = await session.scalars(
        statement.on_conflict_do_update(index_elements=["team_id"], set_=fresh).returning(WorkspaceRow.id)
    )
    return WorkspaceId(saved.one())


async def save_installation(
    session: AsyncSession, workspace_id: WorkspaceId, vault: Vault, new: NewInstallation
) -> None:
    """Keep an installation in place of an earlier one of the same workspace; its token counts as good."""
    sealed = vault.seal(new.token.reveal().encode(), identity=installation_identity(workspace_id, new.team_id))
    fresh = {
        "enterprise_id": new.enterprise_id,
        "team_id": new.team_id,
        "app_id": new.app_id,
        "bot_id": new.bot_id,
        "bot_user_id": new.bot_user_id,
        "scopes": list(new.scopes),
        "installed_by": new.installed_by,
        "sealed": sealed.data,
        "key_id": sealed.key_id,
        "installed_at": clock.now(),
        "revoked_at": None,
    }
    statement = upsert(session, SlackInstallationRow).values(workspace_id=workspace_id, **fresh)
    await session.execute(statement.on_conflict_do_update(index_elements=["workspace_id"], set_=fresh))


async def get_installation(session: AsyncSession, workspace_id: WorkspaceId, vault: Vault) -> Installation | None:
    """The workspace's installation, if Herald is in its Slack. Raises CannotOpen."""
    row = await session.scalar(select(SlackInstallationRow).where(SlackInstallationRow.workspace_id == workspace_id))
    return _installation(row, vault) if row is not None else None


async def is_installed(session: AsyncSession, workspace_id: WorkspaceId) -> bool:
    """Whether the workspace is in Slack."""
    query = select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == workspace_id)
    return await session.scalar(query) is not None


async def app_of(session: AsyncSession, workspace_id: WorkspaceId) -> dict[str, str] | None:
    """The ids of Herald's `app` and of the `team`, without opening the token; None when they are not known."""
    query = select(SlackInstallationRow.app_id, SlackInstallationRow.team_id).where(
        SlackInstallationRow.workspace_id == workspace_id, SlackInstallationRow.app_id.is_not(None)
    )
    row = (await session.execute(query)).one_or_none()
    return {"app": row.app_id, "team": row.team_id} if row is not None else None


async def find_installation(session: AsyncSession, vault: Vault, team_id: str) -> Installation | None:
    """The installation in a Slack team, if there is one. Machinery: Slack says whose it is. Raises CannotOpen."""
    row = await session.scalar(select(SlackInstallationRow).where(SlackInstallationRow.team_id == team_id))
    return _installation(row, vault) if row is not None else None


async def list_installations(session: AsyncSession, vault: Vault) -> list[Installation]:
    """All of them, oldest first. Machinery. Raises CannotOpen."""
    query = select(SlackInstallationRow).order_by(SlackInstallationRow.installed_at)
    return [_installation(row, vault) for row in await session.scalars(query)]


async def lock_installation(session: AsyncSession, workspace_id: WorkspaceId) -> bool:
    """Nobody else changes the installation until the transaction ends. False: there is none."""
    query = select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == workspace_id)
    return await session.scalar(query.with_for_update()) is not None


async def mark_revoked(session: AsyncSession, workspace_id: WorkspaceId, *, now: datetime) -> None:
    """Slack refused the token; the first refusal's time stays. Without effect when there is no installation."""
    await session.execute(
        update(SlackInstallationRow)
        .where(SlackInstallationRow.workspace_id == workspace_id, SlackInstallationRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


# --- Removal -----------------------------------------------------------------------------------------------------


async def cancel_waiting(
    session: AsyncSession, workspace_id: WorkspaceId, *, limit: int
) -> list[tuple[PostId, ItemId]]:
    """Cancel up to `limit` items of the workspace that wait; returns them. Repeat until there are none."""
    accounts = select(AccountRow.id).where(AccountRow.workspace_id == workspace_id)
    some = (
        select(_ITEMS.c.id)
        .where(_ITEMS.c.account_id.in_(accounts), _ITEMS.c.workspace_id == workspace_id, _ITEMS.c.state.in_(_WAITING))
        .limit(limit)
    )
    changed = await session.execute(
        update(_ITEMS)
        .where(_ITEMS.c.id.in_(some), _ITEMS.c.state.in_(_WAITING))
        .values(state=State.CANCELLED.value, worker_id=None, claimed_at=None)
        .returning(_ITEMS.c.post_id, _ITEMS.c.id)
    )
    return [(PostId(row.post_id), ItemId(row.id)) for row in changed]


async def disconnect_all(session: AsyncSession, workspace_id: WorkspaceId, *, now: datetime) -> list[AccountId]:
    """Forget the tokens of every account of the workspace; returns those that were connected."""
    gone = await session.scalars(
        update(AccountRow)
        .where(AccountRow.workspace_id == workspace_id, AccountRow.disconnected_at.is_(None))
        .values(disconnected_at=now)
        .returning(AccountRow.id)
    )
    account_ids = [AccountId(account_id) for account_id in gone]
    await session.execute(delete(CredentialRow).where(CredentialRow.workspace_id == workspace_id))
    return account_ids


async def forget_installation(session: AsyncSession, workspace_id: WorkspaceId) -> None:
    """Delete the installation and all that is of use only in Slack: cards, undelivered notices, links, composers.

    The welcome goes too: whoever adds Herald the next time gets one of their own.
    """
    useless = NoticeRow.delivered_at.is_(None) | (NoticeRow.kind == "welcome")
    await session.execute(delete(NoticeRow).where(NoticeRow.workspace_id == workspace_id, useless))
    for table in (CardRow, ConnectLinkRow, OAuthStateRow, CompositionRow, SlackInstallationRow):
        await session.execute(delete(table).where(table.workspace_id == workspace_id))


def _installation(row: SlackInstallationRow, vault: Vault) -> Installation:
    workspace_id = WorkspaceId(row.workspace_id)
    sealed = Sealed(data=row.sealed, key_id=row.key_id)
    token = vault.open(sealed, identity=installation_identity(workspace_id, row.team_id))
    return Installation(
        workspace_id=workspace_id,
        team_id=row.team_id,
        enterprise_id=row.enterprise_id,
        app_id=row.app_id,
        bot_id=row.bot_id,
        bot_user_id=row.bot_user_id,
        scopes=tuple(row.scopes),
        installed_by=row.installed_by,
        token=Secret(token.decode()),
        installed_at=row.installed_at,
        revoked=row.revoked_at is not None,
    )
