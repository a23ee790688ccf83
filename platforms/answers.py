"""Taking values out of a network's JSON: each one checked, none trusted."""

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


def as_list(value: object) -> list[object] | None:
    """The value when it is a JSON list."""
    return cast("list[object]", value) if isinstance(value, list) else None


def objects(value: object) -> Iterator[JsonObject]:
    """The objects in a JSON list."""
    yield from (cast("JsonObject", one) for one in as_list(value) or () if isinstance(one, Mapping))


def texts(value: object) -> tuple[str, ...]:
    """The texts in a JSON list, or in a tuple of ours."""
    many = cast("tuple[object, ...]", value) if isinstance(value, tuple) else as_list(value) or ()
    return tuple(one for one in many if isinstance(one, str))


def text(values: JsonObject, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def identifier(values: JsonObject, name: str = "id") -> str | None:
    """An id as text, which may be a number in the JSON."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def number(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 time; one without an offset is UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
