"""From a connector's `Request` to the bytes on their way. The only place where a request's secrets are opened."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, cast
from urllib.parse import quote, quote_plus, urlencode

import httpx

from bot.domain.accounts import Secret
from platforms import json_files, proofs
from platforms.base import SECRET_HERE, FilePart, Progress, Request
from platforms.metering import Fence
from platforms.slices import Slice
from platforms.transport import CHUNK_BYTES, Outgoing

USER_AGENT = "Herald/0.1.0"
_ALWAYS = {"user-agent": USER_AGENT, "accept": "application/json, */*;q=0.5", "accept-encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What a request that is signed needs besides its keys."""

    at: datetime
    nonce: str | None = None
    """The one its server gave last."""


def build(
    request: Request,
    *,
    files: ExitStack,
    fence: Fence | None,
    progress: Progress | None = None,
    signing: Signing | None = None,
) -> Outgoing:
    """The request as the transport takes it; its files are opened into `files`, to be closed after the call.

    Raises OSError when a file cannot be opened or is shorter than the slice of it, and ValueError when the request has
    two bodies or a header that is not plain ASCII.
    """
    if (request.json is not None) + (request.secret_json is not None) + (request.content is not None) > 1:
        raise ValueError(f"{request.operation}: more than one body")
    headers = {**_ALWAYS, **{name.lower(): value for name, value in request.headers.items()}}
    if request.bearer is not None:
        headers["authorization"] = f"{request.bearer_word} {request.bearer.reveal()}"
    if request.basic is not None:
        headers["authorization"] = _basic(*request.basic)
    if request.secret_headers:
        headers |= {name.lower(): value.reveal() for name, value in request.secret_headers.items()}
    if signing is not None:
        request = _signed(request, headers, signing)
    body = _body(request, headers, files, progress)
    if isinstance(body, bytes):
        headers["content-length"] = str(len(body))
    if not "".join((*headers, *headers.values())).isascii():
        raise ValueError(f"{request.operation}: a header is not plain ASCII")
    return Outgoing(
        method=request.method,
        url=_address(request),
        headers=list(headers.items()),
        body=body,
        fence=fence,
        timeout_s=request.timeout_s,
        max_answer_bytes=request.max_answer_bytes,
    )


def _body(
    request: Request, headers: dict[str, str], files: ExitStack, progress: Progress | None
) -> bytes | AsyncIterator[bytes] | None:
    """The body, and what `headers` have to say of it."""
    if request.files and not request.whole_file:
        return _multipart(request, headers, [_opened_slice(part, files, progress) for part in request.files])
    if request.files:
        file = _opened_slice(request.files[0], files, progress)
        headers.setdefault("content-type", request.files[0].mime_type)
        headers["content-length"] = str(file.size)
        return _pieces(file)
    if request.json is None:
        return _content(request, headers)
    headers.setdefault("content-type", "application/json")
    texts, parts = json_files.around_files(request.json)
    if not parts:
        return texts[0]
    inside = [_opened_slice(part, files, progress) for part in parts]
    headers["content-length"] = str(json_files.size_of(texts, inside))
    return json_files.joined(texts, inside)


def needs_signing(request: Request) -> bool:
    """Whether a request carries something that is signed anew each time it is sent."""
    return request.dpop is not None or request.assertion is not None


def _signed(request: Request, headers: dict[str, str], signing: Signing) -> Request:
    """The request with what Herald asserts of itself in its form, and its proof in `headers`."""
    if request.dpop is not None:
        if request.bearer is not None:
            headers["authorization"] = f"DPoP {request.bearer.reveal()}"
        headers["dpop"] = proofs.proof(
            request.dpop,
            method=request.method,
            url=request.url,
            at=signing.at,
            nonce=signing.nonce,
            token=request.bearer,
        )
    if request.assertion is None:
        return request
    return replace(request, form=(*request.form, *proofs.asserted(request.assertion, signing.at)))


def as_httpx(outgoing: Outgoing) -> httpx.Request:
    """The same for transports that take httpx's requests."""
    extensions: dict[str, object] = {"timeout_s": outgoing.timeout_s, "max_answer_bytes": outgoing.max_answer_bytes}
    if outgoing.fence is not None:
        extensions["fence"] = outgoing.fence
    return httpx.Request(
        outgoing.method, outgoing.url, headers=outgoing.headers, content=outgoing.body, extensions=extensions
    )


def _address(request: Request) -> str:
    address = request.url
    if request.path_secret is not None:
        address = address.replace(SECRET_HERE, quote(request.path_secret.reveal(), safe=":"))
    if not request.query:
        return address
    url = httpx.URL(address)
    query = [*url.params.multi_items(), *((name, _opened(value)) for name, value in request.query)]
    return str(url.copy_with(query=urlencode(query).encode()))


def _basic(user: str, password: Secret) -> str:
    """Both parts are encoded as in a form first. Source: rfc-editor.org/rfc/rfc6749, 2.3.1, 2026-11-21."""
    return "Basic " + b64encode(f"{quote_plus(user)}:{quote_plus(password.reveal())}".encode()).decode()


def secrets(request: Request) -> Iterator[str]:
    """Every secret of the request, opened and as it was sent, to keep them out of what an answer echoes."""
    if request.bearer is not None:
        yield request.bearer.reveal()
    if request.path_secret is not None:
        yield request.path_secret.reveal()
        yield quote(request.path_secret.reveal(), safe=":")
    if request.basic is not None:
        yield request.basic[1].reveal()
        yield _basic(*request.basic).removeprefix("Basic ")
    yield from (value.reveal() for value in request.secret_headers.values())
    values = [value for _, value in (*request.form, *request.query)]
    values += (request.secret_json or {}).values()
    for value in values:
        if isinstance(value, Secret):
            yield value.reveal()
            yield quote_plus(value.reveal())


def _opened_slice(part: FilePart, files: ExitStack, progress: Progress | None) -> Slice:
    return Slice(files.enter_context(part.path.open("rb")), part, progress)


def _multipart(request: Request, headers: dict[str, str], opened: list[Slice]) -> AsyncIterator[bytes]:
    """The body in several parts, fields before files, and its type and length in `headers`."""
    fields: dict[str, list[str]] = {}
    for name, value in request.form:
        fields.setdefault(name, []).append(_opened(value))
    parts = [
        (part.field, (part.file_name, cast("BinaryIO", file), part.mime_type))
        for part, file in zip(request.files, opened, strict=True)
    ]
    encoded = httpx.Request(request.method, request.url, headers=headers, data=fields, files=parts)
    headers |= {name: value for name, value in encoded.headers.items() if name in _ABOUT_THE_BODY}
    return aiter(cast("AsyncIterable[bytes]", encoded.stream))


_ABOUT_THE_BODY = frozenset({"content-type", "content-length"})


def _content(request: Request, headers: dict[str, str]) -> bytes | None:
    """The body, and its type in `headers` unless the connector gave it."""
    if request.secret_json is not None:
        headers.setdefault("content-type", "application/json")
        return json_files.as_text({name: _opened(value) for name, value in request.secret_json.items()}).encode()
    if request.form:
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        return urlencode([(name, _opened(value)) for name, value in request.form]).encode()
    return request.content


def _opened(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


async def _pieces(file: Slice) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield piece
