"""Channels: which a consent lets Herald publish to, whether one is still there, and its numbers.

Source: https://developers.google.com/youtube/v3/docs/channels/list, 2026-11-21. Google has the person pick one channel
while they consent, so there is mostly one.
"""

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import NOTHING, text
from platforms.base import AccountNumbers, Choice, Endpoints, Identity, JsonObject, Request, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.google import count, inside

_LIST = "channels.list"


async def choices(wire: Wire, endpoints: Endpoints, connected: Connected) -> tuple[Choice, ...]:
    """The channels of a consent. Raises PlatformError."""
    found = await _channels(wire, endpoints.api, connected, "snippet,contentDetails,status")
    return tuple(
        Choice(identity=_identity(one, endpoints.api), kind="Channel", picture_url=_picture(one)) for one in found
    )


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The account's channel as it is now. Raises Reconnect when it is not this consent's, and PlatformError."""
    account = connected.account
    for one in await _channels(wire, account.service_url, connected, "snippet,contentDetails,status"):
        if text(one, "id") == account.platform_account_id:
            return _identity(one, account.service_url)
    raise Reconnect(
        "This Google account no longer manages the channel. Connect it again, and pick the channel.",
        platform="youtube",
        operation=_LIST,
    )


async def account_metrics(wire: Wire, endpoints: Endpoints, connected: Connected) -> AccountNumbers:
    """A channel's numbers. YouTube rounds followers to three digits, and leaves them out where they are hidden."""
    account = connected.account
    found = await _channels(wire, endpoints.api or account.service_url, connected, "statistics")
    channel = next((one for one in found if text(one, "id") == account.platform_account_id), NOTHING)
    statistics = inside(channel, "statistics")
    hidden = statistics.get("hiddenSubscriberCount") is True
    return AccountNumbers(
        followers=None if hidden else count(statistics, "subscriberCount"),
        posts=count(statistics, "videoCount"),
        views=count(statistics, "viewCount"),
        raw=statistics,
    )


async def _channels(wire: Wire, base_url: str, connected: Connected, parts: str) -> tuple[JsonObject, ...]:
    request = Request(
        operation=_LIST,
        method="GET",
        url=f"{base_url}/youtube/v3/channels",
        query=(("part", parts), ("mine", "true")),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    found = google.items_of(answer, "items")
    if found is None or not all(text(one, "id") for one in found):
        raise Unavailable("YouTube's answer about the channel cannot be read.", platform="youtube", operation=_LIST)
    return found


def _identity(channel: JsonObject, service_url: str) -> Identity:
    snippet, channel_id = inside(channel, "snippet"), text(channel, "id") or ""
    uploads = text(inside(channel, "contentDetails", "relatedPlaylists"), "uploads")
    long_uploads = text(inside(channel, "status"), "longUploadsStatus")
    return Identity(
        platform_account_id=channel_id,
        handle=(text(snippet, "customUrl") or channel_id).removeprefix("@"),
        display_name=text(snippet, "title") or channel_id,
        service_url=service_url,
        limits={"uploads": uploads, "long_uploads": long_uploads},
    )


def _picture(channel: JsonObject) -> str | None:
    return text(inside(channel, "snippet", "thumbnails", "default"), "url")
