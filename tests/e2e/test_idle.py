"""Herald without work stays out of the way. The bounds are wide; `python -m benchmarks.idle` tells the figures."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from benchmarks import idle

_MOST_OF_A_CORE = 0.05
_MOST_MB = 200.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process uses is read from Linux's /proc")
async def test_a_herald_without_work_uses_next_to_nothing(database_url: str, tmp_path: Path) -> None:
    found = await idle.watch(make_url(database_url), tmp_path, seconds=10.0, settled_s=2.0)
    assert found.of_a_core < _MOST_OF_A_CORE, found.sentence()
    assert found.rss_mb < _MOST_MB, found.sentence()
