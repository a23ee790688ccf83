"""Connections opened before they are needed."""

import asyncio

import httpx

from platforms.addresses import Guard
from platforms.transport import AiohttpTransport


class _Server:
    """Counts connections and requests; answers every request with an empty 200."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()


async def _started() -> tuple[_Server, asyncio.Server]:
    server = _Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    return server, listening


async def test_opened_connections_are_used_by_what_is_sent_next_and_nothing_is_sent_before() -> None:
    server, listening = await _started()
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        await transport.warm(f"{server.url}/anything", 20)
        await asyncio.sleep(0.05)
        assert (server.connections, server.requests) == (20, 0)
        calls = (transport.handle_async_request(httpx.Request("GET", server.url)) for _ in range(20))
        answers = await asyncio.gather(*calls)
        assert [answer.status_code for answer in answers] == [200] * 20
        assert (server.connections, server.requests) == (20, 20)
        await transport.warm(server.url, 5)
        assert server.connections == 20
    listening.close()


async def test_a_host_that_does_not_answer_or_may_not_be_reached_is_no_failure() -> None:
    server, listening = await _started()
    listening.close()
    await listening.wait_closed()
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        await transport.warm(server.url, 3)
    server, listening = await _started()
    async with AiohttpTransport() as transport:
        await transport.warm(server.url, 3)
    assert server.connections == 0
    listening.close()
