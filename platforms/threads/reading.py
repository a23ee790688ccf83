"""Taking values out of the Graph's JSON: each one checked, none trusted. Ids may be numbers beyond 2^53."""

from datetime import datetime
from typing import cast

from platforms.answers import NOTHING, as_object, object_of, objects
from platforms.base import Answer, JsonObject
from platforms.decoding import decoded


def rows_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The objects in `data` of an answer that has a list of nothing else there; None for anything but that."""
    rows = object_of(answer).get("data")
    found = tuple(objects(rows))
    return found if isinstance(rows, list) and len(found) == len(cast("list[object]", rows)) else None


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
        return as_object(decoded(value))
    except ValueError:
        return NOTHING
