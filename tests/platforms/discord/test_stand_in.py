"""From a pasted address to reactions, through all of Herald, at the stand-in; and an answer that was lost."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.domain.accounts import Account, Secret
from bot.domain.errors import InvalidContent
from bot.domain.publication import State
from bot.services import connecting
from platforms.discord import CONNECTOR
from platforms.errors import PlatformError
from sandbox.networks.discord import app
from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT, StandIn
from storage.engine import Database
from tests.platforms.journey import Journey, journey

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutApp:
    """The stand-in, as the journey wants it: it knows no apps."""

    inner: app.Server

    @property
    def url(self) -> str:
        """Where it is."""
        return self.inner.url

    @property
    def network(self) -> StandIn:
        """What people see of it."""
        return self.inner.network

    @property
    def environment(self) -> Mapping[str, str]:
        """With an app that nobody asks for."""
        return {**self.inner.environment, "DISCORD_CLIENT_ID": "none", "DISCORD_CLIENT_SECRET": "none"}


@pytest.fixture
async def server() -> AsyncIterator[app.Server]:
    async with app.running() as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: app.Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "discord", WithoutApp(inner=server)) as made:
        yield made


async def connect(herald: Journey, server: app.Server, channel: str = "announcements") -> Account:
    """Paste the address of a channel's webhook."""
    typed: dict[str, str | Secret] = {"webhook": Secret(server.webhook_url(channel))}
    return await connecting.connect(herald.deps, herald.brand, "discord", typed, asked_by="tests")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(path, "PNG")
    return path


async def test_parts_go_out_in_order_with_files_are_counted_and_taken_down(
    herald: Journey, server: app.Server, picture: Path
) -> None:
    account = await connect(herald, server)
    assert account.handle == "Herald in announcements"

    items = await herald.post(
        account, "Look @everyone", parts=["And more"], files=[(picture, "a sheet of blue")], options={"silent": "true"}
    )

    assert [item.status for item in items] == [State.PUBLISHED] * 2, [item.error for item in items]
    first, second = server.world.messages.values()
    assert (first.files[0].description, first.files[0].name) == ("a sheet of blue", "file1.png")
    assert first.body["allowed_mentions"] == {"parse": []}
    assert (second.content, second.body["flags"]) == ("And more", 1 << 12)
    async with httpx.AsyncClient() as reader:
        assert "Look @everyone" in (await reader.get(items[0].permalink or "")).text
    first.reactions = {"👍": 3, "🔥": 2}
    login = await herald.login(account)
    assert CONNECTOR.metrics is not None
    assert CONNECTOR.delete is not None
    numbers = await CONNECTOR.metrics(herald.wire(), herald.endpoints, login, (first.id, "123"))
    assert [(one.platform_post_id, one.likes) for one in numbers] == [(first.id, 5)]
    for _ in range(2):
        await CONNECTOR.delete(herald.wire(), login, first.id, {})
    assert list(server.world.messages) == [second.id]


async def test_a_forums_post_takes_its_parts_in_and_can_be_taken_down(herald: Journey, server: app.Server) -> None:
    account = await connect(herald, server, "coffee-forum")

    items = await herald.post(account, "Beans", parts=["And more"], options={"forum_title": "New beans"})
    (lost,) = await herald.post(account, "Nowhere to go")

    assert [item.status for item in items] == [State.PUBLISHED] * 2, [item.error for item in items]
    first, second = server.world.messages.values()
    assert first.channel_id == second.channel_id
    assert server.world.threads[first.channel_id][1] == "New beans"
    assert lost.status is State.FAILED
    assert "Give forum_title" in str(lost.error)
    assert CONNECTOR.delete is not None
    await CONNECTOR.delete(herald.wire(), await herald.login(account), first.id, {"thread": first.channel_id})
    assert list(server.world.messages) == [second.id]


@pytest.mark.parametrize("condition", [LOSES_ANSWER, HIDES_POST])
async def test_after_a_lost_answer_a_person_is_asked_and_nothing_is_sent_again(
    herald: Journey, server: app.Server, condition: str
) -> None:
    account = await connect(herald, server)
    server.network.set_condition(condition)

    (item,) = await herald.post(account, "Only once", within_s=3.0)

    assert (item.status, len(server.world.messages)) == (State.UNCONFIRMED, 1)
    assert "Please look whether the post is there" in str(item.error)


async def test_a_refusal_ends_a_post_and_a_spent_budget_only_delays_it(herald: Journey, server: app.Server) -> None:
    account = await connect(herald, server)
    server.network.set_condition(REFUSES_TEXT)
    (item,) = await herald.post(account, "Buy now")
    assert item.status is State.FAILED
    assert "no advertising" in str(item.error)
    server.network.set_condition(OK)
    server.world.settings.messages_per_2_s = 1
    items = [(await herald.post(account, text))[0] for text in ("One", "Two", "Three")]
    assert [item.status for item in items] == [State.PUBLISHED] * 3
    assert [one.content for one in server.world.messages.values()] == ["One", "Two", "Three"]


async def test_a_deleted_webhook_asks_for_another(herald: Journey, server: app.Server) -> None:
    account = await connect(herald, server)
    server.world.webhooks["announcements"].deleted = True

    (item,) = await herald.post(account, "Still there?")

    assert (item.status, len(server.world.messages)) == (State.FAILED, 0)
    assert "no longer has this webhook" in str(item.error)


async def test_a_wrong_or_dead_address_connects_nothing(herald: Journey, server: app.Server) -> None:
    typed: dict[str, str | Secret] = {"webhook": Secret(server.webhook_url("announcements")[:-3] + "xyz")}
    with pytest.raises(PlatformError, match="no longer has this webhook"):
        await connecting.connect(herald.deps, herald.brand, "discord", typed, asked_by="tests")
    with pytest.raises(InvalidContent):
        await connecting.connect(herald.deps, herald.brand, "discord", {"webhook": Secret("x")}, asked_by="tests")
    for condition in (DOWN, ACCESS_ENDED):
        server.network.set_condition(condition)
        with pytest.raises(PlatformError):
            await connect(herald, server)
