"""What YouTube says of a video: how far it is, and why it was refused; and taking it down.

Sources, read 2026-11-21: https://developers.google.com/youtube/v3/docs/videos (status),
https://developers.google.com/youtube/v3/docs/videos/delete and …/comments/delete.
"""

from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import text
from platforms.base import JsonObject, Pending, Published, Request, Wire
from platforms.errors import ContentRefused, DuplicateRefused, MediaRefused, PlatformError, Reconnect, Unavailable
from platforms.google import count, inside

FIRST_LOOK_S = 10.0
LONGEST_LOOK_S = 300.0
MOST_LOOKS = 200
"""Some fifteen hours; then it counts as published, as it is: its address is good long before."""
NOT_KEPT = frozenset({"failed", "rejected", "deleted"})
"""States of a video that nobody sees and nobody will."""
_BACKOFF = 1.25
_REJECTED_MEDIA = frozenset({"copyright", "inappropriate", "termsOfUse", "length", "claim", "trademark", "legal"})
_ACCOUNT_GONE = frozenset({"uploaderAccountSuspended", "uploaderAccountClosed"})


def judge(video: JsonObject, handle: JsonObject) -> Published | Pending:
    """What a video's state means, given what `publish` kept of it. Raises PlatformError where YouTube refused it."""
    status, looks = inside(video, "status"), count(handle, "looks") or 0
    state = text(status, "uploadStatus")
    if state in NOT_KEPT:
        raise _refusal(state, text(status, "failureReason") or text(status, "rejectionReason") or "")
    if state == "processed" or looks >= MOST_LOOKS:
        return published(video, handle)
    again = {**handle, "id": text(video, "id"), "looks": looks + 1}
    return Pending(handle=again, check_after_s=min(FIRST_LOOK_S * _BACKOFF**looks, LONGEST_LOOK_S))


def published(video: JsonObject, handle: JsonObject) -> Published:
    """A video that is there, and what differs from what was asked."""
    video_id, privacy = text(video, "id") or "", text(inside(video, "status"), "privacyStatus")
    asked = text(handle, "privacy")
    note = ""
    if privacy is not None and asked is not None and privacy != asked:
        note = (
            f"YouTube made it {privacy} instead of {asked}: by the channel's settings, or because the Google project"
            " has not passed YouTube's audit."
        )
    place = "shorts/" if handle.get("short") is True else "watch?v="
    return Published(
        platform_post_id=video_id,
        permalink=f"https://www.youtube.com/{place}{video_id}",
        extra={"kind": "video", "privacy": privacy},
        note=note,
    )


def _refusal(state: str, reason: str) -> PlatformError:
    """Why YouTube did not keep it."""
    kinds: tuple[tuple[bool, type[PlatformError], str], ...] = (
        (reason == "duplicate", DuplicateRefused, "YouTube rejected the video: it has the same one already."),
        (reason in _ACCOUNT_GONE, Reconnect, "YouTube rejected the video, for the channel was suspended or closed."),
        (state == "failed", MediaRefused, "YouTube could not process the film."),
        (reason in _REJECTED_MEDIA, MediaRefused, "YouTube rejected the video."),
        (True, ContentRefused, f"The video was {state} on YouTube."),
    )
    kind, safe = next((kind, safe) for fits, kind, safe in kinds if fits)
    said = f" It says: {reason}." if reason.isalnum() else ""
    return kind(safe + said, platform="youtube", operation="videos.list", code=reason or state)


async def look(wire: Wire, connected: Connected, video_id: str) -> JsonObject | None:
    """A video as it is now; None while YouTube does not show it. Raises PlatformError."""
    request = Request(
        operation="videos.list",
        method="GET",
        url=f"{connected.account.service_url}/youtube/v3/videos",
        query=(("part", "status,processingDetails"), ("id", video_id)),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    found = google.items_of(answer, "items")
    if found is None:
        raise Unavailable(
            "YouTube's answer about the video cannot be read.", platform="youtube", operation="videos.list"
        )
    return next((one for one in found if text(one, "id") == video_id), None)


async def delete(wire: Wire, connected: Connected, post_id: str, extra: JsonObject) -> None:
    """Take a video or a comment down; one that is gone is fine. Raises PlatformError."""
    kind = "comments" if extra.get("kind") == "comment" else "videos"
    await wire.prepare(
        Request(
            operation=f"{kind}.delete",
            method="DELETE",
            url=f"{connected.account.service_url}/youtube/v3/{kind}",
            query=(("id", post_id),),
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )
