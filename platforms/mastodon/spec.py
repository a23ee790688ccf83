"""Mastodon as data. Servers differ: everything marked with `limits` is what one server said of itself."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from bot.domain.capabilities import Capabilities, MediaRules, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Allowance, Budget, Scope
from platforms.answers import object_of, text
from platforms.base import Answer, FindRules, JsonObject, LoginField, NumbersRules, OAuthRules, Repeat, Spec
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    MaterialGone,
    MediaRefused,
    NotReady,
    RateLimited,
    Reconnect,
    ScopeMissing,
)
from platforms.mastodon.limits import DEFAULTS, Limits, from_json
from platforms.mastodon.options import option_rules, poll_stands_alone, video_stands_alone
from platforms.mastodon.reading import moment
from platforms.mastodon.servers import ways_of
from platforms.mastodon.text import length

READ = date(2026, 11, 21)
_DOCS = "https://docs.joinmastodon.org"
_SOURCE = "https://github.com/mastodon/mastodon/blob/main"
_INSTANCE = f"{_DOCS}/entities/Instance/"
_STATUSES = f"{_DOCS}/methods/statuses/"
_ERRORS = f"{_DOCS}/entities/Error/"
_LOCALE = f"{_SOURCE}/config/locales/en.yml"
_OTHERS = (
    "https://codeberg.org/superseriousbusiness/gotosocial, internal/processing/status/common.go; "
    "https://github.com/pixelfed/pixelfed, app/Http/Controllers/Api/ApiV1Controller.php"
)
"""GoToSocial's and Pixelfed's own words, read 2026-11-22."""
_DEAD_AT_TAKAHE = b"Invalid Bearer token"
_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")

SCOPES = ("read:accounts", "read:statuses", "write:statuses", "write:media")


def capabilities(limits: Limits) -> Capabilities:
    """What a server with these limits takes."""
    return Capabilities(
        name="Mastodon",
        text=TextRules(
            limit=limits.max_characters,
            unit="characters",
            count=_counter(limits),
            source=f"{_SOURCE}/app/validators/status_length_validator.rb",
            read=READ,
        ),
        media={kind: rules for kind in MediaKind if (rules := _media_rules(kind, limits)).mime_types},
        max_attachments=limits.max_media,
        mixed_media=True,
        options=option_rules(limits),
        threads=True,
        extra_checks=(poll_stands_alone, video_stands_alone),
    )


def adapt(base: Capabilities, stored: JsonObject) -> Capabilities:
    """The capabilities of one account, given its server's stored limits."""
    own = capabilities(from_json(stored))
    return replace(own, name=base.name)


def _counter(limits: Limits) -> Callable[[Draft], int]:
    shortens = ways_of(limits.software).shortens or not limits.url_length

    def count(draft: Draft) -> int:
        spoiler = draft.options.get("spoiler_text", "")
        if not shortens:
            return len(draft.text) + len(spoiler)
        return length(draft.text, spoiler_text=spoiler, url_length=limits.url_length)

    return count


def _media_rules(kind: MediaKind, limits: Limits) -> MediaRules:
    picture = kind in {MediaKind.IMAGE, MediaKind.GIF}
    family = "image/" if picture else f"{kind}/"
    return MediaRules(
        max_count=limits.max_media if picture else 1,
        mime_types=frozenset(
            mime
            for mime in limits.mime_types
            if mime.startswith(family) and (kind is not MediaKind.GIF or "gif" in mime)
        ),
        max_bytes=limits.image_bytes if picture else limits.video_bytes,
        max_pixels=limits.image_pixels if picture else limits.video_pixels,
        alt_text_limit=limits.description_limit,
        source=_INSTANCE,
        read=READ,
    )


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """`error` is OAuth's word (then `error_description` is the sentence) or the sentence itself.

    Takahē says of a dead token, and of nothing else, a line of plain text.
    """
    if answer.body.strip() == _DEAD_AT_TAKAHE:
        return None, _DEAD_AT_TAKAHE.decode()
    body = object_of(answer)
    error, description = text(body, "error"), text(body, "error_description")
    if error is not None and (description is not None or _WORD.fullmatch(error)):
        return error, description
    return None, error


def read_reset(answer: Answer, now: datetime) -> datetime | None:  # noqa: ARG001  # the header is a time of its own
    """`X-RateLimit-Reset` is an ISO 8601 time. Source: docs.joinmastodon.org/api/rate-limits, 2026-11-21."""
    return moment(answer.headers.get("x-ratelimit-reset"))


REQUESTS = Budget(
    name="requests",
    scope=Scope.ACCOUNT,
    amount=300,
    per_s=300.0,
    source=f"{_DOCS}/api/rate-limits/",
    read=READ,
)
"""All calls for one account together. Uploads and looks are not counted by us; the headers tell of them."""


def read_budget(answer: Answer, now: datetime) -> Allowance | None:  # noqa: ARG001  # the header is a time of its own
    """`X-RateLimit-Limit`, `-Remaining` and `-Reset`. Source: docs.joinmastodon.org/api/rate-limits, 2026-11-21."""
    limit, remaining = (answer.headers.get(f"x-ratelimit-{name}", "").strip() for name in ("limit", "remaining"))
    resets_at = moment(answer.headers.get("x-ratelimit-reset"))
    if resets_at is None or not (_COUNT.fullmatch(limit) and _COUNT.fullmatch(remaining)) or int(limit) == 0:
        return None
    return Allowance(budget=REQUESTS.name, limit=int(limit), remaining=int(remaining), resets_at=resets_at)


_COUNT = re.compile(r"[0-9]{1,9}")

RECONNECT = "Mastodon no longer accepts this account's sign-in. Connect it again."

ERRORS = (
    ErrorRule(raises=Reconnect, status=401, safe=RECONNECT, source=_ERRORS),
    ErrorRule(
        raises=Reconnect,
        status=400,
        match="^invalid bearer token$",
        safe=RECONNECT,
        source="https://github.com/jointakahe/takahe, api/middleware.py",
    ),
    ErrorRule(raises=Reconnect, code="invalid_grant", safe=RECONNECT, source=f"{_DOCS}/methods/oauth/"),
    ErrorRule(raises=Reconnect, code="invalid_client", safe=RECONNECT, source=f"{_DOCS}/methods/oauth/"),
    ErrorRule(
        raises=ScopeMissing,
        status=403,
        match="outside the authorized scopes",
        safe="This Mastodon account was connected without a permission that posting needs. Connect it again.",
        source=f"{_DOCS}/api/oauth-scopes/",
    ),
    ErrorRule(
        raises=ContentRefused,
        status=403,
        match="empty statuses are not allowed",
        safe="This server takes no post without a picture or a video. Add one.",
        source=_OTHERS,
    ),
    ErrorRule(
        raises=MediaRefused,
        status=403,
        match="account size limit|unsupported mime type|invalid media id",
        safe="The server does not take this file.",
        quote=True,
        source=_OTHERS,
    ),
    ErrorRule(
        raises=Reconnect,
        status=403,
        match="login|suspended|confirm|approv|disabled",
        safe="The Mastodon server does not let this account post at present.",
        quote=True,
        source=_LOCALE,
    ),
    ErrorRule(
        raises=ContentRefused,
        status=404,
        safe="The status this one refers to is gone.",
        quote=True,
        source=_STATUSES,
    ),
    ErrorRule(
        raises=NotReady,
        status=422,
        match="not finished processing",
        safe="Mastodon is still processing the media.",
        source=_LOCALE,
    ),
    ErrorRule(
        raises=MaterialGone,
        status=422,
        match="not found or already attached",
        safe="Mastodon no longer has the uploaded media.",
        source=_LOCALE,
    ),
    ErrorRule(
        raises=DuplicateRefused,
        status=400,
        match="media already attached to status|duplicate idempotency key",
        safe="The server says that it has this post already.",
        source=_OTHERS,
    ),
    ErrorRule(
        raises=MaterialGone,
        status=400,
        match="media not found|invalid media_ids",
        safe="The server no longer has the uploaded media.",
        source=_OTHERS,
    ),
    ErrorRule(
        raises=MediaRefused,
        status=422,
        match=r"validation failed: (?:file|description)|^cannot attach|error processing|thumbnail",
        safe="Mastodon does not take this file.",
        quote=True,
        source=f"{_DOCS}/methods/media/",
    ),
    ErrorRule(
        raises=ContentRefused,
        status=422,
        safe="Mastodon does not accept this post.",
        quote=True,
        source=_STATUSES,
    ),
    ErrorRule(
        raises=RateLimited,
        status=429,
        safe="The Mastodon server asks us to slow down.",
        source=f"{_DOCS}/api/rate-limits/",
    ),
)
"""First match wins. 413 and 5xx mean here what they mean everywhere: the wire's own table. A 403 in other words is a
missing permission there too."""

NUMBERS = NumbersRules(posts_per_call=20, budgets=(REQUESTS,), source=f"{_STATUSES}#index", read=READ)
"""How many statuses one call may name is not documented; twenty fit into any server's longest address."""

SPEC = Spec(
    name="mastodon",
    title="Mastodon",
    post_types=("mastodon-status",),
    capabilities=capabilities(DEFAULTS),
    find=FindRules(
        repeat=Repeat.KEY,
        looks=2,
        settle_s=20.0,
        repeat_window_s=3000.0,
        deadline_s=600.0,
        source=_STATUSES,
        read=READ,
    ),
    login=(
        LoginField(name="instance", label="Server, such as https://mastodon.social"),
        LoginField(name="token", label="Access token", secret=True),
    ),
    oauth=OAuthRules(
        authorize="/oauth/authorize",
        token="/oauth/token",  # noqa: S106  # a path
        refresh=None,
        scopes=SCOPES,
        registration_path="/api/v1/apps",
        pkce=True,
        source=f"{_DOCS}/methods/oauth/",
        read=READ,
    ),
    api_url="",
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="x-request-id",
    budgets=(REQUESTS,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=60.0,
)
"""`repeat_window_s` leaves ten minutes of the hour for
which a server keeps an Idempotency-Key."""
