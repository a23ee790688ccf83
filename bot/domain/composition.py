"""A post while it is being written: what the composer holds. Values only; checking them is done elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from bot.domain.ids import PostId, WorkspaceId
from bot.domain.repeats import Every, Repeat
from bot.domain.slots import both_times, zone_called


class When(StrEnum):
    """The ways to say when."""

    AT = "at"
    """At the date and time beside it."""
    SLOT = "slot"
    """In the next free slot of the brand."""
    BEST = "best"
    """When the brand's posts do best."""
    NOW = "now"
    """At once."""
    DRAFT = "draft"
    """Not yet."""


class Fold(StrEnum):
    """Which of two equal wall times is meant on the night clocks go back."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """A file already in the media store, with its description."""

    media_id: str
    file_name: str
    alt_text: str = ""
    width_px: int | None = None
    height_px: int | None = None
    source: str = ""
    """Its id where it came from, if it lies in an input that still shows it."""
    fitted_id: str = ""
    """The stored file it became when it was made to fit, as its author was shown it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Everything the composer knows of a post."""

    brand_id: str | None = None
    account_ids: tuple[str, ...] = ()
    text: str = ""
    variants: Mapping[str, str] = field(default_factory=dict[str, str])
    """Own texts by platform."""
    parts: tuple[str, ...] = ()
    """Further parts of a thread."""
    files: tuple[FormFile, ...] = ()
    added: tuple[FormFile, ...] = ()
    """Files of the upload input; they join `files` when the post is made, for until then the input shows them."""
    link: str | None = None
    """An address to show as a card; no field of the composer, but kept when a post that has one is edited."""
    when: When = When.AT
    date: str | None = None
    """The wall date, `2026-11-27`."""
    time: str | None = None
    """The wall time, `09:00` or `09:00:20`."""
    zone: str | None = None
    """An IANA name."""
    fold: Fold | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Settings by platform."""
    fit: bool = False
    """Whether pictures are made to fit the networks when the post is made."""
    every: Every | None = None
    """How often it comes again; None: never."""
    until: str | None = None
    """The last day on which it may, `2027-03-01`."""
    anyway: bool = False
    """Whether it is to go out although its author was warned."""
    approver: str | None = None
    """The user id of the one approver who is asked; None: all are."""
    mission_id: str | None = None
    """The campaign it belongs to; empty when it was taken out of one."""
    came_again: bool = False
    """Whether the post that is edited was one that does."""

    @property
    def repeat(self) -> Repeat | None:
        """How it comes again; None while not all of it is said."""
        return Repeat(every=self.every, until=date.fromisoformat(self.until)) if self.every and self.until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composer somebody has open. `post_id` and `post_version` name the post that is edited, if it is not new."""

    id: str
    workspace_id: WorkspaceId
    user_id: str
    form: Form
    post_id: PostId | None = None
    post_version: int | None = None


def at_time(form: Form, at: datetime, zone: str) -> Form:
    """The form with this instant (aware UTC) as its time, as clocks in `zone` (an IANA name) show it."""
    wall = at.astimezone(zone_called(zone)).replace(tzinfo=None, fold=0, microsecond=0)
    times = both_times(wall, zone)
    fold = None if times is None else Fold.FIRST if at < times[1] else Fold.SECOND
    return replace(
        form,
        when=When.AT,
        date=wall.date().isoformat(),
        time=f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}",
        zone=zone,
        fold=fold,
    )
