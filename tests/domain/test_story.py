"""From what was written down about a post to the lines of its story."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import story
from bot.domain.calls import Call
from bot.domain.ids import ItemId, WorkerId
from bot.domain.story import Hold, Note, Records, Try

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ITEM, WORKER = ItemId("item_1"), WorkerId("wkr_1")


def _later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def _call(
    verb: str, seconds: float, *, status: int | None = None, fault: str | None = None, written: bool = True
) -> Call:
    return Call(
        at=_later(seconds),
        verb=verb,
        operation="toy.post",
        status=status,
        duration_ms=31,
        written=written,
        fault=fault,
        request_id="r-17" if status else None,
    )


def _try(*calls: Call, outcome: str | None = "created", **facts: object) -> Try:
    given = {"text": "", "http_status": None, "request_id": None, "claimed_at": AT} | facts
    ended = None if outcome is None else _later(3)
    return Try(
        item_id=ITEM,
        attempt=1,
        worker_id=WORKER,
        armed_at=_later(2),
        settled_at=ended,
        outcome=outcome,
        calls=calls,
        **given,  # pyright: ignore[reportArgumentType]  # the facts of a try
    )


def test_a_try_is_told_from_its_claim_to_its_end_with_each_request() -> None:
    tried = _try(_call("prepare", 1, status=200), _call("create", 2.1, status=200))
    note = Note(at=_later(-60), event="schedule", text="Scheduled.", actor="slack:U1")

    told = story.lines(Records(notes=(note,), tries=(tried,), hosts={WORKER: "box-1"}), {ITEM: "https://toy.example/1"})

    assert [entry.event for entry in told] == ["schedule", "claim", "call", "arm", "call", "created"]
    assert [entry.detail for entry in told] == [
        "Scheduled. (by slack:U1)",
        "Worker wkr_1 on box-1 took it.",
        "prepare toy.post: HTTP 200 in 31 ms, the network's request r-17",
        "Attempt 1 was written down; from here on it may be live.",
        "create toy.post: HTTP 200 in 31 ms, the network's request r-17",
        "Attempt 1 ended. It is live at https://toy.example/1.",
    ]


@pytest.mark.parametrize(
    ("call", "end"),
    [
        (_call("create", 2.1, fault="timed out"), "timed out after 31 ms, it may have arrived"),
        (_call("create", 2.1, fault="unreachable", written=False), "unreachable after 31 ms, nothing was sent"),
        (_call("create", 2.1), "no answer after 31 ms, it may have arrived"),
    ],
)
def test_a_request_without_an_answer_says_whether_it_left(call: Call, end: str) -> None:
    told = story.lines(Records(tries=(_try(call, outcome=None),)), {})
    assert [entry.detail for entry in told][-1] == f"create toy.post: {end}"


def test_a_try_of_an_older_version_tells_its_status_and_request() -> None:
    old = _try(outcome="refused", claimed_at=None, text="No.", http_status=422, request_id="r-9")
    told = story.lines(Records(tries=(old,)), {})
    assert told[-1].detail == "Attempt 1 ended: No. (HTTP 422) (the network's request r-9)"


def test_a_claim_is_told_once_whoever_speaks_of_it() -> None:
    back = Note(at=_later(1), event="release", text="Back.", item_id=ITEM, worker_id=WORKER, claimed_at=AT)
    told = story.lines(Records(notes=(back,), holds=(Hold(item_id=ITEM, at=AT, worker_id=WORKER),)), {})
    assert [entry.event for entry in told] == ["claim", "release"]


def test_a_note_that_has_requests_alone_is_told_by_them() -> None:
    polled = Note(at=_later(1), event="accepted", text="", item_id=ITEM, calls=(_call("read", 0.5, status=200),))
    assert [entry.event for entry in story.lines(Records(notes=(polled,)), {})] == ["call"]


def test_the_posts_own_words_are_left_out_however_they_are_spaced() -> None:
    quoted = Note(at=AT, event="refused", text="It says: “New beans are in at nine”; Hi there, Hi", item_id=ITEM)
    told = story.without(story.lines(Records(notes=(quoted,)), {}), ["New beans\nare in", "Hi"])
    assert [entry.detail for entry in told] == ["It says: “(its text) at nine”; Hi there, Hi"]


def test_instants_in_a_line_are_shown_in_the_readers_time() -> None:
    line = "it tries again at 2026-11-21T09:04:12.250+00:00 (try 2), not at 2026-11-21 or 2026-11-21T09:00Z"
    shown = story.in_zone(line, lambda at: f"{at + timedelta(hours=1):%H:%M:%S}")
    assert shown == "it tries again at 10:04:12 (try 2), not at 2026-11-21 or 2026-11-21T09:00Z"
