"""Reading what a server says: types are checked, and what does not fit raises instead of travelling on."""

import json
from collections.abc import Mapping
from typing import cast

from platforms.base import Answer, JsonObject
from platforms.errors import PlatformError, Unavailable


class UnreadableError(Exception):
    """An answer is not what the lexicon promises. Never leaves this package."""


def object_in(answer: Answer) -> JsonObject:
    """The answer's JSON object. Raises UnreadableError."""
    try:
        decoded = answer.json()
    except ValueError as error:
        raise UnreadableError from error
    return as_object(decoded)


def as_object(value: object) -> JsonObject:
    """The value as a JSON object. Raises UnreadableError."""
    if not isinstance(value, Mapping):
        raise UnreadableError
    return cast("JsonObject", value)  # keys of decoded JSON objects are strings


def object_or_empty(value: object) -> JsonObject:
    """The value as a JSON object, an empty one when it is something else."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else {}  # keys of decoded JSON objects are strings


def as_list(value: object) -> list[object]:
    """The value as a JSON array. Raises UnreadableError."""
    if not isinstance(value, list):
        raise UnreadableError
    return cast("list[object]", value)  # elements stay `object`: each reader checks its own


def text_in(fields: JsonObject, name: str) -> str:
    """A string that must be there and not empty. Raises UnreadableError."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableError
    return value


def optional_text(fields: JsonObject, name: str) -> str | None:
    """A string, or None when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def count_in(fields: JsonObject, name: str) -> int | None:
    """A whole number, or None: unknown is never 0."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def plain(value: object) -> object:
    """The value as it looks after a trip through JSON, for comparing."""
    return cast("object", json.loads(json.dumps(value)))  # loads is typed Any


def unusable(operation: str) -> PlatformError:
    """What an unreadable answer to a repeatable call means."""
    return Unavailable(
        "Bluesky gave an answer that makes no sense; it will be asked again.", platform="bluesky", operation=operation
    )
