"""What is published: media, a person's post, and the draft of it that one account receives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.domain.ids import MediaId
from bot.domain.record import record


class MediaKind(StrEnum):
    """The kinds every platform distinguishes."""

    IMAGE = "image"
    """A still picture."""
    GIF = "gif"
    """An animated GIF; many networks treat it as a video."""
    VIDEO = "video"
    """A moving picture with or without sound."""
    AUDIO = "audio"
    """Sound alone."""
    DOCUMENT = "document"
    """Pages to leaf through: PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is known of a video or a sound besides its size and duration. Codecs by FFmpeg's names: `h264`, `aac`."""

    video_codec: str | None = None
    audio_codec: str | None = None
    """None for a silent film."""
    frame_rate: float | None = None
    """Pictures a second."""
    bit_rate: int | None = None
    """Bits a second of the whole file."""
    rotation: int | None = None
    """Degrees the player turns it; sizes are those after the turn."""
    index_first: bool | None = None
    """Whether its index stands before the film (MP4's "fast start")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Facts about one stored file, sniffed from its bytes and never taken from its name."""

    id: MediaId
    kind: MediaKind
    mime_type: str
    size_bytes: int
    sha256: str
    file_name: str
    """The name the person gave, for messages only; never a path."""
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    frames: int | None = None
    """Pictures of an animated GIF."""
    film: Film | None = None
    """Set for video and sound taken in since Herald looks inside them."""


@record
class Attachment:
    """A file as one post uses it. `path` is a readable local copy for the time of the call."""

    media: Media
    path: Path
    alt_text: str = ""
    url: str | None = None
    """Where a network may fetch the file itself, for a while; None where Herald has no public address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A published post another one points at: the platform's id plus what else the platform needs to refer to it."""

    platform_post_id: str
    extra: Mapping[str, object] = field(default_factory=dict[str, object])


@record
class Draft:
    """What one account is to publish as one post: the text chosen for its platform and everything attached.

    A part of a thread is a draft of its own; `parent` and `root` are then already published.
    """

    text: str
    post_type: str
    """Platform and kind, such as `bluesky-post`, `mastodon-status`, `instagram-reel`."""
    attachments: tuple[Attachment, ...] = ()
    link: str | None = None
    """An address to show as a card."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of this platform by their own names, such as `visibility` or `spoiler_text`."""
    due_at: datetime
    """The planned second, aware UTC."""
    part: int = 0
    """0 for the post itself; from 1 on what continues it: a reply, or its first comment."""
    parent: Reference | None = None
    root: Reference | None = None
    may_be_there: bool = True
    """Whether an earlier try may have made the post: what was frozen for it then stays as it is."""
