"""Herald as it is really wired, between a stand-in Slack and stand-in networks."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest

from bot import wiring
from bot.cli import demo
from bot.cli.demo import World
from bot.config import read_settings
from bot.wiring import Herald
from handlers.slack.limits import OF_METHOD, Budget, Pace
from platforms import REGISTER
from platforms.base import Connector
from sandbox import world as stand_ins
from tests.handlers.slack.person import Actor

FAST = Budget(every_s=0)
ROOT = Path(__file__).parents[4]
_KEY = b64encode(bytes(32)).decode()


@dataclass(slots=True, kw_only=True)
class Town:
    """Everything that runs, and who lives there."""

    world: stand_ins.World
    herald: Herald
    http: aiohttp.ClientSession

    def actor(self, name: str) -> Actor:
        """Somebody by their first name."""
        people = self.world.workspace.world.people.values()
        found = next(one for one in people if one.name.casefold().startswith(name))
        return Actor(workspace=self.world.workspace, http=self.http, user_id=found.id)

    @property
    def maya(self) -> Actor:
        """An admin, in Berlin."""
        return self.actor("maya")

    @property
    def omar(self) -> Actor:
        """A member, in New York."""
        return self.actor("omar")

    @property
    def ines(self) -> Actor:
        """A guest."""
        return self.actor("ines")

    def on_bluesky(self) -> list[str]:
        """The texts that stand on the stand-in Bluesky."""
        people = self.world.bluesky.world.people.values()
        return [str(record.value["text"]) for person in people for record in person.posts]


@dataclass(slots=True, kw_only=True)
class Wanted:
    """How a town begins."""

    furnished: bool = True
    http: bool = False
    pace: Pace | None = field(default_factory=lambda: Pace(in_channel=FAST, of_method=dict.fromkeys(OF_METHOD, FAST)))
    """How fast Slack may be written to; None: as Slack allows. The stand-in takes it as fast as it comes."""
    more_scopes: tuple[str, ...] = ()
    """What an admin grants beyond the manifest."""
    connectors: Mapping[str, Connector] = field(default_factory=lambda: REGISTER)
    """The networks Herald knows."""
    database_url: str = ""
    """A migrated database; empty: a SQLite file of Herald's own."""


@pytest.fixture
def wanted() -> Wanted:
    """A town with a brand and two accounts, over Socket Mode; a test class may say otherwise."""
    return Wanted()


@pytest.fixture
async def town(tmp_path: Path, wanted: Wanted) -> AsyncIterator[Town]:
    """The town while a test lasts."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(demo.free_listener())
        own = f"http://127.0.0.1:{listener.getsockname()[1]}"
        manifest = ROOT / ("docs/manifest.http.yml" if wanted.http else "manifest.yml")
        settings = stand_ins.Settings(port=0, manifest=manifest, app_url=own, installed=wanted.furnished, empty=True)
        world = await stack.enter_async_context(stand_ins.running(settings))
        if (token := world.workspace.world.bot_token) is not None:
            token.scopes += wanted.more_scopes
        where = World(world.where(), world.workspace.url)
        environment = demo.environment(where, tmp_path / "data", own, http=wanted.http, empty=not wanted.furnished)
        if wanted.database_url:
            environment |= {"HERALD_DATABASE_URL": wanted.database_url, "HERALD_SECRET_KEYS": _KEY}
        herald = await stack.enter_async_context(wiring.opened(read_settings(environment, tuple(REGISTER))))
        herald = replace(herald, deps=replace(herald.deps, connectors=wanted.connectors))
        if wanted.furnished:
            await demo.furnish(herald, where)
        stop = asyncio.Event()
        serving = asyncio.create_task(wiring.serve(herald, listener, stop=stop, pace=wanted.pace))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        town = Town(world=world, herald=herald, http=http)
        await town.maya.until(lambda: town.world.workspace.carrier.connected, "Herald's connection")
        yield town
        stop.set()
        await serving
