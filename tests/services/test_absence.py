"""When not finding a post proves that it is not there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot import clock
from bot.domain.ids import PostId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Event, State
from bot.services import findings, publishing, reconciling, working
from bot.services.findings import LAST_ARRIVAL_S
from platforms.base import Absent, FindRules, Repeat
from storage.conditions import ITEMS
from tests.services.test_verdicts import ITEM
from tests.toy import toy_connector
from tests.toy_queue import Queue

ARMED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LOST = replace(ITEM, state=State.UNCONFIRMED, armed_at=ARMED, first_armed_at=ARMED, error_class="no_answer")
BY_RECORD = FindRules(repeat=Repeat.RECORD, source="https://toy.example", read=date(2026, 11, 21))
BY_LOOKING = replace(BY_RECORD, repeat=Repeat.KEY, looks=2, settle_s=20.0, repeat_window_s=3000.0)


def absent(item: QueuedItem, evidence: str, rules: FindRules, *, now: datetime) -> Outcome:
    """What it means where the answer takes no time."""
    return findings.absent(item, evidence, rules, asked_at=now, now=now)


def test_where_the_record_has_our_address_one_look_is_a_proof() -> None:
    outcome = absent(LOST, "not there", BY_RECORD, now=ARMED + timedelta(seconds=1))
    assert outcome.event is Event.PROVED_ABSENT


def test_a_first_look_at_a_list_proves_nothing() -> None:
    now = ARMED + timedelta(seconds=40)
    outcome = absent(LOST, "not in the list", BY_LOOKING, now=now)
    assert outcome.event is Event.STILL_UNKNOWN
    assert outcome.looks == 1
    assert outcome.check_at == now + timedelta(seconds=20)


def test_the_last_look_is_later_than_any_answer_can_come() -> None:
    once = replace(LOST, looks=1)
    early = absent(once, "not in the list", BY_LOOKING, now=ARMED + timedelta(seconds=21))
    assert early.event is Event.STILL_UNKNOWN
    assert early.check_at is not None
    assert early.check_at > ARMED + timedelta(seconds=LAST_ARRIVAL_S)
    late = absent(replace(once, looks=early.looks), "not in the list", BY_LOOKING, now=early.check_at)
    assert late.event is Event.PROVED_ABSENT


@given(ages=st.lists(st.integers(min_value=0, max_value=2_900), min_size=1, max_size=8))
def test_nothing_is_sent_again_before_two_looks_and_the_time_out(ages: list[int]) -> None:
    item = LOST
    for count, age in enumerate(sorted(ages), start=1):
        outcome = absent(item, "not in the list", BY_LOOKING, now=ARMED + timedelta(seconds=age))
        proved = outcome.event is Event.PROVED_ABSENT
        assert proved <= (count >= BY_LOOKING.looks and age > LAST_ARRIVAL_S)
        item = replace(item, looks=outcome.looks)


def test_after_the_window_a_human_is_asked_instead() -> None:
    outcome = absent(replace(LOST, looks=1), "not there", BY_LOOKING, now=ARMED + timedelta(seconds=3001))
    assert outcome.event is Event.STILL_UNKNOWN
    assert outcome.ask_human
    assert outcome.check_at is None


def test_a_duplicate_that_cannot_be_found_is_not_posted_a_second_time() -> None:
    refused = replace(LOST, error_class=ErrorClass.DUPLICATE)
    outcome = absent(refused, "not there", BY_RECORD, now=ARMED + timedelta(seconds=40))
    assert outcome.event is Event.REFUSED
    assert outcome.trouble is not None
    assert outcome.trouble.kind is ErrorClass.DUPLICATE


def test_a_duplicate_stays_one_from_look_to_look() -> None:
    refused = replace(LOST, error_class=ErrorClass.DUPLICATE)
    first = absent(refused, "not in the list", BY_LOOKING, now=ARMED + timedelta(seconds=1))
    assert first.event is Event.STILL_UNKNOWN
    assert first.trouble is not None
    assert first.check_at is not None
    again = replace(refused, looks=first.looks, error_class=first.trouble.kind)
    last = absent(again, "not in the list", BY_LOOKING, now=first.check_at + timedelta(minutes=2))
    assert last.event is Event.REFUSED
    assert last.trouble is not None
    assert last.trouble.kind is ErrorClass.DUPLICATE


# --- Answers that take long ------------------------------------------------------------------------------------------


@given(asked_s=st.floats(min_value=0, max_value=200), took_s=st.floats(min_value=0, max_value=2_000))
def test_an_answer_tells_of_when_it_was_asked_for_however_late_it_comes(asked_s: float, took_s: float) -> None:
    asked_at = ARMED + timedelta(seconds=asked_s)
    now = asked_at + timedelta(seconds=took_s)
    outcome = findings.absent(replace(LOST, looks=1), "not there", BY_LOOKING, asked_at=asked_at, now=now)
    proved = outcome.event is Event.PROVED_ABSENT
    assert proved == (asked_at >= ARMED + timedelta(seconds=LAST_ARRIVAL_S + 1))
    assert outcome.at == now
    if not proved:
        assert outcome.check_at is not None
        assert outcome.check_at >= now + timedelta(seconds=BY_LOOKING.settle_s)


async def _lost(toy: Queue, *, armed_s_ago: float) -> PostId:
    """A post whose answer was lost, of which the next look may be the last."""
    post_id = await toy.post("Hello")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=5)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed
    armed_at = clock.now() - timedelta(seconds=armed_s_ago)
    lost = {"state": State.UNCONFIRMED.value, "worker_id": None, "check_at": clock.now(), "looks": 1}
    async with toy.deps.database.transaction() as session:
        await session.execute(update(ITEMS).values(**lost, armed_at=armed_at, first_armed_at=armed_at))
    return post_id


@pytest.mark.parametrize(("armed_s_ago", "state"), [(39.5, State.UNCONFIRMED), (50.0, State.SCHEDULED)])
async def test_a_slow_list_that_was_asked_for_too_early_has_nothing_sent_again(
    toy: Queue, monkeypatch: pytest.MonkeyPatch, armed_s_ago: float, state: State
) -> None:
    """Asked 39.5 s after arming, answered 2 s later: a request could still arrive in between."""
    real, later = clock.now, timedelta()
    monkeypatch.setattr(clock, "now", lambda: real() + later)

    async def slow(*_: object) -> Absent:
        nonlocal later
        later += timedelta(seconds=2)
        return Absent(evidence="not in the list")

    connector = replace(toy_connector(repeat=Repeat.NEVER, looks=2, settle_s=30.0), find=slow)
    slow_toy = replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))
    post_id = await _lost(slow_toy, armed_s_ago=armed_s_ago)
    assert await reconciling.look(slow_toy.deps) == 1
    assert await slow_toy.states(post_id) == [state]


async def test_a_clock_that_was_set_just_before_asking_proves_nothing(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the answer takes, in which the clock has been right again."""
    steady_s = LAST_ARRIVAL_S - 1
    monkeypatch.setattr(clock, "steady_s", lambda: steady_s)

    async def slow(*_: object) -> Absent:
        nonlocal steady_s
        steady_s += 2
        return Absent(evidence="not in the list")

    connector = replace(toy_connector(repeat=Repeat.NEVER, settle_s=30.0), find=slow)
    slow_toy = replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))
    post_id = await _lost(slow_toy, armed_s_ago=100)
    assert await reconciling.look(slow_toy.deps) == 1
    assert await slow_toy.states(post_id) == [State.UNCONFIRMED]
