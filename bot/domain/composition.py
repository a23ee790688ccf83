"""A post while it is being written: what the composer holds. Values only; checking them is done elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class When(StrEnum):
    """The ways to say when."""

    AT = "at"
    """At the date and time beside it."""
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
