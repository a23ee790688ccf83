"""What a day's digest says. Facts in, words' worth of facts out; it is kept as it was until it is delivered.

All days are those of the brand's own zone. What is unknown is None and never 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.growth import Grown
from bot.domain.ids import AccountId, ItemId, PostId
from bot.domain.numbers import Numbers
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State

DAYS_SHOWN = 7
_USUAL_DAYS = 7
_LEAST_DAYS = 3
"""Of fewer known days no mean is made."""
_LEAST_MEAN = 100
"""Below that a change in per cent says more about chance than about the posts."""
_EXCERPT = 80
_MOST_PLANNED = 6
_MOST_FREE = 6
_MOST_NAMED = 5
_MOST_BEST = 3
_MOST_NEEDS = 3
_STALE = timedelta(hours=3)
"""Numbers so much older than the newest ones have their age told."""
LATE = timedelta(minutes=10)
"""From then on a digest says when it was due."""


class Mood(StrEnum):
    """Which of its shapes a digest has."""

    NORMAL = "normal"
    BAD = "bad"
    """At least half of yesterday's posts did not go out."""
    QUIET = "quiet"
    """There is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart. None: unknown."""

    label: str
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A post that did well, where it did."""

    post_id: PostId
    platform: str
    handle: str
    text: str
    permalink: str | None
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A post to come."""

    at: datetime
    platforms: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A post of yesterday that did not go out. `cause` is an ErrorClass, or `missed`."""

    post_id: PostId
    platform: str
    handle: str
    account_id: AccountId
    cause: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An account whose access ends, and how many planned posts come after that."""

    account_id: AccountId
    platform: str
    handle: str
    at: datetime | None
    """None: it is lost already."""
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """The newest numbers of a network are from then."""

    platform: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the posts of some days."""

    published: int = 0
    failed: int = 0
    """Still waiting for somebody."""
    mended: int = 0
    """Were refused once, and went out or were given up since."""
    missed: int = 0

    @property
    def empty(self) -> bool:
        """Whether there was nothing at all."""
        return not (self.published or self.failed or self.mended or self.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is told of a day."""

    mood: Mood
    day: date
    zone: str
    at: datetime
    """When these facts were gathered."""
    due_at: datetime | None
    """When it was to be told; None: somebody asked for it."""
    tally: Tally
    views: int | None = None
    """Added yesterday."""
    change_pct: int | None = None
    """Of the views, against the mean of the seven days before."""
    bars: tuple[Bar, ...] = ()
    best: Best | None = None
    planned: tuple[Planned, ...] = ()
    planned_more: int = 0
    free: tuple[datetime, ...] = ()
    needs: tuple[PostId, ...] = ()
    needs_more: int = 0
    unsent: tuple[Unsent, ...] = ()
    unsent_more: int = 0
    endings: tuple[Ending, ...] = ()
    aged: tuple[Aged, ...] = ()
    numbers_at: datetime | None = None

    @property
    def one_cause(self) -> Unsent | None:
        """One of the posts that did not go out, when all of them have the same cause on the same network."""
        causes = {(one.platform, one.cause) for one in self.unsent}
        return self.unsent[0] if len(causes) == 1 and not self.unsent_more else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything a digest is made from."""

    day: date
    zone: str
    at: datetime
    due_at: datetime | None
    posts: Sequence[PostView]
    """Planned for yesterday, or published yesterday."""
    refused: frozenset[ItemId]
    """Items of which some try was refused."""
    views: Grown
    best: Sequence[Best]
    """The best first."""
    read_at: Mapping[str, datetime]
    """When the newest numbers were read, by platform."""
    planned: Sequence[PostView]
    free: Sequence[datetime]
    needs: Sequence[PostView]
    endings: Sequence[Ending] = ()


def digest_of(facts: Gathered) -> Digest:
    """What is to be said."""
    yesterday = facts.day - timedelta(days=1)
    tally = tally_of(facts.posts, facts.refused)
    unsent = [one for post in facts.posts for one in _unsent(post)]
    shown = {one.post_id: one for one in unsent}
    views = facts.views.of(yesterday)
    return Digest(
        mood=_mood(facts, tally),
        day=facts.day,
        zone=facts.zone,
        at=facts.at,
        due_at=facts.due_at,
        tally=tally,
        views=views,
        change_pct=change(views, usual(facts.views, yesterday)),
        bars=bars(facts.views, yesterday),
        best=facts.best[0] if facts.best else None,
        planned=tuple(_planned(post) for post in facts.planned[:_MOST_PLANNED]),
        planned_more=max(len(facts.planned) - _MOST_PLANNED, 0),
        free=tuple(facts.free[:_MOST_FREE]),
        needs=tuple(post.post_id for post in facts.needs[:_MOST_NEEDS]),
        needs_more=max(len(facts.needs) - _MOST_NEEDS, 0),
        unsent=tuple(shown.values())[:_MOST_NAMED],
        unsent_more=max(len(shown) - _MOST_NAMED, 0),
        endings=tuple(facts.endings),
        aged=aged(facts.read_at),
        numbers_at=max(facts.read_at.values(), default=None),
    )


def _mood(facts: Gathered, tally: Tally) -> Mood:
    lost = tally.failed + tally.missed
    if lost and lost * 2 >= tally.published + tally.mended + lost:
        return Mood.BAD
    said = not tally.empty or facts.planned or facts.needs or facts.endings
    return Mood.NORMAL if said else Mood.QUIET


# --- Posts ---------------------------------------------------------------------------------------------------------


def tally_of(posts: Sequence[PostView], refused: frozenset[ItemId]) -> Tally:
    """What became of these posts, each counted by the worst of its items."""
    count = Counter(_became(post, refused) for post in posts)
    mended = sum(1 for post in posts if _became(post, refused) == "published" and _was_refused(post, refused))
    given_up = sum(1 for post in posts if _became(post, refused) == "given_up")
    return Tally(published=count["published"], failed=count["failed"], mended=mended + given_up, missed=count["missed"])


def _became(post: PostView, refused: frozenset[ItemId]) -> str:
    states = {item.status for item in post.items}
    if State.FAILED in states:
        return "failed"
    if State.MISSED in states:
        return "missed"
    if State.PUBLISHED in states:
        return "published"
    return "given_up" if State.CANCELLED in states and _was_refused(post, refused) else ""


def _was_refused(post: PostView, refused: frozenset[ItemId]) -> bool:
    return any(item.item_id in refused for item in post.items)


def _unsent(post: PostView) -> list[Unsent]:
    """The first of its items that did not go out."""
    lost = [item for item in post.items if item.status in {State.FAILED, State.MISSED}]
    return [
        Unsent(
            post_id=post.post_id,
            platform=item.platform,
            handle=item.handle,
            account_id=item.account_id,
            cause="missed" if item.status is State.MISSED else (item.error[0] if item.error else ""),
            text=excerpt(post.text),
        )
        for item in lost[:1]
    ]


def _planned(post: PostView) -> Planned:
    platforms = dict.fromkeys(item.platform for item in post.items)
    return Planned(at=post.scheduled_at or post.created_at, platforms=tuple(platforms), text=excerpt(post.text))


def excerpt(text: str) -> str:
    """The beginning of people's text, for a line."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _EXCERPT else one_line[: _EXCERPT - 1] + "…"


def best_of(
    items: Sequence[tuple[PostView, ItemView]], latest: Mapping[ItemId, Numbers], gained: Mapping[ItemId, int]
) -> tuple[Best, ...]:
    """Those that gained most, the best first; of equals the one with more likes."""
    known = [(post, item, latest[item.item_id]) for post, item in items if item.item_id in latest]
    ranked = sorted(known, key=lambda one: (-gained.get(one[1].item_id, 0), -(one[2].likes or 0), one[1].item_id))
    return tuple(
        Best(
            post_id=post.post_id,
            platform=item.platform,
            handle=item.handle,
            text=excerpt(post.text),
            permalink=item.permalink,
            numbers=numbers,
        )
        for post, item, numbers in ranked[:_MOST_BEST]
        if any((numbers.views, numbers.likes, numbers.comments, numbers.shares))
    )


# --- Numbers -------------------------------------------------------------------------------------------------------


def usual(grown: Grown, day: date) -> float | None:
    """The mean of the seven days before, of those that are known; None: of too few."""
    known = [
        number for back in range(1, _USUAL_DAYS + 1) if (number := grown.of(day - timedelta(days=back))) is not None
    ]
    return sum(known) / len(known) if len(known) >= _LEAST_DAYS else None


def change(now: int | None, before: float | None) -> int | None:
    """The change in per cent; None when it is unknown or of too little."""
    if now is None or before is None or before < _LEAST_MEAN:
        return None
    return round(100 * (now - before) / before)


def bars(grown: Grown, last: date) -> tuple[Bar, ...]:
    """The seven days up to the last one; none when nothing is known of any."""
    days = [last - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    made = tuple(Bar(label=f"{day:%a}", value=grown.of(day)) for day in days)
    return made if any(bar.value for bar in made) else ()


def aged(read_at: Mapping[str, datetime]) -> tuple[Aged, ...]:
    """The networks whose numbers are much older than the newest ones, the oldest first."""
    newest = max(read_at.values(), default=None)
    if newest is None:
        return ()
    old = [Aged(platform=platform, at=at) for platform, at in read_at.items() if newest - at >= _STALE]
    return tuple(sorted(old, key=lambda one: one.at))
