"""Where new identifiers come from."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new opaque id such as `item_01j…`: the prefix says what it names, and later ids sort after earlier ones."""
    return f"{prefix}_{str(ULID()).lower()}"
