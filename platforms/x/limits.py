"""What X takes of text and files, for every account and for those with a Premium subscription.

Sources and dates stand with each group. X says of some limits different things in different places; then the one that
refuses less is here, and the network itself says the rest.
"""

from dataclasses import replace
from datetime import date

from bot.domain.capabilities import Capabilities, MediaRules, TextRules
from bot.domain.content import Draft, MediaKind
from platforms.base import JsonObject
from platforms.x import options
from platforms.x.text import LIMIT, length

READ = date(2026, 11, 21)
_MEDIA = "https://docs.x.com/x-api/media/quickstart/best-practices"
CHUNK_BYTES = 4 * 1024 * 1024
"""Of a file that goes up in pieces: below the 5 MB that X takes at once, with what a form adds."""
MOST_CHUNKS = 1000
PREMIUM = frozenset({"Premium", "PremiumPlus"})
PREMIUM_TEXT = 25_000
PREMIUM_VIDEO_S = 7500.0
MOST_GIF_PIXELS = 300_000_000


def _count(draft: Draft) -> int:
    return length(draft.text)


def _gif_is_small(draft: Draft) -> str | None:
    """All pictures of a GIF together."""
    for attachment in draft.attachments:
        media = attachment.media
        pixels = (media.width_px or 0) * (media.height_px or 0) * (media.frames or 0)
        if media.kind is MediaKind.GIF and pixels > MOST_GIF_PIXELS:
            return (
                f"{media.file_name} has {pixels:,} pixels in all its pictures, {MOST_GIF_PIXELS:,} allowed."
                " Make it smaller or shorter."
            )
    return None


CAPABILITIES = Capabilities(
    name="X",
    text=TextRules(
        limit=LIMIT,
        unit="characters as X counts them",
        count=_count,
        source="https://docs.x.com/fundamentals/counting-characters",
        read=READ,
    ),
    media={
        MediaKind.IMAGE: MediaRules(
            max_count=4,
            mime_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
            max_bytes=5_242_880,
            alt_text_limit=1000,
            source=_MEDIA,
            read=READ,
        ),
        MediaKind.GIF: MediaRules(
            max_count=1,
            mime_types=frozenset({"image/gif"}),
            max_bytes=15_728_640,
            max_width_px=1280,
            max_height_px=1080,
            max_frames=350,
            alt_text_limit=1000,
            source=_MEDIA,
            read=READ,
        ),
        MediaKind.VIDEO: MediaRules(
            max_count=1,
            mime_types=frozenset({"video/mp4", "video/quicktime"}),
            max_bytes=MOST_CHUNKS * CHUNK_BYTES,
            min_width_px=32,
            min_height_px=32,
            min_ratio=1 / 3,
            max_ratio=3.0,
            min_duration_s=0.5,
            max_duration_s=1200.0,
            video_codecs=frozenset({"h264"}),
            audio_codecs=frozenset({"aac"}),
            max_frame_rate=60.0,
            alt_text_limit=1000,
            source=_MEDIA,
            read=READ,
        ),
    },
    max_attachments=4,
    options=options.RULES,
    threads=True,
    extra_checks=(options.poll_stands_alone, options.followers_see_a_communitys_post, _gif_is_small),
)
"""A video may have as many bytes as its pieces can carry, which is less than the 8 GB that X names."""


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """The capabilities of one account, given its subscription.

    Source: https://help.x.com/en/using-x/x-premium, 2026-11-21.
    """
    if stored.get("subscription_type") not in PREMIUM:
        return base
    video = replace(base.media[MediaKind.VIDEO], max_duration_s=PREMIUM_VIDEO_S)
    return replace(base, text=replace(base.text, limit=PREMIUM_TEXT), media={**base.media, MediaKind.VIDEO: video})
