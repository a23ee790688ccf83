"""The whole way against the stand-in: consent, films and photos, a lost answer found, numbers, renewing, the end."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from PIL import Image

from bot.domain.accounts import Account, Connected, Secret
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import connecting, consenting, credentials, journal, scheduling
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.keeping import Kept
from bot.services.public_links import open_link
from handlers.clock.worker import work
from platforms import tiktok
from platforms.addresses import Guard
from platforms.base import ClientApp, Endpoints
from platforms.errors import TokenExpired
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from sandbox.networks.listening import listening
from sandbox.networks.network import ACCESS_ENDED, LOSES_ANSWER, OK
from sandbox.networks.tiktok.app import Server, running
from sandbox.networks.tiktok.world import Settings
from storage import accounts, brands, workspaces
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.storage.media.films import film
from tests.toy_queue import Heard

CALLBACK = "http://127.0.0.1:8000/oauth/callback"


@dataclass(kw_only=True)
class Stage:
    """A Herald beside the stand-in, with the first person's account connected."""

    deps: Deps
    server: Server
    brand: Brand
    account: Account
    folder: Path

    async def published(self, text: str, files: list[Path], options: Mapping[str, str]) -> ItemView:
        """Publish one post, and wait for its end."""
        wish = scheduling.Wish(
            brand=self.brand,
            to=(self.account.id,),
            text=text,
            media=tuple((path, "") for path in files),
            options={"tiktok": options},
            when=scheduling.Now(),
            asked_by="tests",
        )
        post = await scheduling.schedule_post(self.deps, wish)
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        try:
            async with asyncio.timeout(60):
                while True:
                    await asyncio.sleep(0.1)
                    [item] = (await journal.show_post(self.deps, self.brand.workspace_id, post.post_id)).items
                    if item.status in {State.PUBLISHED, State.FAILED, State.MISSED}:
                        return item
                    if item.status is State.UNCONFIRMED:
                        self.server.network.set_condition(OK)
        finally:
            stop.set()
            await worker

    def film(self) -> Path:
        """Two seconds of blue."""
        path, options = self.folder / "blue.mp4", {"movflags": "faststart"}
        return path if path.exists() else film(path, codec="libx264", seconds=2, size=(360, 640), options=options)

    def photos(self) -> list[Path]:
        """Two photos."""
        paths = [self.folder / "one.jpg", self.folder / "two.webp"]
        for path, kind in zip(paths, ("JPEG", "WEBP"), strict=True):
            Image.new("RGB", (400, 500), (40, 60, 200)).save(path, kind)
        return paths

    async def connected(self) -> Connected:
        """The account with its tokens."""
        return (await self.login()).connected

    async def login(self) -> Login:
        """The account with its tokens, and which pair they are."""
        async with self.deps.database.reading() as session:
            found = await accounts.load_connected(session, self.deps.vault, [self.account.id])
        return Login(connected=found[self.account.id][0], version=found[self.account.id][1])


async def agree(deps: Deps, brand: Brand) -> Kept:
    """Ask for consent, say yes as a browser would, and come back."""
    asked = await consenting.ask_consent(deps, brand, "tiktok", "", redirect_uri=CALLBACK, asked_by="tests")
    url = httpx.URL(asked.url).copy_merge_params({"approve": "junipercoffee"})
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    kept = await consenting.finish_consent(deps, asked.state, Secret(code))
    assert isinstance(kept, Kept)
    return kept


@asynccontextmanager
async def media_server(deps: Deps) -> AsyncIterator[str]:
    """Herald's public address, as far as networks fetch from it."""

    async def give(request: web.Request) -> web.StreamResponse:
        served = await open_link(deps, request.match_info["name"])
        assert served is not None
        return web.FileResponse(served.path, headers={"Content-Type": served.mime_type})

    app = web.Application()
    app.router.add_get("/media/{name}", give)
    async with listening(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    settings = Settings(processing_s=0.1, moderation_s=0.1)
    async with running(settings) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        said = server.environment
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={"tiktok": tiktok.CONNECTOR},
            endpoints={
                "tiktok": Endpoints(api=said["HERALD_TIKTOK_API_URL"], auth=said["HERALD_TIKTOK_AUTH_URL"]),
            },
            sender=Sender(transport),
            media=FolderStore(tmp_path / "media"),
            chance=random.random,
            apps={
                "tiktok": ClientApp(
                    client_id=said["TIKTOK_CLIENT_ID"], client_secret=Secret(said["TIKTOK_CLIENT_SECRET"])
                )
            },
        )
        async with deps.database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="UTC")
        async with media_server(deps) as public_url:
            deps = replace(deps, public_url=public_url)
            kept = await agree(deps, brand)
            yield Stage(deps=deps, server=server, brand=brand, account=kept.account, folder=tmp_path)


async def test_a_film_and_photos_go_out_and_their_numbers_are_read(stage: Stage) -> None:
    assert (stage.account.handle, stage.account.platform_account_id) == ("junipercoffee", "-000junipercoffee")
    assert stage.account.limits["privacy"] == ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]

    film_item = await stage.published("Beans <3", [stage.film()], {"privacy": "public", "ai_generated": "true"})
    photo_item = await stage.published("Two sheets", stage.photos(), {"privacy": "public", "title": "Blue"})
    secret = await stage.published("Only mine", [stage.film()], {"privacy": "only_me"})
    draft = await stage.published("", [stage.film()], {"mode": "draft"})

    assert [one.status for one in (film_item, photo_item, secret, draft)] == [State.PUBLISHED] * 4
    assert secret.permalink == f"{stage.server.url}/@junipercoffee"
    assert draft.permalink is None
    async with httpx.AsyncClient() as browser:
        for item, words in ((film_item, "Beans &lt;3"), (photo_item, "Two sheets")):
            page = await browser.get(item.permalink or "")
            assert (page.status_code, words in page.text) == (200, True)
        everything = (await browser.get(f"{stage.server.url}/@junipercoffee")).text
        assert (await browser.get(f"{stage.server.url}/@junipercoffee/video/1")).status_code == 404
    assert "Labelled as made by AI" in everything
    assert "only the creator" in everything
    assert "A draft in the inbox" in everything

    wire, endpoints = stage.deps.sender.wire(tiktok.CONNECTOR.spec), stage.deps.endpoints["tiktok"]
    ids = tuple(one.platform_post_id or "" for one in (film_item, photo_item, secret))
    assert tiktok.CONNECTOR.metrics is not None
    assert tiktok.CONNECTOR.account_metrics is not None
    numbers = await tiktok.CONNECTOR.metrics(wire, endpoints, await stage.connected(), ids)
    assert sorted((one.platform_post_id, one.views) for one in numbers) == sorted((one, 0) for one in ids[:2])
    account = await tiktok.CONNECTOR.account_metrics(wire, endpoints, await stage.connected())
    assert (account.followers, account.posts) == (12, 2)


@pytest.mark.parametrize("kind", ["film", "photos"])
async def test_a_post_whose_answer_was_lost_is_found_and_stands_once(stage: Stage, kind: str) -> None:
    stage.server.network.set_condition(LOSES_ANSWER)
    files = [stage.film()] if kind == "film" else stage.photos()
    item = await stage.published("Found again after all that", files, {"privacy": "public"})
    person = stage.server.world.people["junipercoffee"]
    [post] = stage.server.world.posts_of(person)
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, post.post_id)


async def test_access_is_renewed_with_both_tokens_and_given_back(stage: Stage) -> None:
    login = await stage.login()
    renewed = await credentials.renew(stage.deps, login)
    old, new = login.connected.tokens, renewed.connected.tokens
    assert (old.access != new.access, old.refresh != new.refresh) == (True, True)
    assert new.refresh_expires_at is not None
    await connecting.disconnect(stage.deps, stage.account, asked_by="tests")
    assert stage.server.oauth.grants.person_of(new.access.reveal()) is None


async def test_ended_access_is_told_and_a_new_consent_counts(stage: Stage) -> None:
    stage.server.network.set_condition(ACCESS_ENDED)
    wire = stage.deps.sender.wire(tiktok.CONNECTOR.spec)
    with pytest.raises(TokenExpired):
        await tiktok.CONNECTOR.identify(wire, await stage.connected())
    await agree(stage.deps, stage.brand)
    assert (await tiktok.CONNECTOR.identify(wire, await stage.connected())).handle == "junipercoffee"
