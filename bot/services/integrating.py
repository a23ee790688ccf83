"""Integrations: one token of a service that leads to several networks, connected for a whole workspace.

Each network it reaches becomes an account of a brand, like one that somebody connects in Slack. What is connected is
told from those accounts: the newest of them say which of the service's own brands is in use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import clock
from bot.domain.accounts import Account, Health, Secret, Tokens
from bot.domain.errors import Conflict, InvalidContent, UserError, invalid
from bot.domain.gates import Ledger, Scope, free, key_of_account
from bot.domain.ids import BrandId, WorkspaceId
from bot.domain.slots import zone_called
from bot.services import connecting, keeping
from bot.services.deps import Deps
from platforms.base import Connector, capabilities_of
from platforms.errors import AccountError, NotSent, PlatformError
from platforms.routes import Route, Space, Survey
from storage import accounts, brands, gates, integrations
from storage.brands import Brand
from storage.integrations import Linked

_ZONE = "UTC"
_THREADS, _POLLS = "thread", "poll"


class NotLinked(Conflict):
    """Nothing of that integration is connected."""

    code = "integration_not_connected"

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} is not connected. Connect it first.")


class Unreachable(UserError):
    """The service could not be asked; nothing was changed, and the same may be tried again."""

    code = "service_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What is connected of a service. `last_sync` is when it was last heard of."""

    space_id: str
    space_name: str
    connected_at: datetime
    last_sync: datetime | None
    healthy: bool
    accounts: tuple[Account, ...]
    """Those of the space in use."""

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks it leads to, in the service's own words."""
        return tuple(network_of(account) for account in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of asking the service just now."""

    healthy: bool
    latency_ms: float
    rate_limit_remaining: int
    scheduling: bool
    analytics: bool
    media_upload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What somebody gave to connect with."""

    token: Secret
    space_id: str
    user_id: str | None = None


def network_of(account: Account) -> str:
    """The network an account publishes to: its platform, or where that is a route, the network behind it."""
    network = account.limits.get("network")
    return network if isinstance(network, str) else account.platform


def picture_of(account: Account) -> str:
    """Where its picture is; empty where nobody says."""
    url = account.limits.get("picture_url")
    return url if isinstance(url, str) else ""


def username_of(account: Account) -> str:
    """What it is called on its network, as far as it is known."""
    name = account.limits.get("username")
    return name if isinstance(name, str) else account.handle


def abilities(deps: Deps, account: Account) -> tuple[str, ...]:
    """What can be published to an account."""
    connector = deps.connectors.get(account.platform)
    if connector is None:
        return ()
    takes = capabilities_of(connector, account.limits)
    polls = any(_POLLS in option.name for option in takes.options)
    return ("post", *([_THREADS] if takes.threads else []), *([_POLLS] if polls else []))


# --- What is connected -----------------------------------------------------------------------------------------------


async def linked(
    deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None
) -> Integration | None:
    """What is connected of a service, in the workspace or the one brand that may be seen; None: nothing."""
    async with deps.database.reading() as session:
        found = await integrations.linked_accounts(session, workspace_id, platform=platform, brand_id=brand_id)
    return _integration(_route(deps, platform)[1], found) if found else None


async def need(deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None) -> Integration:
    """The same. Raises NotLinked."""
    found = await linked(deps, workspace_id, platform, brand_id=brand_id)
    if found is None:
        raise NotLinked(_route(deps, platform)[0].spec.title)
    return found


async def networks(
    deps: Deps, workspace_id: WorkspaceId, *, brand_id: BrandId | None = None
) -> Mapping[str, Account | None]:
    """Every network Herald knows, and the account that is connected there, whichever way it goes."""
    async with deps.database.reading() as session:
        found = await integrations.linked_accounts(session, workspace_id, brand_id=brand_id)
    there: dict[str, Account | None] = {
        name: None for name, connector in deps.connectors.items() if connector.route is None
    }
    for one in found:
        there[network_of(one.account)] = one.account
    return there


def _integration(route: Route, found: Sequence[Linked]) -> Integration:
    newest = found[-1]
    space = route.space_of(newest.account.platform_account_id)
    inside = [one for one in found if route.space_of(one.account.platform_account_id) == space]
    return Integration(
        space_id=space,
        space_name=newest.account.display_name,
        connected_at=newest.connected_at,
        last_sync=max((one.checked_at for one in inside if one.checked_at is not None), default=None),
        healthy=all(one.account.health in {Health.HEALTHY, Health.EXPIRING} for one in inside),
        accounts=tuple(one.account for one in inside),
    )


def _route(deps: Deps, platform: str) -> tuple[Connector, Route]:
    connector = connecting.connector_called(deps, platform)
    if connector.route is None:
        raise invalid("platform", f"{connector.spec.title} is no way to several networks.")
    return connector, connector.route


# --- Asking it -------------------------------------------------------------------------------------------------------


async def spaces(
    deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None
) -> tuple[Integration, tuple[Space, ...]]:
    """The service's own brands, as it tells them now, and what is connected. Raises NotLinked and Unreachable."""
    here = await need(deps, workspace_id, platform, brand_id=brand_id)
    try:
        survey = await _survey(deps, platform, await _tokens(deps, here))
    except PlatformError as error:
        raise Unreachable(error.safe) from error
    return here, survey.spaces


async def try_out(deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None) -> Trial:
    """Ask the service once, and note whether it let us in. Raises NotLinked.

    A refusal says nothing of what somebody connected anew while it was asked.
    """
    here, asked_at = await need(deps, workspace_id, platform, brand_id=brand_id), clock.now()
    connector, route = _route(deps, platform)
    begun, tokens = clock.uptime_s(), await _tokens(deps, here)
    health, detail = Health.HEALTHY, ""
    try:
        await _survey(deps, platform, tokens)
    except PlatformError as error:
        health, detail = Health.REVOKED if isinstance(error, AccountError) else Health.FAILING, error.safe
    healthy = health is Health.HEALTHY
    latency_ms = round((clock.uptime_s() - begun) * 1_000, 1)
    async with deps.database.transaction() as session:
        for account in here.accounts:
            if healthy:
                await accounts.set_health(session, workspace_id, account.id, health)
            else:
                await accounts.note_trouble(session, workspace_id, account.id, health, detail=detail, asked_at=asked_at)
    return Trial(
        healthy=healthy,
        latency_ms=latency_ms,
        rate_limit_remaining=await _remaining(deps, connector, here),
        scheduling=healthy and route.scheduling,
        analytics=healthy and connector.metrics is not None,
        media_upload=healthy and route.media_upload,
    )


async def _survey(deps: Deps, platform: str, tokens: Tokens) -> Survey:
    connector, route = _route(deps, platform)
    wire = deps.sender.wire(connector.spec)
    return await route.survey(wire, deps.endpoints[connector.spec.name], tokens)


async def _tokens(deps: Deps, here: Integration) -> Tokens:
    ids = [account.id for account in here.accounts]
    async with deps.database.reading() as session:
        found = await accounts.load_connected(session, deps.vault, ids)
    if not found:
        raise Unreachable("Herald cannot open the token it stored. Connect again.")
    return next(iter(found.values()))[0].tokens


async def _remaining(deps: Deps, connector: Connector, here: Integration) -> int:
    """What our own limiter still allows: no service of this kind tells a figure of its own."""
    now = clock.now()
    async with deps.database.reading() as session:
        _, ledgers = await gates.closed_with_ledgers(session, now=now)
    own = [budget for budget in connector.spec.budgets if budget.scope is Scope.ACCOUNT]
    left = [
        free(budget, ledgers.get(key_of_account(account.id), {}).get(budget.name, Ledger()), now)
        for account in here.accounts
        for budget in own
    ]
    return min(left, default=0)


# --- Connecting ------------------------------------------------------------------------------------------------------


async def link(  # noqa: PLR0913  # for whom, with what, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    platform: str,
    given: Linking,
    *,
    brand_id: BrandId | None,
    asked_by: str,
) -> tuple[Integration, Space]:
    """Connect, or connect anew: every network of the space becomes an account. What is planned stays planned.

    One call goes to the service before anything is stored. Raises InvalidContent for `token` and `space`, and
    Unreachable; nothing is kept then.
    """
    connector, route = _route(deps, platform)
    extra = {} if given.user_id is None else {route.user_key: Secret(given.user_id)}
    try:
        survey = await _survey(deps, platform, Tokens(access=given.token, extra=extra))
    except NotSent as error:
        raise Unreachable(error.safe) from error
    except PlatformError as error:
        raise invalid("token", error.safe) from error
    space = next((one for one in survey.spaces if one.id == given.space_id), None)
    if space is None:
        raise invalid("space", f"{connector.spec.title} knows no brand {given.space_id[:40]!r} of this token.")
    if not space.accounts:
        raise invalid("space", f"{space.name} has no network connected in {connector.spec.title}. Connect one there.")
    brand = await _brand(deps, workspace_id, platform, space, brand_id)
    await _renew_others(deps, workspace_id, connector, survey, brand)
    news = [(keeping.new_account(connector, identity), survey.tokens) for identity in space.accounts]
    await keeping.keep_all(deps, brand, news, asked_by=asked_by)
    return await need(deps, workspace_id, platform, brand_id=brand_id), space


async def _brand(deps: Deps, workspace_id: WorkspaceId, platform: str, space: Space, brand_id: BrandId | None) -> Brand:
    """Whose accounts they become: the given brand's, else where they are, else the first one's, made if need be."""
    async with deps.database.transaction() as session:
        if brand_id is not None:
            return await brands.get_brand(session, workspace_id, brand_id)
        there = await integrations.linked_accounts(session, workspace_id, platform=platform)
        if there:
            return await brands.get_brand(session, workspace_id, there[-1].account.brand_id)
        known = await brands.list_brands(session, workspace_id)
        if known:
            return min(known, key=lambda brand: brand.created_at)
        return await brands.create_brand(session, workspace_id, space.name, timezone=_zone(space.timezone))


def _zone(name: str | None) -> str:
    try:
        return _ZONE if name is None else zone_called(name).key
    except InvalidContent:
        return _ZONE


async def _renew_others(
    deps: Deps, workspace_id: WorkspaceId, connector: Connector, survey: Survey, brand: Brand
) -> None:
    """Posts planned for other spaces of the same token go out with the new one too."""
    route, reached = connector.route, {space.id for space in survey.spaces}
    if route is None:
        return
    async with deps.database.transaction() as session:
        there = await integrations.linked_accounts(
            session, workspace_id, platform=connector.spec.name, brand_id=brand.id
        )
        for one in there:
            if route.space_of(one.account.platform_account_id) in reached:
                await accounts.store_tokens(session, workspace_id, deps.vault, one.account, survey.tokens)
                await accounts.set_health(session, workspace_id, one.account.id, Health.HEALTHY)
