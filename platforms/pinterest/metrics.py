"""A pin's and an account's numbers.

Source: https://developers.pinterest.com/docs/api/v5/pins-get/ (`pin_metrics`), 2026-11-21. Lifetime numbers are there
for pins made since 2023-03-20; Pinterest is one to two days behind.
"""

from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, object_of
from platforms.base import AccountNumbers, Endpoints, PostNumbers, Request, Wire
from platforms.pinterest.auth import account_of
from platforms.pinterest.spec import V5

_COUNTS = ("follower_count", "following_count", "pin_count", "board_count", "monthly_views")


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these pins, a call each; those that are gone are left out. Raises PlatformError."""
    found = [await _numbers(wire, connected, post_id) for post_id in post_ids]
    return tuple(one for one in found if one is not None)


async def _numbers(wire: Wire, connected: Connected, pin_id: str) -> PostNumbers | None:
    answer = await wire.read(
        Request(
            operation="pins/get",
            method="GET",
            url=f"{connected.account.service_url}{V5}/pins/{pin_id}",
            query=(("pin_metrics", "true"),),
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    told = as_object(object_of(answer).get("pin_metrics"))
    since_ever = as_object(told.get("lifetime_metrics"))
    return PostNumbers(
        platform_post_id=pin_id,
        likes=number(since_ever, "reaction"),
        comments=number(since_ever, "comment"),
        saves=number(since_ever, "save"),
        views=number(since_ever, "impression"),
        clicks=number(since_ever, "clickthrough"),
        raw=dict(told),
    )


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """The account's numbers. Its views are those of 30 days, so they are in `raw` alone. Raises PlatformError."""
    account = await account_of(wire, connected)
    return AccountNumbers(
        followers=number(account, "follower_count"),
        following=number(account, "following_count"),
        posts=number(account, "pin_count"),
        raw={name: account[name] for name in _COUNTS if name in account},
    )
