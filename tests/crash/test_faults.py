"""Networks that break at the worst moment: each call in each way, and one post in the end, or none, and Herald knows.

`make test` has a sample, chosen by CRASH_SEED, of what is soon over; `make crash` the whole matrix, with the time-outs
as they are.
"""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import clock
from platforms.base import CREATE_TIMEOUT_S
from storage.engine import Database
from tests.crash.cases import matrix, sample
from tests.crash.faults import Gauntlet, gauntlet
from tests.crash.networks import NETWORKS, Network
from tests.servers.pds import pds

__all__ = ["pds"]

_SEED = int(os.environ.get("CRASH_SEED", "20261121"))
_FULL = bool(os.environ.get("CRASH_KILLS"))
_TIMEOUT_S = CREATE_TIMEOUT_S if _FULL else 1.5
_SAMPLED_OF_EACH_STEP = 1
_SAMPLED_WITHIN_S = 6.0
_ENDS_WITHIN_S = 300.0
_SLOWEST = 5
_ENGINES = ("sqlite", "postgresql")
_BY_TURNS = [(network, _ENGINES[(_SEED + number) % 2]) for number, network in enumerate(NETWORKS)]
"""A sample meets each network on one engine; other seeds on the other."""


@pytest.fixture
async def ready(
    network: Network, database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Gauntlet]:
    """The network and a Herald with accounts on it."""
    async with (
        network.running(request) as server,
        gauntlet(database, network, server, tmp_path, timeout_s=_TIMEOUT_S) as made,
    ):
        yield made


@pytest.mark.timeout(_ENDS_WITHIN_S + 120)
@pytest.mark.parametrize(
    ("network", "database_url"),
    [(network, engine) for network in NETWORKS for engine in _ENGINES] if _FULL else _BY_TURNS,
    indirect=["database_url"],
    ids=lambda value: value.name if isinstance(value, Network) else value,
)
async def test_whatever_breaks_one_post_comes_of_it_or_none_and_herald_knows_which(
    ready: Gauntlet, network: Network, database: Database, say: Callable[[str], None]
) -> None:
    cases = list(matrix(network))
    if not _FULL:
        cases = sample(network, _SEED, timeout_s=_TIMEOUT_S, each=_SAMPLED_OF_EACH_STEP, within_s=_SAMPLED_WITHIN_S)
    began_s = clock.uptime_s()
    wrong = await ready.run(cases, within_s=_ENDS_WITHIN_S)
    took_s = clock.uptime_s() - began_s
    say(f"{network.name} on {database.dialect}: {len(cases)} faults, {len(wrong)} wrong ends, {took_s:.0f} s")
    slowest = sorted(ready.took_s, key=ready.took_s.__getitem__, reverse=True)[:_SLOWEST]
    say("  slowest: " + ", ".join(f"{name} {ready.took_s[name]:.0f} s" for name in slowest))
    assert wrong == {}
