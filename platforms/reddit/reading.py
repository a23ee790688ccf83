"""Taking values out of Reddit's JSON: each one checked, none trusted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from platforms.base import Answer, JsonObject

NOTHING: JsonObject = {}


def object_of(answer: Answer) -> JsonObject:
    """The answer's JSON object; empty when the body is something else."""
    try:
        return as_object(answer.json())
    except ValueError:
        return NOTHING


def as_object(value: object) -> JsonObject:
    """The value when it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else NOTHING


def objects(value: object) -> Iterator[JsonObject]:
    """The objects in a JSON list."""
    if isinstance(value, list):
        yield from (cast("JsonObject", one) for one in cast("list[object]", value) if isinstance(one, Mapping))


def texts(value: object) -> tuple[str, ...]:
    """The texts in a JSON list."""
    many = cast("list[object] | tuple[object, ...]", value) if isinstance(value, list | tuple) else ()
    return tuple(one for one in many if isinstance(one, str))


def text(values: JsonObject, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


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
