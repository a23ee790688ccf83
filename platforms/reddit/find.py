"""Looking for a post that may have been made: among the account's own newest ones.

Reddit has no keys. A gallery shows the names of its files, which belong to one item alone: a proof. Elsewhere
subreddit, title, text or link and the time decide. Posts with a picture or a film may appear minutes after Reddit took
them: that they are not there proves nothing.

A server's clock is not ours: an equal post up to `CLOCK_DOUBT` older than the first attempt may be an earlier one or
the work of a slow clock, and nobody can tell. That the same post is not taken for two items is the caller's to see to.

Source: https://www.reddit.com/dev/api#GET_user_{username}_{where}, read 2026-11-21.
"""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from bot.domain.accounts import Connected
from platforms.answers import as_object, text, texts
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Wire
from platforms.errors import Unavailable
from platforms.reddit.calls import read_of, web_of
from platforms.reddit.reading import moment, things_of
from platforms.reddit.spec import COMMENT, GALLERY, IMAGE, POLL, TEXT, VIDEO
from platforms.text import resembling

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 100
"""The most the list gives at once."""
LATE = frozenset({IMAGE, VIDEO, GALLERY})
"""Kinds that appear some time after Reddit took them."""
_VIEW_POLL = re.compile(r"\s*\[View Poll\]\(https?://[^()\s]+/poll/[^()\s]+\)\s*$")
"""What Reddit writes below the text of a poll (seen in its lists; read 2026-11-22)."""


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: datetime
) -> Published | Absent | CannotTell:
    """Whether the prepared post is among those made since then. Raises PlatformError when it cannot be looked."""
    del key
    shown = as_object(prepared.data.get("shown"))
    listed = await _newest(wire, connected, shown)
    found = judge(connected, shown, listed, since)
    if found is not None:
        return found
    if len(listed) >= PAGE and _made(listed[-1]) >= since - CLOCK_DOUBT:
        return CannotTell(reason=f"more than {PAGE} posts since then")
    if text(shown, "kind") in LATE:
        return CannotTell(reason="not listed; posts with files may appear minutes later")
    return Absent(evidence=f"not among the {len(listed)} newest")


async def look(wire: Wire, connected: Connected, shown: JsonObject, since: datetime) -> Published | CannotTell | None:
    """One look for what Reddit still works on; None while it is not there. Raises PlatformError."""
    return judge(connected, shown, await _newest(wire, connected, shown), since)


def judge(
    connected: Connected, shown: JsonObject, listed: tuple[JsonObject, ...], since: datetime
) -> Published | CannotTell | None:
    """Which of these it is; None for none of them."""
    media = frozenset(texts(shown.get("media")))
    for thing in listed:
        if media & _media(thing):
            return _published(connected, thing)
    equal = [one for one in listed if _made(one) >= since - CLOCK_DOUBT and _equals(one, shown)]
    certain = [one for one in equal if _made(one) >= since - CLOCK_MARGIN]
    if len(certain) == 1 and not media:
        return _published(connected, certain[0])
    if certain:
        return CannotTell(reason=f"{len(certain)} alike: {', '.join(text(one, 'name') or '?' for one in certain)}")
    if equal:
        return CannotTell(reason=f"an equal one is a little older than the first attempt: {text(equal[0], 'name')}")
    near = [one for one in listed if _made(one) >= since - CLOCK_MARGIN and _resembles(one, shown)]
    return CannotTell(reason=f"{text(near[0], 'name')} is much like it") if near else None


async def _newest(wire: Wire, connected: Connected, shown: JsonObject) -> tuple[JsonObject, ...]:
    where = "comments" if text(shown, "kind") == COMMENT else "submitted"
    operation = f"GET /user/:name/{where}"
    path = f"user/{connected.account.handle}/{where}"
    answer = await wire.read(read_of(connected, operation, path, (("sort", "new"), ("limit", str(PAGE)))))
    things = things_of(answer)
    if things is None or any(text(one, "name") is None or moment(one) is None for one in things):
        safe = "Reddit's list of posts cannot be read."
        raise Unavailable(safe, platform="reddit", operation=operation, status=answer.status)
    return things


def _equals(thing: JsonObject, shown: JsonObject) -> bool:
    return (
        _same_place(thing, shown)
        and _comparable(_title(thing, shown)) == _comparable(_title(shown, shown))
        and text(shown, "link") in {None, *_addresses(thing)}
        and _same_words(_comparable(_words(thing, shown)), _comparable(text(shown, "text")), shown)
    )


def _resembles(thing: JsonObject, shown: JsonObject) -> bool:
    """What Reddit may have touched up: letters and digits of the title and the text are the same, and of the link."""
    link = text(shown, "link")
    return (
        _same_place(thing, shown)
        and _letters(_title(thing, shown)) == _letters(_title(shown, shown))
        and (link is None or _bare(link) in map(_bare, _addresses(thing)))
        and _same_words(_letters(_words(thing, shown)), _letters(text(shown, "text")), shown)
    )


def _same_place(thing: JsonObject, shown: JsonObject) -> bool:
    """Where it stands: below the same post, or in the same subreddit, and of the same post if it is a crosspost."""
    if text(shown, "kind") == COMMENT:
        return text(thing, "parent_id") == text(shown, "parent")
    crosspost = text(shown, "crosspost")
    return (text(thing, "subreddit") or "").casefold() == (text(shown, "subreddit") or "").casefold() and (
        crosspost is None or text(thing, "crosspost_parent") == crosspost
    )


def _same_words(theirs: str, ours: str, shown: JsonObject) -> bool:
    """Of a post that is no text of its own Reddit may leave the text out."""
    return theirs == ours or (not theirs and text(shown, "kind") not in {TEXT, POLL, COMMENT})


def _title(values: JsonObject, shown: JsonObject) -> str | None:
    """A comment has none."""
    return None if text(shown, "kind") == COMMENT else text(values, "title")


def _words(thing: JsonObject, shown: JsonObject) -> str | None:
    words = text(thing, "body") or text(thing, "selftext")
    return _VIEW_POLL.sub("", words) if words is not None and text(shown, "kind") == POLL else words


def _addresses(thing: JsonObject) -> tuple[str, ...]:
    found = (text(thing, "url"), text(thing, "url_overridden_by_dest"))
    return tuple(one for one in found if one is not None)


def _bare(address: str) -> str:
    """The letters and digits of where an address leads, however its host and its signs are written."""
    host = rest = ""
    with suppress(ValueError):
        parts = urlsplit(address)
        host, rest = parts.hostname or "", unquote(f"{parts.path}?{parts.query}")
        host = host.encode("idna").decode()
    return _letters(f"{host} {rest}")


def _media(thing: JsonObject) -> frozenset[str]:
    return frozenset(as_object(thing.get("media_metadata")))


def _comparable(words: str | None) -> str:
    return " ".join((words or "").split())


def _letters(words: str | None) -> str:
    return resembling(words or "")


def _made(thing: JsonObject) -> datetime:
    made = moment(thing)
    if made is None:
        raise ValueError("a post without a time passed the reading")
    return made


def _published(connected: Connected, thing: JsonObject) -> Published:
    path = text(thing, "permalink")
    permalink = f"{web_of(connected)}{path}" if path is not None else None
    return Published(platform_post_id=text(thing, "name") or "", permalink=permalink)
