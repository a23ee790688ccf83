"""A content: one text for one account, as programs see a post item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import AccountId, ItemId, MissionId
from bot.domain.posts import FileView, ItemView, PostView
from bot.domain.publication import State


class ContentState(StrEnum):
    """Where a content stands, in the words of the HTTP API."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    APPROVED = "approved"
    """Good to go, without a time; also what was taken back or cancelled."""
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    """On its way out."""
    PUBLISHED = "published"
    FAILED = "failed"
    ARCHIVED = "archived"
    """Nothing is; kept for those who ask for it."""


_PLAIN = {
    State.AWAITING_APPROVAL: ContentState.PENDING_REVIEW,
    State.SCHEDULED: ContentState.SCHEDULED,
    State.CLAIMED: ContentState.SCHEDULED,
    State.SENDING: ContentState.SCHEDULED,
    State.CONFIRMING: ContentState.SCHEDULED,
    State.UNCONFIRMED: ContentState.SCHEDULED,
    State.PUBLISHED: ContentState.PUBLISHED,
    State.FAILED: ContentState.FAILED,
    State.MISSED: ContentState.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said of a content. `scheduled_for` is the time as it was given, with its offset."""

    status: ContentState | None = None
    by: str | None = None
    at: datetime | None = None
    notes: str | None = None
    reason: str | None = None
    feedback: str | None = None
    scheduled_for: str | None = None

    def as_json(self) -> dict[str, object]:
        """As it is stored."""
        at = self.at.isoformat() if self.at is not None else None
        status = self.status.value if self.status is not None else None
        plain = {"status": status, "by": self.by, "at": at, "notes": self.notes, "reason": self.reason}
        more = {"feedback": self.feedback, "scheduled_for": self.scheduled_for}
        return {name: value for name, value in {**plain, **more}.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> "Said":
        """From what is stored."""
        status, at = stored.get("status"), stored.get("at")
        return cls(
            status=ContentState(status) if status is not None else None,
            by=stored.get("by"),
            at=datetime.fromisoformat(at) if at is not None else None,
            notes=stored.get("notes"),
            reason=stored.get("reason"),
            feedback=stored.get("feedback"),
            scheduled_for=stored.get("scheduled_for"),
        )


def state_of(state: State, *, planned: bool, said: ContentState | None) -> ContentState:
    """How an item's state is spelt. A draft with a time was laid aside, and was good to go before."""
    if state not in {State.DRAFT, State.CANCELLED}:
        return _PLAIN[state]
    if said is ContentState.REJECTED:
        return ContentState.REJECTED
    agreed = state is State.CANCELLED or planned or said is ContentState.APPROVED
    return ContentState.APPROVED if agreed else ContentState.DRAFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A content with its post around it."""

    id: ItemId
    post: PostView
    item: ItemView
    """Its first part."""
    account_id: AccountId
    network: str
    """Where it is seen: its platform, or the network behind a route."""
    mission_id: MissionId | None
    said: Said | None
    created_at: datetime
    lead_s: float
    attempt: int
    route_post_id: str | None
    """What a route calls it, once it was handed over."""

    @property
    def state(self) -> ContentState:
        """Where it stands."""
        said = self.said.status if self.said is not None else None
        return state_of(self.item.status, planned=self.item.scheduled_at is not None, said=said)

    @property
    def text(self) -> str:
        """Its first part's text: its own, where it has one."""
        return self.post.text_of(self.item)

    @property
    def files(self) -> tuple[FileView, ...]:
        """The files it goes out with, in order."""
        return self.post.files_of(self.item)

    @property
    def kind(self) -> str:
        """What it is: `post`, `reel`, `thread` and the like."""
        return "thread" if self.post.parts else self.item.post_type.partition("-")[2]

    @property
    def scheduled_for(self) -> str | None:
        """Its time: as it was given, while it is still that one."""
        at, given = self.item.scheduled_at, self.said.scheduled_for if self.said is not None else None
        if at is None:
            return None
        return given if given is not None and datetime.fromisoformat(given) == at else None
