"""A Herald worker process, measured: `python -m benchmarks.worker DATABASE_URL SINK_URL FOLDER`.

Says "ready", answers every line of its standard input with its usage, and stops when that ends. With `--profile`, where
its time went is written there (cProfile; such a run is slower and is not to be compared with others).
"""

import argparse
import asyncio
import cProfile
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.connector import budget_of
from benchmarks.herald import open_deps
from benchmarks.processes import usage_line
from bot.services.ports import CardOwed, Notice, Place
from handlers.clock.worker import Pace, work


class _Nobody:
    """Nobody to tell."""

    async def show(self, card: CardOwed) -> Place:
        """Show nothing."""
        return Place(channel=card.channel or "", ts=card.post_id)

    async def deliver(self, notice: Notice) -> Place | None:
        """Say nothing."""


async def serve(given: argparse.Namespace) -> None:
    """Work until the standard input ends."""
    stop = asyncio.Event()
    pace = Pace() if given.senders is None else Pace(senders=given.senders)
    searchable = not given.unsearchable
    async with open_deps(
        given.database_url, given.sink_url, given.folder, searchable=searchable, budgets=tuple(given.budget)
    ) as deps:
        working = asyncio.create_task(work(deps, _Nobody(), stop, pace=pace))
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(usage_line(), flush=True)
        stop.set()
        with suppress(asyncio.CancelledError):
            await working


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker")
    parser.add_argument("database_url")
    parser.add_argument("sink_url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--senders", type=int, help="requests in flight at most")
    parser.add_argument("--profile", type=Path, help="where a cProfile dump goes")
    parser.add_argument("--unsearchable", action="store_true", help="the network shows nobody its posts")
    parser.add_argument(
        "--budget", type=budget_of, action="append", default=[], help="what the network allows: SCOPE:AMOUNT:SECONDS"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Work, profiled when asked."""
    given = parse(sys.argv[1:])
    profiler = cProfile.Profile()
    if given.profile:
        profiler.enable()
    asyncio.run(serve(given))
    if given.profile:
        profiler.disable()
        profiler.dump_stats(given.profile)


if __name__ == "__main__":
    main()
