"""Taking values out of X's JSON: each one checked, none trusted."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import cast

from platforms.base import Answer, JsonObject
from platforms.errors import Unavailable

NOTHING: JsonObject = {}


def object_of(answer: Answer) -> JsonObject:
    """The answer's JSON object; empty when the body is something else."""
    try:
        return as_object(answer.json())
    except ValueError:
        return NOTHING


def data_of(answer: Answer) -> JsonObject:
    """The one thing an answer is about."""
    return as_object(object_of(answer).get("data"))


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
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(values: JsonObject, name: str) -> datetime | None:
    """An ISO 8601 time with an offset."""
    try:
        found = datetime.fromisoformat(text(values, name) or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def unreadable(operation: str, status: int) -> Unavailable:
    """What an answer without the promised values means where the call may be repeated."""
    return Unavailable(
        "X gave an answer that cannot be read.", platform="x", operation=operation, status=status, code="unreadable"
    )
