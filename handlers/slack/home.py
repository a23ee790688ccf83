"""App Home: what needs the reader above what is planned."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.slack import blocks as b
from handlers.slack import holds, names, rows, times, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import AccountFacts, BrandLike, CardFacts, Names
from handlers.slack.holds import HeldFacts

_MOST_ROWS = 10
_MOST_BLOCKS = 95
_MOST_TROUBLED = 10
_MOST_HOLDS = 5
_MOST_WAITING = 5
_MOST_ENDING = 3
_END_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How far a workspace has come. `connected` and `channel` name what is there, inert."""

    connected: str | None = None
    channel: str | None = None
    """A mention of it."""
    written: bool = False

    @property
    def done(self) -> bool:
        """Whether the first run is over."""
        return self.connected is not None and self.channel is not None and self.written


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """What one reader sees. Posts in order; `needs` most urgent first, at the end what is overdue and on hold."""

    brands: Sequence[BrandLike]
    brand_id: str | None = None
    """The brand chosen, or None for all."""
    names: Names
    zone: str
    """The reader's."""
    steps: Steps
    needs: Sequence[CardFacts] = ()
    requests: Sequence[CardFacts] = ()
    """What waits for the reader's word, the most urgent first."""
    planned: Sequence[CardFacts] = ()
    """The next seven days."""
    free: Sequence[datetime] = ()
    """The free slots of these days, of the brand chosen or of all; none where nobody set any."""
    drafts: Sequence[CardFacts] = ()
    accounts: Sequence[AccountFacts] = ()
    may_write: bool = True
    may_manage: bool = False
    holds: Sequence[HeldFacts] = ()
    """What is on hold: of the brand chosen, or of all."""
    last_published: str | None = None
    """Such as `18 Nov, X`, inert."""
    shown_whole: frozenset[str] = field(default_factory=frozenset[str])
    """What the reader asked to see in full: `needs`, `drafts`, days."""


def home(facts: HomeFacts, now: datetime) -> Json:
    """The whole view."""
    if not facts.may_write:
        return b.home_view(list(_guest(facts, now)))
    if not facts.steps.done:
        return b.home_view([*_holds(facts), *_first_run(facts), *_foot(facts, now)])
    return b.home_view(list(_normal(facts, now)))


def broken() -> Json:
    """When the facts could not be had."""
    retry = b.button(wording.TRY_AGAIN, names.REFRESH_HOME)
    return b.home_view([b.section(wording.HOME_BROKEN, retry)])


# --- First run, guest ---------------------------------------------------------------------------------------------


def _first_run(facts: HomeFacts) -> Iterator[Json]:
    brand = facts.brands[0] if facts.brands else None
    brand_id = brand.id if brand is not None else ""
    yield b.header(wording.FIRST_TITLE)
    yield b.section(wording.FIRST_TEXT)
    steps = step_texts(facts.steps, b.inert(brand.name, 75) if brand is not None else None)
    done = (facts.steps.connected is not None, facts.steps.channel is not None, facts.steps.written)
    made = (
        ("Connect", names.CONNECT, brand_id),
        ("Choose", names.EDIT_BRAND if brand_id else names.MAKE_BRAND, brand_id),
        ("Write", names.NEW_POST, ""),
    )
    first = done.index(False)
    for number, (text, (label, action, value)) in enumerate(zip(steps, made, strict=True)):
        style = "primary" if number == first else None
        offered = facts.may_manage or action == names.NEW_POST
        step = None if done[number] or not offered else b.button(label, action, value, style=style, spoken=text)
        yield b.section(text, step)
    if not facts.may_manage:
        yield b.context("An admin connects accounts and chooses the channel.")
    yield b.context(wording.FIRST_CALM)


def step_texts(steps: Steps, brand: str | None) -> tuple[str, str, str]:
    """The three steps, ticked where done."""
    connected = f"✅ 1 · {steps.connected} connected" if steps.connected else "1 · Connect an account"
    whose = f"{brand}'s channel" if brand else "the channel"
    channel = f"✅ 2 · Posts appear in {steps.channel}" if steps.channel else f"2 · Choose {whose}"
    return connected, channel, "✅ 3 · First post written" if steps.written else "3 · Write a first post"


def _guest(facts: HomeFacts, now: datetime) -> Iterator[Json]:
    brands = wording.joined([b.inert(brand.name, 40) for brand in facts.brands]) or "this workspace"
    yield b.section(wording.HOME_GUEST.format(brand=brands))
    for day in _days(facts, now):
        yield b.header(day.heading)
        shown = [rows.planned_line(one.post, facts.names, facts.zone) for one in day.posts]
        yield b.section(b.lines(shown or [_nothing(day)]))
    yield from _foot(facts, now)


# --- Normal -------------------------------------------------------------------------------------------------------


def _normal(facts: HomeFacts, now: datetime) -> Iterator[Json]:
    top = [*_holds(facts), *_top(facts), *_ending(facts, now)]
    groups: list[list[Json]] = []
    if facts.needs or facts.requests:
        groups.append(_needs(facts))
    days = _days(facts, now)
    if facts.planned:
        groups += [_day(day, facts) for day in days]
    if facts.drafts:
        groups.append(_group(f"Drafts ({len(facts.drafts):,})", "drafts", facts.drafts, facts))
    if not groups:
        top += [b.section(wording.HOME_CALM)]
        top += [b.context(f"Last post: {facts.last_published}")] if facts.last_published else []
    foot = [*_foot(facts, now)]
    _collapse(groups, days, facts, room=_MOST_BLOCKS - len(top) - len(foot))
    yield from top
    for group in groups:
        yield from group
    yield from foot


def _collapse(groups: list[list[Json]], days: list["_Day"], facts: HomeFacts, *, room: int) -> None:
    """Days become one line each until all fits: the latest first, and last those the reader asked to see."""
    first = 1 if facts.needs or facts.requests else 0
    asked = [_key(day.posts, facts) in facts.shown_whole for day in days]
    for place in sorted(range(len(days)), key=lambda place: (asked[place], -place)):
        if sum(map(len, groups)) <= room or not facts.planned:
            return
        day = days[place]
        if day.posts:
            many = times.counted(len(day.posts), "post")
            groups[first + place] = [b.section(f"*{day.heading}* · {many}", _show(day.posts, facts))]
        else:
            groups[first + place] = [b.context(f"{day.heading} · {_nothing(day)}")]


def _show(posts: Sequence[CardFacts], facts: HomeFacts) -> Json:
    day = _key(posts, facts)
    return b.button("Show", names.SHOW_ALL, day, spoken=f"Show {day}")


def _key(posts: Sequence[CardFacts], facts: HomeFacts) -> str:
    """What the day of these posts is called in the buttons that show more of it."""
    at = posts[0].post.scheduled_at if posts else None
    return at.astimezone(ZoneInfo(facts.zone)).date().isoformat() if at is not None else ""


def _holds(facts: HomeFacts) -> Iterator[Json]:
    yield from (holds.line(one, facts.names) for one in facts.holds[:_MOST_HOLDS])


def _top(facts: HomeFacts) -> Iterator[Json]:
    row = [b.button(wording.NEW_POST, names.NEW_POST, facts.brand_id or "", style="primary")]
    if len(facts.brands) > 1:
        row.append(_brands(facts))
    if facts.may_manage:
        row.append(b.button(wording.CONNECT_ACCOUNT, names.CONNECT, facts.brand_id or ""))
        of_one = facts.brand_id or (facts.brands[0].id if len(facts.brands) == 1 else None)
        row += [b.button("Settings", names.SETTINGS_OPEN, of_one)] if of_one is not None else []
    yield b.actions(*row, block_id="home_top")
    if len(facts.brands) > 1 and len(facts.planned) > _MOST_ROWS:
        many = len(facts.needs) + len(facts.requests)
        need = f"; {many} need you" if many else ""
        yield b.section(f"{times.counted(len(facts.planned), 'post')} this week in {len(facts.brands)} brands{need}.")
    yield b.section(_health(facts))
    for account in _broken(facts)[:_MOST_TROUBLED] if facts.may_manage else ():
        name = facts.names.account(account.platform, account.handle)
        mend = b.button(wording.RECONNECT, names.RECONNECT, account.id, spoken=f"{wording.RECONNECT} {name}")
        told = filter(None, (_account_line(account, name), facts.names.guide(account.platform)))
        yield b.section(" · ".join(told), mend)
    yield from _waits(facts)


def _waits(facts: HomeFacts) -> Iterator[Json]:
    """The accounts that take no posts for now: nothing to do."""
    waiting = [(account, account.wait) for account in facts.accounts if account.wait is not None]
    lines = [
        f"⏳ {facts.names.account(account.platform, account.handle)} — {wording.account_waits(wait, facts.zone)}"
        for account, wait in waiting[:_MOST_WAITING]
    ]
    if more := waiting[_MOST_WAITING:]:
        lines.append(f"and {times.counted(len(more), 'more account')}: `/social accounts` names them")
    if lines:
        yield b.section(b.lines(lines))


def _ending(facts: HomeFacts, now: datetime) -> Iterator[Json]:
    """What ends within weeks and renews itself nowhere, the first to end first."""
    near = [
        (account.until.replace(second=0, microsecond=0), account)
        for account in facts.accounts
        if account.until is not None and not account.renews and now < account.until < now + _END_SHOWN
    ]
    shown = sorted(near, key=lambda one: one[0])[:_MOST_ENDING]
    said = [
        f"{facts.names.account(account.platform, account.handle)} until {times.spelled(until, facts.zone)}"
        for until, account in shown
    ]
    said += [f"and {len(near) - _MOST_ENDING} more"] if len(near) > _MOST_ENDING else []
    guides = map(facts.names.guide, dict.fromkeys(account.platform for _, account in shown))
    if said:
        yield b.context(f"🔑 Access ends: {' · '.join([*said, *filter(None, guides)])}")


def _brands(facts: HomeFacts) -> Json:
    shown = list(facts.brands[: b.MOST_OPTIONS - 1])
    chosen = next((brand for brand in facts.brands if brand.id == facts.brand_id), None)
    if chosen is not None and chosen not in shown:
        shown[-1] = chosen
    options = [b.option("All brands", "all"), *(b.option(brand.name, brand.id) for brand in shown)]
    return b.choice("static_select", names.HOME_BRAND, options, facts.brand_id or "all")


def _broken(facts: HomeFacts) -> list[AccountFacts]:
    return [account for account in facts.accounts if account.state in {"ended", "withdrawn"}]


def _account_line(account: AccountFacts, name: str) -> str:
    mark, state = wording.ACCOUNT_STATES[account.state]
    waiting = f"; {times.counted(account.waiting, 'post')} for it" if account.waiting else ""
    return f"{mark} {name} — {state}{waiting}"


def _health(facts: HomeFacts) -> str:
    ill = sum(1 for account in facts.accounts if account.state != "fine")
    many = len(facts.accounts)
    if not many:
        accounts = f"⚠️ {wording.NO_ACCOUNTS}"
    elif ill:
        accounts = "⚠️ " + wording.not_fine(ill, many)
    else:
        accounts = "✅ 1 account fine" if many == 1 else f"✅ All {many:,} accounts fine"
    said = [accounts, f"{times.counted(len(facts.planned), 'post')} in the next 7 days"]
    ahead = [one.post.scheduled_at for one in facts.planned if one.post.scheduled_at is not None]
    return " · ".join(said + ([f"next: {times.spelled(min(ahead), facts.zone)}"] if ahead else []))


def _group(heading: str, key: str, posts: Sequence[CardFacts], facts: HomeFacts) -> list[Json]:
    whole = key in facts.shown_whole
    most = 3 * _MOST_ROWS if whole else _MOST_ROWS
    blocks = [b.header(heading), *(rows.row(one, facts.zone, needed=key == "needs") for one in posts[:most])]
    return blocks + _rest(posts, most, key, whole=whole)


def _needs(facts: HomeFacts) -> list[Json]:
    """What is troubled, then what waits for the reader's word."""
    heading = f"Needs you ({len(facts.needs) + len(facts.requests):,})"
    shown = [rows.request(one, facts.zone) for one in facts.requests[:_MOST_ROWS]]
    more = len(facts.requests) - len(shown)
    left = [b.context(f"and {more:,} more to approve: `/social approve`")] if more > 0 else []
    return [*_group(heading, "needs", facts.needs, facts), *shown, *left]


def _rest(posts: Sequence[CardFacts], most: int, key: str, *, whole: bool) -> list[Json]:
    if len(posts) <= most:
        return []
    left = f"and {len(posts) - most:,} more"
    show = b.button(f"Show all {len(posts):,}", names.SHOW_ALL, key, spoken=f"Show all {len(posts):,} of {key}")
    return [b.context(left)] if whole else [b.section(left, show)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """A day of the reader's: what is planned, and how many slots are free."""

    heading: str
    posts: list[CardFacts]
    free: int


def _days(facts: HomeFacts, now: datetime) -> list[_Day]:
    """Today, and the days with a post or a free slot."""
    zone = ZoneInfo(facts.zone)
    found: dict[date, list[CardFacts]] = {now.astimezone(zone).date(): []}
    for one in facts.planned:
        if (at := one.post.scheduled_at) is not None:
            found.setdefault(at.astimezone(zone).date(), []).append(one)
    free = Counter(at.astimezone(zone).date() for at in facts.free)
    here = now.astimezone(zone)
    return [
        _Day(
            heading=times.day_name(datetime.combine(day, here.timetz()), here),
            posts=found.get(day, []),
            free=free[day],
        )
        for day in sorted({*found, *free})
    ]


def _day(day: _Day, facts: HomeFacts) -> list[Json]:
    posts = day.posts
    if not posts:
        return [b.header(day.heading), b.context(_nothing(day))]
    key = _key(posts, facts)
    whole = key in facts.shown_whole
    most = 3 * _MOST_ROWS if whole else _MOST_ROWS
    shown = [rows.row(one, facts.zone, with_day=False) for one in posts[:most]]
    return [b.header(day.heading), *shown, *_rest(posts, most, key, whole=whole)]


def _nothing(day: _Day) -> str:
    return "Nothing planned" + (f" · {times.counted(day.free, 'free slot')}" if day.free else "")


def _foot(facts: HomeFacts, now: datetime) -> Iterator[Json]:
    yield b.context(f"Times in your zone, {times.place(facts.zone)} · refreshed {times.happened(now, facts.zone)}")
    yield b.actions(b.button(wording.REFRESH, names.REFRESH_HOME), block_id="home_foot")
