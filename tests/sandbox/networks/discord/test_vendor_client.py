"""The stand-in is believed by somebody else's client: `discord-webhook` posts, edits, deletes and is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from discord_webhook import DiscordEmbed, DiscordWebhook

from sandbox.networks.discord.app import Server, running
from sandbox.networks.discord.world import Settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(messages_per_2_s=3)) as started:
        yield started


def client(server: Server, channel: str = "announcements", **more: Any) -> Any:  # noqa: ANN401  # the other client's types
    """The other client, at a channel's webhook."""
    more.setdefault("rate_limit_retry", False)
    return DiscordWebhook(url=server.webhook_url(channel), **more)


async def test_messages_are_posted_with_files_and_boxes_edited_and_deleted(server: Server) -> None:
    def work() -> None:
        webhook = client(server, content="Look", username="Juniper", allowed_mentions={"parse": []})
        webhook.add_file(file=PNG, filename="tree.png")
        webhook.add_embed(DiscordEmbed(title="Menu", description="Tea", color="3366cc"))
        answer = webhook.execute()
        assert (answer.status_code, answer.json()["author"]["username"]) == (200, "Juniper")
        assert answer.json()["attachments"][0]["filename"] == "tree.png"
        assert webhook.id == answer.json()["id"]
        webhook.content = "Look again"
        assert webhook.edit().json()["content"] == "Look again"
        assert client(server, content="Another").execute().status_code == 200
        assert webhook.delete().status_code == 204
        assert webhook.delete().json() == {"message": "Unknown Message", "code": 10008}

    await asyncio.to_thread(work)
    assert [one.content for one in server.world.messages.values()] == ["Another"]


async def test_what_discord_refuses_is_refused_in_its_form(server: Server) -> None:
    server.world.settings.messages_per_2_s = 0

    def work() -> None:
        for given, status, code in (
            ({"content": "x" * 2001}, 400, 50035),
            ({"content": " "}, 400, 50006),
            ({"content": "x", "username": "Discord"}, 400, 50035),
            ({"content": "x", "thread_name": "y"}, 400, 220003),
            ({"content": "x", "thread_id": "1"}, 404, 10003),
        ):
            answer = client(server, **given).execute()
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        wrong = client(server, content="x")
        wrong.url += "x"
        assert wrong.execute().json()["code"] == 50027
        large = client(server, content="x")
        large.add_file(file=bytes(server.world.settings.file_bytes + 1), filename="large.bin")
        assert large.execute().status_code == 413
        made = client(server, "coffee-forum", content="x", thread_name="New beans").execute().json()
        more = client(server, "coffee-forum", content="y", thread_id=made["channel_id"]).execute().json()
        assert more["channel_id"] == made["channel_id"]
        assert client(server, "coffee-forum", content="x").execute().json()["code"] == 220001

    await asyncio.to_thread(work)


async def test_a_client_that_waits_gets_through_its_rate_limit(server: Server) -> None:
    def work() -> None:
        for number in range(5):
            assert client(server, content=f"{number}", rate_limit_retry=True).execute().status_code == 200

    await asyncio.to_thread(work)
    assert [one.content for one in server.world.messages.values()] == ["0", "1", "2", "3", "4"]
