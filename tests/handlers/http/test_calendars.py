"""A brand's calendar feed: read back as any calendar program reads it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import icalendar
import pytest

from bot import clock
from bot.domain.publication import State
from bot.services import calendars
from handlers.http.app import application
from tests import factories
from tests.handlers.http.api.caller import HERE, caller
from tests.handlers.http.api.conftest import network, toy
from tests.toy_queue import Queue

_ = network, toy


pytestmark = pytest.mark.one_engine


@pytest.fixture
async def client(toy: Queue) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    transport = httpx.ASGITransport(application(toy.deps, public_url=HERE))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as one:
        yield one


async def test_nothing_in_a_text_makes_the_feed_one_that_programs_refuse(toy: Queue, client: httpx.AsyncClient) -> None:
    await toy.post("Bell\x07, escape\x1b[1m,\ttab and delete\x7f", due_at=clock.now() + timedelta(days=1))
    path = await calendars.open_feed(toy.deps, toy.workspace_id, toy.brand.id, asked_by="tests")

    content = (await client.get(path)).content

    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert event["summary"] == "Toy: Bell, escape[1m, tab and delete"
    assert {byte for byte in content if byte < 32 or byte == 127} == {10, 13}


async def test_the_feed_has_planned_and_published_posts_and_no_others(toy: Queue, client: httpx.AsyncClient) -> None:
    now = clock.now().replace(microsecond=0)
    live = await toy.post("Hello " + "world " * 100)
    async with toy.working():
        await toy.until(live, State.PUBLISHED)
    planned = await toy.post("Tomorrow; with, commas\nand lines", due_at=now + timedelta(days=1))
    await toy.post("Next year", due_at=now + timedelta(days=400))
    path = await calendars.open_feed(toy.deps, toy.workspace_id, toy.brand.id, asked_by="tests")

    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.content)
    events: dict[str, Any] = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    assert set(events) == {f"{live}@herald", f"{planned}@herald"}
    event = events[f"{planned}@herald"]
    assert event["dtstart"].dt == now + timedelta(days=1)
    assert event["dtstart"].dt.utcoffset() == timedelta(0)
    assert event["dtstart"].to_ical().endswith(b"Z")
    assert event["summary"] == "Toy: Tomorrow; with, commas and lines"
    assert event["status"] == "TENTATIVE"
    gone_out = events[f"{live}@herald"]
    assert gone_out["url"] == f"{toy.network.url}/posts/0"
    assert len(str(gone_out["summary"])) == 80
    assert gone_out["status"] == "CONFIRMED"
    assert b"toy-token" not in answer.content
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


async def test_what_did_not_change_is_not_sent_again(toy: Queue, client: httpx.AsyncClient) -> None:
    path = await calendars.open_feed(toy.deps, toy.workspace_id, toy.brand.id, asked_by="tests")
    tag = (await client.get(path)).headers["etag"]

    assert (await client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})).status_code == 304
    await toy.post("New", due_at=clock.now() + timedelta(days=1))
    again = await client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["etag"] != tag


async def test_a_feed_is_opened_replaced_and_revoked_over_http(toy: Queue, client: httpx.AsyncClient) -> None:
    ours = await caller(toy.deps, toy.workspace_id)
    assert (await ours.call("GET", "/calendar/feed")).json()["active"] is False
    first = (await ours.call("POST", "/calendar/feed")).json()["url"]
    second = (await ours.call("POST", "/calendar/feed?brand=Juniper")).json()["url"]

    assert (await client.get(first)).status_code == 404
    assert (await client.get(second)).status_code == 200
    assert (await ours.call("GET", "/calendar/feed")).json()["active"] is True
    assert (await ours.call("DELETE", "/calendar/feed")).json() == {"success": True}
    assert (await client.get(second)).status_code == 404
    assert (await ours.call("DELETE", "/calendar/feed")).status_code == 404


async def test_a_key_for_another_brand_opens_no_feed_of_this_one(toy: Queue) -> None:
    other = await factories.make_brand(toy.deps.database, toy.workspace_id, name="Fern")
    narrow = await caller(toy.deps, toy.workspace_id, brand=other)

    assert (await narrow.call("POST", "/calendar/feed?brand=Juniper")).status_code == 404
    assert (await narrow.call("POST", "/calendar/feed")).json()["brand_id"] == other.id


@pytest.mark.parametrize("token", ["", "x", "x" * 500, "%00", "é", "..%2F"])
async def test_a_guess_finds_nothing(client: httpx.AsyncClient, token: str) -> None:
    assert (await client.get(f"/calendar/{token}.ics")).status_code == 404
