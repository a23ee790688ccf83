"""A film of 300 MB goes to TikTok by the connector's own upload, with little memory."""

import asyncio
import json
import os
import sys
import zlib
from pathlib import Path

from platforms.tiktok.upload import CHUNK_BYTES
from sandbox.networks.tiktok.app import running
from sandbox.networks.tiktok.world import Settings

_MB = 1_000_000


async def test_a_film_of_300_mb_goes_up_in_pieces_with_less_than_100_mb_of_memory(tmp_path: Path) -> None:
    path, crc = tmp_path / "film.mp4", 0
    block = os.urandom(3 * _MB)
    with path.open("wb") as file:
        for number in range(100):
            piece = b"\x00\x00\x00\x18ftypmp42" + block[12:] if number == 0 else block
            file.write(piece)
            crc = zlib.crc32(piece, crc)

    async with running(Settings(processing_s=0.0, moderation_s=0.0)) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.platforms.tiktok.large_upload", str(path), server.url, server.token_of("junipercoffee")),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()

    assert process.returncode == 0
    figures = json.loads(said)
    [publish] = server.world.publishes.values()
    assert (publish.taken, publish.crc, publish.post_id) == (300 * _MB, crc, figures["post_id"])
    assert (publish.piece, publish.pieces, server.world.calls["upload"]) == (CHUNK_BYTES, 57, 57)
    assert figures["last"] == [300 * _MB, 300 * _MB]
    assert figures["peak_bytes"] - figures["idle_bytes"] < 100 * _MB
    print(f"{(figures['peak_bytes'] - figures['idle_bytes']) / _MB:.1f} MB above idle")  # noqa: T201  # seen with -s
