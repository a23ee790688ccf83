"""A human decides about items of which nobody knows whether they are live: *It is live* · *Send again* · *Drop*."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot import clock
from bot.domain.errors import Conflict, NotFound, invalid
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.items import Live, Outcome, QueuedItem
from bot.domain.posts import PostView
from bot.domain.publication import Event, State, states_allowing
from bot.domain.typed import is_web_address
from bot.services.deps import Deps
from bot.services.findings import LAST_ARRIVAL_S
from storage import accounts, audit, item_records, items, lines, missions, posts
from storage.engine import Session, announce


@dataclass(frozen=True, slots=True, kw_only=True)
class IsLive:
    """It is there, at this address."""

    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """It is not there, or the risk of a second post is taken.

    Where Herald asks about one account and still looks on another, only the first is meant.
    """

    only_asked: bool = False
    """On: nothing that Herald still looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Leave it, whatever became of it."""


Decision = IsLive | SendAgain | Drop
_FOUND_OUT = "Herald found out by itself meanwhile. Look at the post again."
_BY_HAND = states_allowing(Event.CONFIRMED_BY_HAND)


async def decide(
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, decision: Decision, *, decided_by: str
) -> PostView:
    """Settle every unconfirmed item of a post.

    Raises NotFound, Conflict when there is none, and InvalidContent for the link.
    """
    if isinstance(decision, IsLive) and not is_web_address(decision.link):
        raise invalid("live", "Give the address of the post, as https://….")
    async with deps.database.transaction() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        open_ids = [item.item_id for item in post.items if item.status is State.UNCONFIRMED]
        if not open_ids:
            raise Conflict("Nothing of this post is unconfirmed, so there is nothing to decide.", field="post")
        if isinstance(decision, IsLive) and len(open_ids) > 1:
            raise Conflict(
                "More than one account's post is unconfirmed, and one address cannot be all of them. Say of which.",
                field="live",
            )
        if isinstance(decision, SendAgain):
            await missions.let_publish(session, workspace_id, post_id)
        entry = audit.AuditEvent(
            at=clock.now(), actor=decided_by, event="decide", post_id=post_id, detail={"text": _said(decision)}
        )
        await audit.add_event(session, workspace_id, entry)
        for item in await item_records.load(session, await _meant(session, workspace_id, open_ids, decision)):
            await _settle(deps, session, item, decision)
        said = {"text": _said(decision)}
        await lines.changed(session, workspace_id, post_id, "decide", by=decided_by, now=entry.at, facts=said)
        await announce(session)
        return await posts.get_post(session, workspace_id, post_id)


async def _meant(
    session: Session, workspace_id: WorkspaceId, open_ids: Sequence[ItemId], decision: Decision
) -> Sequence[ItemId]:
    if not isinstance(decision, SendAgain):
        return open_ids
    asked = await posts.asked_about(session, workspace_id, open_ids)
    if not asked and decision.only_asked:
        raise Conflict("Herald still looks for it, so it is not sent again yet.", field="post")
    return asked or open_ids


async def confirm(
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, links: Mapping[ItemId, str], *, decided_by: str
) -> PostView:
    """Items that are live after all, or were posted by hand, each with its address. All of them or none.

    Raises NotFound, Conflict for one that is not unconfirmed, failed or missed, and InvalidContent whose field is the
    item whose link cannot be one.
    """
    decisions = {item_id: IsLive(link=link) for item_id, link in links.items()}
    return await decide_each(deps, workspace_id, post_id, decisions, decided_by=decided_by)


async def decide_each(  # noqa: PLR0913  # whose, how, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    post_id: PostId,
    decisions: Mapping[ItemId, Decision],
    *,
    only_asked: bool = False,
    decided_by: str,
) -> PostView:
    """Settle items of a post, each by its own decision. All of them or none.

    With `only_asked` nothing that Herald still looks for is given up or sent again. Raises NotFound, Conflict for what
    is over or may not be decided so, and InvalidContent whose field is the item whose link cannot be one.
    """
    for item_id, decision in decisions.items():
        if isinstance(decision, IsLive) and not is_web_address(decision.link):
            raise invalid(item_id, "This is not a link. Copy the address of the post, as https://….")
    async with deps.database.transaction() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        states = {item.item_id: item.status for item in post.items}
        if not decisions or not all(states.get(name) in _settled_by(one) for name, one in decisions.items()):
            raise Conflict("Somebody, or Herald itself, found out meanwhile. Look at the post again.", field="post")
        unseen = [item_id for item_id, decision in decisions.items() if not isinstance(decision, IsLive)]
        if only_asked and len(await posts.asked_about(session, workspace_id, unseen)) < len(unseen):
            raise Conflict("Herald still looks for one of them, so only a link can end that.", field="post")
        if any(isinstance(decision, SendAgain) for decision in decisions.values()):
            await missions.let_publish(session, workspace_id, post_id)
        text = _all_said(deps, post, decisions)
        entry = audit.AuditEvent(
            at=clock.now(), actor=decided_by, event="decide", post_id=post_id, detail={"text": text}
        )
        await audit.add_event(session, workspace_id, entry)
        for item in await item_records.load(session, list(decisions)):
            await _settle(deps, session, item, decisions[item.id])
        await lines.changed(session, workspace_id, post_id, "decide", by=decided_by, now=entry.at, facts={"text": text})
        await announce(session)
        return await posts.get_post(session, workspace_id, post_id)


def _settled_by(decision: Decision) -> Collection[State]:
    """The states that it ends: a link also those of what did not go out, for somebody may have posted it by hand."""
    return _BY_HAND if isinstance(decision, IsLive) else (State.UNCONFIRMED,)


async def _settle(deps: Deps, session: Session, item: QueuedItem, decision: Decision) -> None:
    now = clock.now()
    if isinstance(decision, SendAgain):
        if item.armed_at is not None and now < item.armed_at + timedelta(seconds=LAST_ARRIVAL_S + 1):
            raise Conflict("The first try may still be on its way. Decide again in half a minute.", field="post")
        if not await posts.schedule_again(session, item.workspace_id, item.id, among={State.UNCONFIRMED}, due_at=now):
            raise Conflict(_FOUND_OUT, field="post")
        return
    if isinstance(decision, IsLive):
        live = await _live(deps, session, item, decision.link)
        outcome = Outcome(item=item, attempt=item.attempt, event=Event.CONFIRMED_BY_HAND, at=now, live=live)
    else:
        outcome = Outcome(item=item, attempt=item.attempt, event=Event.CANCEL, at=now)
    if item.state not in states_allowing(outcome.event) or not await items.settle(session, [outcome]):
        raise Conflict(_FOUND_OUT, field="post")


async def _live(deps: Deps, session: Session, item: QueuedItem, link: str) -> Live:
    """What is at this link, by the network's own name of it: the next part answers to that, and numbers are asked."""
    connector = deps.connectors.get(item.platform)
    if connector is not None and connector.post_at is not None:
        with suppress(NotFound):  # of an account that was disconnected nothing more is asked
            account = await accounts.get_account(session, item.workspace_id, item.account_id)
            if (there := connector.post_at(account, link)) is not None:
                return Live(platform_post_id=there.platform_post_id, permalink=link, extra=there.extra)
    return Live(platform_post_id=link, permalink=link)


def _all_said(deps: Deps, post: PostView, decisions: Mapping[ItemId, Decision]) -> str:
    """What was decided; of several accounts with their names."""
    whose: dict[ItemId, str] = {}
    for item in post.items if len(decisions) > 1 else ():
        connector = deps.connectors.get(item.platform)
        title = connector.spec.title if connector is not None else item.platform
        whose[item.item_id] = f"{title}, {item.handle}: "
    return " ".join(whose.get(item_id, "") + _said(decision) for item_id, decision in decisions.items())


def _said(decision: Decision) -> str:
    match decision:
        case IsLive():
            return f"It is live at {decision.link}."
        case SendAgain():
            return "To be sent again, at the risk of a second post."
        case Drop():
            return "Dropped."
