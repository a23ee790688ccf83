"""The commands `herald keys …`."""

from typing import TYPE_CHECKING

import click

from bot import clock
from bot.cli.output import iso, json_option, say_json, say_table, workspace_option
from bot.cli.running import run
from bot.domain.keys import PRESETS

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
        "name": key.name,
        "scopes": list(key.all_scopes),
        "rate_limit_per_minute": key.rate_limit_per_minute,
        "created_at": iso(key.created_at),
        "expires_at": iso(key.expires_at),
        "revoked_at": iso(key.revoked_at),
    }


def _state(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "good"
    return "expired" if key.expires_at <= clock.now() else f"good until {iso(key.expires_at)}"


@click.group()
def keys() -> None:
    """Keys for programs, and the secret of the tokens."""


@keys.command()
@workspace_option
@click.option("--brand", metavar="B", help="Good for this brand alone.")
@click.option("--name", metavar="NAME", help="What it is for.")
@click.option("--scopes", metavar="LIST", help="What it may do, comma-separated; everything when left out.")
@click.option("--preset", type=click.Choice([*PRESETS]), help="Scopes by what the key is for.")
@click.option("--expires-in-days", type=click.IntRange(1, 3_650), metavar="DAYS", help="It never expires without.")
@click.option("--rate-limit", type=click.IntRange(min=1), metavar="PER_MINUTE", help="Calls allowed per minute.")
@json_option
def create(  # noqa: PLR0913  # the options
    *,
    workspace: str | None,
    brand: str | None,
    name: str | None,
    scopes: str | None,
    preset: str | None,
    expires_in_days: int | None,
    rate_limit: int | None,
    as_json: bool,
) -> None:
    """Make a key and print it, this once."""
    if scopes and preset:
        raise click.UsageError("Give --scopes or --preset, not both.")
    from bot.services import workspaces as service  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "tuple[ApiKey, Secret]":
        place = await service.find_workspace(herald.deps, workspace)
        chosen = None if brand is None else await service.find_brand(herald.deps, brand, workspace=place.id)
        named = [scope.strip() for scope in (scopes or "").split(",") if scope.strip()]
        return await service.create_key(
            herald.deps,
            place,
            brand=chosen,
            scopes=PRESETS[preset] if preset else named,
            rate_limit_per_minute=rate_limit,
            name=name,
            expires_in_days=expires_in_days,
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
            [key.id, f"{key.prefix}…", key.name or "", ", ".join(key.scopes) or "all", _state(key)] for key in found
        ]
        say_table(["id", "begins", "name", "scopes", "state"], rows, empty="No key yet. Make one: herald keys create")


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
