"""Places: which a consent lets Herald publish to, and whether one still does.

A place belongs to an account of Google's, and posts are addressed by both: `accounts/1/locations/2`. The place alone is
what lasts (it may be reached by another account tomorrow), so that is the account's id, and the address stands among
the limits.

Sources, read 2026-11-21:
https://developers.google.com/my-business/reference/accountmanagement/rest/v1/accounts/list and
https://developers.google.com/my-business/reference/businessinformation/rest/v1/accounts.locations/list.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

from bot.domain.accounts import Account, Connected
from platforms import google
from platforms.answers import object_of, text
from platforms.base import Choice, Endpoints, Identity, JsonObject, Request, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.google import inside
from platforms.google_business_profile.spec import ACCOUNTS, LOCATIONS, NAME, SPEC, VERSION
from platforms.places import place

MOST_PAGES = 20
ACCOUNTS_PAGE, LOCATIONS_PAGE = 20, 100
READ_MASK = "name,title,storefrontAddress,metadata"
_PARENT = re.compile(r"accounts/[\w-]+/locations/[\w-]+")


async def choices(wire: Wire, endpoints: Endpoints, connected: Connected) -> tuple[Choice, ...]:
    """The places that may have posts, each once. Raises PlatformError."""
    found: dict[str, Choice] = {}
    for account in await _all(wire, connected, place(SPEC, endpoints, f"{ACCOUNTS}/accounts"), "accounts"):
        name = text(account, "name") or ""
        address = place(SPEC, endpoints, f"{LOCATIONS}/{name}/locations")
        for location in await _all(wire, connected, address, "locations"):
            parent = f"{name}/{text(location, 'name')}"
            may_post = inside(location, "metadata").get("canOperateLocalPost") is not False
            if may_post and _PARENT.fullmatch(parent):
                identity = _identity(location, parent, endpoints.api)
                found.setdefault(identity.platform_account_id, Choice(identity=identity, kind="Location"))
    return tuple(found.values())


async def _all(wire: Wire, connected: Connected, address: str, name: str) -> list[JsonObject]:
    """Every page of a list."""
    size = ACCOUNTS_PAGE if name == "accounts" else LOCATIONS_PAGE
    query = (("pageSize", str(size)), *((("readMask", READ_MASK),) if name == "locations" else ()))
    found: list[JsonObject] = []
    token = ""
    for _ in range(MOST_PAGES):
        request = Request(
            operation=f"{name}.list",
            method="GET",
            url=address,
            query=(*query, *((("pageToken", token),) if token else ())),
            bearer=connected.tokens.access,
        )
        answer = await wire.read(request)
        page = google.items_of(answer, name)
        if page is None:
            raise Unavailable("Google's list cannot be read.", platform=NAME, operation=request.operation)
        found += page
        token = text(object_of(answer), "nextPageToken") or ""
        if not token:
            break
    return found


def _identity(location: JsonObject, parent: str, service_url: str) -> Identity:
    title = text(location, "title") or parent
    address = inside(location, "storefrontAddress")
    lines = address.get("addressLines")
    street = str(lines[0]) if isinstance(lines, list) and lines else None  # pyright: ignore[reportUnknownArgumentType]  # made text of
    city = text(address, "locality")
    return Identity(
        platform_account_id=parent.rpartition("/")[2],
        handle=_slug((title, city)),
        display_name=", ".join(filter(None, (title, street, city))),
        service_url=service_url,
        limits={"parent": parent},
    )


def _slug(words: Iterable[str | None]) -> str:
    """`juniper-coffee-berlin`."""
    return re.sub(r"\W+", "-", " ".join(filter(None, words)).casefold()).strip("-")


def parent_of(account: Account) -> str:
    """`accounts/1/locations/2`. Raises Reconnect when it was not kept."""
    parent = account.limits.get("parent")
    if not isinstance(parent, str) or not _PARENT.fullmatch(parent):
        raise Reconnect("Herald does not know the place of this account. Connect it again.", platform=NAME)
    return parent


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Whether posts of the place may still be read, and so made. Raises PlatformError."""
    account = connected.account
    parent = parent_of(account)
    request = posts_request(connected, parent, (("pageSize", "1"),))
    answer = await wire.read(request)
    if google.items_of(answer, "localPosts") is None or answer.status != HTTPStatus.OK:
        raise Unavailable("Google's list of posts cannot be read.", platform=NAME, operation=request.operation)
    return Identity(
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        display_name=account.display_name,
        service_url=account.service_url,
        limits={"parent": parent},
    )


def posts_request(connected: Connected, parent: str, query: tuple[tuple[str, str], ...]) -> Request:
    """A look at the newest posts of a place."""
    return Request(
        operation="localPosts.list",
        method="GET",
        url=f"{connected.account.service_url}/{VERSION}/{parent}/localPosts",
        query=query,
        bearer=connected.tokens.access,
    )
