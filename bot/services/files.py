"""The files of a post on their way in: from a path, an address or the store; and made to fit where that was asked for.

New ones lie aside until the post is found good.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.domain.capabilities import Capabilities
from bot.domain.content import Media
from bot.domain.errors import InvalidContent, Problem, invalid
from bot.domain.fitting import Fitted, goal_for
from bot.domain.ids import MediaId, WorkspaceId
from bot.domain.media_rules import MediaRules
from bot.services.deps import Deps
from platforms.web import CannotFetch
from storage.brands import Brand
from storage.engine import Session
from storage.media import rows
from storage.media.fit import fit
from storage.media.folder import MAX_BYTES, Taken, file_name


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """A file that somebody named by its address; Herald fetches it once, when the post is written."""

    url: str


Entry = Path | MediaId | WebFile
"""A file as it is named: where it lies here, the id of a stored one, or its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the post. `taken` is set while its bytes lie aside; those of a stored one are in their place."""

    media: Media
    path: Path
    taken: Taken | None = None
    fitted: Fitted | None = None
    """Set where it was made to fit: `media` and `path` are then those of the fitted one."""


def entry_of(text: str, *, folder: Path | None = None) -> Path | WebFile:
    """A file as a person names it: an address beginning with http:// or https://, else a path (within `folder`)."""
    if text.lower().startswith(("http://", "https://")):
        return WebFile(url=text)
    return folder / text if folder is not None else Path(text)


async def gathered(
    deps: Deps, brand: Brand, entries: Sequence[Entry], stack: AsyncExitStack, problems: list[Problem]
) -> tuple[File, ...]:
    """The files, as long as `stack` is open; what cannot be used is told among the problems and left out."""
    files: list[File] = []
    for entry in entries:
        try:
            files.append(await _file(deps, brand, entry, stack))
        except InvalidContent as error:
            problems.extend(error.problems)
    return tuple(files)


async def _file(deps: Deps, brand: Brand, entry: Entry, stack: AsyncExitStack) -> File:
    if isinstance(entry, Path):
        return await _aside(deps, await deps.media.take(entry), stack)
    if isinstance(entry, WebFile):
        return await _aside(deps, await _fetched(deps, entry), stack)
    return await _stored(deps, brand, entry)


async def _aside(deps: Deps, taken: Taken, stack: AsyncExitStack) -> File:
    stack.push_async_callback(deps.media.drop, taken)
    return File(media=taken.media, path=taken.path, taken=taken)


async def _fetched(deps: Deps, entry: WebFile) -> Taken:
    """Raises InvalidContent. The address itself may hold a secret: only its host and last part are named."""
    try:
        parts = urlsplit(entry.url)
    except ValueError:
        raise invalid("media", "This is not the address of a file. Check it.") from None
    called = file_name(unquote(parts.path)) if parts.path.strip("/") else parts.hostname or "file"
    if deps.web is None:
        raise invalid("media", f"{called} cannot be fetched here. Give the file itself.")
    with tempfile.TemporaryDirectory(prefix="herald-") as folder:
        target = Path(folder) / "file"
        try:
            await deps.web.download(entry.url, target, max_bytes=MAX_BYTES)
        except CannotFetch as error:
            raise invalid("media", f"{called} at {parts.hostname} {error}. Check its address.") from error
        return await deps.media.take(target, called=called)


async def _stored(deps: Deps, brand: Brand, media_id: MediaId) -> File:
    """A file of this workspace. Raises NotFound, and InvalidContent when its bytes are gone."""
    async with deps.database.reading() as session:
        media = await rows.get_media(session, brand.workspace_id, media_id)
    try:
        return File(media=media, path=await deps.media.fetch(media.sha256))
    except FileNotFoundError:
        raise invalid("media", f"{media.file_name} is missing. Add it again.") from None


async def row_of(session: Session, workspace_id: WorkspaceId, file: File) -> MediaId:
    """The row of a good plan's file. Raises InvalidContent when a stored one's bytes went meanwhile."""
    if file.taken is None:
        return await rows.reuse(session, workspace_id, file.media)
    return await rows.remember(session, workspace_id, file.media)


# --- Making images fit -----------------------------------------------------------------------------------------------


async def fit_all(
    deps: Deps,
    files: Sequence[File],
    takes: Sequence[Capabilities],
    stack: AsyncExitStack,
    problems: list[Problem],
) -> tuple[File, ...]:
    """The files, images made what all these networks take where that is possible. Nothing is cropped."""
    made: list[File] = []
    for file in files:
        try:
            made.append(await _fitted(deps, file, takes, stack))
        except InvalidContent as error:
            problems.extend(error.problems)
            made.append(file)
    return tuple(made)


async def _fitted(deps: Deps, file: File, takes: Sequence[Capabilities], stack: AsyncExitStack) -> File:
    media = file.media
    goal = goal_for(media, list(_rules(media, takes)))
    if goal is None:
        return file
    with tempfile.TemporaryDirectory(prefix="herald-") as folder:
        target = Path(folder) / "fitted"
        mime_type = await asyncio.to_thread(fit, file.path, target, goal, media.file_name)
        taken = await deps.media.take(target, called=_renamed(media.file_name, mime_type))
    stack.push_async_callback(deps.media.drop, taken)
    return File(media=taken.media, path=taken.path, taken=taken, fitted=_told(media, taken.media, takes))


def _told(before: Media, after: Media, takes: Sequence[Capabilities]) -> Fitted:
    """With the networks that asked for it, each once."""
    names = [one.name for one in takes if goal_for(before, list(_rules(before, [one]))) is not None]
    return Fitted(before=before, after=after, networks=tuple(dict.fromkeys(names)))


def can_fit(media: Media, takes: Sequence[Capabilities]) -> bool:
    """Whether making it fit would change this file for these networks."""
    return goal_for(media, list(_rules(media, takes))) is not None


def _rules(media: Media, takes: Sequence[Capabilities]) -> Iterator[MediaRules]:
    for capabilities in takes:
        if (rules := capabilities.media.get(media.kind)) is not None:
            yield rules


def _renamed(called: str, mime_type: str) -> str:
    """The same name with the ending of what it is now, should that have changed."""
    ending = mime_type.removeprefix("image/").replace("jpeg", "jpg")
    stem, dot, old = called.rpartition(".")
    same = old.lower().replace("jpeg", "jpg") == ending
    return called if same else f"{stem if dot else called}.{ending}"
