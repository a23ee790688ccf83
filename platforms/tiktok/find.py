"""Looking for a post whose answer was lost: a film by its publish_id, photos among the creator's public posts.

TikTok's status of a publish_id proves both: a film that lacks bytes is posted by nobody, and one that is complete is
there. Photos have no publish_id when the answer to their only call is lost. The list of posts has no private ones and
none in moderation, and cuts their text, so it can show that photos are there and never that they are not.
Source: https://developers.tiktok.com/doc/tiktok-api-v2-video-list, read 2026-11-21.
"""

from datetime import UTC, datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, objects, text
from platforms.base import Absent, CannotTell, JsonObject, Key, Pending, Prepared, Published, Wire
from platforms.errors import Unavailable
from platforms.tiktok.calls import api_call, ask
from platforms.tiktok.errors import about
from platforms.tiktok.reading import identifier, truth
from platforms.tiktok.status import COMPLETE, FAILED, INBOX, UPLOADING, pending, progress_of, published

LIST = "video/list/"
FIELDS = "id,title,create_time,share_url,video_description"
PAGE = 20
MOST_PAGES = 5
CLOCK_MARGIN = timedelta(seconds=5)
_SHORTEST_LIKENESS = 20
"""Of a text that TikTok cut, so much has to be there to be taken for the same."""


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: TikTok takes no key
    since: datetime,
) -> Published | Pending | Absent | CannotTell:
    """Whether the post is there. Raises PlatformError when it cannot be looked."""
    if text(prepared.data, "publish_id") is not None:
        return await _find_film(wire, connected, prepared.data)
    return await _find_photos(wire, connected, prepared.data, since)


async def _find_film(wire: Wire, connected: Connected, data: JsonObject) -> Published | Pending | Absent | CannotTell:
    publish_id = text(data, "publish_id") or ""
    progress = await progress_of(wire, connected, publish_id)
    if progress.state == FAILED:
        return Absent(evidence=f"TikTok gave it up: {progress.reason or 'no reason given'}")
    if progress.lacks_bytes(number(data, "size")):
        return Absent(evidence=f"TikTok has {progress.uploaded_bytes} of {data.get('size')} bytes")
    works = progress.state == UPLOADING and progress.uploaded_bytes is not None
    gets_number = progress.state == COMPLETE and progress.post_id is None and truth(data, "public")
    if works or gets_number:
        return pending(publish_id, data)
    if progress.state in {COMPLETE, INBOX}:
        return published(connected, data, progress)
    return CannotTell(reason="TikTok does not tell whether it has the video.")


async def _find_photos(wire: Wire, connected: Connected, data: JsonObject, since: datetime) -> Published | CannotTell:
    if not truth(data, "public"):
        return CannotTell(reason="TikTok lists public posts alone, and these photos are not public.")
    info = as_object(as_object(data.get("body")).get("post_info"))
    words = tuple(_comparable(text(info, name) or "") for name in ("title", "description"))
    alike = [one for one in await _since(wire, connected, since - CLOCK_MARGIN) if _resembles(one, words)]
    if len(alike) == 1:
        return Published(
            platform_post_id=identifier(alike[0].get("id")) or "", permalink=text(alike[0], "share_url"), extra={}
        )
    if alike:
        return CannotTell(reason=f"{len(alike)} posts are like it.")
    return CannotTell(reason="It is not among the public posts, which leave out those in moderation.")


async def _since(wire: Wire, connected: Connected, oldest: datetime) -> list[JsonObject]:
    """The creator's public posts made at `oldest` or later, newest first."""
    found: list[JsonObject] = []
    cursor: int | None = None
    for _ in range(MOST_PAGES):
        body = {"max_count": PAGE} | ({"cursor": cursor} if cursor is not None else {})
        request = api_call(connected, LIST, body, query=(("fields", FIELDS),))
        data = await ask(wire, request)
        page = tuple(objects(data.get("videos")))
        if not isinstance(data.get("videos"), list) or any(_made(one) is None for one in page):
            raise about(Unavailable, "TikTok's list of posts cannot be read.", request)
        fresh = [one for one in page if (made := _made(one)) is not None and made >= oldest]
        found += fresh
        cursor = number(data, "cursor")
        if len(fresh) < len(page) or not truth(data, "has_more") or cursor is None:
            break
    return found


def _made(post: JsonObject) -> datetime | None:
    seconds = number(post, "create_time")
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None and identifier(post.get("id")) else None
    except (OverflowError, OSError, ValueError):
        return None


def _comparable(words: str) -> str:
    return " ".join(words.split()).casefold()


def _resembles(post: JsonObject, words: tuple[str, ...]) -> bool:
    """Whether what is shown is the title or the description, or a good piece of its beginning."""
    shown = {_comparable(text(post, name) or "").rstrip("….") for name in ("title", "video_description")} - {""}
    if not any(words):
        return not shown
    return any(
        shorter == full.rstrip("….") or (len(shorter) >= _SHORTEST_LIKENESS and full.startswith(shorter))
        for shorter in shown
        for full in words
        if full
    )
