"""What a webhook is told of its messages, and taking one down.

Source: https://docs.discord.com/developers/resources/webhook#get-webhook-message and #delete-webhook-message, read
2026-11-21. Reactions are all there is; who knows a message's number but not its thread is told nothing of it.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, number, object_of, objects
from platforms.base import Answer, Endpoints, JsonObject, PostNumbers, Wire
from platforms.discord.calls import webhook_of
from platforms.errors import ContentRefused

_UNKNOWN_MESSAGE = "10008"


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """All reactions to these messages; those that are gone or in a thread are left out. Raises PlatformError."""
    found: list[PostNumbers] = []
    for post_id in post_ids:
        request = webhook_of(connected).request("GET /webhooks/:id/:token/messages/:id", "GET", f"/messages/{post_id}")
        try:
            answer = await wire.read(request)
        except ContentRefused as refused:
            if refused.code != _UNKNOWN_MESSAGE:
                raise
            continue
        if identifier(object_of(answer)) == post_id:
            found.append(_numbers(post_id, answer))
    return tuple(found)


def _numbers(post_id: str, answer: Answer) -> PostNumbers:
    """No reaction yet leaves the list out."""
    reactions = list(objects(object_of(answer).get("reactions")))
    counts = [number(one, "count") or 0 for one in reactions]
    return PostNumbers(platform_post_id=post_id, likes=sum(counts), raw={"reactions": reactions})


async def delete(wire: Wire, connected: Connected, post_id: str, extra: JsonObject) -> None:
    """Take a message down; one that is gone is fine. Raises PlatformError."""
    thread = identifier(extra, "thread")
    query = (("thread_id", thread),) if thread else ()
    path = f"/messages/{post_id}"
    request = webhook_of(connected).request("DELETE /webhooks/:id/:token/messages/:id", "DELETE", path, query=query)
    try:
        await wire.prepare(request)
    except ContentRefused as refused:
        if refused.code != _UNKNOWN_MESSAGE:
            raise
