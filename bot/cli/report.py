"""The command `herald report`."""

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.cli.output import json_option, say_json, say_table, workspace_option
from bot.cli.running import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.report import Report
    from bot.wiring import Herald
    from storage.brands import Brand

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_PRINTED = Path("-")


@click.command()
@click.option("--brand", required=True, metavar="B", help="Brand, by id or name.")
@workspace_option
@click.option("--from", "since", metavar="DAY", help="The first day (2026-11-01); without it the seven before today.")
@click.option("--to", "until", metavar="DAY", help="The last day; without it today.")
@click.option(
    "--csv", "csv_file", type=_FILE, help="Write each post with its newest numbers into this file; - prints them."
)
@click.option("--png", "png_file", type=_FILE, help="Write the chart of the views into this file.")
@json_option
def report(  # noqa: PLR0913  # one parameter per option
    *,
    brand: str,
    workspace: str | None,
    since: str | None,
    until: str | None,
    csv_file: Path | None,
    png_file: Path | None,
    as_json: bool,
) -> None:
    """Show what some days brought a brand, in its own zone."""
    _refuse_to_print(csv_file, png_file, as_json=as_json)

    async def use(herald: "Herald") -> "tuple[Brand, Report, list[Path]]":
        from bot import clock  # noqa: PLC0415  # loaded when used
        from bot.domain.errors import Conflict, invalid  # noqa: PLC0415
        from bot.domain.report import read_span  # noqa: PLC0415
        from bot.services import charting, reporting, workspaces  # noqa: PLC0415

        found = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        today = clock.now().astimezone(ZoneInfo(found.timezone)).date()
        if until is not None and since is None:
            raise invalid("from", "Add --from: with --to alone it is not clear where the days begin.")
        span = read_span(" ".join([since, until or today.isoformat()]) if since is not None else "", today)
        made = await reporting.report(herald.deps, found, span)
        contents: dict[Path, bytes] = {}
        if csv_file is not None:
            contents[csv_file] = (await reporting.as_csv(herald.deps, found, span)).encode("utf-8-sig")
        if png_file is not None:
            try:
                picture = await reporting.as_picture(found, made)
            except charting.CannotDraw as error:
                raise Conflict(f"The chart could not be drawn: {error}.") from error
            if picture is None:
                raise invalid("png", "No views are known of these days, so there is nothing to draw.")
            contents[png_file] = picture
        files = [_written(file, content) for file, content in contents.items()]
        return found, made, files

    found, made, files = run(use)
    if as_json:
        from bot.services import reporting  # noqa: PLC0415  # loaded when used

        say_json({"brand_id": found.id, "workspace_id": found.workspace_id, **reporting.packed(made)})
        return
    if csv_file != _PRINTED:
        _say(found, made, files)


def _refuse_to_print(csv_file: Path | None, png_file: Path | None, *, as_json: bool) -> None:
    if png_file == _PRINTED:
        raise click.UsageError("--png needs the name of a file.")
    if csv_file == _PRINTED and as_json:
        raise click.UsageError("Give --json or --csv -, not both.")


def _written(file: Path, content: bytes) -> Path:
    """Write it. Raises InvalidContent."""
    if file == _PRINTED:
        click.echo(content.decode("utf-8-sig"), nl=False)
        return file
    from bot.domain.errors import invalid  # noqa: PLC0415  # loaded when used

    try:
        file.write_bytes(content)
    except OSError as error:
        raise invalid("file", f"Herald cannot write {file}: {error.strerror or 'it failed'}.") from error
    return file


def _say(brand: "Brand", made: "Report", files: "Sequence[Path]") -> None:
    tally, span = made.tally, made.span
    click.echo(f"{brand.name}, {span.since} to {span.until} ({brand.timezone})")
    mended = f", {tally.mended} failed and mended" if tally.mended else ""
    click.echo(f"{tally.published} published, {tally.missed} missed, {tally.failed} failed{mended}")
    if made.timed:
        click.echo(f"On time: {made.on_time} of {made.timed}, slowest {made.slowest_s or 0:.1f} s late")
    rows = [
        [line.platform, str(line.posts), *(_number(value) for value in (line.views, line.likes, line.comments))]
        for line in made.networks
    ]
    say_table(["network", "posts", "views", "likes", "comments"], rows, empty="No post and no number in these days.")
    if made.accounts:
        shown = [
            [
                f"{line.platform} {line.handle}",
                *(_number(value) for value in (line.views, line.reach_a_day, line.followers)),
                "earlier days are being fetched" if line.fetching else "",
            ]
            for line in made.accounts
        ]
        click.echo()
        say_table(["account", "views", "reach a day", "followers", ""], shown, empty="")
    since = made.numbers_from
    click.echo("No numbers yet." if since is None else f"Numbers go back to {since}; what was before is not known.")
    for file in files:
        click.echo(f"Written: {file}")


def _number(value: int | None) -> str:
    return "n/a" if value is None else f"{value:,}"
