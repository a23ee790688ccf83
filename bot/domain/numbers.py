"""What a post's and an account's numbers are, whatever the network calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from bot.domain.record import record


@record
class Numbers:
    """A post's numbers since it was published. None is unknown, never 0."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    video_views: int | None = None
    reach: int | None = None
    quotes: int | None = None


NAMES: tuple[str, ...] = tuple(one.name for one in fields(Numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a number counts: the `unit` in the plural, and what it `says` on every network that tells it."""

    unit: str
    says: str


MEANINGS: Mapping[str, Meaning] = {
    "views": Meaning(unit="views", says="How often the post was shown or played; the same person may count twice."),
    "likes": Meaning(unit="likes", says="Likes, favourites and reactions of every kind, added up."),
    "comments": Meaning(unit="comments", says="Comments and replies that people wrote below the post."),
    "shares": Meaning(unit="shares", says="How often people passed the post on: reposts, boosts, shares."),
    "saves": Meaning(unit="saves", says="How often people kept the post for later: bookmarks and saves."),
    "clicks": Meaning(unit="clicks", says="Clicks that the network counts on the post or its links."),
    "video_views": Meaning(unit="video views", says="How often the post's film was played."),
    "reach": Meaning(unit="people", says="How many different accounts saw the post; the network's estimate."),
    "quotes": Meaning(unit="quotes", says="Posts that quote the post with words of their own."),
    "followers": Meaning(unit="followers", says="Who follows the account: followers, subscribers or members."),
}
"""By the names of `Numbers`, and `followers` of accounts."""

SPOKEN = ("views", "likes", "comments")
"""What is said of a post in one line."""
_EXACT_BELOW = 10_000
_ONE = {"people": "person"}
_UNITS = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


def spelled(number: int | None) -> str:
    """`1,204`; from 10,000 on `12.5k`; `n/a` for what is unknown."""
    if number is None:
        return "n/a"
    if abs(number) < _EXACT_BELOW:
        return f"{number:,}"
    size, unit = next(one for one in _UNITS if abs(number) * 20 >= one[0] * 19.99)
    return f"{number / size:.1f}".removesuffix(".0") + unit


def counted(name: str, number: int | None) -> str:
    """`1,204 views`, `1 view`, `views n/a`."""
    unit = MEANINGS[name].unit
    if number is None:
        return f"{unit} n/a"
    return f"{spelled(number)} {_ONE.get(unit, unit.removesuffix('s')) if number == 1 else unit}"


def in_words(numbers: Numbers) -> str:
    """`1,204 views · 88 likes · comments n/a`."""
    return " · ".join(counted(name, getattr(numbers, name)) for name in SPOKEN)
