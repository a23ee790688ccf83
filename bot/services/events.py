"""What a webhook is told: the events that follow from something that happened, and their bodies.

An item's own events are `content.*`; those of its post are told once all of its items came to their end.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.contents import ContentState, Said, state_of
from bot.domain.errors import NotFound
from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from bot.domain.spelling import told
from bot.services.deps import Deps
from bot.services.submitting import kind_of_item
from storage import causes, contents, posts
from storage.causes import Cause
from storage.engine import Session

_ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED})
_NOT_SCHEDULED = frozenset({State.CANCELLED, State.AWAITING_APPROVAL})
_BAD_ENDS = frozenset({State.FAILED, State.MISSED})
_OF_ITEMS = {
    "created": "content.created",
    "scheduled": "content.scheduled",
    "approved": "content.approved",
    "rejected": "content.rejected",
    "published": "content.published",
    "failed": "content.failed",
    "missed": "content.failed",
}
_BY_THEMSELVES = frozenset({"mission.started", "mission.completed"})
"""What nobody does: its second passes, once."""
_ITEM_STATUS = {
    State.SENDING: "posting",
    State.CONFIRMING: "posting",
    State.UNCONFIRMED: "posting",
    State.PUBLISHED: "posted",
    State.FAILED: "failed",
    State.MISSED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to tell. What has the same name and `about` is told once."""

    name: str
    about: str
    body: str
    since: datetime | None = None
    """Only webhooks that are older than this are told."""


def envelope(event: str, workspace_id: WorkspaceId, at: datetime, data: Mapping[str, object]) -> str:
    """The body of a delivery."""
    whole = {"event": event, "timestamp": utc(at), "workspace_id": workspace_id, "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def utc(at: datetime | None) -> str | None:
    """An instant as other programs get it: UTC, whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def events_of(deps: Deps, session: Session, cause: Cause) -> list[Event]:
    """What there is to tell because of this."""
    if cause.what.startswith("mission."):
        facts = await causes.mission_facts(session, cause.workspace_id, cause.about)
        data = {name: utc(fact) if isinstance(fact, datetime) else fact for name, fact in facts.items()}
        if cause.what not in _BY_THEMSELVES:
            return [_event(cause.what, cause.id, cause, data)] if data else []
        data |= {"status": "completed"} if cause.what == "mission.completed" else {}
        return [_event(cause.what, cause.about, cause, data, since=cause.at)]
    try:
        post = await posts.get_post(session, cause.workspace_id, PostId(cause.about))
    except NotFound:
        return []
    if post.deleted:
        return []
    mission_id = await causes.mission_of(session, cause.workspace_id, post.post_id)
    said = await contents.said_of(session, cause.workspace_id, post.post_id)
    found = [*_of_items(deps, cause, post, mission_id, said)]
    if cause.what in {"published", "failed", "missed", "cancelled"}:
        found += await _of_post(deps, session, cause, post)
    return found


def _of_items(
    deps: Deps, cause: Cause, post: PostView, mission_id: str | None, said: Mapping[ItemId, Said]
) -> Iterable[Event]:
    name = _OF_ITEMS.get(cause.what)
    meant = [item for item in post.items if not cause.items or item.item_id in cause.items]
    for item in meant:
        opinion = said.get(item.item_id)
        data = _content(deps, post, item, mission_id, opinion.status if opinion is not None else None)
        if name == "content.scheduled":
            created = "content.created"
            yield _event(created, item.item_id, cause, data, since=post.created_at)
            if item.scheduled_at is not None and item.status not in _NOT_SCHEDULED:
                yield _event(name, f"{item.item_id}:{utc(item.scheduled_at)}", cause, data)
        elif name == "content.created":
            yield _event(name, item.item_id, cause, data, since=post.created_at)
        elif name is not None:
            yield _event(name, f"{item.item_id}:{cause.id}", cause, data)


async def _of_post(deps: Deps, session: Session, cause: Cause, post: PostView) -> list[Event]:
    left = [item for item in post.items if item.status is not State.CANCELLED]
    if not left or any(item.status not in _ENDED for item in left):
        return []
    ends = await causes.ends_of(session, cause.workspace_id, post.post_id)
    about = f"{post.post_id}:{hashlib.sha256(repr(ends).encode()).hexdigest()[:24]}"
    failed = all(item.status in _BAD_ENDS for item in left)
    data: dict[str, object] = {
        "post_id": post.post_id,
        "status": "failed" if failed else "published",
        "items": [_item(deps, post, item) for item in sorted(post.items, key=_id_of)],
    }
    if failed:
        error = next((item.error for item in left if item.error is not None), ("internal", ""))
        data |= {"error_code": error[0], "error_message": error[1]}
    return [_event("post.failed" if failed else "post.published", about, cause, data)]


def _event(name: str, about: str, cause: Cause, data: Mapping[str, object], *, since: datetime | None = None) -> Event:
    return Event(name=name, about=about, body=envelope(name, cause.workspace_id, cause.at, data), since=since)


def _id_of(item: ItemView) -> str:
    return item.item_id


def _item(deps: Deps, post: PostView, item: ItemView) -> dict[str, object]:
    """As in the answer to `GET /posts/{id}`."""
    shown: dict[str, object] = {
        "item_id": item.item_id,
        "post_type": kind_of_item(deps, item),
        "platform": item.platform,
        "content": post.text_of(item),
        "media_ids": [file.media_id for file in post.files_of(item)],
        "status": _ITEM_STATUS.get(item.status, "draft"),
        "account_id": item.account_id,
    }
    code, message = item.error if item.error is not None and item.status in _BAD_ENDS else (None, None)
    facts = {
        "platform_post_id": item.platform_post_id,
        "platform_url": item.permalink,
        "error_code": code,
        "error_message": message,
    }
    return shown | {name: fact for name, fact in facts.items() if fact is not None}


def _content(
    deps: Deps, post: PostView, item: ItemView, mission_id: str | None, said: ContentState | None
) -> dict[str, object]:
    code, message = item.error if item.error is not None and item.status in _BAD_ENDS else (None, None)
    return {
        "content_id": item.item_id,
        "post_id": post.post_id,
        "mission_id": mission_id,
        "platform": told(item.platform),
        "type": kind_of_item(deps, item),
        "status": state_of(item.status, planned=item.scheduled_at is not None, said=said).value,
        "scheduled_for": utc(item.scheduled_at),
        "published_at": utc(item.published_at),
        "platform_post_id": item.platform_post_id,
        "platform_url": item.permalink,
        "error_code": code,
        "error_message": message,
    }
