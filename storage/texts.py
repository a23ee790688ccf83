"""What comes from outside, as both databases take it."""

from collections.abc import Mapping, Sequence
from typing import cast


def storable(text: str) -> str:
    """Text from outside as both databases take it: without NUL, and as valid Unicode."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode(errors="replace").decode()


def storable_json(value: Mapping[str, object]) -> dict[str, object]:
    """JSON from outside as both databases take it."""
    return {storable(name): _storable_value(inner) for name, inner in value.items()}


def _storable_value(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case Mapping():
            return storable_json(cast("Mapping[str, object]", value))
        case list() | tuple():
            return [_storable_value(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value
