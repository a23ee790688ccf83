"""Names whose servers do not answer: they hold up neither other names nor what else runs on threads."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from bot import clock
from platforms.addresses import Guard, GuardedResolver

_STUCK = 40


async def test_names_that_nobody_answers_for_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answering, asked = threading.Event(), socket.getaddrinfo

    def ask(host: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401  # as the system's
        if host.endswith(".stuck.example"):
            answering.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return asked(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    webhooks, networks = GuardedResolver(Guard()), GuardedResolver(Guard(allow_loopback=True))
    stuck = [asyncio.create_task(webhooks.resolve(f"{number}.stuck.example", 443)) for number in range(_STUCK)]
    try:
        await asyncio.sleep(0.2)
        begun_s = clock.uptime_s()
        async with asyncio.timeout(5):
            (found,) = await networks.resolve("127.0.0.1", 443)
            assert await asyncio.to_thread(lambda: "read") == "read"
            (local, *_) = await networks.resolve("localhost", 443)
        assert clock.uptime_s() - begun_s < 2
        assert (found["host"], found["port"], found["hostname"]) == ("127.0.0.1", 443, "127.0.0.1")
        assert (local["host"], local["family"]) == ("127.0.0.1", socket.AF_INET)
    finally:
        answering.set()
        await asyncio.gather(*stuck, return_exceptions=True)
        await webhooks.close()
        await networks.close()
