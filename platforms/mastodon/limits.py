"""A server's own limits: read from its instance description, kept as small JSON with the account.

Sources: docs.joinmastodon.org/entities/Instance and /entities/V1_Instance, read 2026-11-21. Servers which only speak
this API have other names for some (`max_toot_chars` in Pleroma and its kin).
"""

from dataclasses import asdict, dataclass, fields

from platforms.answers import as_object, number, object_of, text, texts
from platforms.base import Answer, JsonObject, Request, Wire
from platforms.errors import ContentRefused
from platforms.mastodon.servers import software_of

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif")
VIDEO_TYPES = ("video/webm", "video/mp4", "video/quicktime", "video/ogg")
_ANYTHING = "application/octet-stream"
AUDIO_TYPES = ("audio/mpeg", "audio/mp3", "audio/ogg", "audio/wav", "audio/flac", "audio/aac", "audio/mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server takes. The defaults are Mastodon's own. Sizes in bytes, times in seconds."""

    max_characters: int = 500
    url_length: int = 23
    """Characters that a link counts; 0 where it counts as it is written."""
    max_media: int = 4
    description_limit: int = 1500
    image_bytes: int = 16_777_216
    image_pixels: int = 33_177_600
    video_bytes: int = 103_809_024
    video_pixels: int = 8_294_400
    mime_types: tuple[str, ...] = IMAGE_TYPES + VIDEO_TYPES + AUDIO_TYPES
    poll_options: int = 4
    poll_option_characters: int = 50
    poll_min_s: int = 300
    poll_max_s: int = 2_629_746
    software: str = ""
    """As platforms/mastodon/servers.py names it; empty where it was not asked for yet."""


DEFAULTS = Limits()


def from_json(stored: JsonObject) -> Limits:
    """The limits as they were stored with the account; what is missing or odd is Mastodon's default."""
    known: dict[str, object] = {}
    for field in fields(Limits):
        value = _READERS.get(field.name, number)(stored, field.name)
        if value or (value == 0 and field.name == "url_length"):
            known[field.name] = value
    return Limits(**known)  # pyright: ignore[reportArgumentType]  # each checked above


def _kinds(stored: JsonObject, name: str) -> tuple[str, ...]:
    """What a server says it takes; nothing where it only says that it takes files (Pleroma and its kin)."""
    named = texts(stored.get(name))
    known = tuple(mime for mime in (one.strip() for one in named) if mime.startswith(("image/", "video/", "audio/")))
    return () if _ANYTHING in named else known


_READERS = {"mime_types": _kinds, "software": text}


def to_json(limits: Limits) -> dict[str, object]:
    """The limits as JSON to store with the account."""
    stored: dict[str, object] = asdict(limits)
    return stored | {"mime_types": list(limits.mime_types)}


def read_instance(instance: JsonObject) -> Limits:
    """The limits in an instance description, of version 2 or 1."""
    configuration = as_object(instance.get("configuration"))
    statuses, media = as_object(configuration.get("statuses")), as_object(configuration.get("media_attachments"))
    polls = as_object(configuration.get("polls")) or as_object(instance.get("poll_limits"))
    found: dict[str, object] = {
        "max_characters": number(statuses, "max_characters") or number(instance, "max_toot_chars"),
        "url_length": number(statuses, "characters_reserved_per_url"),
        "max_media": number(statuses, "max_media_attachments") or number(instance, "max_media_attachments"),
        "description_limit": number(media, "description_limit") or number(instance, "description_limit"),
        "image_bytes": number(media, "image_size_limit") or number(instance, "upload_limit"),
        "image_pixels": number(media, "image_matrix_limit"),
        "video_bytes": number(media, "video_size_limit") or number(instance, "upload_limit"),
        "video_pixels": number(media, "video_matrix_limit"),
        "mime_types": list(texts(media.get("supported_mime_types"))),
        "poll_options": number(polls, "max_options"),
        "poll_option_characters": number(polls, "max_characters_per_option") or number(polls, "max_option_chars"),
        "poll_min_s": number(polls, "min_expiration"),
        "poll_max_s": number(polls, "max_expiration"),
        "software": software_of(instance),
    }
    return from_json({name: value for name, value in found.items() if value is not None})


async def ask_server(wire: Wire, base_url: str) -> tuple[Limits, str | None]:
    """The server's limits and the domain of its people's names. Raises PlatformError.

    Version 2 of the description came with Mastodon 4.0; older servers and some others have only version 1.
    """
    answer = await _describe(wire, base_url, "v2")
    if not _is_description(answer):
        answer = await _describe(wire, base_url, "v1")
    if not _is_description(answer):
        raise ContentRefused(
            f"{base_url} does not answer like a Mastodon server. Check the address.", operation="GET instance"
        )
    instance = object_of(answer)
    uri = text(instance, "domain") or text(instance, "uri")
    return read_instance(instance), uri.partition("://")[2] if uri and "://" in uri else uri


async def _describe(wire: Wire, base_url: str, version: str) -> Answer:
    return await wire.read(
        Request(
            operation=f"GET /api/{version}/instance",
            method="GET",
            url=f"{base_url}/api/{version}/instance",
            accept_status=frozenset({401, 403, 404, 410}),
        )
    )


def _is_description(answer: Answer) -> bool:
    return answer.status == 200 and text(object_of(answer), "version") is not None  # noqa: PLR2004  # OK
