"""A brand's posts as a calendar for other programs: iCalendar, RFC 5545."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import clock
from bot.domain.ids import BrandId, WorkspaceId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services.deps import Deps
from platforms.text import shorten
from storage import audit, brands, feeds, post_views
from storage.brands import Brand
from storage.engine import Session
from storage.feeds import Feed

if TYPE_CHECKING:
    from icalendar import Component

__all__ = ["Calendar", "Feed"]

_TOKEN_BYTES = 32
_LONGEST_TOKEN = 100
_PAST, _AHEAD = timedelta(days=30), timedelta(days=365)
_MOST_POSTS = 2_000
_LONGEST_TITLE, _LONGEST_TEXT = 80, 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""What no calendar may hold, and programs refuse the whole of it for."""
_LASTS = timedelta(minutes=15)
"""A post takes no time; this is what it takes up in a calendar's week."""
_ASK_AGAIN = timedelta(minutes=15)
_WORDS = {
    State.DRAFT: "Draft",
    State.AWAITING_APPROVAL: "Waiting for approval",
    State.PUBLISHED: "Published",
    State.FAILED: "Failed",
    State.MISSED: "Missed",
    State.UNCONFIRMED: "Perhaps live",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A feed as it is served."""

    content: bytes
    brand: str


async def open_feed(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId, *, asked_by: str) -> str:
    """Make the brand's feed and return its path, this once; an earlier one is no longer good. Raises NotFound."""
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), clock.now()
    async with deps.database.transaction() as session:
        await feeds.open_feed(session, workspace_id, brand_id, token, now=now)
        await _note(session, workspace_id, brand_id, "calendar_opened", asked_by)
    return f"/calendar/{token}.ics"


async def close_feed(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId, *, asked_by: str) -> bool:
    """Make the brand's feed worthless; False: it had none."""
    async with deps.database.transaction() as session:
        closed = await feeds.close_feed(session, workspace_id, brand_id, now=clock.now())
        if closed:
            await _note(session, workspace_id, brand_id, "calendar_closed", asked_by)
    return closed


async def feed_of(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId) -> Feed | None:
    """The brand's feed, if it has one."""
    async with deps.database.reading() as session:
        return await feeds.feed_of(session, workspace_id, brand_id)


async def _note(session: Session, workspace_id: WorkspaceId, brand_id: BrandId, event: str, by: str) -> None:
    note = audit.AuditEvent(at=clock.now(), actor=by, event=event, detail={"brand": brand_id})
    await audit.add_event(session, workspace_id, note)


async def read_feed(deps: Deps, token: str) -> Calendar | None:
    """The calendar at this token; None: there is none."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    now = clock.now()
    async with deps.database.reading() as session:
        feed = await feeds.find_feed(session, token)
        if feed is None:
            return None
        brand = await brands.get_brand(session, feed.workspace_id, feed.brand_id)
        shown = await post_views.between(
            session, feed.workspace_id, feed.brand_id, since=now - _PAST, until=now + _AHEAD, limit=_MOST_POSTS
        )
    return Calendar(content=_written(deps, brand, shown), brand=brand.name)


def _written(deps: Deps, brand: Brand, shown: Sequence[PostView]) -> bytes:
    """The same posts give the same bytes, whenever they are asked for."""
    import icalendar  # noqa: PLC0415  # loaded when used: few processes are ever asked for a calendar

    calendar = icalendar.Calendar()
    name = f"{brand.name}: posts"
    interval = icalendar.vDuration(_ASK_AGAIN)
    interval.params["VALUE"] = "DURATION"
    facts = {"prodid": "-//Herald//Posts//EN", "version": "2.0", "calscale": "GREGORIAN", "method": "PUBLISH"}
    _fill(calendar, {**facts, "name": name, "x-wr-calname": name, "refresh-interval": interval})
    for post in shown:
        if post.scheduled_at is not None:
            event = icalendar.Event()
            _fill(event, _facts(deps, post, post.scheduled_at.replace(microsecond=0)))
            calendar.add_component(event)
    return calendar.to_ical()


def _fill(component: "Component", facts: Mapping[str, object]) -> None:
    for name, fact in facts.items():
        component.add(name, fact)  # pyright: ignore[reportUnknownMemberType]  # icalendar does not say what it takes


def _facts(deps: Deps, post: PostView, begins: datetime) -> dict[str, object]:
    where = ", ".join(dict.fromkeys(_title(deps, item.platform) for item in post.items if item.part == 0))
    text = _CONTROL.sub("", " ".join(post.text.split()))
    links = [item.permalink for item in post.items if item.permalink is not None and item.part == 0]
    state = _WORDS.get(post.status, "Planned")
    told = [f"{state} · #{post.code}", shorten(text, _LONGEST_TEXT), *links]
    facts: dict[str, object] = {
        "uid": f"{post.post_id}@herald",
        "dtstamp": (post.edited_at or post.created_at).replace(microsecond=0),
        "sequence": post.version - 1,
        "dtstart": begins,
        "dtend": begins + _LASTS,
        "summary": shorten(f"{where}: {text}" if text else where, _LONGEST_TITLE),
        "description": "\n".join(line for line in told if line),
        "status": "CONFIRMED" if post.status is State.PUBLISHED else "TENTATIVE",
        "transp": "TRANSPARENT",
    }
    return facts | ({"url": links[0]} if links else {})


def _title(deps: Deps, platform: str) -> str:
    connector = deps.connectors.get(platform)
    return connector.spec.title if connector is not None else platform
