"""Media in a bucket of an S3-compatible store, named by what it holds; what was used lately also lies on this machine.

Networks are sent files from this machine's copy, so a copy is fetched, checked against its name, and kept for a while:
the copies together stay below a limit, those not used for longest going first.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.media_place import BucketPlace
from storage.media.folder import FolderStore, Taken, put

if TYPE_CHECKING:
    from obstore.store import S3Config

MOST_COPIED_BYTES = 5_000_000_000
_NEEDED = timedelta(hours=1)
"""A copy used this lately stays, whatever the limit: somebody may be sending it."""
_FRESH = timedelta(days=1)
"""An object this young is not written again when the same file is kept once more."""
_PIECE_BYTES = 1 << 20
_REFUSED = (PermissionDeniedError, UnauthenticatedError)


class BucketStore:
    """Media in a bucket; `copies` is where they lie on this machine while they are used."""

    def __init__(self, place: BucketPlace, copies: FolderStore, *, most_bytes: int = MOST_COPIED_BYTES) -> None:
        self._name = f"s3://{place.bucket}/{place.prefix}"
        self._copies = copies
        self._most_bytes = most_bytes
        self._fetching: dict[str, asyncio.Lock] = {}
        self._bucket = S3Store(
            place.bucket,
            prefix=place.prefix or None,
            config=_config(place),
            client_options={
                "allow_http": (place.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(minutes=10),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    async def take(self, source: Path, *, called: str | None = None) -> Taken:
        """Copy aside, sniff and clean a person's file. Raises InvalidContent when it cannot be used."""
        return await self._copies.take(source, called=called)

    async def keep(self, taken: Taken) -> None:
        """Bring a taken file into the bucket. Raises Conflict when the store does not answer."""
        key = _key(taken.media.sha256)
        try:
            if not await self._is_fresh(key, taken.media.size_bytes):
                await obstore.put_async(self._bucket, key, taken.path)
        except (BaseError, OSError, ValueError) as error:
            raise _away(error) from error
        await self._copies.keep(taken)

    async def drop(self, taken: Taken) -> None:
        """Forget a taken file; nothing happens when it was kept."""
        await self._copies.drop(taken)

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash lie on this machine after `fetch`."""
        return self._copies.path_of(sha256)

    async def fetch(self, sha256: str) -> Path:
        """Have a copy on this machine. Raises FileNotFoundError, and Conflict when the store does not answer."""
        path = self.path_of(sha256)
        lock = self._fetching.setdefault(sha256, asyncio.Lock())
        try:
            async with lock:
                if await asyncio.to_thread(_touch, path):
                    return path
                await self._download(sha256, path)
        finally:
            if not lock.locked():
                self._fetching.pop(sha256, None)
        await asyncio.to_thread(self._make_room)
        return path

    async def has(self, sha256: str) -> bool:
        """Whether the bytes with this hash are in the bucket. Raises Conflict when the store does not answer."""
        try:
            await obstore.head_async(self._bucket, _key(sha256))
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise _away(error) from error
        return True

    async def remove(self, sha256: str, *, unless_kept_since: datetime) -> None:
        """Forget these bytes for good, unless somebody kept them again since then. Raises Conflict."""
        try:
            with suppress(FileNotFoundError):
                found = await obstore.head_async(self._bucket, _key(sha256))
                if found["last_modified"] < unless_kept_since:
                    await obstore.delete_async(self._bucket, _key(sha256))
        except BaseError as error:
            raise _away(error) from error
        await self._copies.remove(sha256, unless_kept_since=unless_kept_since)

    async def sweep(self, *, before: datetime) -> None:
        """Drop what was taken aside before then and never kept."""
        await self._copies.sweep(before=before)

    async def try_out(self) -> str:
        """Write, read and delete a few bytes; returns where. Raises Conflict, and OSError for the copies' folder."""
        await self._copies.try_out()
        key = f"aside/{secrets.token_hex(16)}"
        try:
            await obstore.put_async(self._bucket, key, b"herald")
            found = await obstore.get_async(self._bucket, key)
            same = bytes(await found.bytes_async()) == b"herald"
            await obstore.delete_async(self._bucket, key)
        except (BaseError, OSError, ValueError) as error:
            raise _away(error) from error
        if not same:
            raise _away()
        return self._name

    async def _is_fresh(self, key: str, size_bytes: int) -> bool:
        try:
            found = await obstore.head_async(self._bucket, key)
        except FileNotFoundError:
            return False
        return found["size"] == size_bytes and found["last_modified"] > clock.machine() - _FRESH

    async def _download(self, sha256: str, path: Path) -> None:
        aside = self._copies.root / "aside" / secrets.token_hex(16)
        await asyncio.to_thread(_make_folders, aside.parent, path.parent)
        digest = hashlib.sha256()
        try:
            found = await obstore.get_async(self._bucket, _key(sha256))
            with aside.open("xb") as writing:
                async for piece in found.stream(min_chunk_size=_PIECE_BYTES):
                    data = bytes(piece)
                    await asyncio.to_thread(writing.write, data)
                    await asyncio.to_thread(digest.update, data)
            if digest.hexdigest() != sha256:
                raise FileNotFoundError(f"what lies under {sha256} is something else")
            await asyncio.to_thread(put, aside, path)
        except BaseError as error:
            raise _away(error) from error
        finally:
            await asyncio.to_thread(aside.unlink, missing_ok=True)

    def _make_room(self) -> None:
        """Let go of the copies not used for longest, until the rest is below the limit."""
        found = list(self._there())
        total = sum(facts.st_size for facts, _ in found)
        spare_before = (clock.machine() - _NEEDED).timestamp()
        for facts, path in sorted(found, key=lambda one: one[0].st_mtime):
            if total <= self._most_bytes or facts.st_mtime > spare_before:
                return
            path.unlink(missing_ok=True)
            total -= facts.st_size

    def _there(self) -> Iterator[tuple[os.stat_result, Path]]:
        """The copies, but for those that others, who make room or clean at the same time, take away meanwhile."""
        for path in self._copies.root.glob("??/*"):
            with suppress(FileNotFoundError):
                yield path.stat(), path


def _config(place: BucketPlace) -> "S3Config":
    config: S3Config = {"region": place.region or "us-east-1", "virtual_hosted_style_request": place.endpoint is None}
    if place.endpoint is not None:
        config["endpoint"] = place.endpoint
    if place.key_id is not None and place.secret is not None:
        config["access_key_id"] = place.key_id
        config["secret_access_key"] = place.secret.reveal()
    if place.session is not None:
        config["session_token"] = place.session.reveal()
    return config


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _touch(path: Path) -> bool:
    """Whether the copy is there; it counts as used now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _away(error: Exception | None = None) -> Conflict:
    """What is said of it. Keys that are refused do not pass by themselves: whoever runs Herald has to know."""
    if isinstance(error, _REFUSED):
        return Conflict("The media store refuses Herald's keys. Whoever runs Herald has to mend that.", field="media")
    return Conflict("The media store does not answer. Try again in a minute.", field="media")
