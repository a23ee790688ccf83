"""The commands `herald webhooks …`."""

from typing import TYPE_CHECKING

import click

from bot.cli.output import iso, json_option, say_json, say_table, workspace_option
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from bot.services.webhooks import Delivery, Made, Webhook
    from bot.wiring import Herald

_SHOWN = 20


def _json(webhook: "Webhook") -> dict[str, object]:
    return {
        "webhook_id": webhook.id,
        "workspace_id": webhook.workspace_id,
        "url": webhook.url,
        "events": list(webhook.events),
        "status": "active" if webhook.enabled else "disabled",
        "created_at": iso(webhook.created_at),
    }


@click.group()
def webhooks() -> None:
    """Addresses of other programs that are told what happens."""


@webhooks.command()
@click.argument("url")
@workspace_option
@click.option("--events", metavar="LIST", help="Comma-separated; all when left out.")
@json_option
def create(url: str, *, workspace: str | None, events: str | None, as_json: bool) -> None:
    """Make a webhook and print its secret, this once."""
    from bot.domain.webhooks import EVENTS  # noqa: PLC0415  # loaded when used

    wanted = [event.strip() for event in (events or "").split(",") if event.strip()] or list(EVENTS)

    async def use(herald: "Herald") -> "Made":
        from bot.services import webhooks as service  # noqa: PLC0415  # as above
        from bot.services import workspaces  # noqa: PLC0415

        place = await workspaces.find_workspace(herald.deps, workspace)
        return await service.create_webhook(herald.deps, place.id, url=url, events=wanted, asked_by=ACTOR)

    made = run(use)
    if as_json:
        say_json({**_json(made.webhook), "secret": made.secret.reveal()})
    else:
        click.echo(made.secret.reveal())
        click.echo(f"Keep it: it is shown this once. The webhook is {made.webhook.id}.", err=True)


@webhooks.command("list")
@workspace_option
@json_option
def list_(*, workspace: str | None, as_json: bool) -> None:
    """Show the webhooks of a workspace."""

    async def use(herald: "Herald") -> "list[Webhook]":
        from bot.services import webhooks as service  # noqa: PLC0415  # loaded when used
        from bot.services import workspaces  # noqa: PLC0415

        place = await workspaces.find_workspace(herald.deps, workspace)
        return await service.list_webhooks(herald.deps, place.id)

    found = run(use)
    if as_json:
        say_json([_json(webhook) for webhook in found])
    else:
        rows = [[one.id, one.url, ", ".join(one.events), "active" if one.enabled else "disabled"] for one in found]
        say_table(
            ["id", "address", "events", "state"], rows, empty="No webhook yet. Make one: herald webhooks create URL"
        )


@webhooks.command()
@click.argument("webhook_id")
@workspace_option
@json_option
def delete(webhook_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Tell a webhook nothing more."""

    async def use(herald: "Herald") -> None:
        from bot.services import webhooks as service  # noqa: PLC0415  # loaded when used
        from bot.services import workspaces  # noqa: PLC0415

        place = await workspaces.find_workspace(herald.deps, workspace)
        await service.delete_webhook(herald.deps, place.id, webhook_id, asked_by=ACTOR)

    run(use)
    say_json({"webhook_id": webhook_id, "deleted": True}) if as_json else click.echo("The webhook is deleted.")


@webhooks.command()
@click.argument("webhook_id")
@workspace_option
@json_option
def test(webhook_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Have a test event sent. See: herald webhooks deliveries."""

    async def use(herald: "Herald") -> str:
        from bot.services import webhooks as service  # noqa: PLC0415  # loaded when used
        from bot.services import workspaces  # noqa: PLC0415

        place = await workspaces.find_workspace(herald.deps, workspace)
        return await service.test_webhook(herald.deps, place.id, webhook_id)

    owed = run(use)
    if as_json:
        say_json({"webhook_id": webhook_id, "delivery_id": owed})
    else:
        click.echo(f"A test event goes out with the next worker: {owed}")


@webhooks.command()
@click.argument("webhook_id")
@workspace_option
@json_option
def deliveries(webhook_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Show what a webhook was told last, and what it is still owed."""

    async def use(herald: "Herald") -> "list[Delivery]":
        from bot.services import webhooks as service  # noqa: PLC0415  # loaded when used
        from bot.services import workspaces  # noqa: PLC0415

        place = await workspaces.find_workspace(herald.deps, workspace)
        return (await service.show_webhook(herald.deps, place.id, webhook_id, limit=_SHOWN))[1]

    found = run(use)
    if as_json:
        say_json([_delivery_json(one) for one in found])
    else:
        rows = [
            [one.id, one.event, one.status, str(one.tries), iso(one.created_at) or "", one.last_error or ""]
            for one in found
        ]
        say_table(["id", "event", "state", "tries", "since", "error"], rows, empty="It was told nothing yet.")


def _delivery_json(one: "Delivery") -> dict[str, object]:
    return {
        "delivery_id": one.id,
        "event": one.event,
        "status": one.status,
        "tries": one.tries,
        "created_at": iso(one.created_at),
        "next_try_at": iso(one.next_at) if one.ended_at is None else None,
        "ended_at": iso(one.ended_at),
        "error": one.last_error,
    }
