"""From a connector's `Request` to the bytes on their way. The only place where a request's secrets are opened."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import IO
from urllib.parse import urlencode

import httpx

from bot.domain.accounts import Secret
from platforms.base import Request
from platforms.transport import CHUNK_BYTES, Fence

USER_AGENT = "Herald/0.1.0"


def build(request: Request, *, files: ExitStack, fence: Fence | None) -> httpx.Request:
    """The request as the transport takes it; its files are opened into `files`, to be closed after the call.

    Raises OSError when a file cannot be opened, and ValueError when the request has two bodies.
    """
    if sum((request.json is not None, request.secret_json is not None, request.content is not None)) > 1:
        raise ValueError(f"{request.operation}: more than one body")
    headers = {"user-agent": USER_AGENT, "accept": "application/json, */*;q=0.5", "accept-encoding": "gzip, deflate"}
    headers |= {name.lower(): value for name, value in request.headers.items()}
    if request.bearer is not None:
        headers["authorization"] = f"Bearer {request.bearer.reveal()}"
    extensions: dict[str, object] = {"timeout_s": request.timeout_s, "max_answer_bytes": request.max_answer_bytes}
    if fence is not None:
        extensions["fence"] = fence
    url = httpx.URL(request.url)
    if request.query:
        url = url.copy_with(query=urlencode([*url.params.multi_items(), *request.query]).encode())
    if request.files and not request.whole_file:
        return _multipart(request, url, headers, extensions, files)
    content = _content(request, headers, files)
    return httpx.Request(request.method, url, headers=headers, content=content, extensions=extensions)


def secrets(request: Request) -> Iterator[str]:
    """Every secret of the request, opened, to keep them out of what an answer echoes."""
    if request.bearer is not None:
        yield request.bearer.reveal()
    values = [value for _, value in request.form]
    values += (request.secret_json or {}).values()
    for value in values:
        if isinstance(value, Secret):
            yield value.reveal()


def _multipart(
    request: Request, url: httpx.URL, headers: dict[str, str], extensions: dict[str, object], files: ExitStack
) -> httpx.Request:
    fields: dict[str, list[str]] = {}
    for name, value in request.form:
        fields.setdefault(name, []).append(_opened(value))
    parts = [
        (part.field, (part.file_name, files.enter_context(part.path.open("rb")), part.mime_type))
        for part in request.files
    ]
    return httpx.Request(request.method, url, headers=headers, data=fields, files=parts, extensions=extensions)


def _content(request: Request, headers: dict[str, str], files: ExitStack) -> bytes | AsyncIterator[bytes] | None:
    """The body, and its type and length in `headers` unless the connector gave them."""
    if request.files:
        part = request.files[0]
        file = files.enter_context(part.path.open("rb"))
        headers.setdefault("content-type", part.mime_type)
        headers["content-length"] = str(part.path.stat().st_size)
        return _pieces(file)
    if request.json is not None:
        headers.setdefault("content-type", "application/json")
        return _json(request.json)
    if request.secret_json is not None:
        headers.setdefault("content-type", "application/json")
        return _json({name: _opened(value) for name, value in request.secret_json.items()})
    if request.form:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        return urlencode([(name, _opened(value)) for name, value in request.form]).encode()
    return request.content


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _opened(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield piece
