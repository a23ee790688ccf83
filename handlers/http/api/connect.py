"""`/connect`: Metricool connected for a workspace, tried, looked at, and disconnected."""

from typing import Annotated

from msgspec import Meta, Struct

from bot.domain.accounts import Account, Health, Secret
from bot.domain.errors import InvalidContent
from bot.domain.spelling import told
from bot.services import disconnecting, integrating
from bot.services.integrating import Linking
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault, Refusal
from handlers.http.api.times import stamp

_METRICOOL = "metricool"
_API_VERSION = "v1"
_HEALTHY, _UNHEALTHY = "healthy", "unhealthy"
Written = Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[\x21-\x7e]+$")]


class IntegrationStatus(Struct, kw_only=True):
    """How an integration stands."""

    connected: bool
    status: str
    last_sync: str | None
    accounts_connected: int


class Integrations(Struct, kw_only=True):
    """The integrations there are."""

    metricool: IntegrationStatus


class PlatformStatus(Struct, kw_only=True):
    """Whether a network has an account."""

    connected: bool
    account: str | None


class ConnectStatus(Struct, kw_only=True):
    """All integrations and networks."""

    integrations: Integrations
    platforms: dict[str, PlatformStatus]


class ConnectBody(Struct, kw_only=True):
    """What Metricool is connected with. `user_id` is found out where it is not given."""

    token: Written
    blog_id: Written
    user_id: Written | None = None


class Blog(Struct, kw_only=True):
    """The brand that is connected."""

    blog_id: str
    blog_name: str
    connected_at: str


class Connected(Struct, kw_only=True):
    """It is connected."""

    status: str
    metricool: Blog
    available_platforms: list[str]


class Connection(Struct, kw_only=True):
    """What is connected; nulls where nothing is. The token is never told."""

    enabled: bool
    blog_id: str | None
    blog_name: str | None
    connected_at: str | None
    last_sync: str | None


class Features(Struct, kw_only=True):
    """What works."""

    scheduling: bool
    analytics: bool
    media_upload: bool


class Trial(Struct, kw_only=True):
    """What came of asking Metricool just now."""

    status: str
    latency_ms: float
    api_version: str
    rate_limit_remaining: int
    features: Features


class MetricoolBrand(Struct, kw_only=True):
    """One of the brands the token reaches."""

    id: str
    name: str
    platforms: list[str]
    is_current: bool


class MetricoolBrands(Struct, kw_only=True):
    """All of them."""

    data: list[MetricoolBrand]


class MetricoolAccount(Struct, kw_only=True):
    """An account of the brand in use. `account_id` is the one that posts are made for."""

    platform: str
    account_id: str
    username: str
    display_name: str
    profile_image: str
    status: str
    features: list[str]


class MetricoolAccounts(Struct, kw_only=True):
    """All of them."""

    data: list[MetricoolAccount]


class Disconnected(Struct, kw_only=True):
    """What disconnecting did."""

    status: str
    disconnected_at: str
    cancelled_posts: int
    disabled_missions: int


async def _status(call: Call[None, None]) -> ConnectStatus:
    here = await integrating.linked(call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id)
    networks = await integrating.networks(call.deps, call.workspace_id, brand_id=call.brand_id)
    platforms = {told(name): PlatformStatus(connected=False, account=None) for name in sorted(networks)}
    for name, account in networks.items():
        if account is not None:
            platforms[told(name)] = PlatformStatus(connected=True, account=integrating.username_of(account))
    if here is None:
        metricool = IntegrationStatus(connected=False, status="disconnected", last_sync=None, accounts_connected=0)
    else:
        metricool = IntegrationStatus(
            connected=True,
            status=_HEALTHY if here.healthy else _UNHEALTHY,
            last_sync=stamp(here.last_sync or here.connected_at),
            accounts_connected=len(here.accounts),
        )
    return ConnectStatus(integrations=Integrations(metricool=metricool), platforms=platforms)


async def _connect(call: Call[ConnectBody, None]) -> Connected:
    given = Linking(token=Secret(call.body.token), space_id=call.body.blog_id, user_id=call.body.user_id)
    try:
        here, space = await integrating.link(
            call.deps, call.workspace_id, _METRICOOL, given, brand_id=call.brand_id, asked_by=call.asked_by
        )
    except InvalidContent as error:
        param = "blog_id" if error.field == "space" else error.field
        raise Refusal(Fault.INVALID, error.message, param=param) from error
    return Connected(
        status="connected",
        metricool=Blog(blog_id=here.space_id, blog_name=here.space_name, connected_at=stamp(here.connected_at)),
        available_platforms=[told(network) for network in space.networks],
    )


async def _connection(call: Call[None, None]) -> Connection:
    here = await integrating.linked(call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id)
    if here is None:
        return Connection(enabled=False, blog_id=None, blog_name=None, connected_at=None, last_sync=None)
    return Connection(
        enabled=True,
        blog_id=here.space_id,
        blog_name=here.space_name,
        connected_at=stamp(here.connected_at),
        last_sync=stamp(here.last_sync or here.connected_at),
    )


async def _test(call: Call[None, None]) -> Trial:
    trial = await integrating.try_out(call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id)
    return Trial(
        status=_HEALTHY if trial.healthy else _UNHEALTHY,
        latency_ms=trial.latency_ms,
        api_version=_API_VERSION,
        rate_limit_remaining=trial.rate_limit_remaining,
        features=Features(scheduling=trial.scheduling, analytics=trial.analytics, media_upload=trial.media_upload),
    )


async def _brands(call: Call[None, None]) -> MetricoolBrands:
    here, spaces = await integrating.spaces(call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id)
    return MetricoolBrands(
        data=[
            MetricoolBrand(
                id=space.id,
                name=space.name,
                platforms=[told(network) for network in space.networks],
                is_current=space.id == here.space_id,
            )
            for space in spaces
        ]
    )


async def _accounts(call: Call[None, None]) -> MetricoolAccounts:
    here = await integrating.need(call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id)
    return MetricoolAccounts(
        data=[
            MetricoolAccount(
                platform=told(integrating.network_of(account)),
                account_id=account.id,
                username=integrating.username_of(account),
                display_name=account.display_name,
                profile_image=integrating.picture_of(account),
                status=_word(account),
                features=list(integrating.abilities(call.deps, account)),
            )
            for account in here.accounts
        ]
    )


def _word(account: Account) -> str:
    return "active" if account.health in {Health.HEALTHY, Health.EXPIRING} else account.health.value


async def _disconnect(call: Call[None, None]) -> Disconnected:
    done = await disconnecting.disconnect(
        call.deps, call.workspace_id, _METRICOOL, brand_id=call.brand_id, asked_by=call.asked_by
    )
    return Disconnected(
        status="disconnected",
        disconnected_at=stamp(done.at),
        cancelled_posts=done.cancelled_posts,
        disabled_missions=done.disabled_missions,
    )


_READ, _WRITE, _TAG = "integrations:read", "integrations:write", "Connecting Metricool"
_NONE = (Fault.INTEGRATION_NOT_CONNECTED,)
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/connect/status",
        family=Family.B,
        scope=_READ,
        answer=ConnectStatus,
        handle=_status,
        summary="See what is connected",
        description="The integrations of the workspace, and every network with its account.",
        tag=_TAG,
        example_answer={
            "integrations": {
                "metricool": {
                    "connected": True,
                    "status": "healthy",
                    "last_sync": "2026-11-22T08:00:00Z",
                    "accounts_connected": 2,
                }
            },
            "platforms": {
                "twitter": {"connected": False, "account": None},
                "linkedin": {"connected": True, "account": "Juniper (LinkedIn)"},
            },
        },
    ),
    Endpoint(
        method="POST",
        path="/connect/metricool",
        family=Family.B,
        scope=_WRITE,
        body=ConnectBody,
        answer=Connected,
        handle=_connect,
        summary="Connect Metricool",
        description="Metricool is asked once before anything is kept. Every network of the brand becomes an account."
        " Connecting again replaces the token and the brand; what is scheduled stays.",
        tag=_TAG,
        keeps_answer=True,
        example_body={"token": "mc_token", "blog_id": "12345", "user_id": "67890"},
        example_answer={
            "status": "connected",
            "metricool": {"blog_id": "12345", "blog_name": "Juniper", "connected_at": "2026-11-22T08:00:00Z"},
            "available_platforms": ["facebook", "instagram", "linkedin"],
        },
    ),
    Endpoint(
        method="GET",
        path="/connect/metricool",
        family=Family.B,
        scope=_READ,
        answer=Connection,
        handle=_connection,
        summary="See the connection to Metricool",
        tag=_TAG,
        example_answer={
            "enabled": True,
            "blog_id": "12345",
            "blog_name": "Juniper",
            "connected_at": "2026-11-22T08:00:00Z",
            "last_sync": "2026-11-22T08:00:00Z",
        },
    ),
    Endpoint(
        method="GET",
        path="/connect/metricool/test",
        family=Family.B,
        scope=_READ,
        answer=Trial,
        handle=_test,
        summary="Try the connection to Metricool",
        description="Asks Metricool once. Where it does not let Herald in, `status` is `unhealthy`. `api_version` is"
        " this API's own.",
        tag=_TAG,
        faults=_NONE,
        example_answer={
            "status": "healthy",
            "latency_ms": 145.2,
            "api_version": "v1",
            "rate_limit_remaining": 29,
            "features": {"scheduling": True, "analytics": False, "media_upload": True},
        },
    ),
    Endpoint(
        method="GET",
        path="/connect/metricool/brands",
        family=Family.B,
        scope=_READ,
        answer=MetricoolBrands,
        handle=_brands,
        summary="List the token's brands in Metricool",
        tag=_TAG,
        faults=_NONE,
        example_answer={
            "data": [{"id": "12345", "name": "Juniper", "platforms": ["facebook", "linkedin"], "is_current": True}]
        },
    ),
    Endpoint(
        method="GET",
        path="/connect/metricool/accounts",
        family=Family.B,
        scope=_READ,
        answer=MetricoolAccounts,
        handle=_accounts,
        summary="List the accounts behind Metricool",
        description="`account_id` is what `POST /posts` takes.",
        tag=_TAG,
        faults=_NONE,
        example_answer={
            "data": [
                {
                    "platform": "linkedin",
                    "account_id": "acct_01kc0000000000000000000000",
                    "username": "Juniper (LinkedIn)",
                    "display_name": "Juniper",
                    "profile_image": "",
                    "status": "active",
                    "features": ["post"],
                }
            ]
        },
    ),
    Endpoint(
        method="DELETE",
        path="/connect/metricool",
        family=Family.B,
        scope=_WRITE,
        answer=Disconnected,
        handle=_disconnect,
        summary="Disconnect Metricool",
        description="Cancels every scheduled post that would go out through Metricool, keeps active missions from"
        " publishing until they are resumed, and forgets the token. Numbers stay. Nothing of what was cancelled is"
        " sent after the answer; what Metricool keeps already is taken back there first.",
        tag=_TAG,
        faults=_NONE,
        example_answer={
            "status": "disconnected",
            "disconnected_at": "2026-11-22T08:00:00Z",
            "cancelled_posts": 12,
            "disabled_missions": 1,
        },
    ),
)
