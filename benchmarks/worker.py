"""A Herald worker process, measured. `python -m benchmarks.worker DATABASE_URL SINK_URL FOLDER [PROFILE]`.

Says "ready", answers every line of its standard input with its usage, and stops when that ends. With PROFILE, where
its time went is written there (cProfile; such a run is slower and is not to be compared with others).
"""

import asyncio
import cProfile
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.herald import open_deps
from benchmarks.processes import usage_line
from bot.services.ports import CardOwed, Notice, Place
from handlers.clock.worker import work


class _Nobody:
    """Nobody to tell."""

    async def show(self, card: CardOwed) -> Place:
        """Show nothing."""
        return Place(channel=card.channel or "", ts=card.post_id)

    async def deliver(self, notice: Notice) -> Place | None:
        """Say nothing."""


async def serve(database_url: str, sink_url: str, folder: Path) -> None:
    """Work until the standard input ends."""
    stop = asyncio.Event()
    async with open_deps(database_url, sink_url, folder) as deps:
        working = asyncio.create_task(work(deps, _Nobody(), stop))
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(usage_line(), flush=True)
        stop.set()
        with suppress(asyncio.CancelledError):
            await working


def main() -> None:
    """Work, profiled when asked."""
    database_url, sink_url, folder, *profile = sys.argv[1:]
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    asyncio.run(serve(database_url, sink_url, Path(folder)))
    if profile:
        profiler.disable()
        profiler.dump_stats(profile[0])


if __name__ == "__main__":
    main()
