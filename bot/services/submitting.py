"""Posts as programs see them: made of items, published, scheduled, taken back and deleted.

What may be done with a post, and how, is decided where it is for people too: bot/services/scheduling.py, editing.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.approvals import QUEUED
from bot.domain.errors import Conflict, DoneBefore, InvalidContent, NotFound, Problem, UserError
from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.posts import ItemView, Place, PostView
from bot.domain.publication import State
from bot.services import editing, laying_out, retyping, scheduling
from bot.services.deps import Deps
from bot.services.laying_out import Asked, Layout
from bot.services.planning import At, NotYet, Now, Wish, planned
from bot.services.repeating import Answering
from platforms.base import kind_of
from storage import accounts, brands, contents, posts, revisions, unplaced
from storage.brands import Brand
from storage.engine import Session
from storage.ids import following_ids, new_id
from storage.media import rows as media_rows
from storage.post_views import find_by_item, find_post, page_of_posts, unknown
from storage.unplaced import Unplaced

__all__ = ["Asked", "Unplaced"]

OUT = frozenset({State.SENDING, State.CONFIRMING, State.UNCONFIRMED, State.PUBLISHED})
OPEN = frozenset({State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
ENDED = frozenset({State.FAILED, State.MISSED})
_BROKEN = frozenset({Health.EXPIRED, Health.REVOKED})
_MOST_LOOKED_THROUGH = 500
"""Posts, for one page of those in some status."""


class AlreadyPublished(Conflict):
    """It is out, or on its way: nothing can be changed."""

    code = "already_published"

    def __init__(self) -> None:
        super().__init__("This post is published already, or on its way.")


class NotConnected(UserError):
    """An account it is to go to is missing or has to be reconnected."""

    code = "platform_not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A post with its parts that have no account yet."""

    post: PostView
    unplaced: tuple[Unplaced, ...]

    @property
    def states(self) -> set[State]:
        """Of what is left of it: an account that was taken out of it counts only if all were."""
        found = {item.status for item in self.post.items}
        left = found - {State.CANCELLED} or found
        return left | {State.DRAFT} if self.unplaced or not found else left

    @property
    def is_open(self) -> bool:
        """Whether it waits, and nothing of it is out or ended."""
        return self.states <= OPEN | {State.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some posts, newest first. `after` is where the next page begins; None: this is the last."""

    found: tuple[Submission, ...]
    after: tuple[datetime, PostId] | None


# --- Reading ---------------------------------------------------------------------------------------------------------


async def get(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, brand_id: BrandId | None = None) -> Submission:
    """One post, of that brand if one is named. Raises NotFound."""
    async with deps.database.reading() as session:
        return await _get(session, workspace_id, post_id, brand_id)


async def _get(session: Session, workspace_id: WorkspaceId, post_id: PostId, brand_id: BrandId | None) -> Submission:
    post = await find_post(session, workspace_id, post_id)
    if post is None or post.deleted or brand_id not in (None, post.brand_id):
        raise unknown(post_id)
    return (await _with_unplaced(session, [post]))[0]


async def made_before(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> Submission | None:
    """What an earlier attempt at the same call made, if it did. Raises DoneBefore when that was deleted since."""
    async with deps.database.reading() as session:
        post = await find_post(session, workspace_id, post_id)
        if post is not None and post.deleted:
            raise DoneBefore("The post that this call made was deleted since.")
        return None if post is None else (await _with_unplaced(session, [post]))[0]


async def get_by_item(
    deps: Deps, workspace_id: WorkspaceId, item_id: ItemId, brand_id: BrandId | None = None
) -> Submission:
    """The post this is an item of. Raises NotFound."""
    async with deps.database.reading() as session:
        post = await find_by_item(session, workspace_id, item_id)
        post_id = post.post_id if post is not None else await unplaced.post_of(session, workspace_id, item_id)
        found = None if post_id is None else await find_post(session, workspace_id, post_id)
        if found is None or found.deleted or brand_id not in (None, found.brand_id):
            raise NotFound(f"There is no post item {item_id[:60]}.")
        return (await _with_unplaced(session, [found]))[0]


async def page(  # noqa: PLR0913  # whose, which, from where, how many
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    brand_id: BrandId | None,
    fits: Callable[[Submission], bool] | None,
    before: tuple[datetime, PostId] | None,
    limit: int,
) -> Page:
    """The newest posts that fit. Looks through some hundred: a page may be short, or empty, and not the last."""
    found: list[Submission] = []
    looked = 0
    async with deps.database.reading() as session:
        while True:
            many = limit + 1
            some = await page_of_posts(session, workspace_id, brand_id=brand_id, before=before, limit=many)
            for one in await _with_unplaced(session, some[:limit]):
                before, looked = (one.post.created_at, one.post.post_id), looked + 1
                if fits is None or fits(one):
                    found.append(one)
                if len(found) == limit or looked == _MOST_LOOKED_THROUGH:
                    last = len(some) <= limit and one.post.post_id == some[-1].post_id
                    return Page(found=tuple(found), after=None if last else before)
            if len(some) <= limit:
                return Page(found=tuple(found), after=None)


async def _with_unplaced(session: Session, found: Sequence[PostView]) -> list[Submission]:
    drafts = [post.post_id for post in found if {item.status for item in post.items} <= {State.DRAFT, State.CANCELLED}]
    beside = await unplaced.of_posts(session, found[0].workspace_id, drafts) if drafts else {}
    return [Submission(post=post, unplaced=_left(post, beside.get(post.post_id, ()))) for post in found]


def _left(post: PostView, parts: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    """Those that did not become items meanwhile."""
    there = {item.item_id for item in post.items}
    return tuple(part for part in parts if part.item_id not in there)


def kind_of_item(deps: Deps, item: ItemView) -> str:
    """What programs call an item of this type: as they did, where only that tells it from others of its post."""
    connector = deps.connectors.get(item.platform)
    return item.kind or (item.post_type if connector is None else kind_of(connector.spec, item.post_type))


# --- Writing ---------------------------------------------------------------------------------------------------------


async def create(  # noqa: PLR0913  # what, where, by whom, and how it is answered
    deps: Deps,
    brand: Brand,
    asked: Sequence[Asked],
    *,
    asked_by: str,
    post_id: PostId | None = None,
    answering: Answering[Submission] | None = None,
) -> Submission:
    """Keep a draft of these items, and the answer to the call that made it. Raises InvalidContent with all faults."""
    post_id = post_id or PostId(new_id("post"))
    layout = await _layout(deps, brand, asked)
    ids = following_ids("item", post_id, len(asked))
    wish = replace(
        laying_out.wish_of(layout, brand, alt={}, asked_by=asked_by),
        post_id=post_id,
        item_ids=laying_out.ids_of(layout, ids),
    )
    async with planned(deps, wish, known=layout.known) as plan:
        await laying_out.kinds_checked(layout)(plan)
        made = Submission(
            post=laying_out.draft_of(plan, post_id),
            unplaced=tuple(laying_out.unplaced_of(layout, post_id, ids)),
        )
        async with deps.database.transaction() as session:
            await scheduling.insert_plan(session, plan)
            await unplaced.add(session, brand.workspace_id, made.unplaced)
            if answering is not None:
                await answering.keep(session, made)
        return made


async def _layout(deps: Deps, brand: Brand, asked: Sequence[Asked]) -> Layout:
    async with deps.database.reading() as session:
        known = await accounts.list_accounts(session, brand.workspace_id, brand_id=brand.id)
        layout = laying_out.understood(deps, brand, asked, known)
        there = await media_rows.stored(session, brand.workspace_id, layout.files())
    if problems := list(laying_out.missing_files(layout, there)):
        raise InvalidContent(problems)
    return layout


async def change(deps: Deps, before: Submission, asked: Sequence[Asked], *, asked_by: str) -> Submission:
    """Put these items in the place of the post's; its time stays. Raises Conflict, and InvalidContent."""
    post = before.post
    _refuse_closed(before)
    brand = await _brand(deps, post)
    layout = await _layout(deps, brand, asked)
    ids = _ids_after(layout, before.unplaced)
    wish = replace(
        laying_out.wish_of(layout, brand, alt={file.media_id: file.alt_text for file in post.files}, asked_by=asked_by),
        parts=post.parts,
        link=post.link,
        approver=post.approver,
        item_ids={**laying_out.ids_of(layout, ids), **_ids_before(before)},
    )
    planned_for = post.scheduled_at if QUEUED & before.states else None
    if planned_for is not None:
        if any(item.account is None for item in layout.items):
            raise _no_account(deps, next(item.platform for item in layout.items if item.account is None), brand)
        wish = replace(wish, when=At(text=_iso(planned_for)))
    look = laying_out.kinds_checked(layout)
    await _edit(deps, post, wish, look=look)
    async with deps.database.transaction() as session:
        await unplaced.forget(session, post.workspace_id, post.post_id)
        await unplaced.add(session, post.workspace_id, laying_out.unplaced_of(layout, post.post_id, ids))
        return await _get(session, post.workspace_id, post.post_id, None)


def _ids_after(layout: Layout, before: Sequence[Unplaced]) -> list[str]:
    """An id for each item: what waited for an account and still does keeps its own."""
    ids = following_ids("item", new_id("item"), len(layout.items))
    waiting = [item for item in layout.items if item.account is None]
    left = {part.kind: part for part in before}
    for item in sorted(waiting, key=lambda item: item.kind.name not in left):
        alike = (part for part in left.values() if part.platform == item.platform)
        if (part := left.get(item.kind.name) or next(alike, None)) is not None:
            ids[item.place] = left.pop(part.kind).item_id
    return ids


def _ids_before(before: Submission) -> dict[Place, ItemId]:
    return {item.place: item.item_id for item in before.post.items if item.part == 0}


async def _edit(  # noqa: PLR0913  # what, into what, and what else is written down
    deps: Deps,
    post: PostView,
    wish: Wish,
    *,
    look: laying_out.Look | None = None,
    event: str = "edit",
    beside: editing.Beside | None = None,
) -> None:
    """What was cancelled is only taken up again by whoever saw it so."""
    await editing.edit_post(
        deps,
        post.workspace_id,
        post.post_id,
        wish,
        version=post.version,
        event=event,
        revive={item.status for item in post.items} == {State.CANCELLED},
        look=look,
        beside=beside,
    )


def _kept(before: Submission, answering: Answering[Submission] | None) -> editing.Beside | None:
    """What keeps the answer with what it tells of."""
    if answering is None:
        return None

    async def keep(session: Session) -> None:
        await answering.keep(session, await _get(session, before.post.workspace_id, before.post.post_id, None))

    return keep


async def publish(
    deps: Deps, before: Submission, *, asked_by: str, answering: Answering[Submission] | None = None
) -> None:
    """Send it now, or again what failed of it. Raises Conflict, NotConnected, and InvalidContent."""
    if before.states <= ENDED:
        post, kept = before.post, _kept(before, answering)
        await scheduling.retry_post(deps, post.workspace_id, post.post_id, asked_by=asked_by, beside=kept)
        return
    _refuse_closed(before)
    await _send(deps, before, Now(), asked_by=asked_by, answering=answering)


async def schedule(
    deps: Deps, before: Submission, at: datetime, *, asked_by: str, answering: Answering[Submission] | None = None
) -> Submission:
    """Let it go out then, an aware instant. Raises Conflict, NotConnected, and InvalidContent."""
    _refuse_closed(before)
    await _send(deps, before, At(text=_iso(at)), asked_by=asked_by, answering=answering)
    return await get(deps, before.post.workspace_id, before.post.post_id)


async def _send(
    deps: Deps, before: Submission, when: Now | At, *, asked_by: str, answering: Answering[Submission] | None
) -> None:
    post = before.post
    brand = await _brand(deps, post)
    async with deps.database.reading() as session:
        known = await accounts.list_accounts(session, post.workspace_id, brand_id=brand.id)
        if await contents.is_rejected(session, post.workspace_id, post.post_id):
            raise Conflict("A content of this post was rejected. Change the post before it is scheduled.")
    wish = _sent_wish(deps, before, brand, known)
    wish = replace(wish, when=when, asked_by=asked_by)
    await _edit(deps, post, wish, event="schedule", beside=_kept(before, answering))
    if before.unplaced:
        async with deps.database.transaction() as session:
            await unplaced.forget(session, post.workspace_id, post.post_id)


def _sent_wish(deps: Deps, before: Submission, brand: Brand, known: Sequence[Account]) -> Wish:
    """The post with an account for each of its parts. Raises NotConnected."""
    post = before.post
    all_cancelled = before.states == {State.CANCELLED}
    to = [item for item in post.items if item.part == 0 and (all_cancelled or item.status is not State.CANCELLED)]
    by_id = {account.id: account for account in known}
    item_ids = {item.place: item.item_id for item in to}
    wish = retyping.wish_of_post(post, brand, Now(), asked_by="")
    variants, options, media_for = dict(wish.variants), dict(wish.options), dict(wish.media_for or {})
    for part in before.unplaced:
        fits = [account for account in known if account.platform == part.platform]
        if len(fits) != 1:
            raise _no_account(deps, part.platform, brand, many=len(fits))
        alike = {other.kind for other in before.unplaced if other.platform == part.platform}
        place = Place(account_id=fits[0].id, kind=part.kind if len(alike) > 1 else "")
        item_ids.pop(Place(account_id=place.account_id), None)
        item_ids[place], variant = part.item_id, place.kind or part.platform
        variants |= {} if part.text == post.text else {variant: part.text}
        options |= {variant: part.options} if part.options else {}
        media_for |= {variant: part.media}
    for place in item_ids:
        account = by_id.get(place.account_id)
        if account is None:
            gone = next(item for item in to if item.place == place)
            raise NotConnected(f"{_title(deps, gone.platform)} · {gone.handle} is not connected. Connect it again.")
        if account.health in _BROKEN:
            title = _title(deps, account.platform)
            raise NotConnected(f"{title} · {account.handle} must be reconnected first.")
    if not item_ids:
        raise NotConnected("This post names no account. Give it items first.")
    return replace(wish, to=tuple(item_ids), variants=variants, options=options, media_for=media_for, item_ids=item_ids)


async def cancel(
    deps: Deps, before: Submission, *, asked_by: str, answering: Answering[Submission] | None = None
) -> Submission:
    """Take it back from its time; it is a draft again. Raises Conflict."""
    post = before.post
    if State.CONFIRMING in before.states and State.PUBLISHED not in before.states:
        await scheduling.cancel_post(deps, post.workspace_id, post.post_id, asked_by=asked_by)
        return await get(deps, post.workspace_id, post.post_id)
    _refuse_closed(before)
    if not before.states & {State.SCHEDULED, State.CLAIMED, State.AWAITING_APPROVAL}:
        raise Conflict("This post is not scheduled, so there is nothing to cancel.")
    brand = await _brand(deps, post)
    wish = retyping.wish_of_post(post, brand, NotYet(), asked_by=asked_by)
    await _edit(deps, post, wish, event="cancel", beside=_kept(before, answering))
    return await get(deps, post.workspace_id, post.post_id)


async def delete(deps: Deps, before: Submission, *, asked_by: str) -> None:
    """Delete a draft or what is scheduled; its journal stays. Raises Conflict.

    Who read it before and changes it afterwards finds it changed: nothing of a deleted post is sent.
    """
    post = before.post
    _refuse_closed(before)
    if post.items and before.states & {State.SCHEDULED, State.CLAIMED, State.AWAITING_APPROVAL}:
        await scheduling.cancel_post(deps, post.workspace_id, post.post_id, asked_by=asked_by)
    elif before.states != {State.CANCELLED}:
        dropped = await editing.drop_post(deps, post.workspace_id, post.post_id, asked_by=asked_by)
        if not dropped.items:
            return
    at = clock.now()
    async with deps.database.transaction() as session:
        if not await revisions.claim_revision(
            session, post.workspace_id, post.post_id, version=post.version, by=asked_by, at=at
        ):
            raise Conflict("This post was changed meanwhile. Look at it again.", field="post")
        await posts.mark_deleted(session, post.workspace_id, post.post_id, at)
        await unplaced.forget(session, post.workspace_id, post.post_id)


def _refuse_closed(before: Submission) -> None:
    """Raises Conflict for what is out, or ended."""
    if before.states & OUT:
        raise AlreadyPublished
    if not before.is_open:
        raise Conflict("This post failed. Publish it again, or make another one.")


async def _brand(deps: Deps, post: PostView) -> Brand:
    async with deps.database.reading() as session:
        return await brands.get_brand(session, post.workspace_id, post.brand_id)


def _no_account(deps: Deps, platform: str, brand: Brand, *, many: int = 0) -> UserError:
    title = _title(deps, platform)
    if many:
        message = f"{brand.name} has {many} {title} accounts. Name one."
        return InvalidContent([Problem(field="to", message=message, variant=platform)])
    return NotConnected(f"{brand.name} has no {title} account. Connect one first.")


def _title(deps: Deps, platform: str) -> str:
    connector = deps.connectors.get(platform)
    return platform if connector is None else connector.spec.title


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
