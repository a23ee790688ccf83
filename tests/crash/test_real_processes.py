"""`herald worker` and `herald serve` as operators run them, killed and stopped in the middle of a drain.

Between them and a Mastodon stand-in stands a proxy that spoils some answers. The stand-in's own list is the oracle.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from bot import clock, wiring
from bot.config import read_settings
from bot.domain.accounts import Account, Secret
from bot.domain.publication import State
from bot.services import connecting, scheduling
from bot.services.planning import At, Wish
from platforms import REGISTER
from sandbox.fault_proxy import FaultProxy, Rule
from sandbox.networks.mastodon import app as mastodon
from sandbox.networks.mastodon.world import Settings, World
from storage import brands, workspaces
from storage.brands import Brand
from storage.tables import PostItemRow
from tests.crash.postgres import OwnPostgres
from tests.ports import free_ports

_ROOT = Path(__file__).parents[2]
_SEED = int(os.environ.get("CRASH_SEED", "20261121"))
_POSTS = 500
_PEOPLE = ("juniper", "rowan", "linden")
_STOPPED_S = 8.0
_FAULTS = ("reset_after", "reset_before", "504_after", "truncate_after", "garble_after", "hang_after", "500_before")
_ENDS_WITHIN_S = 240.0
"""Mastodon wants two looks, the last one later than any answer could still come, before absence is a proof."""

pytestmark = [
    pytest.mark.skipif(not os.environ.get("CRASH_KILLS"), reason="only in `make crash`: proving absence takes minutes"),
    pytest.mark.timeout(600),
]


@dataclass(kw_only=True)
class Fleet:
    """An installation, its network, and its processes."""

    herald: wiring.Herald
    brand: Brand
    accounts: Sequence[Account]
    """Three: each may make 300 requests in five minutes, as at a real server, and looks for posts count among them."""
    environment: dict[str, str]
    command: str
    world: World
    proxy: FaultProxy
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        """One more process."""
        with (self.folder / f"log-{len(self.processes)}").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "bot.cli", self.command],
                cwd=_ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def log(self, process: subprocess.Popen[bytes]) -> str:
        """What it said."""
        return (self.folder / f"log-{self.processes.index(process)}").read_text()

    async def joined(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until it works."""
        deadline_s = clock.uptime_s() + 60
        while "worker joined" not in self.log(process):
            assert clock.uptime_s() < deadline_s, self.log(process)
            await asyncio.sleep(0.05)

    async def states(self) -> Counter[str]:
        """How many items are in each state."""
        async with self.herald.deps.database.reading() as session:
            return Counter(await session.scalars(select(PostItemRow.state)))

    async def until_published(self) -> None:
        """Wait until nothing is open."""
        deadline_s = clock.uptime_s() + _ENDS_WITHIN_S
        while set(states := await self.states()) != {State.PUBLISHED}:
            assert clock.uptime_s() < deadline_s, f"{states}\n{self._last_words()}"
            await asyncio.sleep(0.2)

    def _last_words(self) -> str:
        return "\n".join(self.log(process)[-3000:] for process in self.processes)


@asynccontextmanager
async def _fleet(command: str, database_url: str, folder: Path, *, keys: bool) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            mastodon.running(Settings(idempotency=keys, requests_per_5_min=0, latency_ms=100, people=_PEOPLE))
        )
        place = urlsplit(server.url)
        proxy = await stack.enter_async_context(FaultProxy((place.hostname or "", place.port or 80)))
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        chosen = {
            "HERALD_DATABASE_URL": database_url,
            "HERALD_DATA_DIR": str(folder / "data"),
            "HERALD_SECRET_KEYS": b64encode(bytes(32)).decode(),
            "HERALD_ALLOW_PRIVATE_ADDRESSES": "1",
            "HERALD_PORT": str(free_ports()[0]),
        }
        herald = await stack.enter_async_context(wiring.opened(read_settings(chosen, tuple(REGISTER))))
        async with herald.deps.database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
        accounts: list[Account] = []
        for name in server.world.people:
            token = Secret(server.world.issue_token(name))
            typed: dict[str, str | Secret] = {"instance": proxy.url, "token": token}
            accounts.append(await connecting.connect(herald.deps, brand, "mastodon", typed, asked_by="tests"))
        fleet = Fleet(
            herald=herald,
            brand=brand,
            accounts=accounts,
            environment=kept | chosen,
            command=command,
            world=server.world,
            proxy=proxy,
            folder=folder,
        )
        try:
            yield fleet
        finally:
            for process in fleet.processes:
                process.kill()
                process.wait()


async def _schedule(fleet: Fleet, *, ahead_s: float) -> list[str]:
    at = At(text=(clock.now() + timedelta(seconds=ahead_s)).isoformat())
    texts = [f"Number {number}" for number in range(_POSTS)]
    wishes = [
        Wish(brand=fleet.brand, text=text, to=(account.id,), when=at, asked_by="tests")
        for text, account in zip(texts, cycle(fleet.accounts), strict=False)
    ]
    await scheduling.schedule_posts(fleet.herald.deps, list(enumerate(wishes, start=1)))
    return texts


def _spoil(fleet: Fleet, chances: random.Random) -> None:
    """Some of the creating calls go wrong, each fault a few times and not all at once."""
    fleet.proxy.rules = [
        Rule(fault=fault, method="POST", path="/api/v1/statuses", times=2) for fault in chances.sample(_FAULTS, 3)
    ]


async def _drain_under_fire(fleet: Fleet, team: int, texts: list[str], chances: random.Random) -> None:
    workers = [fleet.start() for _ in range(team)]
    await asyncio.gather(*(fleet.joined(worker) for worker in workers))
    while not fleet.world.statuses:  # noqa: ASYNC110  # another process posts them
        await asyncio.sleep(0.02)
    _spoil(fleet, chances)
    stopped = workers[-1]
    stopped.send_signal(signal.SIGSTOP)
    woken_at_s = clock.uptime_s() + _STOPPED_S
    for victim in workers[:-1]:
        await asyncio.sleep(chances.uniform(0.0, 1.0))
        victim.kill()
        victim.wait()
        await fleet.joined(fleet.start())
    await asyncio.sleep(max(woken_at_s - clock.uptime_s(), 0.0))
    stopped.send_signal(signal.SIGCONT)
    await asyncio.sleep(chances.uniform(0.0, 2.0))
    stopped.kill()
    stopped.wait()
    await fleet.joined(fleet.start())
    await fleet.until_published()
    await asyncio.sleep(1)
    assert Counter(status.text for status in fleet.world.statuses.values()) == Counter(texts)


@pytest.mark.parametrize("keys", [True, False], ids=["keys", "no-keys"])
async def test_two_workers_on_postgresql_killed_and_stopped(
    restartable: OwnPostgres, tmp_path: Path, *, keys: bool
) -> None:
    url = await restartable.make_database()
    async with _fleet("worker", url, tmp_path, keys=keys) as fleet:
        texts = await _schedule(fleet, ahead_s=45)
        await _drain_under_fire(fleet, 2, texts, random.Random(_SEED))  # noqa: S311  # to be repeated
        assert [process.poll() for process in fleet.processes[2:]] == [None, None]


@pytest.mark.parametrize("keys", [True, False], ids=["keys", "no-keys"])
async def test_a_single_process_on_sqlite_killed_and_stopped(sqlite_url: str, tmp_path: Path, *, keys: bool) -> None:
    async with _fleet("serve", sqlite_url, tmp_path, keys=keys) as fleet:
        texts = await _schedule(fleet, ahead_s=45)
        await _drain_under_fire(fleet, 1, texts, random.Random(_SEED))  # noqa: S311  # to be repeated
