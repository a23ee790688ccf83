"""`python -m benchmarks`: one run of everything on this machine, tables with ratios, build/bench.json and a picture."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks import goals, kills, report, tables
from benchmarks.contenders import BARE, PEERS, Contender, Field, contenders
from benchmarks.drains import in_time
from benchmarks.figures import Figures, Measured, Result, Work, figures_of, medians
from benchmarks.report import Run
from benchmarks.works import KILLED, killed_posts, works
from bot import clock

_FOLDER = Path("build/bench")
_RESULTS = Path("build/bench.json")
_PICTURE = Path("build/bench.png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run."""

    works: tuple[Work, ...]
    rounds: int
    kills: int
    """How often each is killed."""
    killed_posts: int
    only: str
    """Part of a contender's name; the bare loop runs always."""
    folder: Path
    results: Path
    picture: Path
    profile: Path | None


def parse(arguments: Sequence[str]) -> Plan:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="how often each runs; the tables show medians")
    parser.add_argument("--kills", type=int, default=1, help="how often each is killed in mid-drain; 0 for never")
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of posts")
    parser.add_argument("--full", action="store_true", help="no smaller counts for slow queues")
    parser.add_argument("--only", default="", help="part of the contenders' names")
    parser.add_argument("--work", action="append", help="part of the works' names; may be given several times")
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, help="where the databases are made, on the disk to measure"
    )
    parser.add_argument("--results", type=Path, default=_RESULTS, help="where the JSON goes")
    parser.add_argument("--picture", type=Path, default=_PICTURE, help="where the picture goes, .png or .svg")
    parser.add_argument("--profile", type=Path, help="write cProfile dumps PROFILE-<database>.prof; slows the workers")
    given = parser.parse_args(arguments)
    if given.rounds < 1 or given.scale <= 0 or given.kills < 0:
        parser.error("--rounds and --scale must be positive, --kills not negative")

    def wanted(name: str) -> bool:
        return not given.work or any(part in name for part in given.work)

    return Plan(
        works=tuple(work for work in works(given.scale, full=given.full) if wanted(work.name)),
        rounds=given.rounds,
        kills=given.kills if wanted(KILLED) else 0,
        killed_posts=killed_posts(given.scale),
        only=given.only,
        folder=given.folder.absolute(),
        results=given.results,
        picture=given.picture,
        profile=given.profile,
    )


async def run(plan: Plan, console: Console) -> bool:
    """Run the plan. Returns whether Herald sent nothing twice, lost nothing and forgot no id."""
    measured: list[tuple[Work, list[Result]]] = []
    started = clock.now()
    plan.folder.mkdir(parents=True, exist_ok=True)
    async with contenders(plan.folder, profile=plan.profile) as field:
        absent = dict(field.absent)
        for name, why in absent.items():
            console.print(f"SKIPPED: {name}, for {why}", style="yellow")
        for work in plan.works:
            results = await _race(plan, work, _chosen(plan, work, field, absent), absent, console)
            measured.append((work, results))
            console.print(tables.drained(work, results).printed())
        killed = await _kill(plan, field, console)
    raced = {work.name: {one.contender: one.figures for one in results} for work, results in measured}
    bounds = {work.name: work.in_flight / work.latency_s for work, _ in measured if work.latency_s}
    done = Run(
        at=started,
        works=measured,
        killed=killed,
        goals=goals.goals(raced, killed, bounds),
        absent=absent,
        postgresql=field.postgresql,
    )
    _tell(plan, done, console)
    return all(
        _kept(figures) for of_work in raced.values() for name, figures in of_work.items() if _ours(name)
    ) and all(_kept(one) for one in killed if _ours(one.contender))


def _chosen(plan: Plan, work: Work, field: Field, absent: dict[str, str]) -> list[Contender]:
    return [
        one
        for one in field.everyone
        if (not work.who or one.name in work.who)
        and (one.name == BARE or plan.only.lower() in one.name.lower())
        and one.name not in absent
    ]


async def _race(
    plan: Plan, work: Work, chosen: Sequence[Contender], absent: dict[str, str], console: Console
) -> list[Result]:
    """Every contender in turn, round by round, so that a slow minute of the machine meets all of them."""
    rounds: dict[str, list[Figures]] = {one.name: [] for one in chosen}
    with _bar(console) as bar:
        total = sum(work.posts_of(one.name) for one in chosen) * plan.rounds
        task = bar.add_task(work.name, total=total)
        for _ in range(plan.rounds):
            for one in chosen:
                if one.name in absent:
                    continue
                bar.update(task, description=f"{work.name}: {one.name}")
                try:
                    measured = await _run(one, work, bar, task)
                    rounds[one.name].append(figures_of(measured))
                except (RuntimeError, TimeoutError, ValueError) as error:
                    if one.name not in PEERS:
                        raise
                    absent[one.name] = f"it broke at {work.name}: {error or type(error).__name__}"
                    console.print(f"SKIPPED from now on: {one.name}, for {absent[one.name]}", style="yellow")
    return [Result(contender=name, rounds=ran, figures=medians(ran)) for name, ran in rounds.items() if ran]


async def _run(one: Contender, work: Work, bar: Progress, task: TaskID) -> Measured:
    own = replace(work, posts=work.posts_of(one.name))
    return await in_time(lambda timed: one.run(timed, lambda done: bar.advance(task, done)), own)


async def _kill(plan: Plan, field: Field, console: Console) -> list[kills.Survival]:
    rounds: dict[str, list[kills.Survival]] = {}
    with _bar(console) as bar:
        task = bar.add_task(KILLED, total=plan.kills * len(kills.names(field, plan.only)))
        for _ in range(plan.kills):
            for one in await kills.survive(
                field, plan.folder, plan.killed_posts, plan.only, lambda done: bar.advance(task, done)
            ):
                rounds.setdefault(one.contender, []).append(one)
    return [kills.summed(ran) for ran in rounds.values()]


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<58}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
        transient=True,
    )  # fmt: skip


def _tell(plan: Plan, done: Run, console: Console) -> None:
    for sheet in list(report.sheets_of(done))[len(done.works) :]:
        console.print(sheet.printed())
    report.write(plan.results, done)
    console.print(f"Everything that was measured: {plan.results}, its tables: {plan.results.with_suffix('.md')}")
    if find_spec("matplotlib") is None:
        console.print("NO PICTURE: matplotlib is not installed, `make bench` installs it", style="yellow")
        return
    from benchmarks import picture  # noqa: PLC0415  # its library is there for `make bench` alone

    picture.draw(plan.results, plan.picture)
    console.print(f"The picture: {plan.picture}")


def _ours(name: str) -> bool:
    return name.startswith("Herald")


def _kept(one: Figures | kills.Survival) -> bool:
    return (one.duplicates, one.lost, one.unrecorded) == (0, 0, 0)


def main() -> None:
    """Run; exit with 1 when Herald sent a post twice, lost one, or forgot an id."""
    console = Console(width=max(180, Console().width)) if not sys.stdout.isatty() else Console()
    if not asyncio.run(run(parse(sys.argv[1:]), console)):
        console.print("NOT KEPT: Herald sent a post twice, lost one, or did not store an id.", style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
