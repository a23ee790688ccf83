"""Taking values out of a server's JSON: each one checked, none trusted."""

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


def objects_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The objects of an answer that is a JSON list of nothing else; None when the body is anything but that."""
    try:
        body = answer.json()
    except ValueError:
        return None
    found = tuple(objects(body))
    return found if isinstance(body, list) and len(found) == len(cast("list[object]", body)) else None


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


def identifier(values: JsonObject, name: str = "id") -> str | None:
    """An id as text; some servers which speak this API give numbers."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def number(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 time with an offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
