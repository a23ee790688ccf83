"""A brand's settings: each with its value of today, and the modals that change the ones no other place has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.slack import blocks as b
from handlers.slack import lists, names, times, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import BrandLike, channel_mention

_GRACES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 360, 720, 1440))
_LONGEST_SLOTS = 1_000
_HOW = "Such as mon-fri 09:00, 13:00 and, on a line of its own, sat 10:00."


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How a brand is set. Sentences are inert."""

    brand: BrandLike
    managers: Sequence[str]
    """What those are called who may change them beside the admins."""
    approval: str
    """Such as `Omar or Ana approve its posts`."""
    slots: str
    """As they are typed."""
    chose_slots: bool
    free: Sequence[datetime]
    """Its next free slots."""
    digest: str
    """A sentence."""
    grace: timedelta
    may_change: bool


def build(facts: Facts) -> Json:
    """The modal."""
    brand = facts.brand
    name, zone = b.inert(brand.name, 75), times.place(brand.timezone)
    where = channel_mention(brand.channel) or "no channel yet"
    whose = wording.joined(["Admins", *facts.managers])
    lines = [
        ("Brand", f"{name} · {zone} time · cards in {where}", names.SETTINGS_BRAND),
        ("Who may set it up", whose, names.SETTINGS_BRAND),
        ("Approval", facts.approval[:1].upper() + facts.approval[1:], names.SETTINGS_BRAND),
        ("Times to post", _slots(facts), names.SETTINGS_SLOTS),
        ("Daily digest", facts.digest, names.SETTINGS_DIGEST),
        ("Late posts", f"Go out up to {_long(facts.grace)} late. After that Herald asks first.", names.SETTINGS_GRACE),
    ]
    blocks = [
        b.section(
            f"*{title}*\n{said}",
            b.button(wording.CHANGE, action, brand.id, spoken=f"{wording.CHANGE} {title}")
            if facts.may_change
            else None,
            block_id=f"{action}:{number}",
        )
        for number, (title, said, action) in enumerate(lines)
    ]
    if not facts.may_change:
        blocks.append(b.context(f"{whose} can change these."))
    return b.modal(names.SETTINGS, f"Settings of {b.cut(brand.name, 12)}", blocks, metadata=brand.id)


def _slots(facts: Facts) -> str:
    usual = "" if facts.chose_slots else " (nobody chose any: these are the usual ones)"
    return f"{facts.slots.title()}{usual}\n{lists.free_slots(facts.free, facts.brand.timezone)}"


def _long(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return times.counted(hours, "hour") if hours and not rest else times.counted(minutes, "minute")


# --- Slots --------------------------------------------------------------------------------------------------------


def build_slots(brand: BrandLike, text: str) -> Json:
    """One box with all of a week's slots; `text` as `read_slots` reads it."""
    box = b.text_input(
        names.SLOTS_INPUT, text.replace("; ", "\n").title(), limit=_LONGEST_SLOTS, multiline=True, placeholder=_HOW
    )
    zone = times.place(brand.timezone)
    blocks = [
        b.section(f"*Next free slot* takes the next of these that no post has, in {zone} time."),
        b.field(
            names.SLOTS_INPUT,
            "Days and times",
            box,
            hint=f"{_HOW} Empty: Monday to Friday, 09:00 and 15:00.",
            optional=True,
        ),
    ]
    return b.modal(names.SLOTS, "Times to post", blocks, submit="Save", close="Back", metadata=brand.id)


def read_slots(view: Mapping[str, object]) -> str:
    """What was typed."""
    return b.word(b.states(view).get(names.SLOTS_INPUT, {}).get("value")) or ""


# --- Grace --------------------------------------------------------------------------------------------------------


def build_grace(brand: BrandLike, grace: timedelta) -> Json:
    """How late a post may go out."""
    lengths = sorted({*_GRACES, grace})
    options = [b.option(_long(length), str(round(length.total_seconds()))) for length in lengths]
    select = b.choice("static_select", names.GRACE_INPUT, options, str(round(grace.total_seconds())))
    said = (
        "A network can be down, or Herald. What could not go out in time goes out as soon as it can, "
        "up to this late. After that it waits, and Herald asks in the channel what to do."
    )
    hint = "For posts that are planned or moved from now on."
    blocks = [b.section(said), b.field(names.GRACE_INPUT, "A post may be late by", select, hint=hint)]
    return b.modal(names.GRACE, "Late posts", blocks, submit="Save", close="Back", metadata=brand.id)


def read_grace(view: Mapping[str, object]) -> timedelta:
    """What was chosen; nothing at all for what is no number."""
    chosen = b.chosen(b.states(view).get(names.GRACE_INPUT, {})) or ""
    return timedelta(seconds=int(chosen[:6]) if chosen.isascii() and chosen.isdigit() else 0)
