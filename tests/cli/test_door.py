"""The door of the command line: exit codes and help."""

import os
import socket
import subprocess
import sys

import pytest

from tests.cli.desk import Desk


def test_trouble_that_doctor_finds_is_in_its_exit_code(juniper: Desk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        juniper.environ["HERALD_BLUESKY_API_URL"] = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        said = juniper.herald("doctor")
    assert "TROUBLE" in said.out
    assert said.code == 1


def test_a_public_address_that_no_name_server_takes_is_a_finding(desk: Desk) -> None:
    desk.environ["HERALD_PUBLIC_URL"] = "https://herald..example"
    said = desk.herald("doctor")
    assert "https://herald..example" in said.out, said.err
    assert "Traceback" not in said.err


def test_a_command_group_alone_shows_its_help_line_by_line(juniper: Desk) -> None:
    said = juniper.herald("posts")
    assert said.code == 2
    assert "\n  why " in said.err
    assert juniper.herald("posts", "--help").code == 0


@pytest.mark.parametrize("command", [("--help",), ("posts", "show", "--json")])
def test_output_that_cannot_be_written_is_one_sentence(command: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a disk without room
        ended = subprocess.run([sys.executable, "-m", "bot.cli", *command], stdout=full, stderr=subprocess.PIPE)  # noqa: S603, PLW1510  # it fails

    why = "The output could not be written: No space left on device. What was to be done may be done already."
    assert (ended.returncode, ended.stderr.decode().strip()) == (1, why)


@pytest.mark.parametrize("command", [("--help",), ("posts", "show", "--json"), ("posts", "show")])
def test_a_reader_that_went_away_is_told_nothing(command: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run([sys.executable, "-m", "bot.cli", *command], stdout=pipe, stderr=subprocess.PIPE)  # noqa: S603, PLW1510  # as above

    assert "Traceback" not in ended.stderr.decode()
    assert ended.returncode in (1, 2)
