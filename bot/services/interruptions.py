"""What somebody asked for and a crash may cut off: whoever asked is told, unless it came to an end."""

from datetime import timedelta

from bot import clock
from bot.domain.ids import WorkspaceId
from bot.services.deps import Deps
from storage import outbox

KIND = "interrupted"
"""The notice to who asked. Its payload has `user`, and `what` they did in their words."""
_SILENT = timedelta(minutes=1)
"""Whoever works on something for longer is gone, or lets people wait too long anyway."""


async def watch(deps: Deps, workspace_id: WorkspaceId, key: str, *, user: str, what: str) -> None:
    """Owe somebody the news that this was cut off, unless `over` is called within a minute. Durable when it returns."""
    now = clock.now()
    async with deps.database.transaction() as session:
        payload = {"user": user, "what": what}
        await outbox.add(
            session,
            workspace_id,
            kind=KIND,
            dedupe_key=_name(key),
            payload=payload,
            now=now,
            deliver_at=now + _SILENT,
        )


async def over(deps: Deps, workspace_id: WorkspaceId, key: str) -> None:
    """It came to an end: there is nothing to tell."""
    async with deps.database.transaction() as session:
        await outbox.take_back(session, workspace_id, _name(key))


def _name(key: str) -> str:
    return f"{KIND}:{key}"
