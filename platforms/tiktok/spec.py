"""TikTok as data."""

from dataclasses import replace
from datetime import date

from bot.domain.capabilities import Capabilities, MediaRules, OptionRule, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Budget, Scope
from platforms.base import AskedKind, FindRules, JsonObject, NumbersRules, OAuthRules, Repeat, Spec
from platforms.oauth_rules import Proof, Reach, Revocation
from platforms.tiktok.creator import Creator
from platforms.tiktok.errors import ERRORS, read_error, read_reset
from platforms.tiktok.options import (
    COVER,
    MODE,
    MOST_PHOTOS,
    PHOTO,
    PHOTO_DRAFT,
    PHOTO_OPTIONS,
    PRIVACY,
    TITLE,
    VIDEO,
    VIDEO_DRAFT,
    VIDEO_OPTIONS,
    branded_content_is_seen,
    choose,
    cover_is_there,
    has_files,
    privacy_is_chosen,
    utf16_units,
)

READ = date(2026, 11, 21)
_DOCS = "https://developers.tiktok.com/doc"
_MEDIA = f"{_DOCS}/content-posting-api-media-transfer-guide"
API_URL = "https://open.tiktokapis.com"
SITE_URL = "https://www.tiktok.com"
CAPTION_LIMIT, DESCRIPTION_LIMIT = 2200, 4000


def _count(draft: Draft) -> int:
    return utf16_units(draft.text)


def _text(limit: int, page: str) -> TextRules:
    unit = "characters (UTF-16 code units)"
    return TextRules(limit=limit, unit=unit, count=_count, source=f"{_DOCS}/{page}", read=READ)


_FILM = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    max_bytes=4 * 1024**3,
    min_width_px=360,
    max_width_px=4096,
    min_height_px=360,
    max_height_px=4096,
    max_duration_s=600.0,
    video_codecs=frozenset({"h264", "hevc", "vp8", "vp9"}),
    min_frame_rate=23.0,
    max_frame_rate=60.0,
    source=_MEDIA,
    read=READ,
)
_PHOTO = MediaRules(
    max_count=MOST_PHOTOS,
    mime_types=frozenset({"image/jpeg", "image/webp"}),
    max_bytes=20 * 1024**2,
    max_short_side_px=1080,
    fetched_by_url=True,
    source=_MEDIA,
    read=READ,
)


def _video(options: tuple[OptionRule, ...]) -> Capabilities:
    return Capabilities(
        name="TikTok",
        text=_text(CAPTION_LIMIT, "content-posting-api-reference-direct-post"),
        media={MediaKind.VIDEO: _FILM},
        max_attachments=1,
        options=options,
        extra_checks=(has_files,),
    )


def _photos(options: tuple[OptionRule, ...]) -> Capabilities:
    return Capabilities(
        name="TikTok",
        text=_text(DESCRIPTION_LIMIT, "content-posting-api-reference-photo-post"),
        media={MediaKind.IMAGE: _PHOTO},
        max_attachments=MOST_PHOTOS,
        options=options,
        extra_checks=(has_files, cover_is_there),
    )


def _published(base: Capabilities) -> Capabilities:
    """What is published at once needs more to be said than a draft."""
    return replace(base, extra_checks=(*base.extra_checks, privacy_is_chosen, branded_content_is_seen))


_DIRECT_VIDEO = _published(_video(VIDEO_OPTIONS))
_BY_TYPE = {
    VIDEO: _DIRECT_VIDEO,
    VIDEO_DRAFT: _video((MODE,)),
    PHOTO: _published(_photos(PHOTO_OPTIONS)),
    PHOTO_DRAFT: _photos((MODE, TITLE, COVER)),
}


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """What one creator may do, given what TikTok said when last asked."""
    creator, media = Creator.from_json(stored), dict(base.media)
    film = media.get(MediaKind.VIDEO)
    if film is not None and creator.max_duration_s is not None:
        media[MediaKind.VIDEO] = replace(film, max_duration_s=min(600.0, float(creator.max_duration_s)))
    options = tuple(
        replace(rule, choices=creator.offered(rule.choices)) if rule.name == PRIVACY else rule for rule in base.options
    )
    return replace(base, media=media, options=options, extra_checks=(*base.extra_checks, creator.privacy_problem))


INITS = Budget(
    name="inits",
    scope=Scope.ACCOUNT,
    amount=6,
    per_s=60.0,
    source=f"{_DOCS}/content-posting-api-reference-direct-post",
    read=READ,
)
"""Beginnings of posts in a minute. The day's limit is not counted here: TikTok counts all apps and names no number."""

FIND = FindRules(
    repeat=Repeat.RECORD,
    looks=2,
    settle_s=20.0,
    deadline_s=10_800.0,
    works_s=10_800.0,
    source=f"{_DOCS}/content-posting-api-reference-get-video-status",
    read=READ,
)
"""A film has its publish_id before its last piece is sent, and each publish_id posts once. To moderate takes hours."""
_FIND_PHOTO = replace(FIND, repeat=Repeat.NEVER, looks=1, deadline_s=600.0, source=f"{_DOCS}/tiktok-api-v2-video-list")
"""Photos are fetched from us: the call that begins it is the creating one. Never sent again without a person."""

NUMBERS = NumbersRules(
    posts_per_call=20,
    budgets=(
        Budget(
            name="queries",
            scope=Scope.APP,
            amount=600,
            per_s=60.0,
            source=f"{_DOCS}/tiktok-api-v2-rate-limit",
            read=READ,
        ),
    ),
    apart=True,
    source=f"{_DOCS}/tiktok-api-v2-video-query",
    read=READ,
)

SPEC = Spec(
    name="tiktok",
    title="TikTok",
    post_types=(VIDEO, VIDEO_DRAFT, PHOTO, PHOTO_DRAFT),
    kinds=(
        AskedKind(name="tiktok-video", becomes=(VIDEO, VIDEO_DRAFT)),
        AskedKind(name="tiktok-photos", becomes=(PHOTO, PHOTO_DRAFT)),
    ),
    choose=choose,
    capabilities=_DIRECT_VIDEO,
    by_type=_BY_TYPE,
    find=FIND,
    find_by_type={PHOTO: _FIND_PHOTO, PHOTO_DRAFT: replace(_FIND_PHOTO, tells=False)},
    oauth=OAuthRules(
        authorize=f"{SITE_URL}/v2/auth/authorize/",
        token=f"{API_URL}/v2/oauth/token/",
        scopes=(
            "user.info.basic",
            "user.info.profile",
            "user.info.stats",
            "video.list",
            "video.publish",
            "video.upload",
        ),
        needed_scopes=("user.info.basic", "video.publish"),
        pkce=False,
        client_id_name="client_key",
        scope_separator=",",
        rotates=True,
        # It disconnects the app from the account: /docs/en/oauth-revoke-a-user-access-token, 2026-11-22.
        revoke=Revocation(address=f"{API_URL}/v2/oauth/revoke/", carries=Proof.ACCESS, reach=Reach.ACCOUNT),
        source=f"{_DOCS}/oauth-user-access-token-management",
        read=READ,
    ),
    api_url=API_URL,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    budgets=(INITS,),
    numbers=NUMBERS,
    prepare_lead_s=300.0,
)
"""`prepare_lead_s` is for the upload; the address to upload to is good for an hour."""
