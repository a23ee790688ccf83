"""The digest of a day as a message: what was, what will be, what needs somebody. At most 12 blocks."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.digest import LATE, Best, Digest, Ending, Mood, Planned, Unsent
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from bot.domain.slots import place_name
from handlers.slack import blocks as b
from handlers.slack import figures, names, rows, times, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import BrandLike, CardFacts, Names

CHART = "Views per day, last 7 days"
_MOST_ENDINGS = 2
_MOST_FREE = 3
_SETTINGS = "Digest settings"
_CAUSES = {
    ErrorClass.ACCOUNT: "the access ended",
    ErrorClass.TOKEN: "the access ended",
    ErrorClass.PERMISSION: "the permission to post is missing",
    ErrorClass.CONTENT: "the text was refused",
    ErrorClass.MEDIA: "a file was refused",
    ErrorClass.DUPLICATE: "the same text is there already",
    "missed": "they were not sent in time",
}


def message(digest: Digest, brand: BrandLike, called: Names, needs: Sequence[CardFacts]) -> Message:
    """The digest. `needs` are the posts that need somebody, as they are now."""
    match digest.mood:
        case Mood.QUIET:
            return _quiet(digest, brand)
        case Mood.BAD:
            shown = list(_bad(digest, brand, called))
            return b.message(_in_a_line(digest, brand), [*shown, *_foot(digest, brand, called, home=True)])
        case Mood.NORMAL:
            blocks = list(_normal(digest, called, needs))
    head, foot = _head(digest, brand), list(_foot(digest, brand, called))
    chart = [figures.chart(CHART, "bar", "Views", digest.bars)] if digest.bars else []
    first, *rest = blocks
    simpler = [head, first, *figures.in_code(CHART, digest.bars), *rest, *foot] if chart else None
    return b.message(_in_a_line(digest, brand), [head, first, *chart, *rest, *foot], simpler=simpler)


# --- The day as it usually is --------------------------------------------------------------------------------------


def _head(digest: Digest, brand: BrandLike) -> Json:
    return b.header(_title(digest, brand))


def _title(digest: Digest, brand: BrandLike) -> str:
    name = f"{b.one_line(brand.name, 75)} · {_long_day(digest.day)}"
    lost = digest.tally.failed + digest.tally.missed
    needs = "1 post needs you" if lost == 1 else f"{lost:,} posts need you"
    return f"{name}: {needs}" if digest.mood is Mood.BAD else name


def _long_day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _normal(digest: Digest, called: Names, needs: Sequence[CardFacts]) -> Iterator[Json]:
    yield b.section(_yesterday(digest))
    if digest.best is not None:
        yield b.section(f"*Best* {best(digest.best, called)}")
    yield b.section(_today(digest, called))
    yield from _needs(digest, needs)
    yield from _access(digest, called)


def _yesterday(digest: Digest) -> str:
    tally = digest.tally
    said = [f"*{tally.published:,} published yesterday*" if tally.published else "*Nothing published yesterday*"]
    if tally.failed:
        said.append(f"{tally.failed:,} failed")
    if tally.mended:
        said.append(f"{tally.mended:,} failed, mended")
    if tally.missed:
        said.append(f"{tally.missed:,} missed")
    if tally.published or digest.numbers_at is not None:
        views = figures.counted(digest.views, "view", "views")
        said.append(views + figures.changed(digest.change_pct, "the 7-day mean"))
    return " · ".join(said)


def best(one: Best, called: Names) -> str:
    """`LinkedIn · “New beans…” 5,210 views, 148 likes, comments n/a · open`."""
    numbers = one.numbers
    counted = ", ".join(
        [
            figures.counted(numbers.views, "view", "views"),
            figures.counted(numbers.likes, "like", "likes"),
            figures.counted(numbers.comments, "comment", "comments"),
        ]
    )
    shown = f"{called.title(one.platform)} · {b.quoted(one.text, 60) if one.text else '(no text)'} {counted}"
    link = b.link(one.permalink, "open") if one.permalink and b.web_address(one.permalink) else ""
    return f"{shown} · {link}" if link else shown


def _today(digest: Digest, called: Names) -> str:
    zone = ZoneInfo(digest.zone)
    said = [_planned(one, zone, called) for one in digest.planned]
    if digest.planned_more:
        said.append(f"and {digest.planned_more:,} more")
    return " · ".join([f"*Today* {said[0] if said else 'nothing planned'}", *said[1:], *_free(digest, zone)])


def _planned(one: Planned, zone: ZoneInfo, called: Names) -> str:
    titles = [called.title(platform) for platform in one.platforms]
    where = ", ".join(titles[:4]) + (f" +{len(titles) - 4}" if len(titles) > 4 else "")  # noqa: PLR2004  # as in lists
    what = b.quoted(one.text, 40) if one.text else "(no text)"
    return f"{times.clock(one.at.astimezone(zone))} {where or 'no account yet'} {what}"


def _free(digest: Digest, zone: ZoneInfo) -> list[str]:
    """`free slots 15:00, 18:00`, or nothing."""
    ahead = [times.clock(at.astimezone(zone)) for at in digest.free]
    if not ahead:
        return []
    more = f" and {len(ahead) - _MOST_FREE} more" if len(ahead) > _MOST_FREE else ""
    return [f"free {'slot' if len(ahead) == 1 else 'slots'} {', '.join(ahead[:_MOST_FREE])}{more}"]


def _needs(digest: Digest, needs: Sequence[CardFacts]) -> Iterator[Json]:
    """Those that still need somebody, each with the button that mends it."""
    for place, facts in enumerate(needs):
        row = rows.row(facts, digest.zone, needed=facts.post.status is State.AWAITING_APPROVAL)
        text = str(b.mapping(row["text"]).get("text"))
        more = f"\n{digest.needs_more:,} more on Home" if digest.needs_more and place == len(needs) - 1 else ""
        yield {**row, "text": b.marked(f"{'*Needs you* ' if not place else ''}{text}{more}")}


def _access(digest: Digest, called: Names) -> Iterator[Json]:
    shown = digest.endings[:_MOST_ENDINGS]
    for place, one in enumerate(shown):
        account = called.account(one.platform, one.handle)
        rest = len(digest.endings) - len(shown)
        more = f"\nand {times.counted(rest, 'more account')}: `/social accounts`" if rest and place else ""
        button = b.button(wording.RECONNECT, names.RECONNECT, one.account_id, spoken=f"{wording.RECONNECT} {account}")
        yield b.section(f"*Access* {account} {_ends(one, digest)}{more}", button)


def _ends(one: Ending, digest: Digest) -> str:
    posts = times.counted(one.posts, "post")
    if one.at is None:
        fail = f"{posts} will fail" if one.posts else "no planned post needs it"
        return f"has ended: {fail}"
    there = one.at.astimezone(ZoneInfo(digest.zone))
    day = f"{there.day} {there:%b}"
    said = f"ends in {times.span(one.at - digest.at)}, on {there:%a} {day}"
    return f"{said}: {posts} after {day} will fail" if one.posts else f"{said}: no planned post is affected"


def _foot(digest: Digest, brand: BrandLike, called: Names, *, home: bool = False) -> Iterator[Json]:
    yield b.context(" · ".join(_small_print(digest, called)))
    settings = b.button(_SETTINGS, names.DIGEST_SETTINGS, brand.id)
    yield b.actions(*([b.button(wording.OPEN_HOME, names.OPEN_HOME)] if home else []), settings)


def _small_print(digest: Digest, called: Names) -> Iterator[str]:
    zone = ZoneInfo(digest.zone)
    yield f"as of {_clock_on(digest.numbers_at, digest.day, zone)}" if digest.numbers_at else "no numbers yet"
    for one in digest.aged:
        yield f"{called.title(one.platform)} numbers {times.span(digest.at - one.at)} old"
    yield f"times in {times.place(digest.zone)}"
    if digest.due_at is not None and digest.at - digest.due_at >= LATE:
        due, said = (times.clock(at.astimezone(zone).replace(second=0)) for at in (digest.due_at, digest.at))
        yield f"due at {due}, told at {said}"


def _clock_on(at: datetime, day: date, zone: ZoneInfo) -> str:
    """`06:40`, with its day when that is another."""
    there = at.astimezone(zone)
    clock = f"{there:%H:%M}"
    return clock if there.date() == day else f"{there:%a} {there.day} {there:%b}, {clock}"


# --- A bad day -----------------------------------------------------------------------------------------------------


def _bad(digest: Digest, brand: BrandLike, called: Names) -> Iterator[Json]:
    yield _head(digest, brand)
    yield b.section(f"{_lost(digest)}{_why(digest, called)}", _mend_all(digest, called))
    lines = [_unsent(one, called) for one in digest.unsent]
    yield b.section(b.lines([*lines, *([f"and {digest.unsent_more:,} more"] if digest.unsent_more else [])]))
    if digest.tally.published:
        yield b.section(_yesterday(digest))
    yield b.section(_today(digest, called))
    yield from _access(digest, called)


def _lost(digest: Digest) -> str:
    tally = digest.tally
    if not tally.failed:
        return f"⏰ *{tally.missed:,} missed yesterday*"
    missed = f", {tally.missed:,} missed" if tally.missed else ""
    return f"❌ *{tally.failed:,} failed{missed} yesterday*"


def _why(digest: Digest, called: Names) -> str:
    titles = list(dict.fromkeys(called.title(one.platform) for one in digest.unsent))
    one = digest.one_cause
    if one is None:
        return f" on {wording.joined(titles)}."
    alone = digest.tally.failed + digest.tally.missed == 1
    where = f" on {titles[0]}" if alone else f", all on {titles[0]}, one cause"
    cause = _CAUSES.get(one.cause)
    return f"{where}: {cause}." if cause else f"{where}."


def _mend_all(digest: Digest, called: Names) -> Json | None:
    one = digest.one_cause
    of_one_account = len({lost.account_id for lost in digest.unsent}) == 1
    if one is None or not of_one_account or one.cause not in wording.NEEDS_RECONNECTING:
        return None
    spoken = f"{wording.RECONNECT} {called.account(one.platform, one.handle)}"
    return b.button(wording.RECONNECT, names.RECONNECT, one.account_id, style="primary", spoken=spoken)


def _unsent(one: Unsent, called: Names) -> str:
    mark = "⏰ Missed" if one.cause == "missed" else "❌ Failed"
    text = b.quoted(one.text, 60) if one.text else "(no text)"
    return f"{mark} on {called.account(one.platform, one.handle)}: {text}"


# --- Nothing to say, and all in a line -----------------------------------------------------------------------------


def _quiet(digest: Digest, brand: BrandLike) -> Message:
    zone = ZoneInfo(digest.zone)
    free = _free(digest, zone)
    slots = f" {free[0][0].upper()}{free[0][1:]}." if free else ""
    day = f"{digest.day:%a} {digest.day.day} {digest.day:%b}"
    name = b.inert(brand.name, 75)
    said = f"*{name} · {day}* · nothing published yesterday, nothing planned today.{slots}"
    new = b.button(wording.NEW_POST, names.NEW_POST, brand.id)
    return b.message(said, [b.section(said, new)])


def _in_a_line(digest: Digest, brand: BrandLike) -> str:
    """What a notification shows."""
    said = [b.inert(_title(digest, brand)), _yesterday(digest).replace("*", "")]
    if digest.mood is Mood.BAD:
        said = [said[0], _lost(digest).replace("*", "")]
    planned = len(digest.planned) + digest.planned_more
    said.append(f"{times.counted(planned, 'post')} planned today")
    needs = len(digest.needs) + digest.needs_more
    if needs and digest.mood is not Mood.BAD:
        said.append("1 needs you" if needs == 1 else f"{needs:,} need you")
    if digest.endings:
        ends = "ends" if len(digest.endings) == 1 else "end"
        said.append(f"Access of {times.counted(len(digest.endings), 'account')} {ends}")
    return f"{'. '.join(said)}. Times in {place_name(digest.zone)}."
