"""A stage for a connector: a platform that follows a script, and a wire that notes which verb was used.

The wire on it is the real `HttpWire`, so what a connector sees of a failure is what it will see in production.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from enum import StrEnum
from typing import cast

import httpx

from bot.domain.calls import Call
from bot.domain.gates import Allowance
from platforms.base import Answer, Page, Request, Spec
from platforms.http import HttpWire
from platforms.transport import FaultKind, TransportFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request the connector is to send, and the recorded answer to it.

    `headers` are those that must be among the request's (names in any case). Of `json`, `content` and `parts` the given
    one must be the whole body, and none given leaves the body unchecked. `url` is without the query.
    """

    method: str
    url: str
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: object = None
    content: bytes | None = None
    parts: tuple[tuple[str, bytes], ...] | None = None
    """Fields and files of a form in several parts, in order: fields stand before files."""
    status: int = 200
    answer: object = None
    """JSON to answer with, or bytes."""
    answer_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    optional: bool = False
    """Whether the connector may do without it: a failure here may be swallowed."""
    bodiless: bool = False
    """Whether the answer's status says it all (the bytes of an upload), so that noise in its body goes unnoticed."""
    foreign: bool = False
    """Whether a service beside the account's own answers: its no to us says nothing of the account."""

    def answered(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer."""
        return respond(request, self.status, self.answer, self.answer_headers)


def respond(
    request: httpx.Request, status: int, body: object, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """An answer with a JSON body, or a raw one for bytes, or an empty one for None."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=dict(headers or {}), request=request)


class Fault(StrEnum):
    """What may happen at any step."""

    NOT_CONNECTED = "nothing written"
    LOST = "written, no answer"
    TIMED_OUT = "written, time over"
    SERVER_ERROR = "a 500 in nobody's form"
    GATEWAY_ERROR = "a 504 in nobody's form"
    GARBAGE = "a 200 that is not JSON"
    WRONG_SHAPE = "a 200 of another shape"
    WRONG_LIST = "a 200 that is a list"
    UNAUTHORIZED = "401 in the vendor's form"
    FORBIDDEN = "403 in the vendor's form"
    LIMITED = "429 in the vendor's form"


_STATUS = {Fault.UNAUTHORIZED: 401, Fault.FORBIDDEN: 403, Fault.LIMITED: 429}
_KINDS = {
    Fault.NOT_CONNECTED: FaultKind.UNREACHABLE,
    Fault.LOST: FaultKind.LOST,
    Fault.TIMED_OUT: FaultKind.TIMED_OUT,
}
_ANSWERS: Mapping[Fault, tuple[int, object]] = {
    Fault.SERVER_ERROR: (500, b"<html>oops</html>"),
    Fault.GATEWAY_ERROR: (504, b"<html>oops</html>"),
    Fault.GARBAGE: (200, b"<html>welcome</html>"),
    Fault.WRONG_SHAPE: (200, {"id": {"of": "another kind"}, "uri": 7, "cid": None}),
    Fault.WRONG_LIST: (200, [[1], None]),
}


class Script(httpx.AsyncBaseTransport):
    """Plays the steps in order and holds each request against its step; `breaks` says at which one what goes wrong."""

    def __init__(
        self, steps: Sequence[Step], *, breaks: tuple[int, Fault] | None = None, refusals: Mapping[int, bytes]
    ) -> None:
        self.requests: list[httpx.Request] = []
        self._steps = steps
        self._breaks = breaks
        self._refusals = refusals

    @property
    def finished(self) -> bool:
        """Whether every step was asked for."""
        return len(self.requests) == len(self._steps)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the next step, or break it."""
        number = len(self.requests)
        await request.aread()
        self.requests.append(request)
        broken = self._breaks is not None and number >= self._breaks[0]
        if number >= len(self._steps):
            if broken:  # after a swallowed failure a connector may go another way: nothing there answers
                raise TransportFault(FaultKind.UNREACHABLE, written=False)
            raise AssertionError(f"an unexpected request: {request.method} {request.url.path}")
        if self._breaks is not None and number == self._breaks[0]:
            return self._break(request, self._breaks[1])
        if not broken:
            compare(request, self._steps[number])
        return self._steps[number].answered(request)

    def _break(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        if kind := _KINDS.get(fault):
            raise TransportFault(kind, written=fault is not Fault.NOT_CONNECTED)
        if status := _STATUS.get(fault):
            return respond(request, status, self._refusals[status], {"content-type": "application/json"})
        status, body = _ANSWERS[fault]
        return respond(request, status, body)


def compare(request: httpx.Request, step: Step) -> None:
    """Hold a request against its step."""
    assert (request.method, str(request.url.copy_with(query=None))) == (step.method, step.url)
    if step.query is not None:
        assert dict(request.url.params) == dict(step.query)
    for name, value in step.headers.items():
        assert request.headers.get(name) == value, f"{step.url}: header {name}"
    if step.json is not None:
        assert json.loads(request.content) == step.json
    if step.content is not None:
        assert request.content == step.content
    if step.parts is not None:
        assert parts_of(request) == step.parts


def parts_of(request: httpx.Request) -> tuple[tuple[str, bytes], ...]:
    """The fields and files of a form in several parts; none of a body of another kind."""
    head = f"content-type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    return tuple(
        (str(part.get_param("name", header="content-disposition")), cast("bytes", part.get_payload(decode=True)))
        for part in message.iter_parts()
    )


class Pages:
    """Web pages that are always there."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """The page, if the case has it."""
        del max_image_bytes
        return self._pages.get(url)


class NotingWire:
    """The real wire, noting its verbs in order."""

    def __init__(self, spec: Spec, script: Script, pages: Mapping[str, Page]) -> None:
        self.verbs: list[str] = []
        self._wire = HttpWire(spec, script, pages=Pages(pages))

    async def read(self, request: Request) -> Answer:
        """Note and read."""
        self.verbs.append("read")
        return await self._wire.read(request)

    async def prepare(self, request: Request) -> Answer:
        """Note and prepare."""
        self.verbs.append("prepare")
        return await self._wire.prepare(request)

    async def create(self, request: Request) -> Answer:
        """Note and create."""
        self.verbs.append("create")
        return await self._wire.create(request)

    @property
    def calls(self) -> tuple[Call, ...]:
        """What the real one made."""
        return self._wire.calls

    @property
    def allowances(self) -> Mapping[str, Allowance]:
        """What the real one heard."""
        return self._wire.allowances

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """Fetch; pages are no request to the platform."""
        return await self._wire.page(url, max_image_bytes=max_image_bytes)
