"""Looking for a post that may have been made: among the account's own newest ones.

Uploads belong to one item alone, so a post that shows them is that item's: a proof. Without media the text, the thread,
the poll and the time decide. A post is taken for this item's when it is not older than the first attempt, but for
`CLOCK_MARGIN`; an equal one up to `CLOCK_DOUBT` older may be an earlier one or the work of a slow clock: nobody can
tell. Two equal ones are not told apart either, though X itself hardly lets them be.

Source: https://docs.x.com/x-api/users/get-posts, read 2026-11-21. Nothing says whether a post to a community is among
an account's posts, so not finding one of those proves nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, moment, text, texts
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Wire
from platforms.x.posts import MOST_PAGES, PAGE, media_of, parents_of, permalink, posts_since, text_of
from platforms.x.text import comparable, resembling

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a post must show to be this item's."""

    text: str
    media: frozenset[str]
    parent: str | None
    root: str | None
    has_poll: bool
    listed: bool
    """Whether it would be among the account's posts for sure."""


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: X takes no key
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether the prepared post is among those made since `since`. Raises PlatformError when it cannot be looked."""
    wanted = _wanted(prepared)
    recent = await posts_since(wire, connected, since - CLOCK_DOUBT)
    if recent is None:
        return CannotTell(reason=f"more than {PAGE * MOST_PAGES} posts since then")
    found = _judge(recent, wanted, since)
    if isinstance(found, Absent | CannotTell):
        return found
    post_id = text(found, "id") or ""
    return Published(platform_post_id=post_id, permalink=permalink(connected, prepared, post_id))


def _judge(recent: list[JsonObject], wanted: Wanted, since: datetime) -> JsonObject | Absent | CannotTell:
    for post in recent:
        if wanted.media & media_of(post):
            return post
    alike = [post for post in recent if _made(post) >= since - CLOCK_MARGIN and _resembles(post, wanted)]
    if wanted.media:
        return _without_proof(alike, recent, wanted, "X does not show these media with it")
    equal = [post for post in recent if _equals(post, wanted)]
    certain = [post for post in equal if _made(post) >= since - CLOCK_MARGIN]
    if len(certain) == 1:
        return certain[0]
    if certain:
        return CannotTell(reason=f"{len(certain)} equal posts: {', '.join(map(_id, certain))}")
    if equal:
        return CannotTell(reason=f"an equal post is a little older than the first attempt: {_id(equal[0])}")
    return _without_proof(alike, recent, wanted, "X may have changed its text")


def _without_proof(
    candidates: list[JsonObject], recent: list[JsonObject], wanted: Wanted, doubt: str
) -> Absent | CannotTell:
    if candidates:
        return CannotTell(reason=f"{_id(candidates[0])} is much like it; {doubt}")
    if not wanted.listed:
        return CannotTell(reason="a community's post may be missing among the account's")
    return Absent(evidence=f"not among the {len(recent)} posts since then")


def _wanted(prepared: Prepared) -> Wanted:
    body = as_object(prepared.data.get("body"))
    return Wanted(
        text=comparable(text(body, "text") or ""),
        media=frozenset(texts(prepared.data.get("media"))),
        parent=text(as_object(body.get("reply")), "in_reply_to_tweet_id"),
        root=text(prepared.data, "root"),
        has_poll="poll" in body,
        listed="community_id" not in body,
    )


def _equals(post: JsonObject, wanted: Wanted) -> bool:
    """The same in all that X tells of it."""
    polls = texts(as_object(post.get("attachments")).get("poll_ids"))
    same = comparable(text_of(post)) == wanted.text and bool(polls) == wanted.has_poll
    return same and not media_of(post) and _in_its_thread(post, wanted)


def _resembles(post: JsonObject, wanted: Wanted) -> bool:
    """Much the same in the same place, whatever X tells of its media and its poll."""
    return resembling(text_of(post)) == resembling(wanted.text) and _in_its_thread(post, wanted)


def _in_its_thread(post: JsonObject, wanted: Wanted) -> bool:
    parents, thread = parents_of(post), text(post, "conversation_id")
    its_thread = wanted.root or wanted.parent or _id(post)
    return (not parents or wanted.parent in parents) and (thread is None or thread == its_thread)


def _made(post: JsonObject) -> datetime:
    made = moment(post.get("created_at"))
    if made is None:
        raise ValueError("a post without a time passed the reading")
    return made


def _id(post: JsonObject) -> str:
    return text(post, "id") or "?"
