"""What the stand-in remembers: people, Pages, tokens, photos, films, posts, comments and stories."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.networks.grants import Grant, Token
from sandbox.networks.graph import GraphError, Values, gone, no_token, token_of
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import OAuthServer, Style
from sandbox.networks.pages import Look

LOOK = Look(title="Facebook", band="#0a5bd3")
VERSION = "v25.0"
APP = ("1234567890123456", "facebook-app-secret")
ALL_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up. Sizes in bytes."""

    people: tuple[str, ...] = ("juniper", "rowan")
    more_pages: int = 0
    """So many further Pages of the first person."""
    declined: tuple[str, ...] = ()
    """Permissions that people untick."""
    duplicate_s: float = 60.0
    """Within that the same text is refused; 0: never."""
    processing_s: float = 0.5
    """How long a film is processed once it is finished."""
    films_fail: bool = False
    """Whether processing ends badly."""
    archives_stories: bool = True
    photo_bytes: int = 4 * 1_048_576
    chunk_bytes: int = 1_000_000
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Page:
    """A Page and who may do what on it."""

    id: str
    username: str
    name: str
    tasks: dict[str, tuple[str, ...]]
    """By person."""
    business: str = ""
    """Held by it, and so missing from a person's own list."""
    followers: int = 120


@dataclass(slots=True, kw_only=True)
class Photo:
    """An uploaded photo; `post` shows it."""

    id: str
    page: Page
    content: bytes
    mime_type: str
    alt: str
    post: str = ""


@dataclass(slots=True, kw_only=True)
class Film:
    """A film on its way: `edge` is where it began."""

    id: str
    page: Page
    edge: str
    size: int | None
    session: str
    received: int = 0
    finished_at: datetime | None = None
    post: str = ""


@dataclass(slots=True, kw_only=True)
class Post:
    """A published post, story or comment."""

    id: str
    page: Page
    message: str
    created_at: datetime
    kind: str = "post"
    link: str = ""
    photos: tuple[str, ...] = ()
    film: str = ""
    title: str = ""
    parent: str = ""
    """Of a comment: what it is below."""


@dataclass(slots=True, kw_only=True)
class PageToken:
    """A Page's own token: good as long as the consent it came of."""

    page: Page
    grant: Grant
    given_at: datetime


@dataclass(slots=True, kw_only=True)
class World:
    """All of it."""

    settings: Settings
    network: StandIn
    oauth: OAuthServer
    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    page_tokens: dict[str, PageToken] = field(default_factory=dict[str, PageToken])
    photos: dict[str, Photo] = field(default_factory=dict[str, Photo])
    films: dict[str, Film] = field(default_factory=dict[str, Film])
    posts: dict[str, Post] = field(default_factory=dict[str, Post])
    _last_id: int = 0

    def now(self) -> datetime:
        """This server's time."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A new number, in order of time."""
        self._last_id = max(time.time_ns() // 1_000, self._last_id + 1)
        return str(self._last_id)

    def add_page(self, name: str, tasks: Mapping[str, tuple[str, ...]], *, business: str = "") -> Page:
        """A Page; tasks by person."""
        page = Page(
            id=self.next_id(), username=name.lower().replace(" ", ""), name=name, tasks=dict(tasks), business=business
        )
        self.pages[page.id] = page
        return page

    def give_page_token(self, page: Page, grant: Grant) -> str:
        """A fresh token of a Page."""
        value = "EAAP" + secrets.token_urlsafe(30)
        self.page_tokens[value] = PageToken(page=page, grant=grant, given_at=self.now())
        return value

    def grant_for(self, person: str, scopes: tuple[str, ...]) -> Grant:
        """A consent as if that person had agreed."""
        app = self.oauth.grants.apps[APP[0]]
        return Grant(app=app, person=person, scopes=scopes)

    def published(self, post: Post) -> Post:
        """Keep a post, and tell."""
        self.posts[post.id] = post
        self.network.published()
        return post


WORLD = web.AppKey("world", World)
SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_content",
    "read_insights",
    "business_management",
)


def new_world(settings: Settings) -> World:
    """A world with its people and Pages."""
    network = StandIn(name="facebook", title="Facebook", handle="junipercoffee", slow_s=settings.slow_s)
    style = Style(
        authorize_path=f"/{VERSION}/dialog/oauth",
        token_path=f"/{VERSION}/oauth/access_token",
        scope_separator=",",
        pkce="unknown",
        gives_refresh=False,
        first_s=5_400.0,
        exchange=("fb_exchange_token", "fb_exchange_token"),
        long_s=5_183_944.0,
        shape=lambda body: {name: value for name, value in body.items() if name != "scope"},
    )
    oauth = OAuthServer(style, LOOK, settings.people)
    oauth.add_app(*APP)
    world = World(settings=settings, network=network, oauth=oauth)
    first, *others = settings.people
    world.add_page("Juniper Coffee", {first: ALL_TASKS})
    world.add_page("Harbor Bakery", dict.fromkeys((first, *others), ALL_TASKS))
    world.add_page("Juniper Roastery", {first: ALL_TASKS}, business="7001")
    world.add_page("Only To Look At", {first: ("ANALYZE",)})
    for number in range(settings.more_pages):
        world.add_page(f"Page {number}", {first: ALL_TASKS})
    return world


def world_of(request: web.Request) -> World:
    """The world a request is about."""
    return request.app[WORLD]


def user_of(request: web.Request, values: Values) -> Token:
    """Whose own token it is. Raises GraphError."""
    grants = world_of(request).oauth.grants
    token = grants.access.get(token_of(request, values))
    if token is None or not grants.live(token):
        raise no_token()
    return token


def page_of(request: web.Request, values: Values, scope: str = "") -> Page:
    """Which Page's token it is, if it allows that. Raises GraphError."""
    world = world_of(request)
    token = world.page_tokens.get(token_of(request, values))
    if token is None or token.grant.ended:
        raise no_token()
    if token.grant.person not in token.page.tasks:
        raise GraphError(code=190, subcode=492, words="The person has no role on the Page.", status=401)
    if scope and (scope not in token.grant.scopes or scope in world.settings.declined):
        raise GraphError(code=200, words=f"The permission {scope} is required")
    return token.page


def named_page(request: web.Request, values: Values, scope: str) -> Page:
    """The same, where the address names the Page."""
    page = page_of(request, values, scope)
    if request.match_info["id"] not in {page.id, "me"}:
        raise gone(request.match_info["id"])
    return page


def after(moment: datetime, seconds: float) -> datetime:
    """So much later."""
    return moment + timedelta(seconds=seconds)
