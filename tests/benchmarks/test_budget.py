"""What is told of a shared budget is what the network's log says, in windows of any beginning."""

import json
from pathlib import Path

import pytest

from benchmarks.budget import Case, Spent, goals, judged, parse, sheet, spent, write
from benchmarks.connector import budget_of, sink_connector
from benchmarks.figures import Measured, Usage
from bot.domain.gates import Scope

CASE = Case(workers=2, scope=Scope.ACCOUNT, amount=3, per_s=2.0)


def every(period_s: float, times: int) -> list[float]:
    """Three at once, that often."""
    return [number * period_s + place / 1000 for number in range(times) for place in range(3)]


def drained(instants: list[float]) -> Spent:
    arrivals = {f"key {number}": [at] for number, at in enumerate(instants)}
    usage = Usage(cpu_s=1.0, peak_mb=50.0)
    measured = Measured(due_s=-0.5, durable_s=99.0, arrivals=arrivals, expected=len(arrivals), usage=usage)
    return judged(CASE, measured, [9, 6])


def test_a_window_a_little_longer_than_the_networks_uses_nearly_all() -> None:
    most, spare_s, used, fillings = spent(every(2.1, 12), 3, 2.0)
    assert (most, fillings) == (3, 10)
    assert spare_s == pytest.approx(0.1)
    assert used == pytest.approx(2.0 / 2.1)


def test_the_first_and_the_last_filling_do_not_count_as_used() -> None:
    early = [0.0, 0.001, 0.002, *(at + 9.0 for at in every(2.1, 11)), 99.0]
    assert spent(early, 3, 2.0)[2] == pytest.approx(2.0 * 11 / (99.0 - 9.0))
    assert spent(early[:-1], 3, 2.0)[2] == pytest.approx(2.0 / 2.1)


def test_one_too_many_is_seen_wherever_the_window_begins() -> None:
    instants = sorted([*every(2.1, 5), 3.0])
    found = drained(instants)
    assert (found.most, found.overdrawn_by(3)) == (4, 1)
    assert found.spare_s < 0
    assert [goal.verdict for goal in goals([(CASE, found)])] == ["not met", "met", "met", "met"]


def test_what_was_measured_is_written_and_shown(tmp_path: Path) -> None:
    found = [(CASE, drained(every(2.5, 5)))]
    write(tmp_path / "budget.json", found, goals(found))
    written = json.loads((tmp_path / "budget.json").read_text())
    assert (written["cases"][0]["most"], written["cases"][0]["shares"]) == (3, [9, 6])
    assert [goal["verdict"] for goal in written["goals"]] == ["met", "not met", "met", "met"]
    assert "| 2 workers, an account, 3 per 2 s | 15 | 9, 6 | 3 | 3 | 500 | 80.0% | 0.500 | " in sheet(found).markdown()


def test_a_worker_is_told_the_budget_on_its_command_line() -> None:
    budget = budget_of("app:50:2.5")
    assert (budget.scope, budget.amount, budget.per_s) == (Scope.APP, 50, 2.5)
    assert sink_connector(budgets=(budget,)).spec.budgets == (budget,)


def test_a_network_that_allows_nothing_is_refused() -> None:
    with pytest.raises(SystemExit):
        parse(["--amount", "0"])
