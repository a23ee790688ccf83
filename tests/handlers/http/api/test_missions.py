"""`/missions`: every field, the pages, and what pausing and resuming do to the queue."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.missions import PublishingDisabled
from bot.domain.publication import State
from bot.services import editing, missions, scheduling
from bot.services.scheduling import At, NotYet, Wish
from storage.tables import PostRow
from tests import factories
from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_connect import shape
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue


async def mission(ours: Caller, **more: Any) -> str:  # noqa: ANN401  # fields of a body
    """A new mission's id."""
    answer = await ours.call("POST", "/missions", {"name": "Winter beans", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


async def scheduled(toy: Queue, text: str, **ahead: float) -> str:
    """A post for the toy network; the id of its content."""
    when = At(text=(clock.now() + timedelta(**ahead)).isoformat()) if ahead else NotYet()
    wish = Wish(brand=toy.brand, to=(toy.account.id,), text=text, when=when, asked_by="tests")
    return (await scheduling.schedule_post(toy.deps, wish)).items[0].item_id


async def states(ours: Caller) -> dict[str, str]:
    """The states of contents, by their texts."""
    data = (await ours.call("GET", "/content")).json()["data"]
    return {one["copy"]["primary"]: one["status"] for one in data}


async def test_a_mission_has_all_its_fields_unset_ones_as_null(ours: Caller) -> None:
    small = (await ours.call("POST", "/missions", {"name": " Winter beans "})).json()
    assert shape(small) == {
        "id": str,
        "name": str,
        "description": type(None),
        "status": str,
        "objectives": [],
        "platforms": [],
        "constraints": {},
        "kpis": [],
        "duration_days": type(None),
        "starts_at": str,
        "ends_at": type(None),
        "pipeline_job_id": type(None),
        "publishing_enabled": bool,
        "created_at": str,
        "updated_at": str,
    }
    assert (small["name"], small["status"], small["publishing_enabled"]) == ("Winter beans", "active", True)

    large = {
        "name": "Spring",
        "description": "All about spring.",
        "objectives": ["Reach", {"metric": "likes", "target": 100}],
        "platforms": ["toy"],
        "constraints": {"posts_per_week": 3, "approval": {"required": True}},
        "kpis": [{"name": "views", "target": 1_000}],
        "status": "draft",
        "duration_days": 10,
        "starts_at": "2031-03-01T09:00:00+01:00",
    }
    told = (await ours.call("POST", "/missions", large)).json()
    assert told["starts_at"] == "2031-03-01T08:00:00Z"
    assert told["ends_at"] == "2031-03-11T08:00:00Z"
    kept = {name: value for name, value in large.items() if name != "starts_at"}
    assert {name: told[name] for name in kept} == kept
    assert (await ours.call("GET", f"/missions/{told['id']}")).json() == told


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "M", "platforms": ["myspace"]}, "platforms"),
        ({"name": "M", "duration_days": 0}, "duration_days"),
        ({"name": "M", "starts_at": "2031-03-01T09:00:00"}, "starts_at"),
        ({"name": "M", "ends_at": "2020-03-01T09:00:00Z"}, "ends_at"),
        ({"name": "M", "status": "completed"}, "status"),
        ({"name": "M", "constraints": []}, "constraints"),
        ({"name": "M", "constraints": {"a": [{"b": 10**30}]}}, "constraints"),
        ({"name": "M", "kpis": [2**64]}, "kpis"),
        ({"name": "M", "starts_at": "9999-12-31T00:00:00Z", "duration_days": 7}, "duration_days"),
    ],
)
async def test_a_mission_that_cannot_be_names_the_field(ours: Caller, body: dict[str, Any], param: str) -> None:
    answer = await ours.call("POST", "/missions", body)

    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == param
    assert (await ours.call("GET", "/missions")).json() == {"data": [], "has_more": False, "total": 0}


async def test_missions_are_filtered_and_paged(ours: Caller) -> None:
    first, second, third = [await mission(ours, platforms=[["toy"], [], ["toy"]][number]) for number in range(3)]
    await ours.call("POST", f"/missions/{second}/pause")

    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await ours.call("GET", f"/missions{query}")).json()["data"]]

    assert await ids("") == [third, second, first]
    assert await ids("?limit=1&starting_after=" + third) == [second]
    assert await ids("?limit=1&ending_before=" + first) == [second]
    assert await ids("?status=paused") == [second]
    assert await ids("?status=active") == await ids("?platform=toy") == [third, first]
    assert await ids("?status=completed") == await ids("?platform=twitter") == []
    assert error(await ours.call("GET", "/missions?starting_after=msn_0")) == (400, "invalid_request")


async def test_a_named_call_makes_one_mission(ours: Caller) -> None:
    made = [await ours.call("POST", "/missions", {"name": "Once"}, Idempotency_Key="one") for _ in range(2)]

    assert made[0].json() == made[1].json()
    assert (await ours.call("GET", "/missions")).json()["total"] == 1


async def test_while_paused_nothing_is_sent_or_scheduled_and_resuming_takes_up_what_is_to_come(
    toy: Queue, ours: Caller
) -> None:
    mission_id = await mission(ours)
    near, far = await scheduled(toy, "Near", seconds=6), await scheduled(toy, "Far", days=2)
    _, draft = await scheduled(toy, "No mission", seconds=6), await scheduled(toy, "Draft")
    added = await ours.call("POST", f"/missions/{mission_id}/content", {"content_ids": [near, far, draft]})
    assert len(added.json()["post_ids"]) == 3, added.text
    async with toy.working():
        near_post = (await ours.call("GET", f"/content?mission_id={mission_id}")).json()["data"][-1]["metadata"][
            "post_id"
        ]
        assert await toy.until(near_post, State.CLAIMED, within_s=3.5) == [State.CLAIMED]

        paused = await ours.call("POST", f"/missions/{mission_id}/pause")

        assert (paused.json()["status"], paused.json()["publishing_enabled"]) == ("paused", False)
        assert (await states(ours)) == {
            "Near": "approved",
            "Far": "approved",
            "No mission": "scheduled",
            "Draft": "draft",
        }
        tomorrow = (clock.now() + timedelta(days=1)).isoformat()
        for path, body in (
            ("/publish", {"content_id": near}),
            (
                "/publish/schedule",
                {"content_id": draft, "scheduled_for": tomorrow},
            ),
            (f"/content/{far}/approve", {"schedule_for": tomorrow}),
        ):
            assert error(await ours.call("POST", path, body)) == (409, "publishing_disabled")
        while toy.network.texts() != ["No mission"]:  # noqa: ASYNC110  # the network's own log
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.7)
        resumed = await ours.call("POST", f"/missions/{mission_id}/resume")
    assert toy.network.texts() == ["No mission"]
    assert (resumed.json()["status"], resumed.json()["publishing_enabled"]) == ("active", True)
    (far_now,) = [one for one in (await ours.call("GET", "/publish/queue")).json()["data"] if one["id"] == far]
    assert far_now["scheduling"]["scheduled_for"] is not None
    assert await states(ours) == {"Near": "approved", "Far": "scheduled", "No mission": "published", "Draft": "draft"}
    its = (await ours.call("GET", f"/content?mission_id={mission_id}")).json()
    assert {one["id"] for one in its["data"]} == {near, far, draft}


async def test_what_joins_a_mission_while_somebody_pauses_it_is_laid_aside(toy: Queue, ours: Caller) -> None:
    mission_id = await mission(ours)
    item_id = await scheduled(toy, "Joins", days=1)
    async with toy.deps.database.transaction() as session:
        await session.execute(select(PostRow.id).with_for_update())
        joining = asyncio.create_task(ours.call("POST", f"/missions/{mission_id}/content", {"content_ids": [item_id]}))
        await asyncio.sleep(1)
        pausing = asyncio.create_task(ours.call("POST", f"/missions/{mission_id}/pause"))
        await asyncio.sleep(1)

    assert [(await answer).status_code for answer in (joining, pausing)] == [200, 200]
    assert (await states(ours)) == {"Joins": "approved"}


async def test_the_rule_holds_in_slack_and_at_the_command_line_too(toy: Queue, ours: Caller) -> None:
    mission_id = missions.MissionId(await mission(ours))
    content_id = await scheduled(toy, "Far", days=2)
    await ours.call("POST", f"/missions/{mission_id}/content", {"content_ids": [content_id]})
    await ours.call("POST", f"/missions/{mission_id}/pause")
    (content,) = (await ours.call("GET", "/content")).json()["data"]
    post = await toy.see(content["metadata"]["post_id"])

    with pytest.raises(PublishingDisabled, match="Publishing is switched off for the mission Winter beans"):
        await editing.move_post(
            toy.deps, toy.workspace_id, post.post_id, scheduling.Now(), version=post.version, asked_by="slack:U1"
        )
    wish = Wish(
        brand=toy.brand, to=(toy.account.id,), text="New", when=scheduling.Now(), mission_id=mission_id, asked_by="cli"
    )
    with pytest.raises(PublishingDisabled):
        await scheduling.schedule_post(toy.deps, wish)
    assert toy.network.posts == []


async def test_what_was_over_is_neither_paused_nor_resumed(ours: Caller) -> None:
    over = await mission(ours, starts_at="2020-01-01T00:00:00Z", ends_at="2020-02-01T00:00:00Z")

    assert (await ours.call("GET", f"/missions/{over}")).json()["status"] == "completed"
    for deed in ("pause", "resume"):
        assert error(await ours.call("POST", f"/missions/{over}/{deed}")) == (409, "conflict")


async def test_another_workspaces_or_brands_missions_are_not_there(toy: Queue, ours: Caller) -> None:
    mission_id = await mission(ours)
    own = await caller(toy.deps, toy.workspace_id, brand=toy.brand)
    its = await mission(own)
    stranger = await caller(toy.deps, (await factories.make_brand(toy.deps.database)).workspace_id)
    beside = await factories.make_brand(toy.deps.database, toy.workspace_id, "Rowan")
    narrow = await caller(toy.deps, toy.workspace_id, brand=beside)
    content_id = await scheduled(toy, "Hello")

    for who, gone in ((stranger, mission_id), (stranger, its), (narrow, its)):
        for method, path, body in (
            ("GET", f"/missions/{gone}", None),
            ("POST", f"/missions/{gone}/pause", None),
            ("POST", f"/missions/{gone}/resume", None),
            ("POST", f"/missions/{gone}/content", {"content_ids": [content_id]}),
            ("GET", f"/analytics/missions/{gone}", None),
        ):
            assert error(await who.call(method, path, body)) == (404, "not_found"), path
        assert gone not in {one["id"] for one in (await who.call("GET", "/missions")).json()["data"]}
    assert error(await narrow.call("POST", f"/missions/{mission_id}/pause")) == (403, "forbidden")
    theirs = await mission(stranger)
    foreign = await stranger.call("POST", f"/missions/{theirs}/content", {"content_ids": [content_id]})
    assert error(foreign) == (404, "not_found")
    await ours.call("POST", f"/missions/{mission_id}/content", {"content_ids": [content_id]})
    taken = await ours.call("POST", f"/missions/{its}/content", {"content_ids": [content_id]})
    assert error(taken) == (409, "conflict")


async def test_a_disconnect_switches_active_missions_off_until_they_are_resumed(toy: Queue, ours: Caller) -> None:
    running, asleep = await mission(ours), await mission(ours, status="draft")
    content_id = await scheduled(toy, "Far", days=2)
    await ours.call("POST", f"/missions/{running}/content", {"content_ids": [content_id]})
    async with toy.deps.database.transaction() as session:
        disabled = await missions.missions.disable_active(session, toy.workspace_id, now=clock.now())
        await missions.calling_back.shelve(session, toy.workspace_id, disabled, by="tests")

    assert disabled == [running]
    told = (await ours.call("GET", f"/missions/{running}")).json()
    assert (told["status"], told["publishing_enabled"]) == ("active", False)
    assert (await ours.call("GET", f"/missions/{asleep}")).json()["publishing_enabled"] is True
    assert error(await ours.call("POST", "/publish", {"content_id": content_id})) == (409, "publishing_disabled")
    await ours.call("POST", f"/missions/{running}/resume")
    assert await states(ours) == {"Far": "scheduled"}
