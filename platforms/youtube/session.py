"""An upload session: one address that makes one video, once its last byte is there.

`open_session` asks for it, `send` fills it but for the last bytes, `last_bytes` is the request that completes it, and
`ask` says how far it is. Whoever knows the address may upload into it: its `upload_id` is treated as a secret.

Source: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol, 2026-11-21.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Attachment
from platforms.answers import as_object, object_of, objects, text
from platforms.base import Answer, FilePart, JsonObject, Request, Wire
from platforms.errors import Unavailable

GRANULE_BYTES = 262_144
"""All pieces but the last are multiples of it."""
PIECE_BYTES = 32 * GRANULE_BYTES
PIECE_TIMEOUT_S = 600.0
INCOMPLETE = 308
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
ANSWERS = frozenset({INCOMPLETE, *GONE})
"""Of a session, besides 200 and 201 for a video that is complete."""
PATH = "/upload/youtube/v3/videos"
_RANGE = re.compile(r"bytes=0-([0-9]{1,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The file of a session. Sizes in bytes."""

    path: Path
    size: int
    mime_type: str

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        """The file as this machine has it."""
        media = attachment.media
        return cls(path=attachment.path, size=media.size_bytes, mime_type=media.mime_type)

    @property
    def tail(self) -> int:
        """Where the last bytes begin, which make the video: the smallest piece there may be."""
        return (self.size - 1) // GRANULE_BYTES * GRANULE_BYTES

    @property
    def is_here(self) -> bool:
        """Whether the file still lies on this machine, whole."""
        try:
            return self.path.stat().st_size == self.size
        except OSError:
            return False

    def part(self, start: int, end: int) -> FilePart:
        """The bytes from `start` up to `end`."""
        return FilePart(path=self.path, mime_type=self.mime_type, offset=start, length=end - start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Its address, without the query, and the query."""

    url: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, stored: object) -> Self:
        """The session as `to_json` wrote it."""
        values = as_object(stored)
        pairs = tuple((text(one, "name") or "", text(one, "value") or "") for one in objects(values.get("query")))
        return cls(url=text(values, "url") or "", query=pairs)

    def to_json(self) -> dict[str, object]:
        """Small JSON of it."""
        return {"url": self.url, "query": [{"name": name, "value": value} for name, value in self.query]}

    def request(self, operation: str, connected: Connected, content_range: str, piece: FilePart | None) -> Request:
        """A PUT to it."""
        return Request(
            operation=operation,
            method="PUT",
            url=self.url,
            query=tuple((name, Secret(value) if name == "upload_id" else value) for name, value in self.query),
            headers={"Content-Range": content_range},
            bearer=connected.tokens.access,
            content=b"" if piece is None else None,
            files=() if piece is None else (piece,),
            whole_file=piece is not None,
            accept_status=ANSWERS,
            timeout_s=30.0 if piece is None else PIECE_TIMEOUT_S,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a session is: bytes it has, the video when it is complete, or nothing at all when it is gone."""

    has: int = 0
    video: JsonObject | None = None
    gone: bool = False


async def open_session(wire: Wire, connected: Connected, film: Film, body: JsonObject, *, notify: bool) -> Session:
    """Begin an upload: the video's data are checked here. Nothing is on the channel by it. Raises PlatformError."""
    request = Request(
        operation="videos.insert (session)",
        method="POST",
        url=connected.account.service_url + PATH,
        query=(
            ("uploadType", "resumable"),
            ("part", ",".join(body)),
            ("notifySubscribers", "true" if notify else "false"),
        ),
        headers={"X-Upload-Content-Type": film.mime_type, "X-Upload-Content-Length": str(film.size)},
        bearer=connected.tokens.access,
        json=body,
    )
    answer = await wire.prepare(request)
    session = _session(answer.headers.get("location", ""), connected.account.service_url)
    if session is None:
        raise _unreadable(request, answer)
    return session


def _session(location: str, service_url: str) -> Session | None:
    """The session at an address of Google's; None for any other, to which no token must go."""
    try:
        parts, ours = urlsplit(location), urlsplit(service_url)
    except ValueError:
        return None
    at_google = parts.scheme == "https" and (parts.hostname or "").endswith(".googleapis.com")
    if not at_google and (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
        return None
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if "upload_id" not in dict(query):
        return None
    return Session(url=urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), query=query)


async def ask(wire: Wire, connected: Connected, session: Session, size: int) -> Progress:
    """How far it is. Raises PlatformError when it does not say."""
    request = session.request("videos.insert (status)", connected, f"bytes */{size}", None)
    return _progress(request, await wire.read(request))


async def send(wire: Wire, connected: Connected, session: Session, film: Film, start: int) -> None:
    """Send all but the last bytes, from `start` on. Raises PlatformError."""
    while start < film.tail:
        end = min(start + PIECE_BYTES, film.tail)
        content_range = f"bytes {start}-{end - 1}/{film.size}"
        request = session.request("videos.insert (piece)", connected, content_range, film.part(start, end))
        answer = await wire.prepare(request)
        progress = _progress(request, answer)
        if progress.gone or progress.video is not None or progress.has <= start:
            raise _unreadable(request, answer)
        start = progress.has


def last_bytes(connected: Connected, session: Session, film: Film) -> Request:
    """The request that makes the video."""
    content_range = f"bytes {film.tail}-{film.size - 1}/{film.size}"
    return session.request("videos.insert", connected, content_range, film.part(film.tail, film.size))


def _progress(request: Request, answer: Answer) -> Progress:
    if answer.status in GONE:
        return Progress(gone=True)
    if answer.status == INCOMPLETE:
        found = _RANGE.fullmatch(answer.headers.get("range", "").strip())
        return Progress(has=int(found.group(1)) + 1 if found else 0)
    video = object_of(answer)
    if text(video, "id") is None:
        raise _unreadable(request, answer)
    return Progress(video=video)


def _unreadable(request: Request, answer: Answer) -> Unavailable:
    return Unavailable(
        "YouTube gave an answer to the upload that cannot be read.",
        platform="youtube",
        operation=request.operation,
        status=answer.status,
    )
