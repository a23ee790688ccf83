"""What the faces show, gathered from the services: names of people and networks, a post's card, a brand's accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.accounts import Account
from bot.domain.approvals import Agreed
from bot.domain.errors import UserError
from bot.domain.ids import ItemId, PostId
from bot.domain.installations import Installation
from bot.domain.people import actor_of, user_of
from bot.domain.posts import JournalEntry, PostView
from bot.domain.publication import State
from bot.services import (
    alerting,
    approvers,
    connecting,
    figures,
    guides,
    journal,
    notifying,
    onboarding,
    recurring,
    waiting,
)
from bot.services.deps import Deps
from handlers.slack import times, told, wording
from handlers.slack.api import UNREACHABLE
from handlers.slack.blocks import escape
from handlers.slack.facts import AccountFacts, ApprovalFacts, BrandLike, CardFacts, Names, account_facts
from handlers.slack.home import Steps
from handlers.slack.people import People
from handlers.slack.series import words as series_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a post's story is made of."""

    facts: CardFacts
    lines: Sequence[JournalEntry]
    """In order, with people's names."""
    zone: str
    """The brand's, for whoever has none of their own."""


def titles(deps: Deps) -> dict[str, str]:
    """The networks' names by platform."""
    return {name: connector.spec.title for name, connector in deps.connectors.items()}


async def names_of(
    deps: Deps, people: People, installation: Installation | None, actors: Iterable[str | None] = ()
) -> Names:
    """How networks and these people are called. Who cannot be asked for stays without a name."""
    found: dict[str, str] = {}
    for actor in dict.fromkeys(actors):
        user = user_of(actor) if actor is not None else None
        if actor is None or user is None or installation is None:
            continue
        try:
            found[actor] = (await people.person(installation, user)).name
        except (UserError, SlackApiError, *UNREACHABLE):
            continue
    comments = frozenset(name for name, one in deps.connectors.items() if one.spec.capabilities.first_comment)
    return Names(titles=titles(deps), people=found, guides=guides.guide_urls(deps), comments=comments)


async def zone_of(people: People, installation: Installation, user_id: str) -> str | None:
    """The zone of somebody who reads; None when Slack does not say."""
    try:
        return (await people.person(installation, user_id)).zone
    except (UserError, SlackApiError, *UNREACHABLE):
        return None


async def card(  # noqa: PLR0913  # what is shown, to whom
    deps: Deps,
    people: People,
    installation: Installation,
    post_id: PostId,
    *,
    reader_zone: str | None = None,
    also: Iterable[str] = (),
) -> CardFacts:
    """Everything a post's card says, as it is now, with the names of these others too. Raises NotFound."""
    owed = await notifying.card_facts(deps, installation.workspace_id, post_id)
    ending, confirmed = None, dict[ItemId, str]()
    if owed.post.items and all(item.status in _OVER for item in owed.post.items):
        ending, confirmed = await journal.ended(deps, installation.workspace_id, owed.post)
    ended_by = ending.actor if ending is not None else None
    held_by = owed.hold.by if owed.hold is not None else None
    actors = {*told.actors(owed), *also, *confirmed.values(), *filter(None, (ended_by, held_by))}
    names = await names_of(deps, people, installation, sorted(actors))
    facts = told.card_facts(owed, names, reader_zone=reader_zone)
    known = await figures.latest(deps, owed.post)
    asked = await approvers.asked(deps, owed.post)
    series = await recurring.of_post(deps, installation.workspace_id, post_id)
    return replace(
        facts,
        repeats=series_words(series.repeat, series.pattern.first if series.pattern else None) if series else None,
        items={
            item.item_id: replace(
                facts.of(item),
                confirmed_by=confirmed.get(item.item_id),
                numbers=known[item.item_id].numbers if item.item_id in known else None,
                numbers_at=known[item.item_id].fetched_at if item.item_id in known else None,
            )
            for item in owed.post.items
        },
        ended_by=ended_by,
        ended_at=ending.at if ending is not None else None,
        missed_because=_missed_because(owed.post),
        hold=owed.hold,
        approval=None if asked is None else await approval_of(deps, people, installation, owed.post, asked),
    )


async def approval_of(
    deps: Deps, people: People, installation: Installation, post: PostView, asked: approvers.Asked
) -> ApprovalFacts:
    """What people are asked about a post, with their names."""
    request, agreed = asked.request, asked.request.agreed
    users = {*asked.may, *(user for user, _ in asked.agreed), *(agreed.by if agreed is not None else ())}
    called = await names_of(
        deps, people, installation, sorted({*map(actor_of, users), request.decided_by or ""} - {""})
    )

    def known(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(called.person(actor_of(user)) or "an approver" for user in ids)

    return ApprovalFacts(
        state=request.state,
        rule=asked.rule,
        version=request.version,
        asked_at=request.asked_at,
        ends_at=request.ends_at,
        at_once=post.scheduled_at is None or post.scheduled_at <= request.asked_at,
        agreed=known(user for user, _ in asked.agreed),
        missing=known(asked.missing),
        before=agreed.content if agreed is not None else None,
        before_by=known(agreed.by) if agreed is not None else (),
        before_at=agreed.at if agreed is not None else None,
        before_version=agreed.version if agreed is not None else 0,
        moved=_moved(post, agreed, called) if agreed is not None else (),
        decided_by=called.person(request.decided_by),
        reason=request.reason or "",
    )


def _moved(post: PostView, agreed: Agreed, called: Names) -> tuple[str, ...]:
    """When and where it goes, as far as that is not what was agreed to."""
    zone = post.zone or "UTC"
    firsts = [item for item in post.items if item.part == 0 and item.status is not State.CANCELLED]
    new = [called.place(item) for item in firsts if item.place not in agreed.goes]
    times_before = {at for at in agreed.goes.values() if at != post.scheduled_at}
    said = [f"also to {wording.joined(new)}"] if new else []
    said += [f"was {times.spelled(min(times_before), zone)}"] if times_before else []
    return tuple(said)


def _missed_because(post: PostView) -> str | None:
    said = [item.error[1] for item in post.items if item.status is State.MISSED and item.error is not None]
    return said[0].removesuffix(f" {wording.NOT_SENT}") if said else None


_OVER = frozenset({State.CANCELLED, State.PUBLISHED})


def plain_card(post: PostView, brand: BrandLike, names: Names) -> CardFacts:
    """A post in a list: what its view says and no more."""
    return CardFacts(post=post, brand=brand, names=names, hold=post.hold)


async def accounts(deps: Deps, known: Sequence[Account]) -> list[AccountFacts]:
    """Accounts with what waits for each, and why."""
    planned = await connecting.waiting(deps, known)
    waits = await waiting.waits_of(deps, known)
    made = [
        account_facts(one, until=one.ends_at, renews=one.renews, waiting=planned.get(one.id, 0), wait=waits.get(one.id))
        for one in known
    ]
    now = clock.now()
    return [
        replace(facts, state="ends soon") if alerting.ends_soon(one, now) else facts
        for one, facts in zip(known, made, strict=True)
    ]


def last_published(posts: Sequence[PostView], names: Names, zone: str) -> str | None:
    """`18 Nov, X`: the newest of these that is live."""
    live = [(item.published_at, item) for post in posts for item in post.items if item.published_at is not None]
    if not live:
        return None
    at, item = max(live, key=lambda one: one[0])
    return f"{times.spelled(at, zone)}, {names.title(item.platform)}"


async def story(deps: Deps, people: People, installation: Installation, post_id: PostId) -> Story:
    """All that happened to a post, for people. Raises NotFound."""
    told = await journal.tell(deps, installation.workspace_id, post_id)
    facts = await card(deps, people, installation, post_id)
    called = await names_of(deps, people, installation, {entry.actor for entry in told.lines})
    return Story(facts=facts, lines=_named(told.lines, called), zone=told.zone)


def _named(entries: Sequence[JournalEntry], names: Names) -> list[JournalEntry]:
    """The journal with people's names in the place of their ids."""
    return [
        replace(
            entry, detail=entry.detail.replace(f"(by {entry.actor})", f"(by {names.person(entry.actor) or 'somebody'})")
        )
        for entry in entries
    ]


def steps_of(now: onboarding.Progress, called: Names) -> Steps:
    """The three steps as the faces show them."""
    brand, account = now.brand, now.account
    return Steps(
        connected=called.account(account.platform, account.handle) if account is not None else None,
        channel=f"<#{escape(brand.channel)}>" if brand is not None and brand.channel else None,
        written=now.written,
    )
