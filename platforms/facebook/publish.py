"""The one call that makes each kind of post; asking how far a film is; taking a post down.

Sources: developers.facebook.com/docs/pages-api/posts, /docs/video-api/guides/publishing,
/docs/video-api/guides/reels-publishing and /docs/page-stories-api, read 2026-11-21.
"""

import json

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text, texts
from platforms.base import Answer, JsonObject, Key, Pending, Prepared, Published, Request, Wire
from platforms.errors import ContentRefused, OutcomeUnknown
from platforms.facebook.films import SITE, handle_of, look_at, outcome
from platforms.facebook.kinds import COMMENT, REEL, STORY
from platforms.meta import GONE, graph

FIRST_LOOK_S = 5.0
"""How soon after the creating call a film is asked about."""


async def publish(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.publish: Facebook knows no keys
) -> Published | Pending:
    """Make the post. Raises PlatformError; DuplicateRefused when Facebook has it already."""
    data = prepared.data
    request = creating(connected, data)
    answer = await wire.create(request)
    video = text(data, "video")
    made = object_of(answer)
    if video is not None:
        if made.get("success") is not True:
            raise _unreadable(request, answer)
        return Pending(handle=handle_of(data, video, identifier(made, "post_id")), check_after_s=FIRST_LOOK_S)
    post_id = identifier(made, "post_id") if data.get("kind") == STORY else identifier(made)
    if post_id is None:
        raise _unreadable(request, answer)
    link = None if data.get("kind") == STORY else f"{text(data, 'web') or SITE}/{post_id}"
    return Published(platform_post_id=post_id, permalink=link)


def creating(connected: Connected, data: JsonObject) -> Request:
    """The creating call of what was prepared."""
    page, kind, words = connected.account.platform_account_id, data.get("kind"), text(data, "text")
    if text(data, "video") is not None:
        edge, form = _of_film(data)
    elif kind == COMMENT:
        edge, form = f"{text(data, 'parent')}/comments", (("message", words or ""),)
        return _post(connected, edge, form, "POST /{post}/comments")
    elif kind == STORY:
        edge, form = "photo_stories", (("photo_id", "".join(texts(data.get("photos"))[:1])),)
    else:
        edge, form = "feed", _of_post(data)
    return _post(connected, f"{page}/{edge}", form, f"POST /{{page}}/{edge}")


def _post(connected: Connected, path: str, form: tuple[tuple[str, str], ...], operation: str) -> Request:
    return Request(
        operation=operation, method="POST", url=graph(connected, path), form=form, bearer=connected.tokens.access
    )


def _of_post(data: JsonObject) -> tuple[tuple[str, str], ...]:
    form = [(name, value) for name, value in (("message", text(data, "text")), ("link", text(data, "link"))) if value]
    if photos := texts(data.get("photos")):
        attached = [{"media_fbid": photo} for photo in photos]
        form.append(("attached_media", json.dumps(attached, separators=(",", ":"))))
    return tuple(form)


def _of_film(data: JsonObject) -> tuple[str, tuple[tuple[str, str], ...]]:
    kind = data.get("kind")
    if kind in {REEL, STORY}:
        form = [("upload_phase", "finish"), ("video_id", text(data, "video") or "")]
    else:
        form = [("upload_phase", "finish"), ("upload_session_id", text(data, "session") or "")]
    if kind == REEL:
        form.append(("video_state", "PUBLISHED"))
    form += [
        (name, value) for name, value in (("description", text(data, "text")), ("title", text(data, "title"))) if value
    ]
    return {REEL: "video_reels", STORY: "video_stories"}.get(str(kind), "videos"), tuple(form)


def _unreadable(request: Request, answer: Answer) -> OutcomeUnknown:
    return OutcomeUnknown(
        "Facebook gave an answer that cannot be read. The post may be live.",
        platform="facebook",
        operation=request.operation,
        status=answer.status,
    )


async def poll(
    wire: Wire,
    connected: Connected,
    handle: JsonObject,
    key: Key,  # noqa: ARG001  # Connector.poll
) -> Published | Pending:
    """How far a film is. Raises MediaRefused when Facebook could not use it, and other PlatformErrors."""
    film = await look_at(wire, connected, text(handle, "video") or "")
    return outcome(film, connected, handle)


async def delete(
    wire: Wire,
    connected: Connected,
    post_id: str,
    extra: JsonObject,  # noqa: ARG001  # Connector.delete
) -> None:
    """Take a post, a film or a comment down; one that is gone is fine. Raises PlatformError."""
    request = Request(
        operation="DELETE /{post}", method="DELETE", url=graph(connected, post_id), bearer=connected.tokens.access
    )
    try:
        await wire.prepare(request)
    except ContentRefused as refused:
        if refused.code not in {GONE, "803"}:
            raise
