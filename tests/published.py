"""A network that only counts, items that were published long ago, and a clock that can be moved."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import insert

from bot import clock
from bot.domain.accounts import Account, Connected
from bot.domain.ids import ItemId, PostId
from bot.domain.publication import State
from platforms.base import AccountNumbers, Connector, Endpoints, PostNumbers, Wire
from platforms.errors import PlatformError, Unavailable
from storage.brands import Brand
from storage.engine import Database
from storage.ids import new_id
from storage.tables import PostItemRow, PostPartRow, PostRow


class MovingClock:
    """The house's clock, which goes where it is told."""

    def to(self, at: datetime) -> None:
        """Be there now."""
        clock.correct(at - clock.now())


@contextmanager
def moving_clock() -> Iterator[MovingClock]:
    """A clock for the block; afterwards it is the machine's again, whoever corrected it meanwhile."""
    jumped_at_s = clock._jumped_at_s
    try:
        yield MovingClock()
    finally:
        clock.correct(clock.machine() - clock.now())
        clock._jumped_at_s = jumped_at_s


@dataclass
class Counting:
    """What a network was asked, and what it says: `likes` of each post. It is `down` while that raises."""

    asked: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    own: list[datetime] = field(default_factory=list)
    likes: Counter[str] = field(default_factory=Counter[str])
    calls: list[tuple[datetime, str]] = field(default_factory=list)
    """When posts were asked for, and of which account."""
    own_calls: list[tuple[datetime, str]] = field(default_factory=list)
    down: PlatformError | None = None
    hidden: set[str] = field(default_factory=set)

    async def metrics(
        self, _wire: Wire, _endpoints: Endpoints, connected: Connected, ids: tuple[str, ...]
    ) -> tuple[PostNumbers, ...]:
        """Likes, and nothing else."""
        if self.down is not None:
            raise self.down
        self.asked.append((clock.now(), ids))
        self.calls.append((clock.now(), connected.account.id))
        return tuple(
            PostNumbers(platform_post_id=one, likes=self.likes[one], raw={"likes": self.likes[one]})
            for one in ids
            if one not in self.hidden
        )

    async def account_metrics(self, _wire: Wire, _endpoints: Endpoints, connected: Connected) -> AccountNumbers:
        """Followers."""
        if self.down is not None:
            raise self.down
        self.own.append(clock.now())
        self.own_calls.append((clock.now(), connected.account.id))
        return AccountNumbers(followers=len(self.own))

    def on(self, connector: Connector) -> Connector:
        """That connector, with this network behind its numbers."""
        own = self.account_metrics if connector.account_metrics is not None else None
        posts = self.metrics if connector.metrics is not None else None
        return replace(connector, metrics=posts, account_metrics=own, history=None)


AWAY = Unavailable("Toy does not answer.", platform="toy")


async def publish(
    database: Database, brand: Brand, account: Account, instants: Sequence[datetime]
) -> tuple[list[PostId], list[ItemId]]:
    """Posts of one item each, published at these instants."""
    posts = [PostId(new_id("post")) for _ in instants]
    items = [ItemId(new_id("item")) for _ in instants]
    whose = {"workspace_id": brand.workspace_id, "brand_id": brand.id, "version": 1}
    post_rows = [
        {
            "id": post_id,
            "code": post_id[-6:].upper(),
            "created_by": "test",
            "created_at": at,
            "scheduled_at": at,
            "options": {},
            **whose,
        }
        for post_id, at in zip(posts, instants, strict=True)
    ]
    item_rows = [
        {"id": item_id, "post_id": post_id, "account_id": account.id, **_item(account.platform, item_id, at), **whose}
        for post_id, item_id, at in zip(posts, items, instants, strict=True)
    ]
    parts = [{"post_id": post_id, "part": 0, "text": "Hello", "workspace_id": brand.workspace_id} for post_id in posts]
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.execute(insert(PostRow), post_rows)
        await connection.execute(insert(PostPartRow), parts)
        await connection.execute(insert(PostItemRow), item_rows)
    return posts, items


def _item(platform: str, item_id: ItemId, at: datetime) -> dict[str, object]:
    return {
        "platform": platform,
        "post_type": f"{platform}-post",
        "part": 0,
        "state": State.PUBLISHED.value,
        "key": item_id,
        "key_at": at,
        "scheduled_at": at,
        "lead_s": 0.0,
        "attempt": 1,
        "tries": 0,
        "looks": 0,
        "published_at": at,
        "platform_post_id": f"on-{item_id}",
        "created_at": at,
    }
