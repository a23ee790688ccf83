"""LinkedIn as data: limits, errors, budgets, consent."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.accounts import Account
from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Budget, Scope
from bot.domain.media_rules import MediaRules
from platforms.base import Answer, FindRules, JsonObject, NumbersRules, Repeat, Spec
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    MediaRefused,
    NotReady,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.linkedin.calls import NOTHING, as_object, is_page, object_of, objects, text
from platforms.linkedin.little import length
from platforms.linkedin.options import CHECKS, COMMENT, OPTIONS, POST_TYPES, choose, units, visibility_rule
from platforms.oauth_rules import OAuthRules, Proof, Revocation

READ = date(2026, 11, 21)
_DOCS = "https://learn.microsoft.com/en-us/linkedin"
_SHARES = f"{_DOCS}/marketing/community-management/shares"
_POSTS = f"{_SHARES}/posts-api"
_ERRORS = f"{_DOCS}/shared/api-guide/concepts/error-handling"
_LIMITS = f"{_DOCS}/shared/api-guide/concepts/rate-limits"
_OAUTH = f"{_DOCS}/shared/authentication/authorization-code-flow"
_AUTH = "https://www.linkedin.com/oauth/v2"

TEXT_LIMIT, COMMENT_LIMIT = 3000, 1250
ALT_TEXT_LIMIT = 4086
MOST_IMAGES = 20
_NO_LIMIT_PUBLISHED = 100_000_000
"""Bytes of an image: LinkedIn limits its pixels and names no size."""

SELF_SERVE = ("openid", "profile", "w_member_social")
"""Of the products that any app gets: Sign In with LinkedIn using OpenID Connect, and Share on LinkedIn."""


def _text(limit: int, count: Callable[[Draft], int], source: str) -> TextRules:
    return TextRules(limit=limit, unit="characters", count=count, source=source, read=READ)


def _seen(draft: Draft) -> int:
    return length(draft.text)


_IMAGES = MediaRules(
    max_count=MOST_IMAGES,
    mime_types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=_NO_LIMIT_PUBLISHED,
    max_pixels=36_152_319,
    alt_text_limit=ALT_TEXT_LIMIT,
    source=f"{_SHARES}/images-api",
    read=READ,
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
CAPABILITIES = Capabilities(
    name="LinkedIn",
    text=_text(TEXT_LIMIT, _seen, _POSTS),
    media={
        MediaKind.IMAGE: _IMAGES,
        MediaKind.GIF: replace(_IMAGES, mime_types=frozenset({"image/gif"}), max_frames=250),
        MediaKind.VIDEO: MediaRules(
            max_count=1,
            mime_types=frozenset({"video/mp4"}),
            min_bytes=75 * 1024,
            max_bytes=500 * 1024 * 1024,
            min_duration_s=3.0,
            max_duration_s=1800.0,
            source=f"{_SHARES}/videos-api",
            read=READ,
        ),
        MediaKind.DOCUMENT: MediaRules(
            max_count=1,
            mime_types=frozenset(
                {
                    "application/pdf",
                    "application/msword",
                    "application/vnd.ms-powerpoint",
                    f"{_OFFICE}.wordprocessingml.document",
                    f"{_OFFICE}.presentationml.presentation",
                }
            ),
            max_bytes=100 * 1024 * 1024,
            source=f"{_SHARES}/documents-api",
            read=READ,
        ),
    },
    max_attachments=MOST_IMAGES,
    mixed_media=True,
    options=OPTIONS,
    first_comment=True,
    link_card=True,
    extra_checks=CHECKS,
)
"""Images and GIFs go together; that nothing else does is among the extra checks."""
_COMMENT = Capabilities(
    name="LinkedIn",
    text=_text(COMMENT_LIMIT, lambda draft: units(draft.text), f"{_SHARES}/comments-api"),
    media={},
    max_attachments=0,
)


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """The capabilities of one account: a page has no connections to show a post to."""
    if stored.get("author") != "organization" or not base.options:
        return base
    return replace(base, options=(visibility_rule(of_page=True), *base.options[1:]))


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """The code of what is wrong with the input where there is one, else the general one; messages may change."""
    body = object_of(answer)
    wrong = next(objects(as_object(body.get("errorDetails")).get("inputErrors")), NOTHING)
    return text(wrong, "code") or text(body, "code"), text(body, "message") or text(wrong, "description")


_DAILY = re.compile(r"\bday\b|unverified members", re.IGNORECASE)


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """Counters of a day begin again at midnight UTC, and LinkedIn names no time. Source: `_LIMITS`."""
    if "retry-after" in answer.headers or not _DAILY.search(read_error(answer)[1] or ""):
        return None
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def _rule(  # noqa: PLR0913  # a line of the table
    raises: type[PlatformError],
    safe: str,
    status: int | None = None,
    code: str | None = None,
    match: str | None = None,
    *,
    quote: bool = False,
    source: str = _ERRORS,
) -> ErrorRule:
    return ErrorRule(raises=raises, status=status, code=code, match=match, safe=safe, quote=quote, source=source)


_DUPLICATE = "LinkedIn says that this was posted already."
_OUTDATED = "LinkedIn no longer answers this version of Herald. Whoever runs Herald has to update it."
_BUSY = "LinkedIn could not take this just now."
ERRORS = (
    _rule(DuplicateRefused, _DUPLICATE, code="DUPLICATE_POST", quote=True, source=_POSTS),
    _rule(DuplicateRefused, _DUPLICATE, match=r"is a duplicate of urn:li:", quote=True, source=_POSTS),
    _rule(AppRefused, _OUTDATED, status=426, source=f"{_DOCS}/marketing/versioning"),
    _rule(AppRefused, _OUTDATED, code="VERSION_MISSING"),
    _rule(NotReady, "LinkedIn is still processing the media.", code="MEDIA_ASSET_WAITING_UPLOAD", source=_POSTS),
    _rule(
        MediaRefused,
        "LinkedIn could not process this file.",
        code="MEDIA_ASSET_PROCESSING_FAILED",
        quote=True,
        source=_POSTS,
    ),
    _rule(
        NotReady,
        "LinkedIn is not ready for a comment on this post.",
        match=r"unable to obtain activity",
        source=f"{_SHARES}/comments-api",
    ),
    _rule(TokenExpired, "LinkedIn no longer accepts this account's sign-in.", status=401),
    _rule(
        ScopeMissing,
        "LinkedIn does not let this account do that: a permission or the page's role is missing. Connect it again.",
        status=403,
        quote=True,
    ),
    _rule(Unavailable, _BUSY, status=409),
    _rule(
        RateLimited,
        "LinkedIn takes no more posts today from a member who has not verified who they are. Verify your identity in"
        " LinkedIn's settings.",
        status=429,
        match=r"unverified members",
        source=_LIMITS,
    ),
    _rule(RateLimited, "LinkedIn asks us to slow down.", status=429, source=_LIMITS),
    _rule(ContentRefused, "LinkedIn does not find what this refers to.", status=404, quote=True),
    _rule(ContentRefused, "LinkedIn does not accept this.", status=400, quote=True),
    _rule(ContentRefused, "LinkedIn does not accept this.", status=422, quote=True),
)
"""First match wins. 5xx mean here what they mean everywhere: the wire's own table."""

_SHARE = f"{_DOCS}/consumer/integrations/self-serve/share-on-linkedin"
_MEMBER_DAY = Budget(name="member-day", scope=Scope.ACCOUNT, amount=150, per_s=86_400.0, source=_SHARE, read=READ)
_APP_DAY = Budget(name="app-day", scope=Scope.APP, amount=100_000, per_s=86_400.0, source=_SHARE, read=READ)
NUMBERS = NumbersRules(
    posts_per_call=20,
    budgets=(_MEMBER_DAY, _APP_DAY),
    history_days=90,
    history_reach_days=364,  # twelve months, which move on every day
    history_lag_days=2,
    source=f"{_DOCS}/marketing/community-management/organizations/share-statistics",
    read=READ,
)
"""Of pages. How many posts one call may name is not documented; twenty are far from any limit. Nor is how
late the numbers of a day are final: they are asked for when it has been over for a day."""
_OF_MEMBERS = NumbersRules(
    requests=4,
    budgets=NUMBERS.budgets,
    source=f"{_DOCS}/marketing/community-management/members/post-statistics",
    read=READ,
)
"""Each number of each post is a call of its own. Past days are told of pages alone."""


def numbers_of(account: Account) -> NumbersRules:
    """A page's numbers come for many posts at once, a member's one by one."""
    return NUMBERS if is_page(account) else _OF_MEMBERS


SPEC = Spec(
    name="linkedin",
    title="LinkedIn",
    post_types=POST_TYPES,
    choose=choose,
    capabilities=CAPABILITIES,
    by_type={COMMENT: _COMMENT},
    find=FindRules(
        repeat=Repeat.NEVER,
        looks=3,
        settle_s=20.0,
        repeat_window_s=3600.0,
        deadline_s=600.0,
        source=_POSTS,
        read=READ,
    ),
    oauth=OAuthRules(
        authorize=f"{_AUTH}/authorization",
        token=f"{_AUTH}/accessToken",
        scopes=SELF_SERVE,
        pkce=False,
        access_life=timedelta(days=60),
        revoke=Revocation(address=f"{_AUTH}/revoke", carries=Proof.ACCESS),
        nothing_found="For a page you have to be its admin or content admin.",
        source=_OAUTH,
        read=READ,
    ),
    api_url="https://api.linkedin.com",
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="x-li-uuid",
    budgets=(_MEMBER_DAY, _APP_DAY),
    numbers=NUMBERS,
    numbers_of=numbers_of,
    prepare_lead_s=90.0,
)
"""LinkedIn refuses equal content as a duplicate, but documents neither how long nor how exactly it compares: no repeat
relies on it. Its answers carry no rate-limit headers, so `budgets` are what the documents say."""
