"""herald transfer: what is refused before anything is touched, and what is said afterwards."""

import base64
import os
import pty
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

from bot import clock
from tests.cli.desk import Desk

KEYS = base64.b64encode(bytes(32)).decode()
_ROOT = Path(__file__).parents[2]


def _schedule(desk: Desk) -> str:
    at = (clock.now() + timedelta(days=3)).isoformat()
    return str(desk.good("posts", "create", "--brand", "Juniper", "--to", "bluesky", "--at", at, "Hello")["post_id"])


def _moved(desk: Desk, address: str) -> Desk:
    """The same person with the settings that the command names."""
    keys = (desk.folder / "data" / "secret.key").read_text().strip()
    environ = {**desk.environ, "HERALD_DATABASE_URL": address, "HERALD_SECRET_KEYS": keys}
    return Desk(folder=desk.folder, capsys=desk.capsys, environ=environ)


def test_after_the_move_everything_is_there_and_the_old_database_refuses(juniper: Desk, empty_postgres: str) -> None:
    post_id = _schedule(juniper)
    before = [juniper.good("posts", "list"), juniper.good("accounts", "list"), juniper.good("brands", "list")]

    done = juniper.good("transfer", "--to", empty_postgres)

    assert done["status"] == "moved"
    assert done["rows"]["posts"] == 1
    assert done["rows"]["credentials"] == 2
    new = _moved(juniper, empty_postgres)
    assert [new.good("posts", "list"), new.good("accounts", "list"), new.good("brands", "list")] == before
    assert new.good("posts", "cancel", post_id)["status"] == "cancelled"
    assert new.good("keys", "rotate") == {"rotated": 0}
    for command in (["posts", "list"], ["worker"], ["serve"], ["web"], ["transfer", "--to", empty_postgres]):
        refused = juniper.herald(*command)
        assert refused.code == 1, refused
        assert "moved to" in refused.err
    assert juniper.good("transfer", "--undo-mark")["status"] == "here"
    assert juniper.good("posts", "list") == before[0]


def test_it_says_what_to_set_next(juniper: Desk, empty_postgres: str) -> None:
    said = juniper.herald("transfer", "--to", empty_postgres)
    assert said.code == 0
    for setting in ("HERALD_DATABASE_URL", "HERALD_SECRET_KEYS", "HERALD_MEDIA_URL     file:///"):
        assert setting in said.out
    assert "counted and compared" in said.out


def test_without_the_key_ring_nothing_is_moved(juniper: Desk, empty_postgres: str) -> None:
    (juniper.folder / "data" / "secret.key").rename(juniper.folder / "kept")
    said = juniper.herald("transfer", "--to", empty_postgres)
    assert said.code == 1
    assert said.err.startswith("The key ring is missing")
    assert not (juniper.folder / "data" / "secret.key").exists()


def test_what_cannot_be_moved_is_refused_in_one_sentence(desk: Desk, empty_postgres: str) -> None:
    nothing = desk.herald("transfer", "--to", empty_postgres)
    assert (nothing.code, "There is no database to move." in nothing.err) == (1, True)
    assert not (desk.folder / "data").exists()
    desk.good("workspaces", "list")
    for address in ("sqlite:///other.db", "herald"):
        said = desk.herald("transfer", "--to", address)
        assert said.err == "That is not the address of a PostgreSQL database. Write postgresql://USER@HOST/NAME.\n"
        assert said.code == 1
    assert desk.herald("transfer").code == 2
    assert desk.herald("transfer", "--to", empty_postgres, "--undo-mark").code == 2
    from_postgres = _moved(desk, empty_postgres).herald("transfer", "--to", empty_postgres)
    assert (from_postgres.code, "is PostgreSQL already" in from_postgres.err) == (1, True)


def _all_of(terminal: int) -> str:
    """What was written to it, once nobody can write any more: Linux says so with an error."""
    shown = b""
    with suppress(OSError):
        while more := os.read(terminal, 65_536):
            shown += more
    os.close(terminal)
    return shown.decode()


def test_a_person_sees_a_bar_for_each_table(juniper: Desk, empty_postgres: str) -> None:
    _schedule(juniper)
    ours, theirs = pty.openpty()
    environ = {**juniper.environ, "PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "bot.cli", "transfer", "--to", "-"]
    process = subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=_ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(_all_of, ours)
        out, _ = process.communicate(f"{empty_postgres}\n", timeout=60)
        shown = reading.result()
    assert process.returncode == 0, shown
    assert "posts, 1 rows" in shown
    assert "100%" in shown
    assert "counted and compared" in out
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection:
        assert connection.execute("SELECT count(*) FROM moves").fetchone() == (1,)
