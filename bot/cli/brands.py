"""The commands `herald brands …`."""

from typing import TYPE_CHECKING

import click

from bot.cli.output import json_option, say_json, say_table, workspace_option
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from bot.wiring import Herald
    from storage.brands import Brand


def _json(brand: "Brand") -> dict[str, object]:
    return {
        "brand_id": brand.id,
        "workspace_id": brand.workspace_id,
        "name": brand.name,
        "timezone": brand.timezone,
        "channel": brand.channel,
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
@json_option
def change(  # noqa: PLR0913  # one parameter per option
    brand: str, *, workspace: str | None, name: str | None, timezone: str | None, channel: str | None, as_json: bool
) -> None:
    """Change a brand; what is not given stays."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "Brand":
        found = await service.find_brand(herald.deps, brand, workspace=workspace)
        return await service.change_brand(
            herald.deps, found, asked_by=ACTOR, name=name, timezone=timezone, channel=channel
        )

    changed = run(use)
    if as_json:
        say_json(_json(changed))
    else:
        click.echo(f"Brand {changed.name} ({changed.timezone}), channel {changed.channel or '-'}: {changed.id}")
