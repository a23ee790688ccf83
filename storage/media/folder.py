"""A folder of files named by what they hold. A file is written aside and moved into place whole."""

import asyncio
import hashlib
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.domain.content import Media
from bot.domain.errors import invalid
from bot.domain.ids import MediaId
from storage.ids import new_id
from storage.media.boxes import OddBoxesError
from storage.media.clean import clean
from storage.media.ebml import CutOffError
from storage.media.film import blank
from storage.media.sniff import Facts, file_name, sniff

MAX_BYTES = 1_000_000_000
"""No network takes larger files from us; a larger one is refused while it is copied."""
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file taken in: its facts and a readable copy, which lies aside until it is kept or dropped."""

    media: Media
    path: Path


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Media in a local folder, content-addressed: `ab/abcdef…` by SHA-256."""

    root: Path

    async def take(self, source: Path, *, called: str | None = None) -> Taken:
        """Copy aside, sniff and clean a person's file. Raises InvalidContent when it cannot be used.

        The file is streamed; a hostile name stays a name. `called` is what the person calls it, if not as it lies here.
        """
        return await asyncio.to_thread(self._take, source, file_name(called or str(source)))

    async def keep(self, taken: Taken) -> None:
        """Move a taken file to its place. One the store has already is the same file, and counts as kept now."""
        await asyncio.to_thread(self._keep, taken)

    async def drop(self, taken: Taken) -> None:
        """Forget a taken file; nothing happens when it was kept."""
        await asyncio.to_thread(taken.path.unlink, missing_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash lie, whether they are there or not."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):  # noqa: PLR2004  # SHA-256 in hex
            raise ValueError("not a SHA-256 in hex")
        return self.root / sha256[:2] / sha256

    async def fetch(self, sha256: str) -> Path:
        """Where the bytes with this hash lie. Raises FileNotFoundError."""
        path = self.path_of(sha256)
        if not await asyncio.to_thread(path.is_file):
            raise FileNotFoundError(path)
        return path

    async def has(self, sha256: str) -> bool:
        """Whether the bytes with this hash are there."""
        return await asyncio.to_thread(self.path_of(sha256).is_file)

    async def remove(self, sha256: str, *, unless_kept_since: datetime) -> None:
        """Forget these bytes for good, unless somebody kept them again since then."""
        await asyncio.to_thread(self._remove, self.path_of(sha256), unless_kept_since.timestamp())

    async def sweep(self, *, before: datetime) -> None:
        """Drop what was taken aside before then and never kept: a process that died left it."""
        await asyncio.to_thread(self._sweep, before.timestamp())

    async def try_out(self) -> str:
        """Write, read and delete a few bytes; returns where. Raises OSError when that does not work."""
        await asyncio.to_thread(self._try_out)
        return str(self.root)

    def _try_out(self) -> None:
        aside = self.root / "aside"
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = aside / secrets.token_hex(16)
        probe.write_bytes(b"herald")
        try:
            if probe.read_bytes() != b"herald":
                raise OSError("what was written is not what is read")
        finally:
            probe.unlink()

    def _remove(self, path: Path, since_s: float) -> None:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < since_s:
                path.unlink()

    def _sweep(self, before_s: float) -> None:
        aside = self.root / "aside"
        for path in aside.iterdir() if aside.is_dir() else ():
            self._remove(path, before_s)

    def _take(self, source: Path, called: str) -> Taken:
        aside = self.root / "aside"
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = aside / secrets.token_hex(16)
        cleaned = copied.with_suffix(".clean")
        try:
            _copy_in(source, copied, called)
            facts = sniff(copied, called)
            _clean(copied, cleaned, facts, called)
            return _taken(copied, facts, called)
        except BaseException:
            copied.unlink(missing_ok=True)
            cleaned.unlink(missing_ok=True)
            raise

    def _keep(self, taken: Taken) -> None:
        path = self.path_of(taken.media.sha256)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        os.utime(taken.path)
        put(taken.path, path)


def put(aside: Path, path: Path) -> None:
    """Move a file to its place so that it is there, whole, also after a power cut. Blocks: call it in a thread.

    A post that names it may be written down next.
    """
    _flush(aside)
    aside.replace(path)
    for folder in (path.parent, path.parent.parent):
        with suppress(OSError):  # some file systems do not know that of folders
            _flush(folder)


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clean(path: Path, cleaned: Path, facts: Facts, called: str) -> None:
    """Put a cleaned file in the place of the copied one. Raises InvalidContent when that cannot be done and matters."""
    if facts.film is not None:
        _blank(path, facts, called)
    elif clean(path, cleaned, facts.mime_type):
        cleaned.replace(path)
    elif facts.has_place:
        raise invalid("media", f"{called} says where it was taken. Export it as JPEG, which Herald can clean.")


def _blank(path: Path, facts: Facts, called: str) -> None:
    try:
        blank(path, facts.mime_type)
    except (OddBoxesError, CutOffError) as error:
        raise invalid("media", f"{called} is not a video or sound Herald can read. Export it again.") from error


def _taken(path: Path, facts: Facts, called: str) -> Taken:
    sha256, size_bytes = _digest(path)
    media = Media(
        id=MediaId(new_id("med")),
        kind=facts.kind,
        mime_type=facts.mime_type,
        size_bytes=size_bytes,
        sha256=sha256,
        file_name=called,
        width_px=facts.width_px,
        height_px=facts.height_px,
        duration_s=facts.duration_s,
        frames=facts.frames,
        film=facts.film,
    )
    return Taken(media=media, path=path)


def _copy_in(source: Path, target: Path, called: str) -> None:
    """Copy a regular file, no larger than we take. Raises InvalidContent."""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        raise invalid("media", f"{called} cannot be read. Check that the file is there and may be read.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise invalid("media", f"{called} is not a file. Name an image or a video.")
    with os.fdopen(handle, "rb") as reading, target.open("xb") as writing:
        copied = 0
        while block := reading.read(_BLOCK_BYTES):
            copied += len(block)
            if copied > MAX_BYTES:
                raise invalid("media", f"{called} is larger than {MAX_BYTES // 1_000_000:,} MB. Make it smaller.")
            writing.write(block)
        if not copied:
            raise invalid("media", f"{called} is empty. Export it again.")


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
