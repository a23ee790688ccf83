"""Budgets are never overdrawn and nearly used up; a host that is down is left alone for longer and longer."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.gates import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Allowance,
    Budget,
    Circuit,
    Late,
    Ledger,
    Scope,
    after,
    free,
    hear,
    is_late,
    is_too_late,
    move,
    opens_at,
    spend,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def budget(amount: int = 300, per_s: float = 300.0, cost: int = 1) -> Budget:
    return Budget(
        name="b", scope=Scope.ACCOUNT, amount=amount, per_s=per_s, cost=cost, source="-", read=date(2026, 11, 21)
    )


@given(
    amount=st.integers(1, 40),
    cost=st.integers(1, 3),
    per_s=st.floats(1.0, 90_000.0),
    steps=st.lists(st.tuples(st.floats(0.0, 0.6), st.integers(1, 60), st.floats(-0.005, 0.015)), max_size=60),
)
def test_no_window_of_any_beginning_sees_more_than_the_amount(
    amount: int, cost: int, per_s: float, steps: list[tuple[float, int, float]]
) -> None:
    """Also when calls arrive up to a sixtieth of the window late, and clocks differ a little."""
    of, ledger, at = budget(amount, per_s, cost), Ledger(), NOW
    arrivals: list[tuple[datetime, int]] = []
    for wait, wanted, skew in steps:
        at += timedelta(seconds=wait * per_s)
        calls = min(wanted, free(of, ledger, at + timedelta(seconds=min(skew, 0) * per_s)))
        ledger = spend(of, ledger, calls, at + timedelta(seconds=min(skew, 0) * per_s))
        arrivals.append((at + timedelta(seconds=max(skew, 0) * per_s), calls * cost))
    for begin, _ in arrivals:
        end = begin + timedelta(seconds=per_s)
        assert sum(spent for came, spent in arrivals if begin <= came < end) <= amount


@given(
    amount=st.integers(1, 40),
    per_s=st.floats(1.0, 90_000.0),
    steps=st.lists(st.tuples(st.floats(0.0, 0.6), st.integers(1, 60), st.floats(-0.3, 0.3)), max_size=60),
)
def test_no_window_sees_more_than_the_amount_when_some_calls_are_paid_ahead_of_their_second(
    amount: int, per_s: float, steps: list[tuple[float, int, float]]
) -> None:
    of, ledger, now = budget(amount, per_s), Ledger(), NOW
    arrivals: list[tuple[datetime, int]] = []
    for wait, wanted, ahead in steps:
        now += timedelta(seconds=wait * per_s)
        at = now + timedelta(seconds=max(ahead, 0) * per_s)
        calls = min(wanted, free(of, ledger, at))
        ledger = spend(of, ledger, calls, now, at)
        arrivals.append((at, calls))
    for begin, _ in arrivals:
        end = begin + timedelta(seconds=per_s)
        assert sum(calls for came, calls in arrivals if begin <= came < end) <= amount


@given(
    amount=st.integers(1, 40),
    cost=st.integers(1, 3),
    per_s=st.floats(1.0, 90_000.0),
    steps=st.lists(
        st.tuples(st.floats(0.0, 0.6), st.integers(1, 60), st.floats(0.0, 0.6), st.floats(0.0, 0.49)), max_size=60
    ),
)
def test_no_window_sees_more_than_the_amount_when_calls_leave_late(
    amount: int, cost: int, per_s: float, steps: list[tuple[float, int, float, float]]
) -> None:
    """They leave in time, or are moved when their answer is there; then they arrive up to half a slot later."""
    of, ledger, now = budget(amount, per_s, cost), Ledger(), NOW
    arrivals: list[tuple[datetime, int]] = []
    answered: list[tuple[datetime, int, Late]] = []
    for number, (wait, wanted, held_up, until_answer) in enumerate(steps):
        now += timedelta(seconds=wait * per_s)
        for at, calls, late in sorted((one for one in answered if one[0] <= now), key=lambda one: one[0]):
            for _ in range(calls):
                ledger = move(ledger, late, at)
        answered = [one for one in answered if one[0] > now]
        calls = min(wanted, free(of, ledger, now))
        ledger = spend(of, ledger, calls, now)
        left_at = now + timedelta(seconds=held_up * per_s)
        if is_too_late(of, now, left_at):
            continue
        if is_late(of, now, left_at):
            answer_at = left_at + timedelta(seconds=until_answer * per_s)
            answered.append((answer_at, calls, Late(budget=of, paid_at=now, left_at=left_at)))
        arrivals.append((left_at + timedelta(seconds=number % 2 * per_s / 121), calls * cost))
    for begin, _ in arrivals:
        end = begin + timedelta(seconds=per_s)
        assert sum(spent for came, spent in arrivals if begin <= came < end) <= amount


def test_what_is_paid_ahead_of_its_second_counts_from_that_second() -> None:
    of, due_at = budget(20, 2.0), NOW + timedelta(seconds=0.25)
    ledger = spend(of, Ledger(), 20, NOW, due_at)
    assert free(of, ledger, NOW) == 0
    assert free(of, ledger, due_at + timedelta(seconds=1.99)) == 0
    assert due_at + timedelta(seconds=2) <= opens_at(of, ledger, NOW) <= due_at + timedelta(seconds=2.1)


def test_what_was_written_down_by_a_clock_far_ahead_does_not_count() -> None:
    ledger = spend(budget(), Ledger(), 300, NOW + timedelta(days=1))
    assert free(budget(), ledger, NOW) == 300
    assert spend(budget(), ledger, 1, NOW).spent.keys() == spend(budget(), Ledger(), 1, NOW).spent.keys()


def test_calls_on_their_way_are_not_taken_for_those_the_server_has_counted() -> None:
    of, due_at, resets_at = budget(300), NOW + timedelta(seconds=20), NOW + timedelta(seconds=100)
    ledger = spend(of, Ledger(), 10, NOW, due_at)
    ledger = hear(of, ledger, Allowance(budget="b", limit=300, remaining=200, resets_at=resets_at), NOW)
    assert free(of, ledger, NOW) == 190


@given(amount=st.integers(20, 400), per_s=st.floats(10.0, 3600.0), offset=st.floats(0.0, 1.0))
def test_who_always_takes_what_is_free_gets_95_percent(amount: int, per_s: float, offset: float) -> None:
    of, ledger = budget(amount, per_s), Ledger()
    begin = at = NOW + timedelta(seconds=offset * per_s)
    taken = 0
    while at < begin + timedelta(seconds=20 * per_s):
        calls = free(of, ledger, at)
        ledger = spend(of, ledger, calls, at)
        taken += calls
        at = opens_at(of, ledger, at)
    assert taken >= 0.95 * amount * 20


@given(spent=st.lists(st.tuples(st.floats(0.0, 1.5), st.integers(1, 9)), max_size=30), cost=st.integers(1, 3))
def test_at_the_instant_it_names_there_is_something_free_and_not_before(
    spent: list[tuple[float, int]], cost: int
) -> None:
    of, ledger, at = budget(9, 60.0, cost), Ledger(), NOW
    for wait, wanted in spent:
        at += timedelta(seconds=wait)
        ledger = spend(of, ledger, min(wanted, free(of, ledger, at)), at)
    opens = opens_at(of, ledger, at)
    assert free(of, ledger, opens) > 0
    assert opens == at or free(of, ledger, opens - timedelta(seconds=0.01)) == 0


def test_a_ledger_stays_small() -> None:
    of, ledger = budget(), Ledger()
    for second in range(5_000):
        ledger = spend(of, ledger, 1, NOW + timedelta(seconds=second))
    assert len(ledger.spent) <= 62


def test_what_others_spend_of_the_same_account_is_left_to_them_until_the_window_ends() -> None:
    of, resets_at = budget(300), NOW + timedelta(seconds=100)
    ledger = spend(of, Ledger(), 10, NOW)
    ledger = hear(of, ledger, Allowance(budget="b", limit=300, remaining=40, resets_at=resets_at), NOW)
    assert free(of, ledger, NOW) == 40
    assert free(of, ledger, resets_at) == 290


def test_an_older_answer_that_comes_late_does_not_give_back_what_others_spent() -> None:
    of, resets_at = budget(300), NOW + timedelta(seconds=100)
    ledger = hear(of, Ledger(), Allowance(budget="b", limit=300, remaining=100, resets_at=resets_at), NOW)
    ledger = hear(of, ledger, Allowance(budget="b", limit=300, remaining=150, resets_at=resets_at), NOW)
    assert free(of, ledger, NOW) == 100


def test_the_limit_of_the_server_itself_counts() -> None:
    said = Allowance(budget="b", limit=20, remaining=20, resets_at=NOW + timedelta(seconds=100))
    assert free(budget(300), hear(budget(300), Ledger(), said, NOW), NOW) == 20


@pytest.mark.parametrize("calls", [[False] * 5, [True] * 20 + [False] * 5, [False, True] * 8, [False, False, True] * 4])
def test_a_host_that_answers_nobody_or_hardly_anybody_is_down(calls: list[bool]) -> None:
    assert after(Circuit(), calls[:-2], NOW).since is None
    opened = after(Circuit(), calls, NOW)
    assert (opened.since, opened.closed_until) == (NOW, NOW + FIRST_PAUSE)


def test_a_host_that_fails_now_and_then_is_not_down() -> None:
    assert after(Circuit(), [False, True, True] * 20, NOW).since is None
    chances = random.Random(20261122)  # noqa: S311  # to be repeated, not to be secret
    assert after(Circuit(), [chances.random() > 0.05 for _ in range(25_000)], NOW).since is None


def test_a_host_without_failures_is_not_remembered() -> None:
    assert after(Circuit(), [True] * 50, NOW) == Circuit()
    assert after(Circuit(recent="x"), [True] * 20, NOW) == Circuit()


def test_what_was_sent_before_it_opened_neither_closes_nor_prolongs_it() -> None:
    opened = after(Circuit(), [False] * 5, NOW)
    assert after(opened, [False, True] * 20, NOW + FIRST_PAUSE / 2) == opened


def test_pauses_double_up_to_ten_minutes_and_one_answer_ends_them() -> None:
    circuit, at, pauses = after(Circuit(), [False] * 5, NOW), NOW, list[timedelta]()
    for _ in range(8):
        assert circuit.closed_until is not None
        pauses.append(circuit.closed_until - at)
        at = circuit.closed_until
        circuit = after(circuit, [False], at)
    assert pauses == [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(8)]
    assert circuit.since == NOW
    assert circuit.closed_until is not None
    assert after(circuit, [True], circuit.closed_until) == Circuit()
