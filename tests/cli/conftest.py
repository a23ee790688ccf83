"""A desk with a brand of two accounts, and another workspace beside it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from tests.cli.desk import Desk
from tests.conftest import PostgresServer


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Nothing made yet."""
    return Desk(folder=tmp_path, capsys=capsys)


@pytest.fixture
def juniper(desk: Desk) -> Desk:
    """Workspace Paperboat with brand Juniper, which has an account on each platform."""
    place = desk.good("workspaces", "create", "Paperboat")
    brand = desk.good(
        "brands", "create", "--workspace", place["workspace_id"], "Juniper", "--timezone", "Europe/Berlin"
    )
    desk.connect(brand, "bluesky", "juniper.example")
    desk.connect(brand, "mastodon", "juniper@example.social")
    return desk


@pytest.fixture
def empty_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without any table, for a test that runs no loop of its own."""
    name = f"test_{uuid4().hex}"

    async def administer(statement: str) -> None:
        connection = await asyncpg.connect(postgres_server.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(administer(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield postgres_server.database_url(name)
    asyncio.run(administer(f"DROP DATABASE {name} WITH (FORCE)"))
