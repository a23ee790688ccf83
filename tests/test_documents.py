"""What the documents tell people to type, open and look up, held against what there is."""

import re
from pathlib import Path

import click

from bot.cli.main import herald
from bot.domain.publication import State
from tests.house import HOUSE, committed, rows, text_of


def test_whoever_operates_is_told_of_every_state() -> None:
    told = [state.strip("`") for state, *_ in rows(text_of("docs/operating.md"), "| `posts list` says |")]

    assert sorted(told) == sorted(map(str, State))


def test_whoever_upgrades_is_told_of_every_migration() -> None:
    told = [number for number, *_ in rows(text_of("docs/operating.md"), "| Migration |")]
    versions = (HOUSE / "storage" / "migrations" / "versions").glob("[0-9]*.py")

    assert told == sorted(version.name.partition("_")[0] for version in versions)


def test_every_make_target_that_is_spoken_of_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    prose = [name for name in committed() if name.endswith(".md") or name.startswith(".ci/")]
    spoken = {
        (name, target) for name in prose for target in re.findall(r"(?:`|^)make ([a-z]+)", text_of(name), re.MULTILINE)
    }

    assert {"install", "test", "check"} <= targets
    assert {(name, target) for name, target in spoken if target not in targets} == set()


def test_every_command_that_is_spoken_of_exists() -> None:
    commands = set(herald.list_commands(click.Context(herald)))
    spoken = {
        (name, command)
        for name in committed()
        if name.endswith(".md") or name == "Procfile"
        for command in re.findall(r"(?:`|^|: )herald ([a-z]+)", text_of(name), re.MULTILINE)
    }

    assert commands
    assert {(name, command) for name, command in spoken if command not in commands} == set()


def _is_there(page: Path, heading: str) -> bool:
    """Whether there is such a file, with such a heading where one is named."""
    if not page.exists() or not heading:
        return page.exists()
    said = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return heading in {re.sub(r"[^\w\- ]", "", line).strip().lower().replace(" ", "-") for line in said}


def test_every_link_between_documents_leads_to_a_page_and_a_heading_there() -> None:
    broken = [
        f"{name}: {target}{mark}{heading}"
        for name in committed()
        if name.endswith(".md")
        for target, mark, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(#?)([^)\s]*)\)", text_of(name))
        if not _is_there((HOUSE / name).parent / target if target else HOUSE / name, heading)
    ]

    assert broken == []
