"""What YouTube finds wrong with a video's data.

Sources, read 2026-11-21: https://developers.google.com/youtube/v3/docs/videos and …/docs/videos/insert (errors).
"""

from collections.abc import Mapping
from typing import cast

from sandbox.networks.google import Refusal

TITLE_LIMIT, DESCRIPTION_BYTES, TAGS_LIMIT = 100, 5_000, 500
PARTS = frozenset({"snippet", "status", "paidProductPlacementDetails", "recordingDetails", "localizations"})
CATEGORIES = frozenset({"1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29"})
"""Those that videos may be put into in most regions."""
_PRIVACIES = frozenset({"public", "unlisted", "private"})
_LICENSES = frozenset({"youtube", "creativeCommon"})
_TRUTHS = ("selfDeclaredMadeForKids", "containsSyntheticMedia", "embeddable", "publicStatsViewable")
Values = dict[str, object]


def part_of(body: Mapping[str, object], name: str) -> Values:
    """A part of a resource."""
    value = body.get(name)
    return dict(cast("Values", value)) if isinstance(value, dict) else {}


def check_parts(parts: tuple[str, ...]) -> None:
    """Refuse parts that nobody knows, and none."""
    if not parts or not set(parts) <= PARTS:
        raise Refusal(400, "unknownPart", f"'{','.join(parts)}'", domain="youtube.part")


def check_video(body: Mapping[str, object]) -> None:
    """Refuse data that break a rule."""
    _check_snippet(part_of(body, "snippet"))
    _check_status(part_of(body, "status"))


def _check_snippet(snippet: Values) -> None:
    title, description = snippet.get("title"), snippet.get("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > TITLE_LIMIT or _odd(title):
        raise _invalid("invalidTitle", "The request metadata specifies an invalid or empty video title.")
    if not isinstance(description, str) or len(description.encode()) > DESCRIPTION_BYTES or _odd(description):
        raise _invalid("invalidDescription", "The request metadata specifies an invalid video description.")
    tags = snippet.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in cast("list[object]", tags)):
        raise _invalid("invalidTags", "The request metadata specifies invalid video keywords.")
    words = cast("list[str]", tags)
    length = sum(len(tag) + (2 if " " in tag else 0) for tag in words) + max(len(words) - 1, 0)
    if length > TAGS_LIMIT or any(_odd(tag) or not tag for tag in words):
        raise _invalid("invalidTags", "The request metadata specifies invalid video keywords.")
    if str(snippet.get("categoryId", "22")) not in CATEGORIES:
        raise _invalid("invalidCategoryId", "The snippet.categoryId property specifies an invalid category ID.")


def _check_status(status: Values) -> None:
    for name, known in (("privacyStatus", _PRIVACIES), ("license", _LICENSES)):
        if name in status and status[name] not in known:
            raise _invalid("invalidVideoMetadata", "The request metadata is invalid.")
    if any(name in status and not isinstance(status[name], bool) for name in _TRUTHS):
        raise _invalid("invalidVideoMetadata", "The request metadata is invalid.")
    if "publishAt" in status and status.get("privacyStatus") != "private":
        raise _invalid("invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.")


def _odd(text: str) -> bool:
    return "<" in text or ">" in text


def _invalid(reason: str, message: str) -> Refusal:
    return Refusal(400, reason, message, domain="youtube.video")
