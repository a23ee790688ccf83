"""serve, web, worker, migrate, doctor."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from bot.cli.output import json_option, say_json, say_table
from bot.cli.running import run, settings

if TYPE_CHECKING:
    from bot.services.doctor import Finding
    from bot.wiring import Herald

_WAIT_FOR_DATABASE_S = 60.0
"""Processes, and what is run before them, are started together with their database, or while it starts anew."""


@click.command()
def serve() -> None:
    """Run web and worker in one process."""
    from bot import logs, wiring  # noqa: PLC0415  # loaded when used

    chosen = settings()
    logs.set_up(chosen.log_format)
    listener = wiring.listening(chosen)

    async def use(herald: "Herald") -> None:
        click.echo(f"Herald is running at {herald.public_url}. Stop it with Ctrl-C.", err=True)
        await wiring.serve(herald, listener)

    with listener:
        run(use, wait_s=_WAIT_FOR_DATABASE_S)


@click.command()
def web() -> None:
    """Run web and Slack without a worker; start as many as you like."""
    from bot import logs, wiring  # noqa: PLC0415  # loaded when used

    chosen = settings()
    logs.set_up(chosen.log_format)
    listener = wiring.listening(chosen)

    async def use(herald: "Herald") -> None:
        click.echo(f"Herald's web process is running at {herald.public_url}. Stop it with Ctrl-C.", err=True)
        await wiring.serve_web(herald, listener)

    with listener:
        run(use, wait_s=_WAIT_FOR_DATABASE_S)


@click.command()
def worker() -> None:
    """Run a worker alone; start as many as you like."""
    from bot import logs, wiring  # noqa: PLC0415  # loaded when used

    logs.set_up(settings().log_format)

    async def use(herald: "Herald") -> None:
        click.echo("A worker is running. Stop it with Ctrl-C.", err=True)
        await wiring.run_worker(herald)

    run(use, wait_s=_WAIT_FOR_DATABASE_S)


@click.command()
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the database up to date."""
    from bot import wiring  # noqa: PLC0415  # loaded when used

    asyncio.run(wiring.bring_up_to_date(settings(), wait_s=_WAIT_FOR_DATABASE_S))
    say_json({"status": "up_to_date"}) if as_json else click.echo("The database is up to date.")


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check configuration, database, clock, Slack and accounts."""
    from bot import wiring  # noqa: PLC0415  # loaded when used
    from bot.domain.errors import Conflict  # noqa: PLC0415  # loaded when used
    from bot.services import doctor as service  # noqa: PLC0415  # loaded when used
    from bot.services import schema  # noqa: PLC0415  # loaded when used

    async def use(herald: "Herald") -> "list[Finding]":
        if herald.settings.on_sqlite:
            with suppress(Conflict):  # it is among the findings
                await schema.bring_up_to_date(herald.deps.database)
        found = [service.Finding(check="configuration", ok=True, detail="read without a fault")]
        return found + [finding async for finding in wiring.examine(herald)]

    findings = run(use, check_schema=False)
    if as_json:
        say_json([{"check": f.check, "ok": f.ok, "detail": f.detail} for f in findings])
    else:
        rows = [["ok" if f.ok else "TROUBLE", f.check, f.detail] for f in findings]
        say_table(["", "check", "finding"], rows, empty="Nothing to check.")
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)
