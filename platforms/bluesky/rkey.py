"""The record key of a post: chosen by us before anything is sent, and the same for the item's whole life."""

import hashlib
from datetime import UTC, datetime, timedelta

from platforms.base import Key

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_BITS = 10
_LENGTH = 13
_MICROS_PER_S = 1_000_000
_MICROS_BITS = 53


def rkey_of(key: Key) -> str:
    """A timestamp identifier: the planned second, then microseconds and clock id taken from a hash of the key's value.

    The app sorts by it, hence the planned second; two items of one second differ by the hash (30 bits of it).
    Source: https://atproto.com/specs/tid (13 characters, 53 bits of microseconds, 10 bits of clock id), 2026-11-21.
    """
    digest = int.from_bytes(hashlib.sha256(key.value.encode()).digest()[:16])
    second = (key.at - _EPOCH) // timedelta(seconds=1)
    micros = (second * _MICROS_PER_S + digest % _MICROS_PER_S) % (1 << _MICROS_BITS)
    clock_id = (digest >> 64) % (1 << _CLOCK_BITS)
    return _letters(micros << _CLOCK_BITS | clock_id)


def _letters(number: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
