"""Connecting an account: by a token made in the server's settings, or by OAuth with an app registered at each server.

Sources: docs.joinmastodon.org/methods/apps, /methods/oauth and /methods/accounts, read 2026-11-21.
"""

import ipaddress
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.errors import invalid
from platforms.answers import identifier, object_of, text
from platforms.base import AppRegistration, Connection, Endpoints, Identity, Request, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.mastodon.limits import ask_server, to_json
from platforms.mastodon.servers import ways_of
from platforms.mastodon.spec import RECONNECT, SCOPES

CLIENT_NAME = "Herald"
OWN_ACCOUNT = "GET /api/v1/accounts/verify_credentials"
WHOLE_SCOPES = ("read", "write")
"""All that some servers know (platforms/mastodon/servers.py). They give more than Herald uses."""
_NOBODYS = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY})
"""What a server says of a token that is no person's: Mastodon of an app's own, snac 2.94 of a dead one (measured
2026-11-23). This call has nothing else that could be wrong."""


async def login(wire: Wire, endpoints: Endpoints, typed: Mapping[str, str | Secret]) -> Connection:
    """Connect with a server's address and a token from its settings. Raises InvalidContent and PlatformError."""
    base_url = server_url(_typed(typed, "instance") or endpoints.api)
    token = _typed(typed, "token").strip()
    if not token:
        raise invalid("token", "The access token is missing. Make one under Preferences, Development on your server.")
    tokens = Tokens(access=Secret(token))
    return Connection(identity=await who(wire, base_url, tokens), tokens=tokens)


def server_url(typed: str) -> str:
    """The base address of a server, without a trailing slash, from what a person typed: an address, a domain, a handle.

    Raises InvalidContent. Plain http is for servers on this machine only.
    """
    value = typed.strip().rpartition("@")[2] if "://" not in typed else typed.strip()
    if not value:
        raise invalid("instance", "The server is missing. Give its address, such as https://mastodon.social.")
    try:
        parts = urlsplit(value if "://" in value else f"https://{value}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise invalid("instance", f"{value!r} is not a server's address.") from None
    if not host or parts.username is not None or any(character.isspace() for character in host):
        raise invalid("instance", f"{value!r} is not a server's address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise invalid("instance", "The server's address must begin with https://.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Who the token belongs to, and the server's limits as they are now. Raises PlatformError."""
    return await who(wire, connected.account.service_url, connected.tokens)


async def who(wire: Wire, base_url: str, tokens: Tokens) -> Identity:
    """Who a token belongs to at a server, with the server's limits. Raises PlatformError."""
    answer = await wire.read(
        Request(
            operation=OWN_ACCOUNT,
            method="GET",
            url=f"{base_url}/api/v1/accounts/verify_credentials",
            bearer=tokens.access,
            accept_status=_NOBODYS,
        )
    )
    if answer.status in _NOBODYS:
        raise Reconnect(RECONNECT, platform="mastodon", operation=OWN_ACCOUNT, status=answer.status)
    account = object_of(answer)
    account_id, username = identifier(account), text(account, "username")
    if account_id is None or username is None:
        raise Unavailable(f"{base_url} does not answer like a Mastodon server. Check the address.")
    limits, domain = await ask_server(wire, base_url)
    return Identity(
        platform_account_id=account_id,
        handle=f"{username}@{domain or urlsplit(base_url).netloc}",
        display_name=text(account, "display_name") or username,
        service_url=base_url,
        limits=to_json(limits),
    )


async def register(wire: Wire, base_url: str, redirect_uri: str) -> AppRegistration:
    """Register Herald at a server; keep the result for this server and redirect address. Raises PlatformError.

    A server may forget an app that was never used: when a token call says `invalid_client`, register again.
    """
    scopes = await scopes_at(wire, base_url)
    answer = await wire.prepare(
        Request(
            operation="POST /api/v1/apps",
            method="POST",
            url=f"{base_url}/api/v1/apps",
            form=(("client_name", CLIENT_NAME), ("redirect_uris", redirect_uri), ("scopes", " ".join(scopes))),
        )
    )
    app = object_of(answer)
    client_id, client_secret = text(app, "client_id"), text(app, "client_secret")
    if client_id is None or client_secret is None:
        raise Unavailable(f"{base_url} did not register Herald. Check the address.")
    return AppRegistration(client_id=client_id, client_secret=Secret(client_secret), redirect_uri=redirect_uri)


async def scopes_at(wire: Wire, base_url: str) -> tuple[str, ...]:
    """What to ask people for at a server: no more than is needed, where it knows such scopes. Raises PlatformError."""
    limits, _ = await ask_server(wire, base_url)
    return SCOPES if ways_of(limits.software).fine_scopes else WHOLE_SCOPES


async def revoke(wire: Wire, endpoints: Endpoints, connected: Connected) -> None:  # noqa: ARG001  # Connector.revoke
    """Tell the server to forget the token; one that is dead already is fine there. Raises PlatformError.

    A token that a person made by hand can only be removed by hand: nothing is sent.
    """
    extra = connected.tokens.extra
    if "client_id" not in extra or "client_secret" not in extra:
        return
    await wire.prepare(
        Request(
            operation="POST /oauth/revoke",
            method="POST",
            url=f"{connected.account.service_url}/oauth/revoke",
            form=(
                ("client_id", extra["client_id"]),
                ("client_secret", extra["client_secret"]),
                ("token", connected.tokens.access),
            ),
        )
    )


def _typed(typed: Mapping[str, str | Secret], name: str) -> str:
    value = typed.get(name, "")
    return value.reveal() if isinstance(value, Secret) else value


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
