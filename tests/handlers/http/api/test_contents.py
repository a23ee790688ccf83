"""`/content` and `/publish`: every field, every move, and whose they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import scheduling
from bot.services.scheduling import NotYet, Wish
from tests import factories
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_connect import shape
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

TOKYO = "+09:00"


async def draft(toy: Queue, text: str = "New #beans by @juniper", *parts: str) -> str:
    """A draft for the toy network; the id of its content."""
    wish = Wish(brand=toy.brand, to=(toy.account.id,), text=text, parts=parts, when=NotYet(), asked_by="tests")
    return (await scheduling.schedule_post(toy.deps, wish)).items[0].item_id


def in_tokyo(**ahead: float) -> str:
    """A time ahead, written with an offset of its own."""
    at = (datetime.now(UTC) + timedelta(hours=9, **ahead)).replace(microsecond=0, tzinfo=None)
    return f"{at.isoformat()}{TOKYO}"


async def found(ours: Caller, query: str = "") -> list[str]:
    """The ids of a list."""
    answer = await ours.call("GET", f"/content{query}")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"data", "has_more", "total"}
    return [one["id"] for one in answer.json()["data"]]


async def test_a_content_has_all_its_fields_unset_ones_as_null(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy)

    (told,) = (await ours.call("GET", "/content")).json()["data"]

    nothing = type(None)
    assert told["id"] == content_id
    assert shape(told) == {
        "id": str,
        "mission_id": nothing,
        "platform": str,
        "type": str,
        "status": str,
        "copy": {
            "primary": str,
            "thread_parts": [],
            "hashtags": [str],
            "mentions": [str],
            "cta": nothing,
            "alt_text": nothing,
        },
        "visuals": [],
        "metadata": {"post_id": str, "account_id": str, "post_type": str},
        "scheduling": {"scheduled_for": nothing, "timezone": nothing},
        "publishing": {"published_at": nothing, "platform_post_id": nothing, "platform_url": nothing},
        "review": {"required": bool, "reviewed_by": nothing, "reviewed_at": nothing, "notes": nothing},
        "version": int,
        "created_at": str,
        "updated_at": str,
    }
    assert (told["status"], told["type"], told["platform"]) == ("draft", "post", "toy")
    assert (told["copy"]["hashtags"], told["copy"]["mentions"]) == (["beans"], ["juniper"])


async def test_publishing_waits_for_the_network_and_says_where_it_is(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy)
    async with toy.working():
        answer = await ours.call("POST", "/publish", {"content_id": content_id})

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert shape(told) == dict.fromkeys(
        ("content_id", "status", "published_at", "platform", "platform_post_id", "platform_url"), str
    )
    assert (told["content_id"], told["status"]) == (content_id, "published")
    assert toy.network.texts() == ["New #beans by @juniper"]
    assert await found(ours, "?status=published") == [content_id]
    assert error(await ours.call("POST", "/publish", {"content_id": content_id})) == (409, "conflict")
    assert error(await ours.call("DELETE", f"/publish/{content_id}")) == (409, "conflict")
    assert error(await ours.call("POST", f"/content/{content_id}/approve", {})) == (409, "conflict")


async def test_a_failed_send_is_409_with_the_networks_words(toy: Queue, ours: Caller) -> None:
    toy.network.behaviour = lambda _: "422"
    content_id = await draft(toy)
    async with toy.working():
        answer = await ours.call("POST", "/publish", {"content_id": content_id})

    assert error(answer) == (409, "conflict")
    assert "It was not published." in answer.json()["error"]["message"]
    assert await found(ours, "?status=failed") == [content_id]


async def test_scheduling_echoes_the_offset_and_cancelling_makes_it_approved(toy: Queue, ours: Caller) -> None:
    content_id, at, later = await draft(toy, "One", "Two"), in_tokyo(days=2), in_tokyo(days=3)

    answer = await ours.call("POST", "/publish/schedule", {"content_id": content_id, "scheduled_for": at})
    assert answer.json() == {
        "content_id": content_id,
        "status": "scheduled",
        "scheduled_for": at,
        "metricool_post_id": None,
    }
    moved = await ours.call(
        "POST",
        "/publish/schedule",
        {"content_id": content_id, "scheduled_for": later, "use_optimal_time": True, "unknown": 1},
    )
    assert moved.json()["scheduled_for"] == later
    (queued,) = (await ours.call("GET", "/publish/queue")).json()["data"]
    assert (queued["id"], queued["type"], queued["scheduling"]["scheduled_for"]) == (content_id, "thread", later)

    cancelled = await ours.call("DELETE", f"/publish/{content_id}")

    told = cancelled.json()
    assert shape(told) == dict.fromkeys(("content_id", "status", "previous_scheduled_for", "cancelled_at"), str)
    assert (told["status"], told["previous_scheduled_for"]) == ("approved", later)
    assert await found(ours, "?status=approved") == [content_id]
    assert (await ours.call("GET", "/publish/queue")).json() == {"data": [], "has_more": False, "total": 0}
    assert error(await ours.call("DELETE", f"/publish/{content_id}")) == (409, "conflict")
    again = await ours.call("POST", "/publish/schedule", {"content_id": content_id, "scheduled_for": at})
    assert again.json()["status"] == "scheduled"


@pytest.mark.parametrize("ending", ["Z", "+00:00", "-03:30", "+0530"])
async def test_the_offset_is_told_again_as_it_was_given(toy: Queue, ours: Caller, ending: str) -> None:
    content_id, at = await draft(toy), f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M:%S}"

    answer = await ours.call("POST", "/publish/schedule", {"content_id": content_id, "scheduled_for": f"{at}{ending}"})

    assert answer.json()["scheduled_for"] == f"{at}{ending.replace('0530', '05:30')}"


@pytest.mark.parametrize(
    "text",
    [
        "2099-01-01T09:00:00",
        "2020-01-01T09:00:00Z",
        "tomorrow",
        "2026-13-01T09:00:00Z",
        "2027-01-01T09:00+01:00:30",
        "",
    ],
)
async def test_a_time_that_cannot_be_names_its_field(toy: Queue, ours: Caller, text: str) -> None:
    content_id = await draft(toy)
    for path, body, param in (
        ("/publish/schedule", {"content_id": content_id, "scheduled_for": text}, "scheduled_for"),
        (f"/content/{content_id}/approve", {"schedule_for": text}, "schedule_for"),
    ):
        answer = await ours.call("POST", path, body)
        assert error(answer) == (400, "invalid_request")
        assert answer.json()["error"]["param"] == param
    assert await found(ours, "?status=draft") == [content_id]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/publish", {}, "content_id"),
        ("/publish", {"content_id": 7}, "content_id"),
        ("/publish/schedule", {"content_id": "item_1"}, "scheduled_for"),
        ("/content/bulk/approve", {"content_ids": []}, "content_ids"),
        ("/content/bulk/approve", {"content_ids": "item_1"}, "content_ids"),
        ("/content/item_1/reject", {"regenerate": True}, "regenerate"),
    ],
)
async def test_a_wrong_body_names_its_field(ours: Caller, path: str, body: dict[str, Any], param: str) -> None:
    answer = await ours.call("POST", path, body)

    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == param


async def test_saying_yes_and_no_moves_a_content_and_an_edit_makes_it_a_draft_again(toy: Queue, ours: Caller) -> None:
    first, second = await draft(toy, "First"), await draft(toy, "Second")

    approved = (await ours.call("POST", f"/content/{first}/approve", {"notes": "Lovely"})).json()
    assert (approved["status"], approved["review"]["notes"]) == ("approved", "Lovely")
    assert approved["review"]["reviewed_by"] == f"api:{ours.key.id}"
    rejected = (await ours.call("POST", f"/content/{second}/reject", {"reason": "Too long"})).json()
    assert (rejected["status"], rejected["review"]["notes"]) == ("rejected", "Too long")
    assert await found(ours, "?status=approved") == [first]
    assert await found(ours, "?status=rejected") == [second]
    assert await found(ours, "?status=draft") == []
    for path, body in (
        (f"/content/{second}/approve", {}),
        ("/publish", {"content_id": second}),
        ("/publish/schedule", {"content_id": second, "scheduled_for": in_tokyo(days=1)}),
        ("/content/bulk/approve", {"content_ids": [first, second]}),
    ):
        assert error(await ours.call("POST", path, body)) == (409, "conflict")

    post_id = rejected["metadata"]["post_id"]
    changed = await ours.call("PATCH", f"/posts/{post_id}", {"items": [{"post_type": "toy-post", "content": "Short"}]})
    assert changed.status_code == 200, changed.text
    (again,) = (await ours.call("GET", "/content?status=draft")).json()["data"]
    assert again["copy"]["primary"] == "Short"
    both = await ours.call("POST", "/content/bulk/approve", {"content_ids": [first, again["id"]]})
    assert sorted(one["status"] for one in both.json()["data"]) == ["approved", "approved"]
    scheduled = await ours.call("POST", f"/content/{first}/approve", {"schedule_for": in_tokyo(days=1)})
    assert scheduled.json()["status"] == "scheduled"


async def test_yes_and_no_need_no_body_where_nothing_is_to_be_said(toy: Queue, ours: Caller) -> None:
    first, second = await draft(toy, "First"), await draft(toy, "Second")

    approved = await ours.call("POST", f"/content/{first}/approve")
    rejected = await ours.call("POST", f"/content/{second}/reject")

    assert (approved.status_code, approved.json().get("status")) == (200, "approved"), approved.text
    assert (rejected.status_code, rejected.json().get("status")) == (200, "rejected"), rejected.text
    assert error(await ours.call("POST", "/content/bulk/approve")) == (400, "invalid_request")


async def test_lists_are_filtered_and_paged(toy: Queue, ours: Caller) -> None:
    ids = [await draft(toy, f"Number {number}") for number in range(5)]
    newest = ids[::-1]

    assert await found(ours, "?limit=2") == newest[:2]
    assert await found(ours, f"?limit=2&starting_after={newest[1]}") == newest[2:4]
    assert await found(ours, f"?limit=2&starting_after={newest[3]}") == newest[4:]
    assert await found(ours, f"?limit=2&ending_before={newest[4]}") == newest[2:4]
    page = (await ours.call("GET", "/content?limit=2")).json()
    assert (page["has_more"], page["total"]) == (True, 5)
    assert await found(ours, "?platform=toy&type=post") == newest
    assert await found(ours, "?platform=twitter") == await found(ours, "?type=reel") == []
    assert await found(ours, "?status=archived") == await found(ours, "?mission_id=msn_1") == []
    hour_ago = (clock.now() - timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert await found(ours, f"?created_after={hour_ago}") == newest
    assert await found(ours, f"?created_before={hour_ago}") == []
    for days, content_id in ((3, ids[0]), (1, ids[1]), (2, ids[2])):
        await ours.call("POST", "/publish/schedule", {"content_id": content_id, "scheduled_for": in_tokyo(days=days)})
    queue = (await ours.call("GET", "/publish/queue?limit=2")).json()
    assert [one["id"] for one in queue["data"]] == [ids[1], ids[2]]
    rest = (await ours.call("GET", f"/publish/queue?starting_after={ids[2]}")).json()
    assert ([one["id"] for one in rest["data"]], rest["total"]) == ([ids[0]], 3)
    before = (await ours.call("GET", f"/publish/queue?limit=1&ending_before={ids[0]}")).json()
    assert [one["id"] for one in before["data"]] == [ids[2]]
    for query in ("limit=0", "limit=101", "limit=x", "starting_after=item_0", "status=lost", "created_after=now"):
        answer = await ours.call("GET", f"/content?{query}")
        assert error(answer) == (400, "invalid_request")
        assert answer.json()["error"]["param"] == query.partition("=")[0]
    assert error(await ours.call("GET", f"/content?starting_after={ids[0]}&ending_before={ids[1]}"))[0] == 400


async def test_another_workspaces_contents_are_not_there(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy)
    other = await factories.make_brand(toy.deps.database)
    stranger = await caller(toy.deps, other.workspace_id)
    beside = await factories.make_brand(toy.deps.database, toy.workspace_id, "Rowan")
    narrow = await caller(toy.deps, toy.workspace_id, brand=beside)

    for who in (stranger, narrow):
        assert await found(who) == []
        for method, path, body in (
            ("POST", "/publish", {"content_id": content_id}),
            ("POST", "/publish/schedule", {"content_id": content_id, "scheduled_for": in_tokyo(days=1)}),
            ("DELETE", f"/publish/{content_id}", None),
            ("POST", f"/content/{content_id}/approve", {}),
            ("POST", f"/content/{content_id}/reject", {}),
            ("POST", "/content/bulk/approve", {"content_ids": [content_id]}),
        ):
            assert error(await who.call(method, path, body)) == (404, "not_found"), path
        assert error(await who.call("GET", f"/content?starting_after={content_id}"))[0] == 400
    assert await found(ours, "?status=draft") == [content_id]


async def test_only_the_content_itself_moves_not_its_neighbours(toy: Queue, ours: Caller) -> None:
    second = await factories.make_account(
        toy.deps.database, toy.brand, platform="toy", handle="rowan", sealed_by=toy.deps.vault
    )
    wish = Wish(brand=toy.brand, to=(toy.account.id, second.id), text="For both", when=NotYet(), asked_by="tests")
    post = await scheduling.schedule_post(toy.deps, wish)
    one, other = (item.item_id for item in post.items)

    await ours.call("POST", f"/content/{one}/approve", {})
    await ours.call("POST", "/publish/schedule", {"content_id": one, "scheduled_for": in_tokyo(days=1)})

    assert await found(ours, "?status=scheduled") == [one]
    assert await found(ours, "?status=draft") == [other]
    view = await toy.see(PostId(post.post_id))
    assert {item.status for item in view.items} == {State.SCHEDULED, State.DRAFT}
    assert view.scheduled_at is not None
    await ours.call("DELETE", f"/publish/{one}")
    assert (await toy.see(PostId(post.post_id))).scheduled_at is None


async def test_a_named_call_that_publishes_is_done_once(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy)
    async with toy.working():
        first = await ours.call("POST", "/publish", {"content_id": content_id}, Idempotency_Key="one")
        second = await ours.call("POST", "/publish", {"content_id": content_id}, Idempotency_Key="one")

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(toy.network.posts) == 1


async def test_a_yes_with_a_time_that_cannot_be_says_nothing_at_all(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy)
    mission = (await ours.call("POST", "/missions", {"name": "Spring"})).json()["id"]
    await ours.call("POST", f"/missions/{mission}/content", {"content_ids": [content_id]})
    await ours.call("POST", f"/missions/{mission}/pause")
    body = {"notes": "Lovely", "schedule_for": in_tokyo(days=1)}

    refused = await ours.call("POST", f"/content/{content_id}/approve", body, Idempotency_Key="k")

    assert error(refused) == (409, "publishing_disabled")
    (told,) = (await ours.call("GET", "/content")).json()["data"]
    assert (told["status"], told["review"]["reviewed_by"], told["review"]["notes"]) == ("draft", None, None)

    await ours.call("POST", f"/missions/{mission}/resume")
    done = (await ours.call("POST", f"/content/{content_id}/approve", body, Idempotency_Key="k")).json()
    assert (done["status"], done["review"]["notes"]) == ("scheduled", "Lovely")
    assert done["scheduling"]["scheduled_for"] == body["schedule_for"]
