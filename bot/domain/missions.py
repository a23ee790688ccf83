"""Missions: campaigns that group posts, and may be kept from publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.errors import Conflict
from bot.domain.ids import BrandId, MissionId, WorkspaceId


class MissionStatus(StrEnum):
    """Where a mission stands."""

    DRAFT = "draft"
    """Thought of, and not begun."""
    ACTIVE = "active"
    """Under way."""
    PAUSED = "paused"
    """Stopped by somebody, until it is resumed."""
    COMPLETED = "completed"
    """Its end has passed."""


class PublishingDisabled(Conflict):
    """The post belongs to a mission that may not publish; nothing was changed."""

    code = "publishing_disabled"

    def __init__(self, mission: str) -> None:
        super().__init__(f"Publishing is switched off for the mission {mission}. Resume the mission first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMission:
    """A mission as somebody describes it. `brand_id` is None where it is the whole workspace's."""

    name: str
    id: MissionId | None = None
    """Where it is known already, because making it was begun before."""
    brand_id: BrandId | None = None
    description: str | None = None
    objectives: Sequence[object] = ()
    platforms: Sequence[str] = ()
    constraints: Mapping[str, object]
    kpis: Sequence[object] = ()
    status: MissionStatus = MissionStatus.ACTIVE
    duration_days: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """A mission as it is stored. Instants are aware UTC."""

    id: MissionId
    workspace_id: WorkspaceId
    brand_id: BrandId | None
    name: str
    description: str | None
    objectives: Sequence[object]
    platforms: Sequence[str]
    constraints: Mapping[str, object]
    kpis: Sequence[object]
    status: MissionStatus
    publishing_enabled: bool
    """Off: nothing of it is sent or scheduled, until it is resumed."""
    duration_days: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime

    def at(self, now: datetime) -> "Mission":
        """The mission as it stands then: one whose end has passed is completed."""
        over = self.status is MissionStatus.ACTIVE and self.ends_at is not None and self.ends_at <= now
        return replace(self, status=MissionStatus.COMPLETED) if over else self
