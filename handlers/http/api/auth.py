"""`/auth`: keys made, and who a key is."""

from typing import Annotated

from msgspec import Meta, Struct, field

from bot.services import workspaces
from bot.services.repeating import Answering
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family
from handlers.http.api.times import stamp


class KeyBody(Struct, kw_only=True):
    """A key to make: with every scope unless some are named, for ever unless days are."""

    name: str
    scopes: Annotated[list[str], Meta(max_length=100)] = field(default_factory=list)
    expires_in_days: int | None = None


class KeyMade(Struct, kw_only=True):
    """The key, this once."""

    id: str
    name: str
    key: str
    prefix: str
    scopes: list[str]
    created_at: str
    expires_at: str | None


class User(Struct, kw_only=True):
    """Who calls: a key."""

    id: str
    name: str | None


class Tenant(Struct, kw_only=True):
    """The workspace."""

    id: str
    name: str


class Whoami(Struct, kw_only=True):
    """What a key is good for."""

    user: User
    tenant: Tenant
    auth_method: str
    scopes: list[str]


async def _make(call: Call[KeyBody, None]) -> KeyMade:
    place = await workspaces.get_workspace(call.deps, call.workspace_id)
    brand = await call.brand() if call.brand_id is not None else None
    key, secret = await workspaces.create_key(
        call.deps,
        place,
        brand=brand,
        scopes=call.body.scopes,
        rate_limit_per_minute=call.key.rate_limit_per_minute,
        name=call.body.name,
        expires_in_days=call.body.expires_in_days,
        key_id=call.id_for("key"),
        answering=None if call.claim is None else Answering(claim=call.claim, words=lambda _: None),
    )
    return KeyMade(
        id=key.id,
        name=key.name or "",
        key=secret.reveal(),
        prefix=key.prefix,
        scopes=list(key.all_scopes),
        created_at=stamp(key.created_at),
        expires_at=stamp(key.expires_at) if key.expires_at is not None else None,
    )


async def _whoami(call: Call[None, None]) -> Whoami:
    place = await workspaces.get_workspace(call.deps, call.workspace_id)
    return Whoami(
        user=User(id=call.key.id, name=call.key.name),
        tenant=Tenant(id=place.id, name=place.name),
        auth_method="api_key",
        scopes=list(call.key.all_scopes),
    )


_TAG = "Keys"
_ID = "key_01kc0000000000000000000000"
ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/auth/keys",
        family=Family.B,
        scope="admin",
        body=KeyBody,
        answer=KeyMade,
        handle=_make,
        summary="Make a key",
        description="For the same workspace, and the same brand where the calling key has one. `key` is shown this"
        " once.",
        tag=_TAG,
        keeps_answer=False,
        example_body={"name": "Dashboard", "scopes": ["analytics:read"], "expires_in_days": 90},
        example_answer={
            "id": _ID,
            "name": "Dashboard",
            "key": "hrld_…",
            "prefix": "hrld_AbC12",
            "scopes": ["analytics:read"],
            "created_at": "2026-11-22T08:00:00Z",
            "expires_at": "2027-02-20T08:00:00Z",
        },
    ),
    Endpoint(
        method="GET",
        path="/auth/whoami",
        family=Family.B,
        scope=None,
        answer=Whoami,
        handle=_whoami,
        summary="Who am I",
        tag=_TAG,
        example_answer={
            "user": {"id": _ID, "name": "Dashboard"},
            "tenant": {"id": "ws_01kc0000000000000000000000", "name": "Juniper Agency"},
            "auth_method": "api_key",
            "scopes": ["analytics:read"],
        },
    ),
)
