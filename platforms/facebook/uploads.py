"""Everything before the creating call: photos go up unpublished, films in pieces; then the post is frozen.

None of it is seen by anybody. Photos that are never used stay hidden in the Page's library.
Sources: developers.facebook.com/docs/graph-api/reference/page/photos, /docs/graph-api/guides/upload and
/docs/video-api/guides/reels-publishing, read 2026-11-21.
"""

from urllib.parse import urlsplit

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind
from platforms.answers import identifier, object_of, text, texts
from platforms.base import Answer, Endpoints, FilePart, JsonObject, Key, Prepared, Request, Wire
from platforms.errors import ContentRefused, MediaRefused, Refused, Unavailable
from platforms.facebook.films import SITE, Stage, look_at
from platforms.facebook.kinds import COMMENT, REEL, STORY, VIDEO
from platforms.facebook.spec import SPEC
from platforms.meta import GONE, graph
from platforms.places import place

UPLOAD_TIMEOUT_S = 600.0
MOST_PIECES = 20_000
UPLOAD_HOST = "rupload.facebook.com"
EDGES = {REEL: "video_reels", STORY: "video_stories"}
"""Where upright films begin and end; other videos at `videos`."""


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: Facebook knows no keys
    earlier: Prepared | None,
) -> Prepared:
    """Upload the files and freeze the post. Text, links and comments need no call. Raises PlatformError.

    What was uploaded for an `earlier` one is kept as long as Facebook can make a post of it: it tells a second post of
    the same file by it.
    """
    data: dict[str, object] = {"kind": draft.post_type, "text": draft.text, "web": place(SPEC, endpoints, SITE)}
    if draft.post_type == COMMENT:
        data["parent"] = _target(draft)
    if draft.link is not None:
        data["link"] = draft.link
    if "title" in draft.options:
        data["title"] = draft.options["title"]
    pictures = [file for file in draft.attachments if file.media.kind is not MediaKind.VIDEO]
    if pictures:
        there = await _photos_there(wire, connected, earlier.data) if earlier is not None else []
        data["photos"] = there or [await _photo(wire, connected, file) for file in pictures]
    for film in draft.attachments:
        if film.media.kind is MediaKind.VIDEO:
            kept = await _kept(wire, connected, earlier.data) if earlier is not None else {}
            data |= kept or await _film(wire, endpoints, connected, film, draft.post_type)
    return Prepared(data=data)


def _target(draft: Draft) -> str:
    """What is commented on: the post, or the film where its post's id was not told."""
    return draft.parent.platform_post_id if draft.parent is not None else ""


async def _photo(wire: Wire, connected: Connected, file: Attachment) -> str:
    """Upload a photo that stays unpublished; its id."""
    page = connected.account.platform_account_id
    request = Request(
        operation="POST /{page}/photos",
        method="POST",
        url=graph(connected, f"{page}/photos"),
        form=(("published", "false"), *((("alt_text_custom", file.alt_text),) if file.alt_text else ())),
        files=(FilePart(path=file.path, mime_type=file.media.mime_type, field="source", file_name=_neutral(file)),),
        bearer=connected.tokens.access,
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    answer = await _sent(wire, request, file)
    photo = identifier(object_of(answer))
    if photo is None:
        raise _unreadable(request, answer)
    return photo


async def _photos_there(wire: Wire, connected: Connected, earlier: JsonObject) -> list[str]:
    """The photos of an earlier try, if Facebook has all of them still."""
    photos = texts(earlier.get("photos"))
    for photo in photos:
        request = Request(
            operation="GET /{photo}",
            method="GET",
            url=graph(connected, photo),
            query=(("fields", "id"),),
            bearer=connected.tokens.access,
        )
        try:
            await wire.read(request)
        except ContentRefused:
            return []
    return list(photos)


async def _kept(wire: Wire, connected: Connected, earlier: JsonObject) -> dict[str, object]:
    """The film of an earlier try, unless nothing can come of it any more: another one could be a second post."""
    video = text(earlier, "video")
    if video is None:
        return {}
    try:
        film = await look_at(wire, connected, video)
    except ContentRefused as refused:
        if refused.code not in {GONE, "803"}:
            raise
        return {}
    known: JsonObject = {} if film.stage is Stage.FAILED else earlier
    return {name: known[name] for name in ("video", "session") if name in known}


async def _film(
    wire: Wire, endpoints: Endpoints, connected: Connected, file: Attachment, kind: str
) -> dict[str, object]:
    if kind == VIDEO:
        return await _in_pieces(wire, connected, file)
    return await _in_one(wire, endpoints, connected, file, EDGES.get(kind, EDGES[REEL]))


async def _in_pieces(wire: Wire, connected: Connected, file: Attachment) -> dict[str, object]:
    """Upload a video in the pieces that Facebook asks for."""
    start = _phase(connected, "videos", "start", ("file_size", str(file.media.size_bytes)))
    answer = await _sent(wire, start, file)
    begun = object_of(answer)
    session, video = identifier(begun, "upload_session_id"), identifier(begun, "video_id")
    if session is None or video is None:
        raise _unreadable(start, answer)
    at, until = _offsets(begun, start, answer, file)
    for _ in range(MOST_PIECES):
        if at == until:
            return {"video": video, "session": session}
        request = _piece(connected, session, file, at, until)
        answer = await _sent(wire, request, file)
        wanted = _offsets(object_of(answer), request, answer, file)
        if wanted[0] <= at:
            raise _unreadable(request, answer)
        at, until = wanted
    raise _unreadable(start, answer)


def _piece(connected: Connected, session: str, file: Attachment, at: int, until: int) -> Request:
    page = connected.account.platform_account_id
    part = FilePart(
        path=file.path,
        mime_type=file.media.mime_type,
        field="video_file_chunk",
        file_name=_neutral(file),
        offset=at,
        length=until - at,
    )
    return Request(
        operation="POST /{page}/videos transfer",
        method="POST",
        url=graph(connected, f"{page}/videos"),
        form=(("upload_phase", "transfer"), ("upload_session_id", session), ("start_offset", str(at))),
        files=(part,),
        bearer=connected.tokens.access,
        timeout_s=UPLOAD_TIMEOUT_S,
    )


def _offsets(values: JsonObject, request: Request, answer: Answer, file: Attachment) -> tuple[int, int]:
    """Which bytes are wanted next; they come as text."""
    at, until = identifier(values, "start_offset") or "", identifier(values, "end_offset") or ""
    if not (at.isdecimal() and until.isdecimal()) or not int(at) <= int(until) <= file.media.size_bytes:
        raise _unreadable(request, answer)
    return int(at), int(until)


async def _in_one(
    wire: Wire, endpoints: Endpoints, connected: Connected, file: Attachment, edge: str
) -> dict[str, object]:
    """Upload a reel or a story's film, whole, to the address Facebook names."""
    start = _phase(connected, edge, "start")
    answer = await _sent(wire, start, file)
    video, address = identifier(object_of(answer), "video_id"), text(object_of(answer), "upload_url")
    if video is None or address is None or (trusted := _trusted(address, endpoints, connected)) is None:
        raise _unreadable(start, answer)
    upload = Request(
        operation="POST upload_url",
        method="POST",
        url=trusted,
        headers={"offset": "0", "file_size": str(file.media.size_bytes)},
        files=(FilePart(path=file.path, mime_type="application/octet-stream"),),
        whole_file=True,
        bearer=connected.tokens.access,
        bearer_word="OAuth",
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    answer = await _sent(wire, upload, file)
    if object_of(answer).get("success") is not True:
        raise _unreadable(upload, answer)
    return {"video": video}


def _trusted(address: str, endpoints: Endpoints, connected: Connected) -> str | None:
    """The address to upload to, if a token may be shown there: Meta's upload host, or the host of the account."""
    asked, own = urlsplit(address), urlsplit(connected.account.service_url)
    if asked.scheme == "https" and asked.netloc == UPLOAD_HOST:
        return place(SPEC, endpoints, address)
    return address if (asked.scheme, asked.netloc) == (own.scheme, own.netloc) else None


def _phase(connected: Connected, edge: str, phase: str, *more: tuple[str, str]) -> Request:
    page = connected.account.platform_account_id
    return Request(
        operation=f"POST /{{page}}/{edge} {phase}",
        method="POST",
        url=graph(connected, f"{page}/{edge}"),
        form=(("upload_phase", phase), *more),
        bearer=connected.tokens.access,
    )


async def _sent(wire: Wire, request: Request, file: Attachment) -> Answer:
    """Send a piece of an upload. A refusal is about the file, in whatever words."""
    try:
        return await wire.prepare(request)
    except Refused as refused:
        raise MediaRefused(
            f"{file.media.file_name}: {refused.safe}",
            platform=refused.platform,
            operation=refused.operation,
            status=refused.status,
            code=refused.code,
            request_id=refused.request_id,
        ) from refused


def _neutral(file: Attachment) -> str:
    """A file name that tells the type and nothing about the person's disk."""
    return "file." + file.media.mime_type.rpartition("/")[2].removeprefix("x-")


def _unreadable(request: Request, answer: Answer) -> Unavailable:
    return Unavailable(
        "Facebook gave an answer to the upload that cannot be read.",
        platform="facebook",
        operation=request.operation,
        status=answer.status,
    )
