"""LinkedIn in the fault matrix: a page, whose posts the app may list, and a profile, whose posts it may not.

Of a profile's post in doubt a person is asked, and nothing is sent again.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.grants import Grant
from sandbox.networks.linkedin.app import CLIENT_ID, Server, running
from sandbox.networks.linkedin.world import COMMUNITY, SELF_SERVE, Author, Settings
from tests.crash.networks import Call, Network, Person
from tests.crash.networks import Server as Running


def _running(*, page: bool) -> Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Running]]:
    @asynccontextmanager
    async def run(_: pytest.FixtureRequest) -> AsyncGenerator[Running]:
        names = tuple(f"person{number}" for number in range(10))
        settings = Settings(
            people=names,
            pages={name: (f"page-of-{name}",) for name in names},
            scopes=COMMUNITY if page else SELF_SERVE,
            requests_per_day=0,
            processing_s=0.0,
        )
        async with running(settings) as server:
            unused = list(names)

            async def new_person() -> Person:
                return _person(server, unused.pop(), page=page)

            yield Running(url=server.url, new_person=new_person)

    return run


def _person(server: Server, name: str, *, page: bool) -> Person:
    grants, scopes = server.oauth.grants, server.world.settings.scopes
    token = grants.new_access(Grant(app=grants.apps[CLIENT_ID], person=name, scopes=scopes), None)
    author = server.world.called(f"page-of-{name}" if page else name)
    assert author is not None

    def connection(url: str) -> Connection:
        identity = Identity(
            platform_account_id=author.urn, handle=author.name, display_name=author.title, service_url=url
        )
        return Connection(identity=identity, tokens=Tokens(access=Secret(token.value), scopes=scopes))

    async def posts() -> dict[str, str]:
        return _shown(server, author)

    return Person(connection=connection, posts=posts)


def _shown(server: Server, author: Author) -> dict[str, str]:
    """Posts and comments below them."""
    mine = server.world.posts_of(author)
    comments = {comment.urn: comment.text for post in mine for comment in post.comments}
    return {post.urn: post.text for post in mine} | comments


_PAGE = Network(
    name="linkedin-page",
    platform="linkedin",
    creating=Call(method="POST", path="/rest/posts"),
    also_creating=(Call(method="POST", path="/comments"),),
    looking=Call(method="GET", path="/rest/posts?"),
    uploading=Call(method="PUT", path="/dms-uploads/"),
    renewing=None,
    proves_absence_in_s=80.0,
    running=_running(page=True),
)
NETWORKS = (
    _PAGE,
    replace(_PAGE, name="linkedin-profile", looking=None, finds=False, running=_running(page=False)),
)
"""Renewals go to another host than posts; every style of them is broken in tests/services."""
