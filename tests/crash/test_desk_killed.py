"""`herald serve` killed again and again while people type at it: what it acknowledged is kept, and sent once.

A kill between the acknowledgement of a command and its transaction would lose what somebody typed, and nobody would be
told. So what is acknowledged is there, or Herald says later that it was stopped; otherwise Slack says that it failed.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from benchmarks import serving
from benchmarks.serving import Load
from bot import clock, wiring
from bot.config import read_settings
from bot.domain.accounts import Secret
from bot.domain.publication import State
from bot.services import connecting, installing, interruptions, workspaces
from handlers.slack.api import opened as slack_opened
from handlers.slack.installs import introduce
from handlers.slack.watching import ACKNOWLEDGED_BY_S, NOTED_WITHIN_S
from platforms import REGISTER
from sandbox.networks.mastodon import app as mastodon
from sandbox.networks.mastodon.world import Settings as Network
from sandbox.networks.mastodon.world import World
from sandbox.slack import app, payloads
from sandbox.slack.app import Workspace
from sandbox.slack.settings import Settings
from storage.tables import CardRow, NoticeRow, PostItemRow

_ROOT = Path(__file__).resolve().parents[2]
_SEED = int(os.environ.get("CRASH_SEED", "20261121"))
_KILLS, _TYPED_EVERY_S, _ENDS_WITHIN_S = (12, 0.3, 500.0) if os.environ.get("CRASH_KILLS") else (2, 0.6, 90.0)
"""Slack takes one message a second, and each post that is typed takes three."""
_CHANNEL = "juniper-social"
_MANIFESTS = {"http": _ROOT / "docs/manifest.http.yml", "socket": _ROOT / "manifest.yml"}
_OPEN = {State.SCHEDULED, State.CLAIMED, State.SENDING, State.CONFIRMING, State.UNCONFIRMED}

pytestmark = pytest.mark.timeout(900)


@dataclass(kw_only=True)
class Desk:
    """A stand-in Slack and a network, with what `herald serve` has to know of them."""

    herald: wiring.Herald
    slack: Workspace
    network: World
    environment: dict[str, str]
    folder: Path
    port: int
    typed: dict[str, float | None] = field(default_factory=dict)
    """Each text, with the seconds until it was acknowledged; None: Slack said that it failed."""

    async def type(self, text: str) -> None:
        """Have somebody type a command, and note what Slack makes of it."""
        world = self.slack.world
        known = next(one for one in world.manifest.commands if one.command == "/post")
        channel, maya = world.channel_named(_CHANNEL), world.person_named("maya")
        payload = payloads.slash_command(world, maya, channel, known, f'"{text}" to mastodon now')
        started_s = clock.uptime_s()
        outcome = await self.slack.carrier.hand("slash_commands", "/post", payload)
        self.typed[text] = clock.uptime_s() - started_s if outcome.error is None else None

    async def type_until_acknowledged(self) -> None:
        """Have something sent though each command before was cut off."""
        for n in count():
            await self.type(text := f"Last word {n}.")
            if self.typed[text] is not None:
                return

    async def reachable(self) -> None:
        """Wait until people can type at it."""
        while not self.slack.carrier.connected:  # noqa: ASYNC110  # another process connects
            await asyncio.sleep(0.05)

    async def until_quiet(self) -> None:
        """Wait until nothing is open, and everything is said that is to be said."""
        deadline_s = clock.uptime_s() + _ENDS_WITHIN_S
        while open_ := await self._open():
            assert clock.uptime_s() < deadline_s, f"{open_}\n{(self.folder / 'serve.log').read_text()[-4000:]}"
            await asyncio.sleep(0.2)

    async def _open(self) -> tuple[int, ...]:
        waiting = (
            select(func.count()).select_from(PostItemRow).where(PostItemRow.state.in_(_OPEN)),
            select(func.count()).select_from(CardRow).where(CardRow.shown < CardRow.wanted),
            select(func.count()).select_from(NoticeRow).where(NoticeRow.delivered_at.is_(None)),
        )
        async with self.herald.deps.database.reading() as session:
            counts = [await session.scalar(count) or 0 for count in waiting]
        return tuple(counts) if any(counts) else ()

    async def hurry(self) -> None:
        """Do not wait a minute for the news that something was cut off."""
        async with self.herald.deps.database.transaction() as session:
            await session.execute(
                update(NoticeRow).where(NoticeRow.kind == interruptions.KIND).values(deliver_at=clock.now())
            )

    def told_of(self, text: str) -> bool:
        """Whether who typed it was told that it may not have been done."""
        talk = self.slack.world.im_of(self.slack.world.person_named("maya").id)
        return talk is not None and any(text in json.dumps(one.blocks) for one in talk.messages)

    def cards_of(self, text: str) -> list[str]:
        """What stands in the channel about it."""
        messages = self.slack.world.channel_named(_CHANNEL).messages
        shown = [json.dumps(one.blocks, ensure_ascii=False) for one in messages if one.ephemeral_to is None]
        return [one for one in shown if text in one]


@asynccontextmanager
async def _desk(mode: str, folder: Path) -> AsyncGenerator[Desk]:
    port = serving.free_port()
    own = f"http://{serving.LOOPBACK}:{port}"
    settings = Settings(manifest=_MANIFESTS[mode], app_url=own)
    there = Network(idempotency=True, requests_per_5_min=0, latency_ms=50)
    async with app.running(settings) as slack, mastodon.running(there) as network:
        where = {
            "api_url": slack.api_url,
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "signing_secret": slack.signing_secret,
        }
        environment = serving.environment(Load(mode=mode), folder, own, where)
        async with wiring.opened(read_settings(environment, tuple(REGISTER))) as herald:
            async with slack_opened(slack.api_url) as api:
                workspace = await installing.install(herald.deps, await introduce(api, Secret(slack.bot_token)))
            channel = slack.channels[_CHANNEL]
            brand = await workspaces.create_brand(
                herald.deps, workspace, "Juniper", timezone="Europe/Berlin", channel=channel
            )
            token = Secret(network.world.issue_token(network.world.settings.people[0]))
            typed: dict[str, str | Secret] = {"instance": network.url, "token": token}
            await connecting.connect(herald.deps, brand, "mastodon", typed, asked_by="tests")
            yield Desk(
                herald=herald, slack=slack, network=network.world, environment=environment, folder=folder, port=port
            )


async def _people(desk: Desk, chances: random.Random, stop: asyncio.Event) -> None:
    typing: list[asyncio.Task[None]] = []
    while not stop.is_set():
        typing.append(asyncio.create_task(desk.type(f"Word {len(typing)}.")))
        await asyncio.sleep(chances.uniform(0.1, 2 * _TYPED_EVERY_S))
    await asyncio.gather(*typing)


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_what_is_acknowledged_is_kept_or_told_and_sent_once(mode: str, tmp_path: Path) -> None:
    chances = random.Random(f"{_SEED} {mode}")  # noqa: S311  # to be repeated
    async with _desk(mode, tmp_path) as desk:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_people(desk, chances, stop))
            for _ in range(_KILLS):
                async with serving.started(desk.environment, tmp_path, desk.port) as process:
                    await desk.reachable()
                    await asyncio.sleep(chances.uniform(0.3, 2.0))
                    process.kill()
            stop.set()
        await desk.hurry()
        async with serving.started(desk.environment, tmp_path, desk.port):
            await desk.reachable()
            await desk.type_until_acknowledged()
            await desk.until_quiet()
        sent = Counter(status.text for status in desk.network.statuses.values())
        acknowledged = [
            text
            for text, took_s in desk.typed.items()
            if took_s is not None and took_s < ACKNOWLEDGED_BY_S + NOTED_WITHIN_S
        ]
        assert acknowledged
        assert set(sent.values()) == {1}
        assert [text for text in acknowledged if not sent[text] and not desk.told_of(text)] == []
        for text in sent:
            cards = desk.cards_of(text)  # two, where it was posted in the moment of a kill
            assert any("Published" in card for card in cards), cards
