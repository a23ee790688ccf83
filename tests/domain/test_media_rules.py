"""Every rule about files, each broken by one file and kept by the next."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.capabilities import Capabilities, MediaRules, TextRules, check
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import MediaId

RULES = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4"}),
    max_bytes=300_000_000,
    source="example.org",
    read=date(2026, 11, 21),
)
MEDIA = Media(
    id=MediaId("med_1"),
    kind=MediaKind.VIDEO,
    mime_type="video/mp4",
    size_bytes=5_000_000,
    sha256="ab" * 32,
    file_name="cup.mp4",
    width_px=1080,
    height_px=1920,
    duration_s=30.0,
    frames=20,
    film=Film(video_codec="h264", audio_codec="aac", frame_rate=29.97, bit_rate=4_000_000, index_first=True),
)


def said(media: Media, rules: MediaRules, *, url: str | None = None, alt_text: str = "") -> list[str]:
    takes = Capabilities(
        name="Reels",
        text=TextRules(limit=100, unit="characters", count=lambda _: 0, source="", read=date(2026, 11, 21)),
        media={MediaKind.VIDEO: rules},
        max_attachments=1,
    )
    attachment = Attachment(media=media, path=Path("/nowhere"), alt_text=alt_text, url=url)
    draft = Draft(text="", post_type="x", attachments=(attachment,), due_at=datetime(2026, 12, 1, tzinfo=UTC))
    return [problem.message for problem in check(draft, takes)]


def test_a_file_within_every_rule_is_taken() -> None:
    rules = replace(
        RULES,
        min_bytes=5_000_000,
        min_width_px=1080,
        max_width_px=1080,
        min_height_px=1920,
        max_height_px=1920,
        max_short_side_px=1080,
        max_width_plus_height_px=3000,
        max_pixels=1080 * 1920,
        min_ratio=9 / 16,
        max_ratio=9 / 16,
        min_duration_s=30,
        max_duration_s=30,
        max_frames=20,
        video_codecs=frozenset({"h264"}),
        audio_codecs=frozenset({"aac"}),
        min_frame_rate=30,
        max_frame_rate=30,
        max_bit_rate=4_000_000,
        index_first=True,
        fetched_by_url=True,
    )

    assert said(MEDIA, rules, url="https://herald.example/media/x") == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"mime_types": frozenset({"video/webm"})}, "cup.mp4 is video/mp4; Reels takes WEBM. Convert it."),
        ({"max_bytes": 4_000_000}, "cup.mp4 is 5.0 MB, Reels takes up to 4.0 MB. Make it smaller."),
        ({"min_bytes": 6_000_000}, "cup.mp4 is 5.0 MB, Reels takes no less than 6.0 MB. Export it larger."),
        ({"max_pixels": 1000}, "cup.mp4 has 2,073,600 pixels, Reels takes up to 1,000. Make it smaller."),
        ({"min_width_px": 2000}, "cup.mp4 is 1,080 px wide, Reels takes no less than 2,000 px. Export it larger."),
        ({"max_width_px": 720}, "cup.mp4 is 1,080 px wide, Reels takes up to 720 px. Make it smaller."),
        ({"min_height_px": 2000}, "cup.mp4 is 1,920 px high, Reels takes no less than 2,000 px. Export it larger."),
        ({"max_height_px": 720}, "cup.mp4 is 1,920 px high, Reels takes up to 720 px. Make it smaller."),
        (
            {"max_short_side_px": 720},
            "cup.mp4 is 1,080 px on its short side, Reels takes up to 720 px. Make it smaller.",
        ),
        (
            {"max_width_plus_height_px": 2999},
            "cup.mp4 is 3,000 px wide and high together, Reels takes up to 2,999 px. Make it smaller.",
        ),
        ({"min_ratio": 0.8}, "cup.mp4 is too tall (9:16), Reels takes 4:5 or wider. Change its shape."),
        ({"max_ratio": 0.5}, "cup.mp4 is too wide (9:16), Reels takes 0.50:1 or taller. Change its shape."),
        ({"min_duration_s": 31}, "cup.mp4 is 30 s long, Reels takes no less than 31 s. Make it longer."),
        ({"max_duration_s": 15}, "cup.mp4 is 30 s long, Reels takes up to 15 s. Shorten it."),
        ({"max_frames": 19}, "cup.mp4 has 20 pictures, Reels takes up to 19. Shorten it."),
        (
            {"video_codecs": frozenset({"hevc", "vp9"})},
            "cup.mp4 has H.264 video, Reels takes HEVC, VP9. Convert it.",
        ),
        ({"audio_codecs": frozenset({"mp3"})}, "cup.mp4 has AAC sound, Reels takes MP3. Convert it."),
        (
            {"min_frame_rate": 60},
            "cup.mp4 has 29.97 frames a second, Reels takes no less than 60. Export it with more.",
        ),
        ({"max_frame_rate": 24}, "cup.mp4 has 29.97 frames a second, Reels takes up to 24. Export it with fewer."),
        (
            {"max_bit_rate": 3_500_000},
            "cup.mp4 has 4.0 Mbit/s, Reels takes up to 3.5. Export it with a lower bit rate.",
        ),
        (
            {"fetched_by_url": True},
            "Reels fetches media from a public address. Set HERALD_PUBLIC_URL to where the internet reaches Herald.",
        ),
    ],
)
def test_a_broken_rule_is_one_sentence(rule: dict[str, Any], sentence: str) -> None:
    assert said(MEDIA, replace(RULES, **rule)) == [sentence]


def test_an_index_at_the_end_is_told_where_it_matters() -> None:
    slow = replace(MEDIA, film=Film(index_first=False))

    assert said(slow, RULES) == []
    assert said(slow, replace(RULES, index_first=True)) == [
        "cup.mp4 has its index at the end, Reels needs it in front. Export it for the web (“fast start”)."
    ]


def test_a_duration_just_over_the_limit_is_not_rounded_to_it() -> None:
    assert said(replace(MEDIA, duration_s=60.04), replace(RULES, max_duration_s=60)) == [
        "cup.mp4 is 60.04 s long, Reels takes up to 60 s. Shorten it."
    ]


def test_what_nobody_knows_of_a_file_breaks_no_rule() -> None:
    unknown = replace(MEDIA, width_px=None, height_px=None, duration_s=None, frames=None, film=None)
    rules = replace(
        RULES,
        min_width_px=5000,
        max_ratio=0.1,
        min_duration_s=900,
        max_frames=1,
        video_codecs=frozenset({"av1"}),
        max_frame_rate=1,
        index_first=True,
    )

    assert said(unknown, rules) == []
