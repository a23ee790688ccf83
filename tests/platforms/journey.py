"""A whole Herald beside one network's stand-in: connect by consent, publish with files, and what became of it."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from aiohttp import web

from bot import clock
from bot.domain.accounts import Account, Connected, Secret
from bot.domain.ids import PostId
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import consenting, journal, public_links, scheduling, workspaces
from bot.services.deps import Deps
from bot.services.keeping import Kept
from handlers.clock.worker import work
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import ClientApp, Connector, Endpoints, Wire
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from sandbox.networks.listening import listening
from sandbox.networks.register import Server
from storage import accounts
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.toy_queue import Heard

CALLBACK = "https://herald.example/oauth/callback"
_ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A Herald with one brand, and the network it has to do with."""

    deps: Deps
    brand: Brand
    platform: str
    server: Server

    @property
    def connector(self) -> Connector:
        """The network's."""
        return REGISTER[self.platform]

    @property
    def endpoints(self) -> Endpoints:
        """Where it is."""
        return self.deps.endpoints[self.platform]

    def wire(self) -> Wire:
        """A wire to it."""
        return self.deps.sender.wire(self.connector.spec)

    async def connect(self, person: str) -> Account:
        """Agree in a browser as this person."""
        asked = await consenting.ask_consent(
            self.deps, self.brand, self.platform, "", redirect_uri=CALLBACK, asked_by="tests"
        )
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(f"{asked.url}&approve={person}")
        assert answer.status_code == httpx.codes.FOUND, answer.text
        came = parse_qs(urlsplit(answer.headers["location"]).query)
        kept = await consenting.finish_consent(self.deps, came["state"][0], Secret(came["code"][0]))
        assert isinstance(kept, Kept)
        return kept.account

    async def login(self, account: Account) -> Connected:
        """The account with its tokens."""
        async with self.deps.database.transaction() as session:
            return (await accounts.load_connected(session, self.deps.vault, [account.id]))[account.id][0]

    async def post(  # noqa: PLR0913  # what a post is made of, named
        self,
        account: Account,
        text: str,
        *,
        parts: Sequence[str] = (),
        files: Sequence[tuple[Path, str]] = (),
        options: Mapping[str, str] | None = None,
        within_s: float = 60.0,
    ) -> list[ItemView]:
        """Publish now, with a worker; the items as they ended, first part first."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(account.id,),
            text=text,
            parts=tuple(parts),
            media=tuple(files),
            options={self.platform: options} if options else {},
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        return await self.until_ended(post.post_id, within_s=within_s)

    async def until_ended(self, post_id: PostId, *, within_s: float = 60.0) -> list[ItemView]:
        """Let a worker go on with a post; its items as they ended, or stand when the time is over, first part first."""
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        deadline_s = clock.uptime_s() + within_s
        items: list[ItemView] = []
        while clock.uptime_s() < deadline_s:
            await asyncio.sleep(0.1)
            items = sorted(
                (await journal.show_post(self.deps, self.brand.workspace_id, post_id)).items,
                key=lambda item: item.part,
            )
            if all(item.status in _ENDED for item in items):
                break
        stop.set()
        await worker
        return items


@asynccontextmanager
async def journey(database: Database, folder: Path, platform: str, server: Server) -> AsyncIterator[Journey]:
    """A Herald configured as the stand-in says; its files can be fetched on loopback."""
    given = server.environment
    name = platform.upper()
    apps: dict[str, ClientApp] = {}
    if f"{name}_CLIENT_ID" in given:
        secret = Secret(given[f"{name}_CLIENT_SECRET"])
        apps[platform] = ClientApp(client_id=given[f"{name}_CLIENT_ID"], client_secret=secret)
    endpoints = Endpoints(api=given[f"HERALD_{name}_API_URL"], auth=given.get(f"HERALD_{name}_AUTH_URL", ""))
    site = web.Application()
    kept: list[Deps] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        served = await public_links.open_link(kept[0], request.match_info["name"])
        if served is None:
            raise web.HTTPNotFound
        return web.FileResponse(served.path, headers={"Content-Type": served.mime_type})

    site.add_routes([web.get("/media/{name}", serve)])
    async with listening(site) as port, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={platform: REGISTER[platform]},
            endpoints={platform: endpoints},
            sender=Sender(transport),
            media=FolderStore(folder / "media"),
            chance=random.Random(1).random,  # noqa: S311  # spreads waits, repeatably; no secret
            apps=apps,
            public_url=f"http://127.0.0.1:{port}",
        )
        kept.append(deps)
        place = await workspaces.create_workspace(deps, "Paperboat")
        brand = await workspaces.create_brand(deps, place, "Juniper", timezone="Europe/Berlin")
        yield Journey(deps=deps, brand=brand, platform=platform, server=server)
