"""JSON of others: decoded, or no JSON at all."""

import json
from typing import cast

import msgspec

_QUICK = msgspec.json.Decoder()


def decoded(text: bytes | str) -> object:
    """The value it stands for. Raises ValueError when it is not JSON, or is nested deeper than anybody means."""
    try:
        return _QUICK.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _decoded_at_leisure(text)


def _decoded_at_leisure(text: bytes | str) -> object:
    """Python's own decoder takes ten times as long, and takes what is hardly JSON: NaN, half a letter, UTF-16."""
    try:
        return cast("object", json.loads(text))  # loads is typed Any
    except RecursionError:
        raise ValueError("nested too deeply") from None
