"""What commands print: tables for people, JSON for programs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.accounts import Account
    from bot.domain.holds import Hold
    from bot.domain.ids import ItemId
    from bot.domain.posts import ItemView, PostView
    from bot.services.figures import ItemSnapshot

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def workspace_option(command: F) -> F:
    """`--workspace`."""
    return click.option("--workspace", metavar="W", help="Workspace, by id or name.")(command)


def say_json(value: object) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """A table, or a sentence when there is nothing in it."""
    from rich.console import Console  # noqa: PLC0415  # slow to load, and programs do not need it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        click.echo(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=max(console.width, 200))
    console.print(table)


def printable(text: str) -> str:
    """Text that cannot do anything to a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def iso(at: datetime | None) -> str | None:
    """An instant for programs."""
    return None if at is None else at.isoformat()


def hold_json(hold: "Hold | None") -> dict[str, object] | None:
    """A hold for programs; None: there is none."""
    if hold is None:
        return None
    return {"since": iso(hold.since), "until": iso(hold.until), "by": hold.by, "reason": hold.reason}


def account_json(account: "Account") -> dict[str, object]:
    """An account for programs."""
    return {
        "account_id": account.id,
        "brand_id": account.brand_id,
        "workspace_id": account.workspace_id,
        "platform": account.platform,
        "handle": account.handle,
        "display_name": account.display_name,
        "service_url": account.service_url,
        "health": account.health.value,
        "health_detail": account.health_detail,
        "ends_at": iso(account.ends_at),
        "renews": account.renews,
    }


def post_json(post: "PostView", numbers: "Mapping[ItemId, ItemSnapshot] | None" = None) -> dict[str, object]:
    """A post for programs: one item for each account, the further parts of a thread under its first.

    Each item has its latest `numbers`, as far as they are given, else null; each number that is unknown is null, too.
    """
    known = numbers or {}
    roots = [item for item in post.items if item.part == 0]

    def shown(item: "ItemView") -> dict[str, object]:
        return item_json(item) | {"numbers": numbers_json(known.get(item.item_id))}

    return {
        "post_id": post.post_id,
        "code": post.code,
        "version": post.version,
        "status": post.status.value,
        "scheduled_at": iso(post.scheduled_at),
        "hold": hold_json(post.hold),
        "items": [
            shown(root) | {"parts": [shown(i) for i in post.items if i.account_id == root.account_id and i.part > 0]}
            for root in roots
        ],
    }


def numbers_json(known: "ItemSnapshot | None") -> dict[str, object] | None:
    """Numbers for programs, with when they were so."""
    if known is None:
        return None
    told: dict[str, object] = asdict(known.numbers)
    return told | {"fetched_at": iso(known.fetched_at)}


def item_json(item: "ItemView") -> dict[str, object]:
    """An item for programs."""
    return {
        "item_id": item.item_id,
        "platform": item.platform,
        "account_id": item.account_id,
        "post_type": item.post_type,
        "status": item.status.value,
        "scheduled_at": iso(item.scheduled_at),
        "published_at": iso(item.published_at),
        "platform_post_id": item.platform_post_id,
        "permalink": item.permalink,
        "attempts": item.attempts,
        "error": None if item.error is None else {"class": item.error[0], "message": item.error[1]},
    }
