"""An HTTP proxy that breaks chosen requests: what happens when a network fails at the worst moment.

It stands before one upstream, passes whole requests and whole answers, and remembers them. A `Rule` (sandbox/faults.py,
which lists what can go wrong) picks requests by method and a piece of the path and says how they break and how often.
`away` closes the door altogether for a while.

As a program: `python -m sandbox.fault_proxy --listen 9300 --to 127.0.0.1:9200 --fault reset_after --path statuses`.
"""

import argparse
import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sandbox.faults import AFTER, BEFORE, FAULTS, LATE, Rule
from sandbox.messages import Message, read_message

__all__ = ["FAULTS", "FaultProxy", "Passage", "Rule"]

_PACKED = re.compile(rb"(\r\naccept-encoding: ?)[^\r]*", re.IGNORECASE)


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
        await self._open()
        return self

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()

    @asynccontextmanager
    async def away(self) -> AsyncGenerator[None]:
        """Connections are refused while the block lasts, and those there were are closed."""
        await self._close()
        try:
            yield
        finally:
            await self._open()

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
        if rule is not None and (before := BEFORE.get(rule.fault)) is not None:
            return await before(writer, rule)
        if rule is not None and rule.fault == LATE:
            await asyncio.sleep(rule.delay_s)
        passage.answer = await self._ask(passage.request, unpacked=rule is not None)
        if rule is not None and (after := AFTER.get(rule.fault)) is not None:
            return await after(writer, rule, passage.answer)
        writer.write(passage.answer.wire)
        await writer.drain()
        return not passage.answer.closes

    async def _ask(self, request: Message, *, unpacked: bool) -> Message:
        """Pass the request on, on a connection of its own, and read the whole answer.

        An answer that is to be spoilt is asked for `unpacked`, so that half of it is half of what the client reads.
        """
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(_PACKED.sub(b"\\1identity", request.wire, count=1) if unpacked else request.wire)
            await writer.drain()
            answer = await read_message(reader, head_only=request.method == "HEAD", is_answer=True)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        if answer is None:
            raise ConnectionResetError("the upstream closed without an answer")
        return answer


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
