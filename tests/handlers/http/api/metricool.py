"""A Herald beside Metricool's stand-in, and callers of its API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.services import workspaces
from platforms import REGISTER
from platforms.base import Endpoints
from sandbox.networks.metricool.app import Server, running
from sandbox.networks.metricool.world import USER_ID, Settings
from storage.engine import Database
from tests.handlers.http.api.caller import Caller, caller
from tests.platforms.journey import Journey, journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A workspace that may connect Metricool, and somebody with a key to it."""

    herald: Journey
    server: Server
    ours: Caller

    @property
    def given(self) -> dict[str, str]:
        """What Metricool is connected with."""
        return {"token": self.server.world.token, "blog_id": "100", "user_id": str(USER_ID)}

    async def another(self, name: str) -> Caller:
        """Somebody of another workspace, which has no brand yet."""
        place = await workspaces.create_workspace(self.herald.deps, name)
        return await caller(self.herald.deps, place.id)


@asynccontextmanager
async def office(database: Database, folder: Path, settings: Settings | None = None) -> AsyncIterator[Office]:
    """All of it, with every platform known."""
    async with running(settings) as server, journey(database, folder, "metricool", server) as herald:
        endpoints = {name: Endpoints(api=connector.spec.api_url) for name, connector in REGISTER.items()}
        deps = replace(herald.deps, connectors=REGISTER, endpoints={**endpoints, **herald.deps.endpoints})
        ours = await caller(deps, herald.brand.workspace_id)
        yield Office(herald=replace(herald, deps=deps), server=server, ours=ours)
