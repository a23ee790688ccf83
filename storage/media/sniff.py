"""What a file is, told from its bytes. Its name is used in sentences only."""

import os
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.domain.content import Film, MediaKind
from bot.domain.errors import InvalidContent, invalid
from storage.media.film import container_of, film_facts

MAX_PIXELS = 60_000_000
"""An image of more is not decoded: its few bytes could fill the memory."""

_FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
_SAME = {"MPO": "JPEG"}
"""What Pillow calls a JPEG with further pictures behind it, as phones and cameras write them."""
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_STILLS = frozenset({MediaKind.IMAGE, MediaKind.GIF})
_NAMED = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "heic"), _STILLS),
    **dict.fromkeys(("mp4", "mov", "m4v", "webm", "mkv"), frozenset({MediaKind.VIDEO, MediaKind.AUDIO})),
    **dict.fromkeys(("mp3", "wav", "flac", "m4a"), frozenset({MediaKind.AUDIO})),
    "pdf": frozenset({MediaKind.DOCUMENT}),
}
"""What a name promises. That a PNG is called .jpg harms nobody; that a video is, means that something is wrong."""
_PDF_TAIL_BYTES = 2048
_MOST_FRAMES = 1_000
_GPS = 0x8825
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_NAME_LENGTH = 80

_UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow's readers raise where a file is damaged: each its own."""

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
    duration_s: float | None = None
    frames: int | None = None
    film: Film | None = None


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
    facts = _facts(path, head, called)
    named = _NAMED.get(called.rpartition(".")[2].lower())
    if named is not None and facts.kind not in named:
        raise invalid("media", f"{called} is not what its name says: it is {facts.mime_type}. Export it again.")
    return facts


def _facts(path: Path, head: bytes, called: str) -> Facts:
    if container := container_of(head):
        found = film_facts(path, container, called)
        return Facts(
            kind=found.kind,
            mime_type=found.mime_type,
            width_px=found.width_px,
            height_px=found.height_px,
            duration_s=found.duration_s,
            film=found.film,
        )
    if head.startswith(b"%PDF-"):
        return _document_facts(path, called)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        raise invalid("media", f"{called} is HEIC, which no network takes. Export it as JPEG.")
    try:
        return _image_facts(path, called)
    except _UNREADABLE as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise _unreadable(called) from error


def _unreadable(called: str) -> InvalidContent:
    return invalid("media", f"{called} is not an image, video or sound Herald can read. Export it again.")


def _document_facts(path: Path, called: str) -> Facts:
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _PDF_TAIL_BYTES), os.SEEK_END)
        if b"%%EOF" not in file.read():
            raise invalid("media", f"{called} is cut off: a part of it is missing. Export or upload it again.")
    return Facts(kind=MediaKind.DOCUMENT, mime_type="application/pdf")


def _image_facts(path: Path, called: str) -> Facts:
    with Image.open(path, formats=tuple(_FORMATS)) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise invalid(
                "media", f"{called} has {width * height:,} pixels, Herald takes up to {MAX_PIXELS:,}. Make it smaller."
            )
        frames = int(getattr(image, "n_frames", 1)) if image.format == "GIF" else 1
        animated = frames > 1
        mime_type = _FORMATS[_SAME.get(image.format or "", image.format or "")]
        exif = image.getexif()
        has_place = bool(exif.get_ifd(_GPS))
        image.load()
        duration_s = _gif_duration_s(image, frames) if animated else None
        if exif.get(_ORIENTATION) in _SIDEWAYS:
            width, height = height, width
    kind = MediaKind.GIF if animated else MediaKind.IMAGE
    return Facts(
        kind=kind,
        mime_type=mime_type,
        width_px=width,
        height_px=height,
        has_place=has_place,
        duration_s=duration_s,
        frames=frames if animated else None,
    )


def _gif_duration_s(image: Image.Image, frames: int) -> float:
    """How long an animation runs once. Its frames are looked at, so no more of them than `_MOST_FRAMES`."""
    total_ms = 0.0
    for frame in range(min(frames, _MOST_FRAMES)):
        image.seek(frame)
        total_ms += float(image.info.get("duration", 0))
    return round(total_ms / 1000, 3)
