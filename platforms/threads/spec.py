"""Threads as data. One grant is one account; every post is made as a container nobody sees, and then published."""

from datetime import date, datetime, timedelta

from bot.domain.capabilities import Capabilities, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Allowance, Budget, Scope
from bot.domain.media_rules import MediaRules
from platforms.answers import NOTHING, as_object, identifier, number, object_of, objects, text
from platforms.base import Answer, FindRules, NumbersRules, Repeat, Spec
from platforms.errors import (
    ContentRefused,
    ErrorRule,
    MediaRefused,
    NotReady,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.oauth_rules import ClientAuth, OAuthRules, Proof, TokenCall
from platforms.threads.counting import length
from platforms.threads.options import CHECKS, RULES
from platforms.threads.reading import header_object

READ = date(2026, 11, 21)
VERSION = "v1.0"
API = "https://graph.threads.net"
_DOCS = "https://developers.facebook.com/docs/threads"
_POSTS = f"{_DOCS}/posts"
_OVERVIEW = f"{_DOCS}/overview"
_TOKENS = f"{_DOCS}/get-started/long-lived-tokens"
_FAULTS = f"{_DOCS}/troubleshooting"
_GRAPH_ERRORS = "https://developers.facebook.com/docs/graph-api/guides/error-handling"

SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)
TEXT, IMAGE, VIDEO, CAROUSEL = "threads-text", "threads-image", "threads-video", "threads-carousel"
MOST_FILES = 20
DAY_S = 86_400.0
TOKEN_LIFE = timedelta(days=60)
_ASKED_AGAIN = timedelta(hours=1)


def choose(draft: Draft) -> str:
    """What a draft becomes: by the number and kind of its files."""
    if len(draft.attachments) > 1:
        return CAROUSEL
    if draft.attachments:
        return VIDEO if draft.attachments[0].media.kind is MediaKind.VIDEO else IMAGE
    return TEXT


_IMAGES = MediaRules(
    max_count=MOST_FILES,
    mime_types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=8_388_608,
    min_ratio=0.1,
    max_ratio=10.0,
    alt_text_limit=1000,
    fetched_by_url=True,
    source=_OVERVIEW,
    read=READ,
)
"""Widths outside 320 to 1440 are scaled there."""
_VIDEOS = MediaRules(
    max_count=MOST_FILES,
    mime_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=1_073_741_824,
    max_width_px=1920,
    min_ratio=0.01,
    max_ratio=10.0,
    max_duration_s=300.0,
    video_codecs=frozenset({"h264", "hevc"}),
    audio_codecs=frozenset({"aac"}),
    min_frame_rate=23.0,
    max_frame_rate=60.0,
    max_bit_rate=100_000_000,
    index_first=True,
    alt_text_limit=1000,
    fetched_by_url=True,
    source=_OVERVIEW,
    read=READ,
)
CAPABILITIES = Capabilities(
    name="Threads",
    text=TextRules(
        limit=500,
        unit="characters (emoji count their bytes)",
        count=lambda draft: length(draft.text),
        source=_POSTS,
        read=READ,
    ),
    media={MediaKind.IMAGE: _IMAGES, MediaKind.VIDEO: _VIDEOS},
    max_attachments=MOST_FILES,
    mixed_media=True,
    options=RULES,
    threads=True,
    link_card=True,
    extra_checks=CHECKS,
)

# --- What answers say ----------------------------------------------------------------------------------------------

_TELLING = frozenset({"4279009", "4279013", "2207051"})
"""Subcodes that say more than their code."""
_PERMISSIONS = range(200, 300)


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """The Graph's code (a telling subcode in its stead; 200 for all of 200 to 299) and its sentence for people."""
    error = as_object(object_of(answer).get("error"))
    code, subcode = identifier(error, "code"), identifier(error, "error_subcode")
    if subcode in _TELLING:
        code = subcode
    elif code is not None and code.isdigit() and int(code) in _PERMISSIONS:
        code = "200"
    return code, text(error, "error_user_msg") or text(error, "message")


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """`estimated_time_to_regain_access` of X-Business-Use-Case-Usage, in minutes; the longest of them.

    Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting, read 2026-10-07. Whether Threads
    sends the header at all is not documented.
    """
    usage = header_object(answer.headers.get("x-business-use-case-usage", ""))
    waits = [number(row, "estimated_time_to_regain_access") or 0 for rows in usage.values() for row in objects(rows)]
    longest = max(waits, default=0)
    return now + timedelta(minutes=longest) if longest else None


POSTS = Budget(name="posts", scope=Scope.ACCOUNT, amount=250, per_s=DAY_S, source=f"{_OVERVIEW}#rate-limits", read=READ)
"""Posts in 24 hours. Replies have 1,000 of their own there; here they count as posts, which is never too many."""


def read_budget(answer: Answer, now: datetime) -> Allowance | None:
    """What the quota call says of the posts; None for every other answer.

    The window slides and nobody says when which part of it is free: what others spent is believed for an hour.
    """
    row = next(objects(object_of(answer).get("data")), NOTHING)
    used = number(row, "quota_usage")
    if used is None:
        return None
    limit = number(as_object(row.get("config")), "quota_total") or POSTS.amount
    return Allowance(budget=POSTS.name, limit=limit, remaining=max(0, limit - used), resets_at=now + _ASKED_AGAIN)


def _limited(code: str) -> ErrorRule:
    return ErrorRule(raises=RateLimited, code=code, safe="Threads asks us to slow down.", source=_GRAPH_ERRORS)


def _broken(code: str) -> ErrorRule:
    safe = "Threads is out of order for a moment."
    return ErrorRule(raises=Unavailable, status=400, code=code, safe=safe, source=_GRAPH_ERRORS)


def _denied(code: str) -> ErrorRule:
    safe = "This Threads account was connected without a permission this needs. Connect it again."
    return ErrorRule(raises=ScopeMissing, code=code, safe=safe, quote=True, source=_GRAPH_ERRORS)


def _early(code: str) -> ErrorRule:
    return ErrorRule(raises=NotReady, code=code, safe="Threads does not have the post ready yet.", source=_FAULTS)


ERRORS = (
    ErrorRule(
        raises=TokenExpired, code="190", safe="Threads no longer accepts this account's sign-in.", source=_GRAPH_ERRORS
    ),
    ErrorRule(
        raises=Reconnect,
        code="4279013",
        safe="Threads does not let this account post at present.",
        quote=True,
        source=_FAULTS,
    ),
    ErrorRule(raises=RateLimited, code="2207051", safe="Threads holds this account back for a while.", source=_FAULTS),
    *(_denied(code) for code in ("10", "200")),
    *(_limited(code) for code in ("4", "17", "32", "613")),
    *(_early(code) for code in ("24", "4279009")),
    ErrorRule(
        raises=MediaRefused,
        match=r"could not be fetched|fail(?:ed|ure)[^.]*(?:media|video|image)|aspect ratio|unsupported format",
        safe="Threads does not take this file.",
        quote=True,
        source=_FAULTS,
    ),
    ErrorRule(
        raises=ContentRefused,
        code="THREADS_API__LINK_LIMIT_EXCEEDED",
        safe="Threads takes five different links at most.",
        source=_POSTS,
    ),
    ErrorRule(raises=ContentRefused, code="100", safe="Threads does not accept this post.", quote=True, source=_POSTS),
    *(_broken(code) for code in ("1", "2")),
)
"""First match wins. Codes 1 and 2 say nothing of what became of the call: publish.py takes them for unknown."""

NUMBERS = NumbersRules(
    own_requests=2,
    budgets=(
        Budget(
            name="calls", scope=Scope.ACCOUNT, amount=48_000, per_s=DAY_S, source=f"{_OVERVIEW}#rate-limits", read=READ
        ),
    ),
    history_days=90,
    history_reach_days=3_650,  # since 13 April 2024: history.py asks of nothing before
    history_lag_days=2,
    source=f"{_DOCS}/insights",
    read=READ,
)
"""4,800 calls a day for each time the account was seen, ten of which it always has. How late the views
of a day are final Threads does not say: its days end eight hours after ours."""

SPEC = Spec(
    name="threads",
    title="Threads",
    post_types=(TEXT, IMAGE, VIDEO, CAROUSEL),
    choose=choose,
    capabilities=CAPABILITIES,
    find=FindRules(
        repeat=Repeat.KEY,
        looks=2,
        settle_s=20.0,
        repeat_window_s=82_800.0,
        deadline_s=900.0,
        source=_FAULTS,
        read=READ,
    ),
    oauth=OAuthRules(
        authorize="https://threads.net/oauth/authorize",
        token=f"{API}/oauth/access_token",
        scopes=SCOPES,
        scope_separator=",",
        pkce=False,
        exchange=TokenCall(
            grant_type="th_exchange_token",
            token_name="access_token",  # noqa: S106  # a parameter's name
            carries=Proof.ACCESS,
            address=f"{API}/access_token",
            method="GET",
            client=ClientAuth.SECRET,
        ),
        refresh=TokenCall(
            grant_type="th_refresh_token",
            token_name="access_token",  # noqa: S106  # a parameter's name
            carries=Proof.ACCESS,
            address=f"{API}/refresh_access_token",
            method="GET",
            client=ClientAuth.NOBODY,
        ),
        access_life=TOKEN_LIFE,
        dead_grant=frozenset({"invalid_grant", "190"}),
        source=_TOKENS,
        read=READ,
    ),
    api_url=API,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="x-fb-request-id",
    budgets=(POSTS,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=120.0,
)
"""The container is the key: it is stored before anything is visible and is published once. It ends after 24 hours, of
which `repeat_window_s` leaves one."""
