"""Where new identifiers come from."""

import hashlib
from datetime import datetime

from ulid import ULID

_TIME_BYTES = 6
_OWN_BYTES = 10


def new_id(prefix: str) -> str:
    """A new opaque id such as `item_01j…`: the prefix says what it names, and later ids sort after earlier ones."""
    return f"{prefix}_{str(ULID()).lower()}"


def following_ids(prefix: str, first: str, many: int) -> list[str]:
    """So many ids that sort one after the other, the same each time for the same `first`: another thing's id."""
    time = ULID.from_str(first.rpartition("_")[2].upper()).bytes[:_TIME_BYTES]
    digests = [hashlib.sha256(f"{prefix}\0{first}\0{number}".encode()).digest() for number in range(many)]
    own = [number.to_bytes(1, "big") + digest[: _OWN_BYTES - 1] for number, digest in enumerate(digests)]
    return [f"{prefix}_{str(ULID.from_bytes(time + one)).lower()}" for one in own]


def derived_id(prefix: str, at: datetime, *material: str) -> str:
    """The one id that this instant and these words lead to, again and again; it sorts among the others by `at`."""
    time = int(at.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    own = hashlib.sha256("\0".join((prefix, *material)).encode()).digest()[:_OWN_BYTES]
    return f"{prefix}_{str(ULID.from_bytes(time + own)).lower()}"
