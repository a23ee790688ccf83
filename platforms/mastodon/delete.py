"""Taking a status down.

Source: docs.joinmastodon.org/methods/statuses/#delete, read 2026-11-21. A server allows 30 of these in 30 minutes by
default (docs.joinmastodon.org/api/rate-limits, read 2026-11-21).
"""

from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import JsonObject, Request, Wire
from platforms.errors import Unavailable


async def delete(wire: Wire, connected: Connected, platform_post_id: str, extra: JsonObject) -> None:
    """Delete a status; one that is gone already, or never was this account's, is no error. Raises PlatformError.

    Only Mastodon's own words count as an answer: a page of HTML in front of the server says nothing of the status.
    """
    del extra
    request = Request(
        operation="DELETE /api/v1/statuses/:id",
        method="DELETE",
        url=f"{connected.account.service_url}/api/v1/statuses/{platform_post_id}",
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
    answer = await wire.prepare(request)
    said = object_of(answer)
    gone = answer.status == HTTPStatus.NOT_FOUND and text(said, "error") is not None
    if not gone and identifier(said) != platform_post_id:
        raise Unavailable(
            "Mastodon gave an answer that cannot be read.",
            platform="mastodon",
            operation=request.operation,
            status=answer.status,
        )
