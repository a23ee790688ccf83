"""From warnings as services keep them to the words of handlers/slack/warnings.py: names, zones and the last state."""

from dataclasses import replace
from datetime import date

from bot import clock
from bot.domain.accounts import Account
from bot.domain.ids import BrandId
from bot.domain.installations import Installation
from bot.services import alerting, connecting, preflight, workspaces
from bot.services.deps import Deps
from bot.services.ports import Notice
from handlers.slack import account_table, gather, warnings
from handlers.slack.blocks import Message
from handlers.slack.facts import STATES, Names
from handlers.slack.people import People
from handlers.slack.warnings import AccessFacts, Hit, PreflightFacts

_SELF = "herald"
_LAST_DAY = min(alerting.STEPS)


async def access(
    deps: Deps, people: People, installation: Installation, notice: Notice, told: alerting.Told
) -> Message | None:
    """What a notice about an account's access says now; None: nothing any more."""
    alert, changes = told.alert, notice.kind.endswith("_now")
    called = await gather.names_of(deps, people, installation, (alert.resolved_by,))
    facts = _access_facts(told, notice, called)
    if alert.resolved_at is not None:
        if not changes:
            return None
        by = _person(called, alert.resolved_by)
        return warnings.access_mended(facts, by=by, safe=told.facts["safe"], gone=told.facts["gone"])
    if told.account is None or (facts.ends_at is None and facts.state == "fine"):
        return None
    return warnings.access(facts, clock.now())


def _access_facts(told: alerting.Told, notice: Notice, called: Names) -> AccessFacts:
    """Of an account that was disconnected its platform's name is all there is."""
    account, to = told.account, str(notice.payload.get("to"))
    ends_at = told.ends_at if told.ends_at is not None and told.ends_at > clock.now() else None
    facts = AccessFacts(
        key=told.alert.key,
        brand=told.brand,
        names=called,
        account_id=told.alert.account_id or alerting.NOBODY,
        platform=told.platform,
        handle=told.handle,
        ends_at=ends_at,
        hits=[Hit(at=hit.scheduled_at, zone=hit.zone or told.brand.timezone, text=hit.text) for hit in told.posts],
        count=told.count,
        snoozed_until=told.alert.snoozed_until if to.startswith("owner") else None,
        may_snooze=to.startswith("owner") and ends_at is not None and told.facts["step"] > _LAST_DAY,
        owner=told.facts["owner"] if to == "channel" else None,
    )
    return replace(facts, state=_state(account, ended=told.ends_at is not None)) if account is not None else facts


def _state(account: Account, *, ended: bool) -> str:
    """One that has passed its end is over, whatever was said when it was last asked about."""
    state = STATES[account.health]
    return "ended" if ended and state == "fine" else state


async def flight(
    deps: Deps, people: People, installation: Installation, notice: Notice, told: preflight.Told
) -> Message | None:
    """What a notice about a waiting post says now; None: nothing any more."""
    alert, changes = told.alert, notice.kind.endswith("_now")
    item = next((one for one in told.post.items if one.item_id == alert.item_id), None)
    if item is None or (alert.resolved_at is not None and not changes):
        return None
    called = await gather.names_of(deps, people, installation, (alert.resolved_by,))
    facts = PreflightFacts(
        key=alert.key,
        post=told.post,
        brand=told.brand,
        names=called,
        account_id=item.account_id,
        platform=item.platform,
        handle=item.handle,
        at=item.scheduled_at or alert.opened_at,
        troubles=told.troubles,
    )
    if alert.resolved_at is not None:
        return warnings.preflight_over(facts, str(alert.facts["over"]), by=_person(called, alert.resolved_by))
    return warnings.preflight(facts, clock.now(), aloud=bool(notice.payload.get("aloud")) and not changes)


def _person(called: Names, actor: str | None) -> str | None:
    return None if actor == _SELF else called.person(actor)


async def accounts(
    deps: Deps, people: People, installation: Installation, month: str, brand_id: str | None = None
) -> account_table.Checked:
    """The accounts of the workspace, or of one brand, as they are now. Raises NotFound for the brand."""
    workspace_id = installation.workspace_id
    brand = await workspaces.get_brand(deps, workspace_id, BrandId(brand_id)) if brand_id else None
    known = await connecting.list_accounts(deps, [workspace_id], brand=brand)
    every = await workspaces.list_brands(deps, [workspace_id])
    return account_table.Checked(
        month=date.fromisoformat(month),
        accounts=await gather.accounts(deps, known),
        brands={one.id: one for one in every},
        names=await gather.names_of(deps, people, installation),
    )
