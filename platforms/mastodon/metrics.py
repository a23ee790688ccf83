"""Numbers of statuses and of the account. Mastodon counts no views; what other servers did counts as far as they told.

Sources: docs.joinmastodon.org/entities/Status, /methods/statuses/#index (4.3 and later), /entities/Account and
/methods/accounts/#verify_credentials, read 2026-11-21.
"""

from collections.abc import Iterator
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import identifier, number, object_of
from platforms.base import AccountNumbers, Answer, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.errors import Unavailable
from platforms.mastodon.reading import objects_of
from platforms.mastodon.spec import NUMBERS

BATCH = NUMBERS.posts_per_call
_HAS_NONE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""What servers say that do not have a status, or no call for several; 400 where the ids have another name (Pleroma)."""
_OF_ACCOUNT = ("followers_count", "following_count", "statuses_count")
_COUNTS = ("favourites_count", "replies_count", "reblogs_count", "quotes_count")


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these statuses; those that are gone are left out. Raises PlatformError."""
    found: list[PostNumbers] = []
    for some in _batches(post_ids):
        statuses = await _many(wire, connected, some)
        if statuses is None:
            statuses = [one for post_id in some if (one := await _one(wire, connected, post_id)) is not None]
        found += [_numbers(status) for status in statuses if identifier(status) in some]
    return tuple(found)


def _batches(post_ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(post_ids), BATCH):
        yield post_ids[start : start + BATCH]


async def _many(wire: Wire, connected: Connected, post_ids: tuple[str, ...]) -> list[JsonObject] | None:
    """Several statuses at once; None where the server has no such call."""
    query = tuple(("id[]", post_id) for post_id in post_ids)
    answer = await _read(wire, connected, "statuses", query)
    statuses = objects_of(answer) if answer.status == HTTPStatus.OK else None
    return None if statuses is None else list(statuses)


async def _one(wire: Wire, connected: Connected, post_id: str) -> JsonObject | None:
    answer = await _read(wire, connected, f"statuses/{post_id}", ())
    return object_of(answer) if answer.status == HTTPStatus.OK else None


async def _read(wire: Wire, connected: Connected, path: str, query: tuple[tuple[str, str], ...]) -> Answer:
    return await wire.read(
        Request(
            operation="GET /api/v1/statuses",
            method="GET",
            url=f"{connected.account.service_url}/api/v1/{path}",
            query=query,
            bearer=connected.tokens.access,
            accept_status=_HAS_NONE,
        )
    )


def _numbers(status: JsonObject) -> PostNumbers:
    return PostNumbers(
        platform_post_id=identifier(status) or "",
        likes=number(status, "favourites_count"),
        comments=number(status, "replies_count"),
        shares=number(status, "reblogs_count"),
        quotes=number(status, "quotes_count"),
        raw={name: status[name] for name in _COUNTS if name in status},
    )


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """Followers and the like. Raises PlatformError."""
    request = Request(
        operation="GET /api/v1/accounts/verify_credentials",
        method="GET",
        url=f"{connected.account.service_url}/api/v1/accounts/verify_credentials",
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    account = object_of(answer)
    if identifier(account) != connected.account.platform_account_id:
        raise Unavailable(
            "Mastodon gave an answer that cannot be read.",
            platform="mastodon",
            operation=request.operation,
            status=answer.status,
        )
    return AccountNumbers(
        followers=number(account, "followers_count"),
        following=number(account, "following_count"),
        posts=number(account, "statuses_count"),
        raw={name: account[name] for name in _OF_ACCOUNT if name in account},
    )
