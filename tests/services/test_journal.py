"""What is told of a post afterwards: who held it, each request, each decision, and nothing that is secret."""

import socket
from datetime import timedelta

from bot import clock
from bot.domain.ids import PostId
from bot.domain.posts import JournalEntry
from bot.domain.publication import State
from bot.services import journal, publishing, reconciling, working
from handlers.clock.worker import Pace
from tests.toy_queue import Queue


async def told(toy: Queue, post_id: PostId) -> list[JournalEntry]:
    """Its story."""
    return await journal.why(toy.deps, toy.workspace_id, post_id)


def _lines(entries: list[JournalEntry], event: str) -> list[str]:
    return [entry.detail for entry in entries if entry.event == event]


async def test_a_post_that_went_out_tells_who_held_it_and_the_request_that_made_it(toy: Queue) -> None:
    post_id = await toy.post("Good morning, everybody")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    story = await told(toy, post_id)
    assert [entry.event for entry in story] == ["claim", "arm", "call", "created"]
    assert socket.gethostname() in story[0].detail
    assert story[2].detail.startswith("create posts: HTTP 200 in ")
    assert "It is live at" in story[3].detail
    assert not any("toy-token" in entry.detail or "Good morning" in entry.detail for entry in story)


async def test_a_lost_answer_and_the_look_that_found_the_post_are_told_with_their_requests(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    story = await told(toy, post_id)
    assert [entry.event for entry in story] == ["claim", "arm", "call", "answer_lost", "call", "found"]
    assert story[2].detail.startswith("create posts: lost after ")
    assert story[2].detail.endswith("it may have arrived")
    assert "Herald looks for it before anything else" in story[3].detail
    assert story[4].detail.startswith("read find: HTTP 200 in ")
    assert story[5].detail == "looked and found 0"


async def test_what_was_not_sent_says_why_and_when_it_is_tried_again(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "429"
    post_id = await toy.post("Hello")
    async with toy.working():
        while not _lines(await told(toy, post_id), "not_sent"):
            await toy.until(post_id, State.PUBLISHED, within_s=0.1)
    (line,) = _lines(await told(toy, post_id), "not_sent")
    again = (clock.now() + timedelta(seconds=60)).isoformat()[:15]
    assert line.startswith(
        "Attempt 1 ended: Toy asks us to slow down. [RateLimited 429]; nothing was sent; it tries again"
    )
    assert again[:13] in line
    assert line.endswith("(the network named no time)")


async def test_trouble_while_making_ready_tells_the_claim_the_try_and_the_wait(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(seconds=2))
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=5)
    assert _lines(await told(toy, post_id), "claim") == [f"Worker {worker_id} on {socket.gethostname()} took it."]
    outcome = publishing.released(job.item, "taken back before it was sent")
    await publishing.give_back(toy.deps, worker_id, [outcome])
    assert [entry.event for entry in await told(toy, post_id)] == ["claim", "release"]


async def test_a_worker_that_stops_says_that_it_gave_the_post_back(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(seconds=4))
    async with toy.working(pace=Pace(drain_s=0.1)):
        assert await toy.until(post_id, State.CLAIMED) == [State.CLAIMED]
    assert await toy.states(post_id) == [State.SCHEDULED]
    (line,) = _lines(await told(toy, post_id), "release")
    assert "stopped before its second and gave it back" in line


async def test_what_a_vanished_worker_held_is_told(toy: Queue) -> None:
    waiting, sent = await toy.post("Waits", due_at=clock.now() + timedelta(seconds=4)), await toy.post("Is armed")
    worker_id = await working.join(toy.deps)
    jobs = {job.item.text: job for job in await publishing.claim(toy.deps, worker_id, limit=5)}
    ready = await publishing.prepare(toy.deps, jobs["Is armed"])
    assert isinstance(ready, publishing.Ready)
    await publishing.arm(toy.deps, worker_id, [ready])
    await working.let_go(toy.deps, worker_id, [job.item.id for job in jobs.values()])
    assert await reconciling.recover(toy.deps) == 2
    assert "vanished before sending it" in _lines(await told(toy, waiting), "release")[0]
    story = await told(toy, sent)
    assert [entry.event for entry in story] == ["claim", "arm", "lease_expired"]
    assert "vanished between arming and settling" in story[-1].detail


async def test_a_missed_thread_tells_it_of_each_part_and_one_item_can_be_asked_for(toy: Queue) -> None:
    post_id = await toy.post("One", "Two", due_at=clock.now() - timedelta(hours=1))
    await reconciling.recover(toy.deps)
    story = await told(toy, post_id)
    assert [entry.event for entry in story] == ["parent_missed", "miss"]
    first, second = (item.item_id for item in (await toy.see(post_id)).items)
    assert [e.event for e in await journal.why(toy.deps, toy.workspace_id, post_id, item_id=first)] == ["miss"]
    found = await journal.find_post(toy.deps, toy.workspace_id, second)
    assert found.post_id == post_id


async def test_what_a_living_worker_held_beyond_its_grace_is_missed_and_not_sent(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() - toy.brand.grace + timedelta(seconds=1))
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=5)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    while await toy.states(post_id) == [State.CLAIMED]:
        await toy.until(post_id, State.MISSED, within_s=0.1)
        await reconciling.recover(toy.deps)
    assert await toy.states(post_id) == [State.MISSED]
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed == []
    assert toy.network.texts() == []
