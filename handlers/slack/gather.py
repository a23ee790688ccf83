"""What the faces show, gathered from the services: names of people and networks, a post's card, a brand's accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from slack_sdk.errors import SlackApiError

from bot.domain.accounts import Account, Health
from bot.domain.errors import UserError
from bot.domain.ids import PostId
from bot.domain.installations import Installation
from bot.domain.people import user_of
from bot.domain.posts import JournalEntry, PostView
from bot.domain.publication import State
from bot.services import connecting, journal, notifying
from bot.services.deps import Deps
from handlers.slack import times
from handlers.slack.api import UNREACHABLE
from handlers.slack.blocks import inert
from handlers.slack.facts import AccountFacts, BrandLike, CardFacts, ItemFacts, Names
from handlers.slack.people import People

_STATES = {
    Health.HEALTHY: "fine",
    Health.EXPIRING: "ends soon",
    Health.EXPIRED: "ended",
    Health.REVOKED: "withdrawn",
    Health.FAILING: "failing",
}


def titles(deps: Deps) -> dict[str, str]:
    """The networks' names by platform."""
    return {name: connector.spec.title for name, connector in deps.connectors.items()}


async def names_of(
    deps: Deps, people: People, installation: Installation | None, actors: Iterable[str | None] = ()
) -> Names:
    """How networks are called, and these people. Who cannot be asked for stays without a name."""
    found: dict[str, str] = {}
    for actor in dict.fromkeys(actors):
        user = user_of(actor) if actor is not None else None
        if actor is None or user is None or installation is None:
            continue
        try:
            found[actor] = (await people.person(installation, user)).name
        except (UserError, SlackApiError, *UNREACHABLE):
            continue
    return Names(titles=titles(deps), people=found)


async def card(
    deps: Deps, people: People, installation: Installation, post_id: PostId, *, reader_zone: str | None = None
) -> CardFacts:
    """Everything a post's card says, as it is now. Raises NotFound."""
    known = await notifying.card_facts(deps, installation.workspace_id, post_id)
    post, ended_by, ended_at = known.post, None, None
    if post.items and all(item.status in {State.CANCELLED, State.PUBLISHED} for item in post.items):
        ending = await journal.ended(deps, post.workspace_id, post.post_id)
        ended_by, ended_at = (ending.actor, ending.at) if ending is not None else (None, None)
    names = await names_of(deps, people, installation, (post.created_by, post.edited_by, ended_by))
    return CardFacts(
        post=post,
        brand=known.brand,
        names=names,
        items={one.item.item_id: _item(one, names, post.zone or known.brand.timezone) for one in known.items},
        ended_by=ended_by,
        ended_at=ended_at,
        missed_because="The brand was on hold." if known.brand.held_since is not None else None,
        reader_zone=reader_zone,
    )


def _item(one: notifying.ItemFacts, names: Names, zone: str) -> ItemFacts:
    waiting = None
    if one.waits_for is not None:
        until = f" until {times.spelled(one.next_try_at, zone)}" if one.next_try_at is not None else ""
        said = one.item.error[1] if one.item.error else ""
        waiting = f"{inert(said) or names.title(one.item.platform) + ' takes nothing now.'} Waits{until}, then goes on."
    return ItemFacts(
        next_at=one.next_look_at or one.next_try_at,
        waiting=waiting,
        asking=one.asked_at is not None,
        looks=one.looks,
        reconnected_at=one.reconnected_at,
        disconnected_at=one.disconnected_at,
    )


def plain_card(post: PostView, brand: BrandLike, names: Names) -> CardFacts:
    """A post in a list: what its view says and no more."""
    return CardFacts(post=post, brand=brand, names=names)


async def accounts(deps: Deps, known: Sequence[Account]) -> list[AccountFacts]:
    """Accounts with what waits for each."""
    waiting = await connecting.waiting(deps, known)
    return [
        AccountFacts(
            id=account.id,
            brand_id=account.brand_id,
            platform=account.platform,
            handle=account.handle,
            state=_STATES[account.health],
            waiting=waiting.get(account.id, 0),
        )
        for account in known
    ]


def last_published(posts: Sequence[PostView], names: Names, zone: str) -> str | None:
    """`18 Nov, X`: the newest of these that is live."""
    live = [(item.published_at, item) for post in posts for item in post.items if item.published_at is not None]
    if not live:
        return None
    at, item = max(live, key=lambda one: one[0])
    return f"{times.spelled(at, zone)}, {names.title(item.platform)}"


def named(entries: Sequence[JournalEntry], names: Names) -> list[JournalEntry]:
    """The journal with people's names in the place of their ids."""
    return [
        replace(
            entry, detail=entry.detail.replace(f"(by {entry.actor})", f"(by {names.person(entry.actor) or 'somebody'})")
        )
        for entry in entries
    ]
