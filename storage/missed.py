"""One message for all the posts of a brand that were missed in the same outage: begun, grown, and ended when settled.

A notice of kind "missed". Its payload has `what`, `at`, `posts` and `items` (ids), `author` (with posts that have no
card: whom it is for), `last_at`, and once nothing of it is missed any more `over` and `ended_by`. It is owed again with
each change, to be put where it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.items import QueuedItem
from bot.domain.publication import State
from storage import brand_lines
from storage.ids import new_id
from storage.tables import NoticeRow, PostItemRow, PostRow

KIND = "missed"
_SAME_OUTAGE = timedelta(hours=1)
"""What is missed so soon after other posts of the brand belongs to the same outage."""
_NEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a brand's message asks about."""

    brand_id: BrandId
    posts: tuple[PostId, ...]
    items: tuple[ItemId, ...]
    over: bool


async def gather(session: AsyncSession, late: Sequence[QueuedItem], author: str, *, now: datetime) -> bool:
    """Put these items of one brand into its message. False: there is but one post, and it is told of alone. Machinery.

    A post that was told of alone a short time ago joins it, and the message takes that one's place.
    """
    workspace_id, brand_id = late[0].workspace_id, late[0].brand_id
    posts, items = [item.post_id for item in late], [item.id for item in late]
    for notice in await _newest(session, workspace_id, brand_id, KIND):
        payload = notice.payload
        fresh = datetime.fromisoformat(payload.get("last_at") or payload["at"]) > now - _SAME_OUTAGE
        if fresh and payload.get("over") is None and payload.get("author", "") == author:
            grown = {"posts": _joined(payload["posts"], posts), "items": _joined(payload["items"], items)}
            more = {**payload, **grown, "last_at": now.isoformat()}
            await brand_lines.say_again(session, workspace_id, notice.id, more, now=now)
            return True
    alone = [] if author else await _told_alone(session, workspace_id, brand_id, now=now)
    if not alone and len(set(posts)) == 1:
        return False
    earlier_posts, earlier_items = [row.post_id or "" for row in alone], [row.item_id or "" for row in alone]
    place = next((row.place for row in alone if row.place is not None), None)
    for row in alone:
        await _retire(session, row, now=now)
    notice_id = new_id("ntc")
    session.add(
        NoticeRow(
            id=notice_id,
            workspace_id=workspace_id,
            brand_id=brand_id,
            kind=KIND,
            dedupe_key=notice_id,
            payload={
                "what": KIND,
                "at": now.isoformat(),
                "last_at": now.isoformat(),
                "posts": _joined(earlier_posts, posts),
                "items": _joined(earlier_items, items),
                "author": author,
                "over": None,
            },
            created_at=now,
            deliver_at=now,
            tries=0,
            place=place,
        )
    )
    await session.flush()
    return True


async def settle(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, by: str, now: datetime) -> None:
    """Somebody changed this post: end the messages about it of which nothing is missed any more."""
    brand_id = await session.scalar(
        select(PostRow.brand_id).where(PostRow.workspace_id == workspace_id, PostRow.id == post_id)
    )
    for notice in await _newest(session, workspace_id, BrandId(brand_id or ""), KIND):
        payload = notice.payload
        if payload.get("over") is not None or post_id not in payload["posts"]:
            continue
        if not await still_missed(session, workspace_id, payload["posts"]):
            over = {**payload, "over": now.isoformat(), "ended_by": by}
            await brand_lines.say_again(session, workspace_id, notice.id, over, now=now)


async def asked(session: AsyncSession, workspace_id: WorkspaceId, notice_id: str) -> Asked:
    """What the message asks about. Raises NotFound."""
    row = await session.scalar(
        select(NoticeRow).where(
            NoticeRow.workspace_id == workspace_id, NoticeRow.id == notice_id, NoticeRow.kind == KIND
        )
    )
    if row is None or row.brand_id is None:
        raise NotFound("These posts are no longer asked about.", field="post")
    payload: Mapping[str, Any] = row.payload
    return Asked(
        brand_id=BrandId(row.brand_id),
        posts=tuple(PostId(name) for name in payload["posts"]),
        items=tuple(ItemId(name) for name in payload["items"]),
        over=payload.get("over") is not None,
    )


async def still_missed(session: AsyncSession, workspace_id: WorkspaceId, posts: Sequence[str]) -> list[PostId]:
    """Those of the posts of which something is missed, in the order of their planned seconds."""
    rows = await session.execute(
        select(PostItemRow.post_id)
        .where(
            PostItemRow.workspace_id == workspace_id,
            PostItemRow.post_id.in_(sorted(posts)),
            PostItemRow.state == State.MISSED.value,
        )
        .group_by(PostItemRow.post_id)
        .order_by(func.min(PostItemRow.scheduled_at), PostItemRow.post_id)
    )
    return [PostId(post_id) for post_id in rows.scalars()]


async def states_of(session: AsyncSession, workspace_id: WorkspaceId, posts: Sequence[str]) -> dict[PostId, set[State]]:
    """In which states the items of these posts are."""
    rows = await session.execute(
        select(PostItemRow.post_id, PostItemRow.state)
        .where(PostItemRow.workspace_id == workspace_id, PostItemRow.post_id.in_(sorted(posts)))
        .distinct()
    )
    found: dict[PostId, set[State]] = {}
    for post_id, state in rows:
        found.setdefault(PostId(post_id), set()).add(State(state))
    return found


async def _newest(session: AsyncSession, workspace_id: str, brand_id: str, kind: str) -> Sequence[NoticeRow]:
    rows = await session.scalars(
        select(NoticeRow)
        .where(
            NoticeRow.workspace_id == workspace_id,
            NoticeRow.kind == kind,
            NoticeRow.post_id.is_(None),
            NoticeRow.brand_id == brand_id,
        )
        .order_by(NoticeRow.created_at.desc())
        .limit(_NEWEST)
    )
    return rows.all()


async def _told_alone(session: AsyncSession, workspace_id: str, brand_id: str, *, now: datetime) -> list[NoticeRow]:
    """Broadcasts about one missed post each, still missed, of this outage."""
    rows = await session.scalars(
        select(NoticeRow)
        .join(PostItemRow, PostItemRow.id == NoticeRow.item_id)
        .where(
            NoticeRow.workspace_id == workspace_id,
            NoticeRow.kind == "broadcast",
            NoticeRow.brand_id == brand_id,
            NoticeRow.created_at > now - _SAME_OUTAGE,
            PostItemRow.state == State.MISSED.value,
        )
        .order_by(NoticeRow.created_at)
    )
    return [row for row in rows if row.payload.get("what") == KIND and row.dedupe_key.startswith("broadcast:")]


async def _retire(session: AsyncSession, row: NoticeRow, *, now: datetime) -> None:
    """Nothing changes this broadcast any more: another message has its place."""
    await session.execute(
        update(NoticeRow)
        .where(NoticeRow.id == row.id)
        .values(dedupe_key=f"joined:{row.id}", delivered_at=func.coalesce(NoticeRow.delivered_at, now))
        .execution_options(synchronize_session=False)
    )


def _joined(before: Sequence[str], more: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*before, *more]))
