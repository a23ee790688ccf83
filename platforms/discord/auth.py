"""Connecting a channel by the address of its webhook. The address is the secret: whoever has it may post.

Source: https://docs.discord.com/developers/resources/webhook#get-webhook-with-token, read 2026-11-21.
"""

from collections.abc import Mapping

from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.errors import invalid
from platforms.answers import identifier, object_of, text
from platforms.base import Connection, Endpoints, Identity, Wire
from platforms.discord.calls import PLATFORM, Webhook, webhook_at, webhook_of
from platforms.errors import Unavailable

_INCOMING = 1
"""The kind of webhook that takes messages."""


async def login(wire: Wire, endpoints: Endpoints, typed: Mapping[str, str | Secret]) -> Connection:
    """Connect with a webhook's address. Raises InvalidContent and PlatformError."""
    given = typed.get("webhook", "")
    webhook = webhook_at(given.reveal() if isinstance(given, Secret) else given, endpoints.api)
    return Connection(identity=await _who(wire, webhook), tokens=Tokens(access=webhook.token))


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Whether the webhook is still there, and where it posts now. Raises PlatformError."""
    return await _who(wire, webhook_of(connected))


async def _who(wire: Wire, webhook: Webhook) -> Identity:
    request = webhook.request("GET /webhooks/:id/:token", "GET")
    answer = await wire.read(request)
    body = object_of(answer)
    channel = identifier(body, "channel_id")
    if identifier(body) != webhook.id or channel is None:
        raise Unavailable(
            "Discord did not say which webhook this is.",
            platform=PLATFORM,
            operation=request.operation,
            status=answer.status,
        )
    if body.get("type") != _INCOMING:
        raise invalid("webhook", "This webhook only follows another channel. Make a new one for Herald.")
    name = text(body, "name") or "webhook"
    return Identity(
        platform_account_id=webhook.id,
        handle=name,
        display_name=name,
        service_url=webhook.base_url,
        limits={"guild_id": identifier(body, "guild_id"), "channel_id": channel},
    )
