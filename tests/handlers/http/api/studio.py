"""A brand with one account on the stand-in's Instagram, a program with a key, and a post of two kinds."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor

from bot import clock
from bot.domain.accounts import Account
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import journal
from handlers.clock.worker import work
from sandbox.networks.instagram.app import Server, running
from sandbox.networks.instagram.world import Settings
from storage.engine import Database
from tests.handlers.http.api.caller import Caller, caller
from tests.platforms.journey import Journey, journey
from tests.toy_queue import Heard

_PATIENCE_S = 60.0
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A brand with one account on Instagram, and a program with a key."""

    herald: Journey
    server: Server
    account: Account
    ours: Caller

    async def call(self, method: str, path: str, body: object = None) -> Body:
        """What is answered, which is no error."""
        answer = await self.ours.call(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def picture(self, colour: str) -> str:
        """A stored picture in one colour."""
        data = io.BytesIO()
        Image.new("RGB", (1080, 1080), colour).save(data, "JPEG")
        answer = await self.ours.client.post(
            "/v1/media/upload",
            headers=self.ours.headers,
            files={"file": (f"{colour}.jpg", data.getvalue())},
            data={"type": "image"},
        )
        return str(answer.json()["media_id"])

    async def feed_and_story(self) -> Body:
        """A draft of two kinds for the one account, each with its own text and picture."""
        feed, story = await self.picture("teal"), await self.picture("coral")
        items = [
            {"post_type": "instagram-feed", "content": "Spring blend.", "media_ids": [feed]},
            {"post_type": "instagram-story", "content": "", "media_ids": [story]},
        ]
        return await self.call("POST", "/posts", {"items": items})

    async def view(self, post: Body) -> PostView:
        """The post as people see it."""
        return await journal.show_post(self.herald.deps, self.herald.brand.workspace_id, PostId(str(post["post_id"])))

    async def until(self, post: Body, fits: Callable[[PostView], bool]) -> PostView:
        """Let a worker go on until the post is like that."""
        stop = asyncio.Event()
        worker = asyncio.create_task(work(self.herald.deps, Heard(), stop))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not fits(now := await self.view(post)):  # noqa: ASYNC110  # the worker tells nobody
                    await asyncio.sleep(0.05)
                return now
        finally:
            stop.set()
            await worker

    def live(self) -> list[tuple[str, str, str]]:
        """What stands on Instagram: its type, its text and its picture's colour."""
        return sorted(
            (one.media_type, one.caption, _colour(file.content))
            for one in self.server.world.media.values()
            for file in one.files
        )


def _colour(picture: bytes) -> str:
    """Whatever the way through a JPEG made of it."""
    seen = Image.open(io.BytesIO(picture)).convert("RGB").tobytes()[:3]
    off = {name: sum(abs(a - b) for a, b in zip(seen, ImageColor.getrgb(name), strict=True)) for name in COLOURS}
    return min(off, key=off.__getitem__)


COLOURS = ("teal", "coral", "gold")
FEED, STORY = ("IMAGE", "Spring blend.", "teal"), ("STORIES", "", "coral")
ENDED = {State.PUBLISHED, State.FAILED, State.MISSED}


def over(post: PostView) -> bool:
    """Whether all of it ended."""
    return {item.status for item in post.items} <= ENDED


def shown(post: Body) -> list[tuple[str, str, list[str]]]:
    """What each item was asked for: its type, its text and its files."""
    return [(item["post_type"], item["content"], item["media_ids"]) for item in post["items"]]


def ahead(days: float = 20) -> str:
    """An instant so far ahead."""
    return (clock.now() + timedelta(days=days)).replace(microsecond=0).isoformat()


@asynccontextmanager
async def opened(database: Database, folder: Path) -> AsyncIterator[Studio]:
    """The studio, connected."""
    async with running(Settings()) as server, journey(database, folder, "instagram", server) as herald:
        account = await herald.connect("juniper")
        ours = await caller(herald.deps, herald.brand.workspace_id)
        yield Studio(herald=herald, server=server, account=account, ours=ours)
