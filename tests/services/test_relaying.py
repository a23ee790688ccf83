"""Webhooks take turns: a receiver that hangs, or is owed much, holds up nobody else's; on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bot import clock
from bot.services import webhooks
from bot.services.relaying import LEASE, Relay
from platforms.addresses import Guard
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from storage import webhooks as stored
from tests.services.test_webhooks import Receiver, receiving
from tests.toy_queue import Queue

_HANGS_S = 2.0
"""How long a receiver that does not answer is waited for, in place of the usual ten seconds."""


@pytest.fixture
async def hooked(toy: Queue) -> AsyncIterator[Queue]:
    """A queue that may tell webhooks, and does not wait long for them."""
    guard = Guard(allow_loopback=True)
    async with AiohttpTransport(guard=guard) as transport:
        web = WebPages(transport, guard=guard, timeout_s=_HANGS_S)
        yield replace(toy, deps=replace(toy.deps, web=web))


async def _owed(queue: Queue, receiver: Receiver, many: int) -> webhooks.Made:
    made = await webhooks.create_webhook(
        queue.deps, queue.workspace_id, url=receiver.url, events=["post.failed"], asked_by="tests"
    )
    for _ in range(many):
        await webhooks.test_webhook(queue.deps, queue.workspace_id, made.webhook.id)
    return made


async def _until(there: Callable[[], bool], within_s: float) -> None:
    deadline = clock.uptime_s() + within_s
    while not there():
        assert clock.uptime_s() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("hanging", [8, 15])
async def test_receivers_that_hang_with_much_to_be_told_hold_up_no_other(hooked: Queue, hanging: int) -> None:
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(receiving()) for _ in range(hanging)]
        quick = await stack.enter_async_context(receiving())
        for receiver in slow:
            receiver.gate = asyncio.Event()
            await _owed(hooked, receiver, 4)
        relay = Relay(hooked.deps)
        turn = asyncio.create_task(relay.turn())
        await _until(lambda: sum(len(receiver.got) for receiver in slow) >= 8, 10)

        await _owed(hooked, quick, 3)
        await _until(lambda: len(quick.got) == 3, _HANGS_S + 1.5)

        for receiver in slow:
            assert receiver.gate is not None
            receiver.gate.set()
        relay.stop()
        await turn


@pytest.mark.parametrize(("status", "tried"), [(503, 1), (429, 1), (500, 3), (422, 3)])
async def test_a_receiver_with_too_much_to_do_is_left_in_peace_for_some_seconds(
    hooked: Queue, status: int, tried: int
) -> None:
    async with receiving() as receiver:
        receiver.answers = lambda _: status
        await _owed(hooked, receiver, 3)
        assert await Relay(hooked.deps).turn() == tried
        assert await Relay(hooked.deps).turn() == 0
        assert len(receiver.got) == tried


async def test_whose_turn_was_longest_ago_comes_first_and_a_new_one_before_all(hooked: Queue) -> None:
    async with receiving() as receiver:
        first, second = [await _owed(hooked, receiver, 1) for _ in range(2)]

        async def claimed() -> str:
            async with hooked.deps.database.transaction() as session:
                now = clock.now()
                ((hook, _, _),) = await stored.claim_webhooks(session, now=now, lease=LEASE, limit=1)
                assert await stored.keep_webhook(session, hook, until=now + LEASE, renewed=now)
                return hook.id

        ids = [await claimed() for _ in range(3)]
        third = await _owed(hooked, receiver, 1)

        assert ids == [first.webhook.id, second.webhook.id, first.webhook.id]
        assert [await claimed(), await claimed()] == [third.webhook.id, second.webhook.id]
