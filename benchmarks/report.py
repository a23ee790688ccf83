"""A run's results: a table for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figures, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contender's rounds at one work, and their medians."""

    contender: str
    rounds: Sequence[Figures]
    figures: Figures


_COLUMNS = (
    "", "first", "p50", "p99", "max", "p99 : bare", "posts/s", "posts/s : bare", "CPU s per 1,000", "peak MB",
    "twice", "lost",
)  # fmt: skip


def show(console: Console, work: Work, results: Sequence[Result]) -> None:
    """Print a work's table; the first result is what the others are compared with."""
    answers = f"answers after {work.latency_s * 1000:.0f} ms" if work.latency_s else "answers at once"
    title = f"{work.posts:,} posts due at one instant, network {answers}, {work.in_flight} in flight (s after due)"
    table = Table(title=title, title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, justify="right" if column else "left")
    limit = results[0].figures
    for one in results:
        table.add_row(*_row(one.contender, one.figures, limit))
    console.print(table)


def _row(name: str, one: Figures, limit: Figures) -> tuple[str, ...]:
    return (
        name,
        f"{one.first_s:.3f}",
        f"{one.p50_s:.3f}",
        f"{one.p99_s:.3f}",
        f"{one.max_s:.3f}",
        f"{one.p99_s / limit.p99_s:.2f}",
        f"{one.posts_per_s:,.0f}",
        f"{one.posts_per_s / limit.posts_per_s:.2f}",
        f"{one.cpu_s_per_1000:.2f}",
        f"{one.peak_mb:.0f}",
        str(one.duplicates),
        str(one.lost),
    )


def write(
    path: Path, at: datetime, results: Sequence[tuple[Work, Sequence[Result]]], postgresql: Mapping[str, str]
) -> None:
    """Write everything that was measured, and on what."""
    document = {
        "at": at.isoformat(),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load_1_min": os.getloadavg()[0],
        },
        "postgresql": dict(postgresql),
        "works": [
            {"work": asdict(work), "results": [_described(one, of_work[0].figures) for one in of_work]}
            for work, of_work in results
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def _described(one: Result, limit: Figures) -> dict[str, object]:
    return {
        "contender": one.contender,
        "figures": asdict(one.figures),
        "p99_to_bare": one.figures.p99_s / limit.p99_s,
        "posts_per_s_to_bare": one.figures.posts_per_s / limit.posts_per_s,
        "rounds": [asdict(figures) for figures in one.rounds],
    }
