"""Taking values out of TikTok's JSON: each one checked, none trusted."""

from typing import cast

from platforms.base import JsonObject


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
