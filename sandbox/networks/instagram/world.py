"""What the stand-in remembers: people, tokens, containers, posts, comments."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.networks.grants import Grant
from sandbox.networks.graph import GraphError, Values, gone, no_token, token_of
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import Body, OAuthServer, Style
from sandbox.networks.pages import Look

LOOK = Look(title="Instagram", band="#b3246b")
APP = ("990602627938098", "instagram-app-secret")
LONG_S, SHORT_S = 5_184_000.0, 3_600.0
CONTAINER_S = 86_400.0
SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up."""

    people: tuple[str, ...] = ("juniper", "rowan")
    declined: tuple[str, ...] = ()
    """Permissions that people untick."""
    posts_a_day: int = 100
    fetches: bool = True
    """Off: files are believed to be where they are said to be."""
    image_ready_s: float = 0.0
    film_ready_s: float = 0.5
    """How long a container is in progress."""
    films_fail: bool = False
    publishes_and_refuses: int = 0
    """So many calls of `media_publish` make the post and are answered with an error."""
    comments_and_refuses: bool = False
    """Whether a comment's call makes it and is answered with an error."""
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Person:
    """A professional account."""

    id: str
    username: str
    name: str
    followers: int = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A fetched file."""

    url: str
    kind: str
    content: bytes = b""
    alt: str = ""


@dataclass(slots=True, kw_only=True)
class Container:
    """What may become a post, once."""

    id: str
    person: Person
    media_type: str
    files: tuple[File, ...]
    caption: str
    made_at: datetime
    ready_at: datetime
    is_child: bool = False
    error: str = ""
    """The sentence of its ERROR."""
    media: str = ""
    """What was made of it."""


@dataclass(slots=True, kw_only=True)
class Media:
    """A published post, story or comment."""

    id: str
    person: Person
    media_type: str
    caption: str
    made_at: datetime
    files: tuple[File, ...] = ()
    shortcode: str = ""
    parent: str = ""
    """Of a comment: what it is below."""


@dataclass(slots=True, kw_only=True)
class World:
    """All of it."""

    settings: Settings
    network: StandIn
    oauth: OAuthServer
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    containers: dict[str, Container] = field(default_factory=dict[str, Container])
    media: dict[str, Media] = field(default_factory=dict[str, Media])
    given_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When tokens were first seen."""
    _last_id: int = 0

    def now(self) -> datetime:
        """This server's time."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A new number, in order of time."""
        self._last_id = max(time.time_ns() // 1_000, self._last_id + 1)
        return f"179{self._last_id}"

    def issue_token(self, username: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """A long-lived token, as if that person had agreed."""
        grant = Grant(app=self.oauth.grants.apps[APP[0]], person=username, scopes=scopes)
        return self.oauth.grants.new_access(grant, LONG_S).value

    def published(self, media: Media) -> Media:
        """Keep a post, and tell."""
        self.media[media.id] = media
        self.network.published()
        return media

    def used(self, person: Person) -> int:
        """Posts of the last day."""
        since = self.now() - timedelta(days=1)
        return sum(one.person is person and not one.parent and one.made_at >= since for one in self.media.values())


WORLD = web.AppKey("world", World)


def new_world(settings: Settings) -> World:
    """A world with its people."""
    network = StandIn(name="instagram", title="Instagram", handle=settings.people[0], slow_s=settings.slow_s)
    style = Style(
        authorize_path="/oauth/authorize",
        token_path="/oauth/access_token",  # noqa: S106  # a path
        further_paths=("/access_token", "/refresh_access_token"),
        scope_separator=",",
        pkce="unknown",
        gives_refresh=False,
        first_s=SHORT_S,
        exchange=("ig_exchange_token", "access_token"),
        renewal=("ig_refresh_token", "access_token"),
        long_s=LONG_S,
        further=lambda grant: {"user_id": people[grant.person].id},
        shape=lambda body: _shaped(body, settings),
    )
    oauth = OAuthServer(style, LOOK, settings.people)
    oauth.add_app(*APP)
    world = World(settings=settings, network=network, oauth=oauth)
    people = world.people
    for name in settings.people:
        people[name] = Person(id=world.next_id(), username=name, name=name.capitalize())
    return world


def _shaped(body: Body, settings: Settings) -> Body:
    """A short token comes in a list, with what was allowed; a long one alone, with its life."""
    allowed = [one for one in str(body["scope"]).split(",") if one not in settings.declined]
    if body["expires_in"] == round(LONG_S):
        names = ("access_token", "token_type", "expires_in")
        return {**{name: body[name] for name in names}, "permissions": ",".join(allowed)}
    return {"data": [{"access_token": body["access_token"], "user_id": body["user_id"], "permissions": allowed}]}


def world_of(request: web.Request) -> World:
    """The world a request is about."""
    return request.app[WORLD]


def person_of(request: web.Request, values: Values, scope: str = SCOPES[0]) -> Person:
    """Whose token it is, if it allows that. Raises GraphError."""
    world = world_of(request)
    value = token_of(request, values)
    token = world.oauth.grants.access.get(value)
    if token is None or not world.oauth.grants.live(token):
        raise no_token()
    world.given_at.setdefault(value, world.now())
    if scope not in token.grant.scopes or scope in world.settings.declined:
        raise GraphError(code=10, words=f"Application does not have permission for this action ({scope})")
    return world.people[token.grant.person]


def named(request: web.Request, values: Values, scope: str = SCOPES[0]) -> Person:
    """The same, where the address names the account."""
    person = person_of(request, values, scope)
    if request.match_info["id"] not in {person.id, "me"}:
        raise gone(request.match_info["id"])
    return person


def new_shortcode() -> str:
    """The name a post has in its address."""
    return "C" + secrets.token_urlsafe(8).replace("-", "x").replace("_", "y")
