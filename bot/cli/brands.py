"""The commands `herald brands …`."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.holds import (
    held_json,
    held_line,
    read_end,
    reason_option,
    released_json,
    released_line,
    until_option,
)
from bot.cli.output import iso, json_option, say_json, say_table, workspace_option
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.slots import Moment
    from bot.services.approvers import Approval
    from bot.services.holding import Held, Released
    from bot.services.slotting import Slots
    from bot.wiring import Herald
    from storage.brands import Brand

_FREE_SHOWN = 5
_MOST_MINUTES = 1_000_000
"""More cannot be reckoned with; it is refused like all that is too much."""


def _json(brand: "Brand") -> dict[str, object]:
    return {
        "brand_id": brand.id,
        "workspace_id": brand.workspace_id,
        "name": brand.name,
        "timezone": brand.timezone,
        "channel": brand.channel,
        "grace_minutes": round(brand.grace.total_seconds() / 60, 2),
    }


@click.group()
def brands() -> None:
    """The brands of a workspace."""


@brands.command()
@click.argument("name")
@workspace_option
@click.option("--timezone", required=True, metavar="ZONE", help="IANA zone, such as Europe/Berlin.")
@click.option("--channel", metavar="C", help="Where its notices go.")
@json_option
def create(name: str, *, workspace: str | None, timezone: str, channel: str | None, as_json: bool) -> None:
    """Make a brand."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "Brand":
        place = await service.find_workspace(herald.deps, workspace)
        return await service.create_brand(herald.deps, place, name, timezone=timezone, channel=channel)

    made = run(use)
    say_json(_json(made)) if as_json else click.echo(f"Brand {made.name} ({made.timezone}) is made: {made.id}")


@brands.command("list")
@workspace_option
@json_option
def list_(*, workspace: str | None, as_json: bool) -> None:
    """Show the brands of a workspace, or of all."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "list[Brand]":
        if workspace is None:
            places = await service.list_workspaces(herald.deps)
        else:
            places = [await service.find_workspace(herald.deps, workspace)]
        return await service.list_brands(herald.deps, [place.id for place in places])

    found = run(use)
    if as_json:
        say_json([_json(brand) for brand in found])
    else:
        rows = [[brand.id, brand.name, brand.timezone, brand.channel or "-"] for brand in found]
        empty = "No brand yet. Make one: herald brands create NAME --timezone ZONE"
        say_table(["id", "name", "zone", "channel"], rows, empty=empty)


@brands.command()
@click.argument("brand")
@workspace_option
@click.option("--name", metavar="NAME", help="What it is called from now on.")
@click.option("--timezone", metavar="ZONE", help="IANA zone. Posts that are planned keep their instants.")
@click.option("--channel", metavar="C", help="Where its notices go; an empty one takes the channel away.")
@click.option(
    "--grace", type=int, metavar="MINUTES", help="How late a post may go out before somebody is asked; from now on."
)
@json_option
def change(  # noqa: PLR0913  # one parameter per option
    brand: str,
    *,
    workspace: str | None,
    name: str | None,
    timezone: str | None,
    channel: str | None,
    grace: int | None,
    as_json: bool,
) -> None:
    """Change a brand; what is not given stays."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "Brand":
        found = await service.find_brand(herald.deps, brand, workspace=workspace)
        return await service.change_brand(
            herald.deps,
            found,
            asked_by=ACTOR,
            name=name,
            timezone=timezone,
            channel=channel,
            grace=None if grace is None else timedelta(minutes=min(max(grace, 0), _MOST_MINUTES)),
        )

    changed = run(use)
    if as_json:
        say_json(_json(changed))
    else:
        click.echo(f"Brand {changed.name} ({changed.timezone}), channel {changed.channel or '-'}: {changed.id}")


@brands.command()
@click.argument("brand")
@workspace_option
@click.option("--rule", type=click.Choice(["none", "one", "all"]), help="Whose word its posts need; left out: show it.")
@click.option(
    "--approver", "users", multiple=True, metavar="U", help="Slack's id of an approver; repeats. They replace."
)
@json_option
def approvals(brand: str, *, workspace: str | None, rule: str | None, users: tuple[str, ...], as_json: bool) -> None:
    """Show or set who approves a brand's posts in Slack before they go out."""

    async def use(herald: "Herald") -> "tuple[Brand, Approval]":
        from bot.services import approvers, workspaces  # noqa: PLC0415  # loaded when used

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        now = await approvers.rule_of(herald.deps, found)
        if rule is None and not users:
            return found, now
        wanted = now.rule if rule is None else approvers.Rule(rule)
        return found, await approvers.set_rule(
            herald.deps, found, rule=wanted, approvers=users or now.approvers, asked_by=ACTOR
        )

    found, now = run(use)
    if as_json:
        whose = {"brand_id": found.id, "workspace_id": found.workspace_id}
        say_json({**whose, "rule": now.rule.value, "approvers": list(now.approvers)})
    else:
        click.echo(f"{found.name}: {now.rule.value}, approvers {', '.join(now.approvers) or '-'}")


@brands.command()
@click.argument("brand")
@workspace_option
@click.option("--set", "text", metavar="TEXT", help='Such as "mon-fri 09:00, 13:00; sat 10:00"; empty: the usual ones.')
@json_option
def slots(brand: str, *, workspace: str | None, text: str | None, as_json: bool) -> None:
    """Show or set the weekly slots of a brand, and the next free ones."""

    async def use(herald: "Herald") -> "tuple[Brand, Slots, Sequence[Moment]]":
        from bot.services import slotting, workspaces  # noqa: PLC0415  # loaded when used

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        if text is None:
            known = await slotting.slots_of(herald.deps, found)
        else:
            known = await slotting.set_slots(herald.deps, found, text, asked_by=ACTOR)
        return found, known, await slotting.next_frees(herald.deps, found, _FREE_SHOWN)

    found, known, free = run(use)
    if as_json:
        whose = {"brand_id": found.id, "workspace_id": found.workspace_id, "timezone": found.timezone}
        times = [iso(moment.at) for moment in free]
        say_json({**whose, "slots": known.text, "set": known.chosen, "next_free": times})
        return
    usual = "" if known.chosen else " (nobody set any: these are the usual ones)"
    click.echo(f"{found.name}: {known.text} in {found.timezone}{usual}")
    rows = [[iso(moment.at) or "-", moment.wall_time or "-"] for moment in free]
    say_table(["next free", "there"], rows, empty="None is free.")


@brands.command()
@click.argument("brand")
@workspace_option
@until_option
@reason_option
@json_option
def hold(brand: str, *, workspace: str | None, until: str | None, reason: str | None, as_json: bool) -> None:
    """Stop sending for a brand at once. Its posts wait."""

    async def use(herald: "Herald") -> "tuple[Brand, Held]":
        from bot.services import holding, workspaces  # noqa: PLC0415  # loaded when used

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        end = read_end(until, found.timezone)
        held = await holding.hold(herald.deps, found.workspace_id, found, asked_by=ACTOR, until=end, reason=reason)
        return found, held

    found, held = run(use)
    say_json(held_json(held, _json(found))) if as_json else click.echo(held_line(held, found.name))


@brands.command()
@click.argument("brand")
@workspace_option
@json_option
def release(brand: str, *, workspace: str | None, as_json: bool) -> None:
    """Send again for a brand. What is overdue goes out one after another; what is too late is asked about."""

    async def use(herald: "Herald") -> "tuple[Brand, Released]":
        from bot.services import holding, workspaces  # noqa: PLC0415  # loaded when used

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        return found, await holding.release(herald.deps, found.workspace_id, found, asked_by=ACTOR)

    found, released = run(use)
    say_json(released_json(released, _json(found))) if as_json else click.echo(released_line(released, found.name))


@brands.command()
@click.option("--brand", required=True, metavar="B", help="Brand, by id or name.")
@workspace_option
@click.option("--revoke", is_flag=True, help="Make the feed's address worthless.")
@json_option
def calendar(*, brand: str, workspace: str | None, revoke: bool, as_json: bool) -> None:
    """Make a brand's calendar feed and print its address, this once; an earlier one is no longer good."""

    async def use(herald: "Herald") -> "tuple[Brand, str | None]":
        from bot.services import calendars, workspaces  # noqa: PLC0415  # loaded when used

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        if revoke:
            await calendars.close_feed(herald.deps, found.workspace_id, found.id, asked_by=ACTOR)
            return found, None
        path = await calendars.open_feed(herald.deps, found.workspace_id, found.id, asked_by=ACTOR)
        return found, herald.public_url + path

    found, address = run(use)
    if as_json:
        say_json({"brand_id": found.id, "workspace_id": found.workspace_id, "url": address})
    elif address is None:
        click.echo(f"{found.name} has no calendar feed any more.")
    else:
        click.echo(address)
        click.echo("Keep it: it is shown this once, and whoever has it reads the brand's posts.", err=True)
