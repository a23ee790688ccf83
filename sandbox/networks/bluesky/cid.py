"""Content ids as the real network computes them: CIDv1 of SHA-256, over DAG-CBOR for records and raw bytes for files.

Source: https://atproto.com/specs/data-model and https://ipld.io/specs/codecs/dag-cbor/spec/, read 2026-11-21.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import cast

_DAG_CBOR, _RAW = 0x71, 0x55
_SHA_256 = b"\x12\x20"
_LINK_TAG = 42
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG = range(7)
_FALSE, _TRUE, _NULL = b"\xf4", b"\xf5", b"\xf6"
_INLINE_MOST = 23


def record_cid(record: object) -> str:
    """The id of a record given as JSON. Raises ValueError for what the data model does not know, such as fractions."""
    return _cid(_DAG_CBOR, encode(record))


def blob_cid(content: bytes) -> str:
    """The id of a file."""
    return _cid(_RAW, content)


def is_cid(text: str) -> bool:
    """Whether it is a CIDv1 in base 32 of one of the two kinds."""
    try:
        raw = _decoded(text)
    except ValueError:
        return False
    return raw[:1] == b"\x01" and raw[1:2] in {b"\x71", b"\x55"} and raw[2:4] == _SHA_256 and len(raw) == 4 + 32


def encode(value: object) -> bytes:  # one line per kind of value
    """DAG-CBOR of a JSON value, with `$link` and `$bytes` as the data model reads them. Raises ValueError."""
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, str):
        return _sized(_TEXT, value.encode())
    if isinstance(value, list):
        items = cast("list[object]", value)
        return _head(_LIST, len(items)) + b"".join(encode(item) for item in items)
    if isinstance(value, Mapping):
        return _object(cast("Mapping[str, object]", value))
    raise ValueError(f"the data model has no {type(value).__name__}")


def _object(fields: Mapping[str, object]) -> bytes:
    link, raw = fields.get("$link"), fields.get("$bytes")
    if len(fields) == 1 and isinstance(link, str):
        return _head(_TAG, _LINK_TAG) + _sized(_BYTES, b"\x00" + _decoded(link))
    if len(fields) == 1 and isinstance(raw, str):
        return _sized(_BYTES, base64.b64decode(raw + "=" * (-len(raw) % 4)))
    pairs = sorted((name.encode(), value) for name, value in fields.items())
    ordered = sorted(pairs, key=lambda pair: len(pair[0]))
    return _head(_MAP, len(ordered)) + b"".join(_sized(_TEXT, name) + encode(value) for name, value in ordered)


def _head(kind: int, number: int) -> bytes:
    if number <= _INLINE_MOST:
        return bytes([kind << 5 | number])
    for power, mark in enumerate((24, 25, 26, 27)):
        if number < 1 << (8 << power):
            return bytes([kind << 5 | mark]) + number.to_bytes(1 << power)
    raise ValueError("the number is too large")


def _sized(kind: int, content: bytes) -> bytes:
    return _head(kind, len(content)) + content


def _cid(codec: int, content: bytes) -> str:
    raw = bytes([1, codec]) + _SHA_256 + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _decoded(text: str) -> bytes:
    if not text.startswith("b"):
        raise ValueError(f"{text!r} is no content id")
    body = text[1:].upper()
    return base64.b32decode(body + "=" * (-len(body) % 8))
