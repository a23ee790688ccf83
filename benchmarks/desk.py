"""`python -m benchmarks.desk`: how soon `herald serve` acknowledges what people do in Slack while it publishes.

A real `herald serve` on SQLite; a stand-in Slack in a process of its own, whose people do so many things a second over
HTTP or Socket Mode; a network that answers late; and many posts due at one instant in the middle. Every post has its
card, so each publication owes Slack a changed card and a line.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import herald as queue
from benchmarks import serving
from benchmarks.figures import percentile
from benchmarks.processes import Child, running
from benchmarks.serving import Load
from bot import clock, wiring
from bot.config import read_settings
from platforms import REGISTER
from storage.engine import Database

MODES = ("http", "socket")
ACKNOWLEDGED_WITHIN_S = 0.3
_FILLED_PER_S = 250
_LEAST_LEAD_S = 8.0
_DRAINED_WITHIN_S = 120.0
_SETTLE_S = 2.0
_KINDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of it. Times are in seconds."""

    took_s: Sequence[float]
    """Acknowledgements, sorted."""
    by_deed: Mapping[str, Sequence[float]]
    errors: Sequence[str]
    lateness_s: Sequence[float]
    """Of posts, at the network; sorted."""
    twice: int
    rss_mb: float
    """Of Herald, idle before it began."""
    rss_after_mb: float
    spoken: Mapping[str, int] = field(default_factory=dict[str, int])

    def figures(self) -> dict[str, object]:
        """For JSON."""
        return {
            "acknowledged": len(self.took_s),
            **{f"ack_p{p}_s": percentile(self.took_s, p) for p in (50, 99, 100) if self.took_s},
            "errors": len(self.errors),
            "posts": len(self.lateness_s),
            **{f"late_p{p}_s": percentile(self.lateness_s, p) for p in (50, 99, 100) if self.lateness_s},
            "twice": self.twice,
            "rss_mb": self.rss_mb,
            "rss_after_mb": self.rss_after_mb,
            "spoken": dict(self.spoken),
        }


async def measure(load: Load, folder: Path) -> Seen:
    """One run in a fresh folder. Raises RuntimeError or TimeoutError when something does not start or never ends."""
    port = serving.free_port()
    own = f"http://{serving.LOOPBACK}:{port}"
    async with running("sink", str(load.latency_s)) as sink, running("crowd", load.mode, own) as crowd:
        sink_url = f"http://{serving.LOOPBACK}:{await sink.line()}"
        slack = json.loads(await crowd.line())
        environment = serving.environment(load, folder, own, slack)
        async with wiring.opened(read_settings(environment, tuple(REGISTER))) as herald:
            connected = await serving.furnish(herald.deps, load, slack, sink_url)
            async with serving.started(environment, folder, port) as process:
                submissions = round(load.rate * load.seconds / _KINDS) + 1
                await _told(crowd, do="open", count=submissions if load.rate else 0)
                rss_mb = serving.rss_mb(process.pid)
                stand = await _told(crowd, do="stand", count=load.posts)
                due_at = clock.now() + timedelta(seconds=_lead_s(load))
                known = await serving.fill(herald.deps, load, connected, due_at, slack["channel"], stand)
                await _told(crowd, do="weather", condition=load.slack_is)
                at_s = due_at.timestamp() - load.seconds / 2
                done = await _told(crowd, do="load", at=at_s, seconds=load.seconds, rate=load.rate, posts=known)
                await _drained(herald.deps.database, len(known), after_s=due_at.timestamp())
                await asyncio.sleep(_SETTLE_S)
                rss_after_mb = serving.rss_mb(process.pid)
                spoken = await _told(crowd, do="spoken")
        arrivals = json.loads(await sink.ask())
    return _seen(done, arrivals, due_at.timestamp(), rss_mb, rss_after_mb, spoken)


def _seen(  # noqa: PLR0913, PLR0917  # all that was measured
    done: list[dict[str, Any]],
    arrivals: dict[str, list[float]],
    due_s: float,
    rss_mb: float,
    rss_after_mb: float,
    spoken: dict[str, int],
) -> Seen:
    by_deed: dict[str, list[float]] = {}
    for one in sorted(done, key=lambda one: one["took_s"]):
        by_deed.setdefault(one["deed"], []).append(one["took_s"])
    return Seen(
        took_s=sorted(one["took_s"] for one in done),
        by_deed=by_deed,
        errors=[f"{one['deed']}: {one['error']}" for one in done if one["error"]],
        lateness_s=sorted(at - due_s for times in arrivals.values() for at in times),
        twice=sum(len(times) - 1 for times in arrivals.values()),
        rss_mb=rss_mb,
        rss_after_mb=rss_after_mb,
        spoken=spoken,
    )


async def _told(crowd: Child, **told: object) -> Any:  # noqa: ANN401  # any JSON
    return json.loads(await crowd.ask(json.dumps(told), timeout_s=_DRAINED_WITHIN_S))


def _lead_s(load: Load) -> float:
    return load.posts / _FILLED_PER_S + max(_LEAST_LEAD_S, load.seconds / 2 + 1)


async def _drained(database: Database, count: int, *, after_s: float) -> None:
    await asyncio.sleep(max(0.0, after_s - time.time()))
    async with asyncio.timeout(_DRAINED_WITHIN_S):
        while await queue.published(database) < count:  # noqa: ASYNC110  # looks from outside
            await asyncio.sleep(0.1)


# --- The command ----------------------------------------------------------------------------------------------------


def show(console: Console, results: Sequence[tuple[Load, Seen]]) -> None:
    """A row for each run."""
    table = Table(
        title="Acknowledgements from herald serve while it publishes (ms; lateness in s)", title_justify="left"
    )
    for column in (
        "",
        "acks",
        "p50",
        "p99",
        "max",
        "errors",
        "posts",
        "late p50",
        "late p99",
        "twice",
        "MB",
        "MB after",
    ):
        table.add_column(column, justify="right" if column else "left")
    for load, seen in results:
        acks = [f"{percentile(seen.took_s, p) * 1000:.0f}" for p in (50, 99, 100)] if seen.took_s else [""] * 3
        late = [f"{percentile(seen.lateness_s, p):.3f}" for p in (50, 99)] if seen.lateness_s else [""] * 2
        table.add_row(
            f"{load.mode}, Slack {load.slack_is}" if load.chat else f"{load.mode}, no channel",
            str(len(seen.took_s)),
            *acks,
            str(len(seen.errors)),
            str(len(seen.lateness_s)),
            *late,
            str(seen.twice),
            f"{seen.rss_mb:.0f}",
            f"{seen.rss_after_mb:.0f}",
        )
        for deed, took in seen.by_deed.items():
            listed = [f"{percentile(took, p) * 1000:.0f}" for p in (50, 99, 100)]
            table.add_row(f"  {deed}", str(len(took)), *listed)
    console.print(table)


async def run(loads: Sequence[Load], results: Path, console: Console) -> bool:
    """Run them one after the other. Returns whether every run kept the promise."""
    measured: list[tuple[Load, Seen]] = []
    for load in loads:
        with TemporaryDirectory() as folder:
            measured.append((load, await measure(load, Path(folder))))
            log = (Path(folder) / "serve.log").read_text()
        for complaint in sorted({line[:300] for line in log.splitlines() if "ERROR" in line or "WARNING" in line})[:10]:
            console.print(complaint, style="yellow", markup=False)
        for error in measured[-1][1].errors[:5]:
            console.print(error, style="red", markup=False)
    show(console, measured)
    document = {
        "at": datetime.now(UTC).isoformat(),
        "load_1_min": os.getloadavg()[0],
        "runs": [{"load": asdict(load), "figures": seen.figures()} for load, seen in measured],
    }
    _write(results, document)
    return all(kept(seen) for _, seen in measured)


def _write(path: Path, document: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def kept(seen: Seen) -> bool:
    """Acknowledged in time and rightly, and nothing posted twice."""
    punctual = not seen.took_s or percentile(seen.took_s, 99) < ACKNOWLEDGED_WITHIN_S
    return punctual and not seen.errors and seen.twice == 0


def parse(arguments: Sequence[str]) -> tuple[list[Load], Path]:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--modes", default=",".join(MODES), help="http, socket, or both with a comma")
    parser.add_argument("--posts", type=int, default=1_000, help="due at one instant")
    parser.add_argument("--rate", type=float, default=20.0, help="interactions a second; 0: none")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long they go on, around the instant")
    parser.add_argument("--slack-is", default="ok", help="the weather at Slack: ok, slow, down, rate_limited")
    parser.add_argument("--no-channel", action="store_true", help="the brand has no channel, so no cards are owed")
    parser.add_argument("--results", type=Path, default=Path("build/desk.json"), help="where the JSON goes")
    given = parser.parse_args(arguments)
    loads = [
        Load(
            mode=mode,
            posts=given.posts,
            rate=given.rate,
            seconds=given.seconds,
            slack_is=given.slack_is,
            chat=not given.no_channel,
        )
        for mode in given.modes.split(",")
    ]
    return loads, given.results


def main() -> None:
    """Run; exit with 1 when an acknowledgement was wrong or their p99 is 300 ms or more."""
    loads, results = parse(sys.argv[1:])
    console = Console(width=max(140, Console().width)) if not sys.stdout.isatty() else Console()
    if not asyncio.run(run(loads, results, console)):
        console.print("NOT KEPT: an acknowledgement was wrong, or their p99 reached 300 ms.", style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
