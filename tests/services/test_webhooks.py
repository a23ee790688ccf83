"""Webhooks against a real receiver: what they are told, once each, signed, again when it fails; on both databases."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from sqlalchemy import event, select, update
from standardwebhooks import Webhook as Verifier

from bot import clock
from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.publication import State
from bot.domain.webhooks import EVENTS, TEST, WAITS
from bot.services import editing, relaying, webhooks
from bot.services.events import events_of
from bot.services.relaying import Relay
from platforms.addresses import Guard
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from storage import rotation
from storage import webhooks as stored
from storage.causes import Cause
from storage.tables import NoticeRow, PostItemRow, WebhookCauseRow, WebhookDeliveryRow, WebhookRow
from storage.vault import Vault
from tests import factories
from tests.toy_queue import Queue

if TYPE_CHECKING:
    from bot.services.deps import Deps

_WORDS = ("post.published", "post.failed", "content.published", "content.failed")


@dataclass
class Receiver:
    """A program that is told of things. `answers` says with which status, given how often it was asked before."""

    url: str = ""
    got: list[tuple[Mapping[str, str], str]] = field(default_factory=list)
    answers: Callable[[int], int] = lambda _: 204
    gate: asyncio.Event | None = None

    async def take(self, request: web.Request) -> web.Response:
        """POST of a delivery."""
        self.got.append((dict(request.headers), await request.text()))
        status = self.answers(len(self.got) - 1)
        if self.gate is not None:
            await self.gate.wait()
        headers = {"location": f"{self.url}/elsewhere"} if status == 302 else {}
        return web.Response(status=status, headers=headers)

    def events(self) -> list[str]:
        """The kinds of what came, in order."""
        return [json.loads(body)["event"] for _, body in self.got]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver at loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture
async def hooked(toy: Queue) -> AsyncIterator[Queue]:
    """A queue that may tell webhooks."""
    guard = Guard(allow_loopback=True)
    async with AiohttpTransport(guard=guard) as transport:
        yield replace(toy, deps=replace(toy.deps, web=WebPages(transport, guard=guard)))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A running receiver."""
    async with receiving() as running:
        yield running


async def _hook(queue: Queue, receiver: Receiver, *events: str) -> webhooks.Made:
    wanted = events or _WORDS
    return await webhooks.create_webhook(
        queue.deps, queue.workspace_id, url=receiver.url, events=wanted, asked_by="tests"
    )


async def _bring_forward(queue: Queue) -> None:
    """Make every delivery due now, and have no webhook rest."""
    async with queue.deps.database.transaction() as session:
        await session.execute(update(WebhookDeliveryRow).values(next_at=clock.now()))
        await session.execute(update(WebhookRow).values(busy_until=None))


async def test_a_published_post_is_told_once_signed_as_the_standard_says(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    post_id = await hooked.post("Hello")
    async with hooked.working():
        await hooked.until(post_id, State.PUBLISHED)
        await _until(lambda: len(receiver.got) >= 2)
    await Relay(hooked.deps).turn()

    assert sorted(receiver.events()) == ["content.published", "post.published"]
    bodies = {}
    for headers, body in receiver.got:
        told = Verifier(made.secret.reveal()).verify(body, {name.lower(): value for name, value in headers.items()})
        assert told["workspace_id"] == hooked.workspace_id
        assert told["timestamp"].endswith("Z")
        bodies[told["event"]] = told["data"]
    (item,) = (await hooked.see(post_id)).items
    assert bodies["post.published"] == {
        "post_id": post_id,
        "status": "published",
        "items": [
            {
                "item_id": item.item_id,
                "post_type": "toy-post",
                "platform": "toy",
                "content": "Hello",
                "media_ids": [],
                "status": "posted",
                "account_id": hooked.account.id,
                "platform_post_id": "0",
                "platform_url": item.permalink,
            }
        ],
    }
    assert bodies["content.published"]["platform_url"] == item.permalink


async def test_x_is_called_in_events_as_in_the_routes_they_belong_to(hooked: Queue) -> None:
    post_id = await hooked.post("Hello")
    async with hooked.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).values(platform="x"))
        its = Cause(workspace_id=hooked.workspace_id, what="created", about=post_id, at=clock.now(), id="1")
        ended = replace(its, what="failed")
        (made,) = await events_of(hooked.deps, session, its)
        await session.execute(update(PostItemRow).values(state="failed"))
        both = {one.name: json.loads(one.body)["data"] for one in await events_of(hooked.deps, session, ended)}

    assert json.loads(made.body)["data"]["platform"] == "twitter"
    assert both["content.failed"]["platform"] == "twitter"
    assert [item["platform"] for item in both["post.failed"]["items"]] == ["x"]


async def test_a_thread_that_fails_is_told_part_by_part_and_its_post_once(hooked: Queue, receiver: Receiver) -> None:
    await _hook(hooked, receiver)
    hooked.network.behaviour = lambda _: "422"
    post_id = await hooked.post("one", "two", "three")
    async with hooked.working():
        await hooked.until(post_id, State.FAILED)
        await _until(lambda: len(receiver.got) >= 4)
    assert sorted(receiver.events()) == ["content.failed"] * 3 + ["post.failed"]
    data = next(json.loads(body)["data"] for _, body in receiver.got if "post.failed" in body)
    assert data["error_code"] == "content"
    assert data["error_message"]


async def test_a_repetition_keeps_its_id_and_follows_the_waits_until_it_is_given_up(
    hooked: Queue, receiver: Receiver
) -> None:
    made = await _hook(hooked, receiver)
    receiver.answers = lambda _: 500
    await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    for tries in range(1, len(WAITS) + 1):
        await Relay(hooked.deps).turn()
        _, (delivery,) = await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
        assert (delivery.tries, delivery.status) == (tries, "retrying")
        assert abs(delivery.next_at - clock.now() - WAITS[tries - 1]) < timedelta(seconds=4)
        await _bring_forward(hooked)
    await Relay(hooked.deps).turn()
    _, (delivery,) = await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    assert (delivery.tries, delivery.status) == (len(WAITS) + 1, "given_up")
    assert delivery.last_error == "The receiver answered with status 500."
    await Relay(hooked.deps).turn()
    assert len(receiver.got) == len(WAITS) + 1
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


async def test_a_redirect_is_a_failure_and_is_not_followed(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    receiver.answers = lambda _: 302
    await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    await Relay(hooked.deps).turn()
    _, (delivery,) = await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    assert (len(receiver.got), delivery.status) == (1, "retrying")


async def test_a_receiver_that_is_gone_is_left_alone(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    receiver.answers = lambda _: 410
    for _ in range(3):
        await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    await Relay(hooked.deps).turn()
    shown, deliveries = await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    assert not shown.enabled
    assert {delivery.status for delivery in deliveries} == {"given_up"}
    assert len(receiver.got) == 1
    with pytest.raises(Conflict):
        await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)


async def _failing(
    queue: Queue, made: webhooks.Made, about: str, event: str = "post.failed"
) -> list[Mapping[str, Any]]:
    """Owe an event that is tried for the last time now; what people were told of it all so far."""
    async with queue.deps.database.transaction() as session:
        await stored.owe(
            session, queue.workspace_id, made.webhook.id, event=event, about=about, body="{}", now=clock.now()
        )
        await session.execute(
            update(WebhookDeliveryRow).where(WebhookDeliveryRow.ended_at.is_(None)).values(tries=len(WAITS))
        )
    await Relay(queue.deps).turn()
    async with queue.deps.database.reading() as session:
        told = await session.scalars(select(NoticeRow).where(NoticeRow.kind == stored.FAILED).order_by(NoticeRow.id))
        return [row.payload for row in told]


async def test_what_is_given_up_is_told_in_slack_once_until_the_receiver_takes_something(
    hooked: Queue, receiver: Receiver
) -> None:
    await hooked.in_slack()
    made = await _hook(hooked, receiver)
    receiver.answers = lambda _: 500
    assert await _failing(hooked, made, "a try", event=TEST) == []
    (told,) = await _failing(hooked, made, "1")
    assert told == {
        "webhook": made.webhook.id,
        "host": receiver.url.removeprefix("http://"),
        "event": "post.failed",
        "tries": len(WAITS) + 1,
        "why": "The receiver answered with status 500.",
        "gone": False,
    }
    assert len(await _failing(hooked, made, "2")) == 1
    receiver.answers = lambda _: 204
    assert len(await _failing(hooked, made, "3")) == 1
    receiver.answers = lambda _: 500
    assert len(await _failing(hooked, made, "4")) == 2
    receiver.answers = lambda _: 410
    assert (await _failing(hooked, made, "5"))[-1]["gone"]


async def test_outside_of_slack_nobody_is_told_of_what_is_given_up(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    receiver.answers = lambda _: 500
    assert await _failing(hooked, made, "1") == []


async def test_a_slow_receiver_gets_one_at_a_time_and_holds_up_no_other(hooked: Queue, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.gate = asyncio.Event()
        mine, its = await _hook(hooked, receiver), await _hook(hooked, slow)
        for made in (mine, its):
            for _ in range(3):
                await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
        turns = [asyncio.create_task(Relay(hooked.deps).turn()) for _ in range(3)]
        await _until(lambda: len(receiver.got) == 3)
        assert len(slow.got) == 1
        slow.gate.set()
        await asyncio.gather(*turns)
        assert (len(receiver.got), len(slow.got)) == (3, 3)
        ids = [headers["webhook-id"] for headers, _ in (*receiver.got, *slow.got)]
        assert len(set(ids)) == 6


async def test_what_a_vanished_deliverer_had_under_way_is_sent_again_with_its_id(
    hooked: Queue, receiver: Receiver
) -> None:
    made = await _hook(hooked, receiver)
    receiver.gate = asyncio.Event()
    await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    first = asyncio.create_task(Relay(hooked.deps).turn())
    await _until(lambda: len(receiver.got) == 1)
    async with hooked.deps.database.transaction() as session:
        await session.execute(update(WebhookRow).values(busy_until=clock.now() - timedelta(seconds=1)))
    second = asyncio.create_task(Relay(hooked.deps).turn())
    await _until(lambda: len(receiver.got) == 2)
    receiver.gate.set()
    await asyncio.gather(first, second)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    _, (delivery,) = await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    assert (delivery.status, delivery.tries) == ("delivered", 1)


async def test_only_what_was_asked_for_is_told_and_only_to_its_workspace(hooked: Queue, receiver: Receiver) -> None:
    theirs = await factories.make_workspace(hooked.deps.database)
    await webhooks.create_webhook(hooked.deps, theirs.id, url=receiver.url, events=EVENTS, asked_by="tests")
    await _hook(hooked, receiver, "mission.created")
    post_id = await hooked.post("Hello")
    async with hooked.working():
        await hooked.until(post_id, State.PUBLISHED)
    await Relay(hooked.deps).turn()
    assert receiver.got == []
    async with hooked.deps.database.reading() as session:
        assert (await session.scalars(select(WebhookCauseRow))).all() == []


async def test_a_cancelled_part_lets_the_rest_of_the_post_be_told(hooked: Queue, receiver: Receiver) -> None:
    await _hook(hooked, receiver, "post.published", "content.failed")
    hooked.network.behaviour = lambda text: "422" if text == "two" else "ok"
    post_id = await hooked.post("one", "two")
    async with hooked.working():
        await hooked.until(post_id, State.PUBLISHED, State.FAILED)
    await Relay(hooked.deps).turn()
    assert sorted(receiver.events()) == ["content.failed", "post.published"]
    await editing.drop_post(hooked.deps, hooked.workspace_id, post_id, asked_by="tests")
    await Relay(hooked.deps).turn()
    assert sorted(receiver.events()) == ["content.failed", "post.published", "post.published"]


async def test_settling_asks_no_further_question_while_there_is_no_webhook(hooked: Queue) -> None:
    def statements_of(queue: Queue) -> list[str]:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        for engine in {queue.deps.database._reader, *_writers(queue)}:  # the only place to count them
            event.listen(engine.sync_engine, "before_cursor_execute", note)
        return seen

    seen = statements_of(hooked)
    post_id = await hooked.post("Hello")
    async with hooked.working():
        await hooked.until(post_id, State.PUBLISHED)
    quiet = [statement for statement in seen if "webhook" in statement]
    assert quiet, "the counting does not work"
    assert any("UPDATE post_items" in statement for statement in quiet)
    assert [one for one in quiet if one.startswith("SELECT webhooks") or "INSERT INTO webhook_causes" in one] == []


def _writers(queue: Queue) -> list[Any]:
    writer = queue.deps.database._writer
    return [] if writer is None else [writer._engine]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://hooks.example/in"}, "url"),
        ({"url": "https://10.1.2.3/in"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://user:secret@hooks.example/"}, "url"),
        ({"url": "ftp://hooks.example/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["post.published", "post.exploded"]}, "events"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"secret": "not base64!"}, "secret"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(hooked: Queue, change: dict[str, Any], field: str) -> None:
    wish: dict[str, Any] = {
        "url": "https://hooks.example/in",
        "events": ["post.published"],
        "asked_by": "tests",
    } | change
    with pytest.raises(InvalidContent) as refused:
        await webhooks.create_webhook(hooked.deps, hooked.workspace_id, **wish)
    assert refused.value.field == field
    assert "whsec_c2hvcnQ" not in refused.value.message


async def test_plain_http_is_refused_where_the_operator_did_not_allow_it(hooked: Queue) -> None:
    async with AiohttpTransport(guard=Guard()) as transport:
        deps = replace(hooked.deps, web=WebPages(transport, guard=Guard()))
        for url in ("http://127.0.0.1:8080/", "https://127.0.0.1/", "https://localhost/", "http://hooks.example/"):
            with pytest.raises(InvalidContent):
                await webhooks.create_webhook(
                    deps, hooked.workspace_id, url=url, events=["post.failed"], asked_by="tests"
                )


async def test_a_deleted_webhook_is_told_nothing_more_and_is_not_found(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    await webhooks.test_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    await webhooks.delete_webhook(hooked.deps, hooked.workspace_id, made.webhook.id, asked_by="tests")
    await Relay(hooked.deps).turn()
    assert receiver.got == []
    with pytest.raises(NotFound):
        await webhooks.show_webhook(hooked.deps, hooked.workspace_id, made.webhook.id)
    with pytest.raises(NotFound):
        await webhooks.delete_webhook(hooked.deps, hooked.workspace_id, made.webhook.id, asked_by="tests")


async def test_another_workspace_s_webhook_is_not_found(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    ours = (await factories.make_workspace(hooked.deps.database)).id
    for attempt in (
        webhooks.show_webhook(hooked.deps, ours, made.webhook.id),
        webhooks.test_webhook(hooked.deps, ours, made.webhook.id),
        webhooks.delete_webhook(hooked.deps, ours, made.webhook.id, asked_by="tests"),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_secrets_are_sealed_and_survive_a_new_key(hooked: Queue, receiver: Receiver) -> None:
    made = await _hook(hooked, receiver)
    newer = Vault([bytes([1]) * 32, bytes(32)])
    async with hooked.deps.database.transaction() as session:
        row = (await session.scalars(select(WebhookRow))).one()
        assert made.secret.reveal().encode() not in row.sealed_secret
        while await rotation.rotate_keys(session, newer):
            pass
    rotated: Deps = replace(hooked.deps, vault=Vault([bytes([1]) * 32]))
    await webhooks.test_webhook(rotated, hooked.workspace_id, made.webhook.id)
    await Relay(rotated).turn()
    ((headers, body),) = receiver.got
    Verifier(made.secret.reveal()).verify(body, {name.lower(): value for name, value in headers.items()})


async def test_nothing_is_told_twice_or_never_when_many_spread_at_once(hooked: Queue, receiver: Receiver) -> None:
    await _hook(hooked, receiver, "content.published", "post.published")
    posts = await hooked.post_all([f"Post {number}" for number in range(20)], clock.now())
    async with hooked.working():
        for post_id in posts:
            await hooked.until(post_id, State.PUBLISHED)
        await asyncio.gather(*(relaying.spread(hooked.deps) for _ in range(4)))
        await asyncio.gather(*(Relay(hooked.deps).turn() for _ in range(3)))
        await _until(lambda: len(receiver.got) == 40)
    told = [json.loads(body) for _, body in receiver.got]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 40
    assert {one["data"]["post_id"] for one in told if one["event"] == "post.published"} == set(posts)


async def _until(there: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = clock.uptime_s() + within_s
    while not there():
        assert clock.uptime_s() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)
