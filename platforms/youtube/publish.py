"""Uploading a film but for its last bytes, and the one call that sends those and so makes the video.

Nothing is on the channel before: a session that is never completed leaves nothing behind. Its address is stored before
the last bytes go, so a lost answer is settled by asking the session. Only what depends on the video comes after it: the
thumbnail, without which a video is still published.

Source: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol, 2026-11-21.
"""

import asyncio
from pathlib import Path

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind
from platforms.answers import as_object, object_of, text
from platforms.base import Endpoints, FilePart, JsonObject, Key, Pending, Prepared, Published, Request, Wire
from platforms.errors import DuplicateRefused, MaterialGone, OutcomeUnknown, PlatformError, Unavailable
from platforms.google import count
from platforms.youtube import videos
from platforms.youtube.comments import comment, frozen
from platforms.youtube.options import DEFAULT_PRIVACY, resource
from platforms.youtube.session import GONE, INCOMPLETE, Film, Session, ask, last_bytes, open_session, send
from platforms.youtube.spec import SHORT
from platforms.youtube.uploads import matching

RESUME_AFTER_S = 2.0
MOST_RESUMES = 5
"""So often an upload that broke off is gone on with before it is begun anew."""
THUMBNAIL_TIMEOUT_S = 20.0


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: the session is what makes the video single
    earlier: Prepared | None,
) -> Prepared:
    """Open a session and upload all but the last bytes. An upload that broke off is gone on with, a few times."""
    if draft.part > 0:
        return Prepared(data=frozen(draft))
    film = Film.of(next(one for one in draft.attachments if one.media.kind is MediaKind.VIDEO))
    session, start = await _under_way(wire, connected, film, earlier)
    if session is None:
        notify = draft.options.get("notify") != "false"
        session = await open_session(wire, connected, film, resource(draft), notify=notify)
    data = _data(draft, session, film)
    try:
        await send(wire, connected, session, film, start)
    except Unavailable:
        resumes = (count(earlier.data, "resumes") or 0) + 1 if earlier is not None else 1
        if resumes > MOST_RESUMES:
            raise
        return Prepared(data={**data, "resumes": resumes}, wait_s=RESUME_AFTER_S)
    return Prepared(data=data)


async def _under_way(
    wire: Wire, connected: Connected, film: Film, earlier: Prepared | None
) -> tuple[Session | None, int]:
    """A session of before and from where to go on; none where it is over and made nothing that stayed."""
    if earlier is None:
        return None, 0
    session = Session.read(earlier.data.get("session"))
    progress = await ask(wire, connected, session, film.size)
    if progress.video is not None:
        over = earlier.wait_s is None and await _was_refused(wire, connected, text(progress.video, "id") or "")
        return (None, 0) if over else (session, film.size)
    if progress.gone and not await matching(wire, connected, earlier.data, None):
        return None, 0
    return session, film.size if progress.gone else progress.has


async def _was_refused(wire: Wire, connected: Connected, video_id: str) -> bool:
    """Whether YouTube did not keep the video of a session: then only another one can be published."""
    video = await videos.look(wire, connected, video_id)
    return video is not None and text(as_object(video.get("status")), "uploadStatus") in videos.NOT_KEPT


def _data(draft: Draft, session: Session, film: Film) -> dict[str, object]:
    """All that `publish` and `find` need."""
    thumbnail = next((one for one in draft.attachments if one.media.kind is MediaKind.IMAGE), None)
    return {
        "kind": "video",
        "session": session.to_json(),
        "film": {"path": str(film.path), "size": film.size, "mime": film.mime_type},
        "thumbnail": _thumbnail(thumbnail) if thumbnail is not None else None,
        "title": draft.options["title"].strip(),
        "description": draft.text,
        "privacy": draft.options.get("privacy", DEFAULT_PRIVACY),
        "short": draft.post_type == SHORT,
    }


def _thumbnail(attachment: Attachment) -> dict[str, object]:
    return {"path": str(attachment.path), "mime": attachment.media.mime_type}


def _film(data: JsonObject) -> Film:
    film = as_object(data.get("film"))
    return Film(
        path=Path(text(film, "path") or ""),
        size=count(film, "size") or 0,
        mime_type=text(film, "mime") or "application/octet-stream",
    )


async def publish(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.publish: the session is what makes the video single
) -> Published | Pending:
    """Send the last bytes. Raises PlatformError; MaterialGone when the file or the rest of the upload is not there."""
    data = prepared.data
    if data.get("kind") == "comment":
        return await comment(wire, connected, data)
    film, session = _film(data), Session.read(data.get("session"))
    if not await asyncio.to_thread(lambda: film.is_here):
        raise MaterialGone("The film is not on this machine any more.", platform="youtube", operation="files")
    answer = await wire.create(last_bytes(connected, session, film))
    if answer.status in GONE:
        raise await _gone(wire, connected, data)
    if answer.status == INCOMPLETE:
        raise MaterialGone("YouTube has lost a part of the upload.", platform="youtube", operation="videos.insert")
    video = object_of(answer)
    if text(video, "id") is None:
        raise OutcomeUnknown(
            "YouTube gave an answer that cannot be read. The video may be live.",
            platform="youtube",
            operation="videos.insert",
            status=answer.status,
        )
    await _set_thumbnail(wire, connected, text(video, "id") or "", as_object(data.get("thumbnail")))
    return videos.judge(video, {"privacy": data.get("privacy"), "short": data.get("short")})


async def _gone(wire: Wire, connected: Connected, data: JsonObject) -> PlatformError:
    """The session is over. It made nothing, unless a video like it is there: then nothing is uploaded again."""
    try:
        there = await matching(wire, connected, data, None)
    except PlatformError:
        there = [data]
    if there:
        safe = "The upload is over, and a video like it may be there already."
        return DuplicateRefused(safe, platform="youtube", operation="videos.insert")
    safe = "YouTube no longer keeps the upload that was begun."
    return MaterialGone(safe, platform="youtube", operation="videos.insert")


async def _set_thumbnail(wire: Wire, connected: Connected, video_id: str, thumbnail: JsonObject) -> None:
    """Give the video its thumbnail. One that fails is no failure of the video.

    Channels have to be confirmed by telephone for it: https://developers.google.com/youtube/v3/docs/thumbnails/set.
    """
    path = text(thumbnail, "path")
    if path is None:
        return
    picture = FilePart(path=Path(path), mime_type=text(thumbnail, "mime") or "image/jpeg")
    request = Request(
        operation="thumbnails.set",
        method="POST",
        url=f"{connected.account.service_url}/upload/youtube/v3/thumbnails/set",
        query=(("videoId", video_id), ("uploadType", "media")),
        bearer=connected.tokens.access,
        files=(picture,),
        whole_file=True,
        timeout_s=THUMBNAIL_TIMEOUT_S,
    )
    try:
        await wire.prepare(request)
    except PlatformError:
        return


async def poll(
    wire: Wire,
    connected: Connected,
    handle: JsonObject,
    key: Key,  # noqa: ARG001  # Connector.poll
) -> Published | Pending:
    """How far YouTube is with a video. Raises PlatformError, also where it has refused the video."""
    video = await videos.look(wire, connected, text(handle, "id") or "")
    if video is None:
        raise Unavailable("YouTube does not show the video yet.", platform="youtube", operation="videos.list")
    return videos.judge(video, handle)
