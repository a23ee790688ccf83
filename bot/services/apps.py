"""Herald's registrations as an app: configured by the operator, or made at each server."""

from bot.domain.accounts import Connected
from bot.domain.errors import Conflict
from bot.services.deps import Deps
from platforms import oauth
from platforms.base import AppRegistration, Connector
from platforms.errors import AppRefused
from platforms.oauth import Client
from storage import consents


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
        known = await consents.get_app_registration(
            session, deps.vault, platform=name, service_url=base_url, redirect_uri=redirect_uri
        )
    if known is not None:
        return AppRegistration(client_id=known.client_id, client_secret=known.client_secret, redirect_uri=redirect_uri)
    app = await connector.register(deps.sender.wire(connector.spec), base_url, redirect_uri)
    registration = consents.AppRegistration(
        platform=name,
        service_url=base_url,
        redirect_uri=redirect_uri,
        client_id=app.client_id,
        client_secret=app.client_secret,
    )
    async with deps.database.transaction() as session:
        await consents.save_app_registration(session, deps.vault, registration)
    return app


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
