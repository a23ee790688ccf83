"""What stands behind the command that holds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidContent
from bot.domain.hold_line import HoldLine, read_hold

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BRANDS = ["Juniper", "Harbor Bikes", "Harbor"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", HoldLine()),
        ("all", HoldLine(everything=True)),
        ("juniper", HoldLine(brand="Juniper")),
        ("harbor bikes flat tyre", HoldLine(brand="Harbor Bikes", reason="flat tyre")),
        ("Harbor until 17:00", HoldLine(brand="Harbor", until=at("2026-11-20T16:00"))),
        ("the printer burns", HoldLine(reason="the printer burns")),
        ("until in 2h", HoldLine(until=at("2026-11-20T10:00"))),
        ("until tomorrow 9am outage at noon", HoldLine(until=at("2026-11-21T08:00"), reason="outage at noon")),
        ("until fri 9am London “new price”", HoldLine(until=at("2026-11-20T09:00"), reason="new price")),
        ("all until 2026-12-01 09:00 recall", HoldLine(everything=True, until=at("2026-12-01T08:00"), reason="recall")),
    ],
)
def test_brand_end_and_reason_are_told_apart(typed: str, read: HoldLine) -> None:
    assert read_hold(typed, BRANDS, "Europe/Berlin", now=NOW) == read


@pytest.mark.parametrize("typed", ["until", "until whenever", "until now", "until draft", "Juniper until 25:00 fire"])
def test_an_end_that_nobody_can_read_is_refused(typed: str) -> None:
    with pytest.raises(InvalidContent) as refused:
        read_hold(typed, BRANDS, "Europe/Berlin", now=NOW)
    assert refused.value.field == "until"


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(text: str) -> None:
    try:
        line = read_hold(text, BRANDS, "UTC", now=NOW)
    except InvalidContent:
        return
    assert not (line.brand and line.everything)
