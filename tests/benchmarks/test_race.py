"""The race runs, whole and small: what it reports is what its sink saw."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import BARE, ON_POSTGRESQL, PEERS, PGQUEUER, bare_loop, fresh_sqlite, herald_contender
from benchmarks.databases import used_by
from benchmarks.figures import Figures, Measured, Result, Usage, Work, figures_of, medians, percentile
from benchmarks.goals import Goal, goals
from benchmarks.kills import Survival, summed
from benchmarks.processes import running
from benchmarks.report import Run, write
from benchmarks.works import INSTANT, works

_WORK = Work(name="a few", posts=20, latency_s=0.05, in_flight=8, lead_s=9.0, punctual=False)
_LATE = 60.0
_WHO = "Herald"


async def test_every_contender_posts_each_item_once_and_the_results_are_written(tmp_path: Path) -> None:
    done: list[int] = []
    herald = herald_contender(_WHO, tmp_path, lambda: fresh_sqlite(tmp_path))
    bare = figures_of(await bare_loop(_WORK, done.append))
    queued = figures_of(await herald.run(_WORK, done.append))
    for one in (bare, queued):
        assert (one.duplicates, one.lost, one.unrecorded) == (0, 0, 0)
        assert 0 <= one.first_s <= one.p50_s <= one.p99_s <= one.max_s < _LATE
        assert one.cpu_s_per_1000 > 0
        assert one.peak_mb > 10
        assert one.in_flight == 8
    assert sum(done) == 2 * _WORK.posts
    results = [_result(BARE, bare), _result(_WHO, queued)]
    run = Run(at=datetime.now(UTC), works=[(_WORK, results)], absent={"celery": "no redis-server was found"})
    write(tmp_path / "bench.json", run)
    written = json.loads((tmp_path / "bench.json").read_text())
    assert [one["contender"] for one in written["works"][0]["results"]] == [BARE, _WHO]
    assert written["works"][0]["results"][0]["p99_to_bare"] == 1.0
    assert f"| {_WHO} | 8 | " in (tmp_path / "bench.md").read_text()
    assert written["absent"] == {"celery": "no redis-server was found"}


def test_a_post_seen_twice_one_never_seen_and_one_not_stored_are_all_counted() -> None:
    arrivals = {"a": [10.1], "b": [10.2, 10.3]}
    usage = Usage(cpu_s=0.3, peak_mb=50.0)
    figures = figures_of(
        Measured(due_s=10.0, durable_s=10.5, arrivals=arrivals, expected=3, usage=usage, recorded=1, servers_cpu_s=0.6)
    )
    assert (figures.duplicates, figures.lost, figures.unrecorded) == (1, 1, 1)
    assert round(figures.posts_per_s) == 6
    assert round(figures.cpu_s_per_1000) == 100
    assert figures.servers_cpu_s_per_1000 is not None
    assert round(figures.servers_cpu_s_per_1000) == 200


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 100)] == [1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0


async def test_the_network_says_which_posts_it_has() -> None:
    async with running("sink", "0") as sink:
        port = int(await sink.line())
        body = b'{"text":"one","key":"k1"}'
        head = b"POST /posts HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body)
        assert (await _said(port, head + body))["id"] == "k1"
        assert (await _said(port, b"GET /posts/k1 HTTP/1.1\r\nhost: a\r\n\r\n"))["id"] == "k1"
        assert (await _said(port, b"GET /posts/k2 HTTP/1.1\r\nhost: a\r\n\r\n"))["id"] is None
        assert await sink.ask("count") == "1"


def test_goals_are_judged_by_the_figures_of_one_run() -> None:
    ours, theirs = _figures(posts_per_s=2_500.0, p99_s=0.5), _figures(posts_per_s=1_000.0, p99_s=2.0)
    raced = {INSTANT: {ON_POSTGRESQL: ours, PGQUEUER: theirs}}
    found = {goal.text: goal for goal in goals(raced, [_survival(in_doubt=3, lost=1)], {})}
    assert found["posts/s : pgqueuer"].verdict == "met"
    assert found["p99 : pgqueuer"].verdict == "met, and the goal"
    assert found["in doubt after SIGKILL"].verdict == "met"
    assert found["twice, lost or forgotten after SIGKILL"].verdict == "not met"
    assert Goal(text="", figure=30, bound=25, hoped=10, at_most=True, unit=" ms").wanted == "at most 25 ms, goal 10"


def test_what_went_wrong_in_several_rounds_is_summed() -> None:
    twice = summed([_survival(in_doubt=3, lost=1), _survival(in_doubt=5, lost=2)])
    assert (twice.lost, twice.in_doubt, twice.recovered_s) == (3, 5, 2.0)
    assert medians([_figures(duplicates=1), _figures(duplicates=2)]).duplicates == 3


def test_slow_queues_do_fewer_posts_unless_told_otherwise() -> None:
    def of(*, full: bool) -> set[int]:
        return {work.posts_of(name) for work in works(full=full) if work.posts == 20_000 for name in PEERS}

    assert max(of(full=False)) == 20_000
    assert min(of(full=False)) < 20_000
    assert of(full=True) == {20_000}


async def test_nobody_used_nothing() -> None:
    assert await used_by([]) is None


async def _said(port: int, request: bytes) -> dict[str, object]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    answer = json.loads(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    assert isinstance(answer, dict)
    return answer


def _result(name: str, figures: Figures) -> Result:
    return Result(contender=name, rounds=[figures], figures=figures)


def _figures(*, posts_per_s: float = 1.0, p99_s: float = 1.0, duplicates: int = 0) -> Figures:
    return Figures(
        first_s=0.1,
        p50_s=0.2,
        p99_s=p99_s,
        max_s=p99_s,
        posts_per_s=posts_per_s,
        cpu_s_per_1000=0.2,
        peak_mb=80.0,
        duplicates=duplicates,
        lost=0,
    )


def _survival(*, in_doubt: int, lost: int) -> Survival:
    return Survival(
        contender=ON_POSTGRESQL,
        posts=500,
        killed_at=250,
        duplicates=0,
        lost=lost,
        unrecorded=0,
        asked=0,
        in_doubt=in_doubt,
        recovered_s=2.0,
    )
