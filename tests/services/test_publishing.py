"""Publishing through the real dispatcher, wire and database; the network is a small one that remembers."""

import asyncio
from datetime import datetime, timedelta
from statistics import median

import aiohttp
import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from handlers.clock import dispatcher
from storage.tables import AttemptRow, NoticeRow
from tests.toy_queue import Queue

_TIMES = 5
_MOST_LATER_S = 0.25
"""Half of the time Herald is at most that much later than a plain timer that sends the same request from the same loop.
A machine that is busy makes both late."""
_WRITES = 4
"""Before it may send what is due now, Herald writes about that often; whoever asked for it wrote once."""

_BURST = 5
"""How much longer a burst may take that is written down than one that is not."""


async def test_a_post_goes_out_at_its_second_and_names_its_link(toy: Queue) -> None:
    due_at = clock.now() + timedelta(seconds=1.2)
    post_id = await toy.post("Hello", due_at=due_at)
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    (item,) = (await toy.see(post_id)).items
    assert item.permalink == f"{toy.network.url}/posts/0"
    assert item.attempts == 1
    assert toy.network.arrivals[0] >= due_at


async def test_posts_go_out_as_punctually_as_a_plain_timer_sends(toy: Queue) -> None:
    async with toy.working(), aiohttp.ClientSession() as client:
        await _begun(toy, client)
        first_at = clock.now() + timedelta(seconds=1.2)
        dues = [first_at + timedelta(seconds=0.3 * number) for number in range(_TIMES)]
        posts = [await toy.post(f"Herald {number}", due_at=due_at) for number, due_at in enumerate(dues)]
        await asyncio.gather(*(_plainly(toy, client, f"Timer {n}", due_at) for n, due_at in enumerate(dues)))
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    arrived = _arrived(toy)
    assert all(arrived[f"Herald {number}"] >= due_at for number, due_at in enumerate(dues))
    later_s = [(arrived[f"Herald {n}"] - arrived[f"Timer {n}"]).total_seconds() for n in range(_TIMES)]
    assert median(later_s) < _MOST_LATER_S, later_s


async def test_a_post_for_now_does_not_wait_for_the_next_look(toy: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left alone, this worker looks once a minute, later than anybody waits here."""
    monkeypatch.setattr(dispatcher, "_LOOK_EVERY_S", 60.0)
    wrote_s: list[float] = []
    async with toy.working(), aiohttp.ClientSession() as client:
        await _begun(toy, client)
        for number in range(_TIMES):
            asked_at = clock.now()
            post_id = await toy.post(f"Herald {number}", due_at=asked_at)
            wrote_s.append((clock.now() - asked_at).total_seconds())
            await _plainly(toy, client, f"Timer {number}", asked_at)
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    arrived = _arrived(toy)
    later_s = [(arrived[f"Herald {n}"] - arrived[f"Timer {n}"]).total_seconds() for n in range(_TIMES)]
    assert median(later_s) < _MOST_LATER_S + _WRITES * median(wrote_s), (later_s, wrote_s)


async def _begun(toy: Queue, client: aiohttp.ClientSession) -> None:
    """The worker works, and both it and the timer have a connection."""
    await _plainly(toy, client, "Timer", clock.now())
    assert await toy.until(await toy.post("Herald"), State.PUBLISHED) == [State.PUBLISHED]


async def _plainly(toy: Queue, client: aiohttp.ClientSession, text: str, at: datetime) -> None:
    """The creating call at its second, without a queue, a database or a thought."""
    await asyncio.sleep((at - clock.now()).total_seconds())
    async with client.post(f"{toy.network.url}/posts", json={"text": text, "key": text}) as answer:
        assert answer.status == 200


def _arrived(toy: Queue) -> dict[str, datetime]:
    return dict(zip(toy.network.asked, toy.network.arrivals, strict=True))


async def test_the_parts_of_a_thread_follow_one_another_and_answer_the_part_before(toy: Queue) -> None:
    post_id = await toy.post("One", "Two", "Three")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED] * 3
    assert toy.network.texts() == ["One", "Two", "Three"]


async def test_a_refused_part_holds_back_the_parts_behind_it_and_is_told(toy: Queue) -> None:
    await toy.in_slack()
    toy.network.behaviour = lambda text: "422" if text == "Two" else "ok"
    post_id = await toy.post("One", "Two", "Three")
    async with toy.working():
        states = await toy.until(post_id, State.PUBLISHED, State.FAILED)
        await asyncio.sleep(1.2)
    assert states == [State.PUBLISHED, State.FAILED, State.FAILED]
    items = (await toy.see(post_id)).items
    assert items[1].error == (ErrorClass.CONTENT, "Toy refused the text.")
    assert items[2].error is not None
    assert items[2].error[0] == ErrorClass.PARENT
    told = [(notice.kind, notice.payload["what"]) for notice in toy.heard.notices]
    assert told == [("thread", "published"), ("broadcast", "failed")]


async def test_a_lost_answer_is_looked_for_and_the_post_adopted(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Hello"]
    assert len(toy.network.arrivals) == 1


async def test_an_error_after_the_work_was_done_is_no_second_post(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "500_after"
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert len(toy.network.arrivals) == 1


async def test_an_error_before_the_work_was_done_is_proved_and_sent_again(toy: Queue) -> None:
    answers = iter(["500_before"])
    toy.network.behaviour = lambda _: next(answers, "ok")
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Hello"]
    async with toy.deps.database.reading() as session:
        outcomes = (await session.scalars(select(AttemptRow.outcome).order_by(AttemptRow.attempt))).all()
    assert outcomes == ["answer_lost", "created"]


async def test_while_looking_is_impossible_nothing_is_sent_again(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.UNCONFIRMED) == [State.UNCONFIRMED]
        await asyncio.sleep(2)
        assert await toy.states(post_id) == [State.UNCONFIRMED]
        toy.network.down = False
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert len(toy.network.arrivals) == 1


async def test_an_account_that_is_not_let_in_fails_the_item_once_and_is_marked(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "401"
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.FAILED) == [State.FAILED]
    (item,) = (await toy.see(post_id)).items
    assert item.error is not None
    assert item.error[0] == ErrorClass.ACCOUNT
    assert len(toy.network.arrivals) == 1


async def test_what_is_found_too_late_is_missed_and_told_once_per_brand(toy: Queue) -> None:
    late = clock.now() - timedelta(minutes=40)
    posts = [await toy.post(f"Late {n}", due_at=late) for n in range(3)]
    async with toy.working():
        for post_id in posts:
            assert await toy.until(post_id, State.MISSED) == [State.MISSED]
    assert toy.network.posts == []
    async with toy.deps.database.reading() as session:
        kinds = (await session.scalars(select(NoticeRow.kind))).all()
    assert kinds == ["missed"]


async def test_a_stopped_worker_gives_back_what_it_has_not_sent(toy: Queue) -> None:
    post_id = await toy.post("Later", due_at=clock.now() + timedelta(seconds=4))
    async with toy.working():
        assert await toy.until(post_id, State.CLAIMED) == [State.CLAIMED]
    assert await toy.states(post_id) in ([State.SCHEDULED], [State.CLAIMED])
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Later"]


async def test_a_worker_that_ends_leaves_what_it_has_not_armed_to_others_at_once(toy: Queue) -> None:
    """It may wait half a minute for its answers, longer than the next posts can."""
    toy.network.behaviour = lambda text: "gate" if text == "Hangs" else "ok"
    async with toy.working() as stop:
        hangs = await toy.post("Hangs")
        assert await toy.until(hangs, State.SENDING) == [State.SENDING]
        due_at = clock.now() + timedelta(seconds=1.5)
        post_id = await toy.post("Next", due_at=due_at)
        assert await toy.until(post_id, State.CLAIMED) == [State.CLAIMED]
        stop.set()
        async with toy.working():
            assert await toy.until(post_id, State.PUBLISHED, within_s=10) == [State.PUBLISHED]
        assert await toy.states(hangs) == [State.SENDING]
        toy.network.gate.set()
    assert await toy.states(hangs) == [State.PUBLISHED]
    assert toy.network.arrivals[1] - due_at < timedelta(seconds=1)


async def test_many_at_one_second_all_go_out_once(toy: Queue) -> None:
    toy.network.latency_s = 0.1
    async with toy.working(), aiohttp.ClientSession() as client:
        await _begun(toy, client)
        burst_at = clock.now() + timedelta(seconds=0.2)
        await asyncio.gather(*(_plainly(toy, client, f"Timer {n}", burst_at) for n in range(60)))
        plain = max(_arrived(toy).values()) - burst_at
        due_at = clock.now() + timedelta(seconds=1.5)
        for post_id in await toy.post_all([f"Post {n}" for n in range(60)], due_at):
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert sorted(toy.network.texts()[-60:]) == sorted(f"Post {n}" for n in range(60))
    assert len(toy.network.asked) == 2 + 60 + 60
    assert max(toy.network.arrivals) - due_at < timedelta(seconds=1) + _BURST * plain
