"""What accounts say of themselves for some days: views, reach and followers, whatever was posted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain import spans
from bot.domain.errors import invalid
from bot.domain.report import AccountLine, Span
from bot.services import history
from bot.services.integrating import network_of
from storage import account_days, integrations, numbers
from storage.account_days import KnownDay

if TYPE_CHECKING:
    from bot.domain.accounts import Account
    from bot.domain.ids import AccountId, BrandId, WorkspaceId
    from bot.services.deps import Deps
    from storage.brands import Brand
    from storage.engine import Session

__all__ = ["AccountDays", "KnownDay", "of_brand", "of_days"]

_DAY = timedelta(days=1)
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDays:
    """One account, and what it says of each day."""

    account: "Account"
    network: str
    days: Sequence[KnownDay]
    fetching: bool
    """Whether earlier days are being fetched."""


async def of_days(
    deps: "Deps",
    workspace_id: "WorkspaceId",
    span: spans.Span,
    *,
    brand_id: "BrandId | None",
    networks: Collection[str] = (),
) -> list[AccountDays]:
    """Day by day, of each account of a brand or of all; days that are not known yet are fetched from now on.

    `networks` empty: all. Raises InvalidContent for days that are too many.
    """
    if not 1 <= span.days <= _MOST_DAYS:
        raise invalid("start_date", f"Ask for 1 to {_MOST_DAYS} days at once.")
    await history.want(deps, workspace_id, brand_id, span.start)
    async with deps.database.reading() as session:
        linked = await integrations.linked_accounts(session, workspace_id, brand_id=brand_id)
        accounts = {
            one.account.id: one.account for one in linked if not networks or network_of(one.account) in networks
        }
        known = await account_days.between(session, workspace_id, accounts, span.start, span.end)
    fetching = await history.fetching(deps, workspace_id, accounts)
    days: dict[AccountId, list[KnownDay]] = {}
    for day in known:
        days.setdefault(day.account_id, []).append(day)
    return [
        AccountDays(
            account=account,
            network=network_of(account),
            days=days.get(account_id, []),
            fetching=account_id in fetching,
        )
        for account_id, account in accounts.items()
    ]


async def of_brand(deps: "Deps", brand: "Brand", span: Span) -> tuple[AccountLine, ...]:
    """Of each account that says anything of these days, and of those whose earlier days are being fetched."""
    workspace_id = brand.workspace_id
    async with deps.database.reading() as session:
        linked = await integrations.linked_accounts(session, workspace_id, brand_id=brand.id)
        accounts = {one.account.id: one.account for one in linked}
        sums = await account_days.sums(session, workspace_id, accounts, span.since, span.until)
        lately = await _followers(session, brand, accounts, span.until, since=span.since)
        after = await _followers(session, brand, accounts, span.until) | lately
        before = await _followers(session, brand, accounts, span.since - _DAY)
    fetching = await history.fetching(deps, workspace_id, accounts)
    nothing = account_days.Sums(views=None, views_days=0, reach_a_day=None)
    lines: list[AccountLine] = []
    for account_id, account in accounts.items():
        said, followers = sums.get(account_id, nothing), after.get(account_id)
        if said == nothing and followers is None and account_id not in fetching:
            continue
        begun = before.get(account_id) if account_id in lately else None
        lines.append(
            AccountLine(
                platform=account.platform,
                handle=account.handle,
                views=said.views,
                views_days=said.views_days,
                reach_a_day=said.reach_a_day,
                followers=followers,
                followers_change=None if followers is None or begun is None else followers - begun,
                fetching=account_id in fetching,
            )
        )
    return tuple(lines)


async def _followers(
    session: "Session", brand: "Brand", accounts: "dict[AccountId, Account]", day: date, *, since: date | None = None
) -> "dict[AccountId, int]":
    """At the end of that day, known on `since` or later: as the account was asked, else as its network remembers."""
    zone = ZoneInfo(brand.timezone)
    end = datetime.combine(day + _DAY, time(), zone).astimezone(UTC)
    begin = None if since is None else datetime.combine(since, time(), zone).astimezone(UTC)
    remembered = await account_days.followers_at(session, brand.workspace_id, accounts, day, since=since)
    return remembered | await numbers.followers_at(session, brand.workspace_id, accounts, end, since=begin)
