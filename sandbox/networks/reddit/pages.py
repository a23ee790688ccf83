"""What people see of the stand-in: a profile, a subreddit, and a post with its comments."""

from collections.abc import Callable
from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Card, Picture, Shown
from sandbox.networks.reddit.consent import LOOK
from sandbox.networks.reddit.doors import world_of
from sandbox.networks.reddit.listing import FOLLOWERS, numbers_of, permalink
from sandbox.networks.reddit.world import Comment, Person, Post, World


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/user/{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile: what somebody posted anywhere."""
    world = world_of(request)
    person = world.people.get(request.match_info["name"])
    if person is None:
        return pages.missing_page(LOOK, "No such account here.")
    mine = _visible(world, lambda post: post.person is person)
    facts = (("post", len(mine)), ("follower", FOLLOWERS))
    return pages.profile_page(LOOK, _author(person), facts, [_shown(world, post) for post in mine], world.network)


async def subreddit(request: web.Request) -> web.Response:
    """What was posted in one place."""
    world, name = world_of(request), request.match_info["name"]
    if name.casefold() not in world.subreddits:
        return pages.missing_page(LOOK, "No such community here.")
    found = _visible(world, lambda post: post.subreddit.casefold() == name.casefold())
    shown = [_shown(world, post) for post in found]
    return pages.list_page(LOOK, f"r/{name}", shown, empty="Nothing was posted here yet.")


async def post(request: web.Request) -> web.Response:
    """One post, by the address its permalink has."""
    world = world_of(request)
    found = world.posts.get(request.match_info["id"])
    if found is None or found.visible_at > world.now():
        return pages.missing_page(LOOK, "No such post here.")
    others = _visible(world, lambda one: one.person is found.person and one is not found)
    return pages.post_page(LOOK, [], _shown(world, found), [_shown(world, one) for one in others])


async def picture(request: web.Request) -> web.Response:
    """A picture of a post."""
    asset = world_of(request).assets.get(request.match_info["id"])
    if asset is None or asset.content is None or not asset.mime_type.startswith("image/"):
        return pages.missing_page(LOOK, "No such file here.")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=asset.content, content_type=asset.mime_type, headers=headers)


def _visible(world: World, wanted: Callable[[Post], bool]) -> list[Post]:
    found = [one for one in world.posts.values() if one.visible_at <= world.now() and wanted(one)]
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def _author(person: Person) -> Author:
    return Author(name=f"u/{person.name}", handle=person.name, href=f"/user/{person.name}")


def _shown(world: World, found: Post) -> Shown:
    score, comments = numbers_of(world, found)
    facts = (
        f"r/{found.subreddit}: {found.title}",
        *(("Not safe for work",) if found.nsfw else ()),
        *(("Spoiler",) if found.spoiler else ()),
        *((f"Crosspost of {found.crosspost}",) if found.crosspost else ()),
    )
    below = [one for one in world.comments.values() if one.parent == found.name]
    link = found.url if found.kind == "link" else None
    return Shown(
        id=found.name,
        href=permalink(found),
        author=_author(found.person),
        text=f"{found.subreddit}\n{found.title}\n{found.text}\n{found.url}",
        html=_html(found.text),
        taken_at=found.made_at,
        numbers=(("point", score), ("comment", comments)),
        pictures=tuple(
            Picture(src=f"/files/{one.id}", alt="", kind="image" if one.mime_type.startswith("image/") else "video")
            for one in found.assets
        ),
        card=Card(href=link, title=link, description="", picture=None) if link else None,
        notes=facts,
        extra=tuple(f"{choice} · 0 votes" for choice in found.choices),
        replies=tuple(_comment(world, one) for one in below),
    )


def _comment(world: World, found: Comment) -> Shown:
    below = [one for one in world.comments.values() if one.parent == found.name]
    return Shown(
        id=found.name,
        href=permalink(found.post),
        author=_author(found.person),
        text=found.text,
        html=_html(found.text),
        taken_at=found.made_at,
        numbers=(("point", found.votes),),
        replies=tuple(_comment(world, one) for one in below),
    )


def _html(text: str) -> str:
    return escape(text).replace("\n", "<br>")
