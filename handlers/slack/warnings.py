"""What is said before something fails: access that ends, and posts that will not go out.

Pure: facts in, messages out. Each message has a twin that takes its place once nobody has to act any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import AccountId
from bot.domain.posts import PostView
from handlers.slack import blocks as b
from handlers.slack import causes, names, times, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.causes import Trouble
from handlers.slack.facts import BrandLike, Names, mention
from handlers.slack.rows import excerpt, networks

_MOST_BUTTONS = 3


# --- Access ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A planned post that will fail."""

    at: datetime
    zone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """An account whose access ends or is lost."""

    key: str
    """Of the warning."""
    brand: BrandLike
    names: Names
    account_id: AccountId
    platform: str
    handle: str
    ends_at: datetime | None = None
    state: str = "ends soon"
    """One of: ends soon · ended · withdrawn · failing."""
    hits: Sequence[Hit] = ()
    count: int = 0
    """All of them."""
    snoozed_until: datetime | None = None
    may_snooze: bool = False
    """For its owner, in time."""
    owner: str | None = None
    """The actor to be called by name, in the channel."""


def access(facts: AccessFacts, now: datetime) -> Message:
    """What ends when, the posts it will kill, and the button that mends it."""
    zone, name = facts.brand.timezone, facts.names.account(facts.platform, facts.handle)
    who = mention(facts.owner)
    said = f"🔑 {f'{who}, ' if who else ''}{_what(facts, name, now)} {_many(facts)}"
    blocks = [b.section(said)]
    shown = [f"{times.spelled(hit.at, hit.zone)} · {_excerpt(hit.text)}" for hit in facts.hits]
    if facts.count > len(shown) > 0:
        shown.append(f"and {facts.count - len(shown):,} more")
    blocks += [b.section(b.lines(shown))] if shown else []
    if facts.snoozed_until is not None:
        blocks.append(b.context(f"Herald reminds you on {times.spelled(facts.snoozed_until, zone)}."))
    elif guide := facts.names.guide(facts.platform):
        blocks.append(b.context(f"{b.inert(facts.brand.name, 75)} · {guide}"))
    row = [b.button(wording.RECONNECT, names.RECONNECT, facts.account_id, style="primary", spoken=f"Reconnect {name}")]
    if facts.may_snooze and facts.snoozed_until is None:
        row.append(b.button(wording.REMIND, names.REMIND, facts.key))
    return b.message(b.lines([said, *shown]), [*blocks, b.actions(*row)])


def _what(facts: AccessFacts, name: str, now: datetime) -> str:
    if facts.ends_at is not None:
        soon = times.span(facts.ends_at - now)
        minute = facts.ends_at.replace(second=0, microsecond=0)
        return f"*{name} ends in {soon}* ({times.spelled(minute, facts.brand.timezone)})."
    network = facts.names.title(facts.platform)
    return {
        "ended": f"*The access to {name} has ended.*",
        "failing": f"*{network} cannot be asked about {name}*, though it answers others.",
    }.get(facts.state, f"*{network} no longer lets Herald in for {name}.*")


def _many(facts: AccessFacts) -> str:
    if not facts.count:
        return "No planned post is affected."
    verb = "may fail" if facts.ends_at is None and facts.state == "failing" else "will fail"
    posts = times.counted(facts.count, "post" if facts.ends_at is not None else "planned post")
    return f"{posts}{' after that' if facts.ends_at is not None else ''} {verb}:"


def _excerpt(text: str) -> str:
    return b.quoted(text, 60) if text.strip() else "(no text)"


def access_mended(facts: AccessFacts, *, by: str | None, safe: int, gone: bool) -> Message:
    """What it becomes. `by` is inert; None: nobody did anything, it was renewed or works again."""
    if gone:
        said = f"🚫 Disconnected{f' by {by}' if by else ''}. Nothing to do."
    else:
        how = f"Reconnected by {by}" if by else "Works again by itself"
        are = "is" if safe == 1 else "are"
        said = f"✅ {how}; {times.counted(safe, 'post')} {are} safe." if safe else f"✅ {how}. Nothing else to do."
    name = facts.names.account(facts.platform, facts.handle)
    return b.message(f"{said} {name}", [b.section(said), b.context(f"{name} · {b.inert(facts.brand.name, 75)}")])


# --- Pre-flight ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFacts:
    """A waiting post and what is wrong with it on one account."""

    key: str
    """Of the warning."""
    post: PostView
    brand: BrandLike
    names: Names
    account_id: AccountId
    platform: str
    handle: str
    at: datetime
    troubles: Sequence[Trouble] = ()

    @property
    def zone(self) -> str:
        """The zone its time was chosen in."""
        return self.post.zone or self.brand.timezone


def preflight(facts: PreflightFacts, now: datetime, *, aloud: bool = False) -> Message:
    """What will go wrong, and the buttons that mend it; `aloud` calls the author by name."""
    name = facts.names.account(facts.platform, facts.handle)
    who = mention(facts.post.created_by) if aloud else ""
    whys = [causes.cause(trouble, facts.names, facts.platform, name, facts.zone) for trouble in facts.troubles]
    said = (
        f"⚠️ {f'{who}, ' if who else ''}{causes.heading(facts.troubles, facts.at, facts.zone, now)}: {'; '.join(whys)}."
    )
    blocks = [b.section(said), b.context(_which(facts))]
    return b.message(f"{said} {_which(facts)}", [*blocks, b.actions(*_row(facts))])


def _which(facts: PreflightFacts) -> str:
    post = facts.post
    return f"{excerpt(post)} · {networks(post, facts.names)} · post {b.inert(post.code, 20)}"


def _row(facts: PreflightFacts) -> list[Json]:
    """At most three, the first of them primary."""
    value = f"{facts.post.post_id}:{facts.post.version}"
    kinds = {trouble.get("what") for trouble in facts.troubles}
    found: list[tuple[str, str, str]] = []
    if "reconnect" in kinds:
        found.append((wording.RECONNECT, names.RECONNECT, facts.account_id))
    if "quota" in kinds:
        found.append((wording.MOVE, names.MOVE, value))
    if kinds - {"reconnect", "quota"}:
        found.append((wording.EDIT, names.EDIT, value))
    if kinds <= {"link"}:
        found.append((wording.KEEP_AS_IS, names.KEEP_AS_IS, facts.key))
    return [
        b.button(label, action, carried, style=None if place else "primary")
        for place, (label, action, carried) in enumerate(found[:_MOST_BUTTONS])
    ]


_OVER = {
    "fine": "✅ Checked again: all fine.",
    "published": "✅ Published all the same. Nothing to do.",
    "cancelled": "🚫 It does not go out any more. Nothing to do.",
    "failed": "❌ It did not go out. Its card says why.",
}


def preflight_over(facts: PreflightFacts, over: str, *, by: str | None) -> Message:
    """What it becomes once nobody has to act any more; `by` is inert."""
    said = f"👌 Kept as it is{f' by {by}' if by else ''}." if over == "kept" else _OVER.get(over, _OVER["fine"])
    return b.message(f"{said} {_which(facts)}", [b.section(said), b.context(_which(facts))])
