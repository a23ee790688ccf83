"""Files that go up in pieces: where the pieces lie, and a piece that reads like a whole file."""

import io
import os
from typing import BinaryIO

from platforms.base import FilePart, Progress


def slices(size_bytes: int, chunk_bytes: int, *, merge_below: int = 0) -> tuple[tuple[int, int], ...]:
    """(offset, length) of the pieces in which a file of that size goes up, each `chunk_bytes` long but the last.

    A last one shorter than `merge_below` is made part of the one before it. One empty piece for an empty file.
    """
    whole = max(size_bytes // chunk_bytes, 1)
    if size_bytes - whole * chunk_bytes > max(merge_below - 1, 0):
        whole += 1
    starts = range(0, whole * chunk_bytes, chunk_bytes)
    ends = (*starts[1:], size_bytes)
    return tuple((start, end - start) for start, end in zip(starts, ends, strict=True))


class Slice(io.RawIOBase):
    """The bytes of an open file that a `FilePart` names. Raises OSError when the file is too short for it."""

    def __init__(self, file: BinaryIO, part: FilePart, progress: Progress | None = None) -> None:
        super().__init__()
        whole = os.fstat(file.fileno()).st_size
        self.size = whole - part.offset if part.length is None else part.length
        if part.offset < 0 or self.size < 0 or part.offset + self.size > whole:
            raise OSError("the file is shorter than the part of it that is to be sent")
        self._file = file
        self._part = part
        self._whole = whole
        self._progress = progress
        self._at = 0
        file.seek(part.offset)

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all that is left if negative; empty at the end. Raises OSError when the file shrank."""
        left = self.size - self._at
        wanted = left if size < 0 else min(size, left)
        piece = self._file.read(wanted)
        if len(piece) < wanted:
            raise OSError("the file became shorter while it was sent")
        self._at += len(piece)
        if piece and self._progress is not None:
            self._progress(self._part.path, self._part.offset + self._at, self._whole)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move within the slice."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = min(max(start + offset, 0), self.size)
        self._file.seek(self._part.offset + self._at)
        return self._at

    def tell(self) -> int:
        """How far it was read, from the beginning of the slice."""
        return self._at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True
