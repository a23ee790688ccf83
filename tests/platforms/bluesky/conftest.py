"""What the tests of the Bluesky connector share."""

from collections.abc import AsyncIterator

import httpx
import pytest

from platforms.addresses import Guard
from platforms.transport import AiohttpTransport
from tests.servers.pds import pds

__all__ = ["pds"]


@pytest.fixture
async def transport() -> AsyncIterator[httpx.AsyncBaseTransport]:
    """The real transport, allowed to reach loopback."""
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as opened:
        yield opened
