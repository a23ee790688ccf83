"""`/missions`: campaigns that group contents, paused and resumed."""

from datetime import datetime
from typing import Annotated, Any, cast

from msgspec import Meta, Struct, field

from bot import clock
from bot.domain.errors import NotAllowed, invalid
from bot.domain.ids import BrandId, ItemId, MissionId
from bot.domain.missions import Mission, MissionStatus, NewMission
from bot.domain.spelling import meant, told
from bot.services import missions
from bot.services.missions import Wanted
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault
from handlers.http.api.listing import Id, Listed, PageQuery, listed, page_of
from handlers.http.api.times import instant, stamp

_LARGEST = 2**63 - 1
_STARTS = (MissionStatus.DRAFT, MissionStatus.ACTIVE)


class MissionBody(Struct, kw_only=True):
    """One mission. What is not set is null."""

    id: str
    name: str
    description: str | None
    status: MissionStatus
    objectives: list[Any]
    platforms: list[str]
    constraints: dict[str, Any]
    kpis: list[Any]
    duration_days: int | None
    starts_at: str | None
    ends_at: str | None
    pipeline_job_id: str | None
    publishing_enabled: bool
    created_at: str
    updated_at: str


class MissionsQuery(PageQuery, kw_only=True):
    """Which missions."""

    status: MissionStatus | None = None
    platform: Id | None = None


class NewMissionBody(Struct, kw_only=True):
    """A mission to make. `status` is `active` unless it is to begin as a draft."""

    name: str
    description: str | None = None
    objectives: Annotated[list[Any], Meta(max_length=100)] = field(default_factory=list)
    platforms: Annotated[list[Id], Meta(max_length=100)] = field(default_factory=list)
    constraints: dict[str, Any] = field(default_factory=dict)
    kpis: Annotated[list[Any], Meta(max_length=100)] = field(default_factory=list)
    status: MissionStatus = MissionStatus.ACTIVE
    duration_days: int | None = None
    starts_at: str | None = None
    ends_at: str | None = None


class AddBody(Struct, kw_only=True):
    """Which contents; of each its whole post becomes the mission's."""

    content_ids: Annotated[list[Id], Meta(min_length=1, max_length=100)]


class Added(Struct, kw_only=True):
    """Which posts are the mission's now."""

    mission_id: str
    post_ids: list[str]


def _body_of(mission: Mission) -> MissionBody:
    return MissionBody(
        id=mission.id,
        name=mission.name,
        description=mission.description,
        status=mission.status,
        objectives=list(mission.objectives),
        platforms=list(mission.platforms),
        constraints=dict(mission.constraints),
        kpis=list(mission.kpis),
        duration_days=mission.duration_days,
        starts_at=_stamp(mission.starts_at),
        ends_at=_stamp(mission.ends_at),
        pipeline_job_id=None,
        publishing_enabled=mission.publishing_enabled,
        created_at=stamp(mission.created_at),
        updated_at=stamp(mission.updated_at),
    )


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at is not None else None


async def _some(call: Call[None, MissionsQuery]) -> Listed[MissionBody]:
    query = call.query
    wanted = Wanted(
        now=clock.now(),
        brand_id=call.brand_id,
        status=query.status,
        platform=told(meant(query.platform)[0]) if query.platform is not None else None,
    )
    page = await missions.some(call.deps, call.workspace_id, wanted, page_of(query))
    return listed(page, [_body_of(mission) for mission in page.data])


async def _create(call: Call[NewMissionBody, None]) -> MissionBody:
    body = call.body
    if body.status not in _STARTS:
        raise invalid("status", "A mission begins as active or draft.")
    for name in ("objectives", "constraints", "kpis"):
        _refuse_odd(name, getattr(body, name))
    new = NewMission(
        id=MissionId(call.id_for("msn")),
        name=body.name,
        brand_id=BrandId(call.brand_id) if call.brand_id is not None else None,
        description=body.description,
        objectives=body.objectives,
        platforms=_networks(call, body.platforms),
        constraints=body.constraints,
        kpis=body.kpis,
        status=body.status,
        duration_days=body.duration_days,
        starts_at=instant("starts_at", body.starts_at) if body.starts_at is not None else None,
        ends_at=instant("ends_at", body.ends_at) if body.ends_at is not None else None,
    )
    return _body_of(await missions.create(call.deps, call.workspace_id, new))


def _refuse_odd(field_: str, value: object) -> None:
    """Numbers that not every program, or database, can hold. Raises InvalidContent."""
    match value:
        case dict():
            _refuse_odd(field_, list(cast("dict[str, object]", value).values()))
        case list():
            for one in cast("list[object]", value):
                _refuse_odd(field_, one)
        case int() | float() if not -_LARGEST <= value <= _LARGEST:
            raise invalid(field_, f"{field_} holds a number that is too large.")
        case _:
            pass


def _networks(call: Call[NewMissionBody, None], names: list[str]) -> list[str]:
    known = {told(name) for name in call.deps.connectors}
    for name in names:
        if told(meant(name)[0]) not in known:
            raise invalid("platforms", f"Herald has no platform {name[:40]!r}. It has: {', '.join(sorted(known))}.")
    return list(dict.fromkeys(told(meant(name)[0]) for name in names))


async def _one(call: Call[None, None]) -> MissionBody:
    return _body_of(await missions.find(call.deps, call.workspace_id, _id(call), brand_id=call.brand_id))


async def _pause(call: Call[None, None]) -> MissionBody:
    await _may_change(call)
    return _body_of(
        await missions.pause(call.deps, call.workspace_id, _id(call), brand_id=call.brand_id, asked_by=call.asked_by)
    )


async def _resume(call: Call[None, None]) -> MissionBody:
    await _may_change(call)
    return _body_of(
        await missions.resume(call.deps, call.workspace_id, _id(call), brand_id=call.brand_id, asked_by=call.asked_by)
    )


async def _may_change(call: Call[None, None]) -> None:
    """A mission of the whole workspace is not one brand's to stop. Raises NotAllowed, NotFound."""
    if call.brand_id is None:
        return
    mission = await missions.find(call.deps, call.workspace_id, _id(call), brand_id=call.brand_id)
    if mission.brand_id != call.brand_id:
        raise NotAllowed("This mission is the whole workspace's; this key is one brand's.")


async def _add(call: Call[AddBody, None]) -> Added:
    added = await missions.add_contents(
        call.deps,
        call.workspace_id,
        _id(call),
        [ItemId(item_id) for item_id in call.body.content_ids],
        brand_id=call.brand_id,
        asked_by=call.asked_by,
    )
    return Added(mission_id=_id(call), post_ids=list(added))


def _id(call: Call[Any, Any]) -> MissionId:
    return MissionId(call.path["mission_id"])


_READ, _WRITE, _TAG = "missions:read", "missions:write", "Missions"
_EXAMPLE = {
    "id": "msn_01kc0000000000000000000000",
    "name": "Winter beans",
    "description": None,
    "status": "active",
    "objectives": ["Tell of the new beans"],
    "platforms": ["twitter"],
    "constraints": {"posts_per_week": 3},
    "kpis": [],
    "duration_days": 30,
    "starts_at": "2026-11-22T08:00:00Z",
    "ends_at": "2026-12-22T08:00:00Z",
    "pipeline_job_id": None,
    "publishing_enabled": True,
    "created_at": "2026-11-22T08:00:00Z",
    "updated_at": "2026-11-22T08:00:00Z",
}
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/missions",
        family=Family.B,
        scope=_READ,
        query=MissionsQuery,
        answer=Listed[MissionBody],
        handle=_some,
        summary="List missions",
        description="Newest first.",
        tag=_TAG,
        example_query={"status": "active"},
        example_answer={"data": [_EXAMPLE], "has_more": False, "total": 1},
    ),
    Endpoint(
        method="POST",
        path="/missions",
        family=Family.B,
        scope=_WRITE,
        body=NewMissionBody,
        answer=MissionBody,
        handle=_create,
        summary="Make a mission",
        description="It groups posts; it writes none. Without `ends_at` it ends after `duration_days`.",
        tag=_TAG,
        example_body={"name": "Winter beans", "platforms": ["twitter"], "duration_days": 30},
        example_answer=_EXAMPLE,
    ),
    Endpoint(
        method="GET",
        path="/missions/{mission_id}",
        family=Family.B,
        scope=_READ,
        answer=MissionBody,
        handle=_one,
        summary="Read a mission",
        tag=_TAG,
        example_answer=_EXAMPLE,
    ),
    Endpoint(
        method="POST",
        path="/missions/{mission_id}/pause",
        family=Family.B,
        scope=_WRITE,
        answer=MissionBody,
        handle=_pause,
        summary="Pause a mission",
        description="Nothing of it is sent or scheduled any more. What was scheduled is laid aside.",
        tag=_TAG,
        example_answer={**_EXAMPLE, "status": "paused", "publishing_enabled": False},
    ),
    Endpoint(
        method="POST",
        path="/missions/{mission_id}/resume",
        family=Family.B,
        scope=_WRITE,
        answer=MissionBody,
        handle=_resume,
        summary="Resume a mission",
        description="Also one that a disconnect keeps from publishing. What was laid aside is scheduled again, if its"
        " time is still to come.",
        tag=_TAG,
        example_answer=_EXAMPLE,
    ),
    Endpoint(
        method="POST",
        path="/missions/{mission_id}/content",
        family=Family.B,
        scope=_WRITE,
        body=AddBody,
        answer=Added,
        handle=_add,
        summary="Make contents a mission's",
        description="All of them, or none. A post belongs to one mission.",
        tag=_TAG,
        faults=(Fault.CONFLICT,),
        example_body={"content_ids": ["item_01kc0000000000000000000000"]},
        example_answer={
            "mission_id": "msn_01kc0000000000000000000000",
            "post_ids": ["post_01kc0000000000000000000000"],
        },
    ),
)
