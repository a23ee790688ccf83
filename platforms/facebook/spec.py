"""Facebook as data: its sign-in, its errors, what looking for a post proves. What a post may be: kinds.py."""

from bot.domain.gates import Budget, Scope
from platforms.base import FindRules, NumbersRules, OAuthRules, Repeat, Spec
from platforms.errors import ContentRefused, DuplicateRefused, ErrorRule, MediaRefused, PlatformError, Reconnect
from platforms.facebook.kinds import BY_TYPE, CAPABILITIES, KINDS, TYPES, choose
from platforms.meta import DOCS, READ, VERSION, error_reader, errors, read_reset
from platforms.oauth_rules import ClientAuth, Proof, TokenCall

API = "https://graph.facebook.com"
SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_content",
    "read_insights",
    "business_management",
)
NEEDED = SCOPES[:3]
"""Without these nothing can be published."""
_CODES = f"{DOCS}/graph-api/guides/error-handling/"
_SEEN = "https://github.com/gitroomhq/postiz-app/blob/main/libraries/nestjs-libraries/src/integrations/social/facebook.provider.ts"
_FEED = f"{DOCS}/graph-api/reference/page/feed/"
_VIDEO = f"{DOCS}/video-api/guides/publishing/"
_Line = tuple[type[PlatformError], str, str, tuple[str, ...]]

_LINES: tuple[_Line, ...] = (
    (DuplicateRefused, "Facebook says this was posted just now.", _FEED, ("506", "/1455006", "/1366051")),
    (MediaRefused, "Facebook does not take this photo.", _SEEN, ("/1366046", "324", "/2069019")),
    (MediaRefused, "Facebook does not take this video.", _VIDEO, ("352", "6000-6999")),
    (ContentRefused, "Facebook says this is abusive.", _SEEN, ("/1346003",)),
    (ContentRefused, "Facebook says this breaks its community standards.", _SEEN, ("/1404102",)),
    (ContentRefused, "Facebook does not take this link.", _SEEN, ("/1609005", "/1609008", "/2061006", "/1349125")),
    (
        Reconnect,
        "Facebook wants the people behind this Page to confirm something first. Then connect it again.",
        _SEEN,
        ("/1404006", "/1404078", "/1404112", "/4854002"),
    ),
)
ERRORS = (
    *(
        ErrorRule(raises=raises, code=code, safe=safe, quote=True, source=source)
        for raises, safe, source, codes in _LINES
        for code in codes
    ),
    *errors("Facebook"),
)
"""First match wins; the reader gives the subcode where it is among these."""

NUMBERS = NumbersRules(
    posts_per_call=50,
    requests=2,
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
    history_reach_days=729,  # two years
    history_lag_days=2,
    source=f"{DOCS}/graph-api/reference/post/",
    read=READ,
)
"""200 an hour for each who uses the app is the least that holds; a Page that is looked at has more."""

SPEC = Spec(
    name="facebook",
    title="Facebook",
    post_types=TYPES,
    kinds=KINDS,
    choose=choose,
    capabilities=CAPABILITIES,
    by_type=BY_TYPE,
    find=FindRules(
        repeat=Repeat.NEVER,
        looks=3,
        settle_s=30.0,
        deadline_s=1800.0,
        works_s=10_800.0,  # films of hours; no time is documented
        source=f"{DOCS}/graph-api/reference/page/published_posts/",
        read=READ,
    ),
    oauth=OAuthRules(
        authorize=f"https://www.facebook.com/{VERSION}/dialog/oauth",
        token=f"{API}/{VERSION}/oauth/access_token",
        token_method="GET",  # noqa: S106  # an HTTP method
        scopes=SCOPES,
        scope_separator=",",
        pkce=False,
        exchange=TokenCall(
            grant_type="fb_exchange_token",
            token_name="fb_exchange_token",  # noqa: S106  # a parameter's name
            carries=Proof.ACCESS,
            method="GET",
            client=ClientAuth.BODY,
        ),
        refresh=None,
        dead_grant=frozenset({"invalid_grant", "100", "190"}),
        nothing_found="You need a Page on which you may create content, and have to tick it on Facebook's page.",
        source=f"{DOCS}/facebook-login/guides/advanced/manual-flow/",
        read=READ,
    ),
    api_url=API,
    errors=ERRORS,
    read_error=error_reader(ERRORS),
    read_reset=read_reset,
    request_id_header="x-fb-trace-id",
    numbers=NUMBERS,
    prepare_lead_s=180.0,
)
"""Three looks, half a minute apart: nobody says how soon a post is listed. The deadline leaves a film half an hour of
Facebook's processing."""
