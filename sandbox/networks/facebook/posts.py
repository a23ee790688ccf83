"""Posts, photos, comments and stories: made, listed, shown, deleted, and refused where Facebook refuses them.

Sources: developers.facebook.com/docs/pages-api/posts, /docs/graph-api/reference/page/photos,
/docs/graph-api/reference/object/comments and /docs/page-stories-api, read 2026-11-21.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.networks.facebook import accounts, films
from sandbox.networks.facebook.films import CREATING
from sandbox.networks.facebook.showing import below, shown
from sandbox.networks.facebook.world import Page, Photo, Post, World, after, named_page, page_of, world_of
from sandbox.networks.graph import (
    Body,
    Field,
    GraphError,
    Values,
    base_of,
    days_of,
    fields_of,
    gone,
    listed,
    missing,
    picked,
    values_of,
    word,
)

LONGEST = 63_206
LONGEST_COMMENT = 8_000
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


async def photos(request: web.Request) -> web.Response:
    """`POST /{page}/photos`: hidden, or a post at once."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_manage_posts")
    content, mime_type = _picture(values, world)
    photo = Photo(
        id=world.next_id(), page=page, content=content, mime_type=mime_type, alt=word(values, "alt_text_custom")
    )
    world.photos[photo.id] = photo
    if word(values, "published").lower() in {"false", "0"}:
        return web.json_response({"id": photo.id})
    request[CREATING] = True
    post = _made(world, page, word(values, "message") or word(values, "caption"), photos=(photo.id,))
    photo.post = post.id
    return web.json_response({"id": photo.id, "post_id": post.id})


def _picture(values: Values, world: World) -> tuple[bytes, str]:
    source = next((one for one in values.values() if isinstance(one, FileField)), None)
    if source is None:
        raise GraphError(code=324, words="Requires upload file")
    content = source.file.read()
    mime_type = next((mime for signature, mime in _SIGNATURES if content.startswith(signature)), None)
    if mime_type is None or len(content) > world.settings.photo_bytes:
        words = "Your photos couldn't be uploaded. Photos should be smaller than 4 MB and saved as JPG, PNG, GIF, TIFF"
        raise GraphError(code=1, subcode=1366046, words="Can't Read Files", user_words=words)
    return content, mime_type


async def feed(request: web.Request) -> web.Response:
    """`POST /{page}/feed`."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_manage_posts")
    message, link = word(values, "message"), word(values, "link")
    if len(message.encode("utf-16-le")) // 2 > LONGEST:
        raise GraphError(code=100, words="The message is too long")
    if link and not link.startswith(("http://", "https://")):
        raise GraphError(code=100, subcode=2061006, words="Invalid URL", user_words="The URL is not valid.")
    attached = tuple(_attached(values))
    if not (message or link or attached):
        raise GraphError(code=100, words="Missing message or attachment")
    shown = [world.photos[one] for one in attached if one in world.photos and world.photos[one].page is page]
    if len(shown) < len(attached):
        raise GraphError(code=100, words="Param attached_media must be ids of unpublished photos")
    if any(photo.post for photo in shown):
        raise GraphError(code=100, subcode=1366051, words="Already Posted", user_words="These photos were posted.")
    if not attached:
        _refuse_again(world, page, message, link)
    request[CREATING] = True
    post = _made(world, page, message, link=link, photos=attached)
    for photo in shown:
        photo.post = post.id
    return web.json_response({"id": post.id})


def _attached(values: Values) -> Iterator[str]:
    """`attached_media` as one list, or with numbered names."""
    many = word(values, "attached_media")
    single = [word(values, name) for name in sorted(values) if name.startswith("attached_media[")]
    try:
        found: object = json.loads(many) if many else [json.loads(one) for one in single]
    except ValueError:
        raise GraphError(code=100, words="Param attached_media must be an array") from None
    if not isinstance(found, list):
        raise GraphError(code=100, words="Param attached_media must be an array")
    for one in cast("list[object]", found):
        media = cast("Mapping[str, object]", one).get("media_fbid") if isinstance(one, dict) else None
        if media is None:
            raise GraphError(code=100, words="Param attached_media must have media_fbid")
        yield str(media)


def _refuse_again(world: World, page: Page, message: str, link: str) -> None:
    """The same as a moment ago is taken for a mistake."""
    for post in world.posts.values():
        same = (post.page, post.message, post.link, post.kind) == (page, message, link, "post")
        if same and after(post.created_at, world.settings.duplicate_s) > world.now():
            words = "This status update is identical to the last one you posted."
            raise GraphError(code=506, subcode=1455006, words="Duplicate status message", user_words=words)


def _made(world: World, page: Page, message: str, *, link: str = "", photos: tuple[str, ...] = ()) -> Post:
    post = Post(
        id=f"{page.id}_{world.next_id()}", page=page, message=message, created_at=world.now(), link=link, photos=photos
    )
    return world.published(post)


async def photo_story(request: web.Request) -> web.Response:
    """`POST /{page}/photo_stories`."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_manage_posts")
    photo = world.photos.get(word(values, "photo_id"))
    if photo is None or photo.page is not page:
        raise missing("photo_id")
    if photo.post:
        raise GraphError(code=100, subcode=1366051, words="Already Posted", user_words="This photo was posted.")
    request[CREATING] = True
    post = Post(id=world.next_id(), page=page, message="", created_at=world.now(), kind="story", photos=(photo.id,))
    photo.post = world.published(post).id
    return web.json_response({"success": True, "post_id": post.id})


async def stories(request: web.Request) -> web.Response:
    """`GET /{page}/stories`: of Pages that keep an archive."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_read_engagement")
    kept = [one for one in _of_page(world, page) if one.kind == "story"] if world.settings.archives_stories else []
    rows: list[Body] = [
        {
            "post_id": one.id,
            "status": "PUBLISHED",
            "creation_time": str(int(one.created_at.timestamp())),
            "media_type": "video" if one.film else "photo",
            "media_id": one.film or one.photos[0],
            "url": f"https://facebook.com/stories/{one.id}",
        }
        for one in kept
    ]
    fields = fields_of(values, "post_id,status")
    return listed(request, values, [picked(row, fields) for row in rows])


def _of_page(world: World, page: Page) -> list[Post]:
    """Newest first."""
    mine = [post for post in world.posts.values() if post.page is page and not post.parent]
    return sorted(mine, key=lambda post: post.created_at, reverse=True)


def _visible(world: World, post: Post) -> bool:
    return not post.film or films.is_ready(world, world.films[post.film])


async def published_posts(request: web.Request) -> web.Response:
    """`GET /{page}/published_posts`, newest first."""
    values, world = await values_of(request), world_of(request)
    page = named_page(request, values, "pages_read_engagement")
    fields = fields_of(values, "created_time,message,id")
    since = datetime.fromtimestamp(int(word(values, "since") or 0), UTC)
    rows = [
        shown(world, post, fields, base_of(request))
        for post in _of_page(world, page)
        if post.kind != "story" and post.created_at >= since and _visible(world, post)
    ]
    return listed(request, values, rows)


async def comment(request: web.Request) -> web.Response:
    """`POST /{post}/comments`."""
    values, world = await values_of(request), world_of(request)
    page = page_of(request, values, "pages_manage_engagement")
    parent = _post(world, request.match_info["id"])
    message = word(values, "message")
    if not message or len(message.encode("utf-16-le")) // 2 > LONGEST_COMMENT:
        raise GraphError(code=100, words="The message is missing or too long")
    request[CREATING] = True
    bare = parent.id.rpartition("_")[2]
    made = Post(
        id=f"{bare}_{world.next_id()}",
        page=page,
        message=message,
        created_at=world.now(),
        kind="comment",
        parent=parent.id,
    )
    return web.json_response({"id": world.published(made).id})


async def comments(request: web.Request) -> web.Response:
    """`GET /{post}/comments`."""
    values, world = await values_of(request), world_of(request)
    page_of(request, values, "pages_read_user_content")
    parent = _post(world, request.match_info["id"])
    fields = fields_of(values, "created_time,message,id")
    rows = sorted(below(world, parent), key=lambda one: one.created_at)
    if word(values, "order") == "reverse_chronological":
        rows.reverse()
    return listed(request, values, [shown(world, one, fields, base_of(request)) for one in rows])


def _post(world: World, name: str) -> Post:
    """A post or comment by its id, or by its film's. Raises GraphError."""
    film = world.films.get(name)
    post = world.posts.get(film.post if film is not None else name)
    if post is None:
        raise gone(name)
    return post


async def node(request: web.Request) -> web.Response:
    """`GET /{id}`: a Page, a film, a post or a comment."""
    values = await values_of(request)
    page_of(request, values)
    return web.json_response(_node(request, request.match_info["id"], fields_of(values)))


def _node(request: web.Request, name: str, fields: Mapping[str, Field]) -> Body:
    world = world_of(request)
    if name in world.pages:
        return picked(accounts.shown(world, world.pages[name], None), fields)
    if name in world.films:
        return picked(films.shown(world, world.films[name]), fields)
    return shown(world, _post(world, name), fields, base_of(request))


async def insights(request: web.Request) -> web.Response:
    """`GET /{page}/insights` of each day."""
    values = await values_of(request)
    page = page_of(request, values)
    if request.match_info["id"] != page.id:
        raise gone(request.match_info["id"])
    known = {"page_media_view": 9, "page_total_media_view_unique": 7, "page_video_views": 0, "page_follows": 120}
    return web.json_response({"data": days_of(values, known)})


async def many(request: web.Request) -> web.Response:
    """`GET /?ids=`: one that is not there spoils them all."""
    values, world = await values_of(request), world_of(request)
    page_of(request, values)
    names = word(values, "ids").split(",")
    for name in names:
        if name not in world.posts and name not in world.films:
            raise GraphError(code=803, words=f"Some of the aliases you requested do not exist: {name}")
    return web.json_response({name: _node(request, name, fields_of(values)) for name in names})


async def delete(request: web.Request) -> web.Response:
    """`DELETE /{id}`."""
    values, world = await values_of(request), world_of(request)
    page = page_of(request, values, "pages_manage_posts")
    name = request.match_info["id"]
    if name in world.photos and not world.photos[name].post:
        del world.photos[name]
        return web.json_response({"success": True})
    post = _post(world, name)
    if post.page is not page:
        raise GraphError(code=200, words="Permissions error")
    for one in (post, *below(world, post)):
        del world.posts[one.id]
    return web.json_response({"success": True})
