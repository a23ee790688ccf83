"""Reddit as data. Every post names a subreddit and a title; a second part is the first comment below it."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.media_rules import MediaRules
from platforms.base import FindRules, NumbersRules, Repeat, Spec
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
)
from platforms.oauth_rules import ClientAuth, OAuthRules, Revocation
from platforms.reddit.answers import READ, REQUESTS, read_budget, read_error, read_reset
from platforms.reddit.options import CHECKS, RULES

API = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
USER_AGENT = "web:herald.publisher:0.1.0"
"""Reddit wants `platform:app:version (by /u/name)` of each caller; the name is added where it is known."""
_API_DOCS = "https://www.reddit.com/dev/api"
_OAUTH_DOCS = "https://github.com/reddit-archive/reddit/wiki/OAuth2"
_PRAW = "https://github.com/praw-dev/praw/blob/main/praw/models/reddit/subreddit/subreddit.py"
_HELP = "https://support.reddithelp.com/hc/en-us/articles/360060422572"

TEXT, LINK, IMAGE, GALLERY, VIDEO = "reddit-text", "reddit-link", "reddit-image", "reddit-gallery", "reddit-video"
POLL, CROSSPOST, COMMENT = "reddit-poll", "reddit-crosspost", "reddit-comment"
SCOPES = ("identity", "submit", "read", "history", "flair", "edit")
MOST_FILES = 20
MOST_TEXT, MOST_COMMENT = 40_000, 10_000


def choose(draft: Draft) -> str:
    """What a draft becomes: by its place in the post, its options and its files."""
    if draft.part > 0:
        return COMMENT
    if draft.options.get("crosspost") == "true":
        return CROSSPOST
    if "poll" in draft.options:
        return POLL
    if draft.attachments:
        return _of_files(draft)
    return TEXT if draft.link is None else LINK


def _of_files(draft: Draft) -> str:
    if any(one.media.kind is MediaKind.VIDEO for one in draft.attachments):
        return VIDEO
    return IMAGE if len(draft.attachments) == 1 else GALLERY


def _images(count: int) -> Mapping[MediaKind, MediaRules]:
    def rules(*mime_types: str) -> MediaRules:
        return MediaRules(
            max_count=count, mime_types=frozenset(mime_types), max_bytes=20_971_520, source=_HELP, read=READ
        )

    return {MediaKind.IMAGE: rules("image/jpeg", "image/png"), MediaKind.GIF: rules("image/gif")}


_FILM = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=1_073_741_824,
    max_duration_s=900.0,
    source=_HELP,
    read=READ,
)


def _capabilities(media: Mapping[MediaKind, MediaRules], most: int) -> Capabilities:
    return Capabilities(
        name="Reddit",
        text=TextRules(
            limit=MOST_TEXT, unit="characters", count=lambda draft: len(draft.text), source=_API_DOCS, read=READ
        ),
        media=media,
        max_attachments=most,
        mixed_media=True,
        options=RULES,
        first_comment=True,
        link_card=True,
        extra_checks=CHECKS,
    )


_WORDS = _capabilities({}, 0)
_COMMENTS = Capabilities(
    name="Reddit",
    text=TextRules(
        limit=MOST_COMMENT, unit="characters", count=lambda draft: len(draft.text), source=_API_DOCS, read=READ
    ),
    media={},
    max_attachments=0,
)


def _rule(raises: type[PlatformError], code: str, safe: str, *, quote: bool = True, source: str = _PRAW) -> ErrorRule:
    return ErrorRule(raises=raises, code=code, safe=safe, quote=quote, source=source)


_RECONNECT = "Reddit no longer accepts this account's sign-in. Connect it again."
_CONTENT = "Reddit does not accept this post."
_MEDIA = "Reddit does not take this file."
_NOT_THERE = "This account cannot post in that subreddit."
_SLOW = "Reddit asks this account to wait before it posts again."

ERRORS = (
    ErrorRule(
        raises=ScopeMissing,
        code="insufficient_scope",
        safe="This Reddit account was connected without a permission that this needs. Connect it again.",
        source=_OAUTH_DOCS,
    ),
    ErrorRule(raises=TokenExpired, status=401, safe="Reddit no longer accepts this sign-in.", source=_OAUTH_DOCS),
    _rule(TokenExpired, "USER_REQUIRED", "Reddit no longer accepts this sign-in.", quote=False),
    _rule(Reconnect, "invalid_grant", _RECONNECT, quote=False, source=_OAUTH_DOCS),
    *(_rule(RateLimited, code, _SLOW) for code in ("RATELIMIT", "QUOTA_FILLED")),
    ErrorRule(raises=RateLimited, status=429, safe="Reddit asks us to slow down.", source=REQUESTS.source),
    _rule(DuplicateRefused, "ALREADY_SUB", "Reddit says this link is in that subreddit already."),
    *(
        _rule(ContentRefused, code, _NOT_THERE)
        for code in ("SUBREDDIT_NOTALLOWED", "SUBREDDIT_NOEXIST", "SUBREDDIT_REQUIRED", "BAD_SR_NAME", "BAD_CAPTCHA")
    ),
    *(_rule(MediaRefused, code, _MEDIA) for code in ("IMAGE_ERROR", "VIDEO_ERROR", "EntityTooLarge")),
    *(
        _rule(ContentRefused, code, _CONTENT)
        for code in (
            "SUBMIT_VALIDATION",
            "TOO_LONG",
            "NO_TEXT",
            "NO_URL",
            "BAD_URL",
            "NO_SELFS",
            "NO_LINKS",
            "NO_IMAGES",
            "NO_VIDEOS",
            "BAD_FLAIR_TEMPLATE_ID",
            "DOMAIN_BANNED",
            "THREAD_LOCKED",
            "DELETED_LINK",
        )
    ),
    ErrorRule(raises=ContentRefused, status=403, safe=_NOT_THERE, quote=True, source=_API_DOCS),
    ErrorRule(raises=ContentRefused, status=404, safe="Reddit does not have that.", source=_API_DOCS),
)
"""First match wins. Rules without a status hold for `json.errors` in an answer with status 200, too. 5xx mean here what
they mean everywhere: the wire's own table."""

NUMBERS = NumbersRules(posts_per_call=100, budgets=(REQUESTS,), source=f"{_API_DOCS}#GET_api_info", read=READ)

SPEC = Spec(
    name="reddit",
    title="Reddit",
    post_types=(TEXT, LINK, IMAGE, GALLERY, VIDEO, POLL, CROSSPOST, COMMENT),
    choose=choose,
    capabilities=_capabilities({**_images(MOST_FILES), MediaKind.VIDEO: _FILM}, MOST_FILES),
    by_type={
        TEXT: _WORDS,
        LINK: _WORDS,
        POLL: _WORDS,
        CROSSPOST: _WORDS,
        IMAGE: _capabilities(_images(1), 1),
        GALLERY: _capabilities(_images(MOST_FILES), MOST_FILES),
        VIDEO: _capabilities({MediaKind.VIDEO: _FILM, MediaKind.IMAGE: _images(1)[MediaKind.IMAGE]}, 2),
        COMMENT: _COMMENTS,
    },
    find=FindRules(
        repeat=Repeat.NEVER,
        looks=2,
        settle_s=150.0,
        repeat_window_s=3600.0,
        deadline_s=1800.0,
        source=_API_DOCS,
        read=READ,
    ),
    oauth=OAuthRules(
        authorize=f"{SITE}/api/v1/authorize",
        token=f"{SITE}/api/v1/access_token",
        scopes=SCOPES,
        pkce=False,
        client=ClientAuth.BASIC,
        authorize_extra=(("duration", "permanent"),),
        access_life=timedelta(days=1),
        dead_grant=frozenset({"invalid_grant", "400"}),
        revoke=Revocation(address=f"{SITE}/api/v1/revoke_token"),
        source=_OAUTH_DOCS,
        read=READ,
    ),
    api_url=API,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    user_agent=USER_AGENT,
    budgets=(REQUESTS,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=90.0,
)
"""The list of an account's posts may lag by minutes: hence the long way between two looks."""
