"""herald report: numbers, a table, a chart."""

import csv
import io
from pathlib import Path

import pytest

from bot import clock
from bot.services import workspaces
from bot.wiring import Herald
from tests import history
from tests.cli.desk import Desk


def with_past(desk: Desk) -> None:
    async def make(herald: Herald) -> None:
        brand = await workspaces.find_brand(herald.deps, "Juniper", workspace=None)
        await history.make_past(herald.deps.database, brand, clock.now(), ("linkedin", "bluesky"))

    desk.inside(make)


def test_a_brand_without_a_past_has_no_numbers_yet(juniper: Desk) -> None:
    said = juniper.herald("report", "--brand", "Juniper")

    assert said.code == 0, said
    assert "0 published, 0 missed, 0 failed" in said.out
    assert "No numbers yet." in said.out


def test_a_report_is_printed_and_written_as_csv_and_png(juniper: Desk, tmp_path: Path) -> None:
    with_past(juniper)
    table, picture = tmp_path / "week.csv", tmp_path / "week.png"

    made = juniper.good("report", "--brand", "Juniper", "--csv", str(table), "--png", str(picture))

    assert made["tally"]["published"] == 15
    assert (made["on_time"], made["timed"]) == (15, 15)
    linkedin = next(line for line in made["networks"] if line["platform"] == "linkedin")
    assert linkedin["views"] > 0
    assert linkedin["comments"] is None
    bluesky = next(line for line in made["networks"] if line["platform"] == "bluesky")
    assert bluesky["views"] is None
    assert bluesky["likes"] > 0
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 15
    assert {row["views"] == "" for row in rows if row["network"] == "Bluesky"} == {True}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_table_is_printed_for_programs_that_read_it(juniper: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_past(juniper)
    monkeypatch.chdir(juniper.folder)

    said = juniper.herald("report", "--brand", "Juniper", "--csv", "-")

    assert said.code == 0, said
    assert len(list(csv.DictReader(io.StringIO(said.out, newline="")))) == 15
    assert said.out.startswith("date,")
    assert not (juniper.folder / "-").exists()
    assert juniper.herald("report", "--brand", "Juniper", "--csv", "-", "--json").code == 2
    assert juniper.herald("report", "--brand", "Juniper", "--png", "-").code == 2


def test_days_are_chosen_and_refused_in_a_sentence(juniper: Desk) -> None:
    with_past(juniper)
    today = clock.now().date().isoformat()

    said = juniper.herald("report", "--brand", "Juniper", "--from", today)
    assert said.code == 0, said
    assert "Numbers go back to" in said.out
    for wrong in (("--to", today), ("--from", "yesterday-ish"), ("--from", "2026-13-01")):
        refused = juniper.herald("report", "--brand", "Juniper", *wrong)
        assert refused.code == 1, refused
        assert refused.err.strip().endswith((".", ","))


def test_what_cannot_be_drawn_leaves_no_table_behind(juniper: Desk, tmp_path: Path) -> None:
    table, picture = tmp_path / "week.csv", tmp_path / "week.png"

    refused = juniper.herald("report", "--brand", "Juniper", "--csv", str(table), "--png", str(picture))

    assert refused.code == 1, refused
    assert "nothing to draw" in refused.err
    assert not table.exists()
    assert not picture.exists()
