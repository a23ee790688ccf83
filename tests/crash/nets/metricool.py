"""Metricool in the fault matrix: the stand-in, which publishes what is planned at once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.metricool.app import running as running_metricool
from sandbox.networks.metricool.world import USER_ID, Settings
from tests.crash.networks import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"Brand {number}" for number in range(10))
    async with running_metricool(Settings(brands=names, hurry=True)) as server:
        world, unused = server.world, list(server.world.brands)

        async def posts(brand_id: int) -> dict[str, str]:
            mine = (plan for plan in world.plans.values() if plan.brand_id == brand_id and not plan.deleted)
            return {world.address(plan): str(plan.body["text"]) for plan in mine}

        async def new_person() -> Person:
            brand_id = unused.pop()
            tokens = Tokens(access=Secret(world.token), extra={"user_id": Secret(str(USER_ID))})
            return Person(
                connection=lambda url: Connection(identity=_identity(brand_id, url), tokens=tokens),
                posts=lambda: posts(brand_id),
            )

        yield Server(url=server.url, new_person=new_person)


def _identity(brand_id: int, url: str) -> Identity:
    return Identity(
        platform_account_id=f"{brand_id}:facebook",
        handle=f"{brand_id}",
        display_name=f"{brand_id}",
        service_url=f"{url}/api",
        limits={"network": "facebook"},
    )


NETWORK = Network(
    name="metricool",
    platform="metricool",
    creating=Call(method="POST", path="/v2/scheduler/posts"),
    looking=Call(method="GET", path="extendedRange"),
    uploading=Call(method="PUT", path="/v2/media/s3/upload-transactions"),
    renewing=None,
    proves_absence_in_s=60.0,
    running=_running,
)
