"""What a video or a sound is: told by FFmpeg's own readers, which decode the first picture to be sure.

FFmpeg runs in a process of its own (probe.py), is told which container to read and never guesses, so a playlist that
names other files is not one to it.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bot.domain.content import Film, MediaKind
from bot.domain.errors import InvalidContent, invalid
from storage.media import boxes, ebml

_log = logging.getLogger(__name__)
_PROBE = Path(__file__).with_name("probe.py")
_PROBE_S = 60
"""Of processor time; opening a film takes well below one."""
_SIDEWAYS = 180
"""Two quarter turns leave width and height as they are."""


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
    index_first = _check_whole(path, container, called)
    found = _looked_into(path, container)
    mime_type = None if found is None else container.video if "video_codec" in found else container.audio
    if found is None or mime_type is None:
        raise _unreadable(called)
    width, height, rotation = (_number(found, name) for name in ("width", "height", "rotation"))
    if (rotation or 0) % _SIDEWAYS:
        width, height = height, width
    rate = found.get("frame_rate")
    return FilmFacts(
        kind=MediaKind.VIDEO if "video_codec" in found else MediaKind.AUDIO,
        mime_type=mime_type,
        duration_s=round(float(str(found.get("duration_s") or 0)), 3),
        width_px=width,
        height_px=height,
        film=Film(
            video_codec=_word(found, "video_codec"),
            audio_codec=_word(found, "audio_codec"),
            frame_rate=round(rate, 3) if isinstance(rate, float) else None,
            bit_rate=_number(found, "bit_rate"),
            rotation=rotation,
            index_first=index_first,
        ),
    )


def _looked_into(path: Path, container: Container) -> Mapping[str, object] | None:
    """What the probe says; None when it cannot read the file, or the file ended it."""
    command = [sys.executable, "-I", str(_PROBE), str(path.absolute()), container.reader, str(_PROBE_S)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PROBE_S * 2, check=False, env={})  # noqa: S603  # ours
    except subprocess.TimeoutExpired:
        return None
    if done.returncode < 0 or done.returncode > 1:
        _log.warning(
            "the probe ended", extra={"status": done.returncode, "said": done.stderr[-300:].decode(errors="replace")}
        )
    if done.returncode:
        return None
    said: object = json.loads(done.stdout)
    return cast("Mapping[str, object]", said) if isinstance(said, dict) else None


def _number(found: Mapping[str, object], name: str) -> int | None:
    return value if isinstance(value := found.get(name), int) else None


def _word(found: Mapping[str, object], name: str) -> str | None:
    return value if isinstance(value := found.get(name), str) else None


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
