"""Whose a post on the network is: of two items that look alike only one may take it.

Two brands, or two workspaces, may have connected one account of a network: what counts is where posts go. Machinery,
like storage/items.py.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId
from bot.domain.items import QueuedItem
from bot.domain.publication import State
from storage.conditions import variant
from storage.tables import AccountRow, PostItemRow, PostPartRow, PostVariantRow


async def is_adopted(
    session: AsyncSession, account_id: AccountId, platform_post_id: str, *, other_than: ItemId
) -> bool:
    """Whether this post on the network is another item's already.

    Nobody else can adopt a post there until the transaction ends.
    """
    other = await session.scalar(
        select(PostItemRow.id)
        .where(
            PostItemRow.account_id.in_(await _hold(session, account_id)),
            PostItemRow.platform_post_id == platform_post_id,
            PostItemRow.id != other_than,
        )
        .limit(1)
    )
    return other is not None


async def twin_in_flight(session: AsyncSession, item: QueuedItem, *, armed_after: datetime) -> bool:
    """Whether another item with the same text and the same goal may still be told by its own answer that it is live.

    One that is being sent, or worked on, or in doubt and armed so lately that its answer may be on its way. Nobody else
    can ask about posts there until the transaction ends.
    """
    there = await _hold(session, item.account_id)
    texts = await session.scalars(
        select(func.coalesce(PostVariantRow.text, PostPartRow.text))
        .select_from(PostItemRow)
        .join(PostPartRow, (PostPartRow.post_id == PostItemRow.post_id) & (PostPartRow.part == PostItemRow.part))
        .outerjoin(
            PostVariantRow,
            (PostVariantRow.post_id == PostItemRow.post_id)
            & (PostVariantRow.platform == variant(PostItemRow))
            & (PostItemRow.part == 0),
        )
        .where(
            PostItemRow.account_id.in_(there),
            PostItemRow.id != item.id,
            PostItemRow.state.in_(_IN_FLIGHT),
            (PostItemRow.state != State.UNCONFIRMED.value) | (PostItemRow.armed_at > armed_after),
        )
    )
    return any(_comparable(text) == _comparable(item.text) for text in texts)


async def _hold(session: AsyncSession, account_id: AccountId) -> list[str]:
    """All accounts that are this one on the network, locked until the transaction ends."""
    its = AccountRow.__table__.alias("its").c
    same = select(AccountRow.id).where(
        AccountRow.platform == its.platform,
        AccountRow.service_url == its.service_url,
        AccountRow.platform_account_id == its.platform_account_id,
        its.id == account_id,
    )
    return list(await session.scalars(same.order_by(AccountRow.id).with_for_update(of=AccountRow)))


_IN_FLIGHT = (State.SENDING.value, State.CONFIRMING.value, State.UNCONFIRMED.value)


def _comparable(text: str) -> str:
    return " ".join(text.split()).casefold()
