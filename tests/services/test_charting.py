"""Charts are drawn by another process, and none of it stays in this one."""

import sys

import pytest

from bot.services import charting, drawing
from bot.services.charting import CannotDraw, Chart


async def test_a_chart_becomes_a_picture_and_nothing_of_what_draws_is_loaded_here() -> None:
    drawn = await charting.draw(Chart(title="Juniper: $views$ per day \\frac", bars=[("Fri", 12_480), ("Sat", None)]))

    assert drawn.startswith(b"\x89PNG")
    assert "matplotlib" not in sys.modules


async def test_what_cannot_be_drawn_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charting, "_PROGRAM", "bot.services.no_such_program")

    with pytest.raises(CannotDraw, match="No module named"):
        await charting.draw(Chart(title="x", bars=[("Fri", 1)]))


async def test_a_drawing_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charting, "_WITHIN_S", 0.01)

    with pytest.raises(CannotDraw, match="longer than"):
        await charting.draw(Chart(title="x", bars=[("Fri", 1)]))


@pytest.mark.parametrize(("value", "shown"), [(None, "n/a"), (0, "0"), (1204, "1,204"), (12_480, "12.5k")])
def test_bars_say_their_numbers(value: int | None, shown: str) -> None:
    assert drawing.short(value) == shown
