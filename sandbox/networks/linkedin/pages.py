"""What people see of the stand-in: profiles, company pages and posts at the addresses their permalinks have."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.linkedin.doors import inside, listed, world_of
from sandbox.networks.linkedin.world import Author, Comment, Post, World
from sandbox.networks.pages import Card, Look, Picture, Shown

LOOK = Look(title="LinkedIn", band="#0a5aa8")
NO_POST, NO_ACCOUNT = "No such post here.", "No such account here."


async def front(request: web.Request) -> web.Response:
    """Whoever posted last; before that the demo's own page."""
    world = world_of(request)
    last = max(world.posts.values(), key=lambda one: one.made_at, default=None)
    author = last.author if last is not None else world.called(world.network.handle)
    raise web.HTTPFound(_home(author) if author else "/")


async def profile(request: web.Request) -> web.Response:
    """A member's profile, or a company's page."""
    world = world_of(request)
    author = world.called(request.match_info["name"])
    if author is None:
        return pages.missing_page(LOOK, NO_ACCOUNT)
    posts = [_shown(world, post) for post in world.posts_of(author)]
    facts = (("post", len(posts)), ("follower", 219))
    return pages.profile_page(LOOK, _author(author), facts, posts, world.network)


async def post(request: web.Request) -> web.Response:
    """One post with its comments."""
    world = world_of(request)
    found = world.posts.get(request.match_info["urn"])
    if found is None:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(world, one) for one in world.posts_of(found.author) if one is not found]
    return pages.post_page(LOOK, (), _shown(world, found), others)


async def picture(request: web.Request) -> web.Response:
    """An uploaded image."""
    asset = world_of(request).assets.get(request.match_info["urn"])
    if asset is None or asset.kind != "image":
        return pages.missing_page(LOOK, "No such file here.")
    kinds = {b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
    mime = next((kind for mark, kind in kinds.items() if asset.content.startswith(mark)), "image/png")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=asset.content, content_type=mime, headers=headers)


def _home(author: Author) -> str:
    return f"/{'company' if author.is_page else 'in'}/{author.name}"


def _author(author: Author) -> pages.Author:
    return pages.Author(name=author.title, handle=author.name, href=_home(author))


def _html(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())


def _shown(world: World, found: Post) -> Shown:
    numbers, content = world.numbers_of(found), found.content
    media = [inside(content, "media"), *listed(inside(content, "multiImage"), "images")]
    poll, visibility = inside(content, "poll"), str(found.body.get("visibility"))
    question = (f"Poll: {poll['question']}",) if "question" in poll else ()
    return Shown(
        id=found.urn,
        href=f"/feed/update/{found.urn}/",
        author=_author(found.author),
        text=found.text,
        html=_html(found.text),
        taken_at=found.made_at,
        numbers=(
            ("reaction", numbers["likeCount"]),
            ("comment", numbers["commentCount"]),
            ("repost", numbers["shareCount"]),
            ("impression", numbers["impressionCount"]),
        ),
        pictures=tuple(_picture(one) for one in media if one),
        card=_card(inside(content, "article")),
        notes=(() if visibility == "PUBLIC" else (f"Seen by: {visibility.lower().replace('_', ' ')}",)),
        extra=(*question, *(f"{option.get('text')} · 0 votes" for option in listed(poll, "options"))),
        replies=tuple(_comment(one, found) for one in found.comments),
    )


def _comment(one: Comment, found: Post) -> Shown:
    return Shown(
        id=one.urn,
        href=f"/feed/update/{found.urn}/",
        author=_author(one.author),
        text=one.text,
        html=_html(one.text),
        taken_at=one.made_at,
        numbers=(),
    )


def _picture(shown: dict[str, object]) -> Picture:
    urn = str(shown.get("id"))
    kind = urn.split(":")[2]
    named = f"{kind}: {shown['title']}" if "title" in shown else kind
    return Picture(src=f"/dms/{urn}", alt=str(shown.get("altText", "")), kind="image" if kind == "image" else named)


def _card(article: dict[str, object]) -> Card | None:
    if not article:
        return None
    thumbnail = article.get("thumbnail")
    return Card(
        href=str(article.get("source")),
        title=str(article.get("title", "")),
        description=str(article.get("description", "")),
        picture=f"/dms/{thumbnail}" if thumbnail else None,
    )
