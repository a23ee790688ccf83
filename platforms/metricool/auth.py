"""Connecting: a token, a brand and one of the networks that are connected to it there, or all of them."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.errors import invalid
from platforms.answers import as_object, identifier, text
from platforms.base import Answer, Connection, Endpoints, Identity, JsonObject, Request, Wire
from platforms.errors import Reconnect
from platforms.metricool.networks import DATA, NETWORKS
from platforms.metricool.reading import USER, account_of, listed, token_header, user_query
from platforms.metricool.spec import NUMBER
from platforms.routes import Route, Space, Survey

BRANDS = "GET /v2/settings/brands"
_NAME = "metricool"


async def login(wire: Wire, endpoints: Endpoints, typed: Mapping[str, str | Secret]) -> Connection:
    """Ask Metricool for the user's brands, and see that the wanted one has the wanted network.

    Raises InvalidContent naming the field, and PlatformError.
    """
    token, user, brand_id = _typed(typed)
    tokens = Tokens(access=token, extra={USER: Secret(user)})
    brand = _brand(await wire.read(_brands(endpoints.api, tokens)), brand_id)
    if brand is None:
        raise invalid("blog", f"Metricool knows no brand {brand_id} of this user. Copy blogId from its page's address.")
    network = _chosen(str(typed.get("network") or "").strip().lower(), brand)
    return Connection(identity=_identity(brand, brand_id, network, endpoints.api), tokens=tokens)


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The brand as it is now. Raises Reconnect when it or its network is gone."""
    (brand_id, network), base = account_of(connected), connected.account.service_url
    brand = _brand(await wire.read(_brands(base, connected.tokens)), brand_id)
    if brand is None:
        raise Reconnect("This token no longer reaches the brand in Metricool. Connect it again.", platform=_NAME)
    if network not in _connected(brand):
        title = NETWORKS[network].title if network in NETWORKS else network
        raise Reconnect(f"{title} is no longer connected to this brand in Metricool. Connect it there.", platform=_NAME)
    return _identity(brand, brand_id, network, base)


async def survey(wire: Wire, endpoints: Endpoints, tokens: Tokens) -> Survey:
    """All brands of the token, with their networks; whoever names no user gets the one that the brands name.

    Raises PlatformError.
    """
    found = listed(await wire.read(_brands(endpoints.api, tokens)), BRANDS)
    spaces = [_space(brand, brand_id, endpoints.api) for brand in found if (brand_id := identifier(brand))]
    user = next((user for brand in found if (user := identifier(brand, "userId"))), None)
    if USER not in tokens.extra and user is not None:
        tokens = replace(tokens, extra={**tokens.extra, USER: Secret(user)})
    return Survey(tokens=tokens, spaces=tuple(spaces))


def _space(brand: JsonObject, brand_id: str, base: str) -> Space:
    networks = tuple(_connected(brand))
    return Space(
        id=brand_id,
        name=_label(brand, brand_id),
        timezone=text(brand, "timezone"),
        networks=networks,
        accounts=tuple(_identity(brand, brand_id, network, base) for network in networks),
    )


def _space_of(platform_account_id: str) -> str:
    return platform_account_id.partition(":")[0]


ROUTE = Route(survey=survey, space_of=_space_of, user_key=USER)


def _typed(typed: Mapping[str, str | Secret]) -> tuple[Secret, str, str]:
    token, user, brand = typed.get("token", ""), str(typed.get("user", "")).strip(), str(typed.get("blog", "")).strip()
    for field, value in (("user", user), ("blog", brand)):
        if not NUMBER.fullmatch(value):
            raise invalid(field, f"The {field} id is a number. It stands in the address of Metricool's page.")
    return (token if isinstance(token, Secret) else Secret(token)), user, brand


def _chosen(wanted: str, brand: JsonObject) -> str:
    """The network meant. Raises InvalidContent naming those there are."""
    there = _connected(brand)
    if wanted in there:
        return wanted
    if not wanted and len(there) == 1:
        return there[0]
    if not there:
        raise invalid("network", "No network is connected to this brand in Metricool. Connect one there.")
    raise invalid("network", f"Choose one of the networks this brand has in Metricool: {', '.join(there)}.")


def _brands(base: str, tokens: Tokens) -> Request:
    return Request(
        operation=BRANDS,
        method="GET",
        url=f"{base}/v2/settings/brands",
        query=user_query(tokens),
        secret_headers=token_header(tokens.access),
    )


def _brand(answer: Answer, brand_id: str) -> JsonObject | None:
    return next((one for one in listed(answer, BRANDS) if identifier(one) == brand_id), None)


def _connected(brand: JsonObject) -> list[str]:
    """The networks of which the brand has an account."""
    data = as_object(brand.get("networksData"))
    return sorted(word for word, name in DATA.items() if data.get(name))


def _identity(brand: JsonObject, brand_id: str, network: str, base: str) -> Identity:
    label, own = _label(brand, brand_id), as_object(as_object(brand.get("networksData")).get(DATA[network]))
    shown = {"username": text(own, "username"), "picture_url": text(own, "picture") or text(brand, "picture")}
    return Identity(
        platform_account_id=f"{brand_id}:{network}",
        handle=f"{label} ({NETWORKS[network].title})",
        display_name=label,
        service_url=base,
        limits={"network": network, **{name: value for name, value in shown.items() if value}},
    )


def _label(brand: JsonObject, brand_id: str) -> str:
    return text(brand, "label") or text(brand, "title") or brand_id
