"""Why an account takes no posts for now, in one sentence."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.gates import Budget, Gate, Ledger, Reason, Scope, key_of_account, spend
from bot.domain.waits import Wait, sentence, spent_of

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=4)


def budget(name: str, amount: int, per_s: float, cost: int = 1) -> Budget:
    return Budget(
        name=name, scope=Scope.ACCOUNT, amount=amount, per_s=per_s, cost=cost, source="-", read=date(2026, 11, 21)
    )


def said(reason: Reason, *, at_once: bool = False, spent: Budget | None = None) -> str:
    wait = Wait(network="Mastodon", reason=reason, until=UNTIL, at_once=at_once, spent=spent)
    return sentence(wait, lambda at: f"{at:%H:%M}")


def test_each_reason_says_what_it_is_and_until_when() -> None:
    assert said(Reason.RATE_LIMITED) == "Mastodon asks us to slow down until 09:04"
    assert said(Reason.DOWN) == "Mastodon does not answer; next try 09:04"
    assert said(Reason.DOWN, at_once=True) == "Mastodon does not answer; the next post tries it again"
    assert said(Reason.BUDGET) == "Mastodon's budget is spent until 09:04"


@pytest.mark.parametrize(
    ("per_s", "cost", "words"),
    [
        (300.0, 1, "300 posts per 5 min"),
        (10_800.0, 1, "300 posts per 3 h"),
        (3_600.0, 3, "100 posts per h"),
        (86_400.0, 1, "300 posts per day"),
        (172_800.0, 1, "300 posts per 2 days"),
        (90.0, 1, "300 posts per 90 s"),
    ],
)
def test_a_budget_is_told_in_posts_and_whole_units(per_s: float, cost: int, words: str) -> None:
    assert (
        said(Reason.BUDGET, spent=budget("b", 300, per_s, cost)) == f"Mastodon's budget of {words} is spent until 09:04"
    )


def test_the_budget_named_is_the_longest_of_those_that_are_spent() -> None:
    hourly, daily, monthly = budget("hour", 10, 3_600), budget("day", 10, 86_400), budget("month", 100, 2_592_000)
    ledgers = {one.name: spend(one, Ledger(), 10, NOW) for one in (hourly, daily, monthly)}
    gate = Gate(key=key_of_account("a"), until=UNTIL, reason=Reason.BUDGET)
    assert spent_of((hourly, daily, monthly), gate, ledgers, NOW) is daily
    assert spent_of((hourly, daily, monthly), gate, {}, NOW) is None
    assert spent_of((hourly,), Gate(key="app:x", until=UNTIL, reason=Reason.BUDGET), ledgers, NOW) is None
    limited = Gate(key=key_of_account("a"), until=UNTIL, reason=Reason.RATE_LIMITED)
    assert spent_of((hourly,), limited, ledgers, NOW) is None
