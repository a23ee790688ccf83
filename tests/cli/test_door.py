"""The door of the command line: exit codes and help."""

import socket

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
