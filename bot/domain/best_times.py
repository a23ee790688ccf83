"""When a brand's posts do best: weekday and hour, from how its own posts did. Nothing is guessed from other people's.

A post is worth what it reached, compared with what is usual on its account, so that a small account counts like a big
one. It speaks for its own hour of its own weekday, less for the hour before and after, and less for the other days of
its kind (work days, weekends). A single lucky post proves little: each hour is pulled towards the usual.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from bot.domain.ids import ItemId, PostId
from bot.domain.numbers import Numbers
from bot.domain.record import record
from bot.domain.slots import Moment
from bot.domain.weekly import WeeklySlot, upcoming_slots

NEEDED = 8
"""So many posts with numbers it takes."""
HISTORY = timedelta(days=180)
"""What is older says little about today's readers."""
RIPE = timedelta(days=1)
"""A younger post has not reached yet whom it will reach."""

_TO_COMPARE = 3
"""With fewer numbers of a kind on an account nobody knows what is usual there."""
_WIDTH_MIN = 120
_OTHER_DAYS = 0.35
_DOUBT = 2.0
"""As if so many usual posts had gone out at every hour."""
_LEAST_SUPPORT = 0.8
_BEST_OF_ALL = 5.0
"""Times the usual: beyond it a post went round the world, whatever its hour."""
_FIRST_OF_WEEKEND = 5
_WEEK = timedelta(days=7)
_REACHED = ("views", "reach")
_DONE = ("likes", "comments", "shares", "saves", "clicks", "quotes")


@record
class Seen:
    """A published item with its numbers. `account` is any name of it."""

    item_id: ItemId
    post_id: PostId
    account: str
    published_at: datetime
    numbers: Numbers


@record
class Best:
    """The best time that is free: None with too few `posts` to tell one, and where all are taken."""

    moment: Moment | None
    posts: int


def usable(seen: Iterable[Seen], now: datetime) -> list[Seen]:
    """Those whose numbers say something."""
    return [one for one in seen if now - one.published_at >= RIPE and _value(one.numbers) is not None]


def posts_in(seen: Iterable[Seen]) -> int:
    """How many posts these are, whatever the number of accounts."""
    return len({one.post_id for one in seen})


def best_moments(seen: Sequence[Seen], zone: str, *, now: datetime) -> Iterator[Moment]:
    """Moments of the next seven days, the best first: full hours in `zone`, an IANA name.

    An hour near which nothing was ever posted is not among them.
    """
    for slot in _ranked(_worth(seen), zone):
        moment = next(upcoming_slots([slot], zone, now=now), None)
        if moment is not None and moment.at <= now + _WEEK:
            yield moment


def _value(numbers: Numbers) -> tuple[str, int] | None:
    """What a post reached, and what that is called; None when its network tells nothing."""
    for name in _REACHED:
        number: int | None = getattr(numbers, name)
        if number is not None:
            return name, number
    done: list[int] = [number for name in _DONE if (number := getattr(numbers, name)) is not None]
    return ("done", sum(done)) if done else None


def _worth(seen: Iterable[Seen]) -> list[tuple[datetime, float]]:
    """When each went out, and how many times the usual it reached."""
    by_kind: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for one in seen:
        if (known := _value(one.numbers)) is not None:
            by_kind[one.account, known[0]].append((one.published_at, known[1]))
    worth: list[tuple[datetime, float]] = []
    for reached in by_kind.values():
        if len(reached) >= _TO_COMPARE:
            usual = median(number for _, number in reached)
            worth += [(at, min((number + 1) / (usual + 1), _BEST_OF_ALL)) for at, number in reached]
    return worth


def _ranked(worth: Iterable[tuple[datetime, float]], zone: str) -> list[WeeklySlot]:
    place = ZoneInfo(zone)
    weights: dict[tuple[int, int], float] = defaultdict(float)
    sums: dict[tuple[int, int], float] = defaultdict(float)
    for at, times_usual in worth:
        there = at.astimezone(place)
        minute = there.hour * 60 + there.minute
        for hour, near in _hours_near(minute):
            for weekday, like in _days_like(there.weekday()):
                weights[weekday, hour] += near * like
                sums[weekday, hour] += near * like * times_usual
    scores = {
        (day, hour): ((sums[day, hour] + _DOUBT) / (weight + _DOUBT), weight)
        for (day, hour), weight in weights.items()
        if weight >= _LEAST_SUPPORT
    }
    best = sorted(scores, key=lambda slot: (-scores[slot][0], -scores[slot][1], slot))
    return [WeeklySlot(day, hour * 60) for day, hour in best]


def _hours_near(minute: int) -> Iterator[tuple[int, float]]:
    for hour in range(24):
        away = abs(hour * 60 - minute)
        if away < _WIDTH_MIN:
            yield hour, 1 - away / _WIDTH_MIN


def _days_like(weekday: int) -> Iterator[tuple[int, float]]:
    for day in range(7):
        if day == weekday:
            yield day, 1.0
        elif (day >= _FIRST_OF_WEEKEND) == (weekday >= _FIRST_OF_WEEKEND):
            yield day, _OTHER_DAYS
