"""WebM and Matroska files as their elements: whether all is there, and the tags blanked in place.

Sources, read 2026-11-21: RFC 8794 (EBML: ids, sizes, Void); RFC 9559 §5.1 (Segment, Cluster, Tags).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_SEGMENT = 0x18538067
_TELLING = frozenset({0x1254C367, 0x1941A469})
"""Tags and attachments."""
_VOID_HEAD = 9
"""Bytes of a Void element's id with a size of eight bytes."""


class CutOffError(Exception):
    """An element says it is longer than what is there, or is none at all."""


def check_whole(path: Path) -> None:
    """Raises CutOffError when a part is missing."""
    with path.open("rb") as file:
        for _ in _elements(file):
            pass


def blank(path: Path) -> None:
    """Turn tags and attachments into room that says nothing, in the file itself. Raises CutOffError."""
    with path.open("r+b") as file:
        for number, start, end in list(_elements(file)):
            length = end - start - _VOID_HEAD
            if number in _TELLING and length >= 0:
                file.seek(start)
                file.write(b"\xec" + (length | 1 << 56).to_bytes(8, "big") + bytes(length))


def _elements(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of what stands on top and in the segment. An element of unknown size is the last."""
    whole = file.seek(0, 2)
    at, depth = 0, 0
    while at < whole:
        file.seek(at)
        number, size = _number(file, marked=True), _number(file, marked=False)
        body = file.tell()
        if number == _SEGMENT and not depth:
            if size is not None and body + size > whole:
                raise CutOffError
            depth, at = 1, body
            continue
        if size is None or number is None:
            return
        if body + size > whole:
            raise CutOffError
        yield number, at, body + size
        at = body + size
    if not depth:
        raise CutOffError


def _number(file: BinaryIO, *, marked: bool) -> int | None:
    """A number of one to eight bytes, its length marker kept if `marked`; None when all its bits say "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        raise CutOffError
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) != length - 1:
        raise CutOffError
    value = int.from_bytes(first + rest, "big")
    if marked:
        return value
    value &= (1 << 7 * length) - 1
    return None if value == (1 << 7 * length) - 1 else value
