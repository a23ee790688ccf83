"""Herald with the sink for a network: its dependencies, and a queue filled with posts due at one instant."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, func, insert, select

from benchmarks.connector import PLATFORM, sink_connector
from benchmarks.content import TOKEN, text_of
from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.gates import Budget
from bot.domain.ids import PostId
from bot.domain.posts import NewItem, NewPost
from bot.domain.publication import State
from bot.services.deps import Deps
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage import accounts, brands, posts, workspaces
from storage.engine import Database, Session
from storage.ids import new_id
from storage.media.folder import FolderStore
from storage.tables import AttemptRow, PostItemRow, PostPartRow, PostRow
from storage.vault import Vault

Row = dict[str, Any]

ACCOUNTS = 20

_LEAD_S = 5.0
_GRACE = timedelta(minutes=15)
_POSTS_AT_ONCE = 500
_POSTS, _PARTS, _ITEMS = (cast("Table", row.__table__) for row in (PostRow, PostPartRow, PostItemRow))
_TABLES = (_POSTS, _PARTS, _ITEMS)


def vault() -> Vault:
    """The key ring of the benchmark; nothing in it is worth hiding."""
    return Vault([bytes(32)])


@asynccontextmanager
async def open_deps(
    database_url: str, sink_url: str, folder: Path, *, searchable: bool = True, budgets: tuple[Budget, ...] = ()
) -> AsyncGenerator[Deps]:
    """What a worker works with, as a real one has it, apart from its only connector."""
    database = await Database.open(database_url)
    try:
        async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
            yield Deps(
                database=database,
                vault=vault(),
                connectors={PLATFORM: sink_connector(searchable=searchable, budgets=budgets)},
                endpoints={PLATFORM: Endpoints(api=sink_url)},
                sender=Sender(transport),
                media=FolderStore(folder),
                chance=random.Random(7).random,  # noqa: S311  # the jitter of waits
            )
    finally:
        await database.close()


async def fill(database: Database, sink_url: str, *, count: int, due_at: datetime, spread_over: int = ACCOUNTS) -> None:
    """Schedule that many posts for one instant, spread over a few accounts of one brand."""
    async with database.transaction() as session:
        workspace = await workspaces.create_workspace(session, "Paperboat")
        brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        connected = [await _connect(session, brand, sink_url, number) for number in range(min(spread_over, count))]
        first = await posts.insert_post(session, workspace.id, post_at(connected[0], text_of(0), due_at))
        pattern = await _rows_of(session, first)
    for start in range(1, count, _POSTS_AT_ONCE):
        numbers = range(start, min(count, start + _POSTS_AT_ONCE))
        copies = [_copied(pattern, number, connected[number % len(connected)]) for number in numbers]
        async with database.transaction() as session:
            for place, table in enumerate(_TABLES):
                await session.execute(insert(table), [rows[place] for rows in copies])


async def _rows_of(session: Session, post_id: PostId) -> list[Row]:
    """A post of one item as its rows, in the order of _TABLES."""
    found: list[Row] = []
    for table in _TABLES:
        key = table.c.id if table is _POSTS else table.c.post_id
        found.append(dict((await session.execute(select(table).where(key == post_id))).mappings().one()))
    return found


def _copied(pattern: list[Row], number: int, account: Account) -> list[Row]:
    """The same post again, with a text, an account and ids of its own."""
    post, part, item = pattern
    post_id = new_id("post")
    return [
        {**post, "id": post_id, "code": post_id[-posts.CODE_LENGTH :].upper()},
        {**part, "post_id": post_id, "text": text_of(number)},
        {**item, "id": new_id("item"), "post_id": post_id, "account_id": account.id, "key": uuid4().hex},
    ]


async def published(database: Database) -> int:
    """How many posts have their id stored."""
    return await _counted(database, _ITEMS.c.platform_post_id.is_not(None))


async def sent_by(database: Database) -> list[int]:
    """How many posts each worker armed, the busiest first."""
    counted = select(func.count()).select_from(AttemptRow).group_by(AttemptRow.worker_id).order_by(func.count().desc())
    async with database.reading() as session:
        return list(await session.scalars(counted))


async def in_doubt(database: Database) -> set[str]:
    """The keys of the posts of which Herald does not know whether they are live; in the end a person is asked."""
    unconfirmed = select(_ITEMS.c.key).where(_ITEMS.c.state == State.UNCONFIRMED.value)
    async with database.reading() as session:
        return set(await session.scalars(unconfirmed))


async def unfinished(database: Database) -> int:
    """How many posts Herald still has something to do for."""
    waiting = (State.SCHEDULED, State.CLAIMED, State.SENDING, State.UNCONFIRMED)
    return await _counted(database, _ITEMS.c.state.in_(state.value for state in waiting) & _ITEMS.c.asked_at.is_(None))


async def _counted(database: Database, which: ColumnElement[bool]) -> int:
    async with database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(_ITEMS).where(which)) or 0)


async def _connect(session: Session, brand: brands.Brand, sink_url: str, number: int) -> Account:
    new = accounts.NewAccount(
        platform=PLATFORM,
        platform_account_id=str(number),
        handle=f"juniper-{number}",
        display_name="Juniper",
        service_url=sink_url,
    )
    account = await accounts.save_account(session, brand.workspace_id, brand.id, new)
    await accounts.store_tokens(session, brand.workspace_id, vault(), account, Tokens(access=Secret(TOKEN)))
    return account


def post_at(account: Account, text: str, due_at: datetime, *, post_type: str = "sink-post") -> NewPost:
    """A post of one item, due then."""
    item = NewItem(
        account_id=account.id,
        platform=account.platform,
        post_type=post_type,
        part=0,
        state=State.SCHEDULED,
        scheduled_at=due_at,
        due_at=due_at,
        claim_at=due_at - timedelta(seconds=_LEAD_S),
        missed_after=due_at + _GRACE,
        lead_s=_LEAD_S,
        key=uuid4().hex,
        key_at=due_at,
    )
    return NewPost(
        workspace_id=account.workspace_id,
        brand_id=account.brand_id,
        created_by="benchmarks",
        created_at=clock.now(),
        scheduled_at=due_at,
        wall_time=None,
        zone=None,
        link=None,
        options={},
        parts=(text,),
        variants={},
        media=(),
        items=(item,),
    )
