"""What the faces are made from: the domain's values, and the few things about them that only the asker knows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.accounts import Account, Health
from bot.domain.approvals import Asking, Rule
from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId, ItemId
from bot.domain.numbers import Numbers
from bot.domain.posts import ItemView, Place, PostView
from bot.domain.publication import State
from bot.domain.waits import Wait
from handlers.slack.blocks import bare, inert, link, web_address

SLACK_ACTOR = "slack:"


class BrandLike(Protocol):
    """What a face shows of a brand."""

    @property
    def id(self) -> BrandId:
        """Its id."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def timezone(self) -> str:
        """An IANA name."""
        ...

    @property
    def channel(self) -> str | None:
        """The id of its channel."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How things are called: platforms by their names in the register, people by `slack:U…`."""

    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    people: Mapping[str, str] = field(default_factory=dict[str, str])
    guides: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where people read how an account is mended, by platform."""
    comments: frozenset[str] = frozenset()
    """The platforms where a second part is the first comment."""

    def title(self, platform: str) -> str:
        """`X`, inert."""
        return inert(self.titles.get(platform) or platform.replace("_", " ").title(), 40) or "The network"

    def account(self, platform: str, handle: str) -> str:
        """`X · @junipercoffee`, inert."""
        return f"{self.title(platform)} · {handle_of(handle)}"

    def variant(self, name: str) -> str:
        """`X`, or `Instagram story` where a post goes to a network as several kinds; inert."""
        platform, _, kind = name.partition("-")
        return f"{self.title(platform)} {inert(kind, 40)}".rstrip()

    def place(self, item: ItemView) -> str:
        """`X · @junipercoffee`, or `Instagram story · @junipercoffee`, inert."""
        return f"{self.variant(item.variant)} · {handle_of(item.handle)}"

    def guide(self, platform: str) -> str:
        """A link to how an account there is reconnected, or nothing where there is no such page."""
        url = self.guides.get(platform)
        return link(url, f"How to reconnect {bare(self.title(platform))}") if url and web_address(url) else ""

    def person(self, actor: str | None) -> str | None:
        """`Maya`, inert; None for somebody in Slack whose name is not known."""
        if not actor:
            return None
        known = self.people.get(actor) or (None if actor.startswith(SLACK_ACTOR) else actor)
        return inert(known, 60) if known else None


def handle_of(handle: str) -> str:
    """`@junipercoffee`, or `Juniper Coffee` where a network has names instead; inert."""
    shown = inert(handle, 60)
    return shown if not shown or " " in shown or shown.startswith("@") else f"@{shown}"


def mention(actor: str | None) -> str:
    """`<@U1>` for somebody in Slack, else nothing."""
    user = (actor or "").removeprefix(SLACK_ACTOR)
    return f"<@{user}>" if (actor or "").startswith(SLACK_ACTOR) and user.isalnum() else ""


def channel_mention(channel: str | None) -> str | None:
    """`<#C1>` for a channel's id, `#name` for what somebody typed instead of one, None without."""
    if not channel:
        return None
    is_id = re.fullmatch(r"[CGD][A-Z0-9]*", channel) is not None
    return f"<#{channel}>" if is_id else "#" + inert(channel, 80).removeprefix("#")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What is known of an item beside its view. Instants are aware UTC."""

    next_at: datetime | None = None
    """When Herald acts on it by itself: the next try, look or poll."""
    looks_until: datetime | None = None
    """While it is looked for: when a human is asked."""
    waits_for: str | None = None
    """Why it waits although nobody has to do anything: an ErrorClass."""
    asking: bool = False
    """Unconfirmed, and a human is asked."""
    looks: int = 0
    ended_at: datetime | None = None
    """When it failed or was found missed."""
    reconnected_at: datetime | None = None
    """Its account works again since then, after the item failed for it."""
    reconnected_by: str | None = None
    disconnected_at: datetime | None = None
    """Its account was taken out then."""
    confirmed_by: str | None = None
    """Who said that it is live."""
    numbers: Numbers | None = None
    """Its latest numbers, once there are any."""
    numbers_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """What people are, or were, asked about a post. Names are inert."""

    state: Asking
    rule: Rule
    version: int
    asked_at: datetime
    ends_at: datetime | None = None
    """When it is too late."""
    at_once: bool = False
    """It goes out as soon as it is approved."""
    agreed: tuple[str, ...] = ()
    """Who agreed to this version."""
    missing: tuple[str, ...] = ()
    """Whose word counts and is not given yet."""
    before: Mapping[str, Any] | None = None
    """The content that was agreed to before it was changed."""
    before_by: tuple[str, ...] = ()
    before_at: datetime | None = None
    before_version: int = 0
    moved: tuple[str, ...] = ()
    """What is new about when and where it goes, in words."""
    decided_by: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A post with everything its card says."""

    post: PostView
    brand: BrandLike
    names: Names
    items: Mapping[ItemId, ItemFacts] = field(default_factory=dict[ItemId, ItemFacts])
    ended_by: str | None = None
    """Who cancelled it."""
    ended_at: datetime | None = None
    missed_because: str | None = None
    """Such as "The brand was on hold."; None for "Herald was not running."."""
    hold: Hold | None = None
    """What keeps it from being sent while it waits."""
    troubles: tuple[tuple[ItemId, Mapping[str, object]], ...] = ()
    """What will go wrong with it, item by item: bot/services/foreseeing.py."""
    reader_zone: str | None = None
    """The zone of the only reader, in a direct message."""
    approval: ApprovalFacts | None = None
    """What people are or were asked about it; None where nobody was."""
    repeats: str | None = None
    """How it comes again, in words; None when it does not."""

    def of(self, item: ItemView) -> ItemFacts:
        """The item's further facts."""
        return self.items.get(item.item_id) or ItemFacts()

    @property
    def zone(self) -> str:
        """The zone its time was chosen in."""
        return self.post.zone or self.brand.timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account as lists and Home show it."""

    id: AccountId
    brand_id: BrandId
    platform: str
    handle: str
    state: str = "fine"
    """One of: fine · ends soon · ended · withdrawn · failing."""
    until: datetime | None = None
    renews: bool = False
    waiting: int = 0
    """Planned posts that need it."""
    wait: Wait | None = None
    """Why it takes no posts for now."""


STATES = {
    Health.HEALTHY: "fine",
    Health.EXPIRING: "ends soon",
    Health.EXPIRED: "ended",
    Health.REVOKED: "withdrawn",
    Health.FAILING: "failing",
}
"""A healthy account whose access ends within 14 days and does not renew itself ends soon, too."""


def account_facts(
    account: Account,
    *,
    waiting: int = 0,
    until: datetime | None = None,
    renews: bool = False,
    wait: Wait | None = None,
) -> AccountFacts:
    """An account of the domain, as lists and Home show it."""
    return AccountFacts(
        id=account.id,
        brand_id=account.brand_id,
        platform=account.platform,
        handle=account.handle,
        state=STATES[account.health],
        until=until,
        renews=renews,
        waiting=waiting,
        wait=wait,
    )


def roots(post: PostView) -> dict[Place, list[ItemView]]:
    """The post's items by where they go, in order."""
    found: dict[Place, list[ItemView]] = {}
    for item in post.items:
        found.setdefault(item.place, []).append(item)
    return found


def noun_of(items: Iterable[ItemView]) -> str:
    """What to count these as: accounts, unless one may be among them several times."""
    return "item" if any(item.kind for item in items) else "account"


def troubled(state: State) -> bool:
    """Whether a human may have to do something."""
    return state in {State.FAILED, State.MISSED, State.UNCONFIRMED}
