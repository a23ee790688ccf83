"""Making posts ready: what takes long delays nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.content import Draft
from bot.domain.publication import State
from platforms.base import Connector, Endpoints, Key, Prepared, Wire
from storage.engine import Database
from storage.media.folder import FolderStore
from tests.services.test_gates import another
from tests.toy import ToyNetwork, toy_connector, toy_network
from tests.toy_queue import Queue, queue

_MANY = 300
"""More than are made ready at once."""
_LONG_S = 2.5
_IN_TIME = timedelta(seconds=2)
"""Less than a film takes, and enough for a machine that has much else to do."""

Slowly = Callable[[Prepared, Prepared | None], Awaitable[Prepared]]


def _connector(slowly: Slowly) -> Connector:
    """A toy that takes its time over films."""
    plain = toy_connector()

    async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
        wire: Wire, at: Endpoints, account: Connected, draft: Draft, key: Key, earlier: Prepared | None
    ) -> Prepared:
        made = await plain.prepare(wire, at, account, draft, key, earlier)
        return await slowly(made, earlier) if draft.text.startswith("Film") else made

    return replace(plain, prepare=prepare)


async def _processing(made: Prepared, earlier: Prepared | None) -> Prepared:
    return replace(made, wait_s=_LONG_S) if earlier is None else made


async def _uploading(made: Prepared, _: Prepared | None) -> Prepared:
    await asyncio.sleep(_LONG_S)
    return made


async def _later(films: Queue, quick: Queue) -> timedelta:
    """How much later than its second a post arrives that was scheduled behind many films."""
    due_at = clock.now() + timedelta(seconds=1.5)
    await films.post_all([f"Film {number}" for number in range(_MANY)], due_at)
    quick_at = max(due_at, clock.now()) + timedelta(seconds=0.2)
    post_id = await quick.post("Quick", due_at=quick_at)
    async with quick.working():
        assert await quick.until(post_id, State.PUBLISHED, within_s=20) == [State.PUBLISHED]
    return _arrival(quick.network, "Quick") - quick_at


def _arrival(network: ToyNetwork, text: str) -> datetime:
    return dict(zip(network.asked, network.arrivals, strict=True))[text]


async def test_what_a_network_processes_for_long_delays_nothing_on_the_same_network(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    async with queue(database, _connector(_processing), network, FolderStore(tmp_path)) as toy:
        assert await _later(toy, toy) < _IN_TIME


@pytest.mark.parametrize("slowly", [_processing, _uploading])
async def test_what_takes_long_on_one_network_delays_nothing_on_another(
    database: Database, network: ToyNetwork, tmp_path: Path, slowly: Slowly
) -> None:
    async with (
        queue(database, _connector(slowly), network, FolderStore(tmp_path)) as toy,
        toy_network() as lively,
    ):
        other = replace(await another(toy, lively, "Heron"), network=lively)
        assert await _later(toy, other) < _IN_TIME
