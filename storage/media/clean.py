"""What a picture says besides its pixels (where and with what it was taken) is left out before it is stored.

Nothing is decoded or compressed again: whole blocks are copied or not. What is needed to show the picture right stays:
colour profiles, and which way is up.

Sources, read 2026-11-21: JPEG ISO/IEC 10918-1 annex B (markers); PNG https://www.w3.org/TR/png-3/ (chunks);
WebP https://developers.google.com/speed/webp/docs/riff_container (chunks and the flags of VP8X).
"""

import os
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from PIL import Image

_ORIENTATION = 0x0112
_JPEG_KEPT = frozenset({0xE0, 0xEE})
"""Of the application blocks: JFIF, Adobe's colour transform; and colour profiles."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker in compressed data: neither a stuffed byte nor a restart nor fill."""
_BLOCK_BYTES = 1 << 20
_PNG_DROPPED = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WEBP_EXIF = 0x08
_WEBP_FLAGS_DROPPED = _WEBP_EXIF | 0x04


class _OddFileError(Exception):
    """The file's blocks are not in the form the standard gives."""


def clean(source: Path, target: Path, mime_type: str) -> bool:
    """Copy `source` to `target` without what it tells besides the picture. Blocks: call it in a thread.

    Returns False, leaving `target` alone, when this kind of file is kept as it is.
    """
    copy = _COPIES.get(mime_type)
    if copy is None:
        return False
    try:
        with source.open("rb") as reading, target.open("xb") as writing:
            copy(reading, writing, source)
    except _OddFileError:
        target.unlink()
        return False
    return True


def _exactly(file: BinaryIO, size: int) -> bytes:
    block = file.read(size)
    if len(block) != size:
        raise _OddFileError
    return block


def _copy_jpeg(reading: BinaryIO, writing: BinaryIO, source: Path) -> None:
    """Copy up to the end of the picture: what phones hang behind it (a film, a second picture) is left out."""
    if _exactly(reading, 2) != b"\xff\xd8":
        raise _OddFileError
    writing.write(b"\xff\xd8")
    waiting = _orientation_block(source)
    while True:
        marker = _next_marker(reading)
        if marker != 0xE0 and waiting:  # noqa: PLR2004  # JFIF has to come first
            writing.write(waiting)
            waiting = b""
        if marker == 0xD9:  # noqa: PLR2004  # end of image
            writing.write(b"\xff\xd9")
            return
        size = int.from_bytes(_exactly(reading, 2), "big")
        block = _exactly(reading, max(size - 2, 0))
        if _is_kept(marker, block):
            writing.write(bytes((0xFF, marker)) + struct.pack(">H", size) + block)
        if marker == 0xDA:  # noqa: PLR2004  # start of scan: the picture itself
            _copy_scan(reading, writing)


def _is_kept(marker: int, block: bytes) -> bool:
    if marker == 0xE2:  # noqa: PLR2004  # a colour profile, or a list of further pictures
        return block.startswith(b"ICC_PROFILE\0")
    is_extra = 0xE0 <= marker <= 0xEF or marker == 0xFE  # noqa: PLR2004  # application blocks, comment
    return not is_extra or marker in _JPEG_KEPT


def _copy_scan(reading: BinaryIO, writing: BinaryIO) -> None:
    """Copy compressed data up to the next marker, or to the end of the file."""
    while block := reading.read(_BLOCK_BYTES):
        if block.endswith(b"\xff"):
            block += reading.read(1)
        found = _MARKER.search(block)
        if found is not None:
            writing.write(block[: found.start()])
            reading.seek(found.start() - len(block), os.SEEK_CUR)
            return
        writing.write(block)
    reading.seek(0, os.SEEK_END)
    raise _OddFileError


def _next_marker(reading: BinaryIO) -> int:
    if _exactly(reading, 1) != b"\xff":
        raise _OddFileError
    marker = 0xFF
    while marker == 0xFF:  # noqa: PLR2004  # fill bytes
        marker = _exactly(reading, 1)[0]
    return marker


def _orientation_block(source: Path) -> bytes:
    """A JPEG block that says which way is up and nothing else; empty when the picture stands upright."""
    orientation = _orientation(source)
    if not orientation:
        return b""
    body = b"Exif\0\0" + orientation
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _orientation(source: Path) -> bytes:
    """Exif data that says which way is up and nothing else; empty when the picture stands upright."""
    with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
    if orientation not in range(2, 9):
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\0\x2a" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _copy_png(reading: BinaryIO, writing: BinaryIO, source: Path) -> None:
    writing.write(_exactly(reading, 8))
    kind, waiting = b"", _orientation(source)
    while kind != b"IEND":
        head = _exactly(reading, 8)
        kind = head[4:]
        block = _exactly(reading, int.from_bytes(head[:4], "big") + 4)
        if kind not in _PNG_DROPPED:
            writing.write(head + block)
        if kind == b"IHDR" and waiting:
            named = b"eXIf" + waiting
            writing.write(struct.pack(">I", len(waiting)) + named + struct.pack(">I", zlib.crc32(named)))


def _copy_webp(reading: BinaryIO, writing: BinaryIO, source: Path) -> None:
    orientation = _orientation(source)
    head = _exactly(reading, 12)
    writing.write(head)
    end = 8 + int.from_bytes(head[4:8], "little")
    while reading.tell() < end:
        tag = _exactly(reading, 8)
        kind, size = tag[:4], int.from_bytes(tag[4:], "little")
        block = _exactly(reading, size + size % 2)
        if kind == b"VP8X":
            flags = block[0] & ~_WEBP_FLAGS_DROPPED | (_WEBP_EXIF if orientation else 0)
            block = bytes((flags,)) + block[1:]
        if kind not in _WEBP_DROPPED:
            writing.write(tag + block)
        elif kind == b"EXIF" and orientation:
            writing.write(kind + struct.pack("<I", len(orientation)) + orientation)
    size = writing.tell() - 8
    writing.seek(4)
    writing.write(struct.pack("<I", size))


_COPIES: Mapping[str, Callable[[BinaryIO, BinaryIO, Path], None]] = {
    "image/jpeg": _copy_jpeg,
    "image/png": _copy_png,
    "image/webp": _copy_webp,
}
