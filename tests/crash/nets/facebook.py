"""Facebook in the fault matrix: the stand-in, and Pages whose tokens are given without a consent."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.facebook.app import running as running_facebook
from sandbox.networks.facebook.world import SCOPES, Page, Settings, World
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    async with running_facebook(Settings(more_pages=10)) as server:
        unused = [page for page in server.world.pages.values() if page.name.startswith("Page ")]

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, page: Page) -> Person:
    token = world.give_page_token(page, world.grant_for(world.settings.people[0], SCOPES))

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=page.id, handle=page.username, display_name=page.name, service_url=url)
        return Connection(identity=identity, tokens=Tokens(access=Secret(token)))

    async def posts() -> dict[str, str]:
        return {post.id: post.message for post in world.posts.values() if post.page is page}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="facebook",
    platform="facebook",
    creating=Call(method="POST", path="/feed"),
    looking=Call(method="GET", path="/published_posts"),
    uploading=Call(method="POST", path="/photos"),
    renewing=None,
    also_creating=(Call(method="POST", path="/comments"),),
    proves_absence_in_s=95.0,
    running=_running,
)
