"""Record keys: always valid, always the same for one item, and in the order of the plan."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from platforms.base import Key
from platforms.bluesky.rkey import rkey_of

_VALID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_VALUES = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(_VALUES, _MOMENTS)
def test_every_key_gives_a_valid_identifier(value: str, at: datetime) -> None:
    assert _VALID.fullmatch(rkey_of(Key(value=value, at=at)))


@given(_VALUES, st.datetimes(datetime(2026, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_planned_second_can_be_read_back(value: str, at: datetime) -> None:
    number = 0
    for letter in rkey_of(Key(value=value, at=at)):
        number = number * 32 + _ALPHABET.index(letter)
    assert (number >> 10) // 1_000_000 == int(at.replace(microsecond=0).timestamp())


def test_it_is_the_same_each_time_and_in_any_zone() -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    key = Key(value="0" * 32, at=at)
    assert (
        rkey_of(key)
        == rkey_of(Key(value="0" * 32, at=at.astimezone(timezone(timedelta(hours=5.75)))))
        == "3n3lv27aouwlo"
    )


def test_a_thousand_items_of_one_second_have_a_thousand_keys() -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert len({rkey_of(Key(value=f"{number:032x}", at=at)) for number in range(1000)}) == 1000


def test_later_posts_sort_later() -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    keys = [rkey_of(Key(value=f"{n:032x}", at=at + timedelta(seconds=n))) for n in range(100)]
    assert keys == sorted(keys)
