"""Posts that say the same: what went out, or waits, on some accounts with a given text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.conditions import in_state, variant
from storage.tables import PostItemRow, PostPartRow, PostRow, PostVariantRow

_MOST_LOOKED_AT = 2_000
"""Of what went out and of what waits. A text is compared with no more, however much an account has."""


_WAITING = frozenset({State.SCHEDULED, State.CLAIMED, State.AWAITING_APPROVAL})
_UNDER_WAY = frozenset({State.SENDING, State.CONFIRMING, State.UNCONFIRMED})
"""It may be there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A post with that text: on which account, when it went out or is planned for."""

    account_id: AccountId
    at: datetime
    is_out: bool = False
    is_under_way: bool = False
    """It is being sent, or nobody knows yet whether it is there."""


async def same_text(  # noqa: PLR0913  # whose, which text where, since when, beside which post
    session: AsyncSession,
    workspace_id: WorkspaceId,
    account_ids: Collection[AccountId],
    texts: Mapping[str, str],
    *,
    since: datetime,
    beside: PostId | None = None,
) -> Same | None:
    """The latest such post on one of these accounts, else one on its way, else the next; `texts` are by platform."""
    item = PostItemRow
    mine = (item.account_id.in_(account_ids), item.workspace_id == workspace_id, item.part == 0)
    if beside is not None:
        mine = (*mine, item.post_id != beside)
    out = select(*_LOOKED_AT).where(*mine, item.published_at >= since).order_by(item.published_at.desc())
    if (row := (await session.execute(_saying(out, texts))).first()) is not None:
        return Same(account_id=AccountId(row.account_id), at=row.published_at, is_out=True)
    soon = select(*_LOOKED_AT).where(*mine, in_state(*_WAITING - {State.SCHEDULED}, *_UNDER_WAY))
    if (row := (await session.execute(_saying(soon.order_by(item.id.desc()), texts))).first()) is not None:
        return Same(
            account_id=AccountId(row.account_id), at=row.scheduled_at, is_under_way=State(row.state) in _UNDER_WAY
        )
    waiting = select(*_LOOKED_AT).where(*mine, in_state(State.SCHEDULED), item.claim_at.is_not(None))
    row = (await session.execute(_saying(waiting.order_by(item.claim_at), texts))).first()
    return None if row is None else Same(account_id=AccountId(row.account_id), at=row.scheduled_at)


async def just_said(  # noqa: PLR0913  # whose, which text where, since when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    account_ids: Collection[AccountId],
    texts: Mapping[str, str],
    *,
    since: datetime,
) -> bool:
    """Whether the brand has such a post that was written since then; looks at little, for what holds up others."""
    item, post = PostItemRow, PostRow
    theirs = (post.workspace_id == workspace_id, post.brand_id == brand_id, post.created_at >= since)
    mine = (item.account_id.in_(account_ids), item.part == 0, in_state(*_WAITING, *_UNDER_WAY, State.PUBLISHED))
    written = select(*_LOOKED_AT).join(post, post.id == item.post_id).where(*theirs, *mine)
    return (await session.execute(_saying(written.order_by(item.id.desc()), texts))).first() is not None


_LOOKED_AT = (
    PostItemRow.post_id,
    PostItemRow.account_id,
    PostItemRow.platform,
    PostItemRow.kind,
    PostItemRow.published_at,
    PostItemRow.scheduled_at,
    PostItemRow.state,
)


def _saying(items: Select[*tuple[Any, ...]], texts: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    """Of these items one whose text is that of its platform: the last that went out, or the next to come."""
    item, part, own = items.limit(_MOST_LOOKED_AT).subquery().c, PostPartRow, PostVariantRow
    said: ColumnElement[str] = func.coalesce(own.text, part.text)
    return (
        select(item.account_id, item.published_at, item.scheduled_at, item.state)
        .join(part, and_(part.post_id == item.post_id, part.part == 0))
        .outerjoin(own, and_(own.post_id == item.post_id, own.platform == variant(item)))
        .where(or_(*(and_(item.platform == platform, said == text) for platform, text in texts.items())))
        .order_by(item.published_at.desc(), item.scheduled_at)
        .limit(1)
    )
