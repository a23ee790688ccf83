"""What files of one kind a network takes, as data, and what is wrong with a file by those rules.

Every sentence names the file, what it has and what the network takes. A fact nobody knows (a codec of a file taken in
long ago) breaks no rule: the network itself will say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.domain.content import Attachment, Film, Media
from bot.domain.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRules:
    """What files of one kind a platform takes. Sizes in bytes, durations in seconds, None for no known limit."""

    max_count: int
    mime_types: frozenset[str]
    max_bytes: int
    min_bytes: int | None = None
    max_pixels: int | None = None
    min_width_px: int | None = None
    max_width_px: int | None = None
    min_height_px: int | None = None
    max_height_px: int | None = None
    max_short_side_px: int | None = None
    max_width_plus_height_px: int | None = None
    min_ratio: float | None = None
    """Width divided by height: 0.8 is 4:5."""
    max_ratio: float | None = None
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    max_frames: int | None = None
    """Pictures of an animated GIF."""
    video_codecs: frozenset[str] = frozenset()
    """By FFmpeg's names (`h264`, `hevc`, `vp9`); empty for any. So are the codecs of sound."""
    audio_codecs: frozenset[str] = frozenset()
    min_frame_rate: float | None = None
    max_frame_rate: float | None = None
    max_bit_rate: int | None = None
    index_first: bool = False
    """Whether an MP4's index has to stand before its film."""
    fetched_by_url: bool = False
    """Whether the platform fetches the file from us, so that Herald needs a public address."""
    alt_text_limit: int | None = None
    source: str
    read: date


def file_problems(file: Attachment, rules: MediaRules, name: str) -> Iterator[Problem]:
    """Every way in which a file breaks the rules of the platform called `name`."""
    media = file.media
    sentences = (
        *_type_sentences(media, rules, name),
        *_size_sentences(media, rules, name),
        *_shape_sentences(media, rules, name),
        *_length_sentences(media, rules, name),
        *(_film_sentences(media.film, rules, name) if media.film is not None else ()),
    )
    for sentence in sentences:
        yield Problem(field="media", message=f"{media.file_name} {sentence}")
    if rules.fetched_by_url and file.url is None:
        yield Problem(
            field="media",
            message=f"{name} fetches media from a public address. Set HERALD_PUBLIC_URL to where the internet reaches"
            " Herald.",
        )
    if rules.alt_text_limit is not None and len(file.alt_text) > rules.alt_text_limit:
        yield Problem(
            field="alt",
            message=f"{media.file_name}: its description has {len(file.alt_text):,} characters, {name} takes"
            f" {rules.alt_text_limit:,}. Shorten it.",
        )


def _type_sentences(media: Media, rules: MediaRules, name: str) -> Iterator[str]:
    if media.mime_type not in rules.mime_types:
        takes = ", ".join(sorted(mime.split("/")[1].upper() for mime in rules.mime_types))
        yield f"is {media.mime_type}; {name} takes {takes}. Convert it."


def _size_sentences(media: Media, rules: MediaRules, name: str) -> Iterator[str]:
    if media.size_bytes > rules.max_bytes:
        yield f"is {size_text(media.size_bytes)}, {name} takes up to {size_text(rules.max_bytes)}. Make it smaller."
    if rules.min_bytes is not None and media.size_bytes < rules.min_bytes:
        yield f"is {size_text(media.size_bytes)}, {name} takes no less than {size_text(rules.min_bytes)}." + _LARGER
    pixels = (media.width_px or 0) * (media.height_px or 0)
    if rules.max_pixels is not None and pixels > rules.max_pixels:
        yield f"has {pixels:,} pixels, {name} takes up to {rules.max_pixels:,}. Make it smaller."


_LARGER = " Export it larger."


def _shape_sentences(media: Media, rules: MediaRules, name: str) -> Iterator[str]:
    if not media.width_px or not media.height_px:
        return
    for what, has, least, most in (
        ("wide", media.width_px, rules.min_width_px, rules.max_width_px),
        ("high", media.height_px, rules.min_height_px, rules.max_height_px),
        ("on its short side", min(media.width_px, media.height_px), None, rules.max_short_side_px),
        ("wide and high together", media.width_px + media.height_px, None, rules.max_width_plus_height_px),
    ):
        if least is not None and has < least:
            yield f"is {has:,} px {what}, {name} takes no less than {least:,} px.{_LARGER}"
        if most is not None and has > most:
            yield f"is {has:,} px {what}, {name} takes up to {most:,} px. Make it smaller."
    ratio = media.width_px / media.height_px
    if rules.min_ratio is not None and ratio < rules.min_ratio * (1 - RATIO_SLACK):
        least = ratio_text(rules.min_ratio)
        yield f"is too tall ({ratio_text(ratio)}), {name} takes {least} or wider. Change its shape."
    if rules.max_ratio is not None and ratio > rules.max_ratio * (1 + RATIO_SLACK):
        most = ratio_text(rules.max_ratio)
        yield f"is too wide ({ratio_text(ratio)}), {name} takes {most} or taller. Change its shape."


RATIO_SLACK = 0.005
"""Whole pixels cannot hit most ratios exactly, and the networks round too."""


def _length_sentences(media: Media, rules: MediaRules, name: str) -> Iterator[str]:
    duration_s = media.duration_s
    if duration_s is not None and rules.max_duration_s is not None and duration_s > rules.max_duration_s:
        most = f"{rules.max_duration_s:g} s"
        yield f"is {_seconds(duration_s, rules.max_duration_s)} long, {name} takes up to {most}. Shorten it."
    if duration_s is not None and rules.min_duration_s is not None and duration_s < rules.min_duration_s:
        has, least = _seconds(duration_s, rules.min_duration_s), f"{rules.min_duration_s:g} s"
        yield f"is {has} long, {name} takes no less than {least}. Make it longer."
    if rules.max_frames is not None and media.frames is not None and media.frames > rules.max_frames:
        yield f"has {media.frames:,} pictures, {name} takes up to {rules.max_frames:,}. Shorten it."


def _film_sentences(film: Film, rules: MediaRules, name: str) -> Iterator[str]:
    for what, codec, takes in (
        ("video", film.video_codec, rules.video_codecs),
        ("sound", film.audio_codec, rules.audio_codecs),
    ):
        if codec is not None and takes and codec not in takes:
            yield f"has {_codec(codec)} {what}, {name} takes {', '.join(sorted(map(_codec, takes)))}. Convert it."
    rate = film.frame_rate
    if rate is not None and rules.min_frame_rate is not None and rate < rules.min_frame_rate - _RATE_SLACK:
        least = f"{rules.min_frame_rate:g}"
        yield f"has {rate:g} frames a second, {name} takes no less than {least}. Export it with more."
    if rate is not None and rules.max_frame_rate is not None and rate > rules.max_frame_rate + _RATE_SLACK:
        yield f"has {rate:g} frames a second, {name} takes up to {rules.max_frame_rate:g}. Export it with fewer."
    if rules.max_bit_rate is not None and film.bit_rate is not None and film.bit_rate > rules.max_bit_rate:
        has, most = film.bit_rate / 1e6, rules.max_bit_rate / 1e6
        yield f"has {has:.1f} Mbit/s, {name} takes up to {most:g}. Export it with a lower bit rate."
    if rules.index_first and film.index_first is False:
        yield f"has its index at the end, {name} needs it in front. Export it for the web (“fast start”)."


_RATE_SLACK = 0.05
"""23.976 and 59.94 are called 24 and 60."""
_CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "mpeg4": "MPEG-4"}


def _codec(name: str) -> str:
    return _CODECS.get(name, name.upper())


def _seconds(has: float, limit: float) -> str:
    """With as many digits as it takes to differ from the limit."""
    return next((text for digits in range(4) if float(text := f"{has:.{digits}f}") != limit), f"{has:g}") + " s"


def size_text(size_bytes: int) -> str:
    """`5.2 MB`, or `76 KB` where a megabyte says nothing."""
    return f"{size_bytes / 1_000_000:.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1_000:.0f} KB"  # noqa: PLR2004


def ratio_text(ratio: float) -> str:
    """`4:5` where it is one people know, else `1.23:1`."""
    known = {4 / 5: "4:5", 1.0: "1:1", 9 / 16: "9:16", 16 / 9: "16:9", 3 / 4: "3:4", 4 / 3: "4:3", 2 / 3: "2:3"}
    return next((text for value, text in known.items() if abs(value - ratio) < _KNOWN_WITHIN), f"{ratio:.2f}:1")


_KNOWN_WITHIN = 0.003
