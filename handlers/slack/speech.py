"""What cards and notices say: facts gathered from the services, words made by the faces."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.ids import AccountId, PostId
from bot.domain.installations import Installation
from bot.domain.people import user_of
from bot.domain.posts import PostView
from bot.services import (
    alerting,
    approving,
    checking,
    connecting,
    drafts,
    history,
    installing,
    interruptions,
    journal,
    missing,
    onboarding,
    preflight,
    recurring,
    storytelling,
    workspaces,
)
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered, Notice
from handlers.slack import (
    account_table,
    connect,
    gather,
    holds,
    interrupted,
    lists,
    missed,
    outage,
    past,
    requests,
    series,
    summaries,
    told,
    warned,
    webhook,
)
from handlers.slack import onboarding as first_contact
from handlers.slack.blocks import Message
from handlers.slack.card import card as card_of
from handlers.slack.notifier import Saying
from handlers.slack.people import People

_OF_A_BRAND = {
    "hold": holds.announced,
    "release": holds.released_line,
    history.WHAT: past.line,
    recurring.WHAT: series.line,
}
"""What is said about a brand as a whole, by what happened."""
_OLD = timedelta(hours=1)
"""Whoever looks at a channel no longer sees a card of this age, so its end is said aloud."""
_ENDS = frozenset({"published", "found"})
_ASKED = 20
"""So many posts of a list are asked for their authors."""
_BROADCAST = "broadcast"
_MENDED = "mended"
_THREAD = "thread"


class Words:
    """Makes the words of cards and notices; the `Speech` of the notifier."""

    def __init__(self, deps: Deps, people: People) -> None:
        self._deps = deps
        self._people = people

    async def card(self, card: CardOwed) -> Message:
        """The card as it is to stand now."""
        installation = await self._installation(card)
        try:
            facts = await gather.card(self._deps, self._people, installation, card.post_id)
        except NotFound as error:
            raise NotDelivered("there is no such post any more", hopeless=True) from error
        return card_of(facts, clock.now())

    async def notice(self, notice: Notice) -> Saying | None:
        """What a notice says; None: nothing any more."""
        installation = await self._installation(notice)
        try:
            return await self._notice(notice, installation)
        except NotFound:
            return None

    async def _notice(self, notice: Notice, installation: Installation) -> Saying | None:  # noqa: C901, PLR0912  # a table
        match notice.kind:
            case onboarding.KIND:
                saying = self._welcome(notice, installation)
            case "connected":
                saying = self._connected(notice, installation)
            case drafts.KIND:
                saying = self._draft(notice, installation)
            case "brand":
                saying = self._about_brand(notice, installation)
            case "missed":
                saying = self._missed_many(notice, installation)
            case "network_down" | "network_back":
                saying = self._outage(notice)
            case _ if notice.kind in summaries.KINDS:
                saying = self._summary(notice, installation)
            case "access" | "access_now":
                saying = self._access(notice, installation)
            case "preflight" | "preflight_now":
                saying = self._preflight(notice, installation)
            case _ if notice.kind in approving.KINDS:
                saying = requests.saying(self._deps, self._people, installation, notice)
            case checking.KIND:
                saying = self._checked(notice, installation)
            case webhook.KIND:
                saying = self._webhook(notice, installation)
            case storytelling.KIND:
                saying = self._story(notice, installation)
            case interruptions.KIND:
                saying = self._interrupted(notice)
            case _:
                saying = self._about_post(notice, installation)
        return await saying

    async def owner(self, what: CardOwed | Notice) -> str | None:
        """The user id of who wrote or last changed the post; None: ask who installed Herald."""
        if what.post_id is None:
            return None
        try:
            post = await journal.show_post(self._deps, what.workspace_id, what.post_id)
        except NotFound:
            return None
        return user_of(post.edited_by or "") or user_of(post.created_by)

    async def _installation(self, what: CardOwed | Notice) -> Installation:
        found = await installing.installation_of(self._deps, what.workspace_id)
        if found is None:
            raise NotDelivered("Herald is not in this workspace's Slack", hopeless=True)
        return found

    async def _about_post(self, notice: Notice, installation: Installation) -> Saying | None:
        if notice.post_id is None:
            return None
        by = notice.payload.get("by")
        also = (by,) if isinstance(by, str) else ()
        facts = await gather.card(self._deps, self._people, installation, notice.post_id, also=also)
        said = told.message(notice.kind, notice.payload, facts)
        if said is None:
            return None
        if notice.kind == _MENDED:
            place = notice.place
            return None if place is None else Saying(message=said, to=place.channel, instead_of=place)
        in_thread = self._in_thread(notice, said)
        if notice.kind == _THREAD:
            return in_thread
        directly = await self._directly(card_of(facts, clock.now()), [facts.post], facts.post.brand_id, installation)
        if in_thread is not None:
            return replace(in_thread, otherwise=directly)
        return self._first(said, facts.brand.channel, directly)

    def _in_thread(self, notice: Notice, said: Message) -> Saying | None:
        card = notice.card
        if card is None:
            return None
        aloud = notice.kind == _BROADCAST or _is_late_end(notice)
        return Saying(message=said, to=card.channel, thread_ts=card.ts, broadcast=aloud)

    def _first(self, said: Message, channel: str | None, directly: Saying | None) -> Saying:
        """In the channel, else to a person. Raises NotDelivered when there is neither."""
        if channel is not None:
            return Saying(message=said, to=channel, otherwise=directly)
        if directly is None:
            raise NotDelivered("there is no channel and nobody in Slack to tell", hopeless=True)
        return directly

    async def _directly(
        self, said: Message, posts: Sequence[PostView], brand_id: str, installation: Installation
    ) -> Saying | None:
        """To whoever can be told of these posts: who wrote them, who manages their brand, who installed Herald."""
        brand = await workspaces.get_brand(self._deps, installation.workspace_id, brand_id)
        writers = [user_of(actor or "") for post in posts for actor in (post.created_by, post.edited_by)]
        managers = await workspaces.managers_of(self._deps, brand)
        return _one_of([*writers, *managers, installation.installed_by], said)

    async def _about_brand(self, notice: Notice, installation: Installation) -> Saying | None:
        """What concerns a brand as a whole, in its channel; changed there once it is over."""
        if notice.brand_id is None:
            return None
        brand = await workspaces.get_brand(self._deps, notice.workspace_id, notice.brand_id)
        actors = [str(notice.payload.get(key)) for key in ("by", "ended_by") if notice.payload.get(key)]
        called = await gather.names_of(self._deps, self._people, installation, actors)
        made = _OF_A_BRAND.get(str(notice.payload.get("what")))
        if made is None or brand.channel is None:
            return None
        return _where_it_stands(notice, Saying(message=made(brand, notice.payload, called), to=brand.channel))

    async def _missed_many(self, notice: Notice, installation: Installation) -> Saying | None:
        ids = notice.payload.get("posts")
        if notice.brand_id is None or not isinstance(ids, list):
            return None
        brand = await workspaces.get_brand(self._deps, notice.workspace_id, notice.brand_id)
        posts = [await journal.show_post(self._deps, notice.workspace_id, PostId(str(name))) for name in ids[:_ASKED]]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # ids
        over = notice.payload.get("over")
        if isinstance(over, str):
            return await self._settled(notice, brand, over, installation)
        many = len(ids)  # pyright: ignore[reportUnknownArgumentType]  # only counted
        alone = missed.asking(brand, many, notice.id, below=False)
        directly = await self._directly(alone, posts, brand.id, installation)
        return _where_it_stands(notice, self._first(missed.asking(brand, many, notice.id), brand.channel, directly))

    async def _settled(
        self, notice: Notice, brand: workspaces.Brand, over: str, installation: Installation
    ) -> Saying | None:
        """Nobody has to act any more; where nothing was said nothing need be."""
        if notice.place is None:
            return None
        by = str(notice.payload.get("ended_by"))
        names = await gather.names_of(self._deps, self._people, installation, (by,))
        states = await missing.states_of(self._deps, notice.workspace_id, notice.payload["posts"])
        said = missed.settled(brand, states, by=names.person(by), at=datetime.fromisoformat(over))
        return Saying(message=said, to=notice.place.channel, instead_of=notice.place)

    async def _outage(self, notice: Notice) -> Saying | None:
        brand = await workspaces.get_brand(self._deps, notice.workspace_id, str(notice.brand_id))
        names = gather.titles(self._deps)
        platform = str(notice.payload.get("platform"))
        words = outage.down if notice.kind == "network_down" else outage.back
        said = words(names.get(platform, platform), notice.payload, brand.timezone)
        if notice.place is not None:
            return Saying(message=said, to=notice.place.channel, instead_of=notice.place)
        return None if brand.channel is None else Saying(message=said, to=brand.channel)

    async def _summary(self, notice: Notice, installation: Installation) -> Saying | None:
        found = await summaries.of_notice(self._deps, self._people, installation, notice)
        if found is None:
            return None
        brand, said = found
        return None if brand.channel is None else Saying(message=said, to=brand.channel)

    async def _access(self, notice: Notice, installation: Installation) -> Saying | None:
        told_of = await alerting.told(self._deps, notice.workspace_id, str(notice.payload.get("alert")))
        if told_of is None:
            return None
        said = await warned.access(self._deps, self._people, installation, notice, told_of)
        return None if said is None else await self._warning(notice, said, told_of.brand, installation)

    async def _preflight(self, notice: Notice, installation: Installation) -> Saying | None:
        told_of = await preflight.told(self._deps, notice.workspace_id, str(notice.payload.get("alert")))
        if told_of is None:
            return None
        said = await warned.flight(self._deps, self._people, installation, notice, told_of)
        if said is None or notice.payload.get("to") != "thread" or notice.place is not None:
            return None if said is None else await self._warning(notice, said, told_of.brand, installation)
        aloud, card = bool(notice.payload.get("aloud")), notice.card
        if not aloud:
            return None if card is None else Saying(message=said, to=card.channel, thread_ts=card.ts)
        directly = await self._directly(said, [told_of.post], told_of.brand.id, installation)
        if card is None:
            return self._first(said, told_of.brand.channel, directly)
        return Saying(message=said, to=card.channel, thread_ts=card.ts, broadcast=True, otherwise=directly)

    async def _warning(
        self, notice: Notice, said: Message, brand: workspaces.Brand, installation: Installation
    ) -> Saying | None:
        """Where it stands; else to the person it is for; else in the channel, or to who can be told of the brand."""
        if notice.place is not None:
            return Saying(message=said, to=notice.place.channel, instead_of=notice.place)
        user = notice.payload.get("user")
        if isinstance(user, str):
            return Saying(message=said, to=user)
        return self._first(said, brand.channel, await self._directly(said, [], brand.id, installation))

    async def _checked(self, notice: Notice, installation: Installation) -> Saying | None:
        month, brand_id = str(notice.payload.get("month")), notice.payload.get("brand")
        facts = await warned.accounts(
            self._deps, self._people, installation, month, brand_id if isinstance(brand_id, str) else None
        )
        if not facts.accounts:
            return None
        said = account_table.checked(facts, str(brand_id or ""))
        user = notice.payload.get("user")
        if isinstance(user, str):
            return Saying(message=said, to=user)
        brand = await workspaces.get_brand(self._deps, notice.workspace_id, str(brand_id))
        return None if brand.channel is None else Saying(message=said, to=brand.channel)

    async def _webhook(self, notice: Notice, installation: Installation) -> Saying | None:
        """To who installed Herald, or else manages a brand: webhooks belong to no brand."""
        brands = await workspaces.list_brands(self._deps, [notice.workspace_id])
        managers = [whom for brand in brands for whom in await workspaces.managers_of(self._deps, brand)]
        said = webhook.failed(notice.payload)
        return self._first(said, None, _one_of([installation.installed_by, *managers], said))

    async def _story(self, notice: Notice, installation: Installation) -> Saying | None:
        card, by = notice.card, notice.payload.get("by")
        if notice.post_id is None or card is None:
            return None
        story = await gather.story(self._deps, self._people, installation, notice.post_id)
        called = await gather.names_of(self._deps, self._people, installation, (str(by),))
        said = lists.why(story.facts, story.lines, zone=story.zone, by=called.person(str(by)))
        return Saying(message=said, to=card.channel, thread_ts=card.ts)

    async def _interrupted(self, notice: Notice) -> Saying | None:
        user = notice.payload.get("user")
        return Saying(message=interrupted.cut_off(notice.payload), to=user) if isinstance(user, str) else None

    async def _draft(self, notice: Notice, installation: Installation) -> Saying | None:
        user = notice.payload.get("user")
        if notice.post_id is None or not isinstance(user, str):
            return None
        zone = await gather.zone_of(self._people, installation, user)
        facts = await gather.card(self._deps, self._people, installation, notice.post_id, reader_zone=zone)
        return Saying(message=card_of(facts, clock.now()), to=user, instead_of=notice.place)

    async def _welcome(self, notice: Notice, installation: Installation) -> Saying | None:
        user = notice.payload.get("user")
        if not isinstance(user, str):
            return None
        now = await onboarding.progress(self._deps, notice.workspace_id)
        names = await gather.names_of(self._deps, self._people, installation, (f"slack:{user}",))
        said = first_contact.welcome(
            name=names.person(f"slack:{user}"), brand=now.brand, steps=gather.steps_of(now, names)
        )
        return Saying(message=said, to=user, instead_of=notice.place)

    async def _connected(self, notice: Notice, installation: Installation) -> Saying | None:
        user = user_of(str(notice.payload.get("asked_by") or ""))
        if user is None:
            return None
        account_id = AccountId(str(notice.payload.get("account_id")))
        account = await connecting.find_account(self._deps, account_id, [notice.workspace_id])
        names = await gather.names_of(self._deps, self._people, installation)
        waiting = notice.payload.get("waiting")
        said = connect.connected(
            names,
            platform=account.platform,
            handle=account.handle,
            waiting=waiting if isinstance(waiting, int) else 0,
            again=bool(notice.payload.get("again")),
        )
        return Saying(message=said, to=user)


def _one_of(people: Sequence[str | None], said: Message) -> Saying | None:
    """To the first of them who can be written to."""
    told: Saying | None = None
    for whom in reversed(dict.fromkeys(people)):
        if whom is not None:
            told = Saying(message=said, to=whom, otherwise=told)
    return told


def _where_it_stands(notice: Notice, saying: Saying) -> Saying:
    """The same, in the place of what the notice said before."""
    return saying if notice.place is None else replace(saying, to=notice.place.channel, instead_of=notice.place)


def _is_late_end(notice: Notice) -> bool:
    posted = notice.card_posted_at
    return notice.payload.get("what") in _ENDS and posted is not None and notice.created_at - posted > _OLD
