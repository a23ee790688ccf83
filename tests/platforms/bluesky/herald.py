"""A Herald with one brand and a network that is Bluesky's: to connect by consent, to publish, to lose answers."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import consenting, journal, scheduling
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.keeping import Kept
from handlers.clock.worker import work
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport, FaultKind, Incoming, Outgoing, TransportFault
from storage import accounts, brands, workspaces
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.servers.pds_consent import Agreed
from tests.toy_queue import Heard

LOOPBACK = "http://127.0.0.1:8000/oauth/callback"
_WITHIN_S = 60.0


class Forgetful(AiohttpTransport):
    """Loses answers that were on their way: those of calls that hold this word, so many times."""

    word, times = "", 0

    async def exchange(self, request: Outgoing) -> Incoming:
        """Send, and perhaps forget what came."""
        came = await super().exchange(request)
        if self.times and self.word in request.url and came.status == 200:
            self.times -= 1
            raise TransportFault(FaultKind.LOST, written=True)
        return came


@dataclass(kw_only=True)
class Stage:
    """A Herald with a brand, and one network."""

    deps: Deps
    brand: Brand
    transport: Forgetful

    async def consented(self, typed: str, agree: Callable[[str], Agreed], redirect_uri: str = LOOPBACK) -> Account:
        """Connect by consent; `agree` says yes at the address it is given."""
        asked = await consenting.ask_consent(
            self.deps, self.brand, "bluesky", typed, redirect_uri=redirect_uri, asked_by="tests"
        )
        back = await asyncio.to_thread(agree, asked.url)
        kept = await consenting.finish_consent(self.deps, back.state, Secret(back.code), issuer=back.issuer)
        assert isinstance(kept, Kept)
        return kept.account

    async def login(self, account: Account) -> Login:
        """With its opened tokens."""
        async with self.deps.database.reading() as session:
            found = await accounts.load_connected(session, self.deps.vault, [account.id])
        return Login(connected=found[account.id][0], version=found[account.id][1])

    async def keep(self, account: Account, tokens: Tokens) -> None:
        """Store other tokens."""
        async with self.deps.database.transaction() as session:
            await accounts.store_tokens(session, account.workspace_id, self.deps.vault, account, tokens)

    async def publish(self, account: Account, *texts: str, media: tuple[tuple[Path, str], ...] = ()) -> ItemView:
        """A post that a worker makes now; its item when that is over."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(account.id,),
            text=texts[0],
            parts=texts[1:],
            media=media,
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        try:
            async with asyncio.timeout(_WITHIN_S):
                while True:
                    shown = await journal.show_post(self.deps, account.workspace_id, post.post_id)
                    if all(item.status in {State.PUBLISHED, State.FAILED, State.MISSED} for item in shown.items):
                        return shown.items[0]
                    await asyncio.sleep(0.1)
        finally:
            stop.set()
            await worker


@asynccontextmanager
async def staged(database: Database, folder: Path, endpoints: Endpoints) -> AsyncIterator[Stage]:
    """The whole of it, on loopback."""
    async with Forgetful(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors=REGISTER,
            endpoints={**dict.fromkeys(REGISTER, Endpoints(api="")), "bluesky": endpoints},
            sender=Sender(transport),
            media=FolderStore(folder / "media"),
            chance=random.Random(1).random,  # noqa: S311  # spreads waits; no secret
        )
        async with database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="UTC")
        yield Stage(deps=deps, brand=brand, transport=transport)
