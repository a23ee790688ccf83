"""What the stand-in remembers: brands, plans, uploads, and when it publishes."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sandbox.networks.network import StandIn

Body = dict[str, object]
USER_ID = 7_001
NETWORKS_DATA = (
    "facebookData",
    "instagramData",
    "threadsData",
    "blueskyData",
    "twitterData",
    "linkedinData",
    "pinterestData",
    "tiktokData",
    "gbpData",
    "youtubeData",
)


@dataclass(slots=True, kw_only=True)
class Settings:
    """How it is set up. Times in seconds."""

    brands: tuple[str, ...] = ("Juniper", "Rowan")
    networks: tuple[str, ...] = ("instagramData", "facebookData", "linkedinData")
    """What each brand has connected."""
    late_s: float = 2.0
    """How long after its second a post is published."""
    hurry: bool = False
    """On: as soon as it is planned, so that a test need not wait for minutes."""
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Plan:
    """A post in the planner."""

    id: int
    uuid: str
    brand_id: int
    body: Body
    at: datetime
    made_at: datetime
    deleted: bool = False
    fails_with: str | None = None


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file on its way in, or there."""

    key: str
    content_type: str
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    wanted: dict[int, tuple[int, str]] = field(default_factory=dict[int, tuple[int, str]])
    """Size and hash of each part, as announced."""
    done: bool = False

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(self.parts[number] for number in sorted(self.parts))


class World:
    """Everything there is."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.token = secrets.token_urlsafe(32)
        self.url = ""
        self.brands = {100 + number: name for number, name in enumerate(settings.brands)}
        self.plans: dict[int, Plan] = {}
        self.uploads: dict[str, Upload] = {}
        self.fails_with: str | None = None
        """What the next plan's network will say when it is to publish it."""
        self.network = StandIn(name="metricool", title="Metricool", handle=settings.brands[0], slow_s=settings.slow_s)
        self._published: set[int] = set()

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def plan(self, brand_id: int, body: Body, at: datetime) -> Plan:
        """Keep a post for its second."""
        number = 500_000 + len(self.plans)
        plan = Plan(id=number, uuid=str(uuid4()), brand_id=brand_id, body=body, at=at, made_at=self.now())
        plan.fails_with, self.fails_with = self.fails_with, None
        self.plans[number] = plan
        return plan

    def status(self, plan: Plan) -> str:
        """Where a plan stands."""
        due = plan.made_at if self.settings.hurry else plan.at + timedelta(seconds=self.settings.late_s)
        if self.now() < due:
            return "PENDING"
        if plan.fails_with is not None:
            return "ERROR"
        if plan.id not in self._published:
            self._published.add(plan.id)
            self.network.published()
        return "PUBLISHED"

    def address(self, plan: Plan) -> str:
        """Where the network shows it."""
        return f"{self.url}/p/{plan.id}"
