"""What was taken back stays so, though somebody who read it before changes it afterwards."""

from datetime import timedelta

import pytest

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import scheduling, submitting
from bot.services.editing import Changed
from bot.services.submitting import Asked, Submission
from tests.handlers.http.api.caller import Caller
from tests.handlers.http.api.test_door import error
from tests.handlers.http.api.test_posts import made, soon
from tests.toy_queue import Queue

NEW = [Asked(kind="toy-post", text="Written anew", title=None, media=(), account_id=None, options={})]


async def read_by_somebody(ours: Caller, *, planned: bool) -> Submission:
    """A post as somebody has it who is about to change it."""
    post_id = (await made(ours))["post_id"]
    if planned:
        await ours.call("POST", f"/posts/{post_id}/schedule", {"scheduled_at": soon()})
    return await submitting.get(ours.deps, ours.workspace_id, PostId(post_id))


async def stands(toy: Queue, post: Submission) -> set[State]:
    return {item.status for item in (await toy.see(post.post.post_id)).items}


async def test_a_deleted_post_is_neither_changed_nor_scheduled(ours: Caller, toy: Queue) -> None:
    draft = await read_by_somebody(ours, planned=False)
    planned = await read_by_somebody(ours, planned=True)
    for post in (draft, planned):
        assert (await ours.call("DELETE", f"/posts/{post.post.post_id}")).status_code == 200

    with pytest.raises(Conflict):
        await submitting.schedule(ours.deps, draft, clock.now() + timedelta(days=1), asked_by="api:late")
    with pytest.raises(Conflict):
        await submitting.change(ours.deps, planned, NEW, asked_by="api:late")

    assert await stands(toy, draft) == await stands(toy, planned) == {State.CANCELLED}


async def test_what_was_scheduled_after_somebody_looked_is_not_deleted(ours: Caller, toy: Queue) -> None:
    post = await read_by_somebody(ours, planned=True)
    await ours.call("POST", f"/posts/{post.post.post_id}/cancel")
    await ours.call("POST", f"/posts/{post.post.post_id}/schedule", {"scheduled_at": soon()})

    with pytest.raises(Conflict):
        await submitting.delete(ours.deps, post, asked_by="api:late")

    shown = (await ours.call("GET", f"/posts/{post.post.post_id}")).json()
    assert await stands(toy, post) == {State.CANCELLED}
    assert shown["status"] == "draft"


async def test_what_somebody_cancelled_meanwhile_is_not_put_back_by_a_change(ours: Caller, toy: Queue) -> None:
    post = await read_by_somebody(ours, planned=True)
    await scheduling.cancel_post(ours.deps, ours.workspace_id, post.post.post_id, asked_by="U1")

    with pytest.raises(Conflict):
        await submitting.change(ours.deps, post, NEW, asked_by="api:late")

    assert await stands(toy, post) == {State.CANCELLED}


async def test_a_content_taken_out_of_the_queue_is_not_put_back_by_a_change(ours: Caller, toy: Queue) -> None:
    post = await read_by_somebody(ours, planned=True)
    taken = await ours.call("DELETE", f"/publish/{post.post.items[0].item_id}")

    with pytest.raises(Changed):
        await submitting.change(ours.deps, post, NEW, asked_by="api:late")

    assert taken.json()["status"] == "approved"
    assert await stands(toy, post) == {State.DRAFT}


async def test_what_is_rejected_is_not_sent_with_its_whole_post(ours: Caller, toy: Queue) -> None:
    post = await read_by_somebody(ours, planned=False)
    place, (item,) = f"/posts/{post.post.post_id}", post.post.items
    await ours.call("POST", f"/content/{item.item_id}/reject", {"reason": "Not like this."})

    refused = [
        await ours.call("POST", f"{place}/publish"),
        await ours.call("POST", f"{place}/schedule", {"scheduled_at": soon()}),
    ]
    with pytest.raises(Conflict):
        await submitting.schedule(ours.deps, post, clock.now() + timedelta(days=1), asked_by="api:late")
    left = await stands(toy, post)
    await ours.call("PATCH", place, {"items": [{"post_type": "toy-post", "content": "Like this."}]})
    mended = await ours.call("POST", f"{place}/schedule", {"scheduled_at": soon()})

    assert [error(answer) for answer in refused] == [(409, "CONFLICT")] * 2
    assert left == {State.DRAFT}
    assert mended.status_code == 200


async def test_a_no_holds_against_who_read_the_post_before(ours: Caller) -> None:
    post = await read_by_somebody(ours, planned=False)
    await ours.call("POST", f"/content/{post.post.items[0].item_id}/reject", {})

    with pytest.raises(Changed):
        await submitting.change(ours.deps, post, NEW, asked_by="api:late")
