"""The words of what is owed: cards and notices, from the facts of the services, with the names of people."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.errors import NotFound, UserError
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.people import user_of
from bot.services import connecting, installing, notifying, workspaces
from bot.services.deps import Deps
from bot.services.ports import CardOwed, NotDelivered, Notice
from handlers.slack import blocks as b
from handlers.slack import connect, onboarding, times, told
from handlers.slack.api import UNREACHABLE
from handlers.slack.blocks import Message
from handlers.slack.card import card as card_of
from handlers.slack.facts import CardFacts, Names, mention
from handlers.slack.home import Steps
from handlers.slack.notifier import Saying
from handlers.slack.payload import text
from handlers.slack.people import People

_OLD = timedelta(hours=1)
"""Whoever looks at a channel no longer sees a card of this age, so its end is said aloud."""
_ENDS = frozenset({"published", "found"})


class Words:
    """Makes the messages; knows Slack only to ask what people are called."""

    def __init__(self, deps: Deps, people: People) -> None:
        self._deps = deps
        self._people = people

    async def card(self, card: CardOwed) -> Message:
        """The card as it stands now. Raises NotDelivered for a post that is no more."""
        try:
            owed = await notifying.card_facts(self._deps, card.workspace_id, card.post_id)
        except NotFound as error:
            raise NotDelivered("there is no such post any more", hopeless=True) from error
        return card_of(await self._facts(owed, told.actors(owed)), clock.now())

    async def notice(self, notice: Notice) -> Saying | None:
        """What a notice says, and where."""
        match notice.kind:
            case "welcome":
                return await self._welcome(notice)
            case "connected":
                return await self._connected(notice)
            case "missed":
                return await self._missed(notice)
            case _ if notice.post_id is not None:
                return await self._about(notice, notice.post_id)
            case _:
                return None

    async def owner(self, what: CardOwed | Notice) -> str | None:
        """Who wrote or last changed the post; None: ask who installed Herald."""
        if what.post_id is None:
            return None
        try:
            post = (await notifying.card_facts(self._deps, what.workspace_id, what.post_id)).post
        except NotFound:
            return None
        return user_of(post.edited_by or "") or user_of(post.created_by or "")

    # --- About a post ------------------------------------------------------------------------------------------------

    async def _about(self, notice: Notice, post_id: PostId) -> Saying | None:
        try:
            owed = await notifying.card_facts(self._deps, notice.workspace_id, post_id)
        except NotFound:
            return None
        facts = await self._facts(owed, told.actors(owed, notice.payload))
        message = told.message(notice.kind, notice.payload, facts)
        if message is None:
            return None
        if notice.kind == "mended":
            standing = notice.place
            return Saying(message=message, to=standing.channel, instead_of=standing) if standing is not None else None
        return self._placed(notice, message, owed)

    def _placed(self, notice: Notice, message: Message, owed: notifying.CardFacts) -> Saying | None:
        """In the card's thread, aloud if it must be heard; without a card in the channel, or to the author."""
        aloud = notice.kind == "broadcast"
        if notice.card is not None:
            aloud = aloud or _is_late_end(notice)
            return Saying(message=message, to=notice.card.channel, thread_ts=notice.card.ts, broadcast=aloud)
        place = owed.brand.channel or user_of(owed.post.created_by or "")
        return Saying(message=message, to=place) if aloud and place is not None else None

    async def _facts(self, owed: notifying.CardFacts, actors: Iterable[str]) -> CardFacts:
        return told.card_facts(owed, await self._names(owed.post.workspace_id, actors))

    async def _names(self, workspace_id: WorkspaceId, actors: Iterable[str]) -> dict[str, str]:
        """Names by actor, of those whom Slack shows us now."""
        installation = await installing.installation_of(self._deps, workspace_id)
        names: dict[str, str] = {}
        for actor in actors:
            user = user_of(actor)
            if user is None or installation is None:
                continue
            try:
                names[actor] = (await self._people.person(installation, user)).name
            except (UserError, SlackApiError, *UNREACHABLE):
                continue
        return names

    # --- About the rest ----------------------------------------------------------------------------------------------

    async def _welcome(self, notice: Notice) -> Saying | None:
        user = text(notice.payload.get("user"))
        if user is None:
            return None
        actor = f"slack:{user}"
        name = (await self._names(notice.workspace_id, [actor])).get(actor)
        brands = await workspaces.list_brands(self._deps, [notice.workspace_id])
        message = onboarding.welcome(
            name=b.inert(name, 60) if name else None, brand=brands[0] if brands else None, steps=Steps()
        )
        return Saying(message=message, to=user)

    async def _connected(self, notice: Notice) -> Saying | None:
        user = user_of(text(notice.payload.get("asked_by")) or "")
        known = await connecting.list_accounts(self._deps, [notice.workspace_id])
        account = next((one for one in known if one.id == notice.payload.get("account_id")), None)
        if user is None or account is None:
            return None
        waiting = notice.payload.get("waiting")
        titles = {name: connector.spec.title for name, connector in self._deps.connectors.items()}
        message = connect.connected(
            Names(titles=titles),
            platform=account.platform,
            handle=account.handle,
            waiting=waiting if isinstance(waiting, int) else 0,
            again=bool(waiting),
        )
        return Saying(message=message, to=user)

    async def _missed(self, notice: Notice) -> Saying | None:
        """Many posts of a brand at once: one message, to the channel; each card says the rest."""
        if notice.brand_id is None:
            return None
        brand = await workspaces.get_brand(self._deps, notice.workspace_id, notice.brand_id)
        posts: list[str] = notice.payload.get("posts") or []
        installation = await installing.installation_of(self._deps, notice.workspace_id)
        person = installation.installed_by if installation is not None else None
        if brand.channel is None and person is None:
            return None
        called = "" if brand.channel is not None else mention(f"slack:{person}") + " "
        many = times.counted(len(posts), "post")
        said = (
            f"⏰ {called}{many} of {b.inert(brand.name, 75)} missed their time: Herald was not running."
            " Nothing was sent. Each card asks what to do with its own."
        )
        return Saying(message=b.message(said, [b.section(said)]), to=brand.channel or person or "")


def _is_late_end(notice: Notice) -> bool:
    posted: datetime | None = notice.card_posted_at
    return notice.payload.get("what") in _ENDS and posted is not None and notice.created_at - posted > _OLD
