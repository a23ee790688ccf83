"""Taking values out of the Graph's JSON: each one checked, none trusted. Ids may be numbers beyond 2^53."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
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


def rows_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The objects in `data` of an answer that has a list of nothing else there; None for anything but that."""
    rows = object_of(answer).get("data")
    found = tuple(objects(rows))
    return found if isinstance(rows, list) and len(found) == len(cast("list[object]", rows)) else None


def texts(value: object) -> tuple[str, ...]:
    """The texts in a JSON list."""
    many = cast("list[object] | tuple[object, ...]", value) if isinstance(value, list | tuple) else ()
    return tuple(one for one in many if isinstance(one, str))


def text(values: JsonObject, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def identifier(values: JsonObject, name: str = "id") -> str | None:
    """An id as text, whether it was written as one or as a number."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def number(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(values: JsonObject, name: str) -> datetime | None:
    """A time such as `2026-11-21T09:00:00+0000`."""
    value = values.get(name)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def header_object(value: str) -> JsonObject:
    """The JSON object in a header; empty for anything else."""
    try:
        return as_object(json.loads(value))
    except ValueError:
        return NOTHING
