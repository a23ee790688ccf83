"""What can go wrong with one HTTP request, for sandbox/fault_proxy.py.

Faults named `…_after` let the upstream carry the request out first, `…_before` do not:

    reset_before    the connection is reset; the upstream never hears of it
    hang_before     silence until the client gives up; the upstream never hears of it
    500_before      answer 500; the upstream never hears of it
    429             answer 429, with Retry-After or without; the upstream never hears of it
    late            the upstream hears of it only after `delay_s`, also when the client has gone by then
    slow            carried out and answered whole, after `delay_s`
    reset_after     carried out; then the connection is reset instead of an answer
    hang_after      carried out; then silence until the client gives up
    500_after       carried out; then answer 500
    502_after       carried out; then answer 502 with a page of HTML
    504_after       carried out; then answer 504
    truncate_after  carried out; then half the answer's body
    cut_after       carried out; then half the answer's body, and nothing that tells that it is half
    drip_after      carried out; then the answer, one byte each `delay_s`
    garble_after    carried out; then an answer with the right status and a body of noise
    shape_after     carried out; then an answer with the right status and JSON of another shape
    empty_after     carried out; then an answer with the right status and no body
    huge_after      carried out; then the answer, followed by blanks without an end
    bomb_after      carried out; then the answer, packed together with very many blanks
    interim_after   carried out; then some interim answers, and the right one
    chatter_after   carried out; then interim answers without an end
"""

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sandbox.messages import Message

LATE = "late"
_BOMB_BYTES = 64 * 1024 * 1024
_INTERIM = (
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
)
_ERROR_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def is_like(request: Message, method: str, path: str, header: str = "") -> bool:
    """Whether a request has this method, this piece in its path, and this one in a line of its head."""
    lines = (f"{name.lower()}: {value}" for name, value in request.headers)
    return (
        method.upper() in {"", request.method}
        and path in request.path
        and (not header or any(header in line for line in lines))
    )


@dataclass(kw_only=True)
class Rule:
    """Which requests break, and how. `times` counts down; None is for ever. `method` "" is any.

    `header` is a piece of a line such as `content-range: bytes */9`, the name in lower case; "" is any.
    """

    fault: str
    method: str = ""
    path: str = ""
    times: int | None = None
    delay_s: float = 1.0
    retry_after_s: int | None = 1
    """What a 429 says; None: nothing."""
    header: str = ""

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"no such fault: {self.fault}; there are {', '.join(FAULTS)}")

    def takes(self, request: Message) -> bool:
        """Whether this request is to break; if so, it is counted."""
        if self.times == 0 or not is_like(request, self.method, self.path, self.header):
            return False
        if self.times is not None:
            self.times -= 1
        return True


async def _reset_before(writer: asyncio.StreamWriter, rule: Rule) -> bool:
    del rule
    return _reset(writer)


async def _hang(*_: object) -> bool:
    await asyncio.Event().wait()
    return False


async def _error_before(writer: asyncio.StreamWriter, rule: Rule) -> bool:
    del rule
    return await _say(writer, "500 Internal Server Error")


async def _slow_down(writer: asyncio.StreamWriter, rule: Rule) -> bool:
    headers = "" if rule.retry_after_s is None else f"Retry-After: {rule.retry_after_s}\r\n"
    return await _say(writer, "429 Too Many Requests", headers)


async def _slow(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    await asyncio.sleep(rule.delay_s)
    return await _whole(writer, answer)


async def _reset_after(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    del rule, answer
    return _reset(writer)


def _instead(status: str, body: bytes = b"", kind: str = "text/plain") -> "After":
    async def say(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
        del rule, answer
        return await _say(writer, status, body=body, kind=kind)

    return say


def _with_body(body: bytes) -> "After":
    async def say(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
        del rule
        return await _say(writer, _status(answer), body=body, kind="application/json")

    return say


async def _truncate(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    del rule
    writer.write(_head(_status(answer), f"Content-Length: {len(answer.body) + 1}\r\n"))
    writer.write(answer.body[: len(answer.body) // 2])
    await writer.drain()
    return False


async def _cut(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    del rule
    writer.write(_head(_status(answer), "Connection: close\r\n") + answer.body[: len(answer.body) // 2])
    await writer.drain()
    return False


async def _drip(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    writer.write(_head(_status(answer), f"Content-Length: {len(answer.body)}\r\n"))
    for byte in answer.body:
        await writer.drain()
        await asyncio.sleep(rule.delay_s)
        writer.write(bytes((byte,)))
    await writer.drain()
    return True


async def _huge(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    """What ends it is the client."""
    del rule
    writer.write(_head(_status(answer), "Connection: close\r\n") + answer.body)
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def _bomb(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    del rule
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    packed = packer.compress(answer.body) + packer.compress(b" " * _BOMB_BYTES) + packer.flush()
    writer.write(_head(_status(answer), f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n") + packed)
    await writer.drain()
    return True


async def _interim(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    del rule
    for one in _INTERIM:
        writer.write(one)
    return await _whole(writer, answer)


async def _chatter(writer: asyncio.StreamWriter, rule: Rule, answer: Message) -> bool:
    """What ends it is the client."""
    del rule, answer
    while True:
        writer.write(_INTERIM[0])
        await writer.drain()
        await asyncio.sleep(0.05)


Before = Callable[[asyncio.StreamWriter, Rule], Awaitable[bool]]
"""Answers a request of which the upstream does not hear. False when the connection is over."""
After = Callable[[asyncio.StreamWriter, Rule, Message], Awaitable[bool]]
"""Hands the upstream's answer on, or not. False when the connection is over."""

BEFORE: Mapping[str, Before] = {
    "reset_before": _reset_before,
    "hang_before": _hang,
    "500_before": _error_before,
    "429": _slow_down,
}
AFTER: Mapping[str, After] = {
    "slow": _slow,
    "reset_after": _reset_after,
    "hang_after": _hang,
    "500_after": _instead("500 Internal Server Error"),
    "502_after": _instead("502 Bad Gateway", _ERROR_PAGE, "text/html"),
    "504_after": _instead("504 Gateway Timeout"),
    "truncate_after": _truncate,
    "cut_after": _cut,
    "drip_after": _drip,
    "garble_after": _with_body(b"\x00\xff<<noise>>"),
    "shape_after": _with_body(json.dumps({"data": [{"result": "ok"}], "errors": None}).encode()),
    "empty_after": _with_body(b""),
    "huge_after": _huge,
    "bomb_after": _bomb,
    "interim_after": _interim,
    "chatter_after": _chatter,
}
FAULTS = (*BEFORE, LATE, *AFTER)


def _status(answer: Message) -> str:
    return answer.start.partition(" ")[2]


def _head(status: str, headers: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Type: {kind}\r\n\r\n".encode()


async def _say(
    writer: asyncio.StreamWriter, status: str, headers: str = "", body: bytes = b"", kind: str = "text/plain"
) -> bool:
    writer.write(_head(status, f"{headers}Content-Length: {len(body)}\r\n", kind) + body)
    await writer.drain()
    return True


async def _whole(writer: asyncio.StreamWriter, answer: Message) -> bool:
    writer.write(answer.wire)
    await writer.drain()
    return not answer.closes


def _reset(writer: asyncio.StreamWriter) -> bool:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
