"""Google Business Profile as data."""

from dataclasses import replace
from datetime import datetime

from bot.domain.capabilities import Capabilities, MediaRules, TextRules
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Budget, Scope
from platforms import google
from platforms.answers import as_object, object_of, objects, text
from platforms.base import Answer, FindRules, NumbersRules, Repeat, Spec
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
    Unavailable,
)
from platforms.google import READ, inside
from platforms.google_business_profile.options import OPTIONS, TYPES, UPDATE, button_has_link, has_time, topic_type

NAME = "google_business_profile"
API_URL = "https://mybusiness.googleapis.com"
VERSION = "v4"
"""Of posts; accounts, locations and numbers are at other hosts, in their version 1."""
ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1"
LOCATIONS = "https://mybusinessbusinessinformation.googleapis.com/v1"
PERFORMANCE = "https://businessprofileperformance.googleapis.com/v1"
SCOPES = ("https://www.googleapis.com/auth/business.manage",)
SUMMARY_LIMIT = 1_500
_DOCS = "https://developers.google.com/my-business"
_POSTS = f"{_DOCS}/reference/rest/v4/accounts.locations.localPosts"
_LIMITS = f"{_DOCS}/content/limits"
_ACCESS = f"{_DOCS}/content/prereqs"
_ERRORS = "https://cloud.google.com/apis/design/errors"
_NOT_APPROVED = "NOT_APPROVED"


def choose(draft: Draft) -> str:
    """The kind which the option `type` names."""
    return kind_of(topic_type(draft.options))


def kind_of(topic: str) -> str:
    """The kind of post of a type."""
    return f"{NAME}-{topic}"


_CAPABILITIES = Capabilities(
    name="Google Business Profile",
    text=TextRules(
        limit=SUMMARY_LIMIT, unit="characters", count=lambda draft: len(draft.text), source=_POSTS, read=READ
    ),
    media={
        MediaKind.IMAGE: MediaRules(
            max_count=1,
            mime_types=frozenset({"image/jpeg", "image/png"}),
            max_bytes=5_242_880,
            min_bytes=10_240,
            min_width_px=400,
            min_height_px=300,
            fetched_by_url=True,
            source="https://support.google.com/business/answer/7213077",
            read=READ,
        ),
    },
    max_attachments=1,
    options=OPTIONS[UPDATE],
    link_card=True,
    extra_checks=(button_has_link,),
)
_BY_TYPE = {
    kind_of(topic): _CAPABILITIES
    if topic == UPDATE
    else replace(_CAPABILITIES, options=OPTIONS[topic], extra_checks=(button_has_link, has_time))
    for topic in TYPES
}


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """As all of Google's; a quota of none at all says that the project was not approved yet."""
    code, message = google.read_error(answer)
    details = objects(inside(object_of(answer), "error").get("details"))
    limits = [text(as_object(one.get("metadata")), "quota_limit_value") for one in details]
    return (_NOT_APPROVED if "0" in limits else code), message


def read_reset(answer: Answer, now: datetime) -> datetime | None:  # noqa: ARG001  # Spec.read_reset
    """Nothing says it; quotas are counted by the minute."""
    return None


_APPROVE = (
    "Google has not approved Herald's project for the Business Profile APIs. Whoever runs Herald asks Google for"
    " access; the account is not at fault."
)
_SWITCH_ON = "A Business Profile API is not switched on for Herald's Google project. Whoever runs Herald enables it."
_IN = "Google no longer accepts this account's sign-in."
_MAY_NOT = "Google does not let this account post there. Its role may have changed, or the place is not verified."


def _rule(
    raises: type[PlatformError], status: int, code: str | None, safe: str, *, match: str | None = None
) -> ErrorRule:
    quote = raises in {ContentRefused, MediaRefused}
    scope = LimitScope.APP if raises is RateLimited else LimitScope.ACCOUNT
    source = _LIMITS if status == _TOO_MANY else _ERRORS
    return ErrorRule(
        raises=raises, status=status, code=code, match=match, safe=safe, quote=quote, scope=scope, source=source
    )


_TOO_MANY = 429
ERRORS = (
    ErrorRule(raises=AppRefused, code=_NOT_APPROVED, safe=_APPROVE, source=_ACCESS),
    _rule(AppRefused, 403, "SERVICE_DISABLED", _SWITCH_ON),
    _rule(AppRefused, 403, "accessNotConfigured", _SWITCH_ON),
    _rule(TokenExpired, 401, None, _IN),
    _rule(ScopeMissing, 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "This account was connected without a permission."),
    _rule(ScopeMissing, 403, None, _MAY_NOT),
    _rule(Reconnect, 404, None, "Google does not know this place any more: it was moved or merged. Connect it again."),
    _rule(Reconnect, 400, "FAILED_PRECONDITION", _MAY_NOT),
    _rule(MediaRefused, 400, None, "Google does not take this picture.", match=r"media|source_?url|photo|image"),
    _rule(ContentRefused, 400, None, "Google does not accept this post."),
    _rule(DuplicateRefused, 409, "ALREADY_EXISTS", "Google says it has this already."),
    _rule(Unavailable, 409, "ABORTED", "Google could not do it just now."),
    _rule(RateLimited, 429, None, "Google asks us to slow down."),
)
"""First match wins. 5xx mean here what they mean everywhere: the wire's own table."""

EDITS = Budget(name="edits", scope=Scope.ACCOUNT, amount=10, per_s=60.0, source=_LIMITS, read=READ)
"""Of one profile; Google raises it for nobody."""
REQUESTS = Budget(name="requests", scope=Scope.APP, amount=300, per_s=60.0, cost=3, source=_LIMITS, read=READ)
"""Of the project, after its approval. A post takes about three: itself and two looks at its state."""

NUMBERS = NumbersRules(
    own_requests=2,
    budgets=(replace(REQUESTS, cost=1),),
    history_days=90,
    history_reach_days=540,  # 18 months
    history_lag_days=3,
    source=f"{_DOCS}/reference/performance/rest",
    read=READ,
)
"""Single posts have no numbers any more; the place has."""

SPEC = Spec(
    name=NAME,
    title="Google Business Profile",
    post_types=tuple(kind_of(topic) for topic in TYPES),
    choose=choose,
    capabilities=_CAPABILITIES,
    by_type=_BY_TYPE,
    find=FindRules(  # asking how far a post is ends by itself after almost two hours: publish.py
        repeat=Repeat.NEVER, looks=2, settle_s=60.0, deadline_s=900.0, works_s=10_800.0, source=_POSTS, read=READ
    ),
    oauth=google.oauth_rules(
        SCOPES, nothing_found="Are you an owner or manager of a place that is verified and may have posts?"
    ),
    api_url=API_URL,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    budgets=(EDITS, REQUESTS),
    numbers=NUMBERS,
)
