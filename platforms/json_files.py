"""JSON with files among its values: each goes out as base64 text where it stands, read while it is sent."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from secrets import token_hex

import msgspec

from platforms.base import FilePart, JsonObject
from platforms.slices import Slice

_NULL = b"null"
_PIECE_BYTES = 3 << 15
"""A multiple of three, so that the base64 of the pieces is the base64 of the whole."""


def _encoder(otherwise: Callable[[object], str] | None = None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=otherwise)


_PLAIN = _encoder()
_QUICK = msgspec.json.Encoder()


def as_text(value: object) -> str:
    """JSON as Herald sends it: short, and without what JSON does not have."""
    return _PLAIN.encode(value)


def around_files(value: JsonObject) -> tuple[tuple[bytes, ...], tuple[FilePart, ...]]:
    """The JSON text cut where its files stand, and the files: one piece of text more than there are files."""
    with suppress(TypeError, OverflowError):  # most have none, and every post is encoded here: for a tenth of the price
        text = _QUICK.encode(value)
        if _NULL not in text:  # else it may stand for a number that JSON does not have, which is refused below
            return (text,), ()
    with suppress(TypeError):
        return (as_text(value).encode(),), ()
    mark, files = token_hex(16), list[FilePart]()

    def stand_in(one: object) -> str:
        if not isinstance(one, FilePart):
            raise TypeError(f"{type(one).__name__} is no JSON")
        files.append(one)
        return mark

    return tuple(text.encode() for text in _encoder(stand_in).encode(value).split(mark)), tuple(files)


def size_of(texts: Sequence[bytes], files: Sequence[Slice]) -> int:
    """How long the whole body is, in bytes."""
    return sum(map(len, texts)) + sum((file.size + 2) // 3 * 4 for file in files)


async def joined(texts: Sequence[bytes], files: Sequence[Slice]) -> AsyncIterator[bytes]:
    """The body, piece by piece."""
    yield texts[0]
    for file, text in zip(files, texts[1:], strict=True):
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield b64encode(piece)
        yield text
