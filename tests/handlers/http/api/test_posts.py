"""Posts over HTTP: made, read, listed, changed, published, scheduled, taken back and deleted."""

from datetime import timedelta
from typing import Any

from bot import clock
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import scheduling
from storage import brands, workspaces
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

TEXT = "Our spring blend is here."
BODY = {"items": [{"post_type": "toy-post", "content": TEXT}]}


async def made(ours: Caller) -> dict[str, Any]:
    answer = await ours.call("POST", "/posts", BODY)
    assert answer.status_code == 200, answer.text
    return answer.json()


def soon() -> str:
    return (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


async def test_a_draft_is_made_of_items_and_read_again(ours: Caller, toy: Queue) -> None:
    post = await made(ours)

    assert post == {
        "post_id": post["post_id"],
        "status": "draft",
        "created_at": post["created_at"],
        "items": [
            {
                "item_id": post["items"][0]["item_id"],
                "post_type": "toy-post",
                "platform": "toy",
                "content": TEXT,
                "media_ids": [],
                "status": "draft",
                "account_id": toy.account.id,
            }
        ],
    }
    assert (await ours.call("GET", f"/posts/{post['post_id']}")).json() == post


async def test_a_published_post_goes_out_and_says_where_it_is(ours: Caller, toy: Queue) -> None:
    post = await made(ours)
    place = f"/posts/{post['post_id']}"

    answer = await ours.call("POST", f"{place}/publish")
    between = (await ours.call("GET", place)).json()
    async with toy.working():
        await toy.until(PostId(str(post["post_id"])), State.PUBLISHED)
    after = (await ours.call("GET", place)).json()

    assert answer.json() == {
        "post_id": post["post_id"],
        "status": "publishing",
        "credits_used": 0,
        "status_url": f"/api/v1{place}",
    }
    assert (between["status"], between["items"][0]["status"]) == ("publishing", "posting")
    assert (after["status"], after["items"][0]["status"]) == ("published", "posted")
    assert after["items"][0]["platform_post_id"] == "0"
    assert after["items"][0]["item_id"] == post["items"][0]["item_id"]
    assert toy.network.texts() == [TEXT]
    for method, action, body in (
        ("POST", "/publish", None),
        ("POST", "/schedule", {"scheduled_at": soon()}),
        ("POST", "/cancel", None),
        ("DELETE", "", None),
        ("PATCH", "", BODY),
    ):
        assert error(await ours.call(method, f"{place}{action}", body)) == (409, "ALREADY_PUBLISHED")


async def test_a_post_is_scheduled_moved_taken_back_and_scheduled_again(ours: Caller) -> None:
    post = await made(ours)
    place = f"/posts/{post['post_id']}"
    first, second = soon(), (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S+00:00")

    scheduled = (await ours.call("POST", f"{place}/schedule", {"scheduled_at": first})).json()
    moved = (await ours.call("POST", f"{place}/schedule", {"scheduled_at": second})).json()
    back = (await ours.call("POST", f"{place}/cancel")).json()
    twice = await ours.call("POST", f"{place}/cancel")
    again = (await ours.call("POST", f"{place}/schedule", {"scheduled_at": first})).json()

    assert (scheduled["status"], scheduled["scheduled_at"]) == ("scheduled", first.replace("+00:00", "Z"))
    assert scheduled["items"][0]["status"] == "draft"
    assert moved["scheduled_at"] == second.replace("+00:00", "Z")
    assert back["status"] == "draft"
    assert "scheduled_at" not in back
    assert error(twice) == (409, "CONFLICT")
    assert again["status"] == "scheduled"
    assert again["items"][0]["item_id"] == post["items"][0]["item_id"]


async def test_what_somebody_cancelled_elsewhere_is_a_draft_and_can_be_scheduled_again(ours: Caller) -> None:
    post = await made(ours)
    place = f"/posts/{post['post_id']}"
    await ours.call("POST", f"{place}/schedule", {"scheduled_at": soon()})
    await scheduling.cancel_post(ours.deps, ours.workspace_id, PostId(str(post["post_id"])), asked_by="tests")

    shown = (await ours.call("GET", place)).json()
    again = (await ours.call("POST", f"{place}/schedule", {"scheduled_at": soon()})).json()

    assert shown["status"] == "draft"
    assert again["status"] == "scheduled"
    assert again["items"][0]["item_id"] == post["items"][0]["item_id"]


async def test_a_draft_and_a_scheduled_post_are_changed_and_deleted(ours: Caller) -> None:
    draft, planned = await made(ours), await made(ours)
    await ours.call("POST", f"/posts/{planned['post_id']}/schedule", {"scheduled_at": soon()})
    new = {"items": [{"post_type": "toy-post", "content": "Another text."}]}
    for post, status in ((draft, "draft"), (planned, "scheduled")):
        place = f"/posts/{post['post_id']}"

        changed = (await ours.call("PATCH", place, new)).json()
        gone = await ours.call("DELETE", place)

        assert changed["status"] == status
        assert changed["items"][0] == {**post["items"][0], "content": "Another text."}
        assert gone.json() == {"success": True}
        assert error(await ours.call("GET", place)) == (404, "NOT_FOUND")
        assert error(await ours.call("DELETE", place)) == (404, "NOT_FOUND")
    assert (await ours.call("GET", "/posts")).json()["data"] == []


async def test_posts_are_listed_newest_first_page_by_page(ours: Caller) -> None:
    made_ids = [(await made(ours))["post_id"] for _ in range(5)]
    await ours.call("POST", f"/posts/{made_ids[1]}/schedule", {"scheduled_at": soon()})

    seen: list[object] = []
    cursor = ""
    while True:
        page = (await ours.call("GET", f"/posts?limit=2{cursor}")).json()
        seen += [post["post_id"] for post in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    scheduled = (await ours.call("GET", "/posts?status=scheduled")).json()

    assert seen == made_ids[::-1]
    assert page["next_cursor"] is None
    assert [post["post_id"] for post in scheduled["data"]] == [made_ids[1]]
    for query in ("limit=0", "limit=101", "limit=x", "cursor=%21%21", "cursor=AAAA", "status=odd", "cursor=%00"):
        answer = await ours.call("GET", f"/posts?{query}")
        assert error(answer) == (400, "VALIDATION_ERROR"), query
        assert answer.json()["error"]["param"] == query.partition("=")[0]


async def test_another_workspace_sees_nothing(ours: Caller, toy: Queue) -> None:
    post = await made(ours)
    async with toy.deps.database.transaction() as session:
        other = await workspaces.create_workspace(session, "Other")
        await brands.create_brand(session, other.id, "Quartz", timezone="UTC")
    theirs = await caller(toy.deps, other.id)
    item = post["items"][0]["item_id"]

    for method, place in (
        ("GET", f"/posts/{post['post_id']}"),
        ("PATCH", f"/posts/{post['post_id']}"),
        ("DELETE", f"/posts/{post['post_id']}"),
        ("POST", f"/posts/{post['post_id']}/publish"),
        ("POST", f"/posts/{post['post_id']}/cancel"),
        ("GET", f"/post-items/{item}/analytics"),
    ):
        assert error(await theirs.call(method, place, BODY if method == "PATCH" else None)) == (404, "NOT_FOUND")
        foreign = await ours.call(method, place, X_Workspace_Id=other.id)
        assert error(foreign) == (403, "FORBIDDEN")
    assert (await theirs.call("GET", "/posts")).json()["data"] == []
