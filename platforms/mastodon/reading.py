"""Taking values out of a server's JSON: each one checked, none trusted."""

from datetime import datetime
from typing import cast

from platforms.answers import objects
from platforms.base import Answer, JsonObject


def objects_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The objects of an answer that is a JSON list of nothing else; None when the body is anything but that."""
    try:
        body = answer.json()
    except ValueError:
        return None
    found = tuple(objects(body))
    return found if isinstance(body, list) and len(found) == len(cast("list[object]", body)) else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 time with an offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
