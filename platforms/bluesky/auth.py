"""Sessions by app password: connect, check, renew, end. Of a consent (platforms/bluesky/oauth.py) the last three.

A session's access token lives two hours, its refresh token ninety days; each renewal gives a new pair, and the used
refresh token gives the same successor for two hours more. The app password is kept with the tokens, so that a dead
refresh token costs one login instead of a human. Logins are scarce (30 in 5 minutes, 300 a day): never one per post.
Source: https://github.com/bluesky-social/atproto, packages/pds/src/account-manager/helpers/auth.ts and
packages/pds/src/api/com/atproto/server/createSession.ts, 2026-11-21.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from bot.domain.accounts import Connected, Secret, Tokens
from platforms.base import Answer, Connection, Endpoints, Identity, Request, Wire
from platforms.bluesky import oauth
from platforms.bluesky.answers import UnreadableError, as_object, object_in, text_in, unusable
from platforms.bluesky.calls import key_of, xrpc
from platforms.bluesky.resolving import (
    is_did,
    is_handle,
    plain_identifier,
    resolve_handle,
    resolve_server,
    server_in,
)
from platforms.bluesky.session import identity_of, refuse_inactive, status_in
from platforms.bluesky.spec import ENTRYWAY, NAME
from platforms.errors import AccountError, ContentRefused, NotSent, PlatformError, Reconnect, TokenExpired

_CREATE = "com.atproto.server.createSession"
_REFRESH = "com.atproto.server.refreshSession"
_DELETE = "com.atproto.server.deleteSession"

_MAKE_ONE = "Make a new one under Settings, Privacy and security, App passwords, and connect the account again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """What createSession and refreshSession answer."""

    did: str
    handle: str
    access: Secret
    refresh: Secret
    server: str | None
    """The PDS of the DID document that came along, if any."""
    status: str | None
    """Why the account is not active; None when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Where to log in, and who is expected there."""

    server: str
    fixed: bool
    """Whether the account stays at `server`, whatever the DID document says."""
    did: str | None = None


async def login(wire: Wire, endpoints: Endpoints, fields: Mapping[str, str | Secret]) -> Connection:
    """Connect by identifier and app password. Raises Reconnect with the reason, or Unavailable."""
    identifier = plain_identifier(_plain(fields.get("identifier")))
    password = fields.get("password", "")
    password = password if isinstance(password, Secret) else Secret(password)
    if not identifier or not password.reveal():
        raise _no("Give the account's handle and an app password.")
    target = await _target(wire, endpoints, identifier, _plain(fields.get("service")))
    session = await _create_session(wire, target.server, identifier, password)
    if target.did is not None and session.did != target.did:
        raise _no(f"{target.server} logged us in as another account than {identifier}. Nothing was connected.")
    server = target.server if target.fixed else await _home(wire, endpoints, session, target)
    identity = Identity(
        platform_account_id=session.did, handle=session.handle, display_name=session.handle, service_url=server
    )
    return Connection(identity=identity, tokens=_tokens(session, password))


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Who the access is for, from the account's own server. Raises Reconnect when it is somebody else."""
    account = connected.account
    return await identity_of(wire, account.service_url, account.platform_account_id, connected.tokens)


async def refresh(wire: Wire, endpoints: Endpoints, connected: Connected) -> Tokens:
    """A new pair of tokens: by the refresh token, else by one login with the kept app password, if there is one.

    Raises Reconnect when neither is taken.
    """
    del endpoints
    if key_of(connected.tokens) is not None:
        return await oauth.refresh(wire, connected)
    session = await _renew(wire, connected)
    if session is None:
        session = await _log_in_again(wire, connected)
    if session.did != connected.account.platform_account_id:
        raise _no("This app password belongs to another Bluesky account. Connect the account again.")
    return _tokens(session, connected.tokens.extra.get("app_password"))


def renews_once(tokens: Tokens) -> bool:
    """Whether asking twice may end the access: of a consent. A session's used token is good for a while longer."""
    return key_of(tokens) is not None


async def _renew(wire: Wire, connected: Connected) -> _Session | None:
    """The session that follows the refresh token; None when that is dead."""
    token = connected.tokens.refresh
    if token is None:
        return None
    url = xrpc(connected.account.service_url, _REFRESH)
    try:
        answer = await wire.prepare(Request(operation=_REFRESH, method="POST", url=url, bearer=token))
    except (TokenExpired, ContentRefused):
        return None
    except AccountError as error:
        if error.code == "InvalidToken":
            return None
        raise
    return _session(_REFRESH, answer)


async def _log_in_again(wire: Wire, connected: Connected) -> _Session:
    password = connected.tokens.extra.get("app_password")
    if password is None:
        raise _no("The Bluesky session has ended. Connect the account again.")
    account = connected.account
    return await _create_session(
        wire, account.service_url, account.platform_account_id, password, called=account.handle
    )


async def revoke(wire: Wire, endpoints: Endpoints, connected: Connected) -> None:
    """End the session or the consent. One that has ended already is fine."""
    del endpoints
    if key_of(connected.tokens) is not None:
        await oauth.revoke(wire, connected)
        return
    if connected.tokens.refresh is None:
        return
    url = xrpc(connected.account.service_url, _DELETE)
    try:
        _ = await wire.prepare(Request(operation=_DELETE, method="POST", url=url, bearer=connected.tokens.refresh))
    except AccountError:
        return


async def _target(wire: Wire, endpoints: Endpoints, identifier: str, service: str) -> _Target:
    entryway = endpoints.auth or ENTRYWAY
    if service.strip():
        return _Target(server=_server(service), fixed=True)
    if "@" in identifier:
        return _Target(server=entryway, fixed=False)
    did = identifier if is_did(identifier) else None
    if did is None and not is_handle(identifier):
        raise _no(f"{identifier!r} is no Bluesky handle; one looks like juniper.bsky.social.")
    try:
        if did is None:
            did = await resolve_handle(wire, endpoints, identifier)
    except PlatformError:
        return _Target(server=entryway, fixed=False)
    if did is None:
        raise _no(f"Bluesky knows no account {identifier}. Check the spelling, or give the account's server.")
    try:
        return _Target(server=await resolve_server(wire, endpoints, did), fixed=True, did=did)
    except PlatformError:
        return _Target(server=entryway, fixed=False, did=did)


async def _home(wire: Wire, endpoints: Endpoints, session: _Session, target: _Target) -> str:
    """Where the account lives, after a login at the entryway."""
    if session.server is not None:
        return session.server
    try:
        return await resolve_server(wire, endpoints, session.did)
    except NotSent:
        return target.server


async def _create_session(
    wire: Wire, server: str, identifier: str, password: Secret, *, called: str | None = None
) -> _Session:
    called = called or identifier
    request = Request(
        operation=_CREATE,
        method="POST",
        url=xrpc(server, _CREATE),
        secret_json={"identifier": identifier, "password": password},
    )
    try:
        session = _session(_CREATE, await wire.prepare(request))
    except TokenExpired as error:
        raise _no(
            f"Bluesky does not take this app password for {called}. {_MAKE_ONE}",
            cause=error,
        ) from None
    except ContentRefused as error:
        if error.status is None:
            raise
        raise _no(f"Bluesky does not take this login for {called}.", cause=error) from None
    refuse_inactive(session.status)
    return session


def _session(operation: str, answer: Answer) -> _Session:
    try:
        fields = object_in(answer)
        return _Session(
            did=text_in(fields, "did"),
            handle=text_in(fields, "handle"),
            access=Secret(text_in(fields, "accessJwt")),
            refresh=Secret(text_in(fields, "refreshJwt")),
            server=server_in(fields.get("didDoc")),
            status=status_in(fields),
        )
    except UnreadableError:
        raise unusable(operation) from None


def _tokens(session: _Session, password: Secret | None) -> Tokens:
    return Tokens(
        access=session.access,
        refresh=session.refresh,
        access_expires_at=_expiry(session.access),
        refresh_expires_at=_expiry(session.refresh),
        extra={} if password is None else {"app_password": password},
    )


def _expiry(token: Secret) -> datetime | None:
    """The `exp` of a JSON web token, unverified: only its issuer could lie, to its own harm. Or None."""
    parts = token.reveal().split(".")
    try:
        payload = parts[1] + "=" * (-len(parts[1]) % 4)
        decoded = cast("object", json.loads(base64.urlsafe_b64decode(payload)))  # loads is typed Any
        ends = as_object(decoded).get("exp")
        return datetime.fromtimestamp(ends, UTC) if isinstance(ends, (int, float)) else None
    except (IndexError, ValueError, OverflowError, OSError, UnreadableError):
        return None


def _no(safe: str, *, cause: PlatformError | None = None) -> Reconnect:
    if cause is None:
        return Reconnect(safe, platform=NAME)
    return Reconnect(
        safe,
        platform=NAME,
        operation=cause.operation,
        status=cause.status,
        code=cause.code,
        request_id=cause.request_id,
    )


def _server(service: str) -> str:
    service = service.strip().rstrip("/")
    return service if service.startswith(("https://", "http://")) else f"https://{service}"


def _plain(value: str | Secret | None) -> str:
    return value.reveal() if isinstance(value, Secret) else value or ""
