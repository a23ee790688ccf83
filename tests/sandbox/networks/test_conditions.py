"""What Herald's connectors make of each condition of a network, and how the same condition ends."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Draft
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from platforms import bluesky, mastodon
from platforms.addresses import Guard
from platforms.base import Absent, CannotTell, Connector, Endpoints, Key, Prepared, Published
from platforms.errors import ContentRefused, OutcomeUnknown, Reconnect, TokenExpired, Unavailable
from platforms.http import HttpWire, Sender
from platforms.transport import AiohttpTransport
from sandbox.networks.bluesky import app as bluesky_stand_in
from sandbox.networks.bluesky.world import Settings as BlueskySettings
from sandbox.networks.mastodon import app as mastodon_stand_in
from sandbox.networks.mastodon.world import Settings as MastodonSettings
from sandbox.networks.network import CONDITIONS, StandIn

DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)
SLOW_S = 0.3


@dataclass(kw_only=True)
class Bench:
    """A connector with an account at a stand-in, whichever network it is."""

    network: StandIn
    connector: Connector
    endpoints: Endpoints
    sender: Sender
    connected: Connected
    post_type: str
    heard: int = 0
    another_token: Callable[[], str] = str
    """What a person gives who allows it all anew."""

    def wire(self) -> HttpWire:
        return self.sender.wire(self.connector.spec)

    async def prepare(self, key: Key) -> Prepared:
        given = Draft(text="Good morning", post_type=self.post_type, due_at=DUE)
        return await self.connector.prepare(self.wire(), self.endpoints, self.connected, given, key, None)

    async def publish(self, prepared: Prepared, key: Key) -> Published:
        published = await self.connector.publish(self.wire(), self.connected, prepared, key)
        assert isinstance(published, Published)
        return published

    async def find(self, prepared: Prepared, key: Key, since: datetime) -> object:
        return await self.connector.find(self.wire(), self.connected, prepared, key, since)


def _account(platform: str, account_id: str, handle: str, server: str) -> Account:
    return Account(
        id=AccountId("acc"),
        workspace_id=WorkspaceId("ws"),
        brand_id=BrandId("br"),
        platform=platform,
        platform_account_id=account_id,
        handle=handle,
        display_name="Juniper",
        service_url=server,
    )


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield Sender(transport)


@pytest.fixture
async def on_bluesky(sender: Sender) -> AsyncIterator[Bench]:
    async with bluesky_stand_in.running(BlueskySettings(slow_s=SLOW_S)) as server:
        endpoints = Endpoints(api=server.url, auth=server.url, directory=server.url, web=server.url)
        typed = {"identifier": server.identifier, "password": Secret(server.password)}
        login = bluesky.CONNECTOR.login
        assert login is not None
        connection = await login(sender.wire(bluesky.CONNECTOR.spec), endpoints, typed)
        who = connection.identity
        account = _account("bluesky", who.platform_account_id, who.handle, who.service_url)
        yield _listening(
            Bench(
                network=server.world.network,
                connector=bluesky.CONNECTOR,
                endpoints=endpoints,
                sender=sender,
                connected=Connected(account=account, tokens=connection.tokens),
                post_type="bluesky-post",
            )
        )


@pytest.fixture
async def on_mastodon(sender: Sender) -> AsyncIterator[Bench]:
    async with mastodon_stand_in.running(MastodonSettings(slow_s=SLOW_S)) as server:
        account = _account("mastodon", server.world.people["juniper"].id, "juniper", server.url)
        yield _listening(
            Bench(
                network=server.world.network,
                connector=mastodon.CONNECTOR,
                endpoints=Endpoints(api=""),
                sender=sender,
                connected=Connected(account=account, tokens=Tokens(access=Secret(server.token))),
                post_type="mastodon-status",
                another_token=lambda: server.world.issue_token("juniper"),
            )
        )


def _listening(bench: Bench) -> Bench:
    def hear() -> None:
        bench.heard += 1

    bench.network.on_publish.append(hear)
    return bench


@pytest.fixture(params=["on_bluesky", "on_mastodon"])
def bench(request: pytest.FixtureRequest, on_bluesky: Bench, on_mastodon: Bench) -> Bench:
    return {"on_bluesky": on_bluesky, "on_mastodon": on_mastodon}[str(request.param)]


@pytest.fixture
def key() -> Key:
    return Key(value=uuid4().hex, at=DUE)


async def test_a_network_that_is_ok_publishes_once_and_says_so(bench: Bench, key: Key) -> None:
    published = await bench.publish(await bench.prepare(key), key)
    assert (bench.heard, bench.network.condition) == (1, "ok")
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        permalink = await browser.get(str(published.permalink))
        profile = await browser.get(bench.network.open_url)
    assert (permalink.status_code, profile.status_code) == (200, 200)
    assert "Good morning" in permalink.text
    assert f"stand-in for {bench.network.title}" in profile.text


async def test_a_slow_network_takes_its_time(bench: Bench, key: Key) -> None:
    prepared = await bench.prepare(key)
    bench.network.set_condition("slow")
    before = time.monotonic()
    await bench.publish(prepared, key)
    assert time.monotonic() - before >= SLOW_S


async def test_a_network_that_is_down_leaves_doubt_and_no_post(bench: Bench, key: Key) -> None:
    since, prepared = datetime.now(UTC), await bench.prepare(key)
    bench.network.set_condition("down")
    with pytest.raises(OutcomeUnknown):
        await bench.publish(prepared, key)
    with pytest.raises(Unavailable):
        await bench.find(prepared, key, since)
    bench.network.set_condition("ok")
    assert isinstance(await bench.find(prepared, key, since), Absent)
    await bench.publish(prepared, key)
    assert bench.heard == 1


async def test_a_lost_answer_leaves_one_post_that_is_found(bench: Bench, key: Key) -> None:
    since, prepared = datetime.now(UTC), await bench.prepare(key)
    bench.network.set_condition("loses_answer")
    with pytest.raises(OutcomeUnknown):
        await bench.publish(prepared, key)
    assert bench.heard == 1
    assert isinstance(await bench.find(prepared, key, since), Published)
    bench.network.set_condition("ok")
    await bench.publish(prepared, key)
    assert bench.heard == 1


async def test_a_hidden_post_is_there_and_the_network_will_not_say_so(bench: Bench, key: Key) -> None:
    since, prepared = datetime.now(UTC), await bench.prepare(key)
    bench.network.set_condition("hides_post")
    with pytest.raises(OutcomeUnknown):
        await bench.publish(prepared, key)
    assert bench.heard == 1
    try:
        looked = await bench.find(prepared, key, since)
    except ContentRefused:
        looked = None
    assert looked is None or isinstance(looked, CannotTell)
    bench.network.set_condition("ok")
    assert isinstance(await bench.find(prepared, key, since), Published)


async def test_a_refused_text_comes_with_the_networks_reason(bench: Bench, key: Key) -> None:
    prepared = await bench.prepare(key)
    bench.network.set_condition("refuses_text")
    with pytest.raises(ContentRefused, match="no advertising"):
        await bench.publish(prepared, key)
    assert bench.heard == 0


async def test_access_that_ended_and_came_back_on_bluesky(on_bluesky: Bench, key: Key) -> None:
    bench, prepared = on_bluesky, await on_bluesky.prepare(key)
    refresh = bench.connector.refresh
    assert refresh is not None
    bench.network.set_condition("access_ended")
    with pytest.raises(TokenExpired):
        await bench.publish(prepared, key)
    with pytest.raises(Reconnect, match="does not take this app password"):
        await refresh(bench.wire(), bench.endpoints, bench.connected)
    bench.network.set_condition("ok")
    tokens = await refresh(bench.wire(), bench.endpoints, bench.connected)
    bench.connected = replace(bench.connected, tokens=tokens)
    await bench.publish(prepared, key)


async def test_access_that_ended_and_came_back_on_mastodon(on_mastodon: Bench, key: Key) -> None:
    bench, prepared = on_mastodon, await on_mastodon.prepare(key)
    bench.network.set_condition("access_ended")
    with pytest.raises((Reconnect, TokenExpired)):
        await bench.publish(prepared, key)
    old, new = bench.connected, Tokens(access=Secret(bench.another_token()))
    bench.connected = replace(old, tokens=new)
    await bench.publish(prepared, key)
    bench.network.set_condition("ok")
    bench.connected = old
    await bench.publish(prepared, key)
    assert bench.heard == 1


async def test_pages_are_there_whatever_the_condition(bench: Bench) -> None:
    for condition, _ in CONDITIONS:
        bench.network.set_condition(condition)
        async with httpx.AsyncClient(timeout=1) as browser:
            assert (await browser.get(bench.network.open_url)).status_code == 200


def test_an_unknown_condition_is_refused() -> None:
    network = StandIn(name="x", title="X", handle="x")
    with pytest.raises(ValueError, match="'sunny' is none of ok, slow"):
        network.set_condition("sunny")
