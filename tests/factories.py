"""Rows made quickly, with every detail that does not matter to a test already chosen."""

from datetime import datetime, timedelta
from uuid import uuid4

from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.accounts import NewAccount, save_account, store_tokens
from storage.brands import Brand, create_brand
from storage.engine import Database
from storage.ids import new_id
from storage.tables import PostItemRow, PostPartRow, PostRow
from storage.vault import Vault
from storage.workspaces import Workspace, create_workspace

GRACE = timedelta(minutes=15)


def vault() -> Vault:
    """A vault whose one key is not secret."""
    return Vault([b"k" * 32])


def tokens(access: str = "access-token", **changes: object) -> Tokens:
    """Tokens that do not end."""
    return Tokens(access=Secret(access), **changes)  # pyright: ignore[reportArgumentType]  # a test's own concern


async def make_workspace(database: Database, name: str = "Juniper Agency") -> Workspace:
    """A workspace without Slack."""
    async with database.transaction() as session:
        return await create_workspace(session, name)


async def make_brand(database: Database, workspace_id: WorkspaceId | None = None, name: str = "Juniper") -> Brand:
    """A brand, in a new workspace unless one is given."""
    owner = workspace_id or (await make_workspace(database)).id
    async with database.transaction() as session:
        return await create_brand(session, owner, name, timezone="Europe/Berlin", grace=GRACE)


async def make_account(  # noqa: PLR0913  # a test names only what matters to it
    database: Database,
    brand: Brand | None = None,
    *,
    platform: str = "mastodon",
    handle: str = "juniper@example.social",
    sealed_by: Vault | None = None,
    secrets: Tokens | None = None,
) -> Account:
    """A connected account with tokens, in a new brand unless one is given."""
    owner = brand or await make_brand(database)
    new = NewAccount(
        platform=platform,
        platform_account_id=uuid4().hex,
        handle=handle,
        display_name="Juniper",
        service_url="https://example.social",
    )
    async with database.transaction() as session:
        account = await save_account(session, owner.workspace_id, owner.id, new)
        await store_tokens(session, owner.workspace_id, sealed_by or vault(), account, secrets or tokens())
    return account


async def make_post(database: Database, brand: Brand, *texts: str, at: datetime | None = None) -> PostId:
    """A post of one or more parts, without items."""
    post_id = PostId(new_id("post"))
    async with database.transaction() as session:
        session.add(
            PostRow(
                id=post_id,
                workspace_id=brand.workspace_id,
                brand_id=brand.id,
                code="POST01",
                version=1,
                created_by="test",
                created_at=clock.now(),
                scheduled_at=at,
                options={},
            )
        )
        await session.flush()
        for part, text in enumerate(texts or ("Hello",)):
            session.add(PostPartRow(post_id=post_id, part=part, workspace_id=brand.workspace_id, text=text))
    return post_id


async def make_item(  # noqa: PLR0913  # a test names only what matters to it
    database: Database,
    account: Account,
    post_id: PostId,
    *,
    due_at: datetime | None = None,
    state: State = State.SCHEDULED,
    part: int = 0,
) -> ItemId:
    """An item of a post on an account, due now unless told otherwise."""
    item_id = ItemId(new_id("item"))
    now = clock.now()
    due = due_at or now
    async with database.transaction() as session:
        session.add(
            PostItemRow(
                id=item_id,
                workspace_id=account.workspace_id,
                brand_id=account.brand_id,
                post_id=post_id,
                account_id=account.id,
                platform=account.platform,
                post_type=f"{account.platform}-post",
                part=part,
                state=state.value,
                version=1,
                key=uuid4().hex,
                key_at=due,
                scheduled_at=due,
                due_at=due,
                claim_at=due,
                missed_after=due + GRACE,
                lead_s=0.0,
                attempt=0,
                tries=0,
                looks=0,
                created_at=now,
            )
        )
    return item_id
