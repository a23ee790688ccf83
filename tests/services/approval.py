"""People who write and approve, for the tests of approvals."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot import clock
from bot.domain.approvals import Asking, Rule
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.services import (
    agreeing,
    approvers,
    editing,
    scheduling,
)
from bot.services.agreeing import Approve
from bot.services.planning import At, NextSlot, NotYet, Now, Wish
from storage.tables import ApprovalRow, NoticeRow, PostItemRow
from tests.toy_queue import Queue

MAYA, OMAR, ANA = "slack:U1MAYA", "slack:U2OMAR", "slack:U3ANA"
SOON = timedelta(days=1)


async def ruled(slack: Queue, rule: Rule = Rule.ONE, *users: str) -> None:
    """From now on the brand's posts need the word of Omar, or of these."""
    ids = [user.removeprefix("slack:") for user in users or (OMAR,)]
    await approvers.set_rule(slack.deps, slack.brand, rule=rule, approvers=ids, asked_by=MAYA)


def wish(slack: Queue, when: At | Now | NextSlot | NotYet, text: str = "Hello", by: str = MAYA) -> Wish:
    """A post to the toy network."""
    return Wish(brand=slack.brand, to=("toy",), text=text, when=when, asked_by=by)


def at(ahead: timedelta = SOON) -> At:
    """A whole second, so far ahead."""
    return At(text=(clock.now() + ahead).replace(microsecond=0).isoformat())


async def write(
    slack: Queue, when: At | Now | NextSlot | NotYet | None = None, by: str = MAYA, text: str = "Hello"
) -> PostView:
    """Maya writes a post."""
    return await scheduling.schedule_post(slack.deps, wish(slack, when or at(), text, by))


async def edit(slack: Queue, post: PostView, text: str, by: str = MAYA) -> PostView:
    """Somebody writes another text."""
    changed = wish(slack, At(text=post.scheduled_at.isoformat() if post.scheduled_at else ""), text, by)
    return await editing.edit_post(slack.deps, slack.workspace_id, post.post_id, changed, version=post.version)


async def approve(slack: Queue, post: PostView, by: str = OMAR, version: int | None = None) -> PostView:
    """Somebody agrees to the version they read."""
    read = post.version if version is None else version
    return await agreeing.decide(slack.deps, slack.workspace_id, post.post_id, Approve(), version=read, decided_by=by)


async def asking(slack: Queue, post_id: PostId) -> Asking | None:
    """How its request stands."""
    async with slack.deps.database.reading() as session:
        found = await session.scalar(select(ApprovalRow.state).where(ApprovalRow.post_id == post_id))
        return None if found is None else Asking(found)


async def notices(slack: Queue, kind: str) -> list[tuple[str, int]]:
    """Whom a notice of this kind is for, and of which version."""
    async with slack.deps.database.reading() as session:
        rows = await session.scalars(select(NoticeRow).where(NoticeRow.kind == kind).order_by(NoticeRow.id))
        return [(str(row.payload.get("user", "")), int(row.payload["version"])) for row in rows]


async def come_to(slack: Queue, post_id: PostId, moment: datetime) -> None:
    """Have its time be then, as if the day had passed."""
    asked = moment - SOON
    async with slack.deps.database.transaction() as session:
        mine = update(PostItemRow).where(PostItemRow.post_id == post_id)
        await session.execute(mine.values(scheduled_at=moment, due_at=moment))
        row = update(ApprovalRow).where(ApprovalRow.post_id == post_id)
        await session.execute(row.values(ends_at=moment, asked_at=asked))
