"""Reading posts: asked for in either of the spellings that X has, and taken out of what it answers.

X calls things posts since 2026 and called them tweets before; its OpenAPI document (2.167) and its documentation in
prose disagree about which names the API takes. The document's are asked first. Where X refuses them, or passes over
them, the others are asked once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import NOTHING, as_object, moment, number, object_of, objects, text, texts
from platforms.base import Answer, JsonObject, Prepared, Request, Wire
from platforms.errors import ContentRefused
from platforms.x.reading import unreadable
from platforms.x.spec import SITE, VERSION

PAGE = 100
MOST_PAGES = 24
"""2,400 posts a day are the most that X takes of an account."""
_SIGNS = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_SIGN = re.compile("|".join(_SIGNS))
_OF_MEDIA = re.compile(r"https?://(?:\w+\.)?(?:x|twitter)\.com/[^/]+/status/[0-9]+/(?:photo|video)/[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What a request calls the fields of posts."""

    parameter: str
    note: str
    """The whole text of a long post."""


SPELLINGS = (
    Spelling(parameter="post.fields", note="note_post"),
    Spelling(parameter="tweet.fields", note="note_tweet"),
)


async def read_posts(
    wire: Wire, request: Request, fields: Sequence[str], *, wanted: str, note: bool = False
) -> tuple[JsonObject, Answer]:
    """The body of an answer with posts, asked for these `fields`; each post must have the one called `wanted`.

    Raises PlatformError; Unavailable when neither spelling brings what was asked for.
    """
    for spelling in SPELLINGS:
        names = sorted((*fields, spelling.note)) if note else sorted(fields)
        asked = replace(request, query=(*request.query, (spelling.parameter, ",".join(names))))
        try:
            answer = await wire.read(asked)
        except ContentRefused as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or spelling is SPELLINGS[-1]:
                raise
            continue
        body = object_of(answer)
        listed = tuple(objects(body.get("data")))
        if listed and not any(wanted in post for post in listed) and spelling is not SPELLINGS[-1]:
            continue
        return body, answer
    raise unreadable(request.operation, HTTPStatus.OK)


async def posts_since(wire: Wire, connected: Connected, oldest: datetime) -> list[JsonObject] | None:
    """What the account posted at `oldest` or later, without reposts, newest first; None when it is too much to read."""
    account = connected.account
    request = Request(
        operation="GET /2/users/:id/tweets",
        method="GET",
        url=f"{account.service_url}{VERSION}/users/{account.platform_account_id}/tweets",
        query=(
            ("max_results", str(PAGE)),
            ("exclude", "retweets"),
            ("start_time", f"{oldest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        ),
        bearer=connected.tokens.access,
    )
    fields = ("attachments", "conversation_id", "created_at", "entities", "id", "text")
    found: list[JsonObject] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = request if after is None else replace(request, query=(*request.query, ("pagination_token", after)))
        body, answer = await read_posts(wire, page, fields, wanted="created_at", note=True)
        meta = as_object(body.get("meta"))
        listed = list(objects(body.get("data")))
        complete = number(meta, "result_count") == len(listed) and not body.get("errors")
        if not complete or any(moment(post.get("created_at")) is None or text(post, "id") is None for post in listed):
            raise unreadable(request.operation, answer.status)
        found += listed
        after = text(meta, "next_token")
        if after is None:
            return found
    return None


def permalink(connected: Connected, prepared: Prepared, post_id: str) -> str:
    """Where people see a post. X leads there from any name, so one that was changed since does no harm."""
    site = text(prepared.data, "site") or SITE
    name = connected.account.handle.removeprefix("@") or "i"
    return f"{site}/{name}/status/{post_id}"


def text_of(post: JsonObject) -> str:
    """What its author wrote: the whole of a long post, links as they were, those to its own media left out.

    X shows `&`, `<` and `>` of the text as in HTML, and no other sign; its links' addresses are as they are, and would
    be others if they were read so (`&region=`, `&copy=`).
    """
    note = next((one for spelling in SPELLINGS if (one := as_object(post.get(spelling.note)))), NOTHING)
    whole = text(note, "text")
    holder = note if whole is not None and note.get("entities") else post
    shown = _SIGN.sub(lambda found: _SIGNS[found[0]], whole or text(post, "text") or "")
    for link in objects(as_object(holder.get("entities")).get("urls")):
        short, long = text(link, "url"), text(link, "expanded_url") or ""
        if short is not None:
            own = bool(link.get("media_key")) or _OF_MEDIA.fullmatch(long) is not None
            shown = shown.replace(short, "" if own else long or short)
    return shown.strip()


def media_of(post: JsonObject) -> frozenset[str]:
    """The ids of its uploads. A media key is its kind, an underscore and the id."""
    keys = texts(as_object(post.get("attachments")).get("media_keys"))
    return frozenset(key.rpartition("_")[2] for key in keys)


def parents_of(post: JsonObject) -> frozenset[str]:
    """What it says it replies to; empty where it says nothing of it."""
    told = (*objects(post.get("referenced_posts")), *objects(post.get("referenced_tweets")))
    return frozenset(one_id for one in told if text(one, "type") == "replied_to" and (one_id := text(one, "id")))
