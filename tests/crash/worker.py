"""A worker as a process of its own, for the tests to kill: `python -m tests.crash.worker SETTINGS`, a JSON object.

It is Herald's worker with the toy network's connector. To be stopped at an exact point of an item's life, the
connector's functions are wrapped: on reaching the point the file `ready` is made, and the item goes on once the
file `go` is there.
"""

import asyncio
import json
import logging
import random
import signal
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from bot.services.deps import Deps
from bot.services.ports import CardOwed, Notice, Place
from handlers.clock import dispatcher
from handlers.clock.worker import Pace, work
from platforms.addresses import Guard
from platforms.base import Connector, Endpoints, Key, Pending, Prepared, Published, Repeat, Wire
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault
from tests.toy import toy_connector

Point = Literal["", "claimed", "armed", "answered"]
"""Where an item stops: nowhere, before arming, before the first byte, before the answer is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the process is told."""

    database_url: str
    network_url: str
    folder: str
    keyed: bool = True
    point: Point = ""
    senders: int = 32
    look_every_s: float = 1.0
    """How often it looks by itself, when nothing wakes it."""

    def as_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))

    @property
    def ready(self) -> Path:
        """Made when the point is reached."""
        return Path(self.folder) / "ready"

    @property
    def go(self) -> Path:
        """Made to let the item go on."""
        return Path(self.folder) / "go"

    @property
    def ahead(self) -> Path:
        """By how many seconds the clock of its machine is ahead; see tests/crash/skewed.py."""
        return Path(self.folder) / "ahead"

    def connector(self) -> Connector:
        """The toy network's connector in the dialect asked for."""
        if self.keyed:
            return toy_connector()
        return toy_connector(repeat=Repeat.NEVER, looks=2, settle_s=1.0)


class _Silent:
    async def show(self, card: CardOwed) -> Place:
        """Nobody looks."""
        return Place(channel=card.channel or "", ts=card.post_id)

    async def deliver(self, notice: Notice) -> Place | None:
        """Nobody listens."""


def _stopping(settings: Settings) -> Connector:
    connector = settings.connector()

    async def pause() -> None:
        settings.ready.touch()
        while not settings.go.exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.02)

    async def prepare(*arguments: object) -> Prepared:
        await pause()
        return await connector.prepare(*arguments)  # pyright: ignore[reportArgumentType]  # passed through

    async def publish(wire: Wire, account: object, prepared: Prepared, key: Key) -> Published | Pending:
        if settings.point == "armed":
            await pause()
        answer = await connector.publish(wire, account, prepared, key)  # pyright: ignore[reportArgumentType]
        if settings.point == "answered":
            await pause()
        return answer

    if settings.point == "claimed":
        return replace(connector, prepare=prepare)
    return replace(connector, publish=publish)


async def run(settings: Settings) -> None:
    """Be that worker until SIGTERM."""
    assert dispatcher._LOOK_EVERY_S  # the number that is set here
    dispatcher._LOOK_EVERY_S = settings.look_every_s
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await Database.open(settings.database_url)
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={"toy": _stopping(settings)},
            endpoints={"toy": Endpoints(api=settings.network_url)},
            sender=Sender(transport),
            media=FolderStore(Path(settings.folder) / "media"),
            chance=random.random,
        )
        await work(deps, _Silent(), stop, pace=Pace(senders=settings.senders))
    await database.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(run(Settings(**json.loads(sys.argv[1]))))
