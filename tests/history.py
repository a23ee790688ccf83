"""A brand with a past: posts that went out over three weeks, what networks counted of them, and what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from bot.domain.accounts import Account
from bot.domain.ids import ItemId
from bot.domain.publication import State
from storage.brands import Brand
from storage.engine import Database
from storage.tables import AccountRow, ItemSnapshotRow, PostItemRow
from tests import factories

TEXTS = (
    "New beans are in: a washed Ethiopian, floral and bright.",
    "Latte art, slow motion.",
    "How we clean a grinder, in six steps.",
    "Open late on Thursday. Bring a friend.",
    "The roaster's notebook: why we cool the drum first.",
)
_CURVE = (0.5, 0.75, 0.88, 0.95, 1.0)
"""Which part of its views a post has after so many days."""
_DAYS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was made."""

    accounts: Sequence[Account]
    items: Sequence[ItemId]


async def make_past(database: Database, brand: Brand, now: datetime, platforms: Sequence[str]) -> Past:
    """Two posts a day on each network in turn, read each morning at 06:40 there; the last network tells no views."""
    handles = [("Juniper Coffee" if place == 0 else "junipercoffee") for place in range(len(platforms))]
    accounts = [
        await factories.make_account(database, brand, platform=platform, handle=handle)
        for platform, handle in zip(platforms, handles, strict=True)
    ]
    await _long_connected(database, brand, now)
    zone, items = ZoneInfo(brand.timezone), list[ItemId]()
    today = now.astimezone(zone).date()
    for back in range(_DAYS, 0, -1):
        for number in range(3 if back == 1 else 2):
            account = accounts[(back + number) % len(accounts)]
            at = datetime.combine(today - timedelta(days=back), time(9 + 4 * number), zone)
            item_id = await published(database, brand, account, TEXTS[(2 * back + number) % len(TEXTS)], at)
            top = 900 + 130 * (_DAYS - back) + 700 * ((back * 7 + number * 3) % 5)
            await counted(database, account, item_id, back, top, today=datetime.combine(today, time(6, 40), zone))
            items.append(item_id)
    return Past(accounts=accounts, items=items)


async def _long_connected(database: Database, brand: Brand, now: datetime) -> None:
    long_ago = now - timedelta(days=60)
    async with database.transaction() as session:
        await session.execute(update(AccountRow).where(AccountRow.brand_id == brand.id).values(connected_at=long_ago))


async def published(database: Database, brand: Brand, account: Account, text: str, at: datetime) -> ItemId:
    """A post that went out at that instant, a second late."""
    post_id = await factories.make_post(database, brand, text, at=at)
    item_id = await factories.make_item(database, account, post_id, due_at=at, state=State.PUBLISHED)
    live = {
        "published_at": at + timedelta(seconds=0.4),
        "claim_at": None,
        "platform_post_id": item_id,
        "permalink": f"https://{account.platform}.example/posts/{item_id[-8:]}",
    }
    async with database.transaction() as session:
        await session.execute(update(PostItemRow).where(PostItemRow.id == item_id).values(**live))
    return item_id


async def counted(  # noqa: PLR0913  # of which item, how much, when
    database: Database, account: Account, item_id: ItemId, back: int, top: int, *, today: datetime
) -> None:
    """Its numbers, read each day for `back` days up to `today`, as they grow to `top` views."""
    tells_views = account.platform != "bluesky"
    rows = [
        {
            "item_id": item_id,
            "day": (today - timedelta(days=back - age)).date().isoformat(),
            "workspace_id": account.workspace_id,
            "brand_id": account.brand_id,
            "account_id": account.id,
            "fetched_at": today - timedelta(days=back - age),
            "views": int(top * _CURVE[min(age, len(_CURVE)) - 1]) if tells_views else None,
            "likes": int(top * _CURVE[min(age, len(_CURVE)) - 1] / 34),
            "comments": None if account.platform == "linkedin" else top // 200,
            "raw": {},
        }
        for age in range(1, back + 1)
    ]
    async with database.transaction() as session:
        await session.execute(insert(ItemSnapshotRow), rows)


async def plan(database: Database, brand: Brand, accounts: Sequence[Account], text: str, at: datetime) -> None:
    """A post to come, on these accounts."""
    post_id = await factories.make_post(database, brand, text, at=at)
    for account in accounts:
        await factories.make_item(database, account, post_id, due_at=at)


async def fail(database: Database, brand: Brand, account: Account, text: str, at: datetime) -> None:
    """A post whose text was refused."""
    post_id = await factories.make_post(database, brand, text, at=at)
    item_id = await factories.make_item(database, account, post_id, due_at=at, state=State.FAILED)
    why = {"error_class": "content", "error_message": "294 of 280 letters, 14 too many.", "claim_at": None}
    async with database.transaction() as session:
        await session.execute(update(PostItemRow).where(PostItemRow.id == item_id).values(**why))


async def ends(database: Database, account: Account, at: datetime) -> None:
    """Its access ends then."""
    async with database.transaction() as session:
        await session.execute(update(AccountRow).where(AccountRow.id == account.id).values(ends_at=at))
