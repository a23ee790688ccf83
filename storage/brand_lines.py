"""What is said about a brand as a whole, in its channel, and changed there once it is over.

Kind "brand"; the payload has `what` and `at`, `over` (None while it lasts, else an instant) with `ended_by`, and the
facts of the caller. A line that is changed is owed again, to be put where it stands.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import BrandId, WorkspaceId
from storage import outbox
from storage.ids import new_id
from storage.tables import NoticeRow, SlackInstallationRow

KIND = "brand"
_NEWEST = 20


async def say(  # noqa: PLR0913  # whose, what, when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    what: str,
    facts: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    """Owe a line about the brand, if its workspace is in Slack."""
    installed = await session.scalar(
        select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == workspace_id)
    )
    if installed is not None:
        payload = {"what": what, "at": now.isoformat(), "over": None, **facts}
        key = new_id("ntc")
        await outbox.add(session, workspace_id, kind=KIND, dedupe_key=key, payload=payload, now=now, brand_id=brand_id)


async def keep_saying(  # noqa: PLR0913  # whose, what, when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    what: str,
    *,
    key: str,
    facts: Mapping[str, object],
    now: datetime,
) -> None:
    """Owe a line about the brand, or have the one of this `key` say this from now on, if its workspace is in Slack."""
    installed = await session.scalar(
        select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == workspace_id)
    )
    if installed is None:
        return
    payload = {"what": what, "at": now.isoformat(), "over": None, **facts}
    if not await outbox.add(
        session, workspace_id, kind=KIND, dedupe_key=key, payload=payload, now=now, brand_id=brand_id
    ):
        known = await session.scalar(select(NoticeRow.id).where(NoticeRow.dedupe_key == key))
        await say_again(session, workspace_id, known or "", payload, now=now)


async def end(  # noqa: PLR0913  # whose, what, by whom
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, what: str, *, by: str, now: datetime
) -> None:
    """Have the brand's lines of this kind that are not over say that they are."""
    rows = await session.scalars(
        select(NoticeRow)
        .where(
            NoticeRow.workspace_id == workspace_id,
            NoticeRow.kind == KIND,
            NoticeRow.post_id.is_(None),
            NoticeRow.brand_id == brand_id,
        )
        .order_by(NoticeRow.created_at.desc())
        .limit(_NEWEST)
    )
    for row in rows.all():
        if row.payload.get("what") == what and row.payload.get("over") is None:
            payload = {**row.payload, "over": now.isoformat(), "ended_by": by}
            await say_again(session, workspace_id, row.id, payload, now=now)


async def say_again(
    session: AsyncSession, workspace_id: WorkspaceId, notice_id: str, payload: Mapping[str, Any], *, now: datetime
) -> None:
    """Owe a notice anew with these facts, to be changed where it stands."""
    await session.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice_id, NoticeRow.workspace_id == workspace_id)
        .values(payload=dict(payload), delivered_at=None, deliver_at=now, tries=0, last_error=None)
        .execution_options(synchronize_session=False)
    )
