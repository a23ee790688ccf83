"""Whether and when a brand has its daily digest."""

from collections.abc import Mapping

from bot.domain.digest_times import DigestTime
from bot.domain.weekly import minute_of
from handlers.slack import blocks as b
from handlers.slack import names, times
from handlers.slack.blocks import Json
from handlers.slack.facts import BrandLike

_ON, _OFF = "on", "off"


def build(brand: BrandLike, time: DigestTime) -> Json:
    """On or off, and the time."""
    options = [
        b.option("On", _ON, "Each day, and a report of the week on Mondays"),
        b.option("Off", _OFF, "Ask with /social digest now"),
    ]
    chosen = b.choice("radio_buttons", names.DIGEST_ON, options, _ON if time.enabled else _OFF)
    picker: Json = {"type": "timepicker", "action_id": names.DIGEST_AT, "initial_time": time.clock}
    zone = times.place(brand.timezone)
    blocks = [
        b.section(f"The digest of *{b.inert(brand.name, 75)}*, in {zone} time. Days with nothing to say stay silent."),
        b.field(names.DIGEST_ON, "Daily digest", chosen),
        b.field(names.DIGEST_AT, "Time", picker),
    ]
    return b.modal(names.DIGEST, "Digest settings", blocks, submit="Save", metadata=brand.id)


def read(view: Mapping[str, object]) -> DigestTime:
    """What was chosen. Raises InvalidContent."""
    states = b.states(view)
    picked = b.word(states.get(names.DIGEST_AT, {}).get("selected_time")) or ""
    enabled = b.chosen(states.get(names.DIGEST_ON, {})) != _OFF
    return DigestTime(enabled=enabled, minute=minute_of(picked, names.DIGEST_AT, "Choose one."))
