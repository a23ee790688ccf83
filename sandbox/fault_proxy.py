"""An HTTP proxy that breaks chosen requests: what happens when a network fails at the worst moment.

It stands before one upstream, passes whole requests and whole answers, and remembers them. A `Rule` picks requests by
method and a piece of the path and says what goes wrong, how often. Faults named `…_after` let the upstream carry the
request out first, `…_before` do not:

    reset_before    the connection is reset; the upstream never hears of it
    500_before      answer 500; the upstream never hears of it
    429             answer 429 with Retry-After; the upstream never hears of it
    slow            carried out and answered whole, after `delay_s`
    reset_after     carried out; then the connection is reset instead of an answer
    hang_after      carried out; then silence until the client gives up
    504_after       carried out; then answer 504
    truncate_after  carried out; then half the answer's body
    garble_after    carried out; then an answer with the right status and a body of noise

As a program: `python -m sandbox.fault_proxy --listen 9300 --to 127.0.0.1:9200 --fault reset_after --path statuses`.
"""

import argparse
import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

FAULTS = (
    "reset_before",
    "500_before",
    "429",
    "slow",
    "reset_after",
    "hang_after",
    "504_after",
    "truncate_after",
    "garble_after",
)
LONGEST_HEAD_BYTES = 65_536
_BODILESS = frozenset({204, 304})


@dataclass(kw_only=True)
class Rule:
    """Which requests break, and how. `times` counts down; None is for ever. `method` "" is any."""

    fault: str
    method: str = ""
    path: str = ""
    times: int | None = None
    delay_s: float = 1.0
    retry_after_s: int = 1

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"no such fault: {self.fault}; there are {', '.join(FAULTS)}")

    def takes(self, request: "Message") -> bool:
        """Whether this request is to break; if so, it is counted."""
        fits = self.method.upper() in {"", request.method} and self.path in request.path
        if not fits or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(kw_only=True)
class Message:
    """A whole request or answer, as bytes on the wire."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    wire: bytes = field(default=b"", repr=False)
    """The message exactly as it came."""

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start.split(" ")[0]

    @property
    def path(self) -> str:
        """Of a request, with its query."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start.split(" ")[1])

    def header(self, name: str) -> str:
        """The header's value, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def closes(self) -> bool:
        """Whether the sender ends the connection after this."""
        return self.header("connection").lower() == "close" or self.start.endswith("HTTP/1.0")


@dataclass(kw_only=True)
class Passage:
    """One request that came by, and what became of it."""

    request: Message
    fault: str | None
    answer: Message | None = None
    """What the upstream answered; None when it was never asked."""


class FaultProxy:
    """The proxy. Open it with `async with`; change `rules` whenever you like; read `passages` afterwards."""

    def __init__(self, upstream: tuple[str, int], rules: Sequence[Rule] = (), *, port: int = 0) -> None:
        self.rules = list(rules)
        self.passages: list[Passage] = []
        self._upstream = upstream
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self._port}"

    def count(self, method: str, path: str = "") -> int:
        """How many such requests the upstream has carried out."""
        return sum(
            passage.answer is not None and passage.request.method == method and path in passage.request.path
            for passage in self.passages
        )

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_message(reader)) is not None:
                rule = next((rule for rule in self.rules if rule.takes(request)), None)
                passage = Passage(request=request, fault=rule.fault if rule else None)
                self.passages.append(passage)
                if not await self._handle(passage, rule, writer) or request.closes:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _handle(self, passage: Passage, rule: Rule | None, writer: asyncio.StreamWriter) -> bool:
        """Answer, or fail to. False when the connection is over."""
        fault = passage.fault or ""
        if fault == "reset_before":
            return _reset(writer)
        if fault == "500_before":
            return await _say(writer, "500 Internal Server Error")
        if rule is not None and fault == "429":
            return await _say(writer, "429 Too Many Requests", f"Retry-After: {rule.retry_after_s}\r\n")
        passage.answer = await self._ask(passage.request)
        if rule is not None:
            await asyncio.sleep(rule.delay_s if fault == "slow" else 0)
        return await self._deliver(passage.answer, fault, writer)

    async def _deliver(self, answer: Message, fault: str, writer: asyncio.StreamWriter) -> bool:
        """Hand the upstream's answer on, or not. False when the connection is over."""
        if fault == "reset_after":
            return _reset(writer)
        if fault == "hang_after":
            await asyncio.Event().wait()
        if fault == "504_after":
            return await _say(writer, "504 Gateway Timeout")
        if fault == "truncate_after":
            return await _truncated(writer, answer)
        if fault == "garble_after":
            return await _say(writer, answer.start.partition(" ")[2], body=b"\x00\xff<<noise>>")
        writer.write(answer.wire)
        await writer.drain()
        return not answer.closes

    async def _ask(self, request: Message) -> Message:
        """Pass the request on, on a connection of its own, and read the whole answer."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request.wire)
            await writer.drain()
            answer = await read_message(reader, head_only=request.method == "HEAD", is_answer=True)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        if answer is None:
            raise ConnectionResetError("the upstream closed without an answer")
        return answer


async def read_message(
    reader: asyncio.StreamReader, *, head_only: bool = False, is_answer: bool = False
) -> Message | None:
    """The next whole message; None at a clean end. Raises IncompleteReadError when it is cut off."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines[1:] if line]
    message = Message(start=lines[0], headers=[(name, value.strip()) for name, _, value in pairs])
    raw = b""
    if is_answer and 100 <= message.status < 200:  # noqa: PLR2004  # interim: the real answer follows
        return await read_message(reader, head_only=head_only, is_answer=True)
    if "chunked" in message.header("transfer-encoding").lower():
        raw, message.body = await _read_chunks(reader)
    elif length := message.header("content-length"):
        raw = b"" if head_only else await reader.readexactly(int(length))
        message.body = raw
    elif is_answer and not head_only and message.status not in _BODILESS:
        message.headers.append(("Connection", "close"))
        raw = message.body = await reader.read()
    message.wire = head + raw
    return message


async def _read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The chunks as they came, and the body they make."""
    raw = body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        piece = await reader.readexactly(size + 2)
        raw += line + piece
        body += piece[:-2]
        if size == 0:
            return raw, body


async def _say(writer: asyncio.StreamWriter, status: str, headers: str = "", body: bytes = b"") -> bool:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return True


async def _truncated(writer: asyncio.StreamWriter, answer: Message) -> bool:
    head = f"{answer.start}\r\nContent-Type: application/json\r\nContent-Length: {len(answer.body) + 1}\r\n\r\n"
    writer.write(head.encode() + answer.body[: len(answer.body) // 2])
    await writer.drain()
    return False


def _reset(writer: asyncio.StreamWriter) -> bool:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def _run(arguments: argparse.Namespace) -> None:
    host, _, port = arguments.to.rpartition(":")
    rules = [
        Rule(fault=fault, method=arguments.method, path=arguments.path, times=arguments.times)
        for fault in arguments.fault
    ]
    async with FaultProxy((host, int(port)), rules, port=arguments.listen) as proxy:
        print(f"{proxy.url} -> {arguments.to}", flush=True)  # noqa: T201  # its one line of output
        await asyncio.Event().wait()


def main(words: Sequence[str] | None = None) -> None:
    """Run the proxy until interrupted."""
    parser = argparse.ArgumentParser(description="Break chosen HTTP requests.")
    parser.add_argument("--listen", type=int, required=True, metavar="PORT")
    parser.add_argument("--to", required=True, metavar="HOST:PORT")
    parser.add_argument("--fault", action="append", choices=FAULTS, default=[])
    parser.add_argument("--method", default="POST", help="which method breaks; empty for any (default: POST)")
    parser.add_argument("--path", default="", help="a piece of the paths that break (default: any)")
    parser.add_argument("--times", type=int, default=None, help="how often it breaks (default: always)")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args(words)))


if __name__ == "__main__":
    main()
