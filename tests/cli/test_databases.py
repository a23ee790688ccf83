"""First runs: SQLite needs nothing, PostgreSQL says what it needs."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import Desk

KEYS = base64.b64encode(bytes(32)).decode()


def test_the_first_command_on_sqlite_makes_everything_it_needs(desk: Desk) -> None:
    assert desk.good("workspaces", "list") == []
    assert {path.name for path in (desk.folder / "data").iterdir()} >= {"herald.db", "secret.key"}


def test_postgresql_says_when_it_is_not_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], empty_postgres: str
) -> None:
    desk = Desk(
        folder=tmp_path, capsys=capsys, environ={"HERALD_DATABASE_URL": empty_postgres, "HERALD_SECRET_KEYS": KEYS}
    )
    behind = desk.herald("workspaces", "list")
    assert (behind.code, behind.err) == (1, "The database is not up to date. Run: herald migrate\n")
    assert desk.good("migrate") == {"status": "up_to_date"}
    assert desk.good("workspaces", "list") == []


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = "postgresql://herald:hunter2@127.0.0.1:1/herald"
    desk = Desk(folder=tmp_path, capsys=capsys, environ={"HERALD_DATABASE_URL": address, "HERALD_SECRET_KEYS": KEYS})
    for command in ("workspaces list", "keys rotate"):
        said = desk.herald(*command.split())
        assert said.code == 1
        assert said.err == ("The database cannot be reached (ConnectionRefusedError). Check HERALD_DATABASE_URL.\n")


def test_rotating_goes_past_what_was_damaged_and_names_it(juniper: Desk) -> None:
    path = juniper.folder / "data" / "secret.key"
    path.write_text(f"{KEYS}\n{path.read_text()}")
    first, second = (one["account_id"] for one in juniper.good("accounts", "list"))
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as database, database:
        database.execute("UPDATE credentials SET sealed = zeroblob(60) WHERE account_id = ?", (first,))
    for sealed in (1, 0):
        said = juniper.herald("keys", "rotate")
        assert said.code == 1
        assert (first in said.err, second in said.err) == (True, False)
        assert f"{sealed} were sealed with the newest key" in said.err


def test_a_missing_key_file_is_not_made_anew_beside_what_it_opens(juniper: Desk) -> None:
    path = juniper.folder / "data" / "secret.key"
    path.rename(juniper.folder / "kept")
    for command in ("accounts list", "doctor", "keys rotate", "worker", "serve", "web"):
        said = juniper.herald(*command.split())
        assert said.code == 1
        assert said.err.startswith(f"The key file {path} is missing, and 2 stored secrets cannot be opened without it.")
        assert len(said.err.splitlines()) == 1
        assert not path.exists()
    (juniper.folder / "kept").rename(path)
    assert len(juniper.good("accounts", "list")) == 2


def test_a_wrong_key_is_named_by_doctor_and_blames_no_account(juniper: Desk) -> None:
    path = juniper.folder / "data" / "secret.key"
    before = [(one["account_id"], one["health"]) for one in juniper.good("accounts", "list")]
    path.write_text(KEYS)
    said = juniper.herald("doctor")
    assert said.code == 1
    assert "2 stored secrets are sealed with a key that is not in the key ring." in said.out
    assert said.out.count("Whoever runs Herald has to put it back into the key ring") == 2
    checked = juniper.herald("accounts", "check")
    assert (checked.code, "Traceback" in checked.err + said.err) == (1, False)
    assert [(one["account_id"], one["health"]) for one in juniper.good("accounts", "list")] == before


def test_rotating_seals_everything_with_the_newest_key(juniper: Desk) -> None:
    path = juniper.folder / "data" / "secret.key"
    old = path.read_text()
    path.write_text(f"{KEYS}\n{old}")
    assert juniper.good("keys", "rotate") == {"rotated": 2}
    assert juniper.good("keys", "rotate") == {"rotated": 0}
    path.write_text(KEYS)
    assert juniper.herald("accounts", "disconnect", "bluesky").code == 1
    assert juniper.good("accounts", "disconnect", "bluesky:juniper.example")["cancelled_items"] == 0
