"""Days and weeks for the faces that sum them up: Juniper's Friday 27 November 2026."""

from datetime import UTC, date, datetime, timedelta

from bot.domain.digest import Aged, Bar, Best, Digest, Ending, Gathered, Mood, Planned, Tally, Unsent, digest_of
from bot.domain.growth import Grown
from bot.domain.ids import AccountId, ItemId, PostId
from bot.domain.numbers import Numbers
from bot.domain.publication import State
from bot.domain.report import AccountLine, Ahead, NetworkLine, Report, Span
from tests.handlers.slack.making import item, post

MORNING = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
"""09:00 in Berlin."""
FRIDAY = date(2026, 11, 27)
BEANS = Best(
    post_id=PostId("post_9"),
    platform="linkedin",
    handle="Juniper Coffee",
    text="New beans are in: a washed Ethiopian from Yirgacheffe",
    permalink="https://linkedin.example/1",
    numbers=Numbers(views=5210, likes=148),
)
LATTE = Best(
    post_id=PostId("post_8"),
    platform="bsky",
    handle="juniper.example",
    text="Latte art on Friday",
    permalink=None,
    numbers=Numbers(likes=31, comments=1, shares=4),
)
DAY = Digest(
    mood=Mood.NORMAL,
    day=FRIDAY,
    zone="Europe/Berlin",
    at=MORNING,
    due_at=MORNING,
    tally=Tally(published=3, mended=1),
    views=12_480,
    change_pct=18,
    bars=tuple(
        Bar(label=label, value=value)
        for label, value in zip(
            ("Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu"),
            (1204, 830, None, 9120, 11_002, 10_540, 12_480),
            strict=True,
        )
    ),
    best=BEANS,
    planned=(
        Planned(at=MORNING, platforms=("linkedin", "x"), text="Spring menu, from Monday on"),
        Planned(at=MORNING + timedelta(hours=5, minutes=30), platforms=("bsky",), text="Latte art"),
    ),
    free=(MORNING + timedelta(hours=9),),
    needs=(PostId("post_1"),),
    needs_more=2,
    endings=(
        Ending(
            account_id=AccountId("a1"),
            platform="linkedin",
            handle="Juniper Coffee",
            at=MORNING + timedelta(days=6),
            posts=4,
        ),
    ),
    aged=(Aged(platform="x", at=MORNING - timedelta(hours=9)),),
    numbers_at=MORNING - timedelta(hours=2, minutes=20),
)
BAD_DAY = Digest(
    mood=Mood.BAD,
    day=FRIDAY,
    zone="Europe/Berlin",
    at=MORNING + timedelta(minutes=40),
    due_at=MORNING,
    tally=Tally(published=1, failed=4),
    unsent=tuple(
        Unsent(
            post_id=PostId(f"post_{number}"),
            platform="linkedin",
            handle="Juniper Coffee",
            account_id=AccountId("a1"),
            cause="account",
            text=f"Number {number} of *today* <!channel>",
        )
        for number in range(4)
    ),
    needs=(PostId("post_1"),),
    numbers_at=MORNING - timedelta(hours=2),
)
QUIET_DAY = Digest(
    mood=Mood.QUIET,
    day=FRIDAY,
    zone="Europe/Berlin",
    at=MORNING,
    due_at=MORNING,
    tally=Tally(),
    free=(MORNING + timedelta(hours=6), MORNING + timedelta(hours=9)),
)
WEEK = Report(
    span=Span(since=date(2026, 11, 16), until=date(2026, 11, 22)),
    zone="Europe/Berlin",
    at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    tally=Tally(published=14, mended=1),
    timed=14,
    on_time=14,
    slowest_s=1.23,
    views=71_204,
    likes=1312,
    comments=None,
    views_change_pct=-4,
    networks=(
        NetworkLine(platform="bsky", posts=4, views=None, likes=212, comments=None, views_change_pct=None),
        NetworkLine(platform="linkedin", posts=5, views=50_120, likes=900, comments=40, views_change_pct=12),
        NetworkLine(platform="x", posts=5, views=21_084, likes=200, comments=None, views_change_pct=-31),
    ),
    bars=tuple(
        Bar(label=label, value=value)
        for label, value in zip(
            ("Mon 16", "Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22"),
            (9120, 11_002, 10_540, 12_480, 14_062, 7000, 7000),
            strict=True,
        )
    ),
    best=(BEANS, LATTE),
    ahead=Ahead(planned=9, free=5),
    numbers_from=date(2026, 10, 3),
    numbers_at=datetime(2026, 11, 23, 5, 40, tzinfo=UTC),
    aged=(Aged(platform="x", at=datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),),
    accounts=(
        AccountLine(
            platform="facebook",
            handle="Juniper Coffee",
            views=3_400,
            views_days=5,
            reach_a_day=512,
            followers=1_204,
            followers_change=18,
            fetching=False,
        ),
        AccountLine(
            platform="x",
            handle="junipercoffee",
            views=None,
            views_days=0,
            reach_a_day=None,
            followers=981,
            followers_change=None,
            fetching=False,
        ),
        AccountLine(
            platform="youtube",
            handle="juniper",
            views=None,
            views_days=0,
            reach_a_day=None,
            followers=None,
            followers_change=None,
            fetching=True,
        ),
    ),
)


def day_of(many: int, *, failed: int = 0, text: str = "New beans are in.") -> Digest:
    """The digest of a day with so many posts yesterday, and as many today and in trouble."""
    at = MORNING - timedelta(days=1)
    posts = [
        post(
            item(0, State.FAILED if number < failed else State.PUBLISHED, scheduled_at=at, published_at=at),
            post_id=PostId(f"post_{number:03}"),
            scheduled_at=at,
            text=text,
        )
        for number in range(many)
    ]
    days = {FRIDAY - timedelta(days=back): many * 120 for back in range(1, 9)}
    views = Grown(days=days if many else {})
    return digest_of(
        Gathered(
            day=FRIDAY,
            zone="Europe/Berlin",
            at=MORNING,
            due_at=MORNING,
            posts=posts,
            refused=frozenset({ItemId("item_0")}) if failed else frozenset(),
            views=views,
            best=(BEANS,) if many else (),
            read_at={"linkedin": MORNING - timedelta(hours=2)} if many else {},
            planned=posts,
            free=[MORNING + timedelta(hours=hour) for hour in range(many and 9)],
            needs=posts,
            endings=DAY.endings * min(many, 5),
        )
    )
