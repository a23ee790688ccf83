"""The commands `herald keys …`."""

from typing import TYPE_CHECKING

import click

from bot.cli.output import iso, json_option, say_json, say_table, workspace_option
from bot.cli.running import run

if TYPE_CHECKING:
    from bot.domain.accounts import Secret
    from bot.domain.keys import ApiKey
    from bot.wiring import Herald


def _json(key: "ApiKey") -> dict[str, object]:
    return {
        "key_id": key.id,
        "workspace_id": key.workspace_id,
        "brand_id": key.brand_id,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "rate_limit_per_minute": key.rate_limit_per_minute,
        "created_at": iso(key.created_at),
        "revoked_at": iso(key.revoked_at),
    }


@click.group()
def keys() -> None:
    """Keys for programs, and the secret of the tokens."""


@keys.command()
@workspace_option
@click.option("--brand", metavar="B", help="Good for this brand alone.")
@click.option("--scopes", metavar="LIST", help="Comma-separated; all when left out.")
@click.option("--rate-limit", type=click.IntRange(min=1), metavar="PER_MINUTE", help="Calls allowed per minute.")
@json_option
def create(
    *, workspace: str | None, brand: str | None, scopes: str | None, rate_limit: int | None, as_json: bool
) -> None:
    """Make a key and print it, this once."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "tuple[ApiKey, Secret]":
        place = await service.find_workspace(herald.deps, workspace)
        chosen = None if brand is None else await service.find_brand(herald.deps, brand, workspace=place.id)
        wanted = [scope.strip() for scope in (scopes or "").split(",") if scope.strip()]
        return await service.create_key(
            herald.deps, place, brand=chosen, scopes=wanted, rate_limit_per_minute=rate_limit
        )

    made, secret = run(use)
    if as_json:
        say_json({"key": secret.reveal(), **_json(made)})
    else:
        click.echo(secret.reveal())
        click.echo("Keep it: it is shown this once.", err=True)


@keys.command("list")
@workspace_option
@json_option
def list_(*, workspace: str | None, as_json: bool) -> None:
    """Show the keys of a workspace, without their secrets."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "list[ApiKey]":
        return await service.list_keys(herald.deps, await service.find_workspace(herald.deps, workspace))

    found = run(use)
    if as_json:
        say_json([_json(key) for key in found])
    else:
        rows = [
            [key.id, f"{key.prefix}…", ", ".join(key.scopes), "revoked" if key.revoked_at else "good"] for key in found
        ]
        say_table(["id", "begins", "scopes", "state"], rows, empty="No key yet. Make one: herald keys create")


@keys.command()
@click.argument("key_id")
@workspace_option
@json_option
def revoke(key_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Make a key worthless."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    run(lambda herald: service.revoke_key(herald.deps, key_id, workspace=workspace))
    say_json({"key_id": key_id, "revoked": True}) if as_json else click.echo("The key is revoked.")


@keys.command()
@json_option
def rotate(*, as_json: bool) -> None:
    """Seal all tokens again with the newest secret."""
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> int:
        from rich.console import Console  # noqa: PLC0415  # as above
        from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

        done = 0
        console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("sealed again: {task.completed}"))
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=None)
            async for done in service.rotate_keys(herald.deps):
                progress.update(task, completed=done)
        return done

    done = run(use)
    say_json({"rotated": done}) if as_json else click.echo(f"{done} secrets are sealed with the newest key.")
