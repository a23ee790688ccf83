"""What is said about a hold: to who began it, to the brand's channel, on Home. Names come in inert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.holds import Hold
from handlers.slack import blocks as b
from handlers.slack import card_buttons, times, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import BrandLike, Names

_MOST_UNDERWAY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A post that was on its way already."""

    platform: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFacts:
    """A hold that lasts, as faces show it. `brand` is None for everything."""

    brand: BrandLike | None
    hold: Hold
    waiting: int
    zone: str


def held(facts: HeldFacts, underway: Sequence[Underway], called: Names) -> Message:
    """To who asked for it: it is so from now on."""
    end = f"until {times.spelled(facts.hold.until, facts.zone)}" if facts.hold.until else "until you release it"
    said = (
        f"⏸️ *{_name(facts.brand)} is on hold* {end}.{_waiting(facts.waiting)}{_underway(underway, called, facts.zone)}"
    )
    return b.message(said, [b.section(said), b.actions(_release(facts.brand))])


def already(facts: HeldFacts, called: Names) -> Message:
    """To who asked for what is so already."""
    said = f"⏸️ *{_name(facts.brand)}* is on hold{_by(facts, called)}.{_waiting(facts.waiting)}"
    return b.message(said, [b.section(said), b.actions(_release(facts.brand))])


def line(facts: HeldFacts, called: Names) -> Json:
    """The first line of Home."""
    said = f"⏸️ *{_name(facts.brand)} is on hold*{_by(facts, called)}.{_waiting(facts.waiting)}"
    return b.section(said, _release(facts.brand))


def announced(brand: BrandLike, payload: Mapping[str, object], called: Names) -> Message:
    """To the brand's channel: who stopped it, why, until when; once it is over, that it is over."""
    by = called.person(b.word(payload.get("by"))) or "Somebody"
    everything = bool(payload.get("everything"))
    what = f"everything, {_name(brand)} too," if everything else _name(brand)
    reason = f": “{b.inert(b.word(payload.get('reason')) or '', 200)}”" if payload.get("reason") else ""
    over = _at(payload.get("over"))
    if over is not None:
        ended = called.person(b.word(payload.get("ended_by")))
        said = f"▶️ {by} had put {what} on hold{reason}. {_ended(ended)}, {times.happened(over, brand.timezone)}."
        return b.message(said, [b.section(said)])
    until = _at(payload.get("until"))
    end = f" until {times.spelled(until, brand.timezone)}" if until is not None else ""
    many = payload.get("waiting")
    underway = [
        Underway(platform=platform, due_at=due_at)
        for one in map(b.mapping, b.sequence(payload.get("underway")))
        if (platform := b.word(one.get("platform"))) and (due_at := _at(one.get("due_at"))) is not None
    ]
    waits = _waiting(many if isinstance(many, int) else 0)
    said = f"⏸️ *{by} put {what} on hold*{end}{reason}.{waits}{_underway(underway, called, brand.timezone)}"
    return b.message(said, [b.section(said), b.actions(_release(None if everything else brand))])


def released_line(brand: BrandLike, payload: Mapping[str, object], called: Names) -> Message:
    """To the brand's channel: it goes on."""
    by = b.word(payload.get("by"))
    who = "The hold ended by itself" if by == _HERALD else f"Released by {called.person(by) or 'somebody'}"
    if payload.get("still"):
        said = f"{who}. {_name(brand)} stays on hold all the same."
    else:
        going, late = payload.get("going"), payload.get("late")
        said = f"▶️ *{_name(brand)} goes on.* {who}.{_going(going if isinstance(going, int) else 0)}"
        said += _late(late if isinstance(late, int) else 0)
    return b.message(said, [b.section(said)])


def released(brand: BrandLike | None, *, going: int, late: int, still: bool) -> Message:
    """To who released it."""
    if still:
        said = f"Released. {_name(brand)} is still on hold with everything else."
    else:
        said = f"▶️ *{_name(brand)} goes on.*{_going(going)}{_late(late)} Posts still ahead keep their times."
    return b.message(said, [b.section(said)])


_HERALD = "herald"


def held_post(underway: Sequence[Underway], called: Names, zone: str) -> Message:
    """To who put a post on hold of which something was on its way: its card says the rest."""
    said = f"⏸️ *On hold.*{_underway(underway, called, zone)}"
    return b.message(said, [b.section(said)])


def _name(brand: BrandLike | None) -> str:
    return b.inert(brand.name, 75) if brand is not None else "Everything"


def _release(brand: BrandLike | None) -> Json:
    return card_buttons.release(brand.id if brand is not None else None, spoken=f"{wording.RELEASE} {_name(brand)}")


def _by(facts: HeldFacts, called: Names) -> str:
    return wording.held_by(facts.hold, called.person(facts.hold.by), facts.zone)


def _waiting(many: int) -> str:
    if not many:
        return " No posts were planned."
    return f" {times.counted(many, 'post')} {'waits' if many == 1 else 'wait'}."


def _underway(underway: Sequence[Underway], called: Names, zone: str) -> str:
    if not underway:
        return ""
    named = [f"{called.title(one.platform)}, {times.happened(one.due_at, zone)}" for one in underway[:_MOST_UNDERWAY]]
    more = f" and {len(underway) - _MOST_UNDERWAY} more" if len(underway) > _MOST_UNDERWAY else ""
    were = "was" if len(underway) == 1 else "were"
    return (
        f" {len(underway)} {were} already on {'its' if len(underway) == 1 else 'their'} way: {'; '.join(named)}{more}."
    )


def _ended(who: str | None) -> str:
    return "It ended by itself" if who in {None, _HERALD} else f"{who} released it"


def _going(many: int) -> str:
    if many <= 1:
        return f" {many} post goes out now." if many else ""
    return f" {many:,} posts go out now, one after another."


def _late(many: int) -> str:
    return f" {times.counted(many, 'post')} came too late: Herald asks what to do." if many else ""


def _at(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(b.word(value) or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
