"""Taking values out of Reddit's JSON: each one checked, none trusted."""

from datetime import UTC, datetime
from typing import cast

from platforms.answers import as_object, object_of, objects
from platforms.base import Answer, JsonObject


def number(values: JsonObject, name: str) -> int | None:
    """A whole number; scores may be below 0."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(values: JsonObject, name: str = "created_utc") -> datetime | None:
    """A time in seconds since 1970."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def things_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The things in a listing; None when the answer is no listing."""
    children = as_object(object_of(answer).get("data")).get("children")
    if not isinstance(children, list):
        return None
    found = tuple(as_object(child.get("data")) for child in objects(cast("list[object]", children)))
    return found if len(found) == len(cast("list[object]", children)) else None
