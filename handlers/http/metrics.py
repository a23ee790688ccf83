"""`/metrics` in the form Prometheus reads: what this process did, and what waits in the database."""

import asyncio
import hmac
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import clock
from bot.domain.accounts import Secret
from bot.services import measures
from bot.services.deps import Deps
from bot.services.tally import Spread, Tally

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_PAGES = frozenset(
    {"healthz", "readyz", "metrics", "media", "guides", "calendar", "connect", "oauth", "slack", "docs", "openapi.json"}
)
"""The first words of paths that are no part of the API; any other is nobody's."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
ROUTE = "herald.route"
"""Where in a call's scope the API writes which endpoint served it."""


def metrics_routes(deps: Deps, token: Secret | None) -> list[Route]:
    """`GET /metrics`; none without a token to open it with."""
    if token is None:
        return []

    async def serve(request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        good = hmac.compare_digest(given.strip().encode(), token.reveal().encode())
        if scheme.lower() != "bearer" or not good:
            headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
            return PlainTextResponse("Send HERALD_METRICS_TOKEN as a Bearer token.", status_code=401, headers=headers)
        depths = await measures.depths(deps)
        content, kind = await asyncio.to_thread(_written, deps.tally, depths)
        return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})

    return [Route("/metrics", serve, methods=["GET"])]


def counting(app: ASGIApp, tally: Tally) -> ASGIApp:
    """The application, with its answers counted by method, route and status."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        begun_s, status = clock.uptime_s(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            tally.calls[method, _route(scope), status].add(clock.uptime_s() - begun_s)

    return counted


def _route(scope: Scope) -> str:
    """Never what callers make up: they could make up without end."""
    if ROUTE in scope:
        return str(scope[ROUTE])
    first = str(scope["path"]).removeprefix("/").partition("/")[0]
    return f"/{first}" if first in _PAGES else "other"


def _written(tally: Tally, depths: Mapping[str, int]) -> tuple[bytes, str]:
    """The text and its media type."""
    from prometheus_client import (  # noqa: PLC0415  # 12 MB that a process needs only when it is asked
        CONTENT_TYPE_LATEST,
        CollectorRegistry,
        PlatformCollector,
        ProcessCollector,
        generate_latest,
    )
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Collected(Collector):
        """The tally as the library wants it."""

        def collect(self) -> Iterable["Metric"]:
            """Everything of ours."""
            return _families(tally, depths)

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(Collected())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _families(tally: Tally, depths: Mapping[str, int]) -> "Iterable[Metric]":
    from prometheus_client.core import (  # noqa: PLC0415  # as above
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )

    yield InfoMetricFamily("herald", "Which Herald this is.", value={"version": version("herald")})
    ends = CounterMetricFamily("herald_items", "Post items of this process by how they ended.", labels=["outcome"])
    for outcome in ("published", "failed", "missed"):
        ends.add_metric([outcome], tally.items[outcome])
    yield ends
    lateness = HistogramMetricFamily("herald_lateness_seconds", "Seconds after the planned second.")
    lateness.add_metric([], *_buckets(tally.lateness))
    yield lateness
    steps = HistogramMetricFamily("herald_queue_seconds", "Seconds a transaction of the queue took.", labels=["step"])
    for step, spread in sorted(tally.steps.items()):
        steps.add_metric([step], *_buckets(spread))
    yield steps
    answers = HistogramMetricFamily(
        "herald_http_seconds", "Seconds an answer over HTTP took.", labels=["method", "route", "status"]
    )
    for (method, route, status), spread in sorted(tally.calls.items()):
        answers.add_metric([method, route, str(status)], *_buckets(spread))
    yield answers
    tries = CounterMetricFamily("herald_webhook_tries", "Tries to tell a webhook, by result.", labels=["result"])
    for result in ("taken", "failed"):
        tries.add_metric([result], tally.deliveries[result])
    yield tries
    waiting = GaugeMetricFamily("herald_waiting", "What waits in the database, at most 10000 each.", labels=["what"])
    for what, count in depths.items():
        waiting.add_metric([what], count)
    yield waiting


def _buckets(spread: Spread) -> tuple[list[tuple[str, float]], float]:
    """Counts up to each limit, and the sum."""
    counted, so_far = list[tuple[str, float]](), 0
    for limit, count in zip((*map(str, spread.limits), "+Inf"), spread.counts, strict=True):
        so_far += count
        counted.append((limit, so_far))
    return counted, spread.total
