"""A post as the API shows it, and its numbers.

Source: developers.facebook.com/docs/graph-api/reference/post, read 2026-11-21.
"""

from collections.abc import Mapping

from sandbox.networks.facebook.world import Post, World
from sandbox.networks.graph import Body, Field, GraphError, picked, stamp

METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks", "post_reactions_by_type_total")


def below(world: World, parent: Post) -> list[Post]:
    """The comments below a post."""
    return [one for one in world.posts.values() if one.parent == parent.id]


def numbers_of(world: World, post: Post) -> tuple[int, int, int]:
    """Reactions, shares and views; they grow with age where that was asked for."""
    minutes = (world.now() - post.created_at).total_seconds() / 60 if world.settings.grow_numbers else 0.0
    grown = min(minutes, 20.0) + max(0.0, minutes - 20.0) / 200
    return int(grown * 3), int(grown), int(grown * 25)


def shown(world: World, post: Post, fields: Mapping[str, Field], base: str) -> Body:
    """Those fields of a post which were asked for."""
    reactions, shares, views = numbers_of(world, post)
    body: Body = {
        "id": post.id,
        "message": post.message or None,
        "created_time": stamp(post.created_at),
        "permalink_url": f"{base}/{post.id}",
        "status_type": "added_photos" if post.photos else "mobile_status_update",
        "from": {"id": post.page.id, "name": post.page.name},
        "attachments": {"data": [_attachment(post)]} if post.photos or post.film or post.link else None,
        "shares": {"count": shares} if shares else None,
        "comments": {"data": [], "summary": {"total_count": len(below(world, post))}},
        "reactions": {"data": [], "summary": {"total_count": reactions}},
        "insights": None,
    }
    if "insights" in fields:
        body["insights"] = {"data": [_metric(name, views) for name in fields["insights"].said["metric"].split(",")]}
    return picked(body, fields)


def _metric(name: str, views: int) -> Body:
    if name not in METRICS:
        raise GraphError(code=100, words="The value must be a valid insights metric")
    return {"name": name, "period": "lifetime", "values": [{"value": views}], "title": name}


def _attachment(post: Post) -> Body:
    if post.film:
        return {"media_type": "video", "target": {"id": post.film, "url": ""}}
    if not post.photos:
        return {"media_type": "link", "target": {"url": post.link}}
    if len(post.photos) == 1:
        return {"media_type": "photo", "target": {"id": post.photos[0], "url": ""}}
    inside = [{"media_type": "photo", "target": {"id": photo, "url": ""}} for photo in post.photos]
    return {"media_type": "album", "target": {"id": post.id}, "subattachments": {"data": inside}}
