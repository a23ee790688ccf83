"""Slack is acknowledged in time while posts go out in the same process: `python -m benchmarks.desk`, small."""

from pathlib import Path

import pytest

from benchmarks.desk import ACKNOWLEDGED_WITHIN_S, MODES, measure
from benchmarks.figures import percentile
from benchmarks.serving import Load

_POSTS = 100


@pytest.mark.parametrize("mode", MODES)
async def test_what_people_do_is_acknowledged_in_time_while_posts_go_out(mode: str, tmp_path: Path) -> None:
    seen = await measure(Load(mode=mode, posts=_POSTS, rate=20, seconds=5), tmp_path)
    assert seen.errors == []
    assert len(seen.took_s) == 100
    assert percentile(seen.took_s, 99) < ACKNOWLEDGED_WITHIN_S, seen.by_deed
    assert (len(seen.lateness_s), seen.twice) == (_POSTS, 0)
