"""Where new identifiers come from."""

import hashlib
from datetime import datetime

from ulid import ULID

_TIME_BYTES = 6
_OWN_BYTES = 10


def new_id(prefix: str) -> str:
    """A new opaque id such as `item_01j…`: the prefix says what it names, and later ids sort after earlier ones."""
    return f"{prefix}_{str(ULID()).lower()}"


def derived_id(prefix: str, at: datetime, *material: str) -> str:
    """The one id that this instant and these words lead to, again and again; it sorts among the others by `at`."""
    time = int(at.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    own = hashlib.sha256("\0".join((prefix, *material)).encode()).digest()[:_OWN_BYTES]
    return f"{prefix}_{str(ULID.from_bytes(time + own)).lower()}"
