"""The stand-in, a Herald beside it that has an app there, and consents driven as a browser would."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot import clock
from bot.domain.accounts import Account, Connected, Secret
from bot.domain.ids import PostId
from bot.domain.posts import ItemView
from bot.services import consenting, journal, scheduling, workspaces
from bot.services.consenting import Choosing
from bot.services.deps import Deps
from bot.services.keeping import Kept
from handlers.clock.worker import work
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import ClientApp, Endpoints
from platforms.http import HttpWire, Sender
from platforms.linkedin import CONNECTOR
from platforms.transport import AiohttpTransport
from sandbox.networks.linkedin.app import Server, running
from sandbox.networks.linkedin.world import Settings
from storage import accounts
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.toy_queue import Heard

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
PATIENCE_S = 60.0


@dataclass(kw_only=True)
class Stage:
    """The stand-in, and everything to use it with."""

    server: Server
    deps: Deps
    brand: Brand

    @property
    def endpoints(self) -> Endpoints:
        """Where this LinkedIn is."""
        return self.deps.endpoints["linkedin"]

    def wire(self) -> HttpWire:
        """A fresh wire to it."""
        wire = self.deps.sender.wire(CONNECTOR.spec)
        assert isinstance(wire, HttpWire)
        return wire

    async def consent(self, person: str = "juniper") -> Kept | Choosing:
        """Ask, say yes in a browser, come back."""
        asked = await consenting.ask_consent(
            self.deps, self.brand, "linkedin", "", redirect_uri=CALLBACK, asked_by="test"
        )
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(f"{asked.url}&approve={person}")
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        return await consenting.finish_consent(self.deps, back["state"][0], Secret(back["code"][0]))

    async def connect(self, name: str = "paperboat", person: str = "juniper") -> Account:
        """The same, and pick the profile or page of that name."""
        ended = await self.consent(person)
        if isinstance(ended, Kept):
            return ended.account
        wanted = next(one.id for one in ended.offered if one.handle == name)
        return (await consenting.pick(self.deps, ended.state, {wanted})).account

    async def connected(self, account: Account) -> Connected:
        """The account with its opened tokens."""
        async with self.deps.database.reading() as session:
            return (await accounts.load_connected(session, self.deps.vault, [account.id]))[account.id][0]

    async def post(self, account: Account, text: str, **more: object) -> PostId:
        """Plan a post for now."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(account.id,),
            text=text,
            when=scheduling.Now(),
            asked_by="test",
            **more,  # pyright: ignore[reportArgumentType]  # fields of Wish
        )
        return (await scheduling.schedule_post(self.deps, wish)).post_id

    async def until(self, post_id: PostId, done: Callable[[ItemView], bool]) -> tuple[ItemView, ...]:
        """Let a worker work until every item is so."""
        stop, deadline_s = asyncio.Event(), clock.uptime_s() + PATIENCE_S
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        try:
            while True:
                items = (await journal.show_post(self.deps, self.brand.workspace_id, post_id)).items
                if all(map(done, items)):
                    return tuple(sorted(items, key=lambda item: item.part))
                assert clock.uptime_s() < deadline_s, [(item.status, item.error) for item in items]
                await asyncio.sleep(0.1)
        finally:
            stop.set()
            await worker


@asynccontextmanager
async def _stage(database: Database, folder: Path, settings: Settings) -> AsyncIterator[Stage]:
    async with running(settings) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        said = server.environment
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors=REGISTER,
            endpoints={
                "linkedin": Endpoints(api=said["HERALD_LINKEDIN_API_URL"], auth=said["HERALD_LINKEDIN_AUTH_URL"])
            },
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
            apps={
                "linkedin": ClientApp(
                    client_id=said["LINKEDIN_CLIENT_ID"],
                    client_secret=Secret(said["LINKEDIN_CLIENT_SECRET"]),
                    scopes=tuple(said["LINKEDIN_SCOPES"].split()),
                )
            },
        )
        place = await workspaces.create_workspace(deps, "Paperboat")
        brand = await workspaces.create_brand(deps, place, "Juniper", timezone="Europe/Berlin")
        yield Stage(server=server, deps=deps, brand=brand)


@pytest.fixture
def settings() -> Settings:
    """How this LinkedIn is set up; a test may have its own."""
    return Settings(processing_s=0.2)


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path, settings: Settings) -> AsyncIterator[Stage]:
    """All of it. What is stored is the services' to test on both engines."""
    database = await Database.open(sqlite_url)
    async with _stage(database, tmp_path, settings) as made:
        yield made
    await database.close()
