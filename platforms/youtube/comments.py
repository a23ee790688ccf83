"""The first comment below a video. Nothing makes a second one harmless; it is looked for below the video.

Sources, read 2026-11-21: https://developers.google.com/youtube/v3/docs/commentThreads/insert and …/list.
"""

from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from bot.domain.content import Draft
from platforms import google
from platforms.answers import object_of, text
from platforms.base import Absent, CannotTell, JsonObject, Published, Request, Wire
from platforms.errors import OutcomeUnknown, Unavailable
from platforms.google import inside, moment

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 100
_INSERT, _LIST = "commentThreads.insert", "commentThreads.list"


def frozen(draft: Draft) -> dict[str, object]:
    """What is stored of a comment before it is sent."""
    video_id = draft.parent.platform_post_id if draft.parent is not None else ""
    return {"kind": "comment", "video": video_id, "text": draft.text}


async def comment(wire: Wire, connected: Connected, data: JsonObject) -> Published:
    """Make the comment. Raises PlatformError."""
    body = {
        "snippet": {
            "channelId": connected.account.platform_account_id,
            "videoId": data.get("video"),
            "topLevelComment": {"snippet": {"textOriginal": data.get("text")}},
        }
    }
    answer = await wire.create(
        Request(
            operation=_INSERT,
            method="POST",
            url=f"{connected.account.service_url}/youtube/v3/commentThreads",
            query=(("part", "snippet"),),
            bearer=connected.tokens.access,
            json=body,
        )
    )
    comment_id = text(object_of(answer), "id")
    if comment_id is None:
        raise OutcomeUnknown(
            "YouTube gave an answer that cannot be read. The comment may be live.",
            platform="youtube",
            operation=_INSERT,
            status=answer.status,
        )
    return _published(comment_id, data)


def _published(comment_id: str, data: JsonObject) -> Published:
    permalink = f"https://www.youtube.com/watch?v={data.get('video')}&lc={comment_id}"
    return Published(platform_post_id=comment_id, permalink=permalink, extra={"kind": "comment"})


async def find_comment(
    wire: Wire, connected: Connected, data: JsonObject, since: datetime
) -> Published | Absent | CannotTell:
    """Whether the comment stands below its video. Raises PlatformError when it cannot be looked."""
    newest, is_all = await _newest(wire, connected, data)
    equal = [one for one in newest if _is_like(one, connected, data)]
    certain = [one for one in equal if _made(one) >= since - CLOCK_MARGIN]
    if len(certain) == 1:
        return _published(text(certain[0], "id") or "", data)
    if certain or any(_made(one) >= since - CLOCK_DOUBT for one in equal):
        return CannotTell(reason=f"{len(equal)} equal comments stand below the video")
    if not is_all and all(_made(one) >= since - CLOCK_DOUBT for one in newest):
        return CannotTell(reason=f"more than {len(newest)} comments were made since then")
    return Absent(evidence="not among the newest comments below the video")


async def _newest(wire: Wire, connected: Connected, data: JsonObject) -> tuple[list[JsonObject], bool]:
    """The newest comments, and whether there are no others."""
    request = Request(
        operation=_LIST,
        method="GET",
        url=f"{connected.account.service_url}/youtube/v3/commentThreads",
        query=(
            ("part", "snippet"),
            ("videoId", str(data.get("video"))),
            ("order", "time"),
            ("maxResults", str(PAGE)),
            ("textFormat", "plainText"),
        ),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    threads = google.items_of(answer, "items")
    comments = [inside(one, "snippet", "topLevelComment") for one in threads or ()]
    whole = all(text(one, "id") and moment(_snippet(one).get("publishedAt")) for one in comments)
    if threads is None or not whole:
        raise Unavailable("YouTube's list of comments cannot be read.", platform="youtube", operation=_LIST)
    return comments, text(object_of(answer), "nextPageToken") is None


def _snippet(one: JsonObject) -> JsonObject:
    return inside(one, "snippet")


def _made(one: JsonObject) -> datetime:
    made = moment(_snippet(one).get("publishedAt"))
    if made is None:
        raise ValueError("a comment without a time passed the reading")
    return made


def _is_like(one: JsonObject, connected: Connected, data: JsonObject) -> bool:
    snippet = _snippet(one)
    ours = text(inside(snippet, "authorChannelId"), "value") == connected.account.platform_account_id
    return ours and (text(snippet, "textOriginal") or "").strip() == str(data.get("text")).strip()
