"""herald workspaces …"""

import click

from bot.cli.output import iso, json_option, say_json, say_table
from bot.cli.running import run


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
