"""What is said about a hold, where it begins, lasts and ends."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.holds import Hold
from handlers.slack import holds as hold_face
from handlers.slack import told
from handlers.slack.holds import HeldFacts, Underway
from tests.handlers.slack import making
from tests.handlers.slack.judging import judge
from tests.handlers.slack.making import NOW, facts, item

ANY = settings(
    max_examples=100, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"what": "hold", "reason": "outage"}, "⏸️ Maya put it on hold: “outage”"),
        ({"what": "hold"}, "⏸️ Maya put it on hold."),
        ({"what": "release", "going": True}, "▶️ Maya released it. It goes out now."),
        ({"what": "release"}, "▶️ Maya released it. It keeps its time."),
        ({"what": "release", "late": True}, "▶️ Maya released it. It came too late: Herald asks what to do."),
        ({"what": "release", "late": True, "still": True}, "▶️ Maya released it. It still waits: its brand is on hold."),
        ({"what": "release", "by": "herald"}, "▶️ The hold ended by itself. It keeps its time."),
    ],
)
def test_the_thread_tells_of_a_hold_and_of_its_end(payload: dict[str, object], expected: str) -> None:
    message = told.message("thread", {"by": "slack:U1", **payload}, facts(item(0)))

    assert message is not None
    judge(message)
    assert message.text == expected


def test_a_hold_with_an_end_names_it_in_the_thread() -> None:
    payload = {"what": "hold", "by": "slack:U1", "until": (NOW + timedelta(hours=2)).isoformat()}
    message = told.message("thread", payload, facts(item(0)))

    assert message is not None
    assert message.text.startswith("⏸️ Maya put it on hold until Sat 21 Nov, 12:00 Berlin")


@ANY
@given(holds=making.holds, waiting=st.integers(0, 10**6), over=st.booleans(), by=making.texts)
def test_what_is_said_about_a_hold_is_fit_for_slack(holds: Hold, waiting: int, by: str, *, over: bool) -> None:
    about = HeldFacts(brand=None if holds.everything else making.Brand(), hold=holds, waiting=waiting, zone="UTC")
    underway = [Underway(platform="x", due_at=NOW)] * (waiting % 6)
    judge(hold_face.held(about, underway, making.NAMES))
    judge(hold_face.already(about, making.NAMES))
    judge(hold_face.held_post(underway, making.NAMES, "UTC"))
    payload: dict[str, object] = {
        "by": by,
        "reason": by,
        "waiting": waiting,
        "until": NOW.isoformat(),
        "underway": [{"platform": by, "due_at": NOW.isoformat()}] * (waiting % 6),
        "everything": holds.everything,
        "over": NOW.isoformat() if over else None,
        "ended_by": "herald",
        "going": waiting,
        "late": waiting % 3,
    }
    judge(hold_face.announced(making.Brand(), payload, making.NAMES))
    judge(hold_face.released_line(making.Brand(), payload, making.NAMES))
    judge(hold_face.released(about.brand, going=waiting, late=waiting % 3, still=over))
