"""Files among the values of a JSON body: whole as base64, never whole in memory, and their length known before."""

import base64
import json
from pathlib import Path

import httpx
import pytest

from platforms.base import Answer, FilePart, Request
from platforms.errors import MediaRefused
from platforms.http import HttpWire
from tests.platforms.toys import SPEC


async def sent(body: dict[str, object]) -> tuple[httpx.Request, Answer]:
    """What arrives of it."""
    seen: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    wire = HttpWire(SPEC, httpx.MockTransport(answer))
    came = await wire.create(Request(operation="post", method="POST", url="https://toy.example/", json=body))
    return seen[0], came


@pytest.mark.parametrize("size", [0, 1, 2, 3, 98_303, 98_304, 98_305, 300_001])
async def test_a_file_stands_in_the_body_as_base64(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(number % 251 for number in range(size)))
    part = FilePart(path=file, mime_type="image/png")

    request, _ = await sent({"é": [{"data": part}, {"data": part, "n": 1}]})

    text = base64.b64encode(file.read_bytes()).decode()
    assert json.loads(request.content) == {"é": [{"data": text}, {"data": text, "n": 1}]}
    assert request.headers["content-length"] == str(len(request.content))
    assert request.headers["content-type"] == "application/json"


async def test_a_slice_of_a_file_is_that_slice(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdefgh")

    request, _ = await sent({"data": FilePart(path=tmp_path / "file", mime_type="image/png", offset=2, length=4)})

    assert request.content == b'{"data":"Y2RlZg=="}'


async def test_a_file_that_is_gone_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused):
        await sent({"data": FilePart(path=tmp_path / "gone", mime_type="image/png")})


async def test_what_is_no_json_is_no_body() -> None:
    with pytest.raises(TypeError):
        await sent({"data": object()})
