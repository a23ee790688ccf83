"""Looking for what may have been made: the container says whether, the account's list says which.

A container is one item's alone and good once: PUBLISHED is a proof that the post is out, and the list is read only for
its number. One that is not published is believed only while the list shows nothing like it. Comments have no container:
their text, their author and the time decide.

Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container, /ig-user/media,
/ig-user/stories and /ig-media/comments, read 2026-11-21.
"""

from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import identifier, text
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import Unavailable
from platforms.instagram.containers import Status, status_of
from platforms.instagram.kinds import CAROUSEL, COMMENT, POST, REEL, STORY
from platforms.meta import after_of, comparable, graph, moment, rows_of
from platforms.text import resembling

CLOCK_MARGIN = timedelta(seconds=60)
"""By how much the clocks may differ; times are cut to seconds."""
MOST_LISTS = 10
_MEDIA = "id,caption,permalink,timestamp,media_type,media_product_type"
_COMMENTS = "id,text,timestamp,username"
_SHAPES = {POST: ("IMAGE",), CAROUSEL: ("CAROUSEL_ALBUM",), REEL: ("VIDEO", "REELS"), STORY: ("IMAGE", "VIDEO")}
_NOT_OUT = frozenset({Status.FINISHED, Status.EXPIRED, Status.ERROR})


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: the container is the key
    since: datetime,
) -> Published | Absent | CannotTell:
    """Whether what was prepared is out. Raises PlatformError when it cannot be looked."""
    data = prepared.data
    if data.get("kind") == COMMENT:
        return await _comment(wire, connected, data, since)
    container = text(data, "container")
    if container is None:
        return CannotTell(reason="no container was stored")
    status = (await status_of(wire, connected, container)).status
    if status is not Status.PUBLISHED and status not in _NOT_OUT:
        return CannotTell(reason=f"the container is {status or 'in a state nobody knows'}")
    alike = await _alike(wire, connected, data, since)
    return _which(alike) if status is Status.PUBLISHED else _none(alike, status)


def _none(alike: list[JsonObject] | None, status: Status | None) -> Absent | CannotTell:
    if alike is None:
        return CannotTell(reason="there are too many posts since then")
    if alike:
        return CannotTell(reason=f"the container is {status}, but {identifier(alike[0])} is like it")
    return Absent(evidence=f"the container is {status}, and nothing like it is listed")


def _which(alike: list[JsonObject] | None) -> Published | CannotTell:
    if alike is None or len(alike) != 1:
        what = f"{len(alike)} posts are like it" if alike else "it is not listed yet"
        return CannotTell(reason=f"the container was published, but {what}")
    return Published(platform_post_id=identifier(alike[0]) or "", permalink=text(alike[0], "permalink"))


async def _alike(wire: Wire, connected: Connected, data: JsonObject, since: datetime) -> list[JsonObject] | None:
    """The account's posts since then that show what this one does; None when there are too many to read."""
    oldest, story = since - CLOCK_MARGIN, data.get("kind") == STORY
    edge = "stories" if story else "media"
    more = () if story else (("since", str(int(oldest.timestamp()))),)
    rows = await _rows(wire, connected, f"{connected.account.platform_account_id}/{edge}", (("fields", _MEDIA), *more))
    if rows is None:
        return None
    shapes = {None, *_SHAPES.get(str(data.get("kind")), ())}
    recent = [one for one in rows if _made(one) >= oldest and text(one, "media_type") in shapes]
    if story:
        return recent
    wanted = text(data, "text") or ""
    equal = [one for one in recent if comparable(text(one, "caption") or "") == comparable(wanted)]
    return equal or [one for one in recent if wanted and resembling(text(one, "caption") or "") == resembling(wanted)]


async def _comment(
    wire: Wire, connected: Connected, data: JsonObject, since: datetime
) -> Published | Absent | CannotTell:
    rows = await _rows(wire, connected, f"{text(data, 'parent')}/comments", (("fields", _COMMENTS),))
    if rows is None:
        return CannotTell(reason="there are too many comments")
    wanted = comparable(text(data, "text") or "")
    mine = [
        one
        for one in rows
        if comparable(text(one, "text") or "") == wanted
        and text(one, "username") in {connected.account.handle, None}
        and _made(one) >= since - CLOCK_MARGIN
    ]
    if len(mine) == 1:
        return Published(platform_post_id=identifier(mine[0]) or "", permalink=None)
    if mine:
        return CannotTell(reason=f"{len(mine)} equal comments")
    return Absent(evidence=f"not among the {len(rows)} comments")


async def _rows(
    wire: Wire, connected: Connected, path: str, query: tuple[tuple[str, str], ...]
) -> list[JsonObject] | None:
    """A whole list; None when it is too long. Raises PlatformError when it cannot be read."""
    found: list[JsonObject] = []
    after: str | None = None
    for _ in range(MOST_LISTS):
        request = Request(
            operation=f"GET /{path.rpartition('/')[2]}",
            method="GET",
            url=graph(connected, path),
            query=(*query, ("limit", "50"), *((("after", after),) if after is not None else ())),
            bearer=connected.tokens.access,
        )
        answer = await wire.read(request)
        rows = rows_of(answer)
        if rows is None or any(identifier(one) is None or moment(one, "timestamp") is None for one in rows):
            raise Unavailable(
                "Instagram's list cannot be read.",
                platform="instagram",
                operation=request.operation,
                status=answer.status,
            )
        found += rows
        after = after_of(answer)
        if after is None:
            return found
    return None


def _made(one: JsonObject) -> datetime:
    made = moment(one, "timestamp")
    if made is None:
        raise ValueError("a post without a time passed the reading")
    return made
