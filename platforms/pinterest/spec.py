"""Pinterest as data: API v5, of which 5.23 was read in full and the limits of 5.28 compared."""

import re
from datetime import UTC, date, datetime, timedelta

from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Allowance, Budget, Scope
from bot.domain.media_rules import MediaRules
from platforms.answers import identifier, object_of, text
from platforms.base import Answer, AskedKind, FindRules, NumbersRules, OAuthRules, Repeat, Spec
from platforms.errors import (
    AppRefused,
    ContentRefused,
    ErrorRule,
    MediaRefused,
    RateLimited,
    ScopeMissing,
    TokenExpired,
)
from platforms.oauth_rules import ClientAuth
from platforms.pinterest import rules
from platforms.retry_after import retry_after

READ = date(2026, 11, 21)
V5 = "/v5"
"""The version, part of every address."""
_DOCS = "https://developers.pinterest.com/docs"
_PINS_CREATE = f"{_DOCS}/api/v5/pins-create/"
_LIMITS = f"{_DOCS}/reference/rate-limits/"
_SPECIFICATIONS = "https://help.pinterest.com/en/business/article/pinterest-product-specs"
_OPENAPI = "https://github.com/pinterest/api-description/blob/main/v5/openapi.yaml"
_ERRORS = f"{_DOCS}/reference/errors/"
_TRIAL = f"{_DOCS}/getting-started/connect-app/"

SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")


def _length(draft: Draft) -> int:
    """Code points: what the `maxLength` of a JSON schema counts."""
    return len(draft.text)


def _image(most: int) -> MediaRules:
    return MediaRules(
        max_count=most,
        mime_types=frozenset({"image/jpeg", "image/png"}),
        max_bytes=20_000_000,
        alt_text_limit=rules.ALT_TEXT_LIMIT,
        source=_SPECIFICATIONS,
        read=READ,
    )


_VIDEO = MediaRules(
    max_count=1,
    mime_types=frozenset({"video/mp4", "video/quicktime", "video/x-m4v"}),
    max_bytes=2_000_000_000,
    min_duration_s=4,
    max_duration_s=900,
    video_codecs=frozenset({"h264", "hevc"}),
    alt_text_limit=rules.ALT_TEXT_LIMIT,
    source=_SPECIFICATIONS,
    read=READ,
)
_PICTURE_OPTIONS = (rules.BOARD, rules.SECTION, rules.TITLE)
_CHECKS = (rules.needs_board, rules.needs_file, rules.link_problem)
CAPABILITIES = Capabilities(
    name="Pinterest",
    text=TextRules(limit=800, unit="characters", count=_length, source=_PINS_CREATE, read=READ),
    media={MediaKind.IMAGE: _image(1), MediaKind.VIDEO: _VIDEO},
    max_attachments=1,
    options=_PICTURE_OPTIONS,
    link_card=True,
    extra_checks=_CHECKS,
)
BY_TYPE = {
    rules.CAROUSEL: Capabilities(
        name="Pinterest",
        text=CAPABILITIES.text,
        media={MediaKind.IMAGE: _image(rules.CAROUSEL_MOST)},
        max_attachments=rules.CAROUSEL_MOST,
        options=_PICTURE_OPTIONS,
        link_card=True,
        extra_checks=(*_CHECKS, rules.same_size, rules.descriptions_fit),
    ),
    rules.VIDEO: Capabilities(
        name="Pinterest",
        text=CAPABILITIES.text,
        media={MediaKind.VIDEO: _VIDEO},
        max_attachments=1,
        options=(*_PICTURE_OPTIONS, rules.COVER_AT),
        link_card=True,
        extra_checks=_CHECKS,
    ),
}


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """`{"code": 2, "message": "Authentication failed."}`, sometimes with `"status": "failure"`."""
    body = object_of(answer)
    return identifier(body, "code"), text(body, "message")


WRITES = Budget(name="writes", scope=Scope.ACCOUNT, amount=100, per_s=60.0, source=_LIMITS, read=READ)
"""Of one account through our app, at Standard access. Trial access has 300 a day, which the headers tell."""
_FIRST_NUMBER = re.compile(r"\s*(\d{1,12})")
_EPOCH = 1_000_000_000
"""From here on a number is a time and not a wait. Which of the two it is, is not documented."""


def _number(answer: Answer, name: str) -> int | None:
    """The first number of a header, which may list several windows: `100, 100;w=1, 1000;w=60`."""
    found = _FIRST_NUMBER.match(answer.headers.get(f"x-ratelimit-{name}", ""))
    return int(found[1]) if found else None


def _resets_at(answer: Answer, now: datetime) -> datetime | None:
    reset = _number(answer, "reset")
    if reset is None:
        return None
    return datetime.fromtimestamp(min(reset, 4 * _EPOCH), UTC) if reset >= _EPOCH else now + timedelta(seconds=reset)


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """`Retry-After` first, else `x-ratelimit-reset`, in seconds from now or as a time."""
    return retry_after(answer, now) or _resets_at(answer, now)


_CREATED = 201


def read_budget(answer: Answer, now: datetime) -> Allowance | None:
    """What is left of the writes. Reads have a budget of their own, so only the answer to a creation speaks of it."""
    limit, remaining, resets_at = _number(answer, "limit"), _number(answer, "remaining"), _resets_at(answer, now)
    if answer.status != _CREATED or not limit or remaining is None or resets_at is None:
        return None
    return Allowance(budget=WRITES.name, limit=limit, remaining=remaining, resets_at=resets_at)


_ABOUT_MEDIA = (
    r"unable to reach the url|(?:image|media|video|cover)\b.{0,60}\b"
    r"(?:too|small|large|unsupported|not supported|invalid|corrupt|broken|fail|process|required|format|dimension)"
)
ERRORS = (
    ErrorRule(
        raises=TokenExpired,
        status=401,
        safe="Pinterest no longer accepts this account's sign-in.",
        source=_ERRORS,
    ),
    ErrorRule(
        raises=AppRefused,
        status=403,
        match="trial",
        safe="Pinterest lets Herald's app make pins in its sandbox only, for it has Trial access. Whoever runs Herald"
        " has to ask Pinterest for Standard access.",
        source=_TRIAL,
    ),
    ErrorRule(
        raises=ContentRefused,
        status=403,
        match=r"\bboard\b",
        safe="This account may not pin to that board.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=ScopeMissing,
        status=403,
        safe="This Pinterest account was connected without a permission that posting needs. Connect it again.",
        source=_ERRORS,
    ),
    ErrorRule(
        raises=MediaRefused,
        status=400,
        match=_ABOUT_MEDIA,
        safe="Pinterest does not take this file.",
        quote=True,
        source=_PINS_CREATE,
    ),
    ErrorRule(
        raises=ContentRefused, status=400, safe="Pinterest does not accept this pin.", quote=True, source=_PINS_CREATE
    ),
    ErrorRule(raises=ContentRefused, status=404, code="40", safe="That board is not there any more.", source=_OPENAPI),
    ErrorRule(
        raises=ContentRefused,
        status=404,
        safe="Pinterest does not have what this pin refers to.",
        quote=True,
        source=_OPENAPI,
    ),
    ErrorRule(
        raises=ContentRefused, status=409, safe="Pinterest does not accept this pin.", quote=True, source=_OPENAPI
    ),
    ErrorRule(raises=RateLimited, status=429, safe="Pinterest asks us to slow down.", source=_LIMITS),
)
"""First match wins. 5xx mean here what they mean everywhere: after a creating call nobody knows."""

OAUTH = OAuthRules(
    authorize="https://www.pinterest.com/oauth/",
    token="https://api.pinterest.com/v5/oauth/token",  # noqa: S106  # an address
    scopes=SCOPES,
    scope_separator=",",
    pkce=False,
    client=ClientAuth.BASIC,
    token_extra=(("continuous_refresh", "true"),),
    rotates=True,
    dead_grant=frozenset({"invalid_grant", "283"}),
    source=f"{_DOCS}/getting-started/set-up-authentication-and-authorization/",
    read=READ,
)
"""`continuous_refresh` is what apps from before 2025-09-25 have to say; to newer ones it says nothing. Code 283, "The
authorization grant is invalid": https://github.com/pinterest/pinterest-python-sdk/issues/114, read 2026-11-21."""

NUMBERS = NumbersRules(
    budgets=(Budget(name="reads", scope=Scope.ACCOUNT, amount=1_000, per_s=60.0, source=_LIMITS, read=READ),),
    apart=True,
    history_days=85,
    history_lag_days=2,
    source=f"{_DOCS}/api/v5/pins-get/",
    read=READ,
)
"""Several pins in one call are a beta; one by one is not. Days older than ninety are refused."""

SPEC = Spec(
    name="pinterest",
    title="Pinterest",
    post_types=(rules.PIN, rules.CAROUSEL, rules.VIDEO),
    kinds=(AskedKind(name="pinterest-pin"),),
    choose=rules.choose,
    capabilities=CAPABILITIES,
    by_type=BY_TYPE,
    find=FindRules(
        repeat=Repeat.NEVER, looks=3, settle_s=20.0, deadline_s=600.0, source=f"{_DOCS}/api/v5/pins-list/", read=READ
    ),
    oauth=OAUTH,
    api_url="https://api.pinterest.com",
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="x-pinterest-rid",
    budgets=(WRITES,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=120.0,
)
"""Pinterest does not say how soon a new pin is in the list of pins, hence three looks."""
