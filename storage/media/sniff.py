"""What a file is, told from its bytes. Its name is used in sentences only."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.domain.content import MediaKind
from bot.domain.errors import InvalidContent, invalid

MAX_PIXELS = 60_000_000
"""An image of more is not decoded: its few bytes could fill the memory."""

_FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
_GPS = 0x8825
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_NAME_LENGTH = 80

# Our own check of the size stands before any decoding, and it says what to do.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the bytes say. Sizes are those people see (a picture lying on its side is turned first)."""

    kind: MediaKind
    mime_type: str
    width_px: int | None = None
    height_px: int | None = None
    has_place: bool = False
    """Whether it says where it was taken."""


def file_name(path: str) -> str:
    """A name fit for a sentence and for storing: no folders, no control characters, not long."""
    last = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in last).strip()
    if len(clean) <= _NAME_LENGTH:
        return clean or "file"
    stem, dot, ending = clean.rpartition(".")
    ending = dot + ending if dot and len(ending) <= 5 else ""  # noqa: PLR2004  # an ending, not a sentence
    return (stem or clean)[: _NAME_LENGTH - len(ending) - 1] + "…" + ending


def sniff(path: Path, called: str) -> Facts:
    """Tell what a file is. Decodes images, so call it in a thread. Raises InvalidContent, `called` naming the file."""
    with path.open("rb") as file:
        head = file.read(64)
    if video := _video_type(head):
        return Facts(kind=MediaKind.VIDEO, mime_type=video)
    try:
        return _image_facts(path, called)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise _unreadable(called) from error


def _unreadable(called: str) -> InvalidContent:
    return invalid("media", f"{called} is not an image Herald can read. Export it again.")


def _image_facts(path: Path, called: str) -> Facts:
    with Image.open(path, formats=tuple(_FORMATS)) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise invalid(
                "media", f"{called} has {width * height:,} pixels, Herald takes up to {MAX_PIXELS:,}. Make it smaller."
            )
        animated = image.format == "GIF" and getattr(image, "is_animated", False)
        mime_type = _FORMATS[image.format or ""]
        exif = image.getexif()
        has_place = bool(exif.get_ifd(_GPS))
        image.load()
        if exif.get(_ORIENTATION) in _SIDEWAYS:
            width, height = height, width
    kind = MediaKind.GIF if animated else MediaKind.IMAGE
    return Facts(kind=kind, mime_type=mime_type, width_px=width, height_px=height, has_place=has_place)


def _video_type(head: bytes) -> str | None:
    """The type of a video by its first bytes: ISO media boxes, or EBML with its document type.

    Source: ISO/IEC 14496-12 §4.3 (`ftyp`); RFC 8794 §11.2.1 (EBML header, DocType). Read 2026-11-21.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand == b"qt  ":
            return "video/quicktime"
        if brand in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"M4A "):
            return None
        return "video/mp4"
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head:
        return "video/webm"
    return None
