"""Connect links: a page of ours, for one person, ten minutes, one account. Secrets are typed there and not in chat.

The token in the link's address is all one needs, so nobody else is shown it, and only its hash is kept.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Account, Secret
from bot.domain.errors import InvalidContent, NotFound, Problem, UserError
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.typed import readable
from bot.services import apps, connecting, consenting
from bot.services.consenting import CONSENT_FOR as LINK_FOR
from bot.services.deps import Deps
from bot.services.keeping import LINK_IS_OVER, NEW_LINK, Kept, Old, Used, WrongAccount, keep
from platforms.base import Connector, LoginField
from platforms.errors import NotSent, PlatformError
from storage import accounts, brands, connect_links, workspaces
from storage.brands import Brand
from storage.connect_links import ConnectLink

__all__ = [
    "LINK_FOR",
    "LINK_IS_OVER",
    "NEW_LINK",
    "Kept",
    "Link",
    "NotConnected",
    "Old",
    "Used",
    "WrongAccount",
    "ask_consent",
    "login",
    "make_link",
    "mark_of",
    "open_link",
]

_log = logging.getLogger(__name__)

_TOKEN_BYTES = 32
_REFERENCE_BYTES = 4
_MARK_DIGITS = 12


class NotConnected(UserError):
    """The platform said no, or nothing. Nothing changed, and the link stays good. `reference` finds it in the log."""

    code = "not_connected"

    def __init__(self, message: str, *, reference: str, answered: bool) -> None:
        super().__init__(message)
        self.reference = reference
        self.answered = answered
        """Whether the platform said no, rather than nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An open link, as its page shows it."""

    workspace_id: WorkspaceId
    workspace_name: str
    brand: Brand
    platform: str
    title: str
    """The platform's name as people write it."""
    asked_by: str
    asked_by_name: str | None
    account: Account | None
    """The account to reconnect; None for a new one."""
    fields: tuple[LoginField, ...]
    """What a person may type to connect; empty where only consent does."""
    consent: bool
    """Whether the platform has a page that asks for consent."""
    asks: str = ""
    """What the person has to say first, so that the right server asks for consent; empty where there is one server."""
    known: str = ""
    """The same as far as it is known, of an account to reconnect."""
    login_by: str = "an access token"
    """What connects without consent, in words."""
    trouble: str | None = None
    """Why nothing can be done here: the app was taken out of the settings after the link was made."""


async def make_link(  # noqa: PLR0913  # what a link says, by name
    deps: Deps,
    brand: Brand,
    platform: str,
    *,
    asked_by: str,
    asked_by_name: str | None = None,
    account_id: AccountId | None = None,
) -> str:
    """A fresh link's token, good once and for LINK_FOR. With `account_id` for that account of the brand alone.

    Raises NotFound for the platform, the brand or the account, and AppMissing where nothing could be done on its page.
    """
    connector = connecting.connector_called(deps, platform)
    missing = apps.missing_app(deps, connector)
    if missing is not None and connector.login is None:
        raise missing
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = ConnectLink(
        workspace_id=brand.workspace_id,
        brand_id=brand.id,
        platform=connector.spec.name,
        account_id=account_id,
        asked_by=asked_by,
        asked_by_name=asked_by_name,
        expires_at=clock.now() + LINK_FOR,
    )
    async with deps.database.transaction() as session:
        if account_id is not None:
            account = await accounts.get_account(session, brand.workspace_id, account_id, brand_id=brand.id)
            if account.platform != connector.spec.name:
                raise NotFound(f"There is no {connector.spec.title} account {account_id} here.", field="account")
        await connect_links.add_link(session, brand.workspace_id, token, link)
    return token


def mark_of(token: str) -> str:
    """What tells a link's token from others and gives nothing of it away."""
    return connect_links.hash_of(token)[:_MARK_DIGITS]


async def open_link(deps: Deps, token: str, redirect_uri: str = "") -> Link:
    """What the link is for. Opening does not use it up. `redirect_uri` is where a consent would lead back to.

    Raises Used (also for an unknown one) and Old.
    """
    stored = await _open(deps, token)
    connector = connecting.connector_called(deps, stored.platform)
    async with deps.database.reading() as session:
        brand = await brands.get_brand(session, stored.workspace_id, stored.brand_id)
        workspace = await workspaces.get_workspace(session, stored.workspace_id)
        account = None
        if stored.account_id is not None:
            account = await accounts.get_account(session, stored.workspace_id, stored.account_id)
    spec, missing = connector.spec, apps.missing_app(deps, connector)
    return Link(
        workspace_id=stored.workspace_id,
        workspace_name=workspace.name,
        brand=brand,
        platform=spec.name,
        title=spec.title,
        asked_by=stored.asked_by,
        asked_by_name=stored.asked_by_name,
        account=account,
        fields=spec.login if connector.login is not None else (),
        consent=_asks_consent(connector, redirect_uri) and missing is None,
        asks=_asked_first(connector),
        known=_known(connector, account) if account is not None else "",
        login_by=spec.login_by,
        trouble=missing.message if missing is not None else None,
    )


def _asks_consent(connector: Connector, redirect_uri: str) -> bool:
    if connector.consent is not None:
        return connector.consent.trouble(redirect_uri) is None
    return connector.spec.oauth is not None


def _asked_first(connector: Connector) -> str:
    if connector.consent is not None:
        return connector.consent.label
    return "Your server, such as mastodon.social" if connector.server is not None else ""


def _known(connector: Connector, account: Account) -> str:
    if connector.consent is not None:
        return connector.consent.by_account(account.handle, account.service_url)
    return account.service_url


async def _open(deps: Deps, token: str) -> ConnectLink:
    async with deps.database.reading() as session:
        stored = await connect_links.find_link(session, token)
    if stored is None or stored.used_at is not None:
        raise Used
    if stored.expires_at <= clock.now():
        raise Old
    return stored


async def login(deps: Deps, token: str, typed: Mapping[str, str | Secret]) -> Kept:
    """Connect with what was typed on the page. Only a success uses the link up.

    Raises Used, Old, InvalidContent with the fields, WrongAccount, NotConnected and other UserErrors.
    """
    stored = await _open(deps, token)
    connector = connecting.connector_called(deps, stored.platform)
    wanted = _checked(connector, typed)
    brand = await _brand(deps, stored.workspace_id, stored.brand_id)
    try:
        connection = await connecting.log_in(deps, connector, wanted)
    except PlatformError as error:
        raise _not_connected(connector, error) from error
    link_hash = connect_links.hash_of(token)
    return await keep(deps, brand, connector, connection, asked_by=stored.asked_by, link_hash=link_hash)


def _checked(connector: Connector, typed: Mapping[str, str | Secret]) -> dict[str, str | Secret]:
    """What was typed in the login's own fields. Raises InvalidContent."""
    wanted = {field.name: typed.get(field.name, "") for field in connector.spec.login}
    missing = [field for field in connector.spec.login if field.required and not _text(wanted[field.name]).strip()]
    if missing:
        raise InvalidContent([Problem(field=field.name, message="Fill this in.") for field in missing])
    for name, value in wanted.items():
        readable(name, _text(value))
    return {name: value for name, value in wanted.items() if _text(value)}


def _text(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


async def ask_consent(deps: Deps, token: str, server: str, redirect_uri: str) -> str:
    """The address that asks for consent. The link is used up when the person agrees there and comes back.

    Raises Used, Old, InvalidContent for the server, NotConnected and other UserErrors.
    """
    stored = await _open(deps, token)
    connector = connecting.connector_called(deps, stored.platform)
    if connector.server is not None and not server.strip():
        raise InvalidContent([Problem(field="instance", message="Give the server's address, such as mastodon.social.")])
    if connector.consent is not None and not server.strip():
        raise InvalidContent([Problem(field="instance", message="Fill this in.")])
    brand = await _brand(deps, stored.workspace_id, stored.brand_id)
    try:
        asked = await consenting.ask_consent(
            deps,
            brand,
            stored.platform,
            readable("instance", server),
            redirect_uri=redirect_uri,
            asked_by=stored.asked_by,
            link_hash=connect_links.hash_of(token),
        )
    except PlatformError as error:
        raise _not_connected(connector, error) from error
    return asked.url


async def _brand(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId) -> Brand:
    async with deps.database.reading() as session:
        return await brands.get_brand(session, workspace_id, brand_id)


def _not_connected(connector: Connector, error: PlatformError) -> NotConnected:
    reference = secrets.token_hex(_REFERENCE_BYTES)
    facts = {"platform": connector.spec.name, "operation": error.operation, "status": error.status}
    _log.warning("not connected", extra={**facts, "reference": reference, "error": type(error).__name__})
    return NotConnected(error.safe, reference=reference, answered=not isinstance(error, NotSent))
