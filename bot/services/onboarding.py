"""The first three steps of a workspace: connect an account, choose a channel, write a post. And who is told of them."""

from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Account
from bot.domain.ids import WorkspaceId
from bot.services.deps import Deps
from storage import accounts, brands, outbox, posts
from storage.brands import Brand
from storage.engine import Session

KIND = "welcome"
"""The notice to who installed Herald, changed in place as steps are done. Its payload has `user`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a workspace has come."""

    brand: Brand | None
    """The first one with a channel, else the first."""
    account: Account | None
    """The first connected."""
    written: bool

    @property
    def key(self) -> str:
        """Equal for equal progress."""
        channel = self.brand.channel if self.brand is not None else None
        return f"{bool(self.brand)}:{bool(self.account)}:{bool(channel)}:{self.written}"


async def progress(deps: Deps, workspace_id: WorkspaceId) -> Progress:
    """How far it has come now."""
    async with deps.database.reading() as session:
        return await _progress(session, workspace_id)


async def _progress(session: Session, workspace_id: WorkspaceId) -> Progress:
    known = await brands.list_brands(session, workspace_id)
    connected = await accounts.list_accounts(session, workspace_id)
    written = await posts.list_posts(session, workspace_id, limit=1)
    return Progress(
        brand=next((brand for brand in known if brand.channel), known[0] if known else None),
        account=connected[0] if connected else None,
        written=bool(written),
    )


async def tell(deps: Deps, workspace_id: WorkspaceId) -> None:
    """Bring the first message up to date, if there is one and something was done since."""
    async with deps.database.transaction() as session:
        await tell_with(session, workspace_id)


async def tell_with(session: Session, workspace_id: WorkspaceId) -> None:
    """As `tell`, together with the step that was done."""
    first = await outbox.last(session, workspace_id, kind=KIND)
    if first is None or first.place is None:
        return
    now = await _progress(session, workspace_id)
    await outbox.add(
        session,
        workspace_id,
        kind=KIND,
        dedupe_key=f"welcome:{workspace_id}:{now.key}",
        payload=first.payload,
        now=clock.now(),
        place=first.place,
    )
