"""Plans on the calendar, over HTTP."""

import re

import pytest

from tests.handlers.http.api.caller import Caller, caller
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

BODY = {
    "title": "Spring blend: teaser",
    "scheduled_date": "2027-03-01",
    "scheduled_time": "09:30",
    "platforms": ["instagram", "x"],
}


async def test_a_plan_is_made_read_listed_changed_and_dropped(ours: Caller) -> None:
    made = (await ours.call("POST", "/calendar/entries", BODY)).json()
    place = f"/calendar/entries/{made['entry_id']}"

    changed = (await ours.call("PATCH", place, {"description": "In the park.", "scheduled_time": None})).json()
    listed = (await ours.call("GET", "/calendar/entries?start_date=2027-03-01&end_date=2027-03-01")).json()
    elsewhere = (await ours.call("GET", "/calendar/entries?start_date=2027-03-02&end_date=2027-03-31")).json()
    read = (await ours.call("GET", place)).json()
    gone = (await ours.call("DELETE", place)).json()

    assert made == {
        "entry_id": made["entry_id"],
        **BODY,
        "description": None,
        "status": "planned",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["created_at"])
    assert changed == {
        **made,
        "description": "In the park.",
        "scheduled_time": None,
        "updated_at": changed["updated_at"],
    }
    assert read == changed
    assert listed == {"entries": [changed]}
    assert elsewhere == {"entries": []}
    assert gone == {"success": True}
    assert error(await ours.call("GET", place)) == (404, "NOT_FOUND")
    assert error(await ours.call("DELETE", place)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": None}, "title"),
        ({"description": "x" * 5_001}, "description"),
        ({"scheduled_date": "2027-02-30"}, "scheduled_date"),
        ({"scheduled_date": "1.3.2027"}, "scheduled_date"),
        ({"scheduled_date": "２０２７-03-01"}, "scheduled_date"),  # noqa: RUF001  # digits, but not ours
        ({"scheduled_time": "24:00"}, "scheduled_time"),
        ({"scheduled_time": "09:30\n"}, "scheduled_time"),
        ({"scheduled_time": "0９:30"}, "scheduled_time"),  # noqa: RUF001  # the same
        ({"platforms": ["myspace"]}, "platforms[...]"),
        ({"platforms": "x"}, "platforms"),
    ],
)
async def test_a_plan_that_is_none_is_refused_naming_the_field(
    ours: Caller, change: dict[str, object], param: str
) -> None:
    made = (await ours.call("POST", "/calendar/entries", BODY)).json()

    for answer in (
        await ours.call("POST", "/calendar/entries", {**BODY, **change}),
        await ours.call("PATCH", f"/calendar/entries/{made['entry_id']}", change),
    ):
        assert error(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["error"]["param"].partition("[")[0] == param.partition("[")[0]
        assert "regex" not in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?start_date=2027-01-01",
        "?start_date=2027-02-01&end_date=2027-01-01",
        "?start_date=2027-01-01&end_date=2028-01-02",
        "?start_date=x&end_date=y",
    ],
)
async def test_both_days_are_needed_and_no_more_than_a_year(ours: Caller, query: str) -> None:
    assert error(await ours.call("GET", f"/calendar/entries{query}")) == (400, "VALIDATION_ERROR")


async def test_a_year_with_its_leap_day_can_be_read(ours: Caller) -> None:
    answer = await ours.call("GET", "/calendar/entries?start_date=2028-01-01&end_date=2028-12-31")

    assert answer.json() == {"entries": []}


async def test_nothing_given_changes_nothing(ours: Caller) -> None:
    made = (await ours.call("POST", "/calendar/entries", BODY)).json()

    assert error(await ours.call("PATCH", f"/calendar/entries/{made['entry_id']}", {})) == (400, "VALIDATION_ERROR")


async def test_plans_need_their_scopes(toy: Queue) -> None:
    reader = await caller(toy.deps, toy.workspace_id, scopes=["calendar:read"])
    writer = await caller(toy.deps, toy.workspace_id, scopes=["calendar:write"])

    assert error(await reader.call("POST", "/calendar/entries", BODY)) == (403, "INSUFFICIENT_SCOPE")
    assert error(await writer.call("GET", "/calendar/entries/entry_1")) == (403, "INSUFFICIENT_SCOPE")
