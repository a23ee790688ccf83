"""X as data: how Herald is let in, what it takes, and what its errors mean."""

from bot.domain.gates import Budget, Scope
from platforms.base import FindRules, NumbersRules, OAuthRules, Repeat, Spec
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    ErrorRule,
    LimitScope,
    MaterialGone,
    MediaRefused,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
)
from platforms.oauth_rules import ClientAuth, Revocation
from platforms.x.answers import APP_LIMIT, POSTS, read_budget, read_error, read_reset
from platforms.x.limits import CAPABILITIES, READ

API = "https://api.x.com"
SITE = "https://x.com"
"""Where people read; it moves with HERALD_X_AUTH_URL, as the consent page does."""
VERSION = "/2"
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
_OAUTH = "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code"
_LIMITS = "https://docs.x.com/x-api/fundamentals/rate-limits"
_ERRORS = "https://docs.x.com/x-api/fundamentals/response-codes-and-errors"
_CREATE = "https://docs.x.com/x-api/posts/create-post"
_UPLOAD = "https://docs.x.com/x-api/media/quickstart/media-upload-chunked"
_PRICES = "https://docs.x.com/x-api/getting-started/pricing"

ERRORS = (
    ErrorRule(
        raises=RateLimited,
        status=402,
        scope=LimitScope.APP,
        safe="Herald's developer account at X has no credits left. Whoever runs Herald has to buy some.",
        quote=True,
        source=_PRICES,
    ),
    ErrorRule(
        raises=RateLimited,
        status=429,
        code=APP_LIMIT,
        scope=LimitScope.APP,
        safe="Herald's app has posted as much today as X allows it.",
        source=_LIMITS,
    ),
    ErrorRule(raises=RateLimited, status=429, safe="X asks us to slow down.", source=_LIMITS),
    ErrorRule(raises=TokenExpired, status=401, safe="X no longer accepts this account's sign-in.", source=_ERRORS),
    ErrorRule(
        raises=DuplicateRefused,
        status=403,
        match=r"duplicate content|status is a duplicate",
        safe="X says that this account has posted the same just now.",
        source=_ERRORS,
    ),
    ErrorRule(
        raises=MediaRefused,
        status=403,
        match=r"video.*longer than|media.*too (?:long|large)",
        safe="X does not take this video from this account.",
        quote=True,
        source=_UPLOAD,
    ),
    ErrorRule(
        raises=ContentRefused,
        status=403,
        match=r"cashtag|invalid url|can only reply to|quote",
        safe="X does not accept this post.",
        quote=True,
        source=_CREATE,
    ),
    ErrorRule(
        raises=Reconnect,
        status=403,
        match=r"suspended|locked|log ?in to",
        safe="X does not let this account post at present.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=AppRefused,
        status=403,
        code="client-forbidden",
        safe="X does not accept Herald's app. Whoever runs Herald has to look at it in X's developer console.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=ScopeMissing,
        status=403,
        safe="X does not allow this account to do that. Connect it again.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=ContentRefused,
        status=404,
        safe="X no longer has what this post refers to.",
        quote=True,
        source=_ERRORS,
    ),
    ErrorRule(
        raises=MaterialGone,
        status=400,
        match=r"media ids? .*invalid",
        safe="X does not know the uploaded media (any more).",
        source=_CREATE,
    ),
    ErrorRule(raises=ContentRefused, status=400, safe="X does not accept this post.", quote=True, source=_ERRORS),
)
"""First match wins. 413 and 5xx mean here what they mean everywhere: the wire's own table. Media ids are invalid 24
hours after their upload, and for a moment right after it: both are mended by uploading again."""

NUMBERS = NumbersRules(
    posts_per_call=100,
    budgets=(Budget(name="reads", scope=Scope.ACCOUNT, amount=5_000, per_s=900.0, source=_LIMITS, read=READ),),
    apart=True,
    source="https://docs.x.com/x-api/posts/get-posts-by-ids",
    read=READ,
)

SPEC = Spec(
    name="x",
    title="X",
    post_types=("x-post",),
    capabilities=CAPABILITIES,
    find=FindRules(
        repeat=Repeat.NEVER,
        looks=2,
        settle_s=30.0,
        deadline_s=600.0,
        source="https://docs.x.com/x-api/users/get-posts",
        read=READ,
    ),
    oauth=OAuthRules(
        authorize=f"{SITE}/i/oauth2/authorize",
        token=f"{API}/2/oauth2/token",
        scopes=SCOPES,
        client=ClientAuth.BASIC,
        rotates=True,
        dead_grant=frozenset({"invalid_grant", "invalid_request"}),
        revoke=Revocation(address=f"{API}/2/oauth2/revoke"),
        source=_OAUTH,
        read=READ,
    ),
    api_url=API,
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    request_id_header="x-transaction-id",
    budgets=(
        Budget(name=POSTS, scope=Scope.ACCOUNT, amount=100, per_s=900.0, source=_LIMITS, read=READ),
        Budget(
            name="posts in a day",
            scope=Scope.ACCOUNT,
            amount=2400,
            per_s=86_400.0,
            source="https://help.x.com/en/rules-and-policies/x-limits",
            read=READ,
        ),
        Budget(
            name="the app's posts in a day", scope=Scope.APP, amount=10_000, per_s=86_400.0, source=_LIMITS, read=READ
        ),
    ),
    read_budget=read_budget,
    numbers=NUMBERS,
    prepare_lead_s=60.0,
)
"""A look costs money at X (each post read), so there are two of them, half a minute apart: its lists may lag."""
