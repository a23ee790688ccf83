"""When posts do best: by their own numbers, compared with what is usual on their account."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from bot.domain.best_times import Seen, best_moments, posts_in, usable
from bot.domain.ids import ItemId, PostId
from bot.domain.numbers import Numbers

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
"""A Monday."""


def one(name: str, at: datetime, numbers: Numbers, account: str = "a1") -> Seen:
    """A post of its own."""
    return Seen(
        item_id=ItemId(name), post_id=PostId(name), account=account, published_at=at.astimezone(UTC), numbers=numbers
    )


def seen(hours: Iterable[tuple[int, int, int]], account: str = "a1") -> list[Seen]:
    """Posts of the weeks before NOW: (weekday, hour in Berlin, views), each a week before the one before it."""
    found: list[Seen] = []
    for number, (weekday, hour, views) in enumerate(hours):
        day = datetime(2026, 11, 16, hour, 5, tzinfo=BERLIN) + timedelta(days=weekday - 7 * number)
        found.append(one(f"{account}-{number}", day, Numbers(views=views), account))
    return found


def local(some: Iterable[Seen], zone: str = "Europe/Berlin", first: int = 1) -> list[str]:
    return [str(moment.wall_time) for moment in islice(best_moments(list(some), zone, now=NOW), first)]


def test_the_hour_of_the_weekday_that_reached_most_comes_first() -> None:
    posts = seen(
        [(1, 18, 900), (3, 9, 100), (1, 18, 800), (3, 9, 120), (4, 12, 90), (1, 18, 950), (3, 9, 80), (4, 12, 110)]
    )

    assert local(posts) == ["2026-11-24T18:00:00"]


def test_a_big_account_does_not_outshout_a_small_one() -> None:
    big = seen([(1, 9, 100_000), (2, 9, 100_000), (3, 9, 101_000), (4, 9, 99_000)], "big")
    small = seen([(1, 20, 30), (2, 20, 31), (3, 9, 10), (4, 9, 10), (1, 20, 32), (2, 9, 9), (3, 9, 11)], "small")

    assert local([*big, *small]) == ["2026-11-24T20:00:00"]


def test_one_lucky_post_does_not_beat_an_hour_that_is_good_each_time() -> None:
    lucky = [(5, 23, 5_000)]
    good = [(2, 12, 320), (2, 12, 310), (2, 12, 330), (2, 12, 300)]
    rest = [(0, 9, 100), (1, 9, 100), (3, 9, 100), (4, 9, 100), (0, 9, 100), (1, 9, 100)]

    assert local(seen([*lucky, *good, *rest])) == ["2026-11-25T12:00:00"]


def test_hours_at_which_nothing_was_ever_posted_are_not_proposed() -> None:
    posts = seen([(day % 5, 10, 100 + day) for day in range(10)])

    hours = {moment[11:13] for moment in local(posts, first=100)}

    assert hours <= {"09", "10", "11"}


def test_likes_and_comments_count_where_a_network_tells_no_views() -> None:
    told = [(9, 5), (18, 40), (9, 6), (18, 44), (9, 4), (18, 39)]
    some = [
        one(
            str(number),
            datetime(2026, 11, 10, hour, tzinfo=BERLIN) - timedelta(days=7 * number),
            Numbers(likes=likes, comments=1),
        )
        for number, (hour, likes) in enumerate(told)
    ]

    assert local(some) == ["2026-11-24T18:00:00"]


def test_what_is_too_young_or_has_no_numbers_says_nothing() -> None:
    old = seen([(0, 9, 10)])
    young = one("young", NOW - timedelta(hours=23), Numbers(views=5))
    silent = one("silent", NOW - timedelta(days=9), Numbers())

    assert usable([*old, young, silent], NOW) == old


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "America/New_York"])
def test_every_moment_is_a_full_hour_of_the_next_seven_days(zone: str) -> None:
    posts = seen([(day % 7, 6 + day, 100 * day) for day in range(14)])

    moments = list(best_moments(posts, zone, now=NOW))

    assert moments
    for moment in moments:
        assert moment.at.astimezone(ZoneInfo(zone)).minute == 0
        assert NOW < moment.at <= NOW + timedelta(days=7)
    assert len({moment.at for moment in moments}) == len(moments)


def test_a_post_on_three_accounts_is_one_post() -> None:
    (post,) = seen([(0, 9, 10)])

    assert posts_in([post, post, post]) == 1
