"""What people see of the stand-in: a profile and its posts at the addresses the API gives."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.instagram.posts import comments_of, numbers_of
from sandbox.networks.instagram.world import LOOK, Media, Person, World, world_of
from sandbox.networks.pages import Author, Picture, Shown


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile."""
    world = world_of(request)
    person = world.people.get(request.match_info["name"])
    if person is None:
        return pages.missing_page(LOOK, "No such account here.")
    mine = [_shown(world, one) for one in _newest(world, person)]
    facts = (("post", len(mine)), ("follower", person.followers), ("following|following", 17))
    return pages.profile_page(LOOK, _author(person), facts, mine, world.network)


async def post(request: web.Request) -> web.Response:
    """One post, by the name in its address."""
    world, shortcode = world_of(request), request.match_info["shortcode"]
    found = next((one for one in world.media.values() if one.shortcode == shortcode), None)
    if found is None:
        return pages.missing_page(LOOK, "No such post here.")
    others = [_shown(world, one, deep=False) for one in _newest(world, found.person) if one is not found]
    return pages.post_page(LOOK, [], _shown(world, found), others)


async def picture(request: web.Request) -> web.Response:
    """A fetched picture."""
    found = world_of(request).media.get(request.match_info["id"])
    number = int(request.match_info["number"])
    if found is None or number >= len(found.files) or not found.files[number].content:
        return pages.missing_page(LOOK, "No such picture here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=found.files[number].content, content_type="image/jpeg", headers=headers)


def _newest(world: World, person: Person) -> list[Media]:
    mine = [one for one in world.media.values() if one.person is person and not one.parent]
    return sorted(mine, key=lambda one: one.made_at, reverse=True)


def _author(person: Person) -> Author:
    return Author(name=person.name, handle=person.username, href=f"/{person.username}")


def _shown(world: World, media: Media, *, deep: bool = True) -> Shown:
    likes, views = numbers_of(world, media)
    below = comments_of(world, media)
    notes = {"STORIES": ("Story",), "REELS": ("Reel",)}.get(media.media_type, ())
    return Shown(
        id=media.id,
        href=f"/p/{media.shortcode}/",
        author=_author(media.person),
        text=media.caption,
        html="<br>".join(escape(line) for line in media.caption.splitlines()),
        taken_at=media.made_at,
        numbers=(("like", likes), ("comment", len(below)), ("view", views)),
        pictures=tuple(
            Picture(src=f"/picture/{media.id}/{number}", alt=file.alt, kind=file.kind)
            for number, file in enumerate(media.files)
        ),
        notes=notes,
        replies=tuple(_shown(world, one) for one in reversed(below)) if deep else (),
    )
