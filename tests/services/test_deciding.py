"""What a human says about a post of which nobody can tell whether it is live."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import clock
from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.publication import State
from bot.services.deciding import Drop, IsLive, SendAgain, confirm, decide
from bot.services.journal import show_post
from bot.services.scheduling import retry_post
from storage.conditions import ITEMS
from tests.toy_queue import Queue


async def _unconfirmed(toy: Queue, *texts: str) -> PostId:
    """A post whose answer was lost while the network cannot be asked."""
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    post_id = await toy.post(*texts)
    async with toy.working():
        await toy.until(post_id, State.UNCONFIRMED, State.SCHEDULED)
        while (await toy.states(post_id))[0] is not State.UNCONFIRMED:
            await toy.until(post_id, State.UNCONFIRMED, within_s=0.2)
    toy.network.behaviour = lambda _: "ok"
    return post_id


async def _age(toy: Queue, post_id: PostId) -> None:
    """Let the attempt be a minute old."""
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(ITEMS).where(ITEMS.c.post_id == post_id).values(armed_at=clock.now() - timedelta(minutes=1))
        )


async def test_it_is_live_adopts_the_link_and_lets_the_thread_go_on(toy: Queue) -> None:
    post_id = await _unconfirmed(toy, "One", "Two")
    link = IsLive(link="https://toy.example/1")
    post = await decide(toy.deps, toy.workspace_id, post_id, link, decided_by="Maya")
    assert (post.items[0].status, post.items[0].permalink) == (State.PUBLISHED, "https://toy.example/1")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED] * 2


async def test_a_part_below_a_link_that_names_no_post_is_not_sent(toy: Queue) -> None:
    connector = replace(toy.deps.connectors["toy"], post_at=lambda _account, _link: None)
    toy = replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))
    post_id = await _unconfirmed(toy, "One", "Two")
    link = IsLive(link="https://toy.example/1")
    await decide(toy.deps, toy.workspace_id, post_id, link, decided_by="Maya")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED, State.FAILED) == [State.PUBLISHED, State.FAILED]
    assert toy.network.texts() == ["One"]
    post = await show_post(toy.deps, toy.workspace_id, post_id)
    assert post.items[1].error is not None
    assert "does not say which post" in post.items[1].error[1]


async def test_send_again_waits_until_the_first_try_cannot_arrive_any_more(toy: Queue) -> None:
    post_id = await _unconfirmed(toy, "Hello")
    with pytest.raises(Conflict, match="still be on its way"):
        await decide(toy.deps, toy.workspace_id, post_id, SendAgain(), decided_by="Maya")
    await _age(toy, post_id)
    post = await decide(toy.deps, toy.workspace_id, post_id, SendAgain(), decided_by="Maya")
    assert post.items[0].status is State.SCHEDULED
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]


async def test_drop_takes_the_parts_behind_it_along(toy: Queue) -> None:
    post_id = await _unconfirmed(toy, "One", "Two")
    await decide(toy.deps, toy.workspace_id, post_id, Drop(), decided_by="Maya")
    assert await toy.states(post_id) == [State.CANCELLED, State.CANCELLED]


async def test_nothing_to_decide_no_link_and_another_workspace_are_refused(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=1))
    with pytest.raises(Conflict, match="nothing to decide"):
        await decide(toy.deps, toy.workspace_id, post_id, Drop(), decided_by="Maya")
    with pytest.raises(InvalidContent, match="https"):
        await decide(toy.deps, toy.workspace_id, post_id, IsLive(link="javascript:1"), decided_by="Maya")
    with pytest.raises(NotFound):
        await decide(toy.deps, WorkspaceId("ws_other"), post_id, Drop(), decided_by="Maya")


@pytest.mark.parametrize(
    "link", ["https://[half", "https://", "javascript:1", "https://a b.example", "https://x/" + "y" * 2000]
)
async def test_what_is_no_link_changes_nothing(toy: Queue, link: str) -> None:
    post_id = await toy.post("Late", due_at=clock.now() - timedelta(minutes=40))
    async with toy.working():
        await toy.until(post_id, State.MISSED)
    item = await toy.item_id(post_id)
    with pytest.raises(InvalidContent) as refused:
        await confirm(toy.deps, toy.workspace_id, post_id, {item: link}, decided_by="Maya")
    assert refused.value.problems[0].field == item
    assert await toy.states(post_id) == [State.MISSED]


async def test_of_a_retry_and_a_link_given_at_once_one_counts(toy: Queue) -> None:
    for _ in range(5):
        post_id = await toy.post("Late", due_at=clock.now() - timedelta(minutes=40))
        async with toy.working():
            await toy.until(post_id, State.MISSED)
        links = {await toy.item_id(post_id): "https://toy.example/1"}
        ended = await asyncio.gather(
            confirm(toy.deps, toy.workspace_id, post_id, links, decided_by="Maya"),
            retry_post(toy.deps, toy.workspace_id, post_id, asked_by="Omar"),
            return_exceptions=True,
        )
        assert [isinstance(one, Conflict) for one in ended].count(True) == 1, ended
