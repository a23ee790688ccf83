"""Posts written anew: edit, move, drop what will not go out, and take one as the pattern of another.

An edit replaces the whole post in one transaction. Its first act claims the post's next version, so of two people who
edit at once the second learns of the first (`Changed`). Its items get new versions and new keys by compare and set; a
worker that has claimed one of them meets another version when it wants to arm, and the old text is never sent.

What is published stays as it was sent. While an account's part may be live and nobody knows, nothing can be changed.
Where something is published already, the texts of what is not, its settings and its time can change, and accounts be
added or taken out; files, link and the number of parts stay.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot import clock
from bot.domain.approvals import content_of
from bot.domain.contents import Said
from bot.domain.errors import Conflict, invalid
from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from bot.domain.items import Outcome
from bot.domain.posts import ItemView, NewItem, NewPost, Place, PostView
from bot.domain.publication import MAY_BE_LIVE, Event, State, states_allowing
from bot.services import approving, holding_posts
from bot.services.deps import Deps
from bot.services.files import row_of
from bot.services.planning import (
    At,
    BestTime,
    Look,
    NextSlot,
    NotYet,
    Now,
    Plan,
    Wish,
    item_of,
    keep_files,
    planned,
    with_slot,
)
from bot.services.retyping import places_of, wish_of_post
from storage import audit, brands, cards, contents, item_records, items, lines, missions, post_holds, posts, revisions
from storage.engine import Session, announce
from storage.revisions import OpenItem

_Time = At | Now | NextSlot | BestTime
Beside = Callable[[Session], Awaitable[None]]
"""What else is written down in the transaction of a change, once all of it is."""
_ENDED = states_allowing(Event.RETRY)
_NOT_LIVE = frozenset({State.FAILED, State.MISSED})
_ON_THE_NETWORK = MAY_BE_LIVE - {State.PUBLISHED}


class Changed(Conflict):
    """Somebody else changed the post since it was opened. Nothing of what was typed is lost with the caller."""

    def __init__(self, now: PostView) -> None:
        super().__init__("This post was changed meanwhile. Look at it again.", field="post")
        self.now = now
        """The post as it is."""
        self.by = now.edited_by or now.created_by
        self.at = now.edited_at or now.created_at
        self.text = now.text
        self.version = now.version


async def edit_post(  # noqa: PLR0913  # which post, what it shall be, and what the person saw
    deps: Deps,
    workspace_id: WorkspaceId,
    post_id: PostId,
    wish: Wish,
    *,
    version: int,
    event: str = "edit",
    revive: bool = False,
    look: Look | None = None,
    beside: Beside | None = None,
) -> PostView:
    """Replace everything of a post by the wish; `version` is the one the person saw.

    With `revive` a post of which everything is cancelled may be written anew too, where nothing of it was ever tried.
    `look` sees the plan before anything is kept.
    Raises NotFound, Changed, Conflict when it can no longer be changed, or would go out as it was rejected, and
    InvalidContent with all that is wrong.
    """
    async with deps.database.reading() as session:
        before = await posts.get_post(session, workspace_id, post_id)
    if before.version != version:
        raise Changed(before)
    if wish.brand.id != before.brand_id:
        raise Conflict("A post stays with its brand. Duplicate it for another one.", field="brand")
    revived = frozenset({State.CANCELLED}) if revive else frozenset[State]()
    _refuse_closed([item.status for item in before.items if item.status not in revived])
    wish = _with_files_where_they_went(before, wish)
    async with planned(deps, _beside_published(before, wish)) as found:
        if look is not None:
            await look(found)
        await keep_files(deps, found)
        async with deps.database.transaction() as session:
            at = clock.now()
            if not await revisions.claim_revision(
                session, workspace_id, post_id, version=version, by=wish.asked_by, at=at
            ):
                raise Changed(await posts.get_post(session, workspace_id, post_id))
            plan = await with_slot(session, found)
            await missions.put_into(session, workspace_id, before, wish.mission_id, leaves=wish.leaves_mission)
            if plan.moment is not None:
                await missions.let_publish(session, workspace_id, post_id)
                event = "schedule" if await _is_unseen(session, before) else event
            refused = await contents.rejected(session, workspace_id, post_id)
            await _rewrite(session, plan, before, revived)
            if plan.moment is None:
                await holding_posts.forget(session, before)
            note = audit.AuditEvent(
                at=at, actor=wish.asked_by, event=event, post_id=post_id, detail={"text": _said(plan, version + 1)}
            )
            await audit.add_event(session, workspace_id, note)
            waits = await approving.guard(session, workspace_id, post_id, by=wish.asked_by, now=at)
            after = await posts.get_post(session, workspace_id, post_id)
            if content_of(after) != content_of(before):
                await approving.wrote(session, after, by=wish.asked_by, now=at)
            elif refused and not waits:
                await _refuse_as_it_was(session, plan, before, refused)
            what = "ask" if waits and event == "schedule" else event
            await lines.changed(
                session,
                workspace_id,
                post_id,
                what,
                by=wish.asked_by,
                now=at,
                facts=None if event == "schedule" else _difference(before, after),
            )
            if beside is not None:
                await beside(session)
            await announce(session)
            return after


async def _is_unseen(session: Session, post: PostView) -> bool:
    """Whether it was its author's alone so far: what it said before is nobody else's business."""
    return post.status is State.DRAFT and not await cards.standing(session, post.workspace_id, [post.post_id])


async def _refuse_as_it_was(session: Session, plan: Plan, before: PostView, refused: Mapping[ItemId, Said]) -> None:
    """It is what somebody said no to still, so the no stands. Raises Conflict if that would go out."""
    to = {target.place for target in plan.targets} if plan.moment is not None else set[Place]()
    if any(item.item_id in refused and item.place in to for item in before.items):
        raise Conflict("This was rejected. Change it before it is scheduled.", field="at")
    for item_id, said in refused.items():
        await contents.say(session, before.workspace_id, before.post_id, item_id, said)


async def move_post(  # noqa: PLR0913  # which post, to when, by whom
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, when: _Time, *, version: int, asked_by: str
) -> PostView:
    """Give a post another time; everything else stays. Raises what `edit_post` raises."""
    wish = await _same(deps, workspace_id, post_id, when, asked_by)
    return await edit_post(deps, workspace_id, post_id, wish, version=version, event="move")


async def drop_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str) -> PostView:
    """Leave what failed or was missed, or delete a draft; never what may be live. Raises NotFound and Conflict.

    Returns the post as it is then; a draft that named no account is gone, and is returned as it was.
    """
    async with deps.database.transaction() as session:
        before = await posts.get_post(session, workspace_id, post_id)
        if not before.items:
            await revisions.delete_post(session, workspace_id, post_id)
        else:
            await _drop(session, workspace_id, before)
            await approving.taken_back(session, workspace_id, post_id, now=clock.now())
        await _note_drop(session, before, "Dropped.", by=asked_by)
        return await posts.get_post(session, workspace_id, post_id) if before.items else before


async def give_up_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str) -> PostView:
    """Leave what a person is asked about, whatever became of it, with what failed or was missed of the same post.

    What Herald still looks for stays. Raises NotFound and Conflict.
    """
    async with deps.database.transaction() as session:
        before = await posts.get_post(session, workspace_id, post_id)
        doubtful = [item.item_id for item in before.items if item.status is State.UNCONFIRMED]
        asked = await posts.asked_about(session, workspace_id, doubtful)
        if not asked:
            raise Conflict("Nobody is asked about this post any more. Look at it again.", field="post")
        await _cancel(session, [*asked, *_not_live(before)])
        unsure = sorted({item.variant for item in before.items if item.item_id in asked})
        await _note_drop(session, before, "Dropped, though it may be live.", by=asked_by, unsure=unsure)
        return await posts.get_post(session, workspace_id, post_id)


async def _note_drop(session: Session, post: PostView, text: str, *, by: str, unsure: Sequence[str] = ()) -> None:
    note = audit.AuditEvent(at=clock.now(), actor=by, event="drop", post_id=post.post_id, detail={"text": text})
    await audit.add_event(session, post.workspace_id, note)
    if post.items:
        facts = {"live": post.live_on, "unsure": list(unsure)}
        await lines.changed(session, post.workspace_id, post.post_id, "cancel", by=by, now=note.at, facts=facts)
        await announce(session)


async def _drop(session: Session, workspace_id: WorkspaceId, post: PostView) -> None:
    if post.status is State.DRAFT:
        drafts = frozenset({State.DRAFT})
        if await posts.change_states(session, workspace_id, State.CANCELLED, among=drafts, post_id=post.post_id):
            return
    ended = _not_live(post)
    if not ended and State.UNCONFIRMED in {item.status for item in post.items}:
        raise Conflict(
            "This post may be live, and Herald looks for it. Nothing of it can be dropped now.", field="post"
        )
    if not ended:
        raise Conflict("Nothing of this post failed or was missed, so there is nothing to drop.", field="post")
    await _cancel(session, ended)


def _not_live(post: PostView) -> list[ItemId]:
    return [item.item_id for item in post.items if item.status in _NOT_LIVE]


async def _cancel(session: Session, item_ids: Sequence[ItemId]) -> None:
    now = clock.now()
    outcomes = [
        Outcome(item=item, attempt=item.attempt, event=Event.CANCEL, at=now)
        for item in await item_records.load(session, item_ids)
    ]
    if not await items.settle(session, outcomes):
        raise Conflict("This post changed meanwhile. Look at it again.", field="post")


# --- An edit ---------------------------------------------------------------------------------------------------------


def _refuse_closed(states: Sequence[State]) -> None:
    """What can no longer be changed says why. Raises Conflict."""
    if State.UNCONFIRMED in states:
        message = "This post may be live already; Herald is looking. It can no longer be changed."
        raise Conflict(message, field="post")
    if _ON_THE_NETWORK & set(states):
        raise Conflict("This post is being sent. It can no longer be changed.", field="post")
    if states and set(states) <= {State.CANCELLED}:
        raise Conflict("This post is cancelled. Duplicate it to write it again.", field="post")
    if states and set(states) <= {State.PUBLISHED, State.CANCELLED}:
        raise Conflict("This post is published already. It can no longer be changed.", field="post")


def _beside_published(post: PostView, wish: Wish) -> Wish:
    """The wish for what is not published. Raises Conflict when it would change what is."""
    if isinstance(wish.when, NotYet) and any(item.status in _ENDED for item in post.items):
        raise invalid("at", "What failed or was missed cannot become a draft. Choose a time, or duplicate it.")
    published = [item for item in post.items if item.status is State.PUBLISHED]
    if not published:
        return wish
    if isinstance(wish.when, NotYet):
        raise invalid("at", "A part of this post is published, so it cannot become a draft. Choose a time.")
    live_parts = {item.part for item in published} - {0}
    changed = [part for part in live_parts if wish.parts[part - 1 : part] != post.parts[part - 1 : part]]
    if changed or len(wish.parts) != len(post.parts) or wish.link != post.link or _files_differ(wish, post):
        message = "A part of this post is published: of the rest, the texts and the time can change. Duplicate it."
        raise Conflict(message, field="post")
    closed = _variants_done(post.items)
    done = {place for place in places_of(published) if not _is_open(post.items, place)}
    behind = closed & {item.variant for item in post.items if _is_open(post.items, item.place)}
    sent = {variant: post.variants.get(variant, post.text) for variant in behind}
    chosen = {variant: options for variant, options in post.options.items() if variant in behind}
    return replace(
        wish,
        to=tuple(name for name in wish.to if _place(name) not in done),
        variants={variant: text for variant, text in wish.variants.items() if variant not in closed} | sent,
        options={variant: options for variant, options in wish.options.items() if variant not in closed} | chosen,
    )


def _place(named: str | Place) -> Place:
    return named if isinstance(named, Place) else Place(account_id=AccountId(named))


def _variants_done(items: Iterable[ItemView]) -> frozenset[str]:
    """Variants of which the first part is published wherever it was to go."""
    firsts = [item for item in items if item.part == 0 and item.status is not State.CANCELLED]
    return frozenset(item.variant for item in firsts) - {
        item.variant for item in firsts if item.status is not State.PUBLISHED
    }


def _is_open(items: Iterable[ItemView], place: Place) -> bool:
    closed = {State.PUBLISHED, State.CANCELLED}
    return any(item.place == place and item.status not in closed for item in items)


def _files_differ(wish: Wish, post: PostView) -> bool:
    return _media(wish) != _media_of(post) or (wish.media_for or {}) != post.media_for


def _media(wish: Wish) -> list[tuple[object, str]]:
    return [(entry, alt.strip()) for entry, alt in wish.media]


def _media_of(post: PostView) -> list[tuple[object, str]]:
    return [(file.media_id, file.alt_text.strip()) for file in post.files]


def _with_files_where_they_went(before: PostView, wish: Wish) -> Wish:
    """Who does not say which files go where leaves that as it is, as long as the files are the same."""
    if wish.media_for is not None or not before.media_for:
        return wish
    same = {entry for entry, _ in wish.media} == {file.media_id for file in before.files}
    return replace(wish, media_for=before.media_for) if same else wish


async def _rewrite(session: Session, plan: Plan, before: PostView, revived: frozenset[State]) -> None:
    workspace_id, post_id = before.workspace_id, before.post_id
    found = await revisions.lock_items(session, workspace_id, post_id)
    _refuse_closed([item.state for item in found if item.state not in revived])
    new = await _new_post(session, plan, before)
    taken, added = set[ItemId](), list[NewItem]()
    for item, earlier in _matched(new.items, found):
        if earlier is not None:
            taken.add(earlier.item_id)
        if await _renew(session, plan, earlier, _timed(plan, item, found)):
            added.append(item)
    for item in found:
        if item.item_id not in taken and item.state not in {State.PUBLISHED, State.CANCELLED}:
            _check(changed=await revisions.remove_item(session, workspace_id, item))
    await revisions.replace_content(session, workspace_id, post_id, new)
    await posts.insert_items(session, workspace_id, post_id, replace(new, items=tuple(added)))
    await post_holds.keep_held(session, *post_holds.of_post(workspace_id, post_id))


def _matched(wanted: Sequence[NewItem], found: Sequence[OpenItem]) -> list[tuple[NewItem, OpenItem | None]]:
    """Which item becomes which: each stays at its place, and else one that is open takes another of its account.

    It takes one of its own type, if it can.
    """
    closed = {State.PUBLISHED, State.CANCELLED}
    left, became = list(found), dict[tuple[Place, int], OpenItem]()
    fits: tuple[Callable[[NewItem, OpenItem], bool], ...] = (
        lambda new, old: new.kind == old.kind,
        lambda new, old: new.post_type == old.post_type and old.state not in closed,
        lambda _, old: old.state not in closed,
    )
    for fit in fits:
        for new in wanted:
            same = (old for old in left if (old.account_id, old.part) == (new.account_id, new.part) and fit(new, old))
            if (new.place, new.part) not in became and (old := next(same, None)) is not None:
                became[new.place, new.part] = old
                left.remove(old)
    return [(new, became.get((new.place, new.part))) for new in wanted]


async def _renew(session: Session, plan: Plan, item: OpenItem | None, new: NewItem) -> bool:
    """Bring one item to its next version; True when there is none, and a new one is to be made."""
    workspace_id = plan.wish.brand.workspace_id
    if item is None:
        return True
    if item.state is State.PUBLISHED:
        return False
    if item.state is State.CANCELLED:
        if item.attempt:
            message = "An account was taken out of this post after a try to send it there. Duplicate the post instead."
            raise Conflict(message, field="to")
        await revisions.forget_item(session, workspace_id, item.item_id)
        return True
    _check(changed=await revisions.renew_item(session, workspace_id, item, new, _event(item.state, plan)))
    return False


def _event(state: State, plan: Plan) -> Event:
    """What the edit is to an item in this state."""
    if state in _ENDED:
        return Event.RETRY
    if plan.moment is not None:
        return Event.SCHEDULE if state is State.DRAFT else Event.EDIT
    match state:
        case State.DRAFT:
            return Event.EDIT
        case State.AWAITING_APPROVAL:
            return Event.SEND_BACK
        case _:
            return Event.TAKE_BACK


def _check(*, changed: bool) -> None:
    if not changed:
        raise Conflict("This post changed meanwhile. Look at it again.", field="post")


def _timed(plan: Plan, item: NewItem, found: Sequence[OpenItem]) -> NewItem:
    """A thread's further part whose part before is published waits for nothing but its time."""
    before = [one.state for one in found if (one.place, one.part) == (item.place, item.part - 1)]
    if before != [State.PUBLISHED] or plan.moment is None:
        return item
    at = plan.moment.at
    return replace(item, due_at=at, claim_at=at, missed_after=at + plan.wish.brand.grace)


async def _new_post(session: Session, plan: Plan, before: PostView) -> NewPost:
    """What to write down: the plan, and beside it what is published as it was sent."""
    wish, moment, closed = plan.wish, plan.moment, _variants_done(before.items)
    sent = {variant: before.variants.get(variant, before.text) for variant in sorted(closed)}
    kept = {variant: text for variant, text in sent.items() if text != wish.text or variant in before.variants}
    media = [
        (await row_of(session, before.workspace_id, file), alt)
        for file, (_, alt) in zip(plan.files, wish.media, strict=True)
    ]
    return NewPost(
        workspace_id=before.workspace_id,
        brand_id=before.brand_id,
        created_by=before.created_by,
        created_at=plan.now,
        scheduled_at=moment.at if moment is not None else None,
        wall_time=moment.wall_time if moment is not None else None,
        zone=moment.zone if moment is not None else None,
        link=wish.link,
        options={**wish.options, **{name: chosen for name, chosen in before.options.items() if name in closed}},
        parts=(wish.text, *wish.parts),
        variants={**wish.variants, **kept},
        media=tuple(media),
        items=tuple(item_of(plan, target, part) for target in plan.targets for part in range(1 + len(wish.parts))),
        media_for=wish.media_for or {},
        approver=wish.approver,
    )


def _difference(before: PostView, after: PostView) -> dict[str, object]:
    """What a thread's line says of an edit, beside what it says anyway."""
    said: dict[str, object] = {}
    if before.text != after.text:
        said |= {"old_text": before.text, "new_text": after.text}
    if before.scheduled_at is not None and before.scheduled_at != after.scheduled_at:
        said["before"] = before.scheduled_at.isoformat()
    return said


def _said(plan: Plan, version: int) -> str:
    if plan.moment is None:
        return f"Changed and kept as a draft (version {version})."
    chosen = f" ({plan.moment.wall_time} {plan.moment.zone})" if plan.moment.zone else ""
    return f"Changed (version {version}), for {plan.moment.at.isoformat(timespec='seconds')}{chosen}."


async def _same(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, when: _Time, asked_by: str) -> Wish:
    """The post as it is, at another time."""
    async with deps.database.reading() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        brand = await brands.get_brand(session, workspace_id, post.brand_id)
    return wish_of_post(post, brand, when, asked_by=asked_by)
