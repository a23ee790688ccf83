"""What `/social` answers, to the asker alone: help, queue, accounts, why, brand."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain import story
from bot.domain.ids import BrandId, ItemId
from bot.domain.posts import ItemView, JournalEntry, PostView
from handlers.slack import blocks as b
from handlers.slack import names, rows, times, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import AccountFacts, BrandLike, CardFacts, Names, channel_mention, handle_of

_MOST_BLOCKS = 12
MOST_REQUESTS = 10
MOST_BRANDS = _MOST_BLOCKS - 4
"""What comes after them is named alone."""
_MOST_ENTRIES = 25
_LINES_A_BLOCK, _LONGEST_LINE = 12, 240
"""Of a post's story: a block takes 3,000 letters."""
_LONGEST_ENTRY = 4_000
"""In a file."""
_MOST_POSTS_A_DAY = 15
_MOST_FREE = 5
_TO_RECONNECT = frozenset({"ends soon", "ended", "withdrawn"})
"""What a person has to do something about, sooner or later."""


def help_text(*, unknown: str | None = None) -> Message:
    """What can be typed; above it what was not understood."""
    said = [wording.unknown_command(b.inert(unknown, 40), _meant(unknown))] if unknown is not None else []
    blocks = [b.section(text) for text in [*said, *wording.HELP]]
    return b.message(" ".join([*said, "Herald: /post writes a post, /social shows the rest."]), [*blocks, _doors()])


def _meant(typed: str) -> str | None:
    close = difflib.get_close_matches(typed.strip().casefold(), wording.COMMANDS, n=1)
    return close[0] if close else None


def _doors(*, brand_id: str = "", home: bool = True) -> Json:
    new = b.button(wording.NEW_POST, names.NEW_POST, brand_id)
    return b.actions(new, b.button(wording.OPEN_HOME, names.OPEN_HOME)) if home else b.actions(new)


# --- Queue --------------------------------------------------------------------------------------------------------


def queue(  # noqa: PLR0913  # what the list shows, by name
    posts: Sequence[PostView],
    *,
    brand: BrandLike | None,
    zone: str,
    called: Names,
    free: Sequence[datetime] = (),
    today: bool = False,
    only: Sequence[str] = (),
) -> Message:
    """What goes out in the next 7 days, or `today`, day by day, of one brand or (None) of all.

    `free` are the brand's free slots in them, earliest first; `only` the accounts asked for, inert.
    """
    brand_id = brand.id if brand is not None else ""
    span, whose = "today" if today else "next 7 days", [wording.joined(only)] if only else []
    if not posts:
        where = whose[0] if whose else b.inert(brand.name, 75) if brand is not None else None
        when = " today" if today else "" if where else " for the next 7 days"
        empty = f"Nothing is planned{f' for {where}' if where else ''}{when}."
        empty += f" Next free slot: {times.spelled(free[0], zone)}." if free else ""
        return b.message(empty, [b.section(empty), _doors(brand_id=brand_id, home=False)])
    name = " · ".join([b.inert(brand.name, 75) if brand is not None else "All brands", *whose, span])
    total = f"*{name}* · {times.counted(len(posts), 'post')}"
    days: dict[date, list[PostView]] = {}
    for post in posts:
        if post.scheduled_at is not None:
            days.setdefault(post.scheduled_at.astimezone(ZoneInfo(zone)).date(), []).append(post)
    shown = [_day(day, of_day, zone, called) for day, of_day in sorted(days.items())]
    room = _MOST_BLOCKS - 3
    if len(shown) > room:
        left = sum(len(of_day) for _, of_day in sorted(days.items())[room - 1 :])
        shown = [
            *shown[: room - 1],
            b.section(f"and {times.counted(left, 'post')} more on {len(days) - room + 1} days"),
        ]
    foot = b.context(free_slots(free, zone))
    return b.message(
        f"{name}: {times.counted(len(posts), 'post')}", [b.section(total), *shown, foot, _doors(brand_id=brand_id)]
    )


def free_slots(free: Sequence[datetime], zone: str) -> str:
    """`Free slots: Tue 18:00, Thu 09:00 · times in Berlin`."""
    if not free:
        return f"Times in {times.place(zone)}"
    local = [at.astimezone(ZoneInfo(zone)) for at in free[:_MOST_FREE]]
    shown = ", ".join(f"{there:%a} {times.clock(there)}" for there in local)
    more = f" and {len(free) - _MOST_FREE} more" if len(free) > _MOST_FREE else ""
    return f"Free {'slot' if len(free) == 1 else 'slots'}: {shown}{more} · times in {times.place(zone)}"


def _day(day: date, posts: Sequence[PostView], zone: str, called: Names) -> Json:
    shown = [rows.planned_line(post, called, zone) for post in posts[:_MOST_POSTS_A_DAY]]
    if len(posts) > _MOST_POSTS_A_DAY:
        shown.append(f"and {len(posts) - _MOST_POSTS_A_DAY:,} more")
    return b.section(b.lines([f"*{day:%a} {day.day} {day:%B}*", *shown]))


# --- What waits for a word ---------------------------------------------------------------------------------------


def requests(found: Sequence[CardFacts], *, many: int, zone: str) -> Message:
    """What somebody is asked to approve, the most urgent first; `many` are there in all."""
    if not found:
        return b.message("Nothing waits for you.", [b.section("Nothing waits for you.")])
    total = f"{times.counted(many, 'post')} {'waits' if many == 1 else 'wait'} for your approval"
    more = [b.context(f"and {many - len(found)} more")] if many > len(found) else []
    return b.message(total, [b.section(f"*{total}*"), *(rows.request(one, zone) for one in found), *more])


# --- Accounts and brands ------------------------------------------------------------------------------------------


def accounts(
    known: Sequence[AccountFacts], *, brand: BrandLike | None, zone: str, called: Names, may_manage: bool
) -> Message:
    """Each account with its state and, for who may, what can be done."""
    brand_id = brand.id if brand is not None else ""
    connect = b.button(wording.CONNECT_ACCOUNT, names.CONNECT, brand_id)
    name = f"{b.inert(brand.name, 75)}: " if brand is not None else ""
    if not known:
        said = f"{name}{wording.NO_ACCOUNTS}"
        first = {**connect, "style": "primary"}
        return b.message(said, [b.section(said), *([b.actions(first)] if may_manage else [])])
    ordered = sorted(known, key=lambda account: account.state == "fine")
    room = _MOST_BLOCKS - 3
    blocks = [_account(account, zone, called, may_manage=may_manage) for account in ordered[:room]]
    if len(ordered) > room:
        rest = ordered[room:]
        ill = sum(1 for account in rest if account.state != "fine")
        more = f": {wording.not_fine(ill, len(rest))}" if ill else ", all fine"
        blocks.append(
            b.section(f"and {len(rest):,} more{more}. `/social accounts NAME` shows those of a network or a handle.")
        )
    if may_manage:
        blocks.append(b.actions(connect, b.button("Check all now", names.CHECK_ALL, brand_id)))
    ill = sum(1 for account in known if account.state != "fine")
    total = name + (wording.not_fine(ill, len(known)) if ill else f"{times.counted(len(known), 'account')}, all fine")
    return b.message(total, [b.section(f"*{total}*"), *blocks])


def _account(account: AccountFacts, zone: str, called: Names, *, may_manage: bool) -> Json:
    if not may_manage:
        return b.section(_state(account, zone, called))
    if account.state in _TO_RECONNECT:
        spoken = f"{wording.RECONNECT} {called.account(account.platform, account.handle)}"
        button = b.button(wording.RECONNECT, names.RECONNECT, account.id, style="primary", spoken=spoken)
        return b.section(_state(account, zone, called), button)
    choices = [("Check now", f"check:{account.id}"), ("Disconnect", f"disconnect:{account.id}")]
    return b.section(_state(account, zone, called), b.overflow(names.ACCOUNT_MORE, choices))


def _state(account: AccountFacts, zone: str, called: Names) -> str:
    name = called.account(account.platform, account.handle)
    mark, state = wording.ACCOUNT_STATES[account.state]
    until = f" until {times.day_and_year(account.until, zone)}" if account.until is not None else ""
    renews = ", renews itself" if account.renews and account.state == "fine" else ""
    waiting = f"; {times.counted(account.waiting, 'post')} for it" if account.waiting else ""
    wait = f". ⏳ {wording.account_waits(account.wait, zone)}" if account.wait is not None else ""
    guide = called.guide(account.platform) if account.state in _TO_RECONNECT else ""
    return " · ".join(filter(None, (f"{mark} {name} — {state}{until}{renews}{waiting}{wait}", guide)))


def brands(
    known: Sequence[BrandLike], *, may_make: bool, may_change: Collection[str], approves: Mapping[BrandId, str]
) -> Message:
    """The brands, each with its zone and channel; `may_change` are the ids of those the reader may change.

    `approves` says by id, inert, who approves a brand's posts; only the first `MOST_BRANDS` are shown with that.
    """
    new = b.button("New brand", names.MAKE_BRAND)
    if not known:
        return b.message("No brands yet.", [b.section("No brands yet."), *([b.actions(new)] if may_make else [])])
    blocks: list[Json] = []
    for brand in known[:MOST_BRANDS]:
        change = b.button(
            wording.CHANGE, names.EDIT_BRAND, brand.id, spoken=f"{wording.CHANGE} {b.inert(brand.name, 60)}"
        )
        said = " · ".join(filter(None, (_brand(brand), approves.get(brand.id))))
        blocks.append(b.section(said, change if brand.id in may_change else None))
    if len(known) > MOST_BRANDS:
        blocks.append(b.section(b.lines([_brand(brand) for brand in known[MOST_BRANDS:]])))
        blocks.append(b.context("`/social brand NAME` shows one of them alone."))
    total = times.counted(len(known), "brand")
    return b.message(total, [b.section(f"*{total}*"), *blocks, *([b.actions(new)] if may_make else [])])


def _brand(brand: BrandLike) -> str:
    where = channel_mention(brand.channel) or "no channel yet"
    return f"*{b.inert(brand.name, 75)}* · {times.place(brand.timezone)} time · {where}"


# --- Why ----------------------------------------------------------------------------------------------------------


def why(
    facts: CardFacts,
    entries: Sequence[JournalEntry],
    *,
    zone: str,
    doors: Sequence[Json] = (),
    by: str | None = None,
) -> Message:
    """What was written down about a post, oldest first: the last 25 lines, and how many more there are.

    `doors` are the buttons below it; `by`, inert, is who shows it to everybody.
    """
    first = _in_a_line(facts)
    shown = entries[-_MOST_ENTRIES:]
    left = len(entries) - len(shown)
    said = [f"… {left:,} more before"] if left else []
    said += [b.one_line(line, _LONGEST_LINE) for line in _entries(facts, shown, zone)]
    codes = [b.code(said[place : place + _LINES_A_BLOCK]) for place in range(0, len(said), _LINES_A_BLOCK)]
    shows = f" · shown by {by}" if by else ""
    foot = b.context(f"Times in {times.place(zone)} · post {b.inert(facts.post.code, 20)}{shows}")
    return b.message(first, [b.section(f"*{first}*"), *codes, foot, *([b.actions(*doors)] if doors else [])])


def story_doors(post: PostView, *, may_show: bool) -> list[Json]:
    """The buttons below a story; `may_show`: to everybody who sees the post's card."""
    show = [b.button("Show in thread", names.WHY_THREAD, post.post_id)] if may_show else []
    return [*show, b.button("Download all", names.WHY_FILE, post.post_id)]


def whole_story(facts: CardFacts, entries: Sequence[JournalEntry], *, zone: str) -> str:
    """Every line at its whole length, for a file."""
    head = [b.bare(_in_a_line(facts)), f"Times in {times.place(zone)} · post {facts.post.code}", ""]
    return "\n".join([*head, *_entries(facts, entries, zone), ""])


def _in_a_line(facts: CardFacts) -> str:
    post = facts.post
    state = wording.STATES[post.status].lower()
    networks = rows.networks(post, facts.names)
    return f"Why: {rows.excerpt(post)} · {networks} — {', '.join([state, *_in_short(post)])}"


def _entries(facts: CardFacts, entries: Sequence[JournalEntry], zone: str) -> list[str]:
    items = facts.post.items
    where = {item.item_id: _place(item, facts) for item in items} if len(items) > 1 else {}
    return [_entry(entry, zone, where.get(entry.item_id or ItemId(""), "")) for entry in entries]


def _in_short(post: PostView) -> list[str]:
    """How late it went out, and in how many tries, where there is one answer to that."""
    if len(post.items) != 1:
        return []
    (item,) = post.items
    short: list[str] = []
    if item.published_at is not None and item.scheduled_at is not None:
        short.append(times.lateness(item.scheduled_at, item.published_at))
    return [*short, f"{item.attempts} tries"] if item.attempts > 1 else short


def _place(item: ItemView, facts: CardFacts) -> str:
    part = f" {item.part + 1}" if item.part else ""
    return f"{b.bare(facts.names.variant(item.variant))} {b.bare(handle_of(item.handle))}{part}: "


def _entry(entry: JournalEntry, zone: str, where: str) -> str:
    place = ZoneInfo(zone)
    there = entry.at.astimezone(place)

    def local(at: datetime) -> str:
        then = at.astimezone(place)
        return f"{then:%H:%M:%S}" if then.date() == there.date() else f"{then:%d %b %H:%M:%S}"

    tenth = there.microsecond // 100_000
    said = f"{there:%d %b %H:%M:%S}.{tenth} {where}{entry.event} {story.in_zone(entry.detail, local)}"
    return b.one_line(said, _LONGEST_ENTRY)
