"""What a video or a sound is: told by FFmpeg's own readers, which decode the first picture to be sure.

FFmpeg is told which container to read and never guesses, so a playlist that names other files is not one to it.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.content import Film, MediaKind
from bot.domain.errors import InvalidContent, invalid
from storage.media import boxes, ebml

if TYPE_CHECKING:
    from av.container import InputContainer

_SIDEWAYS = 180
"""Two quarter turns leave width and height as they are."""
_SECOND = 1_000_000
"""FFmpeg's unit of a container's duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A kind of file: FFmpeg's name of its reader, and its type with a film in it and with sound alone."""

    reader: str
    video: str | None
    audio: str | None
    is_boxes: bool = False


MP4 = Container(reader="mp4", video="video/mp4", audio="audio/mp4", is_boxes=True)
QUICKTIME = Container(reader="mov", video="video/quicktime", audio="audio/mp4", is_boxes=True)
WEBM = Container(reader="webm", video="video/webm", audio="audio/webm")
MATROSKA = Container(reader="matroska", video="video/x-matroska", audio="audio/x-matroska")
_SOUNDS: Mapping[bytes, Container] = {
    b"ID3": Container(reader="mp3", video=None, audio="audio/mpeg"),
    b"OggS": Container(reader="ogg", video="video/ogg", audio="audio/ogg"),
    b"fLaC": Container(reader="flac", video=None, audio="audio/flac"),
}
_PICTURES = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFacts:
    """What the bytes of a video or a sound say. The size is the one people see."""

    kind: MediaKind
    mime_type: str
    duration_s: float
    film: Film
    width_px: int | None = None
    height_px: int | None = None


def container_of(head: bytes) -> Container | None:
    """The kind of file, by its first bytes; None for what is no video or sound.

    Sources, read 2026-11-21: ISO/IEC 14496-12 §4.3 (`ftyp`); RFC 8794 §11.2.1 (EBML); RFC 3533; RFC 9639; ID3v2.4.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return None if brand in _PICTURES else QUICKTIME if brand == b"qt  " else MP4
    if head[4:8] in {b"moov", b"mdat", b"wide"}:
        return QUICKTIME
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head else MATROSKA
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Container(reader="wav", video=None, audio="audio/wav")
    if head[:1] == b"\xff" and head[1:2] in {b"\xfb", b"\xf3", b"\xf2"}:
        return _SOUNDS[b"ID3"]
    return next((found for mark, found in _SOUNDS.items() if head.startswith(mark)), None)


def film_facts(path: Path, container: Container, called: str) -> FilmFacts:
    """Tell what a video or sound is. Blocks: call it in a thread. Raises InvalidContent, `called` naming the file."""
    import av  # noqa: PLC0415  # 25 MB of memory that a process without films never needs

    index_first = _check_whole(path, container, called)
    try:
        with av.open(str(path), format=container.reader, metadata_errors="ignore") as opened:
            return _facts(opened, container, called, index_first=index_first)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise _unreadable(called) from error


def blank(path: Path, mime_type: str) -> None:
    """Take out of the file itself where and with what it was made, where its kind is one Herald knows.

    Raises InvalidContent never; OddBoxesError and CutOffError are left to the caller, who has seen the file whole.
    """
    if mime_type in {"video/mp4", "video/quicktime", "audio/mp4"}:
        boxes.blank(path)
    elif mime_type in {"video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"}:
        ebml.blank(path)


def _check_whole(path: Path, container: Container, called: str) -> bool | None:
    try:
        if container.is_boxes:
            return boxes.layout_of(path).index_first
        if container.reader in {"webm", "matroska"}:
            ebml.check_whole(path)
    except (boxes.CutOffError, ebml.CutOffError) as error:
        raise invalid("media", f"{called} is cut off: a part of it is missing. Export or upload it again.") from error
    except boxes.OddBoxesError as error:
        raise _unreadable(called) from error
    return None


def _unreadable(called: str) -> InvalidContent:
    return invalid("media", f"{called} is not a video or sound Herald can read. Export it again.")


def _facts(opened: "InputContainer", container: Container, called: str, *, index_first: bool | None) -> FilmFacts:
    from av.stream import Disposition  # noqa: PLC0415  # as above

    videos = [stream for stream in opened.streams.video if not stream.disposition & Disposition.attached_pic]
    sounds = list(opened.streams.audio)
    mime_type = container.video if videos else container.audio if sounds else None
    if mime_type is None:
        raise _unreadable(called)
    width = height = rotation = rate = None
    if videos:
        videos[0].thread_count = 1
        frame = next(opened.decode(videos[0]))
        rotation = frame.rotation % 360
        width, height = frame.width, frame.height
        if rotation % _SIDEWAYS:
            width, height = height, width
        rate = videos[0].average_rate or videos[0].guessed_rate
    else:
        next(opened.decode(sounds[0]))
    duration_s = opened.duration / _SECOND if opened.duration else _played_s(opened)
    film = Film(
        video_codec=videos[0].codec_context.codec.canonical_name if videos else None,
        audio_codec=sounds[0].codec_context.codec.canonical_name if sounds else None,
        frame_rate=round(float(rate), 3) if rate else None,
        bit_rate=opened.bit_rate or (round(opened.size * 8 / duration_s) if duration_s else None),
        rotation=rotation,
        index_first=index_first,
    )
    kind = MediaKind.VIDEO if videos else MediaKind.AUDIO
    return FilmFacts(
        kind=kind, mime_type=mime_type, duration_s=round(duration_s, 3), film=film, width_px=width, height_px=height
    )


def _played_s(opened: "InputContainer") -> float:
    """The duration of a file that does not say it: recordings of a browser do not."""
    opened.seek(0)
    ends = (
        Fraction(packet.pts + (packet.duration or 0)) * packet.time_base
        for packet in itertools.chain(opened.demux())
        if packet.pts is not None
    )
    return float(max(ends, default=Fraction(0)))
