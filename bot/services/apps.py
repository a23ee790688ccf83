"""Herald's registrations as an app: configured by the operator, or made at each server."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.accounts import Connected
from bot.domain.errors import Conflict
from bot.services.deps import Deps
from platforms import oauth
from platforms.base import AppRegistration, Connector, Wire
from platforms.consent import OwnConsent
from platforms.errors import AppRefused
from platforms.oauth import Client
from storage import consents
from storage.engine import Session

_Register = Callable[[Wire, str, str], Awaitable[AppRegistration]]


class AppMissing(Conflict):
    """The operator has not told Herald which app it is at this platform."""


def missing_app(deps: Deps, connector: Connector) -> AppMissing | None:
    """What to tell whoever wants a consent where no app is configured; None where one is, or none is needed."""
    spec = connector.spec
    if spec.oauth is None or connector.register is not None or spec.name in deps.apps:
        return None
    called = " and ".join(oauth.app_variables(spec.name))
    return AppMissing(f"{spec.title} needs an app: ask whoever runs Herald to set {called}.", field="platform")


async def app_at(deps: Deps, connector: Connector, base_url: str, redirect_uri: str) -> AppRegistration:
    """Herald's app for consents at this server, registered now where that is how it is done.

    Raises AppMissing and PlatformError.
    """
    name = connector.spec.name
    if connector.consent is not None:
        return await _own_app(deps, name, connector.consent, redirect_uri)
    if connector.register is None:
        configured = deps.apps.get(name)
        if configured is None:
            missing = missing_app(deps, connector)
            raise missing or Conflict(f"Herald is not registered at {connector.spec.title}.", field="platform")
        return AppRegistration(
            client_id=configured.client_id,
            client_secret=configured.client_secret,
            redirect_uri=redirect_uri,
            scopes=configured.scopes,
        )
    async with deps.database.reading() as session:
        known = await _known(session, deps, name, base_url, redirect_uri)
    if known is not None:
        return known
    return await _registered(deps, connector, connector.register, base_url, redirect_uri)


async def app_to_ask_with(deps: Deps, connector: Connector, base_url: str, redirect_uri: str) -> AppRegistration:
    """The same before a person is sent there: registered anew where the server has forgotten it, with its scopes.

    Some delete an app that nobody used; then only their own page would say so, to somebody who cannot mend it.
    """
    app = await app_at(deps, connector, base_url, redirect_uri)
    if connector.register is None:
        return app
    wire = deps.sender.wire(connector.spec)
    if not await oauth.is_known(wire, client_at(deps, connector, base_url, app)):
        app = await _registered(deps, connector, connector.register, base_url, redirect_uri)
    if connector.scopes_at is None:
        return app
    return replace(app, scopes=await connector.scopes_at(wire, base_url))


async def _registered(
    deps: Deps, connector: Connector, register: _Register, base_url: str, redirect_uri: str
) -> AppRegistration:
    app = await register(deps.sender.wire(connector.spec), base_url, redirect_uri)
    app = replace(app, redirect_uri=redirect_uri)
    async with deps.database.transaction() as session:
        await _save(session, deps, connector.spec.name, base_url, app)
    return app


async def _own_app(deps: Deps, platform: str, own: OwnConsent, redirect_uri: str) -> AppRegistration:
    """Herald as it describes itself. Its key is made once: whoever comes second takes the first one's."""
    async with deps.database.reading() as session:
        known = await _known(session, deps, platform, "", redirect_uri)
    if known is not None:
        return known
    app = own.register(redirect_uri)
    async with deps.database.transaction() as session:
        known = await _known(session, deps, platform, "", redirect_uri)
        if known is None:
            await _save(session, deps, platform, "", app)
    return known or app


async def _known(
    session: Session, deps: Deps, platform: str, base_url: str, redirect_uri: str
) -> AppRegistration | None:
    found = await consents.get_app_registration(
        session, deps.vault, platform=platform, service_url=base_url, redirect_uri=redirect_uri
    )
    if found is None:
        return None
    return AppRegistration(client_id=found.client_id, client_secret=found.client_secret, redirect_uri=redirect_uri)


async def _save(session: Session, deps: Deps, platform: str, base_url: str, app: AppRegistration) -> None:
    registration = consents.AppRegistration(
        platform=platform,
        service_url=base_url,
        redirect_uri=app.redirect_uri,
        client_id=app.client_id,
        client_secret=app.client_secret,
    )
    await consents.save_app_registration(session, deps.vault, registration)


def client_at(deps: Deps, connector: Connector, base_url: str, app: AppRegistration) -> Client:
    """Herald at an authorization server."""
    endpoints = deps.endpoints[connector.spec.name]
    return Client(spec=connector.spec, endpoints=endpoints, app=app, base_url=base_url)


def client_of(deps: Deps, connector: Connector, connected: Connected) -> Client:
    """Herald as the app a connected account's tokens were given to. Raises AppRefused when it is not configured."""
    extra, configured = connected.tokens.extra, deps.apps.get(connector.spec.name)
    if "client_id" in extra and "client_secret" in extra:
        app = AppRegistration(
            client_id=extra["client_id"].reveal(), client_secret=extra["client_secret"], redirect_uri=""
        )
    elif configured is not None:
        app = AppRegistration(client_id=configured.client_id, client_secret=configured.client_secret, redirect_uri="")
    else:
        missing = missing_app(deps, connector)
        raise AppRefused(missing.message if missing is not None else "Herald's app is missing.")
    return client_at(deps, connector, connected.account.service_url, app)
