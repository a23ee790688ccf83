"""Post items as contents: one text for one account, with what was said of it over the HTTP API.

A thread is one content: its first part stands for all. What was said stands in `posts.review`, by item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, String, Table, and_, false, func, literal, or_, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.contents import Content, ContentState, Said
from bot.domain.errors import NotFound
from bot.domain.ids import AccountId, BrandId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.given import dialect_of
from storage.pages import Page, Paged, paged
from storage.post_views import some_posts
from storage.tables import AccountRow, ItemMaterialRow, PostItemRow, PostRow

_POSTS = cast("Table", PostRow.__table__)
_ITEMS = cast("Table", PostItemRow.__table__)
_c = _ITEMS.c
_SOURCE = _ITEMS.join(_POSTS, _POSTS.c.id == _c.post_id).join(AccountRow, AccountRow.id == _c.account_id)
_ON_THE_WAY = (State.SCHEDULED, State.CLAIMED, State.SENDING, State.CONFIRMING, State.UNCONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which contents are asked for; None is any. `networks` are platforms' words, and those behind a route."""

    brand_id: BrandId | None = None
    mission_id: MissionId | None = None
    state: ContentState | None = None
    networks: Sequence[str] = ()
    kind: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    scheduled_after: datetime | None = None
    scheduled_before: datetime | None = None
    ids: Sequence[ItemId] = field(default_factory=tuple)
    """Only those, where any are named."""


async def list_contents(session: AsyncSession, workspace_id: WorkspaceId, wanted: Wanted, page: Page) -> Paged[Content]:
    """A page of contents, newest first. Raises InvalidContent for the id it begins at."""
    among = [*_of(workspace_id, wanted.brand_id), *_fitting(session, wanted)]
    found = await paged(session, _c.id, among, page, within=_of(workspace_id, wanted.brand_id), source=_SOURCE)
    return await _whole(session, workspace_id, found)


async def queued_contents(
    session: AsyncSession, workspace_id: WorkspaceId, wanted: Wanted, page: Page
) -> Paged[Content]:
    """A page of what is scheduled, the first to go out first. Raises InvalidContent for the id it begins at."""
    whose = _of(workspace_id, wanted.brand_id)
    among = [*whose, *_fitting(session, wanted), _in(_ON_THE_WAY), _c.scheduled_at.is_not(None)]
    found = await paged(session, _c.id, among, page, within=whose, source=_SOURCE, by=_c.scheduled_at)
    return await _whole(session, workspace_id, found)


async def get_content(
    session: AsyncSession, workspace_id: WorkspaceId, item_id: ItemId, *, brand_id: BrandId | None = None
) -> Content:
    """One content, of this brand if one is given. Raises NotFound."""
    here = select(_c.id).select_from(_SOURCE).where(*_of(workspace_id, brand_id), _c.id == item_id)
    if await session.scalar(here) is None:
        raise unknown(item_id)
    (content,) = (await _whole(session, workspace_id, Paged(data=[item_id], has_more=False, total=1))).data
    return content


def unknown(item_id: str) -> NotFound:
    """The refusal for a content that is not there, or another workspace's."""
    return NotFound(f"There is no content {item_id[:60]}.", field="content_id")


async def posts_of(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Sequence[ItemId], *, brand_id: BrandId | None = None
) -> dict[ItemId, PostId]:
    """The posts of those of these contents that are there."""
    rows = await session.execute(
        select(_c.id, _c.post_id)
        .select_from(_SOURCE)
        .where(*_of(workspace_id, brand_id), _c.id.in_(sorted(set(item_ids))))
    )
    return {ItemId(row.id): PostId(row.post_id) for row in rows}


async def say(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, item_id: ItemId, said: Said) -> None:
    """Keep what was said of a content in place of what was said before. Locks the post."""
    before = await session.scalar(
        select(_POSTS.c.review).where(_POSTS.c.workspace_id == workspace_id, _POSTS.c.id == post_id).with_for_update()
    )
    review: dict[str, Any] = {**(before or {}), item_id: said.as_json()}
    await session.execute(
        update(_POSTS).where(_POSTS.c.workspace_id == workspace_id, _POSTS.c.id == post_id).values(review=review)
    )


async def said_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> dict[ItemId, Said]:
    """What was said last of the contents of a post; those of which nothing was are left out."""
    its = (_POSTS.c.workspace_id == workspace_id, _POSTS.c.id == post_id)
    review: Mapping[str, Mapping[str, str]] = await session.scalar(select(_POSTS.c.review).where(*its)) or {}
    return {ItemId(name): Said.from_json(one) for name, one in review.items()}


async def rejected(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> dict[ItemId, Said]:
    """The contents of this post to which somebody said no, and what; nothing where somebody changed the post since."""
    said = await said_of(session, workspace_id, post_id)
    return {name: one for name, one in said.items() if one.status is ContentState.REJECTED}


async def is_rejected(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> bool:
    """Whether somebody said no to a content of this post, and nobody changed the post since."""
    return bool(await rejected(session, workspace_id, post_id))


async def forget_time(session: AsyncSession, workspace_id: WorkspaceId, item_id: ItemId) -> None:
    """A draft that was laid aside with its second is a plain draft from now on."""
    await session.execute(
        update(_ITEMS)
        .where(_c.workspace_id == workspace_id, _c.id == item_id, _c.state == State.DRAFT.value)
        .values(scheduled_at=None)
    )


async def plan_post(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """Give a post the time of the first of its items that waits."""
    first = (
        select(func.min(_c.scheduled_at))
        .where(_c.post_id == post_id, _in((*_ON_THE_WAY, State.AWAITING_APPROVAL)))
        .scalar_subquery()
    )
    await session.execute(
        update(_POSTS)
        .where(_POSTS.c.workspace_id == workspace_id, _POSTS.c.id == post_id)
        .values(scheduled_at=first, wall_time=None, zone=None)
    )


# --- Conditions ------------------------------------------------------------------------------------------------------


def _of(workspace_id: WorkspaceId, brand_id: BrandId | None) -> list[ColumnElement[bool]]:
    """Found by their accounts: for those there is an index."""
    whose = [AccountRow.workspace_id == workspace_id, _c.workspace_id == workspace_id]
    if brand_id is not None:
        whose += [AccountRow.brand_id == brand_id, _c.brand_id == brand_id]
    return [*whose, _c.part == 0, _POSTS.c.deleted_at.is_(None)]


def _fitting(session: AsyncSession, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.mission_id is not None:
        found.append(_POSTS.c.mission_id == wanted.mission_id)
    if wanted.state is not None:
        found.append(_standing(session, wanted.state))
    if wanted.networks:
        behind = func.coalesce(AccountRow.limits["network"].as_string(), _c.platform)
        found.append(behind.in_(sorted(wanted.networks)))
    if wanted.kind is not None:
        found.append(_kind(wanted.kind))
    if wanted.ids:
        found.append(_c.id.in_(sorted(set(wanted.ids))))
    bounds = (
        (wanted.created_after, _c.created_at, True),
        (wanted.created_before, _c.created_at, False),
        (wanted.scheduled_after, _c.scheduled_at, True),
        (wanted.scheduled_before, _c.scheduled_at, False),
    )
    return found + [column > at if later else column < at for at, column, later in bounds if at is not None]


def _kind(kind: str) -> ColumnElement[bool]:
    other = aliased(PostItemRow)
    thread = select(other.id).where(other.post_id == _c.post_id, other.account_id == _c.account_id, other.part == 1)
    if kind == "thread":
        return thread.exists()
    return and_(_c.post_type.endswith(f"-{kind}", autoescape=True), ~thread.exists())


def _standing(session: AsyncSession, state: ContentState) -> ColumnElement[bool]:
    """The states as bot/domain/contents.py's `state_of` has them."""
    said, open_ = _said(session), _in((State.DRAFT, State.CANCELLED))
    agreed = or_(_in((State.CANCELLED,)), _c.scheduled_at.is_not(None), said == ContentState.APPROVED.value)
    return {
        ContentState.DRAFT: and_(_in((State.DRAFT,)), _c.scheduled_at.is_(None), said.is_(None)),
        ContentState.PENDING_REVIEW: _in((State.AWAITING_APPROVAL,)),
        ContentState.APPROVED: and_(open_, agreed, func.coalesce(said, "") != ContentState.REJECTED.value),
        ContentState.REJECTED: and_(open_, said == ContentState.REJECTED.value),
        ContentState.SCHEDULED: _in(_ON_THE_WAY),
        ContentState.PUBLISHED: _in((State.PUBLISHED,)),
        ContentState.FAILED: _in((State.FAILED, State.MISSED)),
        ContentState.ARCHIVED: false(),
    }[state]


def _said(session: AsyncSession) -> ColumnElement[str | None]:
    """What was said last of the item, in a word."""
    review: ColumnElement[Any] = _POSTS.c.review
    if dialect_of(session) == "sqlite":
        return func.json_extract(review, literal('$."') + _c.id + literal('".status'))
    return func.jsonb_extract_path_text(review, cast_to(_c.id, String), "status")


def _in(states: Sequence[State]) -> ColumnElement[bool]:
    return _c.state.in_([state.value for state in states])


# --- Reading ---------------------------------------------------------------------------------------------------------


async def _whole(session: AsyncSession, workspace_id: WorkspaceId, found: Paged[str]) -> Paged[Content]:
    rows = {row.id: row for row in await session.execute(_details(found.data))}
    posts = await some_posts(session, workspace_id, {PostId(row.post_id) for row in rows.values()})
    contents = [_content(rows[item_id], posts[PostId(rows[item_id].post_id)]) for item_id in found.data]
    return Paged(data=contents, has_more=found.has_more, total=found.total)


def _details(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    material = cast("Table", ItemMaterialRow.__table__)
    columns = (_c.id, _c.post_id, _c.account_id, _c.state, _c.lead_s, _c.attempt, _c.created_at, _c.scheduled_at)
    account = (AccountRow.limits, AccountRow.disconnected_at)
    about = (_POSTS.c.mission_id, _POSTS.c.review)
    return (
        select(*columns, *account, *about, material.c.handle, material.c.extra)
        .select_from(_SOURCE.outerjoin(material, material.c.item_id == _c.id))
        .where(_c.id.in_(ids))
    )


def _content(row: Any, post: Any) -> Content:  # noqa: ANN401  # a row of the query above, and a post's view
    item = next(one for one in post.items if one.item_id == row.id)
    reviews: Mapping[str, Mapping[str, str]] = row.review or {}
    review = reviews.get(row.id)
    network = row.limits.get("network")
    return Content(
        id=ItemId(row.id),
        post=post,
        item=item,
        account_id=AccountId(row.account_id),
        network=network if isinstance(network, str) else item.platform,
        mission_id=MissionId(row.mission_id) if row.mission_id is not None else None,
        said=Said.from_json(review) if review is not None else None,
        created_at=row.created_at,
        lead_s=row.lead_s,
        attempt=row.attempt,
        route_post_id=_route_post_id(row.handle, row.extra) if isinstance(network, str) else None,
    )


def _route_post_id(handle: Mapping[str, Any] | None, extra: Mapping[str, Any] | None) -> str | None:
    """What the route calls the post, once it was handed over there."""
    found = (handle or {}).get("id") or (extra or {}).get("metricool_id")
    return str(found) if found is not None else None
