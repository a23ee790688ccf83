"""How a condition changes what a network's server answers. Pages for people are never touched."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, LOSES_ANSWER, REFUSES_TEXT, SLOW, StandIn

_FIRST_FAILURE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What the network's own protocol has to say about a request; answers are in the vendor's form."""

    is_api: Callable[[web.Request], bool]
    is_creating: Callable[[web.Request], bool]
    """Whether the world would see the result."""
    away: Callable[[], web.Response]
    no_access: Callable[[web.Request], web.Response | None]
    """The refusal of a token or of a login; None for what needs neither."""
    no_text: Callable[[], web.Response]
    no_look: Callable[[web.Request], web.Response | None]
    """The refusal to show posts; None for what shows none. A network that is away answers otherwise."""


def weather(network: StandIn, customs: Customs) -> Middleware:
    """The outermost middleware of a stand-in: lets the present condition happen."""

    @web.middleware
    async def happen(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not customs.is_api(request):
            return await handler(request)
        if network.condition == SLOW:
            await asyncio.sleep(network.slow_s)
        refusal = _refusal(network, customs, request)
        if refusal is not None:
            _ = await request.read()
            return refusal
        answer = await handler(request)
        network.in_use = network.in_use or answer.status < _FIRST_FAILURE
        lost = network.condition in {LOSES_ANSWER, HIDES_POST} and answer.status < _FIRST_FAILURE
        if lost and customs.is_creating(request) and request.transport is not None:
            request.transport.abort()
            raise asyncio.CancelledError
        return answer

    return happen


def _refusal(network: StandIn, customs: Customs, request: web.Request) -> web.Response | None:
    if network.condition == DOWN:
        return customs.away()
    if network.condition == HIDES_POST:
        return customs.no_look(request)
    if network.condition == ACCESS_ENDED:
        return customs.no_access(request)
    if network.condition == REFUSES_TEXT and customs.is_creating(request):
        return customs.no_text()
    return None
