"""The commands `herald posts …`."""

import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from bot.cli.finding import find_post, owner_of
from bot.cli.output import iso, json_option, post_json, say_json, say_table, workspace_option
from bot.cli.post_holds import hold, release
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.content import Media
    from bot.domain.ids import ItemId, PostId, WorkspaceId
    from bot.domain.posts import ItemView, PostView
    from bot.services.figures import ItemSnapshot
    from bot.services.journal import Story
    from bot.services.scheduling import At, BestTime, NextSlot, NotYet, Now, Plan, Wish
    from bot.wiring import Herald


@click.group()
def posts() -> None:
    """Write posts, look at them, take them back."""


posts.add_command(hold)
posts.add_command(release)


@posts.command()
@click.argument("text")
@workspace_option
@click.option("--brand", required=True, metavar="B", help="Brand, by id or name.")
@click.option(
    "--to", "to", multiple=True, required=True, metavar="A", help="Account: id, platform:handle, or platform."
)
@click.option("--at", "at", metavar="WHEN", help="2026-12-01T09:00 with --zone, or with an offset.")
@click.option("--zone", metavar="IANA", help="Zone of --at, such as Europe/Berlin.")
@click.option("--now", is_flag=True, help="Send it at once.")
@click.option("--slot", is_flag=True, help="Next free slot of the brand.")
@click.option("--best", is_flag=True, help="When the brand's posts do best, by their numbers.")
@click.option("--draft", is_flag=True, help="Keep it, send nothing.")
@click.option("--media", multiple=True, metavar="FILE", help="Image or video, or its address; repeat for more.")
@click.option("--fit", is_flag=True, help="Make images fit the networks: smaller, never cropped.")
@click.option(
    "--preview",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="With --fit: write the fitted images there, to look at.",
)
@click.option("--alt", multiple=True, metavar="TEXT", help="Description, one after each --media.")
@click.option("--variant", multiple=True, metavar="PLATFORM=TEXT", help="Own text for a platform.")
@click.option("--part", multiple=True, metavar="TEXT", help="Next part of a thread; repeat for more.")
@click.option("--link", metavar="URL", help="Address to show as a card.")
@click.option("--option", multiple=True, metavar="PLATFORM.NAME=VALUE", help="Setting of a platform.")
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
@json_option
def create(**given: Any) -> None:  # noqa: ANN401  # click's values, named by the options above
    """Schedule a post. TEXT is its text; `-` reads it from standard input."""
    if given["text"] == "-":
        given["text"] = sys.stdin.read().rstrip("\n")
    when = _when(given)
    if given["alt"] and len(given["alt"]) != len(given["media"]):
        raise click.UsageError('Give --alt once for each --media; --alt "" leaves one out.')
    to = tuple(name.strip() for names in given["to"] for name in names.split(",") if name.strip())
    variants = dict(_pair(text, "--variant", "PLATFORM=TEXT") for text in given["variant"])
    options = _options(given["option"])
    alts = given["alt"] or [""] * len(given["media"])
    dry_run, as_json, folder = given["dry_run"], given["as_json"], given["preview"]
    if folder is not None and not given["fit"]:
        raise click.UsageError("--preview goes with --fit alone.")

    async def use(herald: "Herald") -> "PostView | Plan":
        from bot.services import files, previewing, scheduling, workspaces  # noqa: PLC0415  # loaded when used

        if folder is not None:
            previewing.ready_folder(folder)
        brand = await workspaces.find_brand(herald.deps, given["brand"], workspace=given["workspace"])
        media = tuple(zip(map(files.entry_of, given["media"]), alts, strict=True))
        wish: Wish = scheduling.Wish(
            brand=brand,
            to=to,
            text=given["text"],
            when=when,
            parts=given["part"],
            variants=variants,
            media=media,
            link=given["link"],
            options=options,
            fit=given["fit"],
            asked_by=ACTOR,
        )
        look = partial(_say_fitted, folder=folder) if given["fit"] else None
        if dry_run:
            return await scheduling.check_post(herald.deps, wish, look)
        return await scheduling.schedule_post(herald.deps, wish, look)

    _say_made(run(use), as_json=as_json)


async def _say_fitted(plan: "Plan", *, folder: Path | None) -> None:
    """What becomes of images, beside the answer that programs read; and the images themselves, to look at."""
    from bot.services import previewing  # noqa: PLC0415  # loaded when used

    for line in previewing.lines(plan):
        click.echo(line, err=True)
    if folder is not None:
        written = await previewing.write(plan, folder)
        for path in written:
            click.echo(f"Look at {path}", err=True)
        if not written:
            click.echo(f"Nothing is written to {folder}: no image had to be made to fit.", err=True)


def _when(given: dict[str, Any]) -> "At | Now | NextSlot | BestTime | NotYet":
    """The one way of saying when that was used."""
    from bot.services import scheduling  # noqa: PLC0415  # loaded when used

    used = [name for name in ("at", "now", "slot", "best", "draft") if given[name] not in (None, False)]
    if len(used) != 1:
        raise click.UsageError("Say when, once: --at WHEN, --now, --slot, --best or --draft.")
    if given["zone"] is not None and used != ["at"]:
        raise click.UsageError("--zone goes with --at alone.")
    if used == ["slot"]:
        return scheduling.NextSlot()
    if used == ["best"]:
        return scheduling.BestTime()
    if used == ["at"]:
        return scheduling.At(text=given["at"], zone=given["zone"])
    return scheduling.Now() if used == ["now"] else scheduling.NotYet()


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip():
        raise click.UsageError(f"Write {option} {form}.")
    return left.strip().casefold(), right


def _options(given: Sequence[str]) -> dict[str, dict[str, str]]:
    options: dict[str, dict[str, str]] = {}
    for text in given:
        name, value = _pair(text, "--option", "PLATFORM.NAME=VALUE")
        platform, dot, rest = name.partition(".")
        if not dot or not platform or not rest:
            raise click.UsageError("Write --option PLATFORM.NAME=VALUE.")
        options.setdefault(platform, {})[rest] = value
    return options


def _say_made(made: "PostView | Plan", *, as_json: bool) -> None:
    from bot.domain.posts import PostView  # noqa: PLC0415  # loaded when used

    if isinstance(made, PostView):
        say_json(post_json(made)) if as_json else click.echo(f"{_headline(made)}: {made.post_id}")
        return
    at = made.moment.at if made.moment is not None else None
    accounts = [f"{target.account.platform}:{target.account.handle}" for target in made.targets]
    if as_json:
        account_ids = [target.account.id for target in made.targets]
        say_json({"valid": True, "scheduled_at": iso(at), "accounts": account_ids, "fitted": _fitted_json(made)})
    else:
        click.echo(f"All fine, nothing kept: {', '.join(accounts)}, {iso(at) or 'as a draft'}")


def _fitted_json(plan: "Plan") -> list[dict[str, Any]]:
    def facts(media: "Media") -> dict[str, Any]:
        size = {"width_px": media.width_px, "height_px": media.height_px, "size_bytes": media.size_bytes}
        return {"file_name": media.file_name, "mime_type": media.mime_type, **size}

    made = [file.fitted for file in plan.files if file.fitted is not None]
    return [{"before": facts(f.before), "after": facts(f.after), "networks": list(f.networks)} for f in made]


def _headline(post: "PostView") -> str:
    planned = "for" if post.status.value == "scheduled" else "· planned for"
    when = f" {planned} {post.scheduled_at:%Y-%m-%d %H:%M:%S} UTC" if post.scheduled_at is not None else ""
    chosen = f" ({post.wall_time} {post.zone})" if post.zone else ""
    waits = post.hold is not None and post.status.value in {"scheduled", "claimed"}
    return f"{'On hold, planned' if waits else post.status.value.capitalize().replace('_', ' ')}{when}{chosen}"


@posts.command("list")
@workspace_option
@click.option("--brand", metavar="B", help="Of this brand alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@json_option
def list_(*, workspace: str | None, brand: str | None, limit: int, as_json: bool) -> None:
    """Show the newest posts."""

    async def use(herald: "Herald") -> "list[PostView]":
        from bot.services import journal, workspaces  # noqa: PLC0415  # loaded when used

        if brand is not None:
            chosen = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
            return await journal.list_posts(herald.deps, chosen.workspace_id, brand=chosen, limit=limit)
        if workspace is not None:
            places = [await workspaces.find_workspace(herald.deps, workspace)]
        else:
            places = await workspaces.list_workspaces(herald.deps)
        found = [p for place in places for p in await journal.list_posts(herald.deps, place.id, limit=limit)]
        return sorted(found, key=lambda post: post.created_at, reverse=True)[:limit]

    found = run(use)
    if as_json:
        say_json([post_json(post) for post in found])
    else:
        rows = [
            [post.post_id, post.status.value, iso(post.scheduled_at) or "-", _where(post), post.text[:40]]
            for post in found
        ]
        say_table(["id", "state", "when", "where", "text"], rows, empty="No post yet. Write one: herald posts create")


def _where(post: "PostView") -> str:
    return ", ".join(_place(item) for item in post.items if item.part == 0)


@posts.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@json_option
def show(post_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Show a post, where it is, and its latest numbers. ID is its id, its code, or the address it is live at."""

    async def use(herald: "Herald") -> "tuple[PostView, Mapping[ItemId, ItemSnapshot]]":
        from bot.services import figures  # noqa: PLC0415  # loaded when used

        found = await find_post(herald, post_id, workspace)
        return found, await figures.latest(herald.deps, found)

    post, numbers = run(use)
    _say_post(post, numbers, as_json=as_json)


def _place(item: "ItemView") -> str:
    return f"{item.variant}:{item.handle}" + (f" part {item.part + 1}" if item.part else "")


def _say_post(post: "PostView", numbers: "Mapping[ItemId, ItemSnapshot] | None" = None, *, as_json: bool) -> None:
    if as_json:
        say_json(post_json(post, numbers))
        return
    click.echo(_headline(post))
    rows = [
        [
            _place(item),
            item.status.value,
            iso(item.published_at) or "-",
            item.permalink or item.platform_post_id or (item.error[1] if item.error else ""),
            _numbers(numbers.get(item.item_id) if numbers else None),
        ]
        for item in post.items
    ]
    columns = ["where", "state", "published", "", "numbers"] if numbers else ["where", "state", "published", ""]
    say_table(columns, [row[: len(columns)] for row in rows], empty="It goes nowhere.")


def _numbers(known: "ItemSnapshot | None") -> str:
    from bot.domain.numbers import in_words  # noqa: PLC0415  # loaded when used

    return "" if known is None else f"{in_words(known.numbers)}, as of {known.fetched_at:%Y-%m-%d %H:%M} UTC"


@posts.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@json_option
def why(post_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Print everything that happened to a post, in order. ID is its id, its code, an item's, or where it is live."""

    async def use(herald: "Herald") -> "Story":
        from bot.domain.ids import ItemId  # noqa: PLC0415  # loaded when used
        from bot.services import journal  # noqa: PLC0415  # loaded when used

        post = await find_post(herald, post_id, workspace)
        one = ItemId(post_id) if post_id.startswith("item_") else None
        return await journal.tell(herald.deps, post.workspace_id, post.post_id, item_id=one)

    told = run(use)
    if as_json:
        say_json([{"at": iso(entry.at), "event": entry.event, "detail": entry.detail} for entry in told.lines])
    else:
        _say_story(told)


def _say_story(told: "Story") -> None:
    """The story as a table in the brand's time; with a column for the item where the post has several."""
    from bot.domain import story  # noqa: PLC0415  # loaded when used

    where = {item.item_id: _place(item) for item in told.post.items}
    several = len(where) > 1
    zone = ZoneInfo(told.zone)

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    rows = [
        [f"{local(entry.at)}.{entry.at.microsecond // 1000:03}"]
        + ([where.get(entry.item_id, "") if entry.item_id is not None else ""] if several else [])
        + [entry.event, story.in_zone(entry.detail, local)]
        for entry in told.lines
    ]
    click.echo(f"{_headline(told.post)} · times in {told.zone}")
    columns = ["at", "where", "event", ""] if several else ["at", "event", ""]
    say_table(columns, rows, empty="Nothing happened to it yet.")


@posts.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@json_option
def cancel(post_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Take a post back before it is sent."""

    async def use(herald: "Herald") -> "PostView":
        from bot.domain.ids import PostId  # noqa: PLC0415  # loaded when used
        from bot.services import scheduling  # noqa: PLC0415  # loaded when used

        owner = await owner_of(herald, post_id, workspace)
        return await scheduling.cancel_post(herald.deps, owner, PostId(post_id), asked_by=ACTOR)

    _say_post(run(use), as_json=as_json)


@posts.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@json_option
def retry(post_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Send what failed or was missed now."""

    async def use(herald: "Herald") -> "PostView":
        from bot.domain.ids import PostId  # noqa: PLC0415  # loaded when used
        from bot.services import scheduling  # noqa: PLC0415  # loaded when used

        owner = await owner_of(herald, post_id, workspace)
        return await scheduling.retry_post(herald.deps, owner, PostId(post_id), asked_by=ACTOR)

    _say_post(run(use), as_json=as_json)


@posts.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@workspace_option
@click.option("--brand", required=True, metavar="B", help="Brand, by id or name.")
@json_option
def import_(file: Path, *, workspace: str | None, brand: str, as_json: bool) -> None:
    """Schedule the posts of a CSV file: all of them, or none.

    Columns: text, to, at, and if needed zone, link, media, alt. An empty `at` makes a draft.
    """

    async def use(herald: "Herald") -> "list[PostView]":
        from bot.cli.importing import read_wishes  # noqa: PLC0415  # loaded when used
        from bot.services import scheduling, workspaces  # noqa: PLC0415  # loaded when used

        chosen = await workspaces.find_brand(herald.deps, brand, workspace=workspace)
        return await scheduling.schedule_posts(herald.deps, read_wishes(file, chosen))

    made = run(use)
    if as_json:
        say_json([post_json(post) for post in made])
    else:
        click.echo(f"{len(made)} posts are scheduled or kept as drafts.")


@posts.command()
@click.argument("post_id", metavar="ID")
@click.option("--live", metavar="LINK", help="It is live, at this address.")
@click.option(
    "--send-again", is_flag=True, help="It is not live; send it again. If it was live after all, it is double."
)
@click.option("--drop", is_flag=True, help="Leave it.")
@click.option("--on", metavar="A", help="On this account alone: id, platform:handle, platform, or kind of post.")
@workspace_option
@json_option
def decide(  # noqa: PLR0913  # one argument for each option of the command
    *,
    post_id: str,
    live: str | None,
    send_again: bool,
    drop: bool,
    on: str | None,
    workspace: str | None,
    as_json: bool,
) -> None:
    """Settle a post of which Herald cannot tell whether it is live."""
    if (live is not None) + send_again + drop != 1:
        raise click.UsageError("Say one of --live LINK, --send-again or --drop.")

    async def use(herald: "Herald") -> "PostView":
        from bot.domain.ids import PostId  # noqa: PLC0415  # loaded when used
        from bot.services import deciding  # noqa: PLC0415  # loaded when used

        owner = await owner_of(herald, post_id, workspace)
        decision = deciding.IsLive(link=live) if live is not None else deciding.Drop() if drop else deciding.SendAgain()
        if on is None:
            return await deciding.decide(herald.deps, owner, PostId(post_id), decision, decided_by=ACTOR)
        decisions = dict.fromkeys(await _unsure_on(herald, owner, PostId(post_id), on), decision)
        return await deciding.decide_each(herald.deps, owner, PostId(post_id), decisions, decided_by=ACTOR)

    _say_post(run(use), as_json=as_json)


async def _unsure_on(herald: "Herald", owner: "WorkspaceId", post_id: "PostId", on: str) -> "list[ItemId]":
    """The items of an account of which nobody knows. Raises NotFound."""
    from bot.domain.errors import NotFound  # noqa: PLC0415  # loaded when used
    from bot.domain.publication import State  # noqa: PLC0415  # loaded when used
    from bot.services import journal  # noqa: PLC0415  # loaded when used

    post = await journal.show_post(herald.deps, owner, post_id)
    unsure = [item for item in post.items if item.status is State.UNCONFIRMED]
    called = {
        item.item_id: {item.account_id, item.platform, f"{item.platform}:{item.handle}", item.variant}
        for item in unsure
    }
    found = [item_id for item_id, names in called.items() if on.casefold() in {name.casefold() for name in names}]
    if not found:
        known = ", ".join(f"{item.platform}:{item.handle}" for item in unsure)
        raise NotFound(f"Nothing is unconfirmed on {on}. It is on: {known or 'no account'}.", field="on")
    return found
