"""Making, listing, showing, editing and deleting posts, refused where LinkedIn refuses them.

Source: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api, read 2026-11-21. The wording
of the refusal of equal content is as users of the API report it.
"""

import json
from collections.abc import Mapping

from aiohttp import web

from sandbox.networks.linkedin import media
from sandbox.networks.linkedin.doors import (
    InputRefusal,
    Refusal,
    Values,
    asker_of,
    author_called,
    denied,
    illegal,
    inside,
    listed,
    not_found,
    values_of,
    world_of,
)
from sandbox.networks.linkedin.little import seen
from sandbox.networks.linkedin.world import Author, Post, World

TEXT_LIMIT, ALT_LIMIT, QUESTION_LIMIT, CHOICE_LIMIT = 3000, 4086, 140, 30
MOST_IMAGES, MOST_CHOICES, MOST_LISTED = 20, 4, 100
_REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_KNOWN = frozenset({*_REQUIRED, "content", "isReshareDisabledByAuthor", "reshareContext"})
_DURATIONS = frozenset({"ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"})


async def create(request: web.Request) -> web.Response:
    """`POST /rest/posts`: 201 with no body, the new URN in a header."""
    world, asker, values = world_of(request), asker_of(request), await values_of(request)
    for name in _REQUIRED:
        if name not in values:
            raise InputRefusal(422, "MISSING_FIELD", f"ERROR :: /{name} :: field is required but not found")
    if unknown := set(values) - _KNOWN:
        raise InputRefusal(422, "UNRECOGNIZED_FIELD", f"ERROR :: /{min(unknown)} :: unrecognized field found")
    author = author_called(request, values["author"])
    if not asker.may_post_for(author):
        raise denied("posts.CREATE.NO_VERSION")
    _check(world, author, values)
    spend(world, asker.name)
    mark = json.dumps([values["author"], values["commentary"], values.get("content")], sort_keys=True)
    if world.settings.duplicates and (known := world.seen.get(mark)) is not None:
        raise InputRefusal(422, "DUPLICATE_POST", f"com.linkedin.content.Conflict: Content is a duplicate of {known}")
    urn = f"urn:li:share:{world.next_id()}"
    commentary, now = str(values["commentary"]), world.now()
    world.seen[mark] = urn
    world.posts[urn] = Post(
        urn=urn,
        author=author,
        commentary=commentary,
        text=seen(commentary),
        body=values,
        made_at=now,
        changed_at=now,
    )
    world.network.published()
    return web.Response(status=201, headers={"x-restli-id": urn, "x-linkedin-id": urn, "Location": f"/posts/{urn}"})


def spend(world: World, person: str) -> None:
    """Count one of the member's calls of the day. Raises 429, which says nothing of when."""
    world.spent[person] += 1
    if 0 < world.settings.requests_per_day < world.spent[person]:
        message = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
        raise Refusal(429, "TOO_MANY_REQUESTS", message, serviceErrorCode=101)


def _check(world: World, author: Author, values: Values) -> None:
    commentary = values["commentary"]
    if not isinstance(commentary, str):
        raise illegal("commentary: is no text")
    if len(seen(commentary).encode("utf-16-le")) // 2 > TEXT_LIMIT:
        raise InputRefusal(422, "FIELD_LENGTH_TOO_LONG", f"/commentary exceeds the maximum of {TEXT_LIMIT}")
    seen_by = ("PUBLIC", "LOGGED_IN") if author.is_page else ("PUBLIC", "LOGGED_IN", "CONNECTIONS")
    if values["visibility"] not in seen_by or values["lifecycleState"] != "PUBLISHED":
        raise illegal(f"visibility or lifecycleState: {values['visibility']}, {values['lifecycleState']}")
    if inside(values, "distribution").get("feedDistribution") not in {"MAIN_FEED", "NONE"}:
        raise illegal("distribution: feedDistribution is required")
    content = inside(values, "content")
    if not content and not commentary.strip():
        raise InputRefusal(422, "EMPTY_POST", "A post needs a text or content")
    if content:
        _check_content(world, author, content)


def _check_content(world: World, author: Author, content: Values) -> None:
    checks = {"media": _check_media, "multiImage": _check_images, "article": _check_article, "poll": _check_poll}
    if len(content) != 1 or next(iter(content)) not in checks:
        raise illegal(f"content: {', '.join(content)} is no union member")
    kind = next(iter(content))
    checks[kind](world, author, inside(content, kind))


def _check_media(world: World, author: Author, shown: Values) -> None:
    media.usable(world, shown.get("id"), author.urn, ("image", "video", "document"))
    if ":document:" in str(shown.get("id")) and not shown.get("title"):
        raise InputRefusal(422, "MISSING_FIELD", "ERROR :: /content/media/title :: field is required for documents")
    _check_alt(shown)


def _check_alt(shown: Values) -> None:
    if len(str(shown.get("altText", ""))) > ALT_LIMIT:
        raise InputRefusal(422, "FIELD_LENGTH_TOO_LONG", f"/altText exceeds the maximum of {ALT_LIMIT}")


def _check_images(world: World, author: Author, shown: Values) -> None:
    images = listed(shown, "images")
    if not 1 < len(images) <= MOST_IMAGES:
        raise illegal(f"content: {len(images)} images, 2 to {MOST_IMAGES} allowed")
    for image in images:
        media.usable(world, image.get("id"), author.urn, ("image",))
        _check_alt(image)


def _check_article(world: World, author: Author, shown: Values) -> None:
    if not str(shown.get("source", "")).startswith(("https://", "http://")) or not shown.get("title"):
        raise illegal("content: an article needs a source and a title")
    if "thumbnail" in shown:
        media.usable(world, shown["thumbnail"], author.urn, ("image",))


def _check_poll(_: World, __: Author, shown: Values) -> None:
    choices = [str(one.get("text", "")) for one in listed(shown, "options")]
    question = str(shown.get("question", ""))
    fits = 1 < len(choices) <= MOST_CHOICES and all(0 < len(one) <= CHOICE_LIMIT for one in choices)
    if not fits or not 0 < len(question) <= QUESTION_LIMIT:
        raise InputRefusal(422, "INVALID_POLL", "The poll's question or options are not valid")
    if inside(shown, "settings").get("duration") not in _DURATIONS:
        raise illegal("content: settings.duration is not known")


# --- Reading, changing ---------------------------------------------------------------------------------------------


def show(post: Post) -> dict[str, object]:
    """The post as the API shows it."""
    made, changed = (int(at.timestamp() * 1000) for at in (post.made_at, post.changed_at))
    return {
        **post.body,
        "id": post.urn,
        "commentary": post.commentary,
        "createdAt": made,
        "publishedAt": made,
        "lastModifiedAt": changed,
        "lifecycleStateInfo": {"isEditedByAuthor": changed > made},
    }


async def of_author(request: web.Request) -> web.Response:
    """`GET /rest/posts?q=author`, lately changed ones first."""
    query = request.query
    if query.get("q") != "author":
        raise illegal(f"Finder {query.get('q')} is not known")
    author = author_called(request, query.get("author"))
    if not asker_of(request).may_read(author):
        raise denied("posts.FINDER-author.NO_VERSION")
    start, count = _number(query, "start", 0), min(_number(query, "count", 10), MOST_LISTED)
    posts = sorted(world_of(request).posts_of(author), key=lambda post: post.changed_at, reverse=True)
    elements = [show(post) for post in posts[start : start + count]]
    return web.json_response({"paging": {"start": start, "count": count, "links": []}, "elements": elements})


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    value = query.get(name, str(usual))
    if not value.isdigit():
        raise illegal(f"{name}: {value} is no number")
    return int(value)


def found(request: web.Request) -> Post:
    """The post of the path. Raises 404."""
    urn = request.match_info["urn"]
    post = world_of(request).posts.get(urn)
    if post is None:
        raise not_found(urn)
    return post


async def read(request: web.Request) -> web.Response:
    """`GET /rest/posts/{urn}`."""
    post = found(request)
    if not asker_of(request).may_read(post.author):
        raise denied("posts.GET.NO_VERSION")
    return web.json_response(show(post))


async def change(request: web.Request) -> web.Response:
    """`POST /rest/posts/{urn}` with `X-RestLi-Method: PARTIAL_UPDATE`."""
    post, values = found(request), await values_of(request)
    if request.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
        raise illegal("X-RestLi-Method must be PARTIAL_UPDATE")
    if not asker_of(request).may_post_for(post.author):
        raise denied("posts.PARTIAL_UPDATE.NO_VERSION")
    commentary = inside(inside(values, "patch"), "$set").get("commentary")
    if isinstance(commentary, str):
        post.commentary, post.text, post.changed_at = commentary, seen(commentary), world_of(request).now()
    return web.Response(status=204)


async def delete(request: web.Request) -> web.Response:
    """`DELETE /rest/posts/{urn}`: 204, also for one that is gone. What it said stays a duplicate."""
    world, post = world_of(request), world_of(request).posts.get(request.match_info["urn"])
    if post is not None and not asker_of(request).may_post_for(post.author):
        raise denied("posts.DELETE.NO_VERSION")
    world.posts.pop(request.match_info["urn"], None)
    return web.Response(status=204)
