"""A network that only counts, items that were published long ago, and a clock that can be moved."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot import clock
from bot.domain.accounts import Account, Connected
from bot.domain.ids import ItemId, PostId
from bot.domain.publication import State
from platforms.base import AccountNumbers, Connector, Endpoints, PostNumbers, Wire
from platforms.errors import PlatformError, Unavailable
from storage.brands import Brand
from storage.engine import Database
from storage.ids import new_id
from storage.tables import PostItemRow, PostRow


class MovingClock:
    """The house's clock, which goes where it is told."""

    def __init__(self) -> None:
        self._moved = timedelta(0)

    def to(self, at: datetime) -> None:
        """Be there now."""
        step = at - clock.now()
        clock.correct(step)
        self._moved += step

    def back(self) -> None:
        """Be where it was."""
        clock.correct(-self._moved)
        self._moved = timedelta(0)


@contextmanager
def moving_clock() -> Iterator[MovingClock]:
    """A clock for the block."""
    moving = MovingClock()
    try:
        yield moving
    finally:
        moving.back()


@dataclass
class Counting:
    """What a network was asked, and what it says: `likes` of each post. It is `down` while that raises."""

    asked: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    own: list[datetime] = field(default_factory=list)
    likes: Counter[str] = field(default_factory=Counter[str])
    down: PlatformError | None = None
    hidden: set[str] = field(default_factory=set)

    async def metrics(
        self, _wire: Wire, _endpoints: Endpoints, _connected: Connected, ids: tuple[str, ...]
    ) -> tuple[PostNumbers, ...]:
        """Likes, and nothing else."""
        if self.down is not None:
            raise self.down
        self.asked.append((clock.now(), ids))
        return tuple(
            PostNumbers(platform_post_id=one, likes=self.likes[one], raw={"likes": self.likes[one]})
            for one in ids
            if one not in self.hidden
        )

    async def account_metrics(self, _wire: Wire, _endpoints: Endpoints, _connected: Connected) -> AccountNumbers:
        """Followers."""
        if self.down is not None:
            raise self.down
        self.own.append(clock.now())
        return AccountNumbers(followers=len(self.own))

    def on(self, connector: Connector) -> Connector:
        """That connector, with this network behind its numbers."""
        own = self.account_metrics if connector.account_metrics is not None else None
        posts = self.metrics if connector.metrics is not None else None
        return replace(connector, metrics=posts, account_metrics=own)


AWAY = Unavailable("Toy does not answer.", platform="toy")


async def publish(
    database: Database, brand: Brand, account: Account, instants: Sequence[datetime]
) -> tuple[list[PostId], list[ItemId]]:
    """Posts of one item each, published at these instants."""
    posts, items = [], []
    async with database.transaction() as session:
        for at in instants:
            post_id, item_id = PostId(new_id("post")), ItemId(new_id("item"))
            posts.append(
                PostRow(
                    id=post_id,
                    workspace_id=brand.workspace_id,
                    brand_id=brand.id,
                    code=post_id[-6:].upper(),
                    version=1,
                    created_by="test",
                    created_at=at,
                    scheduled_at=at,
                    options={},
                )
            )
            items.append(_item(account, post_id, item_id, at))
        session.add_all(posts)
        await session.flush()
        session.add_all(items)
    return [PostId(post.id) for post in posts], [ItemId(item.id) for item in items]


def _item(account: Account, post_id: PostId, item_id: ItemId, at: datetime) -> PostItemRow:
    return PostItemRow(
        id=item_id,
        workspace_id=account.workspace_id,
        brand_id=account.brand_id,
        post_id=post_id,
        account_id=account.id,
        platform=account.platform,
        post_type=f"{account.platform}-post",
        part=0,
        state=State.PUBLISHED.value,
        version=1,
        key=uuid4().hex,
        key_at=at,
        scheduled_at=at,
        lead_s=0.0,
        attempt=1,
        tries=0,
        looks=0,
        published_at=at,
        platform_post_id=f"on-{item_id}",
        created_at=at,
    )
