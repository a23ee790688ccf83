"""`/metrics`: read back as Prometheus reads it."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.publication import State
from handlers.http.app import application
from tests.handlers.http.api.caller import HERE
from tests.handlers.http.api.conftest import network, toy
from tests.toy_queue import Queue

_ = network, toy
_TOKEN = "scrape-me"  # noqa: S105  # a test's
_GOOD = {"Authorization": f"Bearer {_TOKEN}"}


@pytest.fixture
async def client(toy: Queue) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever scrapes."""
    app = application(toy.deps, public_url=HERE, metrics_token=Secret(_TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as one:
        yield one


async def _scraped(client: httpx.AsyncClient) -> Mapping[tuple[str, str], float]:
    answer = await client.get("/metrics", headers=_GOOD)
    assert answer.status_code == 200
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_what_the_process_did_and_what_waits_is_told(toy: Queue, client: httpx.AsyncClient) -> None:
    live, dead = await toy.post("Hello"), await toy.post("Bad")
    toy.network.behaviour = lambda text: "422" if text == "Bad" else "ok"
    await toy.post("Later", due_at=clock.now() + timedelta(days=1))
    async with toy.working():
        await toy.until(live, State.PUBLISHED)
        await toy.until(dead, State.FAILED)
    await client.get("/healthz")
    await client.get("/api/v1/webhooks/whk_secret_id")
    await client.get("/made-up-by-a-caller")

    seen = await _scraped(client)

    assert seen["herald_items_total", "published"] == 1
    assert seen["herald_items_total", "failed"] == 1
    assert seen["herald_lateness_seconds_count", ""] == 1
    assert seen["herald_waiting", "scheduled"] == 1
    assert seen["herald_waiting", "sending"] == 0
    assert seen["herald_queue_seconds_count", "settle"] >= 1
    assert seen["herald_http_seconds_count", "GET,/healthz,200"] == 1
    assert seen["herald_http_seconds_count", "GET,/webhooks/{webhook_id},401"] == 1
    assert seen["herald_http_seconds_count", "GET,other,404"] == 1
    assert seen["process_resident_memory_bytes", ""] > 0
    assert not any("whk_secret_id" in labels or toy.workspace_id in labels for _, labels in seen)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {_TOKEN}"}])
async def test_without_the_token_nothing_is_told(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert "herald_items" not in answer.text


async def test_where_no_token_is_set_there_are_no_metrics(toy: Queue) -> None:
    transport = httpx.ASGITransport(application(toy.deps, public_url=HERE))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        assert (await client.get("/metrics", headers=_GOOD)).status_code == 404
