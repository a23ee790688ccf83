"""Composers that people have open: what was typed so far, by whom, and for which post."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.composition import Composition, Fold, Form, FormFile, When
from bot.domain.errors import NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.repeats import Every
from storage.ids import new_id
from storage.tables import CompositionRow


async def open_composition(  # noqa: PLR0913  # whose, what, and of which post
    session: AsyncSession,
    workspace_id: WorkspaceId,
    user_id: str,
    form: Form,
    *,
    post_id: PostId | None,
    post_version: int | None,
    now: datetime,
) -> Composition:
    """Begin to remember a composer."""
    row = CompositionRow(
        id=new_id("comp"),
        workspace_id=workspace_id,
        user_id=user_id,
        post_id=post_id,
        post_version=post_version,
        form=_written(form),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    return _composition(row)


async def get_composition(
    session: AsyncSession, workspace_id: WorkspaceId, user_id: str, composition_id: str
) -> Composition:
    """One person's composer. Raises NotFound, also when it is somebody else's."""
    row = await session.scalar(
        select(CompositionRow).where(
            CompositionRow.workspace_id == workspace_id,
            CompositionRow.user_id == user_id,
            CompositionRow.id == composition_id,
        )
    )
    if row is None:
        raise _gone()
    return _composition(row)


async def save_form(  # noqa: PLR0913  # whose, which, and what
    session: AsyncSession, workspace_id: WorkspaceId, user_id: str, composition_id: str, form: Form, *, now: datetime
) -> None:
    """Remember what is typed now. Raises NotFound."""
    changed = await session.execute(
        update(CompositionRow)
        .where(
            CompositionRow.workspace_id == workspace_id,
            CompositionRow.user_id == user_id,
            CompositionRow.id == composition_id,
        )
        .values(form=_written(form), updated_at=now)
    )
    if cast("CursorResult[tuple[()]]", changed).rowcount != 1:
        raise _gone()


async def close_composition(
    session: AsyncSession, workspace_id: WorkspaceId, user_id: str, composition_id: str
) -> bool:
    """Forget a composer. False when it was closed before: of two who close it, one is told True."""
    closed = await session.execute(
        delete(CompositionRow).where(
            CompositionRow.workspace_id == workspace_id,
            CompositionRow.user_id == user_id,
            CompositionRow.id == composition_id,
        )
    )
    return cast("CursorResult[tuple[()]]", closed).rowcount == 1


async def forget_old_compositions(session: AsyncSession, *, before: datetime) -> int:
    """Forget composers nobody touched since; returns how many."""
    gone = await session.execute(delete(CompositionRow).where(CompositionRow.updated_at < before))
    return cast("CursorResult[tuple[()]]", gone).rowcount


def _gone() -> NotFound:
    return NotFound("This composer is closed. Open a new one with /post.", field="post")


def _composition(row: CompositionRow) -> Composition:
    return Composition(
        id=row.id,
        workspace_id=WorkspaceId(row.workspace_id),
        user_id=row.user_id,
        form=_read(row.form),
        post_id=PostId(row.post_id) if row.post_id is not None else None,
        post_version=row.post_version,
    )


def _written(form: Form) -> dict[str, Any]:
    return {
        "brand_id": form.brand_id,
        "account_ids": list(form.account_ids),
        "text": _storable(form.text),
        "variants": {platform: _storable(text) for platform, text in form.variants.items()},
        "parts": [_storable(part) for part in form.parts],
        "files": [_written_file(file) for file in form.files],
        "added": [_written_file(file) for file in form.added],
        "link": form.link,
        "when": form.when.value,
        "date": form.date,
        "time": form.time,
        "zone": form.zone,
        "fold": form.fold.value if form.fold is not None else None,
        "options": {
            platform: {name: _storable(value) for name, value in chosen.items()}
            for platform, chosen in form.options.items()
        },
        "fit": form.fit,
        "every": form.every.value if form.every is not None else None,
        "until": form.until,
        "came_again": form.came_again,
        "mission_id": form.mission_id,
        "approver": form.approver,
    }


def _written_file(file: FormFile) -> dict[str, Any]:
    return {
        "media_id": file.media_id,
        "file_name": file.file_name,
        "alt_text": _storable(file.alt_text),
        "width_px": file.width_px,
        "height_px": file.height_px,
        "source": file.source,
    } | ({"fitted_id": file.fitted_id} if file.fitted_id else {})


def _storable(text: str) -> str:
    """What both databases take: without NUL, and valid Unicode."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _read(stored: Mapping[str, Any]) -> Form:
    return Form(
        brand_id=stored["brand_id"],
        account_ids=tuple(stored["account_ids"]),
        text=stored["text"],
        variants=dict(stored["variants"]),
        parts=tuple(stored["parts"]),
        files=tuple(FormFile(**file) for file in stored["files"]),
        added=tuple(FormFile(**file) for file in stored["added"]),
        link=stored["link"],
        when=When(stored["when"]),
        date=stored["date"],
        time=stored["time"],
        zone=stored["zone"],
        fold=Fold(stored["fold"]) if stored["fold"] is not None else None,
        options={platform: dict(chosen) for platform, chosen in stored["options"].items()},
        fit=stored.get("fit", False),
        every=Every(stored["every"]) if stored.get("every") else None,
        until=stored.get("until"),
        came_again=stored.get("came_again", False),
        mission_id=stored.get("mission_id"),
        approver=stored.get("approver"),
    )
