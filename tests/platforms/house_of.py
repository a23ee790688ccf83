"""A whole Herald beside a stand-in: consents, posts, its worker and its looks, for one connector."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from PIL import Image
from sqlalchemy import select

from bot.domain.accounts import Account, Connected, Secret
from bot.domain.ids import PostId
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import connecting, consenting, journal, scheduling, workspaces
from bot.services.deps import Deps
from bot.services.keeping import Kept
from handlers.clock.worker import work
from platforms.addresses import Guard
from platforms.base import ClientApp, Connector, Endpoints, Wire
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage import accounts
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import PostItemRow
from storage.vault import Vault
from tests.storage.media.films import film
from tests.toy_queue import Heard

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
_PATIENCE_S = 120.0
_ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED})


@dataclass(kw_only=True)
class House:
    """Herald with one connector, a brand, and a worker to be started."""

    deps: Deps
    brand: Brand
    connector: Connector
    folder: Path
    transport: httpx.AsyncBaseTransport
    posted: list[PostId] = field(default_factory=list[PostId])
    """What was posted, in order."""

    def record(self, transport: httpx.AsyncBaseTransport) -> None:
        """Send by way of another transport from now on."""
        self.deps = replace(self.deps, sender=Sender(transport))

    async def consent(self, person: str) -> Account:
        """Ask, agree as that person in a browser, come back."""
        name = self.connector.spec.name
        asked = await consenting.ask_consent(self.deps, self.brand, name, "", redirect_uri=CALLBACK, asked_by="tests")
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(f"{asked.url}&approve={person}")
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        assert back["state"] == [asked.state]
        kept = await consenting.finish_consent(self.deps, asked.state, Secret(back["code"][0]))
        assert isinstance(kept, Kept)
        return kept.account

    async def connect(self, typed: Mapping[str, str | Secret]) -> Account:
        """Connect with what a person types."""
        return await connecting.connect(self.deps, self.brand, self.connector.spec.name, typed, asked_by="tests")

    async def connected(self, account: Account) -> Connected:
        """The account with its opened tokens."""
        async with self.deps.database.reading() as session:
            return (await accounts.load_connected(session, self.deps.vault, [account.id]))[account.id][0]

    async def post(
        self, account: Account, text: str, *files: Path, link: str | None = None, **options: str
    ) -> ItemView:
        """Post it now, and wait for its end, or for a person to be asked."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(account.id,),
            text=text,
            media=tuple((file, "A sheet of blue") for file in files),
            link=link,
            options={self.connector.spec.name: options} if options else {},
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        self.posted.append(post.post_id)
        (item,) = await self.ended(post.post_id)
        return item

    async def thread(self, account: Account, *texts: str) -> list[ItemView]:
        """Post these behind one another now, and wait as for a single one."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(account.id,),
            text=texts[0],
            parts=texts[1:],
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        self.posted.append(post.post_id)
        return await self.ended(post.post_id)

    async def ended(self, post_id: PostId) -> list[ItemView]:
        """Have a worker at it until all is over, or a person is asked; its items, first part first."""
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    items = (await journal.show_post(self.deps, self.brand.workspace_id, post_id)).items
                    over = [item.status in _ENDED for item in items]
                    if all(over) or any([await self.asked(item) for item in items]):
                        return sorted(items, key=lambda item: item.part)
                    await asyncio.sleep(0.05)
        finally:
            stop.set()
            await worker

    async def asked(self, item: ItemView) -> bool:
        """Whether a person is asked what became of it."""
        async with self.deps.database.reading() as session:
            at = await session.scalar(select(PostItemRow.asked_at).where(PostItemRow.id == item.item_id))
        return item.status is State.UNCONFIRMED and at is not None

    def wire(self) -> Wire:
        """A wire to the stand-in."""
        return self.deps.sender.wire(self.connector.spec)

    def picture(self, name: str = "blue.png", colour: tuple[int, int, int] = (40, 60, 200)) -> Path:
        """A little PNG."""
        path = self.folder / name
        Image.new("RGB", (40, 60), colour).save(path, "PNG")
        return path

    def film(self) -> Path:
        """A little MP4 of four seconds."""
        path = self.folder / "blue.mp4"
        return film(path, codec="libx264", sound="aac", seconds=4, size=(360, 640), options={"movflags": "faststart"})


@asynccontextmanager
async def house(
    database: Database, folder: Path, connector: Connector, environment: Mapping[str, str]
) -> AsyncGenerator[House]:
    """Herald as a stand-in's environment configures it."""
    name = connector.spec.name.upper()
    api, auth = environment[f"HERALD_{name}_API_URL"], environment.get(f"HERALD_{name}_AUTH_URL", "")
    apps: dict[str, ClientApp] = {}
    if f"{name}_CLIENT_ID" in environment:
        secret = Secret(environment[f"{name}_CLIENT_SECRET"])
        apps[connector.spec.name] = ClientApp(client_id=environment[f"{name}_CLIENT_ID"], client_secret=secret)
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={connector.spec.name: connector},
            endpoints={connector.spec.name: Endpoints(api=api, auth=auth)},
            sender=Sender(transport),
            media=FolderStore(folder / "media"),
            chance=random.Random(1).random,  # noqa: S311  # spreads waits, repeatably; no secret
            apps=apps,
        )
        workspace = await workspaces.create_workspace(deps, "Paperboat")
        brand = await workspaces.create_brand(deps, workspace, "Juniper", timezone="UTC")
        yield House(deps=deps, brand=brand, connector=connector, folder=folder, transport=transport)
