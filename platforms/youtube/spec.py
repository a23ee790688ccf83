"""YouTube as data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.capabilities import Capabilities, MediaRules, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Budget, Scope
from platforms import google
from platforms.base import Answer, AskedKind, FindRules, JsonObject, NumbersRules, Repeat, Spec
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    LimitScope,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
)
from platforms.google import READ
from platforms.youtube.options import OPTIONS, has_title, no_brackets, one_film

API_URL = "https://www.googleapis.com"
VERSION = "v3"
SCOPES = ("https://www.googleapis.com/auth/youtube.force-ssl",)
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
"""Asked for, and not needed: without it there is no history."""
ANALYTICS = "https://youtubeanalytics.googleapis.com"
"""The one that each call takes which Herald makes (the discovery document of revision 20261104 lists them)."""
VIDEO, SHORT, COMMENT = "youtube-video", "youtube-short", "youtube-comment"
DESCRIPTION_BYTES = 5_000
COMMENT_CHARACTERS = 10_000
SHORT_S = 180.0
FIFTEEN_MINUTES_S = 900.0
_DOCS = "https://developers.google.com/youtube/v3"
_INSERT = f"{_DOCS}/docs/videos/insert"
_VIDEO = f"{_DOCS}/docs/videos"
_ERRORS = f"{_DOCS}/docs/errors"
_RESUMABLE = f"{_DOCS}/guides/using_resumable_upload_protocol"
_COMMENTS = f"{_DOCS}/docs/commentThreads/insert"
_QUOTA = f"{_DOCS}/determine_quota_cost"
_VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm", "video/x-matroska"})


def choose(draft: Draft) -> str:
    """YouTube makes a Short of an upright or square film of three minutes at most; no setting decides it.

    Source: https://support.google.com/youtube/answer/15424877, 2026-11-21.
    """
    if draft.part > 0:
        return COMMENT
    film = next((one.media for one in draft.attachments if one.media.kind is MediaKind.VIDEO), None)
    if film is None or not film.width_px or not film.height_px or film.duration_s is None:
        return VIDEO
    return SHORT if film.height_px >= film.width_px and film.duration_s <= SHORT_S else VIDEO


def _film_rules(max_duration_s: float) -> MediaRules:
    return MediaRules(
        max_count=1,
        mime_types=_VIDEO_TYPES,
        max_bytes=274_877_906_944,
        min_bytes=1,
        max_duration_s=max_duration_s,
        source=_INSERT,
        read=READ,
    )


_VIDEO_CAPABILITIES = Capabilities(
    name="YouTube",
    text=TextRules(
        limit=DESCRIPTION_BYTES,
        unit="bytes of description",
        count=lambda draft: len(draft.text.encode()),
        source=_VIDEO,
        read=READ,
    ),
    media={
        MediaKind.VIDEO: _film_rules(43_200.0),
        MediaKind.IMAGE: MediaRules(
            max_count=1,
            mime_types=frozenset({"image/jpeg", "image/png"}),
            max_bytes=52_428_800,
            source=f"{_DOCS}/docs/thumbnails/set",
            read=READ,
        ),
    },
    max_attachments=2,
    mixed_media=True,
    options=OPTIONS,
    first_comment=True,
    extra_checks=(one_film, has_title, no_brackets),
)
_COMMENT_CAPABILITIES = Capabilities(
    name="YouTube comment",
    text=TextRules(
        limit=COMMENT_CHARACTERS,
        unit="characters",
        count=lambda draft: len(draft.text),
        source=_COMMENTS,
        read=READ,
    ),
    media={},
    max_attachments=0,
)


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """A channel that was not confirmed by telephone takes films of fifteen minutes at most.

    Source: https://support.google.com/youtube/answer/71673, 2026-11-21.
    """
    if stored.get("long_uploads") not in {"eligible", "disallowed"} or MediaKind.VIDEO not in base.media:
        return base
    film = _film_rules(FIFTEEN_MINUTES_S)
    return replace(base, media={**base.media, MediaKind.VIDEO: replace(film, source=_LONGER)})


_LONGER = "https://support.google.com/youtube/answer/71673"


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """No header says it: a day's quota ends at midnight in Los Angeles, a channel's upload limit after a day."""
    code, _ = google.read_error(answer)
    if code in _DAILY:
        return google.quota_day_ends(now)
    return now + timedelta(days=1) if code == "uploadLimitExceeded" else None


_DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_WAIT = "YouTube asks us to slow down."
_SPENT = "The project's YouTube quota of today is used up. It begins anew at midnight in California."
_IN = "YouTube no longer accepts this account's sign-in."
_MAY_NOT = "YouTube does not let this account do that. Connect it again, with an account that manages the channel."
_NO_CHANNEL = "This Google account has no YouTube channel. Make one, then connect it again."
_CLOSED = "YouTube has suspended or closed this account."
_OPERATOR = "The YouTube Data API is not switched on for Herald's Google project. Whoever runs Herald enables it."
_NOT_THIS = "YouTube does not accept this video's data."


def _rule(raises: type[PlatformError], status: int | None, codes: str, safe: str) -> tuple[ErrorRule, ...]:
    quote = raises in {ContentRefused, MediaRefused}
    return tuple(
        ErrorRule(raises=raises, status=status, code=code, safe=safe, quote=quote, source=_ERRORS)
        for code in codes.split()
    )


ERRORS = (
    *(
        ErrorRule(raises=RateLimited, status=403, code=code, safe=_SPENT, scope=LimitScope.APP, source=_QUOTA)
        for code in sorted(_DAILY)
    ),
    *_rule(
        RateLimited, 400, "uploadLimitExceeded", "The channel has uploaded as many videos as YouTube allows in a day."
    ),
    *_rule(RateLimited, 403, "rateLimitExceeded userRateLimitExceeded", _WAIT),
    *_rule(RateLimited, 429, "rateLimitExceeded userRateLimitExceeded RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED", _WAIT),
    *_rule(ScopeMissing, None, "youtubeSignupRequired", _NO_CHANNEL),
    *_rule(Reconnect, None, "authenticatedUserAccountSuspended authenticatedUserAccountClosed", _CLOSED),
    ErrorRule(raises=TokenExpired, status=401, safe=_IN, source=_ERRORS),
    *_rule(AppRefused, 403, "accessNotConfigured SERVICE_DISABLED", _OPERATOR),
    *_rule(ScopeMissing, 403, "insufficientPermissions ACCESS_TOKEN_SCOPE_INSUFFICIENT", _MAY_NOT),
    *_rule(ContentRefused, 403, "forbiddenPrivacySetting forbiddenLicenseSetting forbiddenEmbedSetting", _NOT_THIS),
    *_rule(ContentRefused, 403, "commentsDisabled", "Comments are switched off below this video."),
    ErrorRule(raises=ScopeMissing, status=403, safe=_MAY_NOT, source=_ERRORS),
    *_rule(
        MediaRefused,
        400,
        "mediaBodyRequired invalidFilename imageFormatUnsupported imageTooTall imageTooWide",
        "YouTube does not take this file.",
    ),
    *_rule(ContentRefused, 400, "invalidTitle", "YouTube does not accept this title."),
    *_rule(ContentRefused, 400, "invalidCategoryId", "YouTube does not have this category where the channel is."),
    *_rule(DuplicateRefused, 409, "duplicate", "YouTube says it has this already."),
    *_rule(ContentRefused, 404, "videoNotFound", "The video is not on YouTube any more."),
    ErrorRule(raises=ContentRefused, status=400, safe=_NOT_THIS, quote=True, source=_INSERT),
    ErrorRule(raises=ContentRefused, status=404, safe="YouTube does not have it any more.", quote=True, source=_ERRORS),
)
"""First match wins. 5xx mean here what they mean everywhere: the wire's own table."""

UPLOADS = Budget(
    name="uploads",
    scope=Scope.APP,
    amount=100,
    per_s=86_400.0,
    post_types=frozenset({VIDEO, SHORT}),
    source=f"{_DOCS}/revision_history",
    read=READ,
)
"""`videos.insert` has a bucket of its own since 2026-06-01. All users of the project share it."""
UNITS = Budget(
    name="units",
    scope=Scope.APP,
    amount=10_000,
    per_s=86_400.0,
    cost=60,
    source=_QUOTA,
    read=READ,
)
"""All other calls: 50 units for a thumbnail or a comment, and about ten looks of 1 at what becomes of it."""

NUMBERS = NumbersRules(
    posts_per_call=50,
    budgets=(replace(UNITS, cost=1),),
    history_days=90,
    history_reach_days=3_650,  # since the channel began; nobody asks for more
    history_lag_days=3,
    source=f"{_DOCS}/docs/videos/list",
    read=READ,
)

_BY_TYPE: Mapping[str, Capabilities] = {COMMENT: _COMMENT_CAPABILITIES}
SPEC = Spec(
    name="youtube",
    title="YouTube",
    post_types=(VIDEO, SHORT, COMMENT),
    kinds=(
        AskedKind(name="youtube-video", becomes=(VIDEO,), like=("youtube-short",)),
        AskedKind(name="youtube-short", becomes=(SHORT,), like=("youtube-video",)),
    ),
    choose=choose,
    capabilities=_VIDEO_CAPABILITIES,
    by_type=_BY_TYPE,
    find=FindRules(
        repeat=Repeat.RECORD, looks=2, settle_s=20.0, deadline_s=900.0, works_s=72_000.0, source=_RESUMABLE, read=READ
    ),
    oauth=google.oauth_rules(SCOPES, welcome=(ANALYTICS_SCOPE,), nothing_found=_NO_CHANNEL),
    api_url=API_URL,
    errors=ERRORS,
    read_error=google.read_error,
    read_reset=read_reset,
    budgets=(UPLOADS, UNITS),
    numbers=NUMBERS,
    prepare_lead_s=600.0,
)
"""One upload session makes one video at most, however often its last bytes are sent: that is the record. Two looks, for
comments have no such thing. Asking how far a film is ends by itself after some fifteen hours: videos.py."""
