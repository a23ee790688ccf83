"""`herald serve` as it is really started, for measuring: what is there before it starts, and the process."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import herald as queue
from benchmarks.content import text_of
from bot import clock
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.ids import BrandId, PostId
from bot.services import installing, workspaces
from bot.services.deps import Deps
from handlers.slack.api import opened as slack_opened
from handlers.slack.installs import introduce
from storage import accounts, cards, posts
from storage.cards import Place
from storage.workspaces import Workspace

LOOPBACK = "127.0.0.1"
_ROOT = Path(__file__).resolve().parents[1]
_READY_WITHIN_S = 30.0
_AT_ONCE = 200
_ACCOUNTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What happens at once."""

    mode: str
    posts: int = 1_000
    rate: float = 20.0
    """Interactions a second."""
    seconds: float = 20.0
    """From half of it before the posts' instant."""
    latency_s: float = 0.3
    """How late the network answers."""
    slack_is: str = "ok"
    """The weather at the stand-in Slack during it."""
    chat: bool = True
    """Whether the brand has a channel, so that cards are owed."""


def environment(load: Load, folder: Path, own: str, slack: Mapping[str, str]) -> dict[str, str]:
    """What Herald is told."""
    way = "SLACK_APP_TOKEN" if load.mode == "socket" else "SLACK_SIGNING_SECRET"
    return {
        "HERALD_DATA_DIR": str(folder),
        "HERALD_PORT": own.rpartition(":")[2],
        "HERALD_PUBLIC_URL": own,
        "HERALD_ALLOW_PRIVATE_ADDRESSES": "1",
        "HERALD_SLACK_API_URL": slack["api_url"],
        "SLACK_BOT_TOKEN": slack["bot_token"],
        way: slack["app_token" if load.mode == "socket" else "signing_secret"],
    }


# --- What is there before -------------------------------------------------------------------------------------------


async def furnish(deps: Deps, load: Load, slack: Mapping[str, str], sink_url: str) -> list[Account]:
    """A workspace with Herald in it, a brand with its channel, and accounts at the network."""
    async with slack_opened(slack["api_url"]) as api:
        workspace = await installing.install(deps, await introduce(api, Secret(slack["bot_token"])))
    channel = slack["channel"] if load.chat else None
    brand = await workspaces.create_brand(deps, workspace, "Juniper", timezone="Europe/Berlin", channel=channel)
    return await connect(deps, workspace, brand.id, sink_url)


async def connect(deps: Deps, workspace: Workspace, brand_id: BrandId, sink_url: str) -> list[Account]:
    """Accounts of the brand at the network."""
    return [await _connect(deps, workspace, brand_id, sink_url, number) for number in range(_ACCOUNTS)]


async def _connect(deps: Deps, workspace: Workspace, brand_id: BrandId, sink_url: str, number: int) -> Account:
    new = accounts.NewAccount(
        platform="mastodon",
        platform_account_id=str(number),
        handle=f"juniper-{number}",
        display_name="Juniper",
        service_url=sink_url,
    )
    async with deps.database.transaction() as session:
        account = await accounts.save_account(session, workspace.id, brand_id, new)
        await accounts.store_tokens(session, workspace.id, deps.vault, account, Tokens(access=Secret("a token")))
    return account


async def fill(  # noqa: PLR0913, PLR0917  # what is put where
    deps: Deps, load: Load, connected: Sequence[Account], due_at: datetime, channel: str, stand: Sequence[str]
) -> list[PostId]:
    """The posts of one instant; their cards stand in the channel already, as those of posts scheduled long ago."""
    known: list[PostId] = []
    for start in range(0, load.posts, _AT_ONCE):
        async with deps.database.transaction() as session:
            some = range(start, min(load.posts, start + _AT_ONCE))
            for number in some:
                post = queue.post_at(
                    connected[number % len(connected)], text_of(number)[:480], due_at, post_type="mastodon-status"
                )
                known.append(await posts.insert_post(session, post.workspace_id, post))
            workspace_id, now = connected[0].workspace_id, clock.now()
            await cards.want(session, workspace_id, known[start:], now=now)
            owed = await cards.owed(session, workspace_id, channel, limit=_AT_ONCE)
            places = [Place(channel=channel, ts=stand[start + place]) for place in range(len(owed))]
            shown = [(card, place, None) for card, place in zip(owed, places, strict=True)]
            await cards.settle(session, shown, now=now)
    return known


# --- While it runs --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def started(
    environment: Mapping[str, str], folder: Path, port: int | None, command: str = "serve"
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process of Herald's, answering at that port; ended as an operator ends it. Raises RuntimeError, TimeoutError.

    One that listens nowhere, a worker, is there at once and says so by what it does.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("HERALD_", "SLACK_"))
    } | dict(environment)
    with (folder / f"{command}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", command, cwd=_ROOT, env=inherited, stdout=log, stderr=log
        )  # fmt: skip
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                while port is not None and not await _listens(port):
                    if process.returncode is not None:
                        raise RuntimeError(f"herald {command} ended early")
                    await asyncio.sleep(0.05)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


def rss_mb(pid: int) -> float:
    """Resident memory now; 0 where /proc does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])
