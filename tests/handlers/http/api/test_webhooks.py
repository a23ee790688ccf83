"""The routes of webhooks; what is delivered is tested in tests/services/test_webhooks.py."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.webhooks import EVENTS
from bot.services import relaying
from platforms.addresses import Guard
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from storage import causes
from storage.tables import IdempotencyRow, WebhookDeliveryRow
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_contents import draft
from tests.handlers.http.api.test_door import error
from tests.handlers.http.api.test_repeating import let_a_minute_pass
from tests.toy_queue import Queue

_NEW = {"url": "https://hooks.example/in", "events": ["post.published"]}


@pytest.fixture
async def ours(toy: Queue) -> Caller:
    """A caller of a Herald that may tell webhooks."""
    transport = AiohttpTransport(guard=Guard())
    return await caller(replace(toy.deps, web=WebPages(transport)), toy.workspace_id)


async def test_a_webhook_is_made_shown_tried_and_deleted(ours: Caller) -> None:
    made = (await ours.call("POST", "/webhooks", _NEW)).json()
    assert made["status"] == "active"
    assert made["secret"].startswith("whsec_")
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert (await ours.call("GET", "/webhooks")).json() == {"data": [shown], "has_more": False, "total": 1}

    owed = (await ours.call("POST", f"/webhooks/{made['id']}/test")).json()
    assert owed["event"] == "webhook.test"
    one = (await ours.call("GET", f"/webhooks/{made['id']}")).json()
    assert [(delivery["id"], delivery["status"]) for delivery in one["deliveries"]] == [
        (owed["delivery_id"], "waiting")
    ]
    assert "secret" not in one

    assert (await ours.call("DELETE", f"/webhooks/{made['id']}")).json() == {"success": True}
    assert (await ours.call("GET", f"/webhooks/{made['id']}")).status_code == 404
    assert (await ours.call("GET", "/webhooks")).json()["total"] == 0


async def test_a_named_call_that_was_cut_off_makes_one_webhook(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/webhooks", _NEW, Idempotency_Key="k")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(status=None))
    await let_a_minute_pass(toy)

    again = await ours.call("POST", "/webhooks", _NEW, Idempotency_Key="k")

    assert again.json() == first.json()
    assert (await ours.call("GET", "/webhooks")).json()["total"] == 1


async def test_a_webhook_that_was_deleted_is_not_made_anew_by_the_call_that_made_it(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/webhooks", _NEW, Idempotency_Key="k")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(status=None))
    await ours.call("DELETE", f"/webhooks/{first.json()['id']}")
    await let_a_minute_pass(toy)

    for _ in range(3):
        assert error(await ours.call("POST", "/webhooks", _NEW, Idempotency_Key="k")) == (409, "conflict")
        assert (await ours.call("GET", "/webhooks")).json()["total"] == 0


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"url": "http://hooks.example/in"}, "url"),
        ({"url": 5}, "url"),
        ({"events": []}, "events"),
        ({"events": ["post.exploded"]}, "events"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_by_its_field(
    ours: Caller, change: dict[str, object], param: str
) -> None:
    answer = await ours.call("POST", "/webhooks", _NEW | change)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_request", param)


async def test_all_events_may_be_asked_for(ours: Caller) -> None:
    answer = await ours.call("POST", "/webhooks", _NEW | {"events": EVENTS})
    assert answer.json()["events"] == list(EVENTS)


async def test_a_key_for_one_brand_alone_is_told_of_no_webhook(toy: Queue) -> None:
    narrow = await caller(toy.deps, toy.workspace_id, brand=toy.brand)
    assert (await narrow.call("GET", "/webhooks")).status_code == 403


async def test_what_happens_to_missions_and_contents_is_told(ours: Caller) -> None:
    made = (await ours.call("POST", "/webhooks", _NEW | {"events": EVENTS})).json()
    mission = (await ours.call("POST", "/missions", {"name": "Spring", "platforms": ["toy"]})).json()
    assert (await ours.call("POST", f"/missions/{mission['id']}/pause")).status_code == 200
    assert (await ours.call("POST", f"/missions/{mission['id']}/pause")).status_code == 200
    assert (await ours.call("POST", f"/missions/{mission['id']}/resume")).status_code == 200
    draft = await ours.call("POST", "/posts", {"items": [{"post_type": "toy-post", "content": "Hello"}]})
    content_id = draft.json()["items"][0]["item_id"]
    assert (await ours.call("POST", f"/content/{content_id}/approve", {})).status_code == 200
    await relaying.tell_of_passed_in_turn(ours.deps)
    while await relaying.spread(ours.deps):
        pass

    told = (await ours.call("GET", f"/webhooks/{made['id']}")).json()["deliveries"]

    assert sorted(one["event"] for one in told) == [
        "content.approved",
        "content.created",
        "mission.created",
        "mission.paused",
        "mission.resumed",
        "mission.started",
    ]
    async with ours.deps.database.transaction() as session:
        assert not await causes.owe_passed(session, since=clock.now() - timedelta(days=1), now=clock.now())


async def test_what_was_said_of_a_content_is_told_with_where_it_stands(ours: Caller, toy: Queue) -> None:
    events = ["content.created", "content.approved", "content.rejected", "content.scheduled"]
    await ours.call("POST", "/webhooks", {**_NEW, "events": events})
    content_id = await draft(toy)

    async def told() -> dict[str, str]:
        while await relaying.spread(ours.deps):
            pass
        async with ours.deps.database.reading() as session:
            bodies = [json.loads(body) for body in await session.scalars(select(WebhookDeliveryRow.body))]
        (now,) = (await ours.call("GET", "/content")).json()["data"]
        return {body["event"]: body["data"]["status"] for body in bodies} | {"now": now["status"]}

    assert await told() == {"content.created": "draft", "now": "draft"}
    await ours.call("POST", f"/content/{content_id}/approve", {})
    assert await told() == {"content.created": "draft", "content.approved": "approved", "now": "approved"}
    await ours.call("POST", f"/content/{content_id}/reject", {})
    after = await told()
    assert (after["content.rejected"], after["now"]) == ("rejected", "rejected")
