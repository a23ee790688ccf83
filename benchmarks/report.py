"""A run's results, written: JSON for programs, Markdown for pages, tables for people."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.contenders import PGQUEUER
from benchmarks.figures import Result, Work
from benchmarks.goals import Goal
from benchmarks.kills import Survival
from benchmarks.tables import Sheet, drained, reached, survived

_PACKAGES = ("aiohttp", "apscheduler", "asyncpg", "celery", "pgqueuer", "procrastinate", "redis", "sqlalchemy")


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


def sheets_of(run: Run) -> Iterator[Sheet]:
    """Every table of a run, in order."""
    for work, results in run.works:
        yield drained(work, results)
    if run.killed:
        yield survived(run.killed)
    if run.goals:
        yield reached(run.goals)


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


def write(path: Path, run: Run) -> None:
    """Write it as JSON, and its tables as Markdown beside that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document_of(run), indent=2) + "\n")
    path.with_suffix(".md").write_text("\n".join(sheet.markdown() for sheet in sheets_of(run)))


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
