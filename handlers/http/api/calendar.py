"""`/calendar`: plans that publish nothing by themselves."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from bot.domain.errors import invalid
from bot.services import calendar
from bot.services.calendar import Entry
from bot.services.networks import Network
from handlers.http.api import times
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family
from handlers.http.api.post_bodies import Success

Title = Annotated[str, Meta(min_length=1, max_length=500)]
Description = Annotated[str, Meta(max_length=5_000)]
Day = Annotated[str, Meta(extra_json_schema={"format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})]
Time = Annotated[
    str,
    Meta(
        description="24 hours, in the workspace's own zone.",
        extra_json_schema={"pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    ),
]
Platforms = Annotated[list[Network], Meta(max_length=30)]


class EntryBody(Struct, kw_only=True):
    """A new plan."""

    title: Title
    scheduled_date: Day
    description: Description | None = None
    scheduled_time: Time | None = None
    platforms: Platforms = field(default_factory=list[Network])


class EntryChange(Struct, kw_only=True):
    """What a plan shall have instead; what is left out stays, and null takes away."""

    title: Title | UnsetType = UNSET
    scheduled_date: Day | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    scheduled_time: Time | UnsetType | None = UNSET
    platforms: Platforms | UnsetType = UNSET


class CalendarEntry(Struct, kw_only=True):
    """A plan."""

    entry_id: str
    title: str
    description: str | None
    scheduled_date: str
    scheduled_time: str | None
    platforms: list[str]
    status: Literal["planned"]
    created_at: str
    updated_at: str


class Entries(Struct, kw_only=True):
    """The plans of some days, in their order."""

    entries: list[CalendarEntry]


class EntriesQuery(Struct, kw_only=True):
    """Which days, both included; 366 at most."""

    start_date: Day
    end_date: Day


def _shown(entry: Entry) -> CalendarEntry:
    return CalendarEntry(
        entry_id=entry.id,
        title=entry.title,
        description=entry.description,
        scheduled_date=entry.scheduled_date.isoformat(),
        scheduled_time=entry.scheduled_time,
        platforms=[*entry.platforms],
        status="planned",
        created_at=times.stamp(entry.created_at),
        updated_at=times.stamp(entry.updated_at),
    )


def _time(text: str) -> str:
    return times.time_of_day("scheduled_time", text)


async def _list(call: Call[None, EntriesQuery]) -> Entries:
    first = times.day("start_date", call.query.start_date)
    last = times.day("end_date", call.query.end_date)
    found = await calendar.between(call.deps, call.workspace_id, first, last)
    return Entries(entries=[_shown(entry) for entry in found])


async def _create(call: Call[EntryBody, None]) -> CalendarEntry:
    body = call.body
    made = await calendar.add(
        call.deps,
        call.workspace_id,
        entry_id=call.id_for("entry"),
        title=body.title,
        description=body.description,
        scheduled_date=times.day("scheduled_date", body.scheduled_date),
        scheduled_time=None if body.scheduled_time is None else _time(body.scheduled_time),
        platforms=tuple(dict.fromkeys(body.platforms)),
    )
    return _shown(made)


async def _read(call: Call[None, None]) -> CalendarEntry:
    return _shown(await calendar.get(call.deps, call.workspace_id, call.path["entry_id"]))


async def _change(call: Call[EntryChange, None]) -> CalendarEntry:
    body = call.body
    named = {name: getattr(body, name) for name in body.__struct_fields__}
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not UNSET}
    if not given:
        raise invalid("body", f"Give at least one of: {', '.join(named)}.")
    if isinstance(body.scheduled_date, str):
        given["scheduled_date"] = times.day("scheduled_date", body.scheduled_date)
    if isinstance(body.scheduled_time, str):
        given["scheduled_time"] = _time(body.scheduled_time)
    if isinstance(body.platforms, list):
        given["platforms"] = tuple(dict.fromkeys(body.platforms))
    return _shown(await calendar.change(call.deps, call.workspace_id, call.path["entry_id"], given))


async def _delete(call: Call[None, None]) -> Success:
    await calendar.delete(call.deps, call.workspace_id, call.path["entry_id"])
    return Success(success=True)


_BODY: dict[str, Any] = {
    "title": "Spring blend: teaser",
    "scheduled_date": "2027-03-01",
    "scheduled_time": "09:30",
    "platforms": ["instagram", "x"],
}
_ENTRY: dict[str, Any] = {
    "entry_id": "entry_01kb7qz3m4q1w2e3r4t5y6u7i8",
    **_BODY,
    "description": None,
    "status": "planned",
    "created_at": "2026-11-27T08:00:00Z",
    "updated_at": "2026-11-27T08:00:00Z",
}

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/calendar/entries",
        family=Family.A,
        scope="calendar:read",
        query=EntriesQuery,
        answer=Entries,
        handle=_list,
        summary="List plans of some days",
        tag="Calendar",
        example_query={"start_date": "2027-03-01", "end_date": "2027-03-31"},
        example_answer={"entries": [_ENTRY]},
    ),
    Endpoint(
        method="POST",
        path="/calendar/entries",
        family=Family.A,
        scope="calendar:write",
        body=EntryBody,
        answer=CalendarEntry,
        handle=_create,
        summary="Make a plan",
        description="A plan publishes nothing by itself.",
        tag="Calendar",
        example_body=_BODY,
        example_answer=_ENTRY,
    ),
    Endpoint(
        method="GET",
        path="/calendar/entries/{entry_id}",
        family=Family.A,
        scope="calendar:read",
        answer=CalendarEntry,
        handle=_read,
        summary="Read a plan",
        tag="Calendar",
        example_answer=_ENTRY,
    ),
    Endpoint(
        method="PATCH",
        path="/calendar/entries/{entry_id}",
        family=Family.A,
        scope="calendar:write",
        body=EntryChange,
        answer=CalendarEntry,
        handle=_change,
        summary="Change a plan",
        tag="Calendar",
        example_body={"scheduled_time": None},
        example_answer={**_ENTRY, "scheduled_time": None, "updated_at": "2026-11-27T08:05:00Z"},
    ),
    Endpoint(
        method="DELETE",
        path="/calendar/entries/{entry_id}",
        family=Family.A,
        scope="calendar:write",
        answer=Success,
        handle=_delete,
        summary="Drop a plan",
        tag="Calendar",
        example_answer={"success": True},
    ),
)
