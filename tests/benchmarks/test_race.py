"""The race runs, whole and small: what it reports is what its sink saw."""

import json
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import BARE, bare_loop, fresh_sqlite, herald_contender
from benchmarks.figures import Figures, Measured, Usage, Work, figures_of, percentile
from benchmarks.report import Result, write

_WORK = Work(name="a few", posts=20, latency_s=0.05, in_flight=8)
_LATE = 60.0


async def test_every_contender_posts_each_item_once_and_the_results_are_written(tmp_path: Path) -> None:
    done: list[int] = []
    herald = herald_contender("Herald", tmp_path, lambda: fresh_sqlite(tmp_path))
    bare = figures_of(await bare_loop(_WORK, done.append))
    queued = figures_of(await herald.run(_WORK, done.append))
    for one in (bare, queued):
        assert (one.duplicates, one.lost) == (0, 0)
        assert 0 <= one.first_s <= one.p50_s <= one.p99_s <= one.max_s < _LATE
        assert one.cpu_s_per_1000 > 0
        assert one.peak_mb > 10
    assert sum(done) == 2 * _WORK.posts
    results = [_result(BARE, bare), _result("Herald", queued)]
    write(tmp_path / "bench.json", datetime.now(UTC), [(_WORK, results)], {"fsync": "on"})
    written = json.loads((tmp_path / "bench.json").read_text())["works"][0]["results"]
    assert [one["contender"] for one in written] == [BARE, "Herald"]
    assert written[0]["p99_to_bare"] == 1.0


def test_a_post_seen_twice_and_one_never_seen_are_both_counted() -> None:
    arrivals = {"a": [10.1], "b": [10.2, 10.3]}
    usage = Usage(cpu_s=0.3, peak_mb=50.0)
    figures = figures_of(Measured(due_s=10.0, durable_s=10.5, arrivals=arrivals, expected=3, usage=usage))
    assert (figures.duplicates, figures.lost) == (1, 1)
    assert round(figures.posts_per_s) == 6
    assert round(figures.cpu_s_per_1000) == 100


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0


def _result(name: str, figures: Figures) -> Result:
    return Result(contender=name, rounds=[figures], figures=figures)
