"""What cannot be worked with is one sentence with its remedy, on every command that opens the database."""

import asyncio
import base64
import re
import socket
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from tests.cli.desk import Desk, Said

KEYS = base64.b64encode(bytes(32)).decode()
COMMANDS = (["workspaces", "list"], ["migrate"], ["doctor"], ["worker"])
NEWER = "The database was last used by a newer Herald than this one. Update this one, or restore a backup made before."


def _of_a_newer_herald(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "data" / "herald.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999_later'")
        connection.commit()


def _sentence(said: Said, command: Sequence[str]) -> str:
    """What it refused with: doctor puts it into its table, beside what else it found."""
    assert said.code == 1, said
    assert "Traceback" not in said.err
    if command != ["doctor"]:
        return said.err
    (line,) = [line for line in said.out.splitlines() if line.startswith("TROUBLE")]
    return line


@pytest.mark.parametrize("command", [*COMMANDS, ["transfer", "--undo-mark"]])
def test_a_database_of_a_newer_herald_is_left_alone(desk: Desk, command: list[str]) -> None:
    desk.good("workspaces", "create", "Paperboat")
    _of_a_newer_herald(desk.folder)
    assert NEWER in _sentence(desk.herald(*command), command)


def test_nothing_is_moved_out_of_a_database_of_a_newer_herald_or_into_one(desk: Desk, empty_postgres: str) -> None:
    desk.good("workspaces", "create", "Paperboat")
    _of_a_newer_herald(desk.folder)
    command = ["transfer", "--to", empty_postgres]
    assert _sentence(desk.herald(*command), command) == f"{NEWER}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_no_database_is_named_so_and_kept(desk: Desk, command: list[str]) -> None:
    file = desk.folder / "notes.txt"
    file.write_text("Buy milk.\n" * 100)
    desk.environ["HERALD_DATABASE_URL"] = f"sqlite:///{file}"
    assert "file is not a database" in _sentence(desk.herald(*command), command)
    assert file.read_text() == "Buy milk.\n" * 100


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("setting", ["HERALD_DATA_DIR", "HERALD_DATABASE_URL"])
def test_a_place_where_no_file_can_be_is_named_with_its_settings(desk: Desk, setting: str, command: list[str]) -> None:
    file = desk.folder / "notes.txt"
    file.write_text("Buy milk.\n")
    desk.environ[setting] = f"sqlite:///{file}/herald.db" if setting == "HERALD_DATABASE_URL" else f"{file}"
    said = desk.herald(*command)
    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert f"cannot be made or opened at {file}: " in said.err
    assert "set HERALD_DATA_DIR or HERALD_DATABASE_URL" in said.err
    assert file.read_text() == "Buy milk.\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_what_postgresql_says_no_with_is_told(desk: Desk, empty_postgres: str, command: list[str]) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": empty_postgres.replace("/test_", "/nothing_"), "HERALD_SECRET_KEYS": KEYS}
    said = _sentence(desk.herald(*command), command)
    assert "The database cannot be reached (database" in said
    assert "does not exist). Check HERALD_DATABASE_URL." in said


def test_a_role_that_may_make_no_tables_is_told_so(desk: Desk, empty_postgres: str) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": f"{empty_postgres}&default_transaction_read_only=on"}
    desk.environ |= {"HERALD_SECRET_KEYS": KEYS}
    said = desk.herald("migrate")
    assert "cannot execute CREATE TABLE in a read-only transaction" in _sentence(said, ["migrate"])


@pytest.mark.parametrize("address", ["postgresql://herald:hunter2@host:port/name", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_read_names_its_variable(desk: Desk, address: str) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": address, "HERALD_SECRET_KEYS": KEYS}
    said = desk.herald("workspaces", "list")
    assert (said.code, said.err.startswith("HERALD_DATABASE_URL "), "hunter2" in said.err) == (1, True, False), said.err


@pytest.mark.parametrize(
    ("host", "mend"), [("127.0.0.1", "HERALD_PORT to another port."), ("no host", "HERALD_HOST to an address")]
)
def test_a_place_where_nobody_can_listen_is_named_with_its_variable(desk: Desk, host: str, mend: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        desk.environ |= {"HERALD_HOST": host, "HERALD_PORT": str(taken.getsockname()[1])}
        said = desk.herald("serve")
    assert (said.code, mend in said.err, "(" in said.err) == (1, True, False), said.err
    assert not (desk.folder / "data").exists()


def test_doctor_finds_a_database_into_which_nothing_can_be_written(desk: Desk, empty_postgres: str) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": empty_postgres, "HERALD_SECRET_KEYS": KEYS}
    desk.good("migrate")
    desk.good("doctor")
    desk.environ["HERALD_DATABASE_URL"] = f"{empty_postgres}&default_transaction_read_only=on"
    assert "cannot be written: it is read-only." in _sentence(desk.herald("doctor"), ["doctor"])


@pytest.mark.parametrize("command", ["doctor", "worker"])
def test_a_user_who_may_only_read_is_told_what_to_be(desk: Desk, empty_postgres: str, command: str) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": empty_postgres, "HERALD_SECRET_KEYS": KEYS}
    desk.good("migrate")
    desk.environ["HERALD_DATABASE_URL"] = f"{empty_postgres}&role=pg_read_all_data"
    said = _sentence(desk.herald(command), [command])
    assert "cannot be written: permission denied for table ticks. Connect as the owner of the database" in said


def test_a_user_who_may_make_no_tables_is_told_what_to_be(desk: Desk, empty_postgres: str) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": f"{empty_postgres}&role=pg_read_all_data", "HERALD_SECRET_KEYS": KEYS}
    said = _sentence(desk.herald("migrate"), ["migrate"])
    assert "permission denied for schema public. Connect as the owner of the database" in said


def test_a_host_that_nobody_knows_is_told_as_that(desk: Desk) -> None:
    desk.environ |= {"HERALD_DATABASE_URL": "postgresql://herald@nowhere.invalid/herald", "HERALD_SECRET_KEYS": KEYS}
    said = _sentence(desk.herald("workspaces", "list"), ["workspaces", "list"])
    assert said == "The database cannot be reached (nobody knows that host). Check HERALD_DATABASE_URL.\n"


def test_a_database_without_room_for_every_letter_is_refused_before_a_table_is_made(
    desk: Desk, empty_postgres: str
) -> None:
    """Else the first emoji, of a post or in a network's answer, would be the first to be told."""
    name = f"latin_{uuid4().hex}"
    how = "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    asyncio.run(_administer(empty_postgres, f"CREATE DATABASE {name} {how}"))
    there = re.sub(r"/test_\w+", f"/{name}", empty_postgres)
    try:
        desk.environ |= {"HERALD_DATABASE_URL": there, "HERALD_SECRET_KEYS": KEYS}
        said = _sentence(desk.herald("migrate"), ["migrate"])
        assert said == "The database is in LATIN1. Make it anew with TEMPLATE template0 ENCODING 'UTF8'.\n"
        assert "not up to date" in desk.herald("workspaces", "list").err
    finally:
        asyncio.run(_administer(empty_postgres, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
