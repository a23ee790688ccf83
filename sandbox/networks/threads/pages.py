"""What people see of the stand-in: a profile and its posts, at the addresses the API gives."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Card, Picture, Shown
from sandbox.networks.threads.consent import LOOK
from sandbox.networks.threads.doors import world_of
from sandbox.networks.threads.reading import FOLLOWERS, numbers_of
from sandbox.networks.threads.world import Person, Post, World

_WORDS = {"likes": "like", "replies": "reply|replies", "reposts": "repost", "views": "view"}


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/@{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile; replies stand below what they reply to."""
    world = world_of(request)
    person = world.people.get(request.match_info["username"])
    if person is None:
        return pages.missing_page(LOOK, "No such account here.")
    mine = _posts_of(world, person)
    facts = (("post", len(mine)), ("follower", FOLLOWERS))
    roots = [_shown(world, post) for post in mine if post.parent is None]
    return pages.profile_page(LOOK, _author(person), facts, roots, world.network)


async def post(request: web.Request) -> web.Response:
    """One post, by the address its permalink has."""
    world, code = world_of(request), request.match_info["code"]
    found = next((one for one in world.posts.values() if one.shortcode == code), None)
    if found is None:
        return pages.missing_page(LOOK, "No such post here.")
    others = [_shown(world, one, deep=False) for one in _posts_of(world, found.person) if one is not found]
    return pages.post_page(LOOK, _above(world, found), _shown(world, found), others)


async def picture(request: web.Request) -> web.Response:
    """A picture of a post."""
    found = world_of(request).posts.get(request.match_info["id"])
    at = int(request.match_info["at"])
    if found is None or at >= len(found.files) or not found.files[at].content:
        return pages.missing_page(LOOK, "No such file here.")
    content = found.files[at].content
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return web.Response(body=content, content_type=kind, headers=headers)


def _posts_of(world: World, person: Person) -> list[Post]:
    mine = [one for one in world.posts.values() if one.person is person]
    return sorted(mine, key=lambda one: int(one.id), reverse=True)


def _author(person: Person) -> Author:
    return Author(name=person.name, handle=person.username, href=f"/@{person.username}")


def _above(world: World, found: Post) -> list[Shown]:
    parent = world.posts.get(found.parent or "")
    return [] if parent is None else [*_above(world, parent), _shown(world, parent, deep=False)]


def _shown(world: World, found: Post, *, deep: bool = True) -> Shown:
    numbers, values = numbers_of(world, found), found.values
    below = sorted((one for one in world.posts.values() if one.parent == found.id), key=lambda one: int(one.id))
    link = values.get("link_attachment")
    extra = tuple(values[name] for name in ("poll_attachment", "gif_attachment", "text_attachment") if name in values)
    return Shown(
        id=found.id,
        href=f"/@{found.person.username}/post/{found.shortcode}",
        author=_author(found.person),
        text=found.text,
        html=escape(found.text).replace("\n", "<br>"),
        taken_at=found.made_at,
        numbers=tuple((word, numbers[name]) for name, word in _WORDS.items()),
        pictures=tuple(
            Picture(
                src=f"/files/{found.id}/{at}",
                alt=file.alt_text,
                kind="image" if file.content else file.kind.lower(),
            )
            for at, file in enumerate(found.files)
        ),
        card=Card(href=link, title=link, description="", picture=None) if link else None,
        notes=(f"Topic: {values['topic_tag']}",) if "topic_tag" in values else (),
        extra=extra,
        replies=tuple(_shown(world, one) for one in below) if deep else (),
    )
