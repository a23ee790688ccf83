"""What the commands that hold and release have in common: their options, and how they say what was done."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.cli.output import hold_json, iso, post_json

if TYPE_CHECKING:
    from bot.services.holding import Held, Released
    from bot.services.holding_posts import HeldPost, ReleasedPost

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


def held_json(held: "Held", whose: Mapping[str, object]) -> dict[str, object]:
    """What a hold did, for programs."""
    return {**whose, **_held(held), "waiting": held.waiting, "underway": _underway(held)}


def held_line(held: "Held", name: str) -> str:
    """What a hold did, for people."""
    return f"{name} is on hold {_end(held)}. Posts that wait: {held.waiting}.{_on_its_way(held)}"


def held_post_json(held: "HeldPost") -> dict[str, object]:
    """What the hold of one post did, for programs."""
    return {**post_json(held.post), **_held(held), "underway": _underway(held)}


def held_post_line(held: "HeldPost") -> str:
    """What the hold of one post did, for people."""
    return f"Post {held.post.code} is on hold {_end(held)}.{_on_its_way(held)}"


def _held(held: "Held | HeldPost") -> dict[str, object]:
    return {"hold": hold_json(held.hold), "already": held.before is not None}


def _underway(held: "Held | HeldPost") -> list[dict[str, object]]:
    return [{"item_id": item.item_id, "platform": item.platform, "due_at": iso(item.due_at)} for item in held.underway]


def _end(held: "Held | HeldPost") -> str:
    return f"until {iso(held.hold.until)}" if held.hold.until is not None else "until you release it"


def _on_its_way(held: "Held | HeldPost") -> str:
    return f" {len(held.underway)} on the way already." if held.underway else ""


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


def released_post_json(released: "ReleasedPost") -> dict[str, object]:
    """What the release of one post did, for programs; `hold` is one that goes on, of its brand or of everything."""
    facts = {"hold": hold_json(released.still), "going": released.going, "late": released.late}
    return {**post_json(released.post), **facts}


def released_post_line(released: "ReleasedPost") -> str:
    """What the release of one post did, for people."""
    name = f"Post {released.post.code} is released"
    if released.still is not None:
        whose = "the whole workspace" if released.still.everything else "its brand"
        return f"{name}, and still on hold with {whose}."
    if released.late:
        return f"{name}. It came too late, so somebody is asked."
    return f"{name}. {'It goes out now.' if released.going else 'It keeps its time.'}"
