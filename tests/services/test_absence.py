"""When not finding a post proves that it is not there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.items import ErrorClass
from bot.domain.publication import Event, State
from bot.services.findings import LAST_ARRIVAL_S, absent
from platforms.base import FindRules, Repeat
from tests.services.test_verdicts import ITEM

ARMED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LOST = replace(ITEM, state=State.UNCONFIRMED, armed_at=ARMED, first_armed_at=ARMED, error_class="no_answer")
BY_RECORD = FindRules(repeat=Repeat.RECORD, source="https://toy.example", read=date(2026, 11, 21))
BY_LOOKING = replace(BY_RECORD, repeat=Repeat.KEY, looks=2, settle_s=20.0, repeat_window_s=3000.0)


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
