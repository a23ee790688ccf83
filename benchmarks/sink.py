"""The network: answers every POST after a fixed time and remembers when the request's last byte was in.

Its own process, speaking just enough HTTP/1.1 by hand that it is not what is measured. It obeys its standard input: an
empty line is answered with the arrivals so far, by key, as one line of JSON, the line "count" with the number of keys;
the end of it ends the process. `GET /posts/KEY` says whether that post is there: its id, or null.
Run as `python -m benchmarks.sink LATENCY_S`; the first line of its output is its port.
"""

import asyncio
import json
import sys
import time

_KEY = b'"key":"'
_KEY_HEADER = b"idempotency-key:"
_LENGTH = b"content-length:"
_END = b"\r\n\r\n"


class Arrivals:
    """What the sink has seen, and how long it waits before it answers."""

    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.by_key: dict[str, list[float]] = {}


class Connection(asyncio.Protocol):
    """One client connection. Requests come one after the other, as our clients send them."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._received = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101  # it is a stream's
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect until the request is whole, then stamp it and answer in time."""
        at_s = time.time()
        self._received += data
        head_end = self._received.find(_END)
        if head_end < 0:
            return
        head = bytes(self._received[:head_end]).lower()
        if _LENGTH not in head:
            del self._received[: head_end + len(_END)]
            self._look_up(head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode())
            return
        start = head.index(_LENGTH) + len(_LENGTH)
        length = int(head[start:].split(b"\r\n", 1)[0])
        whole = head_end + len(_END) + length
        if len(self._received) < whole:
            return
        body = bytes(self._received[head_end + len(_END) : whole])
        del self._received[:whole]
        key = _key_of(head, body)
        self._arrivals.by_key.setdefault(key, []).append(at_s)
        if self._arrivals.latency_s:
            asyncio.get_running_loop().call_later(self._arrivals.latency_s, self._answer, key)
        else:
            self._answer(key)

    def _look_up(self, key: str) -> None:
        if key in self._arrivals.by_key:
            self._answer(key)
        else:
            self._write(b"200 OK", b'{"id":null}')

    def _answer(self, key: str) -> None:
        body = json.dumps({"id": key, "url": f"http://sink.example/{key}"}).encode()
        self._write(b"200 OK", body)

    def _write(self, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head + body)


def _key_of(head: bytes, body: bytes) -> str:
    """The post's key: in a header, as Mastodon has it, or in the body."""
    if (at := head.find(_KEY_HEADER)) >= 0:
        return head[at + len(_KEY_HEADER) :].split(b"\r\n", 1)[0].strip().decode()
    return body[body.index(_KEY) + len(_KEY) :].split(b'"', 1)[0].decode()


async def serve(latency_s: float) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    arrivals = Arrivals(latency_s)
    server = await loop.create_server(lambda: Connection(arrivals), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    while question := await loop.run_in_executor(None, sys.stdin.readline):
        counted = question.strip() == "count"
        print(len(arrivals.by_key) if counted else json.dumps(arrivals.by_key), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
