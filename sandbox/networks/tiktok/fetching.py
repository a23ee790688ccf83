"""TikTok's side of PULL_FROM_URL: it fetches the photos, and one that is not right fails them all."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp
from aiohttp import web

from sandbox.networks.tiktok.world import Publish, World

LARGEST_PHOTO = 20 * 1024**2
_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))
TASKS = web.AppKey("tasks", set[asyncio.Task[None]])


async def keep_tasks(app: web.Application) -> AsyncIterator[None]:
    """What is under way ends with the server."""
    yield
    for task in list(app[TASKS]):
        task.cancel()
    await asyncio.gather(*app[TASKS], return_exceptions=True)


def start_fetching(app: web.Application, world: World, publish: Publish, urls: Sequence[str]) -> None:
    """Fetch in the background."""
    task = asyncio.create_task(_fetch(world, publish, urls))
    app[TASKS].add(task)
    task.add_done_callback(app[TASKS].discard)


async def _fetch(world: World, publish: Publish, urls: Sequence[str]) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        for url in urls:
            try:
                async with session.get(url, allow_redirects=False) as answer:
                    content = await answer.content.read(LARGEST_PHOTO + 1) if answer.status == 200 else b""  # noqa: PLR2004  # OK
                    content += await answer.content.read()
            except (aiohttp.ClientError, TimeoutError):
                content = b""
            mime = next((mime for signature, mime in _SIGNATURES if content.startswith(signature)), None)
            if not content:
                publish.reason = "photo_pull_failed"
                return
            if mime is None:
                publish.reason = "file_format_check_failed"
                return
            if len(content) > LARGEST_PHOTO:
                publish.reason = "picture_size_check_failed"
                return
            publish.pictures.append((mime, content))
    world.complete(publish)
