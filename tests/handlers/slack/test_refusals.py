"""What each of Slack's words of refusal means for what is owed: said elsewhere, said later, or given up; never lost."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import clock
from bot.services.ports import NotDelivered, Notice, Place
from handlers.slack.blocks import Message
from handlers.slack.limits import Budget, Pace
from handlers.slack.notifier import Saying, SlackNotifier
from tests.handlers.slack.test_notifier import Post, post

__all__ = ["post"]

_SAID = Message(text="X refused it.", blocks=[])
_LOST = 40
"""So often it was tried in an outage before."""


@dataclass
class Strict:
    """A Slack that refuses with the word it is given for a message, and remembers those it took."""

    refuses: Callable[[dict[str, Any]], str | None] = lambda _: None
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def post_message(self, request: web.Request) -> web.Response:
        body = await request.json()
        word = self.refuses(body)
        if word is not None:
            return web.json_response({"ok": False, "error": word})
        self.taken.append(body)
        return web.json_response({"ok": True, "channel": body["channel"], "ts": f"{len(self.taken)}.0"})


@asynccontextmanager
async def strictly(
    post: Post, refuses: Callable[[dict[str, Any]], str | None]
) -> AsyncIterator[tuple[SlackNotifier, Strict]]:
    strict, app = Strict(refuses), web.Application()
    app.router.add_post("/api/chat.postMessage", strict.post_message)
    async with TestServer(app) as server:
        api = replace(post.here.desk.api, url=str(server.make_url("/api/")))
        yield SlackNotifier(post.here.deps, api, post.words, pace=Pace(in_channel=Budget(every_s=0))), strict


@contextmanager
def refused() -> Iterator[list[NotDelivered]]:
    caught: list[NotDelivered] = []
    with pytest.raises(NotDelivered) as raised:
        yield caught
    caught.append(raised.value)


def broadcast(post: Post, *, tries: int = 0) -> Notice:
    return Notice(
        id="ntc_1",
        workspace_id=post.owed.workspace_id,
        brand_id=None,
        item_id=None,
        kind="broadcast",
        payload={},
        created_at=clock.now(),
        due_at=clock.now(),
        tries=tries,
    )


@pytest.mark.parametrize("word", ["restricted_action_non_threadable_channel", "thread_locked", "thread_not_found"])
async def test_where_no_thread_can_be_answered_a_failure_is_said_in_the_channel(post: Post, word: str) -> None:
    post.words.saying = Saying(message=_SAID, to="C1", thread_ts="1.0", broadcast=True)
    async with strictly(post, lambda body: word if body.get("thread_ts") else None) as (notifier, strict):
        assert await notifier.deliver(broadcast(post)) == Place(channel="C1", ts="1.0")
    assert [(one["channel"], one.get("reply_broadcast")) for one in strict.taken] == [("C1", None)]


async def test_where_no_thread_can_be_answered_its_lines_hold_up_nothing(post: Post) -> None:
    post.words.saying = Saying(message=_SAID, to="C1", thread_ts="1.0")
    word = "restricted_action_non_threadable_channel"
    async with strictly(post, lambda body: word if body.get("thread_ts") else None) as (notifier, strict):
        with refused() as why:
            await notifier.deliver(broadcast(post))
    assert (why[0].hopeless, why[0].shut, strict.taken) == (True, False, [])


@pytest.mark.parametrize("word", ["rate_limited", "message_limit_exceeded", "org_login_required"])
@pytest.mark.parametrize("to", ["C1", "U1"])
async def test_what_slack_takes_from_nobody_for_now_is_said_later(post: Post, word: str, to: str) -> None:
    post.words.saying = Saying(message=_SAID, to=to)
    async with strictly(post, lambda _: word) as (notifier, _):
        with refused() as why:
            await notifier.deliver(broadcast(post, tries=_LOST))
    assert (why[0].hopeless, why[0].of_itself, why[0].shut) == (False, False, False)
    assert why[0].again_after is not None


async def test_one_odd_refusal_after_an_outage_gives_nothing_up(post: Post) -> None:
    async with strictly(post, lambda _: "something_new") as (notifier, _):
        with refused() as why:
            await notifier.show(replace(post.owed, tries=_LOST))
    assert (why[0].hopeless, why[0].of_itself) == (False, True)


async def test_a_failure_that_slack_does_not_take_in_the_channel_is_told_to_a_person(post: Post) -> None:
    directly = Saying(message=_SAID, to="U1")
    post.words.saying = Saying(message=_SAID, to="C1", otherwise=directly)
    async with strictly(post, lambda body: "something_new" if body["channel"] == "C1" else None) as (notifier, strict):
        await notifier.deliver(broadcast(post))
    assert [one["channel"] for one in strict.taken] == ["U1"]


async def test_nothing_is_given_up_while_the_person_to_tell_cannot_be_reached(post: Post) -> None:
    post.words.saying = Saying(message=_SAID, to="C1", otherwise=Saying(message=_SAID, to="U1"))
    words = {"C1": "is_archived", "U1": "ratelimited"}
    async with strictly(post, lambda body: words.get(body["channel"])) as (notifier, _):
        with refused() as why:
            await notifier.deliver(broadcast(post))
    assert not why[0].hopeless
