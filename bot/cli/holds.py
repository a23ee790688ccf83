"""What the commands that hold and release have in common: their options, and how they say what was done."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.cli.output import iso

if TYPE_CHECKING:
    from bot.domain.holds import Hold
    from bot.services.holding import Held, Released

until_option = click.option(
    "--until", metavar="WHEN", help="It ends by itself then: in 2h, tomorrow 9am, 2026-12-01T09:00+01:00."
)
reason_option = click.option("--reason", metavar="TEXT", help="Why; people see it.")


def read_end(until: str | None, zone: str) -> datetime | None:
    """When a hold ends; `zone` is meant where the text names none. Raises InvalidContent."""
    from bot import clock  # noqa: PLC0415  # loaded when used
    from bot.domain.errors import invalid  # noqa: PLC0415  # loaded when used
    from bot.domain.slots import Moment  # noqa: PLC0415  # loaded when used
    from bot.domain.when import read_when  # noqa: PLC0415  # loaded when used

    if until is None:
        return None
    end = read_when(until, zone, now=clock.now())
    if not isinstance(end, Moment):
        raise invalid("until", f"{until[:40]!r} is no end. Write it as in 2h or tomorrow 9am.")
    return end.at


def hold_json(hold: "Hold | None") -> dict[str, object] | None:
    """A hold as `--json` prints it; None: there is none."""
    if hold is None:
        return None
    return {"since": iso(hold.since), "until": iso(hold.until), "by": hold.by, "reason": hold.reason}


def held_json(held: "Held", whose: Mapping[str, object]) -> dict[str, object]:
    """What a hold did, for programs."""
    underway = [
        {"item_id": item.item_id, "platform": item.platform, "due_at": iso(item.due_at)} for item in held.underway
    ]
    facts = {"hold": hold_json(held.hold), "already": held.before is not None}
    return {**whose, **facts, "waiting": held.waiting, "underway": underway}


def held_line(held: "Held", name: str) -> str:
    """What a hold did, for people."""
    end = f"until {iso(held.hold.until)}" if held.hold.until is not None else "until you release it"
    on_its_way = f" {len(held.underway)} on the way already." if held.underway else ""
    return f"{name} is on hold {end}. Posts that wait: {held.waiting}.{on_its_way}"


def released_json(released: "Released", whose: Mapping[str, object]) -> dict[str, object]:
    """What a release did, for programs."""
    facts = {"waiting": released.waiting, "going": released.going, "late": released.late}
    return {**whose, "hold": hold_json(released.still), **facts}


def released_line(released: "Released", name: str) -> str:
    """What a release did, for people."""
    if released.still is not None:
        return f"{name} is released, and still on hold with the whole workspace."
    late = f" Too late, so somebody is asked: {released.late}." if released.late else ""
    return f"{name} is released. Going out now, one after another: {released.going}.{late}"
