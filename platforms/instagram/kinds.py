"""The kinds of post Instagram has: which one a draft becomes, and what each takes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.capabilities import Capabilities, MediaRules, OptionRule, TextRules, one_of
from bot.domain.content import Draft, MediaKind
from platforms.base import AskedKind
from platforms.meta import DOCS, READ, units

POST, CAROUSEL, REEL, STORY = "instagram-post", "instagram-carousel", "instagram-reel", "instagram-story"
COMMENT = "instagram-comment"
TYPES = (POST, CAROUSEL, REEL, STORY, COMMENT)
LEAST_IN_CAROUSEL, MOST_IN_CAROUSEL = 2, 10
MOST_HASHTAGS, MOST_MENTIONS = 30, 20
_MIB = 1_048_576
_MEDIA = f"{DOCS}/instagram-platform/instagram-graph-api/reference/ig-user/media/"
_COMMENTS = f"{DOCS}/instagram-platform/instagram-graph-api/reference/ig-media/comments/"
_HASHTAG = re.compile(r"(?<![\w&#])#\w*[^\W\d]\w*")
_MENTION = re.compile(r"(?<![\w@])@\w[\w.]*")

KINDS = (
    AskedKind(name="instagram-feed", becomes=(POST, CAROUSEL), like=("instagram-reel",)),
    AskedKind(name="instagram-reel", becomes=(REEL,), options={"type": "reel"}),
    AskedKind(name="instagram-story", becomes=(STORY,), options={"type": "story"}),
)


def choose(draft: Draft) -> str:
    """The kind of post: the option `type=story`, then how many files there are, then whether it is a film."""
    if draft.part:
        return COMMENT
    if draft.options.get("type") == "story":
        return STORY
    if len(draft.attachments) >= LEAST_IN_CAROUSEL:
        return CAROUSEL
    film = any(file.media.kind is MediaKind.VIDEO for file in draft.attachments)
    return REEL if film or draft.options.get("type") == "reel" else POST


# --- Rules -----------------------------------------------------------------------------------------------------------


def _whole(value: str) -> str | None:
    return None if value.isascii() and value.isdecimal() else f"is {value!r}; it takes a whole number"


def _blank(value: str) -> str | None:
    return None if value.strip() else "is empty. Give it or leave it out"


_TRUTH = one_of("true", "false")
_TYPE = OptionRule(name="type", meaning="what it becomes: post, reel or story", problem=one_of("post", "reel", "story"))
_PLACE = OptionRule(name="location_id", meaning="number of the Facebook Page of a place", problem=_whole)
_AI = OptionRule(name="is_ai_generated", meaning="label it as made by AI", problem=_TRUTH)
_FEED = OptionRule(name="share_to_feed", meaning="show the reel in the feed, too", problem=_TRUTH)
_COVER = OptionRule(name="thumb_offset", meaning="millisecond of the reel's cover", problem=_whole)
_SOUND = OptionRule(name="audio_name", meaning="name of the reel's own sound", problem=_blank)
SENT = ("location_id", "is_ai_generated", "share_to_feed", "thumb_offset", "audio_name")
"""Options that go to Instagram as they are, under the same names."""


def _length(draft: Draft) -> int:
    return units(draft.text)


_TEXT = TextRules(limit=2_200, unit="characters", count=_length, source=_MEDIA, read=READ)
"""What is counted is not documented: UTF-16 units, which are never fewer than characters."""
_COMMENT_TEXT = TextRules(limit=2_200, unit="characters", count=_length, source=_COMMENTS, read=READ)
_IMAGE = MediaRules(
    max_count=1,
    mime_types=frozenset({"image/jpeg"}),
    max_bytes=8 * _MIB,
    min_width_px=320,
    min_ratio=4 / 5,
    max_ratio=1.91,
    fetched_by_url=True,
    alt_text_limit=1_000,
    source=_MEDIA,
    read=READ,
)
_REEL = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=300 * _MIB,
    max_width_px=1_920,
    min_ratio=0.01,
    max_ratio=10.0,
    min_duration_s=3.0,
    max_duration_s=900.0,
    video_codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
    min_frame_rate=23.0,
    max_frame_rate=60.0,
    max_bit_rate=25_000_000,
    index_first=True,
    fetched_by_url=True,
    source=_MEDIA,
    read=READ,
)


def _kind(
    media: Mapping[MediaKind, MediaRules],
    *checks: Callable[[Draft], str | None],
    text: TextRules = _TEXT,
    options: tuple[OptionRule, ...] = (),
    most: int = 1,
) -> Capabilities:
    return Capabilities(
        name="Instagram",
        text=text,
        media=media,
        max_attachments=most,
        mixed_media=most > 1,
        options=(_TYPE, *options),
        first_comment=True,
        extra_checks=(_few_tags, *checks),
    )


def _few_tags(draft: Draft) -> str | None:
    """30 hashtags and 20 mentions by Instagram's documents; its apps show five hashtags since 2025-12-18."""
    for what, found, most in (
        ("hashtags", len(_HASHTAG.findall(draft.text)), MOST_HASHTAGS),
        ("mentions", len(_MENTION.findall(draft.text)), MOST_MENTIONS),
    ):
        if found > most:
            return f"{found} {what}, {most} allowed. Take some out."
    return None


def _has_file(draft: Draft) -> str | None:
    return None if draft.attachments else "a post needs a picture or a video. Add one."


def _has_film(draft: Draft) -> str | None:
    return None if draft.attachments else "a reel needs a video. Add one, or leave type=reel out."


def _story_is_a_file(draft: Draft) -> str | None:
    if not draft.attachments:
        return "a story is one picture or one video. Add it, or leave type=story out."
    return "a story shows no text. Give Instagram an empty text of its own." if draft.text.strip() else None


def _commentable(draft: Draft) -> str | None:
    return "a story takes no first comment. Take it out." if draft.options.get("type") == "story" else None


_EACH = {
    MediaKind.IMAGE: replace(_IMAGE, max_count=MOST_IN_CAROUSEL),
    MediaKind.VIDEO: replace(_REEL, max_count=MOST_IN_CAROUSEL),
}
CAPABILITIES = _kind(_EACH, options=(_PLACE, _AI, _FEED, _COVER, _SOUND), most=MOST_IN_CAROUSEL)
BY_TYPE: Mapping[str, Capabilities] = {
    POST: _kind({MediaKind.IMAGE: _IMAGE}, _has_file, options=(_PLACE, _AI)),
    CAROUSEL: _kind(_EACH, options=(_PLACE,), most=MOST_IN_CAROUSEL),
    REEL: _kind({MediaKind.VIDEO: _REEL}, _has_film, options=(_PLACE, _AI, _FEED, _COVER, _SOUND)),
    STORY: _kind(
        {
            MediaKind.IMAGE: replace(_IMAGE, min_ratio=None, max_ratio=None, alt_text_limit=None),
            MediaKind.VIDEO: replace(_REEL, max_bytes=100 * _MIB, max_duration_s=60.0),
        },
        _story_is_a_file,
    ),
    COMMENT: _kind({}, _commentable, text=_COMMENT_TEXT, most=0),
}
"""Films in a carousel are held to a reel's rules: none of their own are documented."""
