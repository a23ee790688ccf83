"""Looking for what may have been made: a Page's newest posts, a film by its id, a post's comments, a Page's stories.

Uploads belong to one item alone: a post that shows its photos, or its film being out, is a proof. Without files the
text and the time decide, as for every network without keys; two equal posts are not told apart.

Sources: developers.facebook.com/docs/graph-api/reference/page/published_posts, /object/comments beside it and
/docs/page-stories-api, read 2026-11-21. Stories are listed only while the Page keeps an archive of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, identifier, objects, text, texts
from platforms.base import Absent, CannotTell, JsonObject, Key, Pending, Prepared, Published, Request, Wire
from platforms.errors import Refused, Unavailable
from platforms.facebook.films import SITE, Stage, handle_of, look_at, published
from platforms.facebook.kinds import COMMENT, STORY
from platforms.meta import after_of, comparable, graph, moment, rows_of
from platforms.text import resembling

CLOCK_MARGIN = timedelta(seconds=5)
CLOCK_DOUBT = timedelta(minutes=15)
"""An equal post that is older than the first attempt by less than that may be its work, or an earlier one."""
MOST_LISTS = 10
_POSTS = "id,message,created_time,permalink_url,attachments{target,subattachments{target}}"
_COMMENTS = "id,message,created_time,permalink_url,from"


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Where things of one kind are listed, newest first."""

    path: str
    fields: str
    more: tuple[tuple[str, str], ...] = ()


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: Facebook knows no keys
    since: datetime,
) -> Published | Pending | Absent | CannotTell:
    """Whether what was prepared is there. Raises PlatformError when it cannot be looked."""
    data = prepared.data
    video, page = text(data, "video"), connected.account.platform_account_id
    if video is not None:
        return await _film(wire, connected, video, data)
    if data.get("kind") == STORY:
        return await _story(wire, connected, data)
    if data.get("kind") == COMMENT:
        more = (("order", "reverse_chronological"), ("filter", "stream"))
        place = _List(path=f"{text(data, 'parent')}/comments", fields=_COMMENTS, more=more)
    else:
        from_s = str(int((since - CLOCK_DOUBT).timestamp()))
        place = _List(path=f"{page}/published_posts", fields=_POSTS, more=(("since", from_s),))
    recent = await _since(wire, connected, place, since - CLOCK_DOUBT)
    if recent is None:
        return CannotTell(reason="there are too many since then")
    if data.get("kind") == COMMENT:
        recent = [one for one in recent if identifier(as_object(one.get("from"))) in {page, None}]
    return _judge(recent, data, since)


async def _film(
    wire: Wire, connected: Connected, video: str, data: JsonObject
) -> Published | Pending | Absent | CannotTell:
    try:
        film = await look_at(wire, connected, video)
    except Refused as refused:
        return CannotTell(reason=f"{refused.safe} ({refused.code})")
    if film.stage is Stage.OUT:
        return published(film, connected, data)
    if film.stage is Stage.WORKED_ON:
        return CannotTell(reason="Facebook is still processing the video.")
    if film.stage is Stage.FAILED:
        return Pending(handle=handle_of(data, video), check_after_s=0.0)  # `poll` says why nothing comes of it
    return Absent(evidence=f"the video's status is {film.status}, and it is not published")


async def _story(wire: Wire, connected: Connected, data: JsonObject) -> Published | CannotTell:
    place = _List(
        path=f"{connected.account.platform_account_id}/stories", fields="post_id,status,creation_time,media_id,url"
    )
    rows, _ = await _page(wire, connected, place, None)
    wanted = frozenset(texts(data.get("photos")))
    for story in rows:
        post = identifier(story, "post_id")
        if post is not None and identifier(story, "media_id") in wanted:
            return Published(platform_post_id=post, permalink=text(story, "url"))
    return CannotTell(reason="Facebook does not show the story; it lists only those of Pages that keep an archive.")


def _judge(recent: list[JsonObject], data: JsonObject, since: datetime) -> Published | Absent | CannotTell:
    photos = frozenset(texts(data.get("photos")))
    for post in recent:
        if photos & _shows(post):
            return _published(post, data)
    wanted = text(data, "text") or ""
    equal = [one for one in recent if comparable(text(one, "message") or "") == comparable(wanted)]
    certain = [one for one in equal if _made(one) >= since - CLOCK_MARGIN]
    if photos and equal:
        return CannotTell(reason=f"{_ids(equal)} has the same text; Facebook shows other photos")
    if len(certain) == 1:
        return _published(certain[0], data)
    if equal:
        return CannotTell(reason=f"equal to it, but several or a little older: {_ids(certain or equal)}")
    alike = [one for one in recent if _made(one) >= since - CLOCK_MARGIN and _resembles(one, wanted)]
    if alike:
        return CannotTell(reason=f"{_ids(alike)} is much like it; Facebook may have changed its text")
    return Absent(evidence=f"not among the {len(recent)} since then")


def _resembles(one: JsonObject, wanted: str) -> bool:
    return bool(resembling(wanted)) and resembling(text(one, "message") or "") == resembling(wanted)


def _shows(post: JsonObject) -> frozenset[str]:
    """The ids of the photos a post shows."""
    found: set[str | None] = set()
    for attached in objects(as_object(post.get("attachments")).get("data")):
        for one in (attached, *objects(as_object(attached.get("subattachments")).get("data"))):
            found.add(identifier(as_object(one.get("target"))))
    return frozenset(one for one in found if one is not None)


async def _since(wire: Wire, connected: Connected, place: _List, oldest: datetime) -> list[JsonObject] | None:
    """What was made at `oldest` or later; None when there is too much of it to read."""
    found: list[JsonObject] = []
    after: str | None = None
    for _ in range(MOST_LISTS):
        rows, after = await _page(wire, connected, place, after)
        found += [one for one in rows if _made(one) >= oldest]
        if after is None or (rows and _made(rows[-1]) < oldest):
            return found
    return None


async def _page(
    wire: Wire, connected: Connected, place: _List, after: str | None
) -> tuple[tuple[JsonObject, ...], str | None]:
    request = Request(
        operation=f"GET /{place.path.rpartition('/')[2]}",
        method="GET",
        url=graph(connected, place.path),
        query=(
            ("fields", place.fields),
            ("limit", "100"),
            *place.more,
            *((("after", after),) if after is not None else ()),
        ),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    rows = rows_of(answer)
    dated = "created_time" in place.fields
    if rows is None or (dated and any(moment(one, "created_time") is None or not identifier(one) for one in rows)):
        raise Unavailable(
            "Facebook's list of posts cannot be read.",
            platform="facebook",
            operation=request.operation,
            status=answer.status,
        )
    return rows, after_of(answer)


def _made(post: JsonObject) -> datetime:
    made = moment(post, "created_time")
    if made is None:
        raise ValueError("a post without a time passed the reading")
    return made


def _ids(posts: list[JsonObject]) -> str:
    return ", ".join(identifier(one) or "?" for one in posts)


def _published(post: JsonObject, data: JsonObject) -> Published:
    post_id = identifier(post) or ""
    link = text(post, "permalink_url") or f"{text(data, 'web') or SITE}/{post_id}"
    return Published(platform_post_id=post_id, permalink=link)
