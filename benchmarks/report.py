"""A run's results: tables for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.contenders import PGQUEUER
from benchmarks.drains import PEERS_IN_FLIGHT
from benchmarks.figures import Figures, Work
from benchmarks.goals import Goal
from benchmarks.kills import LATENCY_S, Survival

_PACKAGES = ("aiohttp", "apscheduler", "asyncpg", "celery", "pgqueuer", "procrastinate", "redis", "sqlalchemy")
_NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contender's rounds at one work, and their medians."""

    contender: str
    rounds: Sequence[Figures]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that was measured."""

    at: datetime
    works: Sequence[tuple[Work, Sequence[Result]]]
    killed: Sequence[Survival] = ()
    goals: Sequence[Goal] = ()
    absent: Mapping[str, str] = field(default_factory=dict[str, str])
    """Who did not race, and why."""
    postgresql: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    one: Figures
    bare: Figures
    pgqueuer: Figures | None
    posts: int
    """What the others do."""


def _to_pgqueuer(row: _Row, read: Callable[[Figures], float]) -> str:
    return _NONE if row.pgqueuer is None else f"{read(row.one) / read(row.pgqueuer):.2f}"


_COLUMNS: tuple[tuple[str, Callable[[_Row], str]], ...] = (
    ("", lambda row: row.name if row.one.posts == row.posts else f"{row.name} ({row.one.posts:,} posts)"),
    ("in flight", lambda row: str(row.one.in_flight)),
    ("first", lambda row: f"{row.one.first_s:.3f}"),
    ("p50", lambda row: f"{row.one.p50_s:.3f}"),
    ("p99", lambda row: f"{row.one.p99_s:.3f}"),
    ("max", lambda row: f"{row.one.max_s:.3f}"),
    ("p99 : bare", lambda row: f"{row.one.p99_s / row.bare.p99_s:.2f}" if row.one.posts == row.posts else _NONE),
    ("posts/s", lambda row: f"{row.one.posts_per_s:,.0f}"),
    (": bare", lambda row: f"{row.one.posts_per_s / row.bare.posts_per_s:.2f}"),
    (": pgqueuer", lambda row: _to_pgqueuer(row, lambda one: one.posts_per_s)),
    ("CPU s", lambda row: f"{row.one.cpu_s_per_1000:.2f}"),
    ("+ servers", lambda row: _NONE if (used := row.one.servers_cpu_s_per_1000) is None else f"{used:.2f}"),
    ("peak MB", lambda row: f"{row.one.peak_mb:.0f}"),
    ("twice", lambda row: str(row.one.duplicates)),
    ("lost", lambda row: str(row.one.lost)),
)


def show(console: Console, work: Work, results: Sequence[Result]) -> None:
    """Print a work's table; the first result is the bare loop's."""
    answers = f"answers after {work.latency_s * 1000:.0f} ms" if work.latency_s else "answers at once"
    title = f"{work.posts:,} posts due at one instant, network {answers} (seconds after due; CPU seconds per 1,000)"
    table = Table(title=title, title_justify="left")
    for column, _ in _COLUMNS:
        table.add_column(column, justify="right" if column else "left")
    by_name = {one.contender: one.figures for one in results}
    for one in results:
        row = _Row(
            name=one.contender,
            one=one.figures,
            bare=results[0].figures,
            pgqueuer=by_name.get(PGQUEUER),
            posts=work.posts,
        )
        table.add_row(*(read(row) for _, read in _COLUMNS))
    console.print(table)


def show_kills(console: Console, killed: Sequence[Survival]) -> None:
    """Print what SIGKILL did to each."""
    if not killed:
        return
    network = f"network answers after {LATENCY_S * 1000:.0f} ms, {PEERS_IN_FLIGHT} in flight"
    title = f"SIGKILL at half of {killed[0].posts} posts, then a restart; {network}"
    table = Table(title=title, title_justify="left")
    columns = ("", "killed at", "twice", "lost", "sent, id lost", "in doubt", "a person is asked", "last arrival s")
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    for one in killed:
        ours = one.contender.startswith("Herald")
        table.add_row(
            one.contender,
            str(one.killed_at),
            str(one.duplicates),
            str(one.lost),
            str(one.unrecorded),
            str(one.in_doubt) if ours else _NONE,
            str(one.asked) if ours else _NONE,
            _NONE if one.recovered_s is None else f"{one.recovered_s:.1f}",
        )
    console.print(table)


def show_goals(console: Console, goals: Sequence[Goal]) -> None:
    """Print what was to be reached, line by line."""
    if not goals:
        return
    table = Table(title="Herald's goals, in this run on this machine", title_justify="left")
    for column in ("", "figure", "wanted", "verdict"):
        table.add_column(column, justify="right" if column == "figure" else "left")
    for goal in goals:
        table.add_row(goal.text, f"{goal.figure:,.2f}{goal.unit}", goal.wanted, goal.verdict)
    console.print(table)


def document_of(run: Run) -> dict[str, object]:
    """Everything that was measured, and on what, as JSON has it."""
    return {
        "at": run.at.isoformat(),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load_1_min": os.getloadavg()[0],
        },
        "postgresql": dict(run.postgresql),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "absent": dict(run.absent),
        "works": [
            {"work": asdict(work), "results": [_described(one, results) for one in results]}
            for work, results in run.works
        ],
        "killed": [asdict(one) for one in run.killed],
        "goals": [{**asdict(goal), "verdict": goal.verdict} for goal in run.goals],
    }


def write(path: Path, document: Mapping[str, object]) -> None:
    """Write it as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _described(one: Result, results: Sequence[Result]) -> dict[str, object]:
    bare = results[0].figures
    pgqueuer = next((other.figures for other in results if other.contender == PGQUEUER), None)
    return {
        "contender": one.contender,
        "figures": asdict(one.figures),
        "p99_to_bare": one.figures.p99_s / bare.p99_s,
        "posts_per_s_to_bare": one.figures.posts_per_s / bare.posts_per_s,
        "posts_per_s_to_pgqueuer": None if pgqueuer is None else one.figures.posts_per_s / pgqueuer.posts_per_s,
        "rounds": [{**asdict(figures), "late": None} for figures in one.rounds],
    }
