"""What an image has to become so that networks take it: smaller, in another format, with a border; never cropped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from bot.domain.content import Media, MediaKind
from bot.domain.media_rules import RATIO_SLACK, MediaRules, ratio_text, size_text

_TYPES = ("image/jpeg", "image/png", "image/webp")
"""Formats Herald writes, the most welcome first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What an image is to become: a picture of at most this size in the middle of a canvas, in one of these formats."""

    picture_px: tuple[int, int]
    canvas_px: tuple[int, int]
    mime_types: tuple[str, ...]
    """Any of them, the best first."""
    max_bytes: int

    @property
    def has_border(self) -> bool:
        """Whether the canvas is larger than the picture."""
        return self.picture_px != self.canvas_px


def goal_for(media: Media, rules: Sequence[MediaRules]) -> Goal | None:
    """What an image must become for all these rules at once; None when it fits as it is, or can never.

    It is not made larger than it is: an image too small stays so.
    """
    if media.kind is not MediaKind.IMAGE or not media.width_px or not media.height_px or not rules:
        return None
    canvas = _canvas(media.width_px, media.height_px, rules)
    types = [mime for mime in _TYPES if all(mime in rule.mime_types for rule in rules)]
    most = min(rule.max_bytes for rule in rules)
    scale = min([1.0, *(_scale(canvas, rule) for rule in rules)])
    kept = media.mime_type in types
    if not types or (kept and scale == 1 and canvas == (media.width_px, media.height_px) and media.size_bytes <= most):
        return None
    return Goal(
        picture_px=_scaled((media.width_px, media.height_px), scale),
        canvas_px=_scaled(canvas, scale),
        mime_types=tuple(sorted(types, key=lambda mime: mime != media.mime_type)) if kept else tuple(types),
        max_bytes=most,
    )


def _canvas(width: int, height: int, rules: Sequence[MediaRules]) -> tuple[int, int]:
    least = max((rule.min_ratio or 0.0 for rule in rules), default=0.0)
    most = min((rule.max_ratio or float("inf") for rule in rules), default=float("inf"))
    if width / height < least * (1 - RATIO_SLACK):
        return ceil(height * least), height
    if width / height > most * (1 + RATIO_SLACK):
        return width, ceil(width / most)
    return width, height


def _scale(canvas: tuple[int, int], rule: MediaRules) -> float:
    """By how much the canvas has to shrink for this rule."""
    width, height = canvas
    return min(
        1.0,
        (rule.max_width_px or width) / width,
        (rule.max_height_px or height) / height,
        (rule.max_short_side_px or min(canvas)) / min(canvas),
        (rule.max_width_plus_height_px or width + height) / (width + height),
        sqrt((rule.max_pixels or width * height) / (width * height)),
    )


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """An image before and after it was made to fit, and the networks that would not have taken it as it was."""

    before: Media
    after: Media
    networks: tuple[str, ...]
    """By title; empty when each would have taken it, but not all of them the same file."""


def fitted_text(fitted: Fitted) -> str:
    """What became of it: `cup.png: 4,000 x 3,000 px, 5.2 MB → 2,000 x 1,500 px, 0.9 MB JPEG, for Bluesky`."""
    before, after = fitted.before, fitted.after
    border = ""
    if before.width_px and before.height_px and after.width_px and after.height_px:
        old, new = before.width_px / before.height_px, after.width_px / after.height_px
        if abs(old / new - 1) > _BORDER:
            border = f", with a border to {ratio_text(new)}"
    kind = f" {type_text(after)}" if after.mime_type != before.mime_type else ""
    asked = f", for {_listed(fitted.networks)}" if fitted.networks else ""
    return f"{before.file_name}: {_described(before)} → {_described(after)}{kind}{border}{asked}"


_BORDER = 0.02


def _described(media: Media) -> str:
    return f"{media.width_px:,} x {media.height_px:,} px, {size_text(media.size_bytes)}"


def type_text(media: Media) -> str:
    """`JPEG`, `PNG`, `WEBP`."""
    return media.mime_type.rpartition("/")[2].upper()


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def preview_name(number: int, fitted: Fitted) -> str:
    """What a fitted picture's copy is called, for people to tell it: `1-harbour-2000-by-1333-for-Bluesky.jpg`.

    It begins with its number and holds no separator of folders, whatever the file and the networks are called.
    """
    after = fitted.after
    stem, dot, ending = after.file_name.rpartition(".")
    words = [stem if dot else after.file_name, f"{after.width_px}-by-{after.height_px}"]
    words += ["for", *fitted.networks] if fitted.networks else []
    called = re.sub(r"[^\w]+", "-", "-".join(words)).strip("-")[:_LONGEST_NAME]
    return f"{number}-{called}.{ending if dot else 'jpg'}"


_LONGEST_NAME = 80
