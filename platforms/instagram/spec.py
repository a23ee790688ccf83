"""Instagram as data: its sign-in, its errors, what looking for a post proves. What a post may be: kinds.py.

Of the two ways in, this is Instagram's own login: it needs no Facebook Page and renews its tokens. The other one, by
Facebook's login, could also take posts down and upload films from here.
"""

from datetime import datetime, timedelta
from http import HTTPStatus

from bot.domain.gates import Allowance, Budget, Scope
from platforms.answers import as_object
from platforms.base import Answer, FindRules, NumbersRules, OAuthRules, Repeat, Spec
from platforms.errors import (
    ContentRefused,
    ErrorRule,
    MaterialGone,
    MediaRefused,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
)
from platforms.instagram.kinds import BY_TYPE, CAPABILITIES, KINDS, TYPES, choose
from platforms.meta import DOCS, READ, count, error_reader, errors, read_reset, rows_of
from platforms.oauth_rules import ClientAuth, Proof, TokenCall

API = "https://graph.instagram.com"
SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)
DAY_S = 86_400.0
ASKED_AGAIN = timedelta(hours=1)
"""After that a spent quota is asked about again: it rolls, and nobody says when the next post fits."""
_DOCS = f"{DOCS}/instagram-platform"
_CODES = f"{_DOCS}/instagram-graph-api/reference/error-codes/"
_QUOTA = f"{_DOCS}/instagram-graph-api/reference/ig-user/content_publishing_limit/"
_LOGIN = f"{_DOCS}/instagram-api-with-instagram-login/business-login/"
_COMMENT = "https://github.com/brightbeanxyz/brightbean-studio/blob/main/providers/instagram.py"

NOT_FETCHED = frozenset({"/2207052", "/2207003", "/2207077"})
"""Instagram could not fetch a file: mostly a passing thing, so it is tried twice."""
DOUBTFUL = frozenset({"/2207001", "/2207003", "/2207032", "/2207053", "/2207077", "/2207082"})
"""Troubles of Instagram's own."""
_Line = tuple[type[PlatformError], str, tuple[str, ...]]
_LINES: tuple[_Line, ...] = (
    (RateLimited, "Instagram takes no more posts from this account today.", ("/2207042",)),
    (RateLimited, "Instagram has blocked this account's posting for a while.", ("/2207051",)),
    (
        Reconnect,
        "Instagram has restricted this account. Log in there and confirm it, then connect again.",
        ("/2207050",),
    ),
    (MaterialGone, "Instagram no longer has the prepared post.", ("/2207020",)),
    (NotReady, "Instagram is still processing the media.", ("/2207027", "9007", "/2207008")),
    (MediaRefused, "Instagram could not fetch the file from Herald.", ("/2207052", "9004")),
    (MediaRefused, "Instagram does not take this video.", ("/2207026", "352", "/2207085")),
    (
        MediaRefused,
        "Instagram does not take this picture.",
        ("/2207004", "/2207005", "/2207009", "36000", "36001", "36003"),
    ),
    (ContentRefused, "Instagram does not accept the caption.", ("/2207010", "36004")),
    (ContentRefused, "Instagram does not know the prepared post.", ("/2207006",)),
    (
        ContentRefused,
        "Instagram does not accept this post.",
        ("/2207057", "/2207023", "/2207028", *(f"/{one}" for one in range(2_207_035, 2_207_041)), "/2207081"),
    ),
)
ERRORS = (
    ErrorRule(
        raises=OutcomeUnknown,
        code="/1772107",
        safe="Instagram made the comment and answered with an error.",
        source=_COMMENT,
    ),
    *(
        ErrorRule(
            raises=raises, code=code, safe=safe, quote=issubclass(raises, MediaRefused | ContentRefused), source=_CODES
        )
        for raises, safe, codes in _LINES
        for code in codes
    ),
    ErrorRule(
        raises=ContentRefused,
        match="hashtag",
        safe="Instagram does not accept the hashtags.",
        quote=True,
        source=_CODES,
    ),
    *errors("Instagram"),
)
"""First match wins; the reader gives the subcode where it is among these."""

POSTS = Budget(name="posts", scope=Scope.ACCOUNT, amount=100, per_s=DAY_S, source=_QUOTA, read=READ)
"""One page of Instagram's says 100 in 24 hours, another 50: each account's own figure is read before a post."""


def read_budget(answer: Answer, now: datetime) -> Allowance | None:
    """What `content_publishing_limit` says; None for every other answer."""
    if answer.status != HTTPStatus.OK or b'"quota_usage"' not in answer.body:
        return None
    rows = rows_of(answer)
    used = count(rows[0], "quota_usage") if rows else None
    total = count(as_object(rows[0].get("config")), "quota_total") if rows else None
    if used is None or not total:
        return None
    return Allowance(budget=POSTS.name, limit=total, remaining=max(0, total - used), resets_at=now + ASKED_AGAIN)


NUMBERS = NumbersRules(
    budgets=(
        Budget(
            name="calls",
            scope=Scope.ACCOUNT,
            amount=200,
            per_s=3_600.0,
            source=f"{DOCS}/graph-api/overview/rate-limiting/",
            read=READ,
        ),
    ),
    history_days=90,
    history_lag_days=2,
    source=f"{_DOCS}/instagram-graph-api/reference/ig-media/insights/",
    read=READ,
)
"""Insights are asked for one post at a time. 200 calls an hour are the least that holds: an account that is seen more
has more."""

SPEC = Spec(
    name="instagram",
    title="Instagram",
    post_types=TYPES,
    kinds=KINDS,
    choose=choose,
    capabilities=CAPABILITIES,
    by_type=BY_TYPE,
    find=FindRules(
        repeat=Repeat.KEY,
        looks=3,
        settle_s=20.0,
        repeat_window_s=23 * 3_600.0,
        source=f"{_DOCS}/instagram-graph-api/reference/ig-container/",
        read=READ,
    ),
    oauth=OAuthRules(
        authorize="https://www.instagram.com/oauth/authorize",
        token="https://api.instagram.com/oauth/access_token",  # noqa: S106  # an address
        scopes=SCOPES,
        scope_separator=",",
        pkce=False,
        answer_in=("data",),
        needed_scopes=SCOPES[:2],
        exchange=TokenCall(
            grant_type="ig_exchange_token",
            token_name="access_token",  # noqa: S106  # a parameter's name
            carries=Proof.ACCESS,
            address=f"{API}/access_token",
            method="GET",
            client=ClientAuth.SECRET,
        ),
        refresh=TokenCall(
            grant_type="ig_refresh_token",
            token_name="access_token",  # noqa: S106  # a parameter's name
            carries=Proof.ACCESS,
            address=f"{API}/refresh_access_token",
            method="GET",
            client=ClientAuth.NOBODY,
        ),
        access_life=timedelta(days=60),
        dead_grant=frozenset({"invalid_grant", "190", "400"}),
        nothing_found="The account has to be a professional one: Business or Creator.",
        source=_LOGIN,
        read=READ,
    ),
    api_url=API,
    errors=ERRORS,
    read_error=error_reader(ERRORS, doubtful=DOUBTFUL),
    read_reset=read_reset,
    request_id_header="x-fb-trace-id",
    budgets=(POSTS,),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=240.0,
)
"""A container is good for 24 hours and for one post: that is the key, and its window leaves an hour."""
