"""A toy network behind any style of OAuth: its server, its connector, and a Herald that has an app there."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from bot.domain.accounts import Connected, Secret, Tokens
from bot.services import workspaces
from bot.services.deps import Deps
from platforms.addresses import Guard
from platforms.base import Choice, ClientApp, Connector, Endpoints, Identity, Request, Wire
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from sandbox.networks.listening import listening
from sandbox.networks.oauth import OAuthServer
from sandbox.networks.pages import Look
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.platforms.oauth_styles import API, Case
from tests.toy import toy_connector

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
APP = ClientApp(client_id="the id", client_secret=Secret("hush: the+secret"))


@dataclass
class ToyPages:
    """What the people of the toy manage. A page's own token lets in for good."""

    oauth: OAuthServer
    url: str = ""
    pages: dict[str, list[str]] = field(default_factory=dict)
    """By person: the names of pages."""
    own_tokens: bool = False

    async def me(self, request: web.Request) -> web.Response:
        """GET /me."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        person = token.removeprefix("page-") if token.startswith("page-") else self.oauth.grants.person_of(token)
        if person is None:
            return web.json_response({"error": "401", "message": "no"}, status=401)
        return web.json_response({"id": f"id-{person}", "name": person})

    async def list_pages(self, request: web.Request) -> web.Response:
        """GET /pages."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.oauth.grants.person_of(token)
        if person is None:
            return web.json_response({"error": "401", "message": "no"}, status=401)
        return web.json_response({"pages": self.pages.get(person, [])})


@dataclass(kw_only=True)
class Stage:
    """The toy, a Herald beside it, and a brand."""

    deps: Deps
    brand: Brand
    server: OAuthServer
    toy: ToyPages

    async def agree(self, url: str, person: str = "juniper") -> tuple[str, Secret]:
        """Say yes as a browser would: the state and the code that came back."""
        async with (
            aiohttp.ClientSession() as browser,
            browser.get(f"{url}&approve={person}", allow_redirects=False) as answer,
        ):
            assert answer.status == 302, await answer.text()
            back = parse_qs(urlsplit(answer.headers["Location"]).query)
        return back["state"][0], Secret(back["code"][0])


def connector_of(case: Case, toy: ToyPages, *, picks: bool) -> Connector:
    """A connector that has nothing of its own for OAuth."""

    async def identify(wire: Wire, connected: Connected) -> Identity:
        url = f"{connected.account.service_url}/me"
        answer = (
            await wire.read(Request(operation="me", method="GET", url=url, bearer=connected.tokens.access))
        ).json()
        assert isinstance(answer, dict)
        return identity(connected.account.service_url, answer["id"], answer["name"])

    async def choices(wire: Wire, at: Endpoints, connected: Connected) -> tuple[Choice, ...]:
        request = Request(operation="pages", method="GET", url=f"{at.api}/pages", bearer=connected.tokens.access)
        answer = (await wire.read(request)).json()
        assert isinstance(answer, dict)
        return tuple(
            Choice(
                identity=identity(at.api, f"id-{name}", name),
                kind="Page",
                picture_url=f"https://pictures.toy.example/{name}.png",
                tokens=Tokens(access=Secret(f"page-{name}")) if toy.own_tokens else None,
            )
            for name in answer["pages"]
        )

    plain = toy_connector()
    return replace(
        plain,
        spec=replace(plain.spec, oauth=case.rules, api_url=API),
        identify=identify,
        choices=choices if picks else None,
    )


def identity(url: str, account_id: str, name: str) -> Identity:
    """Who that is."""
    return Identity(platform_account_id=account_id, handle=name, display_name=name.title(), service_url=url)


@asynccontextmanager
async def stage(database: Database, folder: Path, case: Case, *, picks: bool = False) -> AsyncIterator[Stage]:
    """All of it, running on loopback."""
    server = OAuthServer(case.style, Look(title="Toy", band="#333"), ["juniper", "harbor"])
    server.add_app(APP.client_id, APP.client_secret.reveal(), CALLBACK)
    toy = ToyPages(server)
    app = web.Application()
    app.add_routes(server.routes())
    app.router.add_get("/me", toy.me)
    app.router.add_get("/pages", toy.list_pages)
    async with listening(app) as port, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        toy.url = f"http://127.0.0.1:{port}"
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={"toy": connector_of(case, toy, picks=picks)},
            endpoints={"toy": Endpoints(api=toy.url, auth=toy.url)},
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
            apps={"toy": APP},
        )
        place = await workspaces.create_workspace(deps, "Paperboat")
        brand = await workspaces.create_brand(deps, place, "Juniper", timezone="Europe/Berlin")
        yield Stage(deps=deps, brand=brand, server=server, toy=toy)
