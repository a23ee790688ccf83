"""Storms: workers killed and stopped, the database restarted, answers lost, all at random instants of a drain.

`make test` has a few rounds of them, `make crash` a hundred kills on each engine. CRASH_SEED chooses the weather.
"""

import os
from collections.abc import Callable

import pytest

from tests.crash.arena import FOUND_WITHIN_S, Arena
from tests.crash.postgres import OwnPostgres
from tests.crash.storm import Storm, Tally

_SEED = int(os.environ.get("CRASH_SEED", "20261121"))
_WANTED = os.environ.get("CRASH_KILLS", "")
_FULL = bool(_WANTED)
_KILLS = {"": 4, "full": 50}.get(_WANTED) or int(_WANTED)
"""On each engine and in each dialect of the network."""
_POSTS = 500 if _FULL else 100
_MOST_BEYOND_SENDERS = 64
_PLAIN = pytest.param(
    False,
    marks=pytest.mark.skipif(not _FULL, reason="only in `make crash`: proving absence takes most of a minute"),
    id="plain",
)

pytestmark = [
    pytest.mark.timeout(240 + 15 * _KILLS),
    pytest.mark.parametrize("keyed", [pytest.param(True, id="keyed"), _PLAIN]),
]


async def _storm(arena: Arena, server: OwnPostgres | None, say: Callable[[str], None]) -> Tally:
    engine = arena.queue.deps.database.dialect
    dialect = "keyed" if arena.settings.keyed else "plain"
    arena.network.latency_s = 0.1
    tally = Tally(name=f"{engine}, {dialect}", seed=_SEED)
    team = 1 if engine == "sqlite" else 2
    storm = Storm(arena=arena, server=server, seed=_SEED, team=team, posts=_POSTS, tally=tally, say=say)
    await storm.rage(_KILLS)
    return tally


def _judge(tally: Tally, arena: Arena) -> None:
    assert (tally.doubles, tally.losses) == (0, 0)
    assert tally.doubt_max <= arena.settings.senders + _MOST_BEYOND_SENDERS
    if _FULL and arena.settings.keyed:
        assert tally.resolved(1.0) < FOUND_WITHIN_S


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_storm_on_sqlite_doubles_nothing_and_loses_nothing(
    arena: Arena, say: Callable[[str], None], note: Callable[[Tally], None]
) -> None:
    tally = await _storm(arena, None, say)
    note(tally)
    _judge(tally, arena)


@pytest.mark.parametrize("database_url", ["own"], indirect=True)
async def test_a_storm_on_postgresql_doubles_nothing_and_loses_nothing(
    arena: Arena, restartable: OwnPostgres, say: Callable[[str], None], note: Callable[[Tally], None]
) -> None:
    tally = await _storm(arena, restartable, say)
    note(tally)
    _judge(tally, arena)
