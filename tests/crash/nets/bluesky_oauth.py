"""Bluesky by consent, on the stand-in: a proof with each call, nonces that change, and a key that stays with Herald.

Renewing is not among what breaks: a refresh token serves once, so a lost answer ends a consent, and a person is asked.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from platforms.proofs import new_key, thumbprint
from sandbox.networks.bluesky.app import running as running_bluesky
from sandbox.networks.bluesky.consents import Bound
from sandbox.networks.bluesky.world import Person as Member
from sandbox.networks.bluesky.world import Settings, World
from sandbox.networks.grants import App
from tests.crash.network import Call, Network, Person, Server

_APP = (
    "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Foauth%2Fcallback&scope=atproto+transition%3Ageneric"
)
_LIFE = timedelta(hours=1)


def _connection(world: World, member: Member, url: str) -> Connection:
    """What a consent brought; its nonces are forgotten, so that the next call meets a new one."""
    key = new_key()
    app = App(client_id=_APP, client_secret="")
    grant = Bound(app=app, person=member.did, scopes=("atproto", "transition:generic"), key=thumbprint(key))
    access = world.consents.grants.new_access(grant, _LIFE.total_seconds())
    refresh = world.consents.grants.new_refresh(grant, _LIFE.total_seconds())
    world.consents.forget_nonces()
    extra = {"dpop_key": key, "issuer": Secret(url), "client_id": Secret(_APP), "client_secret": Secret("")}
    tokens = Tokens(
        access=Secret(access.value),
        refresh=Secret(refresh.value),
        access_expires_at=datetime.now(UTC) + _LIFE,
        extra=extra,
    )
    identity = Identity(platform_account_id=member.did, handle=member.handle, display_name=member.name, service_url=url)
    return Connection(identity=identity, tokens=tokens)


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple((f"person{number}.test", f"Person {number}") for number in range(10))
    settings = Settings(people=names, requests_per_5_min=0, points_per_hour=0, points_per_day=0)
    async with running_bluesky(settings) as server:
        world, unused = server.world, list(server.world.people.values())

        async def new_person() -> Person:
            member = unused.pop()

            async def posts() -> dict[str, str]:
                return {post.uri: str(post.value["text"]) for post in member.posts}

            return Person(connection=lambda url: _connection(world, member, url), posts=posts)

        yield Server(url=server.url, new_person=new_person)


NETWORK = Network(
    name="bluesky-oauth",
    platform="bluesky",
    creating=Call(method="POST", path="com.atproto.repo.putRecord"),
    looking=Call(method="GET", path="com.atproto.repo.getRecord"),
    uploading=Call(method="POST", path="com.atproto.repo.uploadBlob"),
    renewing=None,
    proves_absence_in_s=0.0,
    running=_running,
)
