"""A chat small enough to see through, and a queue whose posts are told of in it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select, update

from bot import clock
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services.delivering import Deliverer
from bot.services.ports import CardOwed, Notice, Place
from storage import lines
from storage.tables import BudgetRow, CardRow, NoticeRow
from tests.toy_queue import Queue

Mood = Callable[[str], Exception | float | None]
"""Given a channel, what goes wrong there: an error, seconds of waiting, or nothing."""


@dataclass
class Chat:
    """A chat that remembers what stands in it, and can be down, slow, strict, or lose its answers."""

    mood: Mood = lambda _: None
    after: Mood = lambda _: None
    """What goes wrong once it has taken a thing: a lost answer."""
    said: list[tuple[str, str, str]] = field(default_factory=list)
    """(channel, post or notice, what), in order."""
    cards: dict[str, int] = field(default_factory=dict)
    """By ts, how often it was changed."""
    edits: list[tuple[str, str]] = field(default_factory=list)
    on_show: Callable[[CardOwed], Awaitable[None]] | None = None

    async def show(self, card: CardOwed) -> Place:
        """Post or change a card."""
        channel = card.channel or ""
        await self._meet(self.mood, channel)
        ts = card.ts or f"ts{len(self.cards)}"
        self.cards[ts] = self.cards.get(ts, -1) + 1
        self.said.append((channel, card.post_id, "card" if card.ts is None else "update"))
        if self.on_show is not None:
            await self.on_show(card)
        await self._meet(self.after, channel)
        return Place(channel=channel, ts=ts)

    async def deliver(self, notice: Notice) -> Place | None:
        """Say a line."""
        channel = notice.card.channel if notice.card is not None else ""
        await self._meet(self.mood, channel)
        what = f"{notice.kind} {notice.payload.get('what')}"
        self.said.append((channel, notice.post_id or notice.id, what))
        if notice.kind == "mended" and notice.place is not None:
            self.edits.append((notice.place.ts, str(notice.payload["by"])))
        await self._meet(self.after, channel)
        return Place(channel=channel, ts=f"{notice.id}")

    async def _meet(self, mood: Mood, channel: str) -> None:
        wrong = mood(channel)
        if isinstance(wrong, Exception):
            raise wrong
        await asyncio.sleep(wrong or 0)

    def of(self, post_id: str) -> list[str]:
        """What was said of a post, in order."""
        return [what for _, told, what in self.said if told == post_id]


async def planned(queue: Queue, *texts: str) -> PostId:
    """A scheduled post with its card and line owed."""
    post_id = await queue.post(*texts)
    await change(queue, post_id, "schedule")
    return post_id


async def change(queue: Queue, post_id: PostId, what: str) -> None:
    """Somebody did something to a post."""
    async with queue.deps.database.transaction() as session:
        await lines.changed(session, queue.workspace_id, post_id, what, by="slack:U1", now=clock.now())


async def drain(queue: Queue, post_ids: list[PostId]) -> None:
    """Publish them all."""
    async with queue.working():
        for post_id in post_ids:
            states = await queue.until(post_id, State.PUBLISHED, State.FAILED)
            assert set(states) <= {State.PUBLISHED, State.FAILED}


async def soon(queue: Queue, deliverer: Deliverer, *, within_s: float = 20.0) -> None:
    """Give turns until nothing is owed."""
    deadline_s = clock.uptime_s() + within_s
    while await owed(queue):
        assert clock.uptime_s() < deadline_s, await owed(queue)
        await deliverer.turn()
        await asyncio.sleep(0.05)


async def owed(queue: Queue) -> int:
    """How much is owed."""
    async with queue.deps.database.reading() as session:
        waiting = await session.scalar(select(func.count()).where(CardRow.shown < CardRow.wanted))
        notices = await session.scalar(select(func.count()).where(NoticeRow.delivered_at.is_(None)))
    return (waiting or 0) + (notices or 0)


async def open_again(queue: Queue) -> None:
    """Let no channel wait any longer."""
    async with queue.deps.database.transaction() as session:
        await session.execute(update(BudgetRow).values(not_before=clock.now()))
