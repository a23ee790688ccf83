"""Looking for a post that may have been made, among the newest ones of its author.

LinkedIn lets an app list a page's posts, but a member's only with a permission that it gives to no new app. Without it
nothing can be found, and a person is asked at once.

Files belong to one item alone, so a post that shows them is that item's: a proof. Without files the text, the content,
the author and the time decide; an equal post that is a little too old, or two equal ones, are not told apart.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api, read 2026-11-21.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.linkedin.calls import (
    POST,
    as_object,
    elements_of,
    encoded,
    headers,
    is_page,
    moment,
    object_of,
    objects,
    text,
    texts,
    unreadable,
)
from platforms.linkedin.little import comparable, read, resembling
from platforms.linkedin.publish import published_comment, published_post, site_of

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 50
MOST_PAGES = 10
_CLOSED = "LinkedIn does not let Herald see a member's posts."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post or a comment as LinkedIn shows it."""

    live: Published
    made_at: datetime
    words: str
    """What people see of its text."""
    content: JsonObject
    """What stands beside the text."""


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: LinkedIn takes no key
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether the prepared post is among those made since `since`. Raises PlatformError when it cannot be looked."""
    if not _may_look(connected):
        return CannotTell(reason=_CLOSED, final=True)
    about = text(prepared.data, "object")
    shown = await (_posts(wire, connected, since) if about is None else _comments(wire, connected, about))
    if shown is None:
        return CannotTell(reason=_CLOSED, final=True)
    if isinstance(shown, CannotTell):
        return shown
    recent = [one for one in (_seen(raw, about, prepared) for raw in shown) if one.made_at >= since - CLOCK_DOUBT]
    return _judge(recent, prepared, since)


def _may_look(connected: Connected) -> bool:
    if is_page(connected.account) or not connected.tokens.scopes:
        return True
    return "r_member_social" in connected.tokens.scopes


def _judge(recent: list[Seen], prepared: Prepared, since: datetime) -> Published | Absent | CannotTell:
    body = as_object(prepared.data.get("body"))
    message = as_object(body.get("message"))
    words = text(message, "text") or read(text(body, "commentary") or "")
    content, media = as_object(body.get("content")), frozenset(texts(prepared.data.get("media")))
    for one in recent:
        if media & _files(one.content):
            return one.live
    alike = [one for one in recent if resembling(one.words) == resembling(words)]
    equal = [one for one in alike if comparable(one.words) == comparable(words) and _same(one.content, content)]
    certain = [one for one in equal if one.made_at >= since - CLOCK_MARGIN]
    if len(certain) == 1 and not media:
        return certain[0].live
    if equal:
        names = ", ".join(one.live.platform_post_id for one in equal)
        return CannotTell(reason=f"it may be one of these, and it cannot be told: {names}.")
    doubtful = [one for one in alike if one.made_at >= since - CLOCK_MARGIN]
    if doubtful:
        return CannotTell(reason=f"{doubtful[0].live.platform_post_id} is much like it.")
    return Absent(evidence=f"not among the {len(recent)} since then")


def _files(content: JsonObject) -> frozenset[str]:
    """The URNs of the files a post shows."""
    shown = [as_object(content.get("media")), *objects(as_object(content.get("multiImage")).get("images"))]
    return frozenset(urn for one in shown if (urn := text(one, "id")) is not None)


def _same(one: JsonObject, other: JsonObject) -> bool:
    """Whether two posts show the same card, poll, or number of files."""
    return (len(_files(one)), _card(one), _poll(one)) == (len(_files(other)), _card(other), _poll(other))


def _card(content: JsonObject) -> str | None:
    return text(as_object(content.get("article")), "source")


def _poll(content: JsonObject) -> tuple[str | None, ...]:
    poll = as_object(content.get("poll"))
    return (text(poll, "question"), *(text(option, "text") for option in objects(poll.get("options"))))


# --- Reading -------------------------------------------------------------------------------------------------------


async def _posts(wire: Wire, connected: Connected, since: datetime) -> list[JsonObject] | CannotTell | None:
    """The author's posts made or changed lately; None when LinkedIn does not show them."""
    author = encoded(connected.account.platform_account_id)
    found: list[JsonObject] = []
    for number in range(MOST_PAGES):
        query = f"author={author}&q=author&count={PAGE}&start={number * PAGE}&sortBy=LAST_MODIFIED"
        page = await _page(wire, connected, "GET /rest/posts?q=author", f"posts?{query}")
        if page is None:
            return None
        found += page.shown
        changed = (moment(one, "lastModifiedAt") for one in page.shown)
        if page.is_last or any(at is not None and at < since - CLOCK_DOUBT for at in changed):
            return found
    return CannotTell(reason=f"more than {len(found)} posts since then")


async def _comments(wire: Wire, connected: Connected, about: str) -> list[JsonObject] | CannotTell | None:
    """This actor's comments on a post; None when LinkedIn does not show them. In which order they come nobody says."""
    actor, found = connected.account.platform_account_id, list[JsonObject]()
    for number in range(MOST_PAGES):
        path = f"socialActions/{encoded(about)}/comments?count={PAGE}" + (f"&start={number * PAGE}" if number else "")
        page = await _page(wire, connected, "GET /rest/socialActions/:urn/comments", path)
        if page is None:
            return None
        found += [one for one in page.shown if text(one, "actor") == actor]
        if page.is_last:
            return found
    return CannotTell(reason=f"more than {PAGE * MOST_PAGES} comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A part of a list. One that is short is the last only where LinkedIn names no next: it leaves out what is gone."""

    shown: tuple[JsonObject, ...]
    is_last: bool


async def _page(wire: Wire, connected: Connected, operation: str, path: str) -> _Page | None:
    request = Request(
        operation=operation,
        method="GET",
        url=f"{connected.account.service_url}/rest/{path}",
        headers=headers("FINDER" if "q=author" in path else ""),
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.FORBIDDEN}),
    )
    answer = await wire.read(request)
    if answer.status == HTTPStatus.FORBIDDEN:
        return None
    page = elements_of(answer, operation)
    if any(not _readable(one) for one in page):
        raise unreadable(operation, answer)
    links = objects(as_object(object_of(answer).get("paging")).get("links"))
    has_next = any(text(link, "rel") == "next" for link in links)
    return _Page(shown=page, is_last=len(page) < PAGE and not has_next)


def _readable(one: JsonObject) -> bool:
    named = text(one, "id") if "message" in one else POST.fullmatch(text(one, "id") or "")
    return bool(named) and _made_at(one) is not None


def _made_at(one: JsonObject) -> datetime | None:
    return moment(one, "createdAt") or moment(one, "publishedAt") or moment(as_object(one.get("created")), "time")


def _seen(one: JsonObject, about: str | None, prepared: Prepared) -> Seen:
    made_at, name, site = _made_at(one), text(one, "id") or "", site_of(prepared)
    if made_at is None:
        raise ValueError("a post without a time passed the reading")
    if about is not None:
        live = published_comment(about, name, text(one, "commentUrn"), site)
        return Seen(live=live, made_at=made_at, words=text(as_object(one.get("message")), "text") or "", content={})
    words = read(text(one, "commentary") or "")
    return Seen(live=published_post(name, site), made_at=made_at, words=words, content=as_object(one.get("content")))
