"""Films: a service of the network's makes them ready and stores the result with the account's own server.

The account's server signs two tokens for it: one to ask what is still allowed today, and one by which the service may
store the film afterwards. Where there is no service, the film itself is stored, and made ready once it is posted.
Source: https://docs.bsky.app/docs/tutorials/video; lexicons/app/bsky/video of bluesky-social/atproto, 2026-11-21.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Attachment
from platforms.base import Answer, Endpoints, FilePart, JsonObject, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_object, count_in, object_in, optional_text, text_in, unusable
from platforms.bluesky.blobs import blob_in, upload_file
from platforms.bluesky.calls import authorized, xrpc
from platforms.bluesky.spec import NAME, VIDEO
from platforms.errors import AccountError, MediaRefused, PlatformError, RateLimited, Unavailable

_AUTH = "com.atproto.server.getServiceAuth"
_DESCRIBE = "com.atproto.server.describeServer"
_LIMITS = "app.bsky.video.getUploadLimits"
_UPLOAD = "app.bsky.video.uploadVideo"
_STATUS = "app.bsky.video.getJobStatus"
_STORE = "com.atproto.repo.uploadBlob"
_UPLOAD_TIMEOUT_S = 600.0
_STORES_WITHIN = timedelta(minutes=30)
"""How long the service may take until it stores the film; an account's server signs for an hour at most."""
_FAILED = "JOB_STATE_FAILED"
_OF_THE_FILM = frozenset(
    {
        "validation_failure",
        "encoding_failure",
        "pds_upload_unsupported_blob_size",
        "VideoTooLarge",
        "UnsupportedContentType",
    }
)
_TOO_MANY = frozenset({"DailyLimitExceeded", "TooManyOpenUploads"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A film on its way, at the service that makes it ready."""

    id: str
    server: str


async def send(wire: Wire, endpoints: Endpoints, connected: Connected, film: Attachment) -> JsonObject | Job:
    """Hand a film over: a job to ask after, or its blob where that is all there is to do. Raises PlatformError."""
    server = _server(endpoints, connected)
    if not server:
        return await upload_file(wire, connected, film)
    did, now = await _describe(wire, connected)
    await _check_limits(wire, server, await _token(wire, connected, _did_of(server), _LIMITS), film)
    until = now + _STORES_WITHIN if now is not None else None
    token = await _token(wire, connected, did, _STORE, until)
    return _begun(await _upload(wire, server, connected, token, film), server)


async def ask(wire: Wire, job: Job) -> JsonObject | None:
    """The blob of a film that is ready; None while it is not. Raises MediaRefused and other PlatformErrors."""
    url = xrpc(job.server, _STATUS)
    answer = await _of_service(wire.read, Request(operation=_STATUS, method="GET", url=url, query=(("jobId", job.id),)))
    return _blob_of(_STATUS, _status_in(_STATUS, answer))


def _server(endpoints: Endpoints, connected: Connected) -> str:
    """Where films are made ready; empty where there is no such place."""
    if endpoints.video:
        return "" if endpoints.video == NO_SERVICE else endpoints.video
    return VIDEO if connected.account.service_url.startswith("https://") else ""


NO_SERVICE = "none"
"""HERALD_BLUESKY_VIDEO_URL of networks without the service."""


async def _describe(wire: Wire, connected: Connected) -> tuple[str, datetime | None]:
    """The DID of the account's server, and its time."""
    url = xrpc(connected.account.service_url, _DESCRIBE)
    answer = await wire.read(Request(operation=_DESCRIBE, method="GET", url=url))
    try:
        return text_in(object_in(answer), "did"), answer.came_at
    except UnreadableError:
        raise unusable(_DESCRIBE) from None


async def _token(wire: Wire, connected: Connected, did: str, method: str, until: datetime | None = None) -> Secret:
    """What the account's server signs for another: good for one method there."""
    query = [("aud", did), ("lxm", method)]
    if until is not None:
        query.append(("exp", str(int(until.timestamp()))))
    url = xrpc(connected.account.service_url, _AUTH)
    request = Request(operation=_AUTH, method="GET", url=url, query=tuple(query))
    try:
        return Secret(text_in(object_in(await wire.read(authorized(connected, request))), "token"))
    except UnreadableError:
        raise unusable(_AUTH) from None


async def _check_limits(wire: Wire, server: str, token: Secret, film: Attachment) -> None:
    """Raises RateLimited when this film is too much for today, MediaRefused when the account may send none."""
    request = Request(operation=_LIMITS, method="GET", url=xrpc(server, _LIMITS), bearer=token)
    answer = await _of_service(wire.read, request)
    try:
        fields = object_in(answer)
    except UnreadableError:
        raise unusable(_LIMITS) from None
    if not isinstance(fields.get("canUpload"), bool):
        raise unusable(_LIMITS)
    left, left_bytes = count_in(fields, "remainingDailyVideos"), count_in(fields, "remainingDailyBytes")
    code = optional_text(fields, "error")
    spent = left == 0 or (left_bytes is not None and left_bytes < film.media.size_bytes)
    if spent or code in _TOO_MANY:
        raise RateLimited(_TODAY, platform=NAME, operation=_LIMITS, status=answer.status, code=code)
    if not fields["canUpload"]:
        raise MediaRefused(_NOT_YET, platform=NAME, operation=_LIMITS, status=answer.status, code=code)


_TODAY = "Bluesky takes no more videos of this account today."
_NOT_YET = "Bluesky takes no videos of this account. Its e-mail address may have to be confirmed in the app first."


async def _upload(wire: Wire, server: str, connected: Connected, token: Secret, film: Attachment) -> Answer:
    name = f"{film.media.sha256[:_NAME_LENGTH]}.mp4"
    request = Request(
        operation=_UPLOAD,
        method="POST",
        url=xrpc(server, _UPLOAD),
        query=(("did", connected.account.platform_account_id), ("name", name)),
        bearer=token,
        files=(FilePart(path=film.path, mime_type=film.media.mime_type),),
        whole_file=True,
        accept_status=frozenset({HTTPStatus.CONFLICT}),
        timeout_s=_UPLOAD_TIMEOUT_S,
    )
    return await _of_service(wire.prepare, request)


_NAME_LENGTH = 32


async def _of_service(call: Callable[[Request], Awaitable[Answer]], request: Request) -> Answer:
    """Ask the service. That it does not trust a token says nothing of the account's own access."""
    try:
        return await call(request)
    except AccountError as error:
        raise Unavailable(
            "Bluesky's video service does not let this account in now.",
            platform=NAME,
            operation=request.operation,
            status=error.status,
            code=error.code,
        ) from None


def _begun(answer: Answer, server: str) -> JsonObject | Job:
    """What came of the upload. One that was made ready before is an error there, and still names its job and film."""
    status = _status_in(_UPLOAD, answer)
    blob = _blob_of(_UPLOAD, status)
    if blob is not None:
        return blob
    try:
        return Job(id=text_in(status, "jobId"), server=server)
    except UnreadableError:
        raise unusable(_UPLOAD) from None


def _status_in(operation: str, answer: Answer) -> JsonObject:
    """The job's status; the service answers an upload without the envelope that the lexicon has."""
    try:
        fields = object_in(answer)
        return as_object(fields["jobStatus"]) if "jobStatus" in fields else _bare(fields)
    except UnreadableError:
        raise unusable(operation) from None


def _bare(fields: JsonObject) -> JsonObject:
    if optional_text(fields, "jobId") is None and optional_text(fields, "error") is None:
        raise UnreadableError
    return fields


def _blob_of(operation: str, status: JsonObject) -> JsonObject | None:
    """The film, whether the job says it went well or not; None while there is none. Raises what a failure means."""
    if status.get("blob") is not None:
        return blob_in(operation, status.get("blob"))
    code, message = optional_text(status, "error"), optional_text(status, "message")
    if status.get("state") == _FAILED or (code is not None and optional_text(status, "jobId") is None):
        raise _failure(operation, code, message)
    return None


def _failure(operation: str, code: str | None, message: str | None) -> PlatformError:
    said = f" It says: “{message[:_LONGEST_QUOTE].rstrip('. ')}”" if message and message.isprintable() else ""
    short = code if code is not None and code.replace("_", "").isalnum() and len(code) < _LONGEST_CODE else None
    if code in _OF_THE_FILM:
        return MediaRefused(f"Bluesky does not take this video.{said}", platform=NAME, operation=operation, code=short)
    if code in _TOO_MANY:
        return RateLimited(_TODAY, platform=NAME, operation=operation, code=short)
    return Unavailable("Bluesky could not make the video ready.", platform=NAME, operation=operation, code=short)


_LONGEST_QUOTE, _LONGEST_CODE = 200, 60


def _did_of(server: str) -> str:
    """A service's DID by its host. Source: https://atproto.com/specs/did (did:web), 2026-11-21."""
    return f"did:web:{quote(urlsplit(server).netloc, safe='')}"
