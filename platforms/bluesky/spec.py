"""Bluesky as data: limits, options, errors. No function here talks to anybody."""

import re
from datetime import UTC, date, datetime

from bot.domain.capabilities import Capabilities, MediaRules, OptionRule, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Allowance, Budget, Scope
from platforms.base import Answer, FindRules, LoginField, NumbersRules, Repeat, Spec
from platforms.bluesky.answers import UnreadableError, object_in, optional_text
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    MaterialGone,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.retry_after import retry_after
from platforms.text import graphemes

READ = date(2026, 11, 21)
_REPO = "https://github.com/bluesky-social/atproto/blob/main"
_PUT_RECORD = f"{_REPO}/packages/pds/src/api/com/atproto/repo/putRecord.ts"
_AUTH = f"{_REPO}/packages/pds/src/auth-verifier.ts"

NAME = "bluesky"
COLLECTION = "app.bsky.feed.post"
APP_VIEW = "https://public.api.bsky.app"
"""Answers public questions without a token. Source: https://docs.bsky.app/docs/advanced-guides/api-directory."""
DIRECTORY = "https://plc.directory"
"""Holds did:plc documents. Source: https://web.plc.directory."""
ENTRYWAY = "https://bsky.social"
"""Takes logins for all accounts that Bluesky itself hosts. Source: https://atproto.com/specs/account."""

VIDEO = "https://video.bsky.app"
"""Makes films ready. Source: https://docs.bsky.app/docs/tutorials/video, 2026-11-21."""
WEB = "https://bsky.app"
"""Where people read posts, unless configured otherwise. Source: https://bsky.app, 2026-11-21."""

MAX_THUMB_BYTES = 1_000_000
"""A link card's picture. Source: lexicons/app/bsky/embed/external.json of bluesky-social/atproto, 2026-11-21."""
MAX_ALT_TEXT = 2000
"""What the app lets one write; servers set no limit.

Source: https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts, 2026-11-21.
"""
MAX_VIDEO_BYTES = 300_000_000
"""A server that is not up to date takes 100 MB, and says so. Source: lexicons/app/bsky/embed/video.json, 2026-11-21."""
MAX_VIDEO_ALT_TEXT = 1000
"""Source: lexicons/app/bsky/embed/video.json of bluesky-social/atproto, 2026-11-21."""
MAX_LANGS = 3
"""Source: lexicons/app/bsky/feed/post.json of bluesky-social/atproto, 2026-11-21."""
LABELS = ("sexual", "nudity", "porn", "graphic-media")
"""What an author may say of the own post. Source: https://docs.bsky.app/docs/advanced-guides/moderation, 2026-11-21."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def words_of(value: str) -> tuple[str, ...]:
    """The entries of a comma-separated option, in order, without blanks."""
    return tuple(word for part in value.split(",") if (word := part.strip()))


def _langs_problem(value: str) -> str | None:
    langs = words_of(value)
    if len(langs) > MAX_LANGS:
        return f"names {len(langs)} languages; Bluesky takes up to {MAX_LANGS}"
    wrong = [lang for lang in langs if not _LANGUAGE.fullmatch(lang)]
    if wrong or not langs:
        return f"is {value!r}; it takes language codes such as en, de or pt-BR, with commas between"
    return None


def _labels_problem(value: str) -> str | None:
    labels = words_of(value)
    if not labels or any(label not in LABELS for label in labels):
        return f"is {value!r}; it takes one or more of {', '.join(LABELS)}, with commas between"
    return None


def _one_embed(draft: Draft) -> str | None:
    if draft.link is not None and draft.attachments:
        return "a post shows either files or a link card. Take one out, or put the address into the text."
    return None


def _count(draft: Draft) -> int:
    return graphemes(draft.text)


CAPABILITIES = Capabilities(
    name="Bluesky",
    text=TextRules(
        limit=300,
        unit="characters",
        count=_count,
        limit_bytes=3000,
        source=f"{_REPO}/lexicons/app/bsky/feed/post.json",
        read=READ,
    ),
    media={
        MediaKind.IMAGE: MediaRules(
            max_count=4,
            mime_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
            max_bytes=2_000_000,
            alt_text_limit=MAX_ALT_TEXT,
            source=f"{_REPO}/lexicons/app/bsky/embed/images.json",
            read=READ,
        ),
        MediaKind.VIDEO: MediaRules(
            max_count=1,
            mime_types=frozenset({"video/mp4"}),
            max_bytes=MAX_VIDEO_BYTES,
            max_duration_s=180.0,
            alt_text_limit=MAX_VIDEO_ALT_TEXT,
            source=f"{_REPO}/lexicons/app/bsky/embed/video.json",
            read=READ,
        ),
    },
    max_attachments=4,
    options=(
        OptionRule(name="langs", meaning="languages of the text, such as en or en,pt-BR", problem=_langs_problem),
        OptionRule(name="labels", meaning="content warnings: " + ", ".join(LABELS), problem=_labels_problem),
    ),
    threads=True,
    link_card=True,
    extra_checks=(_one_embed,),
)


def _rule(
    raises: type[PlatformError], status: int | None, code: str | None, safe: str, *, source: str = _AUTH
) -> ErrorRule:
    return ErrorRule(raises=raises, status=status, code=code, safe=safe, source=source)


_RENEW = "Bluesky no longer takes this session; it will be renewed."
_FILE = "Bluesky does not take one of the files."
_VIDEOS = f"{_REPO}/lexicons/app/bsky/video"

ERRORS = (
    ErrorRule(
        raises=Reconnect,
        status=400,
        code="InvalidToken",
        match="bad token scope",
        safe="This app password may not do that. Connect the account again with a new app password.",
        source=_AUTH,
    ),
    _rule(TokenExpired, 400, "ExpiredToken", _RENEW),
    _rule(TokenExpired, 400, "InvalidToken", _RENEW),
    _rule(TokenExpired, 401, "ExpiredToken", _RENEW),
    _rule(TokenExpired, 401, "InvalidToken", _RENEW),
    _rule(TokenExpired, 401, "AuthMissing", _RENEW),
    _rule(TokenExpired, 401, "AuthenticationRequired", _RENEW),
    _rule(
        Reconnect,
        401,
        "AuthFactorTokenRequired",
        "Bluesky asks for a code sent by e-mail. Use an app password instead of the account's own password.",
    ),
    _rule(
        Reconnect,
        None,
        "AccountTakedown",
        "Bluesky has taken this account down. Its owner has to settle that with Bluesky; then connect it again.",
    ),
    _rule(
        Reconnect,
        None,
        "AccountDeactivated",
        "This Bluesky account is deactivated. Reactivate it in the app, then connect it again.",
    ),
    _rule(Reconnect, 403, "AccountNotFound", "This server no longer knows the Bluesky account. Connect it again."),
    _rule(Unavailable, 401, "invalid_dpop_proof", "Bluesky does not take Herald's proof. Check this machine's clock."),
    _rule(Unavailable, 401, "use_dpop_nonce", "Bluesky does not take Herald's proof; it is tried again."),
    _rule(TokenExpired, 401, None, _RENEW),
    _rule(ScopeMissing, 403, None, "Bluesky does not allow Herald to do this. Connect the account again."),
    _rule(DuplicateRefused, 400, "InvalidSwap", "Bluesky has a post at this place already.", source=_PUT_RECORD),
    _rule(ContentRefused, 400, "RecordNotFound", "There is no such post on Bluesky.", source=_PUT_RECORD),
    _rule(
        MaterialGone,
        400,
        "BlobNotFound",
        "Bluesky dropped an uploaded file before the post was made; it is uploaded again.",
        source=f"{_REPO}/packages/pds/src/actor-store/blob/transactor.ts",
    ),
    _rule(MediaRefused, 400, "BlobTooLarge", _FILE, source=f"{_REPO}/packages/pds/src/actor-store/blob/transactor.ts"),
    _rule(
        MediaRefused, 400, "InvalidMimeType", _FILE, source=f"{_REPO}/packages/pds/src/actor-store/blob/transactor.ts"
    ),
    _rule(MediaRefused, 413, None, _FILE, source="https://atproto.com/specs/blob"),
    _rule(MediaRefused, None, "VideoTooLarge", _FILE, source=_VIDEOS),
    _rule(MediaRefused, None, "UnsupportedContentType", _FILE, source=_VIDEOS),
    _rule(
        MediaRefused,
        None,
        "UploadForbidden",
        "Bluesky takes no videos of this account. Its e-mail address may have to be confirmed in the app first.",
        source=_VIDEOS,
    ),
    _rule(RateLimited, None, "DailyLimitExceeded", "Bluesky takes no more videos today.", source=_VIDEOS),
    _rule(RateLimited, None, "TooManyOpenUploads", "Bluesky works on too many videos already.", source=_VIDEOS),
    _rule(
        RateLimited,
        429,
        None,
        "Bluesky asks us to slow down.",
        source="https://docs.bsky.app/docs/advanced-guides/rate-limits",
    ),
    ErrorRule(
        raises=ContentRefused,
        status=400,
        safe="Bluesky does not take this post.",
        quote=True,
        source=f"{_REPO}/packages/pds/src/repo/prepare.ts",
    ),
)


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """XRPC's `error` and `message`. Source: https://atproto.com/specs/xrpc#error-responses, 2026-11-21."""
    try:
        fields = object_in(answer)
    except UnreadableError:
        return None, None
    return optional_text(fields, "error"), optional_text(fields, "message")


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """`Retry-After` (seconds or a date), else `RateLimit-Reset` (epoch seconds).

    Source: https://docs.bsky.app/docs/advanced-guides/rate-limits, 2026-11-21.
    """
    if (named := retry_after(answer, now)) is not None:
        return named
    reset = answer.headers.get("ratelimit-reset", "").strip()
    if reset.isascii() and reset.isdigit() and len(reset) <= _EPOCH_DIGITS:
        return datetime.fromtimestamp(int(reset), UTC)
    return None


_LIMITS = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
_CREATE_POINTS = 3
HOURLY = Budget(
    name="hour", scope=Scope.ACCOUNT, amount=5_000, per_s=3_600.0, cost=_CREATE_POINTS, source=_LIMITS, read=READ
)
DAILY = Budget(
    name="day", scope=Scope.ACCOUNT, amount=35_000, per_s=86_400.0, cost=_CREATE_POINTS, source=_LIMITS, read=READ
)
_POLICY = re.compile(r"([0-9]{1,9});w=([0-9]{1,6})")


def read_budget(answer: Answer, now: datetime) -> Allowance | None:  # noqa: ARG001  # the header is a time of its own
    """`RateLimit-Policy` names the window, beside `-Remaining` and `-Reset`; other windows than ours are no concern.

    Source: https://docs.bsky.app/docs/advanced-guides/rate-limits, 2026-11-21.
    """
    policy = _POLICY.fullmatch(answer.headers.get("ratelimit-policy", "").strip())
    remaining, reset = (answer.headers.get(f"ratelimit-{name}", "").strip() for name in ("remaining", "reset"))
    if policy is None or not (remaining.isascii() and remaining.isdigit() and reset.isascii() and reset.isdigit()):
        return None
    limit, window_s = int(policy[1]), int(policy[2])
    for budget in (HOURLY, DAILY):
        if budget.per_s == window_s and limit > 0 and len(reset) <= _EPOCH_DIGITS and len(remaining) <= _EPOCH_DIGITS:
            resets_at = datetime.fromtimestamp(int(reset), UTC)
            return Allowance(budget=budget.name, limit=limit, remaining=int(remaining), resets_at=resets_at)
    return None


_EPOCH_DIGITS = 11


NUMBERS = NumbersRules(
    posts_per_call=25,
    budgets=(Budget(name="public view", scope=Scope.APP, amount=3_000, per_s=300.0, source=_LIMITS, read=READ),),
    apart=True,
    source=f"{_REPO}/lexicons/app/bsky/feed/getPosts.json",
    read=READ,
)
"""The public view counts by address, so all accounts share it; the accounts' own servers are not asked."""

SPEC = Spec(
    name=NAME,
    title="Bluesky",
    post_types=("bluesky-post",),
    capabilities=CAPABILITIES,
    find=FindRules(repeat=Repeat.RECORD, looks=1, source=_PUT_RECORD, read=READ),
    login=(
        LoginField(name="identifier", label="Handle, DID or e-mail address"),
        LoginField(name="password", label="App password (Settings, Privacy and security, App passwords)", secret=True),
        LoginField(
            name="service", label="Address of the account's server, if Herald should not look it up", required=False
        ),
    ),
    login_by="an app password",
    api_url=APP_VIEW,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    budgets=(HOURLY, DAILY),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=90.0,
)
