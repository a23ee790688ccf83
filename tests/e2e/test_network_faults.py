"""The network fails at the worst moment: the post was made, and the answer never comes, or is nonsense.

A whole Herald, its own database and worker, the real wire; a proxy that breaks the creating call stands between it and
a real Bluesky server, a Mastodon stand-in that honours idempotency keys, and one that ignores them. Each time there is
one post on the server in the end, and the item is `published`.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from bot import clock
from bot.domain.accounts import Account, Secret
from bot.domain.publication import State
from bot.services import connecting, journal, scheduling
from bot.services.deps import Deps
from handlers.clock.worker import work
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from sandbox.fault_proxy import FaultProxy, Rule
from sandbox.networks.mastodon.app import running
from sandbox.networks.mastodon.world import Settings
from storage import brands, workspaces
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.servers.pds import Pds, pds
from tests.toy_queue import Heard

__all__ = ["pds"]

ANSWER_FAULTS = ["reset_after", "504_after", "truncate_after", "garble_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A server behind a proxy: how to sign in there, where creating happens, and what is on it."""

    name: str
    proxy: FaultProxy
    creating: str
    fields: dict[str, str | Secret]
    texts: Callable[[], Awaitable[list[str]]]


@asynccontextmanager
async def bluesky(server: Pds) -> AsyncIterator[Network]:
    """The real server with a new account."""
    account = server.make_account(f"a{uuid4().hex[:10]}")
    async with FaultProxy(_place(server.url)) as proxy:

        async def texts() -> list[str]:
            records = await asyncio.to_thread(server.posts, account.did)
            return [str(record["value"]["text"]) for record in records]  # pyright: ignore[reportIndexIssue]

        yield Network(
            name="bluesky",
            proxy=proxy,
            creating="com.atproto.repo.putRecord",
            fields={"identifier": account.handle, "password": Secret(account.app_password), "service": proxy.url},
            texts=texts,
        )


@asynccontextmanager
async def mastodon(*, idempotency: bool) -> AsyncIterator[Network]:
    """The stand-in, with Mastodon's idempotency rules or without them."""
    settings = Settings(idempotency=idempotency, requests_per_5_min=0)
    async with running(settings) as server, FaultProxy(_place(server.url)) as proxy:

        async def texts() -> list[str]:
            return [status.text for status in server.world.statuses.values()]

        yield Network(
            name="mastodon",
            proxy=proxy,
            creating="/api/v1/statuses",
            fields={"instance": proxy.url, "token": Secret(server.token)},
            texts=texts,
        )


@pytest.fixture(params=["bluesky", "mastodon", "mastodon without keys"])
async def network(request: pytest.FixtureRequest) -> AsyncIterator[Network]:
    """Each network in turn."""
    if request.param == "bluesky":
        async with bluesky(request.getfixturevalue("pds")) as ready:
            yield ready
    else:
        async with mastodon(idempotency=request.param == "mastodon") as ready:
            yield ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Herald:
    """A whole one, with one brand and one account on the network."""

    deps: Deps
    brand: Brand
    account: Account

    async def publish(self, text: str, *parts: str, within_s: float) -> State:
        """Post it now, work until it is decided, and say what it came to. Further parts make a thread."""
        wish = scheduling.Wish(
            brand=self.brand, to=(self.account.id,), text=text, parts=parts, when=scheduling.Now(), asked_by="tests"
        )
        post = await scheduling.schedule_post(self.deps, wish)
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.deps, Heard(), stop))
        deadline = clock.uptime_s() + within_s
        state = post.status
        while clock.uptime_s() < deadline and state not in {State.PUBLISHED, State.FAILED, State.MISSED}:
            await asyncio.sleep(0.05)
            state = (await journal.show_post(self.deps, self.brand.workspace_id, post.post_id)).status
        stop.set()
        await worker
        return state


@pytest.fixture
async def herald(database: Database, network: Network, tmp_path: Path) -> AsyncIterator[Herald]:
    """Herald with an account on the network, connected through the proxy."""
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(AiohttpTransport(guard=Guard(allow_loopback=True)))
        endpoints = Endpoints(api=network.proxy.url, directory=network.proxy.url)
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors=REGISTER,
            endpoints=dict.fromkeys(REGISTER, endpoints),
            sender=Sender(transport),
            media=FolderStore(tmp_path / "media"),
            chance=random.Random(1).random,  # noqa: S311  # spreads waits, repeatably; no secret
        )
        async with database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        account = await connecting.connect(deps, brand, network.name, network.fields, asked_by="tests")
        yield Herald(deps=deps, brand=brand, account=account)


@pytest.mark.parametrize("fault", ANSWER_FAULTS)
async def test_a_post_whose_answer_is_lost_or_spoilt_is_there_once(
    herald: Herald, network: Network, fault: str
) -> None:
    network.proxy.rules = [Rule(fault=fault, method="POST", path=network.creating, times=1)]
    text = f"The answer to this is lost: {fault}"
    assert await herald.publish(text, within_s=60) is State.PUBLISHED
    assert await network.texts() == [text]
    assert network.proxy.count("POST", network.creating) == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # half a minute each: the wire's whole time-out
async def test_a_post_whose_answer_never_comes_is_there_once(herald: Herald, network: Network) -> None:
    network.proxy.rules = [Rule(fault="hang_after", method="POST", path=network.creating, times=1)]
    assert await herald.publish("Nobody answers", within_s=90) is State.PUBLISHED
    assert await network.texts() == ["Nobody answers"]
    assert network.proxy.count("POST", network.creating) == 1


@pytest.mark.parametrize("network", ["bluesky"], indirect=True)  # on Mastodon proving absence takes half a minute
async def test_a_connection_that_ends_before_the_server_hears_of_it_makes_one_post(
    herald: Herald, network: Network
) -> None:
    network.proxy.rules = [Rule(fault="reset_before", method="POST", path=network.creating, times=1)]
    assert await herald.publish("Cut before", within_s=60) is State.PUBLISHED
    assert await network.texts() == ["Cut before"]


@pytest.mark.parametrize("network", ["bluesky"], indirect=True)  # Mastodon names the time in a header of its own
async def test_a_server_that_asks_to_slow_down_gets_the_post_later_and_once(herald: Herald, network: Network) -> None:
    network.proxy.rules = [Rule(fault="429", method="POST", path=network.creating, times=1, retry_after_s=1)]
    assert await herald.publish("Slower", within_s=60) is State.PUBLISHED
    assert await network.texts() == ["Slower"]


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80


async def test_a_thread_goes_out_in_order_though_one_answer_is_lost(herald: Herald, network: Network) -> None:
    network.proxy.rules = [Rule(fault="reset_after", method="POST", path=network.creating, times=1)]
    assert await herald.publish("One", "Two", "Three", within_s=60) is State.PUBLISHED
    assert sorted(await network.texts()) == ["One", "Three", "Two"]
    assert network.proxy.count("POST", network.creating) == 3
