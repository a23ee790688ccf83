"""Taking values out of TikTok's JSON: each one checked, none trusted."""

from collections.abc import Iterator, Mapping
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
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def truth(values: JsonObject, name: str) -> bool:
    """Whether it says true."""
    return values.get(name) is True


def identifier(value: object) -> str | None:
    """An id as text: TikTok writes 64-bit numbers, in some answers as numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return value if isinstance(value, str) and value else None


def first_identifier(value: object) -> str | None:
    """The first id in a JSON list."""
    many = cast("list[object]", value) if isinstance(value, list) else []
    return next((found for one in many if (found := identifier(one)) is not None), None)
