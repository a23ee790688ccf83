"""The monthly check: every account of a workspace is asked about at its platform, and what came of it is told once.

On the first of the month at nine, as clocks in the workspace's first brand's zone show; a Herald that was off makes up
for it within a week. A notice of kind "accounts" goes to who installed Herald or, where nobody knows who that is, each
brand's channel gets its own. Its payload: `month` (the ISO date of its first day) and `user` or `brand`.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.accounts import Account
from bot.domain.errors import UserError
from bot.domain.ids import WorkspaceId
from bot.services import connecting
from bot.services.deps import Deps
from storage import accounts, brands, installations, outbox, ticks
from storage.brands import Brand

_log = logging.getLogger(__name__)

KIND = "accounts"
_AT = time(9)
_MADE_UP_FOR = timedelta(days=7)
_AGAIN_AFTER = timedelta(hours=2)
"""Who began a check so long ago and has not told of it is gone."""
_PAUSE_S = 0.5
"""Between two accounts of one platform."""


async def check_in_turn(deps: Deps) -> int:
    """Check the workspaces whose month has begun and that nobody has checked; returns how many. Any number may."""
    async with deps.database.reading() as session:
        installed = await installations.list_installations(session, deps.vault)
    checked = 0
    for installation in installed:
        if not installation.revoked:
            checked += await _check_if_due(deps, installation.workspace_id, installation.installed_by)
    return checked


async def _check_if_due(deps: Deps, workspace_id: WorkspaceId, installed_by: str | None) -> bool:
    now = clock.now()
    async with deps.database.reading() as session:
        known = await brands.list_brands(session, workspace_id)
    month = month_to_check(known, now)
    if month is None:
        return False
    async with deps.database.transaction() as session:
        told = await outbox.was_owed(session, workspace_id, _key(workspace_id, month))
        if told or not await ticks.claim_tick(session, f"accounts:{workspace_id}", now=now, every=_AGAIN_AFTER):
            return False
    async with deps.database.reading() as session:
        all_of_them = await accounts.list_accounts(session, workspace_id)
    await check_all(deps, all_of_them)
    if all_of_them:
        await _tell(deps, workspace_id, known, month, installed_by)
    return bool(all_of_them)


def month_to_check(known: Sequence[Brand], now: datetime) -> date | None:
    """The first day of the month whose check is due; None while none is. What is newer than that has been checked."""
    if not known:
        return None
    first = min(known, key=lambda brand: (brand.created_at, brand.id))
    zone = ZoneInfo(first.timezone)
    month = now.astimezone(zone).date().replace(day=1)
    due_at = datetime.combine(month, _AT, zone)
    return month if due_at <= now < due_at + _MADE_UP_FOR and first.created_at < due_at else None


async def check_all(deps: Deps, known: Sequence[Account], *, pause_s: float = _PAUSE_S) -> None:
    """Ask the platforms about these accounts, one after another at each, several platforms at once."""
    by_platform: dict[str, list[Account]] = defaultdict(list)
    for account in known:
        by_platform[account.platform].append(account)
    await asyncio.gather(*(_check_some(deps, some, pause_s) for some in by_platform.values()))


async def _check_some(deps: Deps, some: Sequence[Account], pause_s: float) -> None:
    for place, account in enumerate(some):
        if place:
            await asyncio.sleep(pause_s)
        try:
            await connecting.check(deps, account)
        except UserError:  # gone meanwhile, or of a platform this Herald does not have
            continue


async def _tell(
    deps: Deps, workspace_id: WorkspaceId, known: Sequence[Brand], month: date, installed_by: str | None
) -> None:
    key, now = _key(workspace_id, month), clock.now()
    facts = {"month": month.isoformat()}
    async with deps.database.transaction() as session:
        if installed_by is not None:
            payload = {**facts, "user": installed_by}
            await outbox.add(session, workspace_id, kind=KIND, dedupe_key=key, payload=payload, now=now)
            return
        for place, brand in enumerate(sorted(known, key=lambda brand: brand.id)):
            await outbox.add(
                session,
                workspace_id,
                kind=KIND,
                dedupe_key=f"{key}:{brand.id}" if place else key,
                payload={**facts, "brand": brand.id},
                now=now,
                brand_id=brand.id,
            )
    _log.info("accounts checked", extra={"workspace_id": workspace_id})


def _key(workspace_id: WorkspaceId, month: date) -> str:
    return f"accounts:{workspace_id}:{month:%Y-%m}"
