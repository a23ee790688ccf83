"""Pre-flight: waiting items are looked at a day and a quarter of an hour ahead, and what is wrong is told in time.

Warnings of kind "preflight", with the key `preflight:ITEM:VERSION:STEP`. Their facts:

    step       `day` or `soon`
    version    the item's, when it was looked at last
    looked_at  ISO
    troubles   what bot/services/foreseeing.py found
    kept       whether somebody wants to leave it as it is
    over       once closed: `fine`, `kept`, or what became of the item (`published`, `cancelled`, `failed`)

Nothing of it stops a post or changes one: a post whose warning nobody reads goes out as if nobody had looked.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import clock
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.people import user_of
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services.deps import Deps
from bot.services.foreseeing import Trouble, all_troubles
from storage import alerts, brands, cards, post_views, posts, preflights, ticks
from storage.alerts import Alert, Telling
from storage.brands import Brand
from storage.engine import Session
from storage.preflights import Now, Step, Waiting

__all__ = ["KIND", "Step", "Told", "Trouble", "keep_as_is", "look_again", "look_ahead", "look_in_turn", "told"]

_log = logging.getLogger(__name__)

KIND = "preflight"
_AT_ONCE = 20
_MOST = 1_000
"""So many items at one turn; what is left over comes with the next."""
_BREATH_S = 0.05
"""Between two handfuls, for those who publish meanwhile."""
_EVERY = {Step.DAY: timedelta(minutes=4, seconds=50), Step.SOON: timedelta(seconds=50)}
_SAME_NEWS = timedelta(hours=12)
_VERSIONS_BACK = 9
"""A warning that was changed in its place has the key of the version it was opened for."""
_OVER: Mapping[State, str] = {
    State.PUBLISHED: "published",
    State.CANCELLED: "cancelled",
    State.DRAFT: "cancelled",
    State.FAILED: "failed",
    State.MISSED: "failed",
}


# --- Looking ---------------------------------------------------------------------------------------------------------


async def look_in_turn(deps: Deps, step: Step) -> int:
    """Look unless another process does; returns how many items were looked at."""
    async with deps.database.transaction() as session:
        ours = await ticks.claim_tick(session, f"preflight:{step}", now=clock.now(), every=_EVERY[step])
    if not ours:
        return 0
    if step is Step.SOON:
        await look_again(deps)
    return await look_ahead(deps, step)


async def look_ahead(deps: Deps, step: Step, *, most: int = _MOST) -> int:
    """Look at what is due for it, the first due first; returns how many. Any number of machines may do it at once."""
    async with deps.database.reading() as session:
        due = await preflights.find(session, step, now=clock.now(), limit=most)
    looked = 0
    for start in range(0, len(due), _AT_ONCE):
        looked += await _look_at(deps, step, due[start : start + _AT_ONCE])
        await asyncio.sleep(_BREATH_S)
    return looked


async def _look_at(deps: Deps, step: Step, due: Sequence[Waiting]) -> int:
    now = clock.now()
    waiting = [item for item in due if item.claim_at > now + preflights.TOO_LATE]  # of the others, preparing tells it
    if not waiting:
        return 0
    async with deps.database.transaction() as session:
        items = await preflights.claim(session, step, waiting, now=now)
    if not items:
        return 0
    found = await all_troubles(deps, items)
    async with deps.database.transaction() as session:
        await preflights.done(session, step, items)
        await _write(session, step, items, found)
    return len(items)


async def look_again(deps: Deps) -> int:
    """Look once more at what people were warned of and may have mended; returns how many warnings there are."""
    async with deps.database.reading() as session:
        known = await alerts.open_everywhere(session, KIND)
        stand = await preflights.stand(session, [alert.item_id for alert in known if alert.item_id is not None])
    for alert in known:
        now = stand.get(alert.item_id or ItemId(""))
        if now is None or now.state in _OVER:
            await _end(deps, alert, "cancelled" if now is None else _OVER[now.state])
        elif now.waiting is not None and _may_be_mended(alert, now):
            found = await all_troubles(deps, [now.waiting])
            async with deps.database.transaction() as session:
                await _write(session, Step(alert.facts["step"]), [now.waiting], found)
    return len(known)


def _may_be_mended(alert: Alert, now: Now) -> bool:
    looked_at = datetime.fromisoformat(alert.facts["looked_at"])
    return now.version != alert.facts["version"] or now.connected_at > looked_at


async def _end(deps: Deps, alert: Alert, over: str) -> None:
    """The item is past its second, or does not go out at all."""
    now = clock.now()
    async with deps.database.transaction() as session:
        facts = {**alert.facts, "over": over}
        if await alerts.resolve(session, alert.workspace_id, alert.key, by="herald", now=now, facts=facts):
            await alerts.tell_now(session, alert, now=now)


# --- Writing down ----------------------------------------------------------------------------------------------------


async def _write(
    session: Session, step: Step, items: Sequence[Waiting], found: Sequence[tuple[Trouble, ...] | None]
) -> None:
    """Tell what is wrong, and what is no longer. Of what was changed while somebody looked nothing is said."""
    stand = await preflights.stand(session, [item.item_id for item in items])
    changed: set[PostId] = set()
    for item, troubles in sorted(zip(items, found, strict=True), key=lambda one: one[0].item_id):
        now = stand.get(item.item_id)
        if troubles is not None and now is not None and now.waiting is not None and now.version == item.version:
            changed |= await _write_one(session, step, item, troubles)
    await cards.want_all(session, changed, now=clock.now())


async def _write_one(session: Session, step: Step, item: Waiting, troubles: tuple[Trouble, ...]) -> set[PostId]:
    """Returns the post whose card shows something else now."""
    now = clock.now()
    every = await alerts.open_of_account(session, item.workspace_id, item.brand_id, item.account_id, KIND)
    known = [alert for alert in every if alert.item_id == item.item_id]
    left = [trouble for trouble in troubles if trouble not in await _kept(session, item)]
    if not left:
        ended = [await _close(session, alert, now) for alert in known]
        return {item.post_id} if any(ended) else set()
    facts = {"step": step.value, "version": item.version, "looked_at": now.isoformat(), "troubles": left}
    of_step = [alert for alert in known if alert.facts["step"] == step]
    if of_step:
        changes = [await _change(session, alert, facts, now) for alert in of_step]
        return {item.post_id} if any(changes) else set()
    alert = Alert(
        key=f"preflight:{item.item_id}:{item.version}:{step}",
        workspace_id=item.workspace_id,
        brand_id=item.brand_id,
        kind=KIND,
        account_id=item.account_id,
        item_id=item.item_id,
        facts={**facts, "kept": False},
        opened_at=now,
    )
    if not await alerts.open_alert(session, item.workspace_id, alert):
        return set()
    await _tell(session, alert, item, loud=not _said_lately(alert, every, now))
    ids = {"item_id": item.item_id, "platform": item.platform, "step": step.value}
    _log.info("post will fail", extra={**ids, "troubles": [trouble["what"] for trouble in left]})
    return {item.post_id}


async def _kept(session: Session, item: Waiting) -> list[Trouble]:
    """What somebody wants to leave as it is, in this version."""
    versions = range(max(1, item.version - _VERSIONS_BACK), item.version + 1)
    keys = [f"preflight:{item.item_id}:{version}:{step}" for version in versions for step in Step]
    told_of = await alerts.get_all(session, item.workspace_id, keys)
    kept = [alert.facts for alert in told_of if alert.facts["kept"] and alert.facts["version"] == item.version]
    return [trouble for facts in kept for trouble in facts["troubles"]]


async def _close(session: Session, alert: Alert, now: datetime) -> bool:
    facts = {**alert.facts, "over": "fine"}
    closed = await alerts.resolve(session, alert.workspace_id, alert.key, by="herald", now=now, facts=facts)
    if closed:
        await alerts.tell_now(session, alert, now=now)
    return closed


async def _change(session: Session, alert: Alert, facts: Mapping[str, Any], now: datetime) -> bool:
    """Looked at again and not mended: what was said is changed where it stands, if it has become something else."""
    fresh = {**alert.facts, **facts}
    if not await alerts.set_facts(session, alert.workspace_id, alert.key, fresh, before=alert.facts):
        return False
    same = fresh["troubles"] == alert.facts["troubles"] and fresh["version"] == alert.facts["version"]
    if not same:
        await alerts.tell_now(session, replace(alert, facts=fresh), now=now)
    return not same


def _said_lately(alert: Alert, every: Sequence[Alert], now: datetime) -> bool:
    """Whether the same was told of another post on this account: who must reconnect it is told once."""
    lost = [{"what": "reconnect"}]
    same = [one for one in every if one.facts["step"] == alert.facts["step"] and one.facts["troubles"] == lost]
    return alert.facts["troubles"] == lost and any(one.opened_at > now - _SAME_NEWS for one in same)


async def _tell(session: Session, alert: Alert, item: Waiting, *, loud: bool) -> None:
    """A day ahead under the card and to the author directly; shortly before, aloud in the channel."""
    step, now = Step(alert.facts["step"]), alert.opened_at
    aloud = loud and step is Step.SOON
    await alerts.tell(session, alert, Telling(to="thread", post_id=item.post_id, facts={"aloud": aloud}), now=now)
    if loud and step is Step.DAY:
        post = await posts.get_post(session, item.workspace_id, item.post_id)
        author = user_of(post.created_by) or user_of(post.edited_by or "")
        if author is not None:
            await alerts.tell(session, alert, Telling(to="author", facts={"user": author}), now=now)


async def keep_as_is(deps: Deps, workspace_id: WorkspaceId, key: str, *, asked_by: str) -> None:
    """Somebody has seen it and wants the post as it is: say no more of it. Raises NotFound and Conflict."""
    now = clock.now()
    async with deps.database.transaction() as session:
        alert = await alerts.get_alert(session, workspace_id, key)
        if alert is None or alert.kind != KIND:
            raise NotFound("This warning is not there any more.", field="alert")
        facts = {**alert.facts, "kept": True, "over": "kept"}
        if not await alerts.resolve(session, workspace_id, key, by=asked_by, now=now, facts=facts):
            raise Conflict("This was settled meanwhile. Nothing to do.", field="alert")
        await alerts.tell_now(session, alert, now=now)
        post = await post_views.find_by_item(session, workspace_id, alert.item_id or ItemId(""))
        await cards.want_all(session, {post.post_id} if post is not None else set(), now=now)


# --- For the faces ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A warning with the post it is about, as they are now."""

    alert: Alert
    post: PostView
    brand: Brand

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What is wrong."""
        return self.alert.facts["troubles"]


async def told(deps: Deps, workspace_id: WorkspaceId, key: str) -> Told | None:
    """What a warning says now; None if there is no such warning, or its post is gone."""
    async with deps.database.reading() as session:
        alert = await alerts.get_alert(session, workspace_id, key)
        if alert is None or alert.kind != KIND:
            return None
        post = await post_views.find_by_item(session, workspace_id, alert.item_id or ItemId(""))
        if post is None:
            return None
        brand = await brands.get_brand(session, workspace_id, alert.brand_id)
    return Told(alert=alert, post=post, brand=brand)
