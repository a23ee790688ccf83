"""A call that is over sends nothing more, whatever kept it."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from platforms.addresses import Guard
from platforms.transport import AiohttpTransport, FaultKind, Outgoing, TransportFault

_BODY = bytes(32 * 1024 * 1024)
_TIMEOUT_S = 0.6
_IN_BUFFERS = 256 * 1024
"""What the process itself may have handed on before it was stopped."""


class _SlowPeer:
    """A server that reads a little, pauses, reads on, and never answers."""

    def __init__(self, listening: socket.socket) -> None:
        self.read = 0
        self.begun, self.go_on = Event(), Event()
        self._listening = listening

    def run(self) -> None:
        peer, _ = self._listening.accept()
        with peer:
            self._take(peer.recv(65_536))
            self.begun.set()
            self.go_on.wait(10)
            while piece := self._piece(peer):
                self._take(piece)

    def _take(self, piece: bytes) -> None:
        self.read += len(piece)

    @staticmethod
    def _piece(peer: socket.socket) -> bytes:
        try:
            return peer.recv(1 << 20)
        except ConnectionResetError:
            return b""


@contextmanager
def slow_peer() -> Iterator[tuple[_SlowPeer, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        peer = _SlowPeer(listening)
        thread = Thread(target=peer.run, daemon=True)
        thread.start()
        yield peer, f"http://127.0.0.1:{listening.getsockname()[1]}/films"
        peer.go_on.set()
        thread.join(10)


async def _send(url: str) -> FaultKind:
    outgoing = Outgoing(
        method="POST", url=url, headers=[("content-length", str(len(_BODY)))], body=_BODY, timeout_s=_TIMEOUT_S
    )
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        with pytest.raises(TransportFault) as broken:
            await transport.exchange(outgoing)
    assert broken.value.written
    return broken.value.kind


async def test_a_process_that_was_stopped_in_a_body_does_not_send_the_rest_when_it_wakes() -> None:
    with slow_peer() as (peer, url):
        sending = asyncio.create_task(_send(url))
        await asyncio.to_thread(peer.begun.wait, 10)
        peer.go_on.set()
        time.sleep(_TIMEOUT_S + 1.5)  # noqa: ASYNC251  # as SIGSTOP does; meanwhile the peer reads what had left
        had_left = peer.read
        assert await sending is FaultKind.TIMED_OUT
    assert had_left < len(_BODY)
    assert peer.read - had_left < _IN_BUFFERS
