"""Access that ends, told with the posts it will kill: at 14, 7, 3 and 1 days, and when it is lost.

Warnings of kind "access". Their keys are `expiry:ACCOUNT:END:STEP` and, for an access that is lost already,
`lost:ACCOUNT:DAY`; their facts:

    step      days (14, 7, 3, 1), or 0 for what is lost
    ends_at   ISO; None for what is lost
    owner     the actor who connected the account, if that is somebody in Slack
    platform, handle   what the account is called, should it be disconnected
    reminders how often the owner was told again
    safe      once mended: how many posts needed it
    gone      once mended: whether the account was disconnected instead

The owner is told first, directly. The brand's channel hears of it at once from the third day on, of the seventh day's
step a day later unless it was mended, and of the fourteenth day's only when nobody knows the owner. Of an account that
cannot be asked, though its network is not down, it hears a day later. A Herald that was off tells the nearest step.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.errors import Conflict, NotAllowed, NotFound, UserError
from bot.domain.gates import Reason
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.people import user_of
from bot.services import connecting, mending
from bot.services.deps import Deps
from bot.services.mending import KIND
from storage import accounts, alerts, brands, endings, gates, ticks
from storage.alerts import Alert, Telling
from storage.brands import Brand
from storage.endings import Endangered, Hit
from storage.engine import Session

__all__ = [
    "KIND",
    "STEPS",
    "Ending",
    "Hit",
    "Told",
    "ending",
    "remind_tomorrow",
    "told",
    "warn",
    "warn_in_turn",
]

_log = logging.getLogger(__name__)

STEPS = (1, 3, 7, 14)
"""Days before the end at which people are told."""
LOST = 0
NOBODY = AccountId("")
_AHEAD = timedelta(days=max(STEPS))
_ALOUD = 3
"""From this step on the channel hears of it at once."""
_LATER = 7
"""At this step it hears of it after `_PATIENCE`."""
_PATIENCE = timedelta(hours=24)
_MOST_NAMED = 5
_EVERY = timedelta(minutes=55)
"""A little less than the rhythm's hour, or every second turn would come too early."""
_ASKED_AGAIN = timedelta(minutes=30)
"""An account that could not be asked is asked once more before anybody is told."""
_REMINDED_AT = time(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An account whose access ends within 14 days, or is lost, and the planned posts that need it after that."""

    account: Account
    ends_at: datetime | None
    """None: it is lost already."""
    posts: tuple[Hit, ...]
    """The first five of them, by their time."""
    count: int
    """How many there are."""


async def ending(session: Session, workspace_id: WorkspaceId, brand_id: BrandId, now: datetime) -> list[Ending]:
    """What threatens the accounts of a brand: those that are lost first, then those that end, by their end."""
    found = await endings.endangered(session, workspace_id, brand_id, now=now, before=now + _AHEAD)
    all_of_them = [await _ending(session, one.account, now) for one in found]
    return sorted(all_of_them, key=lambda one: (one.ends_at is not None, one.ends_at or now, one.account.id))


async def _ending(session: Session, account: Account, now: datetime) -> Ending:
    ends_at = _ends_at(account, now)
    count, first = await endings.hits(
        session, account.workspace_id, account.id, after=ends_at or now, limit=_MOST_NAMED
    )
    return Ending(account=account, ends_at=ends_at, posts=first, count=count)


def _ends_at(account: Account, now: datetime) -> datetime | None:
    """None for an access that is lost, whether it ended or was taken away."""
    working = account.health in {Health.HEALTHY, Health.EXPIRING}
    return account.ends_at if working and account.ends_at is not None and account.ends_at > now else None


def ends_soon(account: Account, now: datetime) -> bool:
    """Whether an access that works ends within 14 days and nobody but a person can change that."""
    ends_at = _ends_at(account, now)
    return ends_at is not None and ends_at <= now + _AHEAD and not account.renews


# --- Warning ---------------------------------------------------------------------------------------------------------


async def warn_in_turn(deps: Deps) -> int:
    """Warn unless another process has done so within the hour; returns how many warnings were opened."""
    async with deps.database.transaction() as session:
        ours = await ticks.claim_tick(session, "alerts", now=clock.now(), every=_EVERY)
    return await warn(deps) if ours else 0


async def warn(deps: Deps) -> int:
    """Open what is due, close what is mended, remind who asked for it. Any number of machines may do it at once."""
    now = clock.now()
    async with deps.database.reading() as session:
        found = await endings.endangered_anywhere(session, now=now, before=now + _AHEAD)
        known = await alerts.open_everywhere(session, KIND)
    opened = 0
    for one in found:
        opened += await _warn_of(deps, one, now)
    for alert in known:
        await _close_if_mended(deps, alert, now)
        await _remind(deps, alert, now)
    return opened


async def _warn_of(deps: Deps, one: Endangered, now: datetime) -> bool:
    if one.account.health is Health.FAILING and not await _still_fails(deps, one, now):
        return False
    async with deps.database.transaction() as session:
        owner = await endings.connected_by(session, one.account.workspace_id, one.account.id)
        return await _open(session, one.account, owner, now)


async def _still_fails(deps: Deps, one: Endangered, now: datetime) -> bool:
    """Whether a network that could not be asked still cannot, though it is not known to be down as a whole."""
    account = one.account
    async with deps.database.transaction() as session:
        shut = await gates.closed(session, now=now)
        gate = shut.of(account.platform, account.id, account.service_url)
        if gate is not None and gate.reason is Reason.DOWN:
            return False
        if not await endings.claim_check(session, account.id, checked_before=now - _ASKED_AGAIN):
            return False
    try:
        return (await connecting.check(deps, account)).trouble is not None
    except UserError:
        return False


async def _open(session: Session, account: Account, owner: str | None, now: datetime) -> bool:
    brand = await brands.get_brand(session, account.workspace_id, account.brand_id)
    ends_at = _ends_at(account, now)
    known = await alerts.open_of_account(session, account.workspace_id, brand.id, account.id, KIND)
    if ends_at is None and any(alert.facts["step"] == LOST for alert in known):
        return False
    step = LOST if ends_at is None else next(days for days in STEPS if ends_at - now <= timedelta(days=days))
    day = now.astimezone(ZoneInfo(brand.timezone)).date().isoformat()
    alert = Alert(
        key=f"lost:{account.id}:{day}" if ends_at is None else f"expiry:{account.id}:{ends_at.isoformat()}:{step}",
        workspace_id=account.workspace_id,
        brand_id=brand.id,
        kind=KIND,
        account_id=account.id,
        facts={
            "step": step,
            "ends_at": ends_at.isoformat() if ends_at is not None else None,
            "owner": owner if owner is not None and user_of(owner) is not None else None,
            "reminders": 0,
            "platform": account.platform,
            "handle": account.handle,
        },
        opened_at=now,
    )
    if not await alerts.open_alert(session, account.workspace_id, alert):
        return False
    for earlier in known:  # the newer step reminds of it
        await alerts.snooze(session, account.workspace_id, earlier.key, None, was=earlier.snoozed_until)
    await _tell(session, alert, brand, account.health, now)
    _log.info("access ends", extra={"account_id": account.id, "platform": account.platform, "step": step})
    return True


async def _tell(session: Session, alert: Alert, brand: Brand, health: Health, now: datetime) -> None:
    step, owner = alert.facts["step"], alert.facts["owner"]
    if owner is not None:
        await alerts.tell(session, alert, Telling(to="owner", facts={"user": user_of(owner)}), now=now)
    failing = health is Health.FAILING
    if owner is None or (step <= _ALOUD and not failing):
        await alerts.tell(session, alert, Telling(to="channel", brand_id=brand.id), now=now)
    elif step <= _LATER or failing:
        later = Telling(to="channel", brand_id=brand.id, deliver_at=now + _PATIENCE)
        await alerts.tell(session, alert, later, now=now)


# --- Mending ---------------------------------------------------------------------------------------------------------


async def _close_if_mended(deps: Deps, alert: Alert, now: datetime) -> None:
    """What nobody mended by hand: an access that was renewed, or works again."""
    account_id = alert.account_id or NOBODY
    async with deps.database.transaction() as session:
        threat = await endings.endangered_account(session, alert.workspace_id, account_id, now=now, before=now + _AHEAD)
        if threat is not None and _is_same(alert, threat.account, now):
            return
        try:
            await accounts.get_account(session, alert.workspace_id, account_id)
        except NotFound:
            await mending.close(session, alert, by="herald", now=now, gone=True)
        else:
            await mending.close(session, alert, by="herald", now=now, gone=False)


def _is_same(alert: Alert, account: Account, now: datetime) -> bool:
    """Whether what threatens the account is still what was told, or what became of it."""
    ends_at = _ends_at(account, now)
    told_of = alert.facts["ends_at"]
    return ends_at is None or (told_of is not None and ends_at <= datetime.fromisoformat(told_of))


# --- Reminding -------------------------------------------------------------------------------------------------------


async def remind_tomorrow(deps: Deps, workspace_id: WorkspaceId, key: str, *, asked_by: str) -> datetime:
    """Tell the owner again tomorrow at nine, in the brand's zone; returns when. Raises NotFound, NotAllowed, Conflict.

    Nobody else is told by it, so nobody else may ask for it.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        alert = await alerts.get_alert(session, workspace_id, key)
        if alert is None or alert.kind != KIND:
            raise NotFound("This warning is not there any more.", field="alert")
        if alert.facts["owner"] != asked_by:
            raise NotAllowed("Only who connected this account is reminded of it.")
        if alert.resolved_at is not None:
            raise Conflict("This was mended meanwhile. Nothing to do.", field="alert")
        brand = await brands.get_brand(session, workspace_id, alert.brand_id)
        until = _tomorrow(now, brand.timezone)
        if alert.facts["step"] in {LOST, min(STEPS)} or alert.facts["reminders"] >= alerts.MOST_REMINDERS:
            raise Conflict("Tomorrow is too late: reconnect it today.", field="alert")
        await alerts.snooze(session, workspace_id, key, until, was=alert.snoozed_until)
        await alerts.tell_now(session, replace(alert, snoozed_until=until), now=now)
    return until


def _tomorrow(now: datetime, zone: str) -> datetime:
    place = ZoneInfo(zone)
    day = now.astimezone(place).date() + timedelta(days=1)
    return datetime.combine(day, _REMINDED_AT, place).astimezone(clock.now().tzinfo)


async def _remind(deps: Deps, alert: Alert, now: datetime) -> None:
    if alert.snoozed_until is None or alert.snoozed_until > now:
        return
    async with deps.database.transaction() as session:
        if not await alerts.snooze(session, alert.workspace_id, alert.key, None, was=alert.snoozed_until):
            return
        number = alert.facts["reminders"] + 1
        facts = {**alert.facts, "reminders": number}
        if await alerts.set_facts(session, alert.workspace_id, alert.key, facts, before=alert.facts):
            again = Telling(to=f"owner:{number}", facts={"user": user_of(alert.facts["owner"] or "")})
            await alerts.tell(session, alert, again, now=now)


# --- For the faces ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A warning with everything it says, as it is now."""

    alert: Alert
    brand: Brand
    account: Account | None
    """None: it was disconnected."""
    platform: str
    handle: str
    ends_at: datetime | None
    """As it was told; None: the access is lost."""
    posts: tuple[Hit, ...]
    count: int

    @property
    def facts(self) -> Mapping[str, Any]:
        """The warning's."""
        return self.alert.facts


async def told(deps: Deps, workspace_id: WorkspaceId, key: str) -> Told | None:
    """What a warning says now; None if there is no such warning."""
    async with deps.database.reading() as session:
        alert = await alerts.get_alert(session, workspace_id, key)
        if alert is None or alert.kind != KIND:
            return None
        brand = await brands.get_brand(session, workspace_id, alert.brand_id)
        account_id, ended = alert.account_id or NOBODY, alert.facts["ends_at"]
        ends_at = None if ended is None else datetime.fromisoformat(ended)
        try:
            account = await accounts.get_account(session, workspace_id, account_id)
        except NotFound:
            account = None
        after = max(filter(None, (clock.now(), ends_at)))
        count, first = await endings.hits(session, workspace_id, account_id, after=after, limit=_MOST_NAMED)
    return Told(
        alert=alert,
        brand=brand,
        account=account,
        platform=alert.facts["platform"],
        handle=alert.facts["handle"],
        ends_at=ends_at,
        posts=first,
        count=count,
    )
