"""What people see of the stand-in: a Page and its posts at the addresses the API gives."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.facebook.showing import numbers_of
from sandbox.networks.facebook.world import LOOK, Page, Post, World, world_of
from sandbox.networks.pages import Author, Card, Picture, Shown

NO_POST = "No such post here."


async def front(request: web.Request) -> web.Response:
    """The demo's own Page."""
    raise web.HTTPFound(f"/{next(iter(world_of(request).pages.values())).username}")


async def place(request: web.Request) -> web.Response:
    """A Page by its name, or a post by its id."""
    world, name = world_of(request), request.match_info["name"]
    page = next((one for one in world.pages.values() if name in {one.username, one.id}), None)
    if page is not None:
        mine = [_shown(world, post) for post in _newest(world, page)]
        facts = (("post", len(mine)), ("follower", page.followers))
        return pages.profile_page(LOOK, _author(page), facts, mine, world.network)
    return _post_page(world, name)


async def reel(request: web.Request) -> web.Response:
    """A film, at the address it has as a reel."""
    world = world_of(request)
    film = world.films.get(request.match_info["id"])
    return _post_page(world, film.post if film is not None else "")


async def picture(request: web.Request) -> web.Response:
    """An uploaded photo."""
    photo = world_of(request).photos.get(request.match_info["id"])
    if photo is None:
        return pages.missing_page(LOOK, "No such photo here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=photo.content, content_type=photo.mime_type, headers=headers)


def _post_page(world: World, name: str) -> web.Response:
    post = world.posts.get(name)
    if post is None:
        return pages.missing_page(LOOK, NO_POST)
    if post.parent:
        above = [_shown(world, world.posts[post.parent], deep=False)]
        return pages.post_page(LOOK, above, _shown(world, post), [])
    others = [_shown(world, one, deep=False) for one in _newest(world, post.page) if one is not post]
    return pages.post_page(LOOK, [], _shown(world, post), others)


def _newest(world: World, page: Page) -> list[Post]:
    mine = [post for post in world.posts.values() if post.page is page and not post.parent]
    return sorted(mine, key=lambda post: post.created_at, reverse=True)


def _author(page: Page) -> Author:
    return Author(name=page.name, handle=page.username, href=f"/{page.username}")


def _shown(world: World, post: Post, *, deep: bool = True) -> Shown:
    reactions, shares, views = numbers_of(world, post)
    below = [one for one in world.posts.values() if one.parent == post.id]
    notes = {"story": ("Story",), "film": ("Reel",)}.get(post.kind, ())
    card = Card(href=post.link, title=post.link, description="", picture=None) if post.link else None
    return Shown(
        id=post.id,
        href=f"/{post.id}",
        author=_author(post.page),
        text=post.message,
        html="<br>".join(escape(line) for line in post.message.splitlines()),
        taken_at=post.created_at,
        numbers=(("reaction", reactions), ("comment", len(below)), ("share", shares), ("view", views)),
        pictures=(*(_picture(world, one) for one in post.photos), *((_FILM,) if post.film else ())),
        card=card,
        notes=(*notes, *((post.title,) if post.title else ())),
        replies=tuple(_shown(world, one) for one in below) if deep else (),
    )


_FILM = Picture(src="", alt="", kind="video")


def _picture(world: World, name: str) -> Picture:
    return Picture(src=f"/photo/{name}", alt=world.photos[name].alt)
