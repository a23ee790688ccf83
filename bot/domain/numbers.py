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
