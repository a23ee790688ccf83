"""Answers that are not Slack's: of a proxy on the way, cut, garbled, or of no shape. Nothing owed is lost by them."""

from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.ids import ItemId
from bot.services.deps import Deps
from bot.services.ports import NotDelivered, Notice
from handlers.slack.api import UNREACHABLE, Api
from handlers.slack.blocks import Message
from handlers.slack.limits import Budget, Pace
from handlers.slack.notifier import Saying, SlackNotifier
from sandbox.fault_proxy import FaultProxy, Rule
from sandbox.slack.app import Workspace
from tests.handlers.slack.test_notifier import Post, speaking

_ODD = ("truncate_after", "cut_after", "garble_after", "shape_after", "empty_after", "502_after")
_MANY = 40
"""So often it was tried in an outage before."""


async def _through(post: Post, proxy: FaultProxy) -> SlackNotifier:
    api = replace(post.here.desk.api, url=f"{proxy.url}{urlsplit(post.here.desk.api.url).path}")
    return SlackNotifier(post.here.deps, api, post.words, pace=Pace(in_channel=Budget(every_s=0)))


def _upstream(post: Post) -> tuple[str, int]:
    there = urlsplit(post.here.desk.api.url)
    return there.hostname or "", there.port or 80


def _notice(post: Post) -> Notice:
    return Notice(
        id="ntc_1",
        workspace_id=post.owed.workspace_id,
        brand_id=None,
        item_id=ItemId("item_1"),
        kind="broadcast",
        payload={},
        created_at=clock.now(),
        due_at=clock.now(),
        tries=_MANY,
    )


@pytest.mark.parametrize("fault", _ODD)
async def test_a_card_whose_answer_is_none_of_slack_s_stays_owed(deps: Deps, slack: Workspace, fault: str) -> None:
    async with (
        speaking(deps, slack) as post,
        FaultProxy(_upstream(post), [Rule(fault=fault, path="chat.postMessage")]) as proxy,
    ):
        notifier = await _through(post, proxy)
        with pytest.raises(NotDelivered) as caught:
            await notifier.show(replace(post.owed, tries=_MANY))
        assert not caught.value.hopeless


@pytest.mark.parametrize("fault", _ODD)
async def test_what_a_person_is_told_stays_owed_too(deps: Deps, slack: Workspace, fault: str) -> None:
    async with (
        speaking(deps, slack) as post,
        FaultProxy(_upstream(post), [Rule(fault=fault, path="chat.postMessage")]) as proxy,
    ):
        notifier = await _through(post, proxy)
        post.words.saying = Saying(message=Message(text="It failed.", blocks=[]), to=slack.people["maya"])
        with pytest.raises(NotDelivered) as caught:
            await notifier.deliver(_notice(post))
        assert not caught.value.hopeless


@pytest.mark.parametrize(("body", "kind"), [("[1]", "application/json"), ("fine", "text/plain")])
async def test_what_is_no_json_object_counts_as_lost(body: str, kind: str) -> None:
    async def answer(request: web.Request) -> web.Response:  # noqa: ARG001  # as aiohttp calls it
        return web.Response(text=body, content_type=kind)

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        api = Api(url=str(server.make_url("/api/")), session=session)
        with pytest.raises(UNREACHABLE):
            await api.write(Secret("xoxb-1"), "chat.postMessage", channel="C1", text="Hello")
