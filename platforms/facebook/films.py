"""What Facebook says of a film: whether it waits to be published, is processed, is out, or could not be used.

Source: developers.facebook.com/docs/video-api/guides/reels-publishing (status of a video), read 2026-11-21. A film
whose post has no id yet is named by its own, which comments and numbers take as well.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.accounts import Connected
from platforms.answers import as_object, identifier, object_of, objects, text
from platforms.base import JsonObject, Pending, Published, Request, Wire
from platforms.errors import MediaRefused, Unavailable
from platforms.meta import graph

SITE = "https://www.facebook.com"
"""Where people read posts; `prepare` stores where that is for this Herald."""
LOOK_AGAIN_S = 10.0
_FAILED = frozenset({"error", "upload_failed", "expired"})
_BEFORE = frozenset({"uploading", "upload_complete"})


class Stage(StrEnum):
    """How far a film is."""

    WAITS = "waits"
    """It was uploaded, and nobody asked for it to be published."""
    WORKED_ON = "worked on"
    OUT = "out"
    FAILED = "failed"
    """It is not out and will not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film, as Facebook shows it."""

    id: str
    stage: Stage
    status: str
    post: str | None
    permalink: str | None
    complaint: str | None = None


async def look_at(wire: Wire, connected: Connected, video: str) -> Film:
    """Ask for a film. Raises PlatformError."""
    request = Request(
        operation="GET /{video}",
        method="GET",
        url=graph(connected, video),
        query=(("fields", "status,post_id,permalink_url"),),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    shown = object_of(answer)
    status = as_object(shown.get("status"))
    said = text(status, "video_status")
    if said is None:
        raise Unavailable(
            "Facebook does not say how far the video is.",
            platform="facebook",
            operation=request.operation,
            status=answer.status,
        )
    return Film(
        id=video,
        stage=_stage(status, said),
        status=said,
        post=identifier(shown, "post_id"),
        permalink=text(shown, "permalink_url"),
        complaint=_complaint(status),
    )


def _stage(status: JsonObject, said: str) -> Stage:
    publishing = as_object(status.get("publishing_phase"))
    if text(publishing, "status") == "complete" or said == "ready":
        return Stage.OUT
    if said in _FAILED:
        return Stage.FAILED
    begun = text(publishing, "status") not in {None, "not_started"}
    processing = text(as_object(status.get("processing_phase")), "status") not in {None, "not_started"}
    return Stage.WAITS if said in _BEFORE and not begun and not processing else Stage.WORKED_ON


def _complaint(status: JsonObject) -> str | None:
    for phase in ("uploading_phase", "processing_phase", "publishing_phase"):
        said = as_object(status.get(phase))
        for error in (*objects(said.get("errors")), as_object(said.get("error"))):
            if (words := text(error, "message")) is not None:
                return words
    return None


def handle_of(data: JsonObject, video: str, post: str | None = None) -> JsonObject:
    """What a film is asked after by; `data` is what was prepared of it."""
    known = {"video": video, "web": text(data, "web"), "post": post}
    return {name: value for name, value in known.items() if value is not None}


def outcome(film: Film, connected: Connected, handle: JsonObject) -> Published | Pending:
    """What a film's stage means for its post. Raises MediaRefused."""
    if film.stage is Stage.OUT:
        return published(film, connected, handle)
    if film.stage is Stage.FAILED:
        words = f" It says: “{film.complaint.rstrip('. ')}”" if film.complaint else ""
        raise MediaRefused(
            f"Facebook could not use the video.{words}", platform="facebook", operation="GET /{video}", code=film.status
        )
    return Pending(handle=handle, check_after_s=LOOK_AGAIN_S)


def published(film: Film, connected: Connected, known: JsonObject) -> Published:
    """The post of a film that is out; `known` is what was stored of it."""
    post = film.post or text(known, "post")
    page = connected.account.platform_account_id
    full = film.id if post is None else post if "_" in post else f"{page}_{post}"
    link = film.permalink or f"reel/{film.id}"
    site = text(known, "web") or SITE
    return Published(
        platform_post_id=full,
        permalink=link if "://" in link else f"{site}/{link.lstrip('/')}",
        extra={"video": film.id},
    )
