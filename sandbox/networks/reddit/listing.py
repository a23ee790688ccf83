"""What can be asked: who somebody is, what they posted, things by their names, and a subreddit.

Source: reddit.com/dev/api, read 2026-11-21.
"""

import asyncio
import re
from collections.abc import Iterable
from datetime import timedelta

from aiohttp import web

from sandbox.networks.reddit.doors import Refusal, person_of, world_of
from sandbox.networks.reddit.world import Comment, Post, World

PAGE_DEFAULT, PAGE_MOST = 25, 100
FOLLOWERS = 12
_FAST_MINUTES = 20.0
"""After that numbers grow far slower."""


def permalink(post: Post) -> str:
    """Where people see it, without the site."""
    slug = re.sub(r"\W+", "_", post.title.casefold()).strip("_")[:50] or "_"
    return f"/r/{post.subreddit}/comments/{post.id}/{slug}/"


def numbers_of(world: World, post: Post) -> tuple[int, int]:
    """Score and comments."""
    minutes = (world.now() - post.visible_at).total_seconds() / 60 if world.settings.grow_numbers else 0.0
    grown = min(minutes, _FAST_MINUTES) + max(0.0, minutes - _FAST_MINUTES) / 200
    return post.votes + int(max(0.0, grown) * 3), sum(one.post is post for one in world.comments.values())


def _words(post: Post) -> str:
    """A post's text. Below a poll's Reddit leads to the page where one votes."""
    view = f"[View Poll](https://www.reddit.com/poll/{post.id})"
    return post.text if post.kind != "poll" else f"{post.text}\n\n{view}".strip()


def show(world: World, post: Post) -> dict[str, object]:
    """A post as a listing has it."""
    score, comments = numbers_of(world, post)
    shown: dict[str, object] = {
        "id": post.id,
        "name": post.name,
        "subreddit": post.subreddit,
        "subreddit_name_prefixed": f"r/{post.subreddit}",
        "title": post.title,
        "selftext": _words(post),
        "author": post.person.name,
        "permalink": permalink(post),
        "url": post.url or f"{world.url}{permalink(post)}",
        "created_utc": post.made_at.timestamp(),
        "is_self": post.kind in {"self", "poll"},
        "is_video": post.kind == "video",
        "is_gallery": post.kind == "gallery",
        "over_18": post.nsfw,
        "spoiler": post.spoiler,
        "link_flair_template_id": post.flair,
        "score": score,
        "ups": score,
        "upvote_ratio": 1.0,
        "num_comments": comments,
        "num_crossposts": sum(one.crosspost == post.name for one in world.posts.values()),
        "view_count": None,
        "total_awards_received": 0,
        "removed_by_category": None,
    }
    if post.kind == "gallery":
        shown["media_metadata"] = {asset.id: {"status": "valid", "id": asset.id} for asset in post.assets}
    if post.crosspost is not None:
        shown["crosspost_parent"] = post.crosspost
    return shown


def show_comment(world: World, comment: Comment) -> dict[str, object]:
    """A comment as a listing has it."""
    replies = sum(one.parent == comment.name for one in world.comments.values())
    return {
        "id": comment.id,
        "name": comment.name,
        "body": comment.text,
        "author": comment.person.name,
        "parent_id": comment.parent,
        "link_id": comment.post.name,
        "subreddit": comment.post.subreddit,
        "permalink": f"{permalink(comment.post)}{comment.id}/",
        "created_utc": comment.made_at.timestamp(),
        "score": comment.votes,
        "ups": comment.votes,
        "replies": "" if not replies else {"kind": "Listing", "data": {"children": []}},
    }


def _listing(kind: str, things: Iterable[dict[str, object]]) -> dict[str, object]:
    children = [{"kind": kind, "data": thing} for thing in things]
    return {"kind": "Listing", "data": {"after": None, "dist": len(children), "children": children, "before": None}}


async def me(request: web.Request) -> web.Response:
    """`GET /api/v1/me`."""
    person = person_of(request, "identity")
    return web.json_response(
        {
            "id": person.id,
            "name": person.name,
            "is_suspended": person.name in world_of(request).suspended,
            "has_verified_email": True,
            "total_karma": 42,
            "link_karma": 40,
            "comment_karma": 2,
            "subreddit": {"display_name": f"u_{person.name}", "subscribers": FOLLOWERS},
        }
    )


async def of_person(request: web.Request) -> web.Response:
    """`GET /user/{name}/submitted` and `/comments`, newest first."""
    _ = person_of(request, "history")
    world, name = world_of(request), request.match_info["name"]
    if name not in world.people:
        raise Refusal(404, "Not Found")
    given = request.query.get("limit", "")
    limit = min(int(given), PAGE_MOST) if given.isdigit() else PAGE_DEFAULT
    until = world.now() - timedelta(seconds=world.settings.lists_after_s)
    if request.match_info["where"] == "comments":
        mine = [one for one in world.comments.values() if one.person.name == name and one.made_at <= until]
        newest = sorted(mine, key=lambda one: one.made_at, reverse=True)[:limit]
        return web.json_response(_listing("t1", (show_comment(world, one) for one in newest)))
    posts = [one for one in world.posts.values() if one.person.name == name and one.visible_at <= until]
    latest = sorted(posts, key=lambda one: one.made_at, reverse=True)[:limit]
    return web.json_response(_listing("t3", (show(world, one) for one in latest)))


async def info(request: web.Request) -> web.Response:
    """`GET /api/info`: things by their full names."""
    _ = person_of(request, "read")
    world, names = world_of(request), request.query.get("id", "").split(",")
    if len(names) > PAGE_MOST:
        raise Refusal(400, "Bad Request", reason="TOO_MANY")
    children: list[dict[str, object]] = []
    for name in names:
        post, comment = world.posts.get(name.removeprefix("t3_")), world.comments.get(name.removeprefix("t1_"))
        if name.startswith("t3_") and post is not None:
            children.append({"kind": "t3", "data": show(world, post)})
        elif name.startswith("t1_") and comment is not None:
            children.append({"kind": "t1", "data": show_comment(world, comment)})
    return web.json_response({"kind": "Listing", "data": {"after": None, "children": children}})


async def one(request: web.Request) -> web.Response:
    """`GET /comments/{id}`: a post and what stands below it."""
    _ = person_of(request, "read")
    world = world_of(request)
    post = world.posts.get(request.match_info["id"])
    if post is None or post.visible_at > world.now():
        raise Refusal(404, "Not Found")
    below = [show_comment(world, comment) for comment in world.comments.values() if comment.parent == post.name]
    return web.json_response([_listing("t3", [show(world, post)]), _listing("t1", below)])


async def about(request: web.Request) -> web.Response:
    """`GET /r/{name}/about`."""
    _ = person_of(request, "read")
    subreddit = world_of(request).subreddits.get(request.match_info["name"].casefold())
    if subreddit is None:
        raise Refusal(404, "Not Found")
    if subreddit.closed:
        raise Refusal(403, "Forbidden", reason="private")
    data = {"display_name": subreddit.name, "subreddit_type": "public", "submission_type": "any", "subscribers": 1000}
    return web.json_response({"kind": "t5", "data": data})


async def tell(request: web.Request) -> web.WebSocketResponse:
    """The socket that names a post with a file once it is there."""
    socket, world = web.WebSocketResponse(compress=False), world_of(request)
    await socket.prepare(request)
    post = world.posts.get(request.match_info["id"])
    if post is not None:
        await asyncio.sleep(max(0.0, (post.visible_at - world.now()).total_seconds()))
        redirect = f"{world.url}{permalink(post)}"
        await socket.send_json({"type": "success", "payload": {"redirect": redirect}})
    await socket.close()
    return socket
