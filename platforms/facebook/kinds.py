"""The kinds of post a Page has: which one a draft becomes, and what each takes."""

from collections.abc import Callable, Mapping

from bot.domain.capabilities import Capabilities, MediaRules, OptionRule, TextRules, one_of
from bot.domain.content import Draft, MediaKind
from platforms.base import AskedKind
from platforms.meta import DOCS, READ, units

POST, VIDEO, REEL, STORY = "facebook-post", "facebook-video", "facebook-reel", "facebook-story"
COMMENT = "facebook-comment"
TYPES = (POST, VIDEO, REEL, STORY, COMMENT)
MOST_PHOTOS = 10
"""Seen to work everywhere; Facebook documents no number (brightbeanxyz/brightbean-studio, read 2026-11-21)."""
_MIB = 1_048_576
_PAGE_POSTS = f"{DOCS}/pages-api/posts/"
_PHOTOS = f"{DOCS}/graph-api/reference/page/photos/"
_VIDEOS = f"{DOCS}/video-api/guides/publishing/"
_REELS = f"{DOCS}/video-api/guides/reels-publishing/"
_STORIES = f"{DOCS}/page-stories-api/"
_COMMENTS = f"{DOCS}/graph-api/reference/object/comments/"

KINDS = (
    AskedKind(name="facebook-post", becomes=(POST, VIDEO)),
    AskedKind(name="facebook-reel", becomes=(REEL,), options={"type": "reel"}),
    AskedKind(name="facebook-story", becomes=(STORY,), options={"type": "story"}),
)


def choose(draft: Draft) -> str:
    """The kind of post: the option `type` decides, then whether there is a film."""
    if draft.part:
        return COMMENT
    asked = {"reel": REEL, "story": STORY}.get(draft.options.get("type", ""))
    if asked is not None:
        return asked
    return VIDEO if any(file.media.kind is MediaKind.VIDEO for file in draft.attachments) else POST


def _length(draft: Draft) -> int:
    return units(draft.text)


def _blank(value: str) -> str | None:
    return None if value.strip() else "is empty. Give the title or leave it out"


_TYPE = OptionRule(name="type", meaning="what it becomes: post, reel or story", problem=one_of("post", "reel", "story"))
_TITLE = OptionRule(name="title", meaning="title of a video or reel", problem=_blank)
_TEXT = TextRules(limit=63_206, unit="characters", count=_length, source=_PAGE_POSTS, read=READ)
_PHOTO = MediaRules(
    max_count=MOST_PHOTOS,
    mime_types=frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"}),
    max_bytes=4 * _MIB,
    alt_text_limit=1_000,
    source=_PHOTOS,
    read=READ,
)
"""One page of Facebook's says 10 MB, another 4 MB: the smaller counts. No length of descriptions is documented; this is
Instagram's."""
_FILM = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=10 * 1_024 * _MIB,
    max_duration_s=14_400.0,
    source=_VIDEOS,
    read=READ,
)
_UPRIGHT = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4"}),
    max_bytes=1_024 * _MIB,
    min_width_px=540,
    min_height_px=960,
    min_ratio=9 / 16,
    max_ratio=9 / 16,
    min_duration_s=3.0,
    max_duration_s=90.0,
    min_frame_rate=24.0,
    max_frame_rate=60.0,
    source=_REELS,
    read=READ,
)


def _kind(
    media: Mapping[MediaKind, MediaRules],
    *checks: Callable[[Draft], str | None],
    text: TextRules = _TEXT,
    options: tuple[OptionRule, ...] = (_TYPE,),
    most: int = 1,
    link_card: bool = False,
) -> Capabilities:
    return Capabilities(
        name="Facebook",
        text=text,
        media=media,
        max_attachments=most,
        options=options,
        first_comment=True,
        link_card=link_card,
        extra_checks=checks,
    )


def _card_or_photos(draft: Draft) -> str | None:
    if draft.link is not None and draft.attachments:
        return "a link card cannot stand beside photos. Put the address into the text or take the photos out."
    return None


def _needs_film(draft: Draft) -> str | None:
    film = any(file.media.kind is MediaKind.VIDEO for file in draft.attachments)
    return None if film else "a reel is a video. Add one, or leave type=reel out."


def _story_is_a_file(draft: Draft) -> str | None:
    if not draft.attachments:
        return "a story is one photo or one video. Add it, or leave type=story out."
    return "a story shows no text. Give Facebook an empty text of its own." if draft.text.strip() else None


def _commentable(draft: Draft) -> str | None:
    return "a story takes no first comment. Take it out." if draft.options.get("type") == "story" else None


CAPABILITIES = _kind(
    {MediaKind.IMAGE: _PHOTO}, _card_or_photos, options=(_TYPE, _TITLE), most=MOST_PHOTOS, link_card=True
)
BY_TYPE: Mapping[str, Capabilities] = {
    POST: _kind({MediaKind.IMAGE: _PHOTO}, _card_or_photos, most=MOST_PHOTOS, link_card=True),
    VIDEO: _kind({MediaKind.VIDEO: _FILM}, options=(_TYPE, _TITLE)),
    REEL: _kind({MediaKind.VIDEO: _UPRIGHT}, _needs_film, options=(_TYPE, _TITLE)),
    STORY: _kind(
        {
            MediaKind.IMAGE: MediaRules(
                max_count=1, mime_types=_PHOTO.mime_types, max_bytes=4 * _MIB, source=_STORIES, read=READ
            ),
            MediaKind.VIDEO: MediaRules(
                max_count=1,
                mime_types=frozenset({"video/mp4"}),
                max_bytes=1_024 * _MIB,
                min_width_px=540,
                min_height_px=960,
                min_ratio=9 / 16,
                max_ratio=9 / 16,
                min_duration_s=3.0,
                max_duration_s=60.0,
                min_frame_rate=24.0,
                max_frame_rate=60.0,
                source=_STORIES,
                read=READ,
            ),
        },
        _story_is_a_file,
    ),
    COMMENT: _kind(
        {},
        _commentable,
        text=TextRules(limit=8_000, unit="characters", count=_length, source=_COMMENTS, read=READ),
        most=0,
    ),
}
"""Facebook documents no size of reels; a gigabyte is what it takes from an address."""
