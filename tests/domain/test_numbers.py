"""What numbers are called, and when they are asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import polling
from bot.domain.numbers import MEANINGS, NAMES, Numbers, counted, in_words, spelled

_INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants them so
_NAMES = st.text("abcdefghjkmnpqrstvwxyz0123456789", min_size=1, max_size=30)


def test_each_number_has_a_meaning() -> None:
    assert set(MEANINGS) == {*NAMES, "followers"}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (None, "n/a"),
        (0, "0"),
        (1204, "1,204"),
        (9999, "9,999"),
        (10_000, "10k"),
        (12_512, "12.5k"),
        (999_960, "1m"),
        (1_234_567, "1.2m"),
        (2_000_000_000, "2bn"),
    ],
)
def test_numbers_are_said_as_people_say_them(number: int | None, said: str) -> None:
    assert spelled(number) == said


def test_unknown_is_said_and_never_zero() -> None:
    assert in_words(Numbers(views=1204, likes=88)) == "1,204 views · 88 likes · comments n/a"
    assert in_words(Numbers(views=0, likes=1, comments=1)) == "0 views · 1 like · 1 comment"
    assert counted("reach", 1) == "1 person"


@given(_NAMES, _INSTANTS, _NAMES)
def test_an_item_is_asked_for_on_ninety_days_whenever_it_was_published(
    item_id: str, published_at: datetime, account_id: str
) -> None:
    at, until, asked = polling.first_at(item_id, published_at), polling.last_at(item_id, published_at), 0
    assert timedelta(minutes=50) <= at - published_at <= timedelta(minutes=80)
    days = set()
    while at <= until:
        asked += 1
        days.add(at.date())
        at = polling.next_day_at(account_id, at)
    assert asked == len(days) == 90
    assert until <= published_at + timedelta(days=90)


@given(_NAMES, _INSTANTS, st.integers(0, 50))
def test_what_failed_is_tried_again_later_and_the_same_day_while_there_is_any(
    account_id: str, now: datetime, tries: int
) -> None:
    again = polling.again_at(account_id, tries, now)
    assert now < again
    tomorrow = polling.midnight(now) + timedelta(days=1)
    assert again == (now + polling.wait(tries) if now + polling.wait(tries) < tomorrow else again)
    assert again.date() in {now.date(), tomorrow.date()}
