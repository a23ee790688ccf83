"""The report of some days as a message: the weekly one on Mondays, and any that is asked for. At most 12 blocks."""

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot.domain.digest import Tally
from bot.domain.ids import BrandId
from bot.domain.report import AccountLine, NetworkLine, Report, Span, bars_show
from handlers.slack import blocks as b
from handlers.slack import digest as day
from handlers.slack import figures, names, times
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import BrandLike, Names

CSV, PICTURE, POST_IT = "Download CSV", "Chart as picture", "Post to channel"
_HEADS = ("Network", "Posts", "Views", "Likes", "Comments")


def message(report: Report, brand: BrandLike, called: Names, *, private: bool = False) -> Message:
    """The report; a `private` one can be posted to the channel."""
    head = b.header(title(report, brand))
    first = [b.section(_tally(report)), b.section(_totals(report))]
    rest, foot = list(_rest(report, called)), list(_foot(report, brand, called, private=private))
    table = [_table(report, called)] if report.networks else []
    over = f"Views per {bars_show(report.span)}"
    chart = [figures.chart(over, "line", "Views", report.bars)] if report.bars else []
    rich = [head, *first, *table, *chart, *rest, *foot]
    plain_table = [_table_in_code(report, called)] if table else []
    plain_chart = figures.in_code(over, report.bars) if chart else []
    plain = [head, *first, *plain_table, *plain_chart, *rest, *foot]
    return b.message(_in_a_line(report, brand), rich, simpler=plain if table or chart else None)


def title(report: Report, brand: BrandLike) -> str:
    """`Juniper · week 47`, or the days."""
    week = report.span.week
    return f"{b.one_line(brand.name, 75)} · {f'week {week}' if week is not None else days(report.span)}"


def days(span: Span) -> str:
    """`Friday 27 November`, `1–14 November 2026`, `27 Oct – 3 Nov 2026`."""  # noqa: RUF002  # a range
    since, until = span.since, span.until
    if since == until:
        return f"{since:%A} {since.day} {since:%B}"
    if (since.year, since.month) == (until.year, until.month):
        return f"{since.day}–{until.day} {until:%B} {until.year}"  # noqa: RUF001  # a range
    year = f" {since.year}" if since.year != until.year else ""
    return f"{since.day} {since:%b}{year} – {until.day} {until:%b} {until.year}"  # noqa: RUF001  # a range


def value_of(brand_id: BrandId, span: Span) -> str:
    """What the buttons of a report carry."""
    return f"{brand_id}:{span.since}:{span.until}"


def span_of(value: str) -> tuple[BrandId, Span] | None:
    """What a button carries, which anybody may have written; None: no such thing."""
    brand_id, _, rest = value[:100].partition(":")
    since, _, until = rest.partition(":")
    try:
        return BrandId(brand_id), Span(since=date.fromisoformat(since), until=date.fromisoformat(until))
    except ValueError:
        return None


def _tally(report: Report) -> str:
    said = [f"*{_counts(report.tally)}*"]
    if report.timed:
        slowest = f", slowest {_seconds(report.slowest_s)} late" if report.slowest_s else ""
        said.append(f"on time: {report.on_time:,} of {report.timed:,}{slowest}")
    return " · ".join(said)


def _counts(tally: Tally) -> str:
    said = [f"{tally.published:,} published", f"{tally.missed:,} missed"]
    said += [f"{tally.failed:,} failed"] if tally.failed else []
    said += [f"{tally.mended:,} failed and mended"] if tally.mended else []
    return ", ".join(said if tally.failed or tally.mended else [*said, "0 failed"])


def _seconds(late: float | None) -> str:
    if late is None:
        return "n/a"
    minute = 60
    return f"{late:.1f} s" if late < minute else f"{late / minute:,.0f} min"


def _totals(report: Report) -> str:
    before = "the week before" if report.span.week is not None else "as many days before"
    views = figures.counted(report.views, "view", "views") + figures.changed(report.views_change_pct, before)
    likes = figures.counted(report.likes, "like", "likes")
    comments = figures.counted(report.comments, "comment", "comments")
    return f"These days brought {views} · {likes} · {comments}"


def _table(report: Report, called: Names) -> Json:
    heads = [*_HEADS, _against(report)]
    rows = [heads, *([*_cells(line, called)] for line in report.networks)]
    return {
        "type": "table",
        "column_settings": [{"align": "left"}, *({"align": "right"} for _ in heads[1:])],
        "rows": [[{"type": "raw_text", "text": cell or "–"} for cell in row] for row in rows],  # noqa: RUF001  # a dash
    }


def _against(report: Report) -> str:
    week = report.span.before.week
    return f"Against week {week}" if week is not None else "Against before"


def _cells(line: NetworkLine, called: Names) -> list[str]:
    counted = [figures.number(value) for value in (line.views, line.likes, line.comments)]
    return [b.bare(called.title(line.platform)), f"{line.posts:,}", *counted, figures.signed(line.views_change_pct)]


def _table_in_code(report: Report, called: Names) -> Json:
    rows = [[*_HEADS, _against(report)], *(_cells(line, called) for line in report.networks)]
    wide = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return b.code([_aligned(row, wide) for row in rows])


def _aligned(row: Sequence[str], wide: Sequence[int]) -> str:
    first, *others = (
        f"{cell:>{width}}" if place else f"{cell:<{width}}"
        for place, (cell, width) in enumerate(zip(row, wide, strict=True))
    )
    return "  ".join([first, *others])


def _rest(report: Report, called: Names) -> Iterator[Json]:
    if report.accounts:
        lines = [_account(line, report.span, called) for line in report.accounts]
        yield b.section(b.lines(["*Accounts*", *lines]))
    if report.best:
        lines = [f"{place}. {day.best(one, called)}" for place, one in enumerate(report.best, 1)]
        yield b.section(b.lines(["*Best*", *lines]))
    if report.ahead is not None:
        free = times.counted(report.ahead.free, "free slot")
        yield b.section(f"*This week* {report.ahead.planned:,} planned, {free}")


def _account(line: AccountLine, span: Span, called: Names) -> str:
    """`X · @juniper: 3,400 views (5 of 7 days) · 512 reached a day · 1,204 followers (+18)`."""
    said: list[str] = []
    if line.views is not None:
        some = f" ({line.views_days} of {span.days} days)" if line.views_days < span.days else ""
        said.append(figures.counted(line.views, "view", "views") + some)
    if line.reach_a_day is not None:
        said.append(f"{figures.number(line.reach_a_day)} reached a day")
    if line.followers is not None:
        change = f" ({line.followers_change:+,})" if line.followers_change else ""
        said.append(figures.counted(line.followers, "follower", "followers") + change)
    said += ["⏳ earlier days are being fetched"] if line.fetching else []
    return f"{called.account(line.platform, line.handle)}: {' · '.join(said)}"


def _foot(report: Report, brand: BrandLike, called: Names, *, private: bool) -> Iterator[Json]:
    yield b.context(" · ".join(_small_print(report, called)))
    value = value_of(brand.id, report.span)
    buttons = [b.button(POST_IT, names.REPORT_POST, value)] if private and brand.channel else []
    buttons.append(b.button(CSV, names.REPORT_CSV, value))
    buttons += [b.button(PICTURE, names.REPORT_PICTURE, value)] if report.bars else []
    yield b.actions(*buttons)


def _small_print(report: Report, called: Names) -> Iterator[str]:
    zone = ZoneInfo(report.zone)
    if report.numbers_from is None or report.numbers_at is None:
        yield "no numbers yet"
    else:
        since = report.numbers_from
        unknown = "; what was before is not known" if since > report.span.since else ""
        yield f"numbers go back to {since.day} {since:%b} {since.year}{unknown}"
        there = report.numbers_at.astimezone(zone)
        yield f"as of {there:%a} {there.day} {there:%b}, {there:%H:%M}"
    for one in report.aged:
        yield f"{called.title(one.platform)} numbers {times.span(report.at - one.at)} old"
    yield f"times in {times.place(report.zone)}"


def _in_a_line(report: Report, brand: BrandLike) -> str:
    views = figures.counted(report.views, "view", "views")
    return f"{b.inert(title(report, brand))}: {_counts(report.tally)}, {views}."
