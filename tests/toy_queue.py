"""A queue with the toy network behind it: what the publishing tests stand on."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import update

from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.posts import NewItem, NewPost, PostView
from bot.domain.publication import State
from bot.services.deps import Deps
from bot.services.ports import CardOwed, Notice, Place
from handlers.clock.worker import Pace, work
from platforms.addresses import Guard
from platforms.base import Connector, Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage import accounts, brands, posts, workspaces
from storage.brands import Brand
from storage.engine import Database, announce
from storage.media.folder import FolderStore
from storage.tables import BrandRow, SlackInstallationRow
from storage.vault import Vault
from tests.toy import ToyNetwork


@dataclass
class Heard:
    """A notifier that remembers what it was told."""

    notices: list[Notice] = field(default_factory=list)
    cards: list[CardOwed] = field(default_factory=list)
    refuses: Exception | None = None
    """While set, nothing gets through."""

    async def show(self, card: CardOwed) -> Place:
        """Remember it."""
        if self.refuses is not None:
            raise self.refuses
        self.cards.append(card)
        return Place(channel=card.channel or "", ts=card.ts or f"ts-{len(self.cards)}")

    async def deliver(self, notice: Notice) -> Place | None:
        """Remember it."""
        if self.refuses is not None:
            raise self.refuses
        self.notices.append(notice)
        return Place(channel="C1", ts=f"notice-{len(self.notices)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A workspace with one toy account, and the services' dependencies around it."""

    deps: Deps
    network: ToyNetwork
    brand: Brand
    account: Account
    heard: Heard

    @property
    def workspace_id(self) -> WorkspaceId:
        """Whose everything is."""
        return self.brand.workspace_id

    async def in_slack(self, channel: str = "C1") -> None:
        """Install Herald in a Slack workspace and give the brand a channel: from now on posts have cards."""
        async with self.deps.database.transaction() as session:
            session.add(
                SlackInstallationRow(
                    workspace_id=self.workspace_id,
                    team_id=f"T-{self.workspace_id}",
                    bot_id="B1",
                    bot_user_id="U1",
                    scopes=[],
                    sealed=b"",
                    key_id="k",
                    installed_at=clock.now(),
                )
            )
            await session.execute(update(BrandRow).where(BrandRow.id == self.brand.id).values(channel=channel))

    async def post(self, *texts: str, due_at: datetime | None = None) -> PostId:
        """Schedule a post; more than one text makes a thread."""
        async with self.deps.database.transaction() as session:
            post_id = await posts.insert_post(session, self.workspace_id, self._post(texts, due_at or clock.now()))
            await announce(session)
        return post_id

    async def post_all(self, texts: Sequence[str], due_at: datetime) -> list[PostId]:
        """Schedule a post of each text for one instant, in one transaction: all of them or none."""
        async with self.deps.database.transaction() as session:
            made = [await posts.insert_post(session, self.workspace_id, self._post((text,), due_at)) for text in texts]
            await announce(session)
        return made

    def _post(self, texts: tuple[str, ...], at: datetime) -> NewPost:
        return NewPost(
            workspace_id=self.workspace_id,
            brand_id=self.brand.id,
            created_by="tests",
            created_at=clock.now(),
            scheduled_at=at,
            wall_time=None,
            zone=None,
            link=None,
            options={},
            parts=texts,
            variants={},
            media=(),
            items=tuple(self._item(part, at) for part in range(len(texts))),
        )

    def _item(self, part: int, at: datetime) -> NewItem:
        return NewItem(
            account_id=self.account.id,
            platform="toy",
            post_type="toy-post",
            part=part,
            state=State.SCHEDULED,
            scheduled_at=at,
            due_at=None if part else at,
            claim_at=None if part else at - timedelta(seconds=5),
            missed_after=None if part else at + self.brand.grace,
            lead_s=5.0,
            key=uuid4().hex,
            key_at=at,
        )

    async def see(self, post_id: PostId) -> PostView:
        """The post as people see it."""
        async with self.deps.database.reading() as session:
            return await posts.get_post(session, self.workspace_id, post_id)

    async def states(self, post_id: PostId) -> list[State]:
        """The states of its items, part by part."""
        return [item.status for item in (await self.see(post_id)).items]

    async def item_id(self, post_id: PostId) -> ItemId:
        """Its first item."""
        return (await self.see(post_id)).items[0].item_id

    async def until(self, post_id: PostId, *wanted: State, within_s: float = 60.0) -> list[State]:
        """Wait until all items are in one of the wanted states; returns the states they are in at the end."""
        deadline = clock.uptime_s() + within_s
        while True:
            states = await self.states(post_id)
            if set(states) <= set(wanted) or clock.uptime_s() > deadline:
                return states
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def working(self, *, pace: Pace | None = None) -> AsyncIterator[asyncio.Event]:
        """A worker at work while the block runs, then stopped cleanly."""
        stop = asyncio.Event()
        task = asyncio.create_task(work(self.deps, self.heard, stop, pace=pace))
        try:
            yield stop
        finally:
            stop.set()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def queue(
    database: Database, connector: Connector, network: ToyNetwork, folder: FolderStore
) -> AsyncIterator[Queue]:
    """A fresh workspace with one brand and one toy account."""
    vault = Vault([bytes(32)])
    async with database.transaction() as session:
        workspace = await workspaces.create_workspace(session, "Paperboat")
        brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        new = accounts.NewAccount(
            platform="toy", platform_account_id="1", handle="juniper", display_name="Juniper", service_url=network.url
        )
        account = await accounts.save_account(session, workspace.id, brand.id, new)
        await accounts.store_tokens(session, workspace.id, vault, account, Tokens(access=Secret("toy-token")))
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=vault,
            connectors={"toy": connector},
            endpoints={"toy": Endpoints(api=network.url)},
            sender=Sender(transport),
            media=folder,
            chance=random.Random(7).random,  # noqa: S311  # spreads waits, repeatably; no secret
        )
        yield Queue(deps=deps, network=network, brand=brand, account=account, heard=Heard())
