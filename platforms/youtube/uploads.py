"""The channel's newest uploads, and those among them that are like a prepared video.

Source: https://developers.google.com/youtube/v3/docs/playlistItems/list, 2026-11-21. Its owner sees private ones, too.
"""

from datetime import datetime
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import text
from platforms.base import JsonObject, Request, Wire
from platforms.errors import Unavailable
from platforms.google import inside, moment

PAGE = 50
_LIST = "playlistItems.list"


async def matching(wire: Wire, connected: Connected, data: JsonObject, since: datetime | None) -> list[JsonObject]:
    """Newest uploads with the same title and description, made at `since` or later. Raises PlatformError."""
    return [one for one in await _newest(wire, connected) if _is_like(one, data, since)]


async def _newest(wire: Wire, connected: Connected) -> tuple[JsonObject, ...]:
    account = connected.account
    playlist = account.limits.get("uploads")
    request = Request(
        operation=_LIST,
        method="GET",
        url=f"{account.service_url}/youtube/v3/playlistItems",
        query=(
            ("part", "snippet,contentDetails,status"),
            ("playlistId", playlist if isinstance(playlist, str) else "UU" + account.platform_account_id[2:]),
            ("maxResults", str(PAGE)),
        ),
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
    answer = await wire.read(request)
    if answer.status == HTTPStatus.NOT_FOUND:
        return ()
    found = google.items_of(answer, "items")
    if found is None or not all(video_id(one) and _made(one) for one in found):
        raise Unavailable("YouTube's list of uploads cannot be read.", platform="youtube", operation=_LIST)
    return found


def video_id(item: JsonObject) -> str | None:
    """The video of an item of the list."""
    return text(inside(item, "contentDetails"), "videoId")


def as_video(item: JsonObject) -> JsonObject:
    """The item in the form of a video, as far as it says."""
    return {"id": video_id(item), "status": inside(item, "status")}


def _made(item: JsonObject) -> datetime | None:
    return moment(inside(item, "snippet").get("publishedAt"))


def _is_like(item: JsonObject, data: JsonObject, since: datetime | None) -> bool:
    snippet, made = inside(item, "snippet"), _made(item)
    same = (text(snippet, "title") or "").strip() == text(data, "title") and (
        (text(snippet, "description") or "").strip() == (text(data, "description") or "").strip()
    )
    return same and (since is None or (made is not None and made >= since))
