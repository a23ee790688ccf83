"""`python -m benchmarks`: one run of everything on this machine, a table with ratios, and build/bench.json."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import report
from benchmarks.contenders import BARE, ON_SQLITE, Contender, contenders
from benchmarks.figures import Figures, Work, figures_of, medians
from benchmarks.report import Result
from bot import clock

_FOLDER = Path("build/bench")
_RESULTS = Path("build/bench.json")
_P99_GOAL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run."""

    works: tuple[Work, ...]
    rounds: int
    only: str
    """Part of a contender's name; the bare loop runs always."""
    folder: Path
    results: Path
    profile: Path | None


def works(scale: float = 1.0) -> tuple[Work, ...]:
    """The works: a network as slow as a real one, and one that never waits."""
    return (
        Work(name="slow network", posts=max(1, round(1_000 * scale)), latency_s=0.3),
        Work(name="instant network", posts=max(1, round(2_000 * scale)), latency_s=0.0),
    )


def parse(arguments: Sequence[str]) -> Plan:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each runs; the table shows medians")
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of posts")
    parser.add_argument("--only", default="", help="part of the contenders' names")
    parser.add_argument("--work", default="", help="part of the works' names")
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, help="where the databases are made, on the disk to measure"
    )
    parser.add_argument("--results", type=Path, default=_RESULTS, help="where the JSON goes")
    parser.add_argument("--profile", type=Path, help="write cProfile dumps PROFILE-<database>.prof; slows the workers")
    given = parser.parse_args(arguments)
    if given.rounds < 1 or given.scale <= 0:
        parser.error("--rounds and --scale must be positive")
    return Plan(
        works=tuple(work for work in works(given.scale) if given.work in work.name),
        rounds=given.rounds,
        only=given.only,
        folder=given.folder.absolute(),
        results=given.results,
        profile=given.profile,
    )


async def run(plan: Plan, console: Console) -> bool:
    """Run the plan. Returns whether nothing was sent twice or lost and the promised lateness was kept."""
    measured: list[tuple[Work, list[Result]]] = []
    started = clock.now()
    plan.folder.mkdir(parents=True, exist_ok=True)
    async with contenders(plan.folder, profile=plan.profile) as (everyone, postgresql):
        chosen = [one for one in everyone if one.name == BARE or plan.only.lower() in one.name.lower()]
        for work in plan.works:
            results = await _race(plan, work, chosen, console)
            measured.append((work, results))
            report.show(console, work, results)
    report.write(plan.results, started, measured, postgresql)
    console.print(f"Everything that was measured: {plan.results}")
    return all(_kept(work, one) for work, results in measured for one in results)


async def _race(plan: Plan, work: Work, chosen: Sequence[Contender], console: Console) -> list[Result]:
    """Every contender in turn, round by round, so that a slow minute of the machine meets all of them."""
    rounds: dict[str, list[Figures]] = {one.name: [] for one in chosen}
    bar = Progress(
        TextColumn("{task.description:<42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(work.name, total=work.posts * len(chosen) * plan.rounds)
        for _ in range(plan.rounds):
            for one in chosen:
                bar.update(task, description=f"{work.name}: {one.name}")
                measured = await one.run(work, lambda done: bar.advance(task, done))
                rounds[one.name].append(figures_of(measured))
    return [Result(contender=name, rounds=figures, figures=medians(figures)) for name, figures in rounds.items()]


def _kept(work: Work, one: Result) -> bool:
    exactly_once = one.figures.duplicates == 0 and one.figures.lost == 0
    punctual = one.contender != ON_SQLITE or not work.latency_s or one.figures.p99_s < _P99_GOAL_S
    return exactly_once and punctual


def main() -> None:
    """Run; exit with 1 when a post was sent twice or lost, or SQLite's p99 on the slow network is a second."""
    console = Console(width=max(150, Console().width)) if not sys.stdout.isatty() else Console()
    if not asyncio.run(run(parse(sys.argv[1:]), console)):
        console.print(
            "NOT KEPT: a post was sent twice or lost, or SQLite's p99 lateness reached a second.", style="red"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
