"""Webhooks of a workspace and what each is owed. A secret is sealed and leaves only to sign with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import Secret
from bot.domain.errors import DoneBefore, NotFound
from bot.domain.ids import WorkspaceId
from bot.domain.webhooks import TEST
from storage import outbox
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import SlackInstallationRow, WebhookDeliveryRow, WebhookRow
from storage.vault import Sealed, Vault, webhook_identity

FAILED = "webhook"
"""The kind of notices of receivers that take nothing: `webhook`, `host`, `event`, `tries`, `why`, `gone`."""
_LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a workspace is told of what happens."""

    id: str
    workspace_id: WorkspaceId
    url: str
    events: tuple[str, ...]
    enabled: bool
    created_at: datetime

    def wants(self, event: str) -> bool:
        """Whether it is told of this kind of event."""
        return event == TEST or event in self.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook, under way, taken or given up."""

    id: str
    webhook_id: str
    workspace_id: WorkspaceId
    event: str
    body: str
    created_at: datetime
    next_at: datetime
    tries: int
    ended_at: datetime | None
    given_up: bool
    last_error: str | None

    @property
    def status(self) -> Literal["waiting", "retrying", "delivered", "given_up"]:
        """In one word."""
        if self.ended_at is None:
            return "waiting" if self.tries == 0 else "retrying"
        return "given_up" if self.given_up else "delivered"


# --- By people -----------------------------------------------------------------------------------------------------


async def add_webhook(  # noqa: PLR0913  # the columns of one row, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    vault: Vault,
    *,
    webhook_id: str,
    url: str,
    events: Sequence[str],
    secret: Secret,
    enabled: bool,
    now: datetime,
) -> Webhook:
    """Make one."""
    sealed = vault.seal(secret.reveal().encode(), identity=webhook_identity(workspace_id, webhook_id))
    row = WebhookRow(
        id=webhook_id,
        workspace_id=workspace_id,
        url=url,
        events=list(events),
        sealed_secret=sealed.data,
        key_id=sealed.key_id,
        enabled=enabled,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return _webhook(row)


async def get_webhook(session: AsyncSession, workspace_id: WorkspaceId, webhook_id: str) -> Webhook:
    """One that is not deleted. Raises NotFound."""
    return _webhook(await _row(session, workspace_id, webhook_id))


async def made_before(
    session: AsyncSession, workspace_id: WorkspaceId, vault: Vault, webhook_id: str
) -> tuple[Webhook, Secret] | None:
    """The webhook with this id and its secret, if there is one. Raises DoneBefore for one that was deleted."""
    its = (WebhookRow.workspace_id == workspace_id, WebhookRow.id == webhook_id)
    row = await session.scalar(select(WebhookRow).where(*its))
    if row is None:
        return None
    if row.deleted_at is not None:
        raise DoneBefore("The webhook that this call made was deleted since.")
    webhook = _webhook(row)
    return webhook, opened_secret(vault, webhook, row.sealed_secret, row.key_id)


async def list_webhooks(session: AsyncSession, workspace_id: WorkspaceId) -> list[Webhook]:
    """All that are not deleted, oldest first."""
    its = (WebhookRow.workspace_id == workspace_id, WebhookRow.deleted_at.is_(None))
    return [_webhook(row) for row in await session.scalars(select(WebhookRow).where(*its).order_by(WebhookRow.id))]


async def delete_webhook(session: AsyncSession, workspace_id: WorkspaceId, webhook_id: str, *, now: datetime) -> None:
    """Tell it nothing more; its secret is gone. Raises NotFound."""
    row = await _row(session, workspace_id, webhook_id)
    row.deleted_at, row.enabled, row.sealed_secret = now, False, b""
    await _give_up(session, workspace_id, webhook_id, "The webhook was deleted.", now=now)


async def deliveries_of(
    session: AsyncSession, workspace_id: WorkspaceId, webhook_id: str, *, limit: int
) -> list[Delivery]:
    """The newest first. Raises NotFound for the webhook."""
    await _row(session, workspace_id, webhook_id)
    its = (WebhookDeliveryRow.workspace_id == workspace_id, WebhookDeliveryRow.webhook_id == webhook_id)
    newest = (WebhookDeliveryRow.created_at.desc(), WebhookDeliveryRow.id.desc())
    rows = await session.scalars(select(WebhookDeliveryRow).where(*its).order_by(*newest).limit(limit))
    return [_delivery(row) for row in rows]


async def owe(  # noqa: PLR0913  # what of, to which webhook, and when it was
    session: AsyncSession,
    workspace_id: WorkspaceId,
    webhook_id: str,
    *,
    event: str,
    about: str,
    body: str,
    now: datetime,
) -> str | None:
    """Owe a webhook an event; the delivery's id. None: it was owed this before."""
    statement = upsert(session, WebhookDeliveryRow).values(
        id=new_id("msg"),
        webhook_id=webhook_id,
        workspace_id=workspace_id,
        event=event,
        about=f"{webhook_id}:{event}:{about}",
        body=body,
        created_at=now,
        next_at=now,
        tries=0,
        given_up=False,
    )
    added = statement.on_conflict_do_nothing(index_elements=["about"]).returning(WebhookDeliveryRow.id)
    return await session.scalar(added)


async def _row(session: AsyncSession, workspace_id: WorkspaceId, webhook_id: str) -> WebhookRow:
    its = (WebhookRow.workspace_id == workspace_id, WebhookRow.id == webhook_id, WebhookRow.deleted_at.is_(None))
    row = await session.scalar(select(WebhookRow).where(*its))
    if row is None:
        raise NotFound(f"There is no webhook {webhook_id[:60]}.", field="webhook")
    return row


async def _give_up(
    session: AsyncSession, workspace_id: WorkspaceId, webhook_id: str, why: str, *, now: datetime
) -> None:
    its = (WebhookDeliveryRow.workspace_id == workspace_id, WebhookDeliveryRow.webhook_id == webhook_id)
    await session.execute(
        update(WebhookDeliveryRow)
        .where(*its, WebhookDeliveryRow.ended_at.is_(None))
        .values(ended_at=now, given_up=True, last_error=why)
    )


# --- By the deliverer: machinery, for all workspaces ---------------------------------------------------------------


async def listening(
    session: AsyncSession, workspace_ids: Collection[WorkspaceId]
) -> Mapping[WorkspaceId, list[Webhook]]:
    """The enabled webhooks of these workspaces. Machinery."""
    its = (WebhookRow.workspace_id.in_(sorted(workspace_ids)), WebhookRow.enabled, WebhookRow.deleted_at.is_(None))
    found: dict[WorkspaceId, list[Webhook]] = {}
    for row in await session.scalars(select(WebhookRow).where(*its).order_by(WebhookRow.id)):
        found.setdefault(WorkspaceId(row.workspace_id), []).append(_webhook(row))
    return found


async def claim_webhooks(
    session: AsyncSession, *, now: datetime, lease: timedelta, limit: int
) -> list[tuple[Webhook, bytes, str]]:
    """Webhooks that are owed something and to which nobody else delivers for that long, with their sealed secrets.

    First those that were let go longest ago, so that all have their turns. Machinery. One statement, compare and set.
    """
    owed = exists().where(
        WebhookDeliveryRow.webhook_id == WebhookRow.id,
        WebhookDeliveryRow.ended_at.is_(None),
        WebhookDeliveryRow.next_at <= now,
    )
    free = or_(WebhookRow.busy_until.is_(None), WebhookRow.busy_until <= now)
    open_ones = (WebhookRow.enabled, WebhookRow.deleted_at.is_(None), free)
    turns = (WebhookRow.busy_until.asc().nulls_first(), WebhookRow.id)
    due = select(WebhookRow.id).where(*open_ones, owed).order_by(*turns).limit(limit)
    claimed = await session.execute(
        update(WebhookRow)
        .where(WebhookRow.id.in_(due.with_for_update(skip_locked=True)), free)
        .values(busy_until=now + lease)
        .returning(WebhookRow)
    )
    return [(_webhook(row), row.sealed_secret, row.key_id) for row in claimed.scalars()]


async def keep_webhook(session: AsyncSession, webhook: Webhook, *, until: datetime, renewed: datetime) -> bool:
    """Keep it from others until `renewed`; now lets it go. False: the lease that ended `until` was lost.

    Machinery.
    """
    changed = await session.execute(
        update(WebhookRow)
        .where(WebhookRow.id == webhook.id, WebhookRow.busy_until == until)
        .values(busy_until=renewed)
        .returning(WebhookRow.enabled, WebhookRow.deleted_at)
    )
    row = changed.first()
    return row is not None and row.enabled and row.deleted_at is None


async def next_delivery(session: AsyncSession, webhook: Webhook, *, now: datetime) -> Delivery | None:
    """What has waited longest for it. Machinery."""
    its = (WebhookDeliveryRow.webhook_id == webhook.id, WebhookDeliveryRow.ended_at.is_(None))
    due = select(WebhookDeliveryRow).where(*its, WebhookDeliveryRow.next_at <= now)
    row = await session.scalar(due.order_by(WebhookDeliveryRow.next_at, WebhookDeliveryRow.id).limit(1))
    return None if row is None else _delivery(row)


async def settle_delivery(  # noqa: PLR0913  # which, and what became of it
    session: AsyncSession,
    delivery: Delivery,
    *,
    now: datetime,
    error: str | None,
    again_at: datetime | None,
    gone: bool = False,
) -> bool:
    """Write down one try: taken (no `error`), to be tried again, or given up; `gone` tells the webhook nothing more.

    False: it was settled already. Machinery.
    """
    waits = error is not None and again_at is not None and not gone
    ended = {} if waits else {"ended_at": now, "given_up": error is not None}
    changed = await session.execute(
        update(WebhookDeliveryRow)
        .where(
            WebhookDeliveryRow.id == delivery.id,
            WebhookDeliveryRow.tries == delivery.tries,
            WebhookDeliveryRow.ended_at.is_(None),
        )
        .values(
            tries=delivery.tries + 1,
            next_at=again_at or delivery.next_at,
            last_error=error[:_LONGEST_ERROR] if error is not None else None,
            **ended,
        )
        .returning(WebhookDeliveryRow.id)
    )
    counted = changed.first() is not None
    if gone:
        await session.execute(update(WebhookRow).where(WebhookRow.id == delivery.webhook_id).values(enabled=False))
        why = "The receiver said that it is gone for good, so the webhook is switched off."
        await _give_up(session, delivery.workspace_id, delivery.webhook_id, why, now=now)
    return counted


async def owe_word_of_failure(  # noqa: PLR0913  # whose, of what, and why
    session: AsyncSession,
    workspace_id: WorkspaceId,
    webhook: Webhook,
    delivery: Delivery,
    *,
    why: str,
    gone: bool,
    now: datetime,
) -> bool:
    """Owe a notice of a delivery that was given up, or of a receiver that is `gone`, if the workspace is in Slack.

    Once, until the receiver takes something again.
    """
    installed = select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == workspace_id)
    if await session.scalar(installed) is None:
        return False
    its = (WebhookDeliveryRow.webhook_id == webhook.id, WebhookDeliveryRow.workspace_id == workspace_id)
    taken = (WebhookDeliveryRow.ended_at.is_not(None), WebhookDeliveryRow.given_up.is_(False))
    last = await session.scalar(select(func.max(WebhookDeliveryRow.ended_at)).where(*its, *taken))
    since = last.isoformat() if last is not None else "ever"
    there = urlsplit(webhook.url)
    host = f"{there.hostname}:{there.port}" if there.port is not None else there.hostname
    facts = {"webhook": webhook.id, "host": host, "event": delivery.event, "tries": delivery.tries + 1, "why": why}
    return await outbox.add(
        session,
        workspace_id,
        kind=FAILED,
        dedupe_key=f"webhook:{webhook.id}:{'gone' if gone else since}",
        payload={**facts, "gone": gone},
        now=now,
    )


async def forget_deliveries(session: AsyncSession, *, before: datetime) -> int:
    """Drop those that ended before then; returns how many. Machinery."""
    ended = delete(WebhookDeliveryRow).where(WebhookDeliveryRow.ended_at < before).returning(WebhookDeliveryRow.id)
    return len((await session.scalars(ended)).all())


def opened_secret(vault: Vault, webhook: Webhook, data: bytes, key_id: str) -> Secret:
    """What it signs with. Raises CannotOpen."""
    identity = webhook_identity(webhook.workspace_id, webhook.id)
    return Secret(vault.open(Sealed(data=data, key_id=key_id), identity=identity).decode())


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        workspace_id=WorkspaceId(row.workspace_id),
        url=row.url,
        events=tuple(row.events),
        enabled=row.enabled,
        created_at=row.created_at,
    )


def _delivery(row: Any) -> Delivery:  # noqa: ANN401  # a row of the table
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        workspace_id=WorkspaceId(row.workspace_id),
        event=row.event,
        body=row.body,
        created_at=row.created_at,
        next_at=row.next_at,
        tries=row.tries,
        ended_at=row.ended_at,
        given_up=row.given_up,
        last_error=row.last_error,
    )
