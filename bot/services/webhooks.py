"""Webhooks as people manage them: made, looked at, tried out, deleted. bot/services/relaying.py delivers."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import Conflict, invalid
from bot.domain.ids import WorkspaceId
from bot.domain.webhooks import EVENTS, TEST, secret_bytes, secret_of
from bot.services.deps import Deps
from bot.services.events import envelope
from storage import audit, webhooks
from storage.ids import new_id
from storage.webhooks import Delivery, Webhook

__all__ = ["Delivery", "Made", "Webhook"]

_SECRET_BYTES = 32
_MOST_WEBHOOKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new webhook and its secret, shown this once."""

    webhook: Webhook
    secret: Secret


async def create_webhook(  # noqa: PLR0913  # what a webhook is made of
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    url: str,
    events: Sequence[str],
    secret: str | None = None,
    enabled: bool = True,
    asked_by: str,
    webhook_id: str | None = None,
) -> Made:
    """Make a webhook, or find the one with its id, which an attempt at the same call made.

    Raises InvalidContent for an address, an event or a secret that cannot be, and Conflict.
    """
    if deps.web is None or not deps.web.may_deliver_to(url):
        raise invalid("url", "A webhook's address begins with https:// and is on the public internet.")
    if not events:
        raise invalid("events", "Name at least one event.")
    if unknown := [event for event in events if event not in EVENTS]:
        raise invalid("events", f"There is no event {unknown[0][:60]}. There are: {', '.join(EVENTS)}.")
    chosen = Secret(secret if secret is not None else secret_of(secrets.token_bytes(_SECRET_BYTES)))
    try:
        secret_bytes(chosen.reveal())
    except ValueError as error:
        raise invalid("secret", str(error)) from None
    now = clock.now()
    async with deps.database.transaction() as session:
        if webhook_id is not None:
            before = await webhooks.made_before(session, workspace_id, deps.vault, webhook_id)
            if before is not None:
                return Made(webhook=before[0], secret=before[1])
        if len(await webhooks.list_webhooks(session, workspace_id)) >= _MOST_WEBHOOKS:
            raise Conflict(f"A workspace has at most {_MOST_WEBHOOKS} webhooks. Delete one first.")
        made = await webhooks.add_webhook(
            session,
            workspace_id,
            deps.vault,
            webhook_id=webhook_id or new_id("whk"),
            url=url,
            events=list(dict.fromkeys(events)),
            secret=chosen,
            enabled=enabled,
            now=now,
        )
        note = audit.AuditEvent(at=now, actor=asked_by, event="webhook_created", detail={"webhook": made.id})
        await audit.add_event(session, workspace_id, note)
    return Made(webhook=made, secret=chosen)


async def list_webhooks(deps: Deps, workspace_id: WorkspaceId) -> list[Webhook]:
    """All of a workspace, oldest first."""
    async with deps.database.reading() as session:
        return await webhooks.list_webhooks(session, workspace_id)


async def show_webhook(
    deps: Deps, workspace_id: WorkspaceId, webhook_id: str, *, limit: int = 20
) -> tuple[Webhook, list[Delivery]]:
    """One webhook and its newest deliveries. Raises NotFound."""
    async with deps.database.reading() as session:
        found = await webhooks.get_webhook(session, workspace_id, webhook_id)
        return found, await webhooks.deliveries_of(session, workspace_id, webhook_id, limit=limit)


async def delete_webhook(deps: Deps, workspace_id: WorkspaceId, webhook_id: str, *, asked_by: str) -> None:
    """Tell it nothing more; what it was owed is given up. Raises NotFound."""
    now = clock.now()
    async with deps.database.transaction() as session:
        await webhooks.delete_webhook(session, workspace_id, webhook_id, now=now)
        note = audit.AuditEvent(at=now, actor=asked_by, event="webhook_deleted", detail={"webhook": webhook_id})
        await audit.add_event(session, workspace_id, note)


async def test_webhook(deps: Deps, workspace_id: WorkspaceId, webhook_id: str) -> str:
    """Owe it an event that means nothing; returns the delivery's id. Raises NotFound, and Conflict if switched off."""
    now = clock.now()
    async with deps.database.transaction() as session:
        found = await webhooks.get_webhook(session, workspace_id, webhook_id)
        if not found.enabled:
            raise Conflict("This webhook is switched off. Make a new one.", field="webhook")
        body = envelope(TEST, workspace_id, now, {"webhook_id": webhook_id})
        delivery_id = await webhooks.owe(
            session, workspace_id, webhook_id, event=TEST, about=new_id("try"), body=body, now=now
        )
    return delivery_id or ""
