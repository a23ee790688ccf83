"""Files that go up in pieces."""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from platforms.addresses import Guard
from platforms.base import FilePart, Request
from platforms.errors import MediaRefused
from platforms.http import HttpWire
from platforms.slices import slices
from platforms.transport import AiohttpTransport
from tests.platforms.toys import SPEC

_MB = 1_000_000


@given(st.integers(0, 5_000), st.integers(1, 300), st.integers(0, 200))
def test_the_pieces_of_a_file_are_the_whole_file(size: int, chunk: int, merge_below: int) -> None:
    pieces = slices(size, chunk, merge_below=merge_below)

    assert pieces[0][0] == 0
    assert [start + length for start, length in pieces[:-1]] == [start for start, _ in pieces[1:]]
    assert sum(length for _, length in pieces) == size
    assert all(length == chunk for _, length in pieces[:-1])


def test_a_small_rest_becomes_part_of_the_piece_before_it() -> None:
    assert slices(130, 64, merge_below=5) == ((0, 64), (64, 66))
    assert slices(133, 64, merge_below=5) == ((0, 64), (64, 64), (128, 5))
    assert slices(3, 64, merge_below=5) == ((0, 3),)


class Shelf:
    """A server that puts together what it is sent, without keeping it."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.lengths: list[int] = []
        self.fields: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        if request.content_type != "multipart/form-data":
            return web.json_response({"body": (await request.read()).decode(), **dict(request.headers)})
        line = b"\r\n--" + request.headers["Content-Type"].partition("boundary=")[2].encode()
        for part in (b"\r\n" + await request.read()).split(line)[1:-1]:
            head, _, body = part.partition(b"\r\n\r\n")
            if b"filename=" in head:
                self.digest.update(body)
                self.lengths.append(len(body))
            else:
                self.fields.append(body.decode())
        return web.json_response({})


async def test_a_video_of_300_mb_goes_up_in_pieces_of_5_mb_with_little_memory(tmp_path: Path) -> None:
    film, shelf, expected = tmp_path / "film.mp4", Shelf(), hashlib.sha256()
    block = os.urandom(_MB)
    with film.open("wb") as file:
        for _ in range(300):
            file.write(block)
            expected.update(block)
    app = web.Application(client_max_size=10 * _MB)
    app.router.add_route("*", "/{tail:.*}", shelf.take)

    async with TestServer(app) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.platforms.upload_in_pieces", str(film), str(server.make_url("/")).rstrip("/"), "5242880"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()

    figures = json.loads(said)
    assert process.returncode == 0
    assert shelf.digest.digest() == expected.digest()
    assert shelf.lengths == [5_242_880] * 57 + [300 * _MB - 57 * 5_242_880]
    assert shelf.fields == [str(number) for number in range(58)]
    assert figures["last"] == [300 * _MB, 300 * _MB]
    assert figures["told"] >= 58
    assert figures["peak_bytes"] - figures["idle_bytes"] < 100 * _MB


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    path = tmp_path / "letters"
    path.write_bytes(b"abcdefghij")
    return path


async def test_a_slice_as_the_whole_body_says_its_length(letters: Path) -> None:
    app, told = web.Application(), list[tuple[int, int]]()
    app.router.add_put("/", Shelf().take)
    part = FilePart(path=letters, mime_type="video/mp4", offset=3, length=4)

    async with TestServer(app) as server, AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        wire = HttpWire(SPEC, transport, progress=lambda _, done, whole: told.append((done, whole)))
        answer = await wire.prepare(
            Request(
                operation="put",
                method="PUT",
                url=str(server.make_url("/")),
                headers={"Content-Range": "bytes 3-6/10"},
                files=(part,),
                whole_file=True,
            )
        )

    heard = answer.json()
    assert isinstance(heard, dict)
    assert heard["body"] == "defg"
    assert {name.lower(): value for name, value in heard.items()}["content-length"] == "4"
    assert told == [(7, 10)]


@pytest.mark.parametrize(("offset", "length"), [(11, None), (0, 11), (9, 2), (-1, 2)])
async def test_a_slice_beyond_the_file_is_refused_before_anything_is_sent(
    letters: Path, offset: int, length: int | None
) -> None:
    part = FilePart(path=letters, mime_type="video/mp4", offset=offset, length=length)
    async with AiohttpTransport() as transport:
        for whole in (True, False):
            request = Request(
                operation="put", method="PUT", url="https://example.org/", files=(part,), whole_file=whole
            )
            wire = HttpWire(SPEC, transport)
            with pytest.raises(MediaRefused):
                await wire.prepare(request)
