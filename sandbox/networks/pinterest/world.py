"""What the stand-in remembers: people, boards, videos and pins. No HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.networks.grants import Grant
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import OAuthServer, Style
from sandbox.networks.pages import Look

LOOK = Look(title="Pinterest", band="#b3061c")
SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")
CLIENT_ID, CLIENT_SECRET = "1478123", "stand-in-pinterest"
_FIRST_ID = 813_744_226_420_000_000
_WINDOW_S = 60


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up. A rate limit of 0 means none."""

    trial: bool = False
    """Whether the app has Trial access alone."""
    processing_s: float = 1.0
    """How long a video stays in processing."""
    listed_after_s: float = 0.0
    """How long a new pin is missing from the lists."""
    writes_per_min: int = 100
    reads_per_min: int = 1000
    auto_approve: bool = False
    grow_numbers: bool = False
    people: tuple[str, ...] = ("juniper", "rowan")
    names: dict[str, str] = field(default_factory=dict[str, str])
    boards: tuple[str, ...] = ("Coffee", "Summer recipes")
    """What each person's boards are called; the first has a section."""
    slow_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board; `sections` are names by their ids."""

    id: str
    owner: str
    name: str
    sections: Mapping[str, str]
    privacy: str = "PUBLIC"


@dataclass(slots=True, kw_only=True)
class Video:
    """A registered upload."""

    id: str
    owner: str
    parameters: Mapping[str, str]
    ready_at: datetime | None = None
    """None until its bytes came."""
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A pin. `pictures` are (content type, bytes); none for a video."""

    id: str
    owner: str
    board: Board
    created_at: datetime
    media_type: str
    pictures: tuple[tuple[str, bytes], ...] = ()
    fields: Mapping[str, str | None]
    """`title`, `description`, `link`, `alt_text`, `board_section_id`."""


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.boards: dict[str, Board] = {}
        self.videos: dict[str, Video] = {}
        self.pins: dict[str, Pin] = {}
        self.calls: list[str] = []
        """Method and path of each request of the API, in order."""
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}
        self._last_id = _FIRST_ID
        self._access_ended: datetime | None = None
        self.people = {name: self.next_id() for name in settings.people}
        self.oauth = OAuthServer(STYLE, LOOK, settings.people, auto_approve=settings.auto_approve)
        self.app = self.oauth.add_app(CLIENT_ID, CLIENT_SECRET)
        for name in settings.people:
            for number, board in enumerate(settings.boards):
                self.add_board(name, board, sections=("Salads",) if number == 0 else ())
        first = settings.people[0]
        self.token = self.issue_token(first)
        self.network = StandIn(name="pinterest", title="Pinterest", handle=first, slow_s=settings.slow_s)

    def next_id(self) -> str:
        """A new number, greater than all before."""
        self._last_id += 1
        return str(self._last_id)

    @staticmethod
    def now() -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def add_board(self, owner: str, name: str, *, sections: tuple[str, ...] = (), privacy: str = "PUBLIC") -> Board:
        """A new board."""
        named = {self.next_id(): section for section in sections}
        board = Board(id=self.next_id(), owner=owner, name=name, sections=named, privacy=privacy)
        self.boards[board.id] = board
        return board

    def name_of(self, person: str) -> str:
        """What people call somebody."""
        return self.settings.names.get(person, person.capitalize())

    def issue_token(self, person: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """An access token, as if a consent had brought it."""
        grant = Grant(app=self.app, person=person, scopes=scopes)
        return self.oauth.grants.new_access(grant, STYLE.first_s).value

    def end_access_if_asked(self) -> None:
        """End all consents when the network's condition says so; those given afterwards are good."""
        ended = self.network.access_ended_at
        if ended is not None and ended != self._access_ended:
            self.oauth.grants.end_grants()
        self._access_ended = ended

    def listed(self, person: str) -> list[Pin]:
        """A person's pins as the lists show them, newest first; none of a secret board."""
        until = self.now() - timedelta(seconds=self.settings.listed_after_s)
        mine = [pin for pin in self.pins.values() if pin.owner == person and pin.created_at <= until]
        return [pin for pin in reversed(mine) if pin.board.privacy != "SECRET"]

    def spend(self, person: str, kind: str) -> tuple[int, int, int]:
        """Count one request; (limit, remaining, seconds until all is free again), remaining -1 when it is over."""
        limit = self.settings.writes_per_min if kind == "write" else self.settings.reads_per_min
        now_s = int(self.now().timestamp())
        window = now_s // _WINDOW_S
        before, used = self._windows.get((person, kind), (window, 0))
        used = used + 1 if before == window else 1
        self._windows[person, kind] = (window, used)
        return limit, max(limit - used, -1), (window + 1) * _WINDOW_S - now_s


def _further(grant: Grant) -> dict[str, object]:
    return {"response_type": "authorization_code", "scope": " ".join(grant.scopes)}


def _shape(body: dict[str, object]) -> dict[str, object]:
    """With when the refresh token ends as a time, which Pinterest adds."""
    life = body.get("refresh_token_expires_in")
    ends = {"refresh_token_expires_at": int(World.now().timestamp()) + life} if isinstance(life, int) else {}
    return body | ends


STYLE = Style(
    authorize_path="/oauth/",
    token_path="/v5/oauth/token",  # noqa: S106  # a path
    client="basic",
    scope_separator=",",
    pkce="unknown",
    first_s=2_592_000.0,
    refresh_s=5_184_000.0,
    rotates=True,
    further=_further,
    shape=_shape,
)
"""Access for 30 days, renewed by refresh tokens of 60 days; each renewal brings a new one."""
