"""What a report of some days says, and how people name those days."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.digest import Aged, Bar, Best, Tally, change
from bot.domain.errors import invalid
from bot.domain.growth import Grown
from bot.domain.posts import PostView

ON_TIME = timedelta(seconds=5)
MOST_DAYS = 366
_DAILY = 14
_WEEKLY = 20 * 7
_HOW = "Write today, yesterday, week, last week, month, or two dates such as 2026-11-01 2026-11-14."
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from the first to the last, both counted."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Span":
        """As many days right before."""
        return Span(since=self.since - timedelta(days=self.days), until=self.since - timedelta(days=1))

    @property
    def week(self) -> int | None:
        """The number of the calendar's week, when it is one."""
        whole = self.since.weekday() == 0 and self.days == 7  # noqa: PLR2004  # a week
        return self.since.isocalendar().week if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLine:
    """What the days brought on one network. None: unknown."""

    platform: str
    posts: int
    views: int | None
    likes: int | None
    comments: int | None
    views_change_pct: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """What an account says of itself for the days, whatever was posted. None: unknown."""

    platform: str
    handle: str
    views: int | None
    views_days: int
    """Of how many of the days the views are known: networks count the last few late."""
    reach_a_day: int | None
    followers: int | None
    """At the end of the days."""
    followers_change: int | None
    fetching: bool
    """Whether earlier days are being fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What the week after has."""

    planned: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What some days brought. Numbers are what these days added, to posts of whatever age."""

    span: Span
    zone: str
    at: datetime
    tally: Tally
    timed: int
    """Posts that had a second to go out at, and went out."""
    on_time: int
    slowest_s: float | None
    views: int | None
    likes: int | None
    comments: int | None
    views_change_pct: int | None
    networks: tuple[NetworkLine, ...]
    bars: tuple[Bar, ...]
    best: tuple[Best, ...]
    ahead: Ahead | None
    numbers_from: date | None
    """The first day of which there is any number."""
    numbers_at: datetime | None
    aged: tuple[Aged, ...]
    accounts: tuple[AccountLine, ...] = ()
    """Those that say anything of these days."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return self.tally.empty and not self.views and not self.likes and not self.comments


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownNumbers:
    """What each day added, by number."""

    views: Grown
    likes: Grown
    comments: Grown


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """Everything a report is made from."""

    span: Span
    zone: str
    at: datetime
    posts: Sequence[PostView]
    tally: Tally
    grown: GrownNumbers
    by_platform: Mapping[str, GrownNumbers]
    best: tuple[Best, ...]
    ahead: Ahead | None
    numbers_from: date | None
    numbers_at: datetime | None
    aged: tuple[Aged, ...]
    accounts: tuple[AccountLine, ...]


def report_of(facts: ReportFacts) -> Report:
    """What is to be said."""
    late_s = [late for post in facts.posts if (late := _late_s(post)) is not None]
    span = facts.span
    views = facts.grown.views.between(span.since, span.until)
    return Report(
        span=span,
        zone=facts.zone,
        at=facts.at,
        tally=facts.tally,
        timed=len(late_s),
        on_time=sum(1 for late in late_s if late < ON_TIME.total_seconds()),
        slowest_s=max(late_s, default=None),
        views=views,
        likes=facts.grown.likes.between(span.since, span.until),
        comments=facts.grown.comments.between(span.since, span.until),
        views_change_pct=_change(facts.grown.views, span),
        networks=_networks(facts),
        bars=span_bars(facts.grown.views, span),
        best=facts.best,
        ahead=facts.ahead,
        numbers_from=facts.numbers_from,
        numbers_at=facts.numbers_at,
        aged=facts.aged,
        accounts=facts.accounts,
    )


def _late_s(post: PostView) -> float | None:
    """How late the last of its items went out, in seconds; None when none did or none was planned."""
    late = [
        (item.published_at - item.scheduled_at).total_seconds()
        for item in post.items
        if item.published_at is not None and item.scheduled_at is not None and not item.part
    ]
    return max(*late, 0.0) if late else None


def _networks(facts: ReportFacts) -> tuple[NetworkLine, ...]:
    span = facts.span
    posts: dict[str, int] = {}
    for post in facts.posts:
        for platform in {item.platform for item in post.items if item.published_at is not None}:
            posts[platform] = posts.get(platform, 0) + 1
    found: list[NetworkLine] = []
    for platform in sorted(posts.keys() | facts.by_platform.keys()):
        grown = facts.by_platform.get(platform)
        found.append(
            NetworkLine(
                platform=platform,
                posts=posts.get(platform, 0),
                views=grown.views.between(span.since, span.until) if grown is not None else None,
                likes=grown.likes.between(span.since, span.until) if grown is not None else None,
                comments=grown.comments.between(span.since, span.until) if grown is not None else None,
                views_change_pct=_change(grown.views, span) if grown is not None else None,
            )
        )
    return tuple(found)


def _change(grown: Grown, span: Span) -> int | None:
    """Against as many days before, in per cent; None unless something is known of each of those."""
    before = span.before
    if not grown.knows(before.since, before.until):
        return None
    return change(grown.between(span.since, span.until), grown.between(before.since, before.until))


# --- The chart -----------------------------------------------------------------------------------------------------


def span_bars(grown: Grown, span: Span) -> tuple[Bar, ...]:
    """A bar for each day, week or month, so that there are 20 at most; none when nothing is known."""
    made = tuple(Bar(label=label, value=grown.between(since, until)) for label, since, until in _pieces(span))
    return made if any(bar.value for bar in made) else ()


def bars_show(span: Span) -> str:
    """What a bar stands for: `day`, `week` or `month`."""
    return "day" if span.days <= _DAILY else "week" if span.days <= _WEEKLY - 7 else "month"


def _pieces(span: Span) -> list[tuple[str, date, date]]:
    found: list[tuple[str, date, date]] = []
    begin, kind = span.since, bars_show(span)
    while begin <= span.until:
        match kind:
            case "day":
                end, label = begin, f"{begin:%a} {begin.day}"
            case "week":
                end, label = begin + timedelta(days=6 - begin.weekday()), f"{begin.day} {begin:%b}"
            case _:
                following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
                end, label = following - timedelta(days=1), f"{begin:%b %Y}"
        found.append((label, begin, min(end, span.until)))
        begin = end + timedelta(days=1)
    return found


# --- Which days ----------------------------------------------------------------------------------------------------


def read_span(text: str, today: date) -> Span:  # noqa: PLR0911  # a table of words
    """The days that are named. Nothing: the seven before today. Raises InvalidContent for field `days`."""
    words = text.casefold().split()
    monday = today - timedelta(days=today.weekday())
    match words:
        case []:
            return Span(since=today - timedelta(days=7), until=today - timedelta(days=1))
        case ["today"]:
            return Span(since=today, until=today)
        case ["yesterday"]:
            return Span(since=today - timedelta(days=1), until=today - timedelta(days=1))
        case ["week"]:
            return Span(since=monday, until=today)
        case ["last", "week"]:
            return Span(since=monday - timedelta(days=7), until=monday - timedelta(days=1))
        case ["month"]:
            return Span(since=today.replace(day=1), until=today)
        case _:
            return _two_dates(text, today)


def _two_dates(text: str, today: date) -> Span:
    found = _DATE.findall(text)
    if not 1 <= len(found) <= 2 or _DATE.sub("", text).casefold().replace("to", "").strip(" -–,"):  # noqa: PLR2004, RUF001  # from and to
        raise invalid("days", f"“{text[:40]}” names no days. {_HOW}")
    try:
        since, until = date.fromisoformat(found[0]), date.fromisoformat(found[-1])
    except ValueError:
        raise invalid("days", f"“{text[:40]}” is not in the calendar. {_HOW}") from None
    if until < since:
        raise invalid("days", f"{until} is before {since}. Put the first day first.")
    if since > today:
        raise invalid("days", f"{since} is still to come. Choose days that have begun.")
    until = min(until, today)
    if (until - since).days >= MOST_DAYS:
        raise invalid("days", "A report covers at most a year. Choose fewer days.")
    return Span(since=since, until=until)


def split_brand(text: str, brands: Iterable[str]) -> tuple[str | None, str]:
    """The brand that stands first, by the longest name that fits whatever its capitals, and the rest."""
    typed = " ".join(text.split())
    for name in sorted(brands, key=len, reverse=True):
        if typed.casefold() == name.casefold() or typed.casefold().startswith(f"{name.casefold()} "):
            return name, typed[len(name) :].strip()
    return None, typed
