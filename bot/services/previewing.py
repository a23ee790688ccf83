"""What becomes of a post's pictures when they are made to fit, for people to look at before anything is sent."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.domain.content import MediaKind
from bot.domain.errors import invalid
from bot.domain.fitting import Fitted, fitted_text, preview_name
from bot.domain.ids import MediaId
from bot.services.deps import Deps
from bot.services.files import File, row_of
from bot.services.planning import Plan, Wish
from bot.services.scheduling import check_post


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A fitted picture with its bytes. `place` is that of its file in the post, from 0."""

    place: int
    media_id: MediaId
    """Of the fitted file, which is stored."""
    file_name: str
    mime_type: str
    content: bytes
    told: str
    """What became of it, in a line."""


def lines(plan: Plan) -> list[str]:
    """A line for each picture: what becomes of it, or that it stays as it is."""
    kinds = {MediaKind.IMAGE}
    return [_line(file) for file in plan.files if file.fitted is not None or file.media.kind in kinds]


def _line(file: File) -> str:
    return f"{file.media.file_name}: fits as it is" if file.fitted is None else fitted_text(file.fitted)


def ready_folder(folder: Path) -> None:
    """Make sure that previews can be written there. Raises InvalidContent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".herald-preview"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


async def write(plan: Plan, folder: Path) -> list[Path]:
    """Copy the fitted pictures of a plan into a folder, under names that tell them. Raises InvalidContent."""
    try:
        return await asyncio.to_thread(lambda: list(_copied(plan, folder)))
    except OSError as error:
        raise _unwritable(folder, error) from error


def _copied(plan: Plan, folder: Path) -> Iterator[Path]:
    for number, (file, fitted) in enumerate(_fitted(plan), 1):
        yield Path(shutil.copyfile(file.path, folder / preview_name(number, fitted)))


def _fitted(plan: Plan) -> Iterator[tuple[File, Fitted]]:
    for file in plan.files:
        if file.fitted is not None:
            yield file, file.fitted


def _unwritable(folder: Path, error: OSError) -> Exception:
    why = error.strerror or "it failed"
    return invalid("preview", f"Herald cannot write into {folder}: {why}. Name another folder.")


async def pictures(deps: Deps, wish: Wish) -> list[Picture]:
    """Check the wish, and store its fitted pictures, so that what is shown is what is sent.

    Raises UserError as `check_post`; nothing is stored then.
    """
    found: list[Picture] = []

    async def look(plan: Plan) -> None:
        for place, file in enumerate(plan.files):
            if file.fitted is not None:
                found.append(await _stored(deps, wish, place, file, file.fitted))

    await check_post(deps, wish, look)
    return found


async def _stored(deps: Deps, wish: Wish, place: int, file: File, fitted: Fitted) -> Picture:
    content = await asyncio.to_thread(file.path.read_bytes)
    if file.taken is not None:
        await deps.media.keep(file.taken)
    async with deps.database.transaction() as session:
        media_id = await row_of(session, wish.brand.workspace_id, file)
    return Picture(
        place=place,
        media_id=media_id,
        file_name=file.media.file_name,
        mime_type=file.media.mime_type,
        content=content,
        told=fitted_text(fitted),
    )
