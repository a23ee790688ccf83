"""MP4 and QuickTime files as their boxes: whether all is there, and what they tell besides the film, blanked in place.

A box that goes keeps its room and becomes `free`, so no offset changes and no frame is touched.

Sources, read 2026-11-21: ISO/IEC 14496-12 (box structure §4.2, times §8.2.2, sample tables §8.6-8.7);
https://developer.apple.com/documentation/quicktime-file-format (user data, metadata atoms).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_TELLING = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})
"""User data, metadata, private boxes (XMP among them), and room that may still hold what once stood there."""
_TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_TELLING_TRACKS = frozenset({b"meta", b"camm", b"gpmd"})
"""Tracks of positions and camera data beside the film, by their handler."""
_BLOCK_BYTES = 1 << 20
_LONGEST_TABLE_BYTES = 16_000_000
"""Tables of longer than any track of positions has are not read."""


class OddBoxesError(Exception):
    """The boxes are not in the form the standard gives."""


class CutOffError(OddBoxesError):
    """A box says it is longer than what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box; `start` and `end` are positions in the file, `body` that of what it holds."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a film lies in its file."""

    index_first: bool
    """Whether the index (`moov`) stands before the film, so that it can play while it loads."""


def layout_of(path: Path) -> Layout:
    """How the film lies. Raises CutOffError when a part is missing, OddBoxesError when these are no boxes."""
    with path.open("rb") as file:
        kinds = [box.kind for box in _boxes(file, 0, _size(file))]
    if b"moov" not in kinds or not {b"mdat", b"moof"} & set(kinds):
        raise CutOffError
    film = min(kinds.index(kind) for kind in (b"mdat", b"moof") if kind in kinds)
    return Layout(index_first=kinds.index(b"moov") < film)


def blank(path: Path) -> None:
    """Take out of the file itself where, when and with what it was filmed. Raises OddBoxesError."""
    with path.open("r+b") as file:
        for box in list(_boxes(file, 0, _size(file))):
            if box.kind in _TELLING:
                _free(file, box)
            elif box.kind == b"moov":
                _blank_index(file, box)


def _blank_index(file: BinaryIO, moov: Box) -> None:
    for box in list(_boxes(file, moov.body, moov.end)):
        if box.kind == b"trak" and _handler(file, box) in _TELLING_TRACKS:
            for start, length in list(_samples(file, box)):
                _zero(file, start, start + length)
            _free(file, box)
        elif box.kind == b"trak":
            _blank_track(file, box)
        else:
            _blank_one(file, box)


def _blank_track(file: BinaryIO, trak: Box) -> None:
    for box in list(_boxes(file, trak.body, trak.end)):
        _blank_one(file, box)
        if box.kind == b"mdia":
            for inner in list(_boxes(file, box.body, box.end)):
                _blank_one(file, inner)


def _blank_one(file: BinaryIO, box: Box) -> None:
    if box.kind in _TELLING:
        _free(file, box)
    elif box.kind in _TIMED:
        long = _read(file, box.body, 1) == b"\1"
        _zero(file, box.body + 4, box.body + 4 + (16 if long else 8))


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    while end - start >= 8:  # noqa: PLR2004  # a size and a name
        size, kind = struct.unpack(">I4s", _read(file, start, 8))
        body = start + 8
        if size == 1:
            size, body = int.from_bytes(_read(file, body, 8), "big"), start + 16
        elif size == 0:
            size = end - start
        if size < body - start:
            raise OddBoxesError
        if start + size > end:
            raise CutOffError
        yield Box(kind=kind, start=start, body=body, end=start + size)
        start += size


def _child(file: BinaryIO, box: Box, *path: bytes) -> Box:
    for kind in path:
        found = [inner for inner in _boxes(file, box.body, box.end) if inner.kind == kind]
        if not found:
            raise OddBoxesError
        box = found[0]
    return box


def _handler(file: BinaryIO, trak: Box) -> bytes:
    """What kind of track it is."""
    return _read(file, _child(file, trak, b"mdia", b"hdlr").body + 8, 4)


def _samples(file: BinaryIO, trak: Box) -> Iterator[tuple[int, int]]:
    """Where a track's chunks lie and how long they are."""
    table = _child(file, trak, b"mdia", b"minf", b"stbl")
    inner = {box.kind: box for box in _boxes(file, table.body, table.end)}
    if not {b"stsz", b"stsc"} <= inner.keys():
        raise OddBoxesError
    sizes = _sizes(file, inner[b"stsz"])
    runs = [(first, many) for first, many, _ in struct.iter_unpack(">III", _entries(file, inner[b"stsc"], 12))]
    if b"co64" in inner:
        places = [place for (place,) in struct.iter_unpack(">Q", _entries(file, inner[b"co64"], 8))]
    elif b"stco" in inner:
        places = [place for (place,) in struct.iter_unpack(">I", _entries(file, inner[b"stco"], 4))]
    else:
        raise OddBoxesError
    many, size = 0, _size(file)
    steps = dict(runs)
    for number, place in enumerate(places, start=1):
        many = steps.get(number, many)
        length = sum(sizes.pop() for _ in range(min(many, len(sizes))))
        if place + length > size:
            raise CutOffError
        yield place, length


def _sizes(file: BinaryIO, box: Box) -> list[int]:
    """The sizes of a track's samples, last first."""
    each, many = struct.unpack(">II", _read(file, box.body + 4, 8))
    if each:
        if many > _LONGEST_TABLE_BYTES // 4:
            raise OddBoxesError
        return [each] * many
    data = _read(file, box.body + 12, many * 4)
    return [size for (size,) in struct.iter_unpack(">I", data)][::-1]


def _entries(file: BinaryIO, box: Box, width: int) -> bytes:
    many = int.from_bytes(_read(file, box.body + 4, 4), "big")
    return _read(file, box.body + 8, many * width)


def _free(file: BinaryIO, box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    _zero(file, box.body, box.end)


def _zero(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        piece = min(end - start, _BLOCK_BYTES)
        file.write(bytes(piece))
        start += piece


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    if length > _LONGEST_TABLE_BYTES:
        raise OddBoxesError
    file.seek(start)
    block = file.read(length)
    if len(block) != length:
        raise CutOffError
    return block


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
