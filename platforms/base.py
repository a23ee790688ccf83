"""What a connector is: a value made of data and plain functions, and the types its functions exchange.

A connector never sees a socket, a clock, a database or a retry. It builds a `Request`, hands it to one of the wire's
three verbs, which decides what a lost answer means, and reads the `Answer`:

- `wire.read`     safe to repeat; nothing changes there
- `wire.prepare`  safe to repeat; makes things nobody sees (uploads, containers, sessions)
- `wire.create`   the world sees the result; at most once per call of `publish` or `finish`
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.calls import Call
from bot.domain.capabilities import Capabilities
from bot.domain.content import Draft
from bot.domain.gates import Allowance, Budget
from bot.domain.record import record
from platforms.decoding import decoded
from platforms.errors import ErrorRule
from platforms.oauth_rules import OAuthRules
from platforms.proofs import Assertion
from platforms.results import (
    Absent,
    AccountDay,
    AccountNumbers,
    CannotTell,
    Choice,
    Connection,
    Identity,
    JsonObject,
    Key,
    Pending,
    PostNumbers,
    Prepared,
    Published,
)

if TYPE_CHECKING:
    from platforms.consent import OwnConsent
    from platforms.routes import Route

CREATE_TIMEOUT_S = 30.0
"""The longest the wire waits for the answer to a `create`, whatever the request says; after it nothing can arrive."""

SECRET_HERE = "{secret}"  # noqa: S105  # a place, not a password
"""Where `Request.path_secret` goes in an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A local file, or a slice of it, as (part of) a request body; streamed, never read whole.

    The slice is `length` bytes from `offset`, or all that follows it; one that reaches beyond the file is refused when
    the request is built. As a whole body its size is the request's `Content-Length`.
    """

    path: Path
    mime_type: str
    field: str = "file"
    """The form field's name; ignored when the file is the whole body."""
    file_name: str = "file"
    offset: int = 0
    length: int | None = None


Progress = Callable[[Path, int, int], None]
"""Told of a file on its way: its path, the bytes of it handed over so far, and all it has. Plain and quick."""


@record
class Request:
    """One HTTP request. At most one of `json`, `form`, `content` and `files` without `form` makes the body.

    `json` becomes a JSON body, `form` an urlencoded one (multipart when `files` is given too), `content` raw bytes, and
    a single `files` entry with `whole_file` the raw body itself. `bearer` is opened by the wire alone.
    """

    operation: str
    """What this does in the vendor's words, for logs and errors: `com.atproto.repo.putRecord`."""
    method: str
    url: str
    """Absolute. No secrets in it; where one belongs into its path (a bot's token), `SECRET_HERE` stands there."""
    path_secret: Secret | None = None
    """What the wire puts where `SECRET_HERE` stands in `url`; neither logs nor errors ever hold that address."""
    query: tuple[tuple[str, str | Secret], ...] = ()
    """Its secrets are opened by the wire alone; neither logs nor errors ever hold a query."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    bearer: Secret | None = None
    bearer_word: str = "Bearer"
    """What stands before it: Meta's upload host says `OAuth`."""
    basic: tuple[str, Secret] | None = None
    """User and password of HTTP Basic; the wire opens the password. Not together with `bearer`."""
    secret_headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    """Headers that are secrets (`X-Mc-Auth`); the wire alone opens them."""
    dpop: Secret | None = None
    """A private key of platforms/proofs.py: the wire proves to hold it (DPoP), and `bearer` is sent as bound to it."""
    assertion: Assertion | None = None
    """Proves which app we are: the wire adds it to `form`."""
    json: JsonObject | None = None
    """A `FilePart` among its values goes out as base64 text, streamed like any other file."""
    form: tuple[tuple[str, str | Secret], ...] = ()
    content: bytes | None = None
    files: tuple[FilePart, ...] = ()
    whole_file: bool = False
    secret_json: Mapping[str, str | Secret] | None = None
    """A JSON body some of whose values are secrets; the wire opens them."""
    accept_status: frozenset[int] = frozenset()
    """Statuses outside 2xx that are answers to this request and not failures (404 for "is it there?")."""
    timeout_s: float = 30.0
    max_answer_bytes: int = 2_000_000


@record
class Answer:
    """A whole HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    came_at: datetime | None = field(default=None, compare=False)
    """When it came, by the wire's clock: what an answer's "expires in" counts from."""

    def json(self) -> object:
        """The decoded body. Raises ValueError when it is not JSON."""
        return decoded(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a link card needs of a web page. `image` is the picture's bytes, fetched and within `max_image_bytes`."""

    url: str
    title: str
    description: str
    image: bytes | None = None
    image_mime_type: str | None = None


class Wire(Protocol):
    """How a connector talks. Bound to one account's platform; raises the classes of platforms/errors.py."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last calls made, oldest first, for the journal."""
        ...

    async def read(self, request: Request) -> Answer:
        """Send something safe to repeat. A lost answer is Unavailable."""
        ...

    async def prepare(self, request: Request) -> Answer:
        """Send something that nobody sees and that may be repeated. A lost answer is Unavailable."""
        ...

    async def create(self, request: Request) -> Answer:
        """Send what the world will see. Unless no byte was written, a lost answer, 5xx or cut 2xx is OutcomeUnknown."""
        ...

    @property
    def allowances(self) -> Mapping[str, Allowance]:
        """What the answers so far said of the platform's budgets, by their names."""
        ...

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """Fetch a user-given web page for a link card, never from a private address; None when it cannot be had."""
        ...


class Sender(Protocol):
    """Makes wires. One for the whole process; a wire is made for each step of an item."""

    def wire(self, spec: "Spec", *, fence: Callable[[], bool] | None = None, progress: Progress | None = None) -> Wire:
        """A wire to this platform. `fence` is asked right before the first byte of a `create`: False writes nothing.

        `progress` hears of every piece of a file that is sent.
        """
        ...

    async def warm(self, url: str, connections: int) -> None:
        """Open connections to a host ahead of need. Sends nothing, raises nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a platform is, as configured: defaults of the spec unless an environment variable overrides them.

    `api` is HERALD_<PLATFORM>_API_URL, `auth` HERALD_<PLATFORM>_AUTH_URL, `directory` HERALD_BLUESKY_PLC_URL,
    `web` HERALD_BLUESKY_WEB_URL and `video` HERALD_BLUESKY_VIDEO_URL (empty: the platform's own). No trailing slashes.
    """

    api: str
    auth: str = ""
    directory: str = ""
    web: str = ""
    video: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginField:
    """One thing a person gives to connect without OAuth. A secret comes from stdin or a prompt, never an argument."""

    name: str
    label: str
    secret: bool = False
    required: bool = True


class Repeat(StrEnum):
    """What makes a second creating call harmless at a platform, if anything does."""

    RECORD = "record"
    """The post's own address is ours to choose and was stored before sending: a repeat meets the first one."""
    KEY = "key"
    """An idempotency key stored before sending; good only inside `repeat_window_s`, and some servers ignore it."""
    NEVER = "never"
    """Nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRules:
    """What `find` can prove at this platform.

    Absence counts only after `looks` looks in a row said Absent, each `settle_s` after the one before, the last of them
    later after the send than the wire's time-out. After `repeat_window_s` from the first attempt absence is no longer
    acted on. `deadline_s` after the send a human is asked; at the first look where `find` never `tells` (Telegram's
    bots, Discord's webhooks): it is not called there. Longer than `works_s` or `deadline_s` no network honestly works.
    """

    repeat: Repeat
    looks: int = 1
    settle_s: float = 0.0
    repeat_window_s: float | None = None
    deadline_s: float = 600.0
    works_s: float = 3_600.0
    tells: bool = True
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersRules:
    """How a platform's numbers may be asked for.

    One call of `metrics` takes `posts_per_call` ids, for which it sends `requests`, unless the network makes it ask
    for each post alone. Each request takes one of every one of `budgets`; those that publishing spends of, too, have
    the name they have among `Spec.budgets`.
    """

    posts_per_call: int = 1
    requests: int = 1
    own_requests: int = 1
    """What `account_metrics` sends."""
    budgets: tuple[Budget, ...] = ()
    apart: bool = False
    """Whether asking has limits of its own: then a 429 to it says nothing of publishing."""
    history_days: int = 0
    """How many days are fetched at connect, today not counted; 0 without a history."""
    history_reach_days: int = 0
    """How far back the network tells them when such days are asked for, today not counted; 0: no farther."""
    history_step_days: int = 30
    """How many days one call of `history` takes."""
    history_lag_days: int = 1
    """How many days ago the last one was whose numbers are final."""
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientApp:
    """Herald's registration as an app, as the operator configured it."""

    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...] = ()
    """What it asks for, where apps of one network are granted different things; empty: what the rules say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRegistration:
    """Who we are to an authorization server. `redirect_uri` is the one that was registered."""

    client_id: str
    client_secret: Secret
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    """As `ClientApp` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedKind:
    """A kind of post as programs ask for it over the HTTP API."""

    name: str
    """`instagram-reel`: the platform, then what it is."""
    becomes: tuple[str, ...] = ()
    """The post types it may be, the most likely first; empty: any."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings that ask for it."""
    like: tuple[str, ...] = ()
    """Kinds that the network tells from this one by itself: whoever asked for this one may get those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A platform as data."""

    name: str
    """The word in configuration, commands and the database: `bluesky`."""
    title: str
    """The name people write: `Bluesky`."""
    post_types: tuple[str, ...]
    """Every kind of post there is: `mastodon-status`, `instagram-reel`."""
    choose: Callable[[Draft], str] | None = None
    """Which of the kinds a draft becomes, by its files, options and `part`, however wrong they are. Pure; it does not
    look at `post_type`. None: the first."""
    capabilities: Capabilities
    """What the network takes, whatever the kind."""
    by_type: Mapping[str, Capabilities] = field(default_factory=dict[str, Capabilities])
    """What those kinds take that differ."""
    find: FindRules
    find_by_type: Mapping[str, FindRules] = field(default_factory=dict[str, FindRules])
    """The rules of kinds of which `find` can prove more, or less."""
    login: tuple[LoginField, ...] = ()
    login_by: str = "an access token"
    """What `login` connects with, beside a consent page."""
    oauth: OAuthRules | None = None
    api_url: str
    """Default of HERALD_<PLATFORM>_API_URL; empty where each account names its own server."""
    errors: tuple[ErrorRule, ...]
    read_error: Callable[[Answer], tuple[str | None, str | None]]
    """The vendor's (code, message) in an error answer; (None, None) when it is not in the vendor's form."""
    read_reset: Callable[[Answer, datetime], datetime | None]
    """When a 429 allows the next call, from the answer's headers and the time it came; None when it does not say.

    The wire reads `Retry-After` by itself then.
    """
    request_id_header: str | None = None
    user_agent: str = ""
    """Where the platform wants callers to name themselves in a way of its own; empty: Herald's usual name."""
    budgets: tuple[Budget, ...] = ()
    """What the platform allows in a time, as far as it says so; all workers share it."""
    read_budget: Callable[[Answer, datetime], Allowance | None] | None = None
    """What an answer's headers say of one of the budgets, given the time it came; None when they do not say."""
    numbers: NumbersRules | None = None
    """How numbers are asked for; None where there are none."""
    numbers_of: Callable[[Account], NumbersRules] | None = None
    """The same of one account, where accounts differ in kind (a member's, a page's)."""
    hands_over_s: float = 0.0
    """How long before its second a post is handed over, at a platform that publishes it by itself at that second."""
    prepare_lead_s: float = 20.0
    """How long before its second an item with media is claimed, so that uploads are done in time."""
    kinds: tuple[AskedKind, ...] = ()
    """The kinds programs may ask for; empty: one, `bluesky-post`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One platform: its data and its functions. None means the platform has no such thing."""

    spec: Spec
    login: Callable[[Wire, Endpoints, Mapping[str, str | Secret]], Awaitable[Connection]] | None
    """Connect with what a person typed (`spec.login`)."""
    identify: Callable[[Wire, Connected], Awaitable[Identity]]
    """Who this credential is, by the platform's cheapest call: the credential check, and fresh limits."""
    refresh: Callable[[Wire, Endpoints, Connected], Awaitable[Tokens]] | None
    """Renew the tokens. Raises Reconnect when only a human helps. None: as `spec.oauth` says, if it says how."""
    prepare: Callable[[Wire, Endpoints, Connected, Draft, Key, Prepared | None], Awaitable[Prepared]]
    """Everything before the creating call; uses `read` and `prepare` only. `earlier` is what was stored before."""
    publish: Callable[[Wire, Connected, Prepared, Key], Awaitable[Published | Pending]]
    """Exactly one `create`."""
    find: Callable[[Wire, Connected, Prepared, Key, datetime], Awaitable[Published | Pending | Absent | CannotTell]]
    """Is the post there? `since` is when the first attempt was armed. Pending: it is, and is still worked on."""
    metrics: Callable[[Wire, Endpoints, Connected, tuple[str, ...]], Awaitable[tuple[PostNumbers, ...]]] | None
    account_metrics: Callable[[Wire, Endpoints, Connected], Awaitable[AccountNumbers]] | None = None
    renews_once: Callable[[Tokens], bool] | None = None
    """Whether `refresh` uses up what it renews with, so that asking twice may end the access. None: it does."""
    history: Callable[[Wire, Endpoints, Connected, date, date], Awaitable[tuple[AccountDay, ...]]] | None = None
    """The account's own numbers of each day from the first to the last of these; days without any are left out."""
    delete: Callable[[Wire, Connected, str, JsonObject], Awaitable[None]] | None = None
    """Take a post down, given its `platform_post_id` and `extra`. One that is gone already is no error."""
    adapt: Callable[[Capabilities, JsonObject], Capabilities] | None = None
    """The capabilities of one account, given what its server said of its limits."""
    poll: Callable[[Wire, Connected, JsonObject, Key], Awaitable[Published | Pending]] | None = None
    finish: Callable[[Wire, Connected, JsonObject, Key], Awaitable[Published | Pending]] | None = None
    withdraw: Callable[[Wire, Connected, JsonObject], Awaitable[bool]] | None = None
    """Take back what was handed over and is not published yet, given its `Pending` handle. False: it is too late."""
    revoke: Callable[[Wire, Endpoints, Connected], Awaitable[None]] | None = None
    """Give the tokens back on disconnecting. None: as `spec.oauth` says, if it says how."""
    choices: Callable[[Wire, Endpoints, Connected], Awaitable[tuple[Choice, ...]]] | None = None
    """What one consent may publish to, asked with its tokens alone; a person picks. None: what `identify` says."""
    server: Callable[[str], str] | None = None
    """Where each account names its own server: its base address from what a person typed. Raises InvalidContent."""
    post_at: Callable[[Account, str], Published | None] | None = None
    """The account's post that a web address leads to, as far as the address tells: what a person says is live. None for
    any other address; what continues a post whose address says nothing is not sent."""
    register: Callable[[Wire, str, str], Awaitable[AppRegistration]] | None = None
    """Make Herald known at such a server (its base address, our redirect address), where OAuth asks for that."""
    scopes_at: Callable[[Wire, str], Awaitable[tuple[str, ...]]] | None = None
    """What to ask a person for at such a server, where servers know different scopes. None: what `spec.oauth` says."""
    consent: "OwnConsent | None" = None
    """How consent is asked for where no rule can say it: platforms/consent.py. Then `spec.oauth` is None."""
    route: "Route | None" = None
    """Where the platform is a way to several networks: platforms/routes.py."""


def capabilities_of(connector: Connector, limits: JsonObject, post_type: str = "") -> Capabilities:
    """What one account takes in posts of this kind: the platform's rules, adapted to what its own server said."""
    rules = connector.spec.by_type.get(post_type, connector.spec.capabilities)
    return rules if connector.adapt is None else connector.adapt(rules, limits)


def find_rules(spec: Spec, post_type: str) -> FindRules:
    """What `find` can prove of posts of this kind."""
    return spec.find_by_type.get(post_type, spec.find)


def kinds_of(spec: Spec) -> tuple[AskedKind, ...]:
    """The kinds of post that programs may ask for; the first is the usual one."""
    return spec.kinds or (AskedKind(name=f"{spec.name}-post"),)


def kind_named(connectors: Mapping[str, Connector], name: str) -> tuple[Connector, AskedKind] | None:
    """The connector and the kind a program means by `instagram-reel`."""
    connector = connectors.get(name.partition("-")[0])
    if connector is None:
        return None
    return next(((connector, kind) for kind in kinds_of(connector.spec) if kind.name == name), None)


def kind_of(spec: Spec, post_type: str) -> str:
    """What programs call a post of this type."""
    kinds = kinds_of(spec)
    return next((kind.name for kind in kinds if post_type in kind.becomes), kinds[0].name)


def numbers_rules(spec: Spec, account: Account) -> NumbersRules | None:
    """How this account's numbers may be asked for."""
    return spec.numbers if spec.numbers_of is None else spec.numbers_of(account)


def typed(spec: Spec, draft: Draft) -> Draft:
    """The draft as the kind of post it becomes."""
    return replace(draft, post_type=spec.post_types[0] if spec.choose is None else spec.choose(draft))
