"""The commands `herald workspaces …`."""

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
from bot.cli.output import iso, json_option, say_json, say_table
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from bot.services.holding import Held, Released
    from bot.wiring import Herald
    from storage.workspaces import Workspace


@click.group()
def workspaces() -> None:
    """The tenants of this Herald."""


@workspaces.command()
@click.argument("name")
@json_option
def create(name: str, *, as_json: bool) -> None:
    """Make a workspace without Slack."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    made = run(lambda herald: service.create_workspace(herald.deps, name))
    if as_json:
        say_json({"workspace_id": made.id, "name": made.name})
    else:
        click.echo(f"Workspace {made.name} is made: {made.id}")


@workspaces.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show all workspaces."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    found = run(lambda herald: service.list_workspaces(herald.deps))
    if as_json:
        say_json([{"workspace_id": w.id, "name": w.name, "created_at": iso(w.created_at)} for w in found])
    else:
        rows = [[w.id, w.name, f"{w.created_at:%Y-%m-%d}"] for w in found]
        say_table(["id", "name", "since"], rows, empty="No workspace yet. Make one: herald workspaces create NAME")


@workspaces.command()
@click.argument("workspace", required=False)
@click.option("--all", "everything", is_flag=True, help="Every workspace of this Herald.")
@until_option
@reason_option
@json_option
def hold(*, workspace: str | None, everything: bool, until: str | None, reason: str | None, as_json: bool) -> None:
    """Stop sending for all brands of a workspace at once. Their posts wait."""

    async def use(herald: "Herald") -> "list[tuple[Workspace, Held]]":
        from bot.services import holding  # noqa: PLC0415  # loaded when used

        end = read_end(until, "UTC")
        return [
            (place, await holding.hold(herald.deps, place.id, None, asked_by=ACTOR, until=end, reason=reason))
            for place in await _meant(herald, workspace, everything=everything)
        ]

    done = run(use)
    if as_json:
        found = [held_json(held, {"workspace_id": place.id, "name": place.name}) for place, held in done]
        say_json(found if everything else found[0])
    else:
        click.echo("\n".join(held_line(held, place.name) for place, held in done))


@workspaces.command()
@click.argument("workspace", required=False)
@click.option("--all", "everything", is_flag=True, help="Every workspace of this Herald that is on hold.")
@json_option
def release(*, workspace: str | None, everything: bool, as_json: bool) -> None:
    """Send again for a workspace. Brands that are on hold themselves stay so."""

    async def use(herald: "Herald") -> "list[tuple[Workspace, Released]]":
        from bot.services import holding  # noqa: PLC0415  # loaded when used

        places = await _meant(herald, workspace, everything=everything)
        if everything:
            places = [place for place in places if None in await holding.holds_of(herald.deps, place.id)]
        return [(place, await holding.release(herald.deps, place.id, None, asked_by=ACTOR)) for place in places]

    done = run(use)
    if as_json:
        found = [released_json(one, {"workspace_id": place.id, "name": place.name}) for place, one in done]
        say_json(found if everything else found[0])
    else:
        click.echo("\n".join(released_line(one, place.name) for place, one in done) or "Nothing was on hold.")


async def _meant(herald: "Herald", workspace: str | None, *, everything: bool) -> "list[Workspace]":
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    if everything and workspace is not None:
        raise click.UsageError("Name a workspace or say --all, not both.")
    if everything:
        return await service.list_workspaces(herald.deps)
    return [await service.find_workspace(herald.deps, workspace)]
