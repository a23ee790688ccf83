"""What a media store does, whichever it is."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from storage.media.folder import Taken


class MediaStore(Protocol):
    """Bytes by their SHA-256. A file lies on this machine while it is taken in, sent or served."""

    async def take(self, source: Path, *, called: str | None = None) -> Taken:
        """Copy aside, sniff and clean a person's file. Raises InvalidContent when it cannot be used."""
        ...

    async def keep(self, taken: Taken) -> None:
        """Move a taken file to its place. One the store has already is the same file."""
        ...

    async def drop(self, taken: Taken) -> None:
        """Forget a taken file; nothing happens when it was kept."""
        ...

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash lie on this machine, whether they are there or not."""
        ...

    async def fetch(self, sha256: str) -> Path:
        """Have the bytes with this hash lie at `path_of` for a while. Raises FileNotFoundError."""
        ...

    async def has(self, sha256: str) -> bool:
        """Whether the bytes with this hash are there; nothing is brought here."""
        ...

    async def remove(self, sha256: str, *, unless_kept_since: datetime) -> None:
        """Forget these bytes for good, unless somebody kept them again since then."""
        ...

    async def sweep(self, *, before: datetime) -> None:
        """Drop what was taken aside before then and never kept: a process that died left it."""
        ...

    async def try_out(self) -> str:
        """Write, read and delete a few bytes; returns where. Raises OSError or Conflict when that does not work."""
        ...
