"""The last numbers of an item, over HTTP."""

from datetime import UTC, datetime

from bot.domain.ids import ItemId, PostId
from bot.domain.publication import State
from storage.tables import ItemSnapshotRow
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

NOTHING = dict.fromkeys(("views", "likes", "comments", "shares", "saves", "clicks", "video_views", "reach", "quotes"))


async def published(ours: Caller, toy: Queue) -> ItemId:
    """An item that is out."""
    body = {"items": [{"post_type": "toy-post", "content": "Our spring blend is here."}]}
    post = (await ours.call("POST", "/posts", body)).json()
    await ours.call("POST", f"/posts/{post['post_id']}/publish")
    async with toy.working():
        await toy.until(PostId(post["post_id"]), State.PUBLISHED)
    return ItemId(post["items"][0]["item_id"])


async def keep(toy: Queue, item_id: ItemId, day: str, **numbers: int) -> None:
    """A snapshot, as polling leaves it."""
    row = ItemSnapshotRow(
        item_id=item_id,
        day=day,
        workspace_id=toy.workspace_id,
        brand_id=toy.brand.id,
        account_id=toy.account.id,
        fetched_at=datetime.fromisoformat(f"{day}T03:10:07.654321+00:00").astimezone(UTC),
        raw={},
        **{**NOTHING, **numbers},
    )
    async with toy.deps.database.transaction() as session:
        session.add(row)


async def test_an_item_has_no_metrics_until_it_was_asked_for_and_then_its_last(ours: Caller, toy: Queue) -> None:
    item_id = await published(ours, toy)
    place = f"/post-items/{item_id}/analytics"

    before = (await ours.call("GET", place)).json()
    await keep(toy, item_id, "2026-11-27", views=1_000, likes=70, comments=9)
    await keep(toy, item_id, "2026-11-28", views=1_240, likes=87)
    after = (await ours.call("GET", place)).json()
    asked = list(toy.network.arrivals)

    assert before == {
        "post_item_id": item_id,
        "post_type": "toy-post",
        "platform": "toy",
        "status": "posted",
        "metrics": None,
    }
    assert after == {
        **before,
        "metrics": {"views": 1_240, "likes": 87, "comments": 0, "fetched_at": "2026-11-28T03:10:07Z"},
    }
    assert len(asked) == 1


async def test_a_draft_a_scheduled_and_a_failed_item_say_so(ours: Caller, toy: Queue) -> None:
    toy.network.behaviour = lambda _: "422"
    body = {"items": [{"post_type": "toy-post", "content": "No."}]}
    post = (await ours.call("POST", "/posts", body)).json()
    place = f"/post-items/{post['items'][0]['item_id']}/analytics"

    draft = (await ours.call("GET", place)).json()
    await ours.call("POST", f"/posts/{post['post_id']}/publish")
    async with toy.working():
        await toy.until(PostId(post["post_id"]), State.FAILED)
    failed = (await ours.call("GET", place)).json()
    shown = (await ours.call("GET", f"/posts/{post['post_id']}")).json()

    assert (draft["status"], draft["metrics"]) == ("draft", None)
    assert (failed["status"], failed["metrics"]) == ("failed", None)
    assert (shown["status"], shown["items"][0]["status"]) == ("failed", "failed")
    assert shown["items"][0]["error_code"] == "content"
    assert shown["items"][0]["error_message"]


async def test_a_failed_post_is_published_again(ours: Caller, toy: Queue) -> None:
    toy.network.behaviour = lambda _: "422"
    post = (await ours.call("POST", "/posts", {"items": [{"post_type": "toy-post", "content": "Again."}]})).json()
    place = f"/posts/{post['post_id']}"
    await ours.call("POST", f"{place}/publish")
    async with toy.working():
        await toy.until(PostId(post["post_id"]), State.FAILED)
        toy.network.behaviour = lambda _: "ok"
        again = await ours.call("POST", f"{place}/publish")
        await toy.until(PostId(post["post_id"]), State.PUBLISHED)

    assert again.json()["status"] == "publishing"
    assert toy.network.texts() == ["Again."]


async def test_without_its_scope_a_key_reads_no_numbers(toy: Queue) -> None:
    narrow = await caller(toy.deps, toy.workspace_id, scopes=["posts:read", "posts:write"])

    answer = await narrow.call("GET", "/post-items/item_1/analytics")

    assert error(answer) == (403, "INSUFFICIENT_SCOPE")
