"""Herald with the sink for a network: its dependencies, and a queue filled with posts due at one instant."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text as sql

from benchmarks.connector import CONNECTOR, PLATFORM, TOKEN, text_of
from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.posts import NewItem, NewPost
from bot.domain.publication import State
from bot.services.deps import Deps
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage import accounts, brands, posts, workspaces
from storage.engine import Database, Session
from storage.media.folder import FolderStore
from storage.vault import Vault

_LEAD_S = 5.0
_GRACE = timedelta(minutes=15)
_POSTS_AT_ONCE = 200
_ACCOUNTS = 20


def vault() -> Vault:
    """The key ring of the benchmark; nothing in it is worth hiding."""
    return Vault([bytes(32)])


@asynccontextmanager
async def open_deps(database_url: str, sink_url: str, folder: Path) -> AsyncGenerator[Deps]:
    """What a worker works with, as a real one has it, apart from its only connector."""
    database = await Database.open(database_url)
    try:
        async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
            yield Deps(
                database=database,
                vault=vault(),
                connectors={PLATFORM: CONNECTOR},
                endpoints={PLATFORM: Endpoints(api=sink_url)},
                sender=Sender(transport),
                media=FolderStore(folder),
                chance=random.Random(7).random,  # noqa: S311  # the jitter of waits
            )
    finally:
        await database.close()


async def fill(database: Database, sink_url: str, *, count: int, due_at: datetime) -> None:
    """Schedule that many posts for one instant, spread over a few accounts of one brand."""
    async with database.transaction() as session:
        workspace = await workspaces.create_workspace(session, "Paperboat")
        brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        connected = [await _connect(session, brand, sink_url, number) for number in range(min(_ACCOUNTS, count))]
    for start in range(0, count, _POSTS_AT_ONCE):
        async with database.transaction() as session:
            for number in range(start, min(count, start + _POSTS_AT_ONCE)):
                post = post_at(connected[number % len(connected)], text_of(number), due_at)
                await posts.insert_post(session, workspace.id, post)


async def published(database: Database) -> int:
    """How many posts have their id stored."""
    async with database.reading() as session:
        found = await session.scalar(sql("SELECT count(*) FROM post_items WHERE platform_post_id IS NOT NULL"))
    return int(found or 0)


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
