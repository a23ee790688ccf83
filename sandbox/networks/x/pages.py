"""What people see of the stand-in: profiles and posts at the addresses their permalinks have."""

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Look, Picture, Shown
from sandbox.networks.x import text
from sandbox.networks.x.doors import world_of
from sandbox.networks.x.world import File, Person, Post, World, numbers_of

LOOK = Look(title="X", band="#0f1419")
NO_POST, NO_ACCOUNT = "No such post here.", "No such account here."


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile; replies stand below what they reply to."""
    world = world_of(request)
    person = world.people.get(request.match_info["username"])
    if person is None:
        return pages.missing_page(LOOK, NO_ACCOUNT)
    mine = world.mine(person)
    facts = (("post", len(mine)), ("follower", 12), ("following|following", 3))
    shown = [_shown(world, post) for post in mine if post.parent not in world.posts]
    return pages.profile_page(LOOK, _author(person), facts, shown, world.network)


async def post(request: web.Request) -> web.Response:
    """One post, whatever name stands before it."""
    world = world_of(request)
    found = world.posts.get(request.match_info["id"])
    if found is None:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(world, one, deep=False) for one in world.mine(found.person) if one is not found]
    return pages.post_page(LOOK, _above(world, found), _shown(world, found), others)


async def picture(request: web.Request) -> web.Response:
    """An uploaded picture."""
    file = world_of(request).files.get(request.match_info["id"])
    if file is None or not file.content:
        raise web.HTTPNotFound
    return web.Response(body=file.content, content_type=file.mime_type)


def _author(person: Person) -> Author:
    return Author(name=person.name, handle=person.username, href=f"/{person.username}")


def _above(world: World, found: Post) -> list[Shown]:
    parent = world.posts.get(found.parent or "")
    return [] if parent is None else [*_above(world, parent), _shown(world, parent, deep=False)]


def _shown(world: World, found: Post, *, deep: bool = True) -> Shown:
    below = sorted((one for one in world.posts.values() if one.parent == found.id), key=lambda one: int(one.id))
    numbers = numbers_of(found, world)
    return Shown(
        id=found.id,
        href=f"/{found.person.username}/status/{found.id}",
        author=_author(found.person),
        text=found.text,
        html=text.to_html(found.text),
        taken_at=found.created_at,
        numbers=(
            ("like", numbers["like_count"]),
            ("repost", numbers["repost_count"]),
            ("reply|replies", numbers["reply_count"]),
            ("view", numbers["impression_count"]),
        ),
        pictures=tuple(_picture(file) for file in found.files),
        notes=tuple(_notes(found)),
        extra=tuple(f"{choice} · 0 votes" for choice in found.poll),
        replies=tuple(_shown(world, one) for one in below) if deep else (),
    )


def _notes(found: Post) -> list[str]:
    said = {
        f"In the community {found.community}": found.community is not None,
        f"Replies by {found.reply_settings} only": found.reply_settings != "everyone",
        "Made with AI": found.body.get("made_with_ai") is True,
        "Paid partnership": found.body.get("paid_partnership") is True,
    }
    return [words for words, holds in said.items() if holds]


def _picture(file: File) -> Picture:
    return Picture(src=f"/media/{file.id}", alt=file.alt_text, kind="image" if file.content else "video")
