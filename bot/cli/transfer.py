"""herald transfer: from SQLite to PostgreSQL, with a bar for each table."""

import asyncio
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bot.cli.output import json_option, say_json
from bot.cli.running import read_secret, settings

if TYPE_CHECKING:
    from rich.progress import TaskID

    from bot.config import Settings
    from bot.services.transferring import Transferred


@click.command()
@click.option("--to", metavar="URL", help="postgresql://USER:PASSWORD@HOST/NAME; - reads it from standard input.")
@click.option("--undo-mark", is_flag=True, help="Use the SQLite database again after all; the other one must not run.")
@json_option
def transfer(*, to: str | None, undo_mark: bool, as_json: bool) -> None:
    """Move everything from SQLite to an empty PostgreSQL database."""
    if (to is None) != undo_mark:
        raise click.UsageError("Give either --to URL, or --undo-mark.")
    if to is None:
        _undo(as_json=as_json)
        return
    from bot import wiring  # noqa: PLC0415  # loaded when used

    address = read_secret("Address of the new database", "to").reveal() if to == "-" else to
    chosen = settings()
    with _bars() as told:
        done = asyncio.run(wiring.move_away(chosen, address, told))
    if as_json:
        say_json({"status": "moved", "target": done.target, "rows": done.rows})
    else:
        _say_what_next(chosen, done)


def _undo(*, as_json: bool) -> None:
    from bot import wiring  # noqa: PLC0415  # loaded when used

    gone = asyncio.run(wiring.move_back(settings()))
    if as_json:
        say_json({"status": "here", "was_moved_to": None if gone is None else gone.target})
    elif gone is None:
        click.echo("It had not moved. Nothing was changed.")
    else:
        click.echo(f"The SQLite database is in use again. What {gone.target} has sent since then it does not know.")


def _say_what_next(chosen: "Settings", done: "Transferred") -> None:
    total = sum(done.rows.values())
    click.echo(f"Moved {total:,} rows in {len(done.rows)} tables to {done.target}, counted and compared.")
    click.echo("The SQLite database is kept and marked: Herald no longer starts on it. From now on set:")
    click.echo("  HERALD_DATABASE_URL  the new address")
    if not chosen.given_keys:
        key_file = (chosen.data_dir / "secret.key").absolute()
        click.echo(f'  HERALD_SECRET_KEYS   the same keys: "$(paste -sd, {key_file})"')
    place = chosen.media_dir.absolute().as_uri() if chosen.media_bucket is None else "as it is"
    click.echo(f"  HERALD_MEDIA_URL     {place}, where the files of posts stay")


@contextmanager
def _bars() -> Generator[Callable[[str, int, int], None], None, None]:
    """A bar for each table with rows, on a terminal; silence for programs."""
    if not sys.stderr.isatty():
        yield lambda _table, _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415  # slow to load, and programs do not need it
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def told(table: str, done: int, of: int) -> None:
            if of and table not in bars:
                bars[table] = progress.add_task(f"{table}, {of // 2:,} rows", total=of)
            if of:
                progress.update(bars[table], completed=done)

        yield told
