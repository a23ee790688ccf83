"""The public view of the network: posts with their numbers, an author's feed, a thread, a profile.

Source: lexicons/app/bsky/{feed,actor}/*.json in github.com/bluesky-social/atproto, read 2026-11-21.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from aiohttp import web

from sandbox.networks.bluesky.doors import Refusal, Values, asked, asked_number, invalid, world_of
from sandbox.networks.bluesky.sessions import person_of
from sandbox.networks.bluesky.world import Person, Record, World, parent_of

_MOST_URIS = 25
_LIKE, _REPOST = "app.bsky.feed.like", "app.bsky.feed.repost"
_JOINED = "2026-01-01T00:00:00.000Z"


async def get_posts(request: web.Request) -> web.Response:
    """`app.bsky.feed.getPosts`: those which exist, at most twenty-five asked for at once."""
    world, uris = world_of(request), request.query.getall("uris", [])
    if not uris:
        raise invalid('Error: Params must have the property "uris"')
    if len(uris) > _MOST_URIS:
        raise invalid(f"Error: uris must not have more than {_MOST_URIS} elements")
    found = [world.record(uri) for uri in uris]
    return web.json_response({"posts": [_post(world, *pair) for pair in found if pair]})


async def author_feed(request: web.Request) -> web.Response:
    """`app.bsky.feed.getAuthorFeed`, newest first."""
    world, person = world_of(request), _actor(request)
    most = asked_number(request, "limit", default=50, most=100)
    cursor, posts = request.query.get("cursor", ""), person.posts
    if request.query.get("filter") == "posts_no_replies":
        posts = [post for post in posts if parent_of(post) is None]
    if cursor:
        posts = [post for post in posts if _stamp(post.taken_at) < cursor]
    page = posts[:most]
    answer: Values = {"feed": [{"post": _post(world, person, post)} for post in page]}
    if page:
        answer["cursor"] = _stamp(page[-1].taken_at)
    return web.json_response(answer)


async def thread(request: web.Request) -> web.Response:
    """`app.bsky.feed.getPostThread`: what it replies to, and its replies, as deep as asked."""
    world, uri = world_of(request), asked(request, "uri")
    found = world.record(uri)
    if found is None:
        raise Refusal(400, "NotFound", f"Post not found: {uri}")
    depth = asked_number(request, "depth", default=6, least=0, most=1000)
    return web.json_response({"thread": _branch(world, *found, depth=depth) | _above(world, found[1])})


async def profile(request: web.Request) -> web.Response:
    """`app.bsky.actor.getProfile`."""
    return web.json_response(_detailed(world_of(request), _actor(request)))


async def profiles(request: web.Request) -> web.Response:
    """`app.bsky.actor.getProfiles`: those which exist."""
    world = world_of(request)
    people = [world.person(who) for who in request.query.getall("actors", [])]
    return web.json_response({"profiles": [_detailed(world, person) for person in people if person]})


async def preferences(request: web.Request) -> web.Response:
    """`app.bsky.actor.getPreferences`: nobody has set any."""
    _ = person_of(request)
    return web.json_response({"preferences": []})


def numbers_of(world: World, record: Record) -> dict[str, int]:
    """What people did with a post."""
    grown = world.grown(record)
    return {
        "replyCount": len(world.replies(record.uri)),
        "repostCount": _pointing(world, _REPOST, record.uri) + grown // 3,
        "likeCount": _pointing(world, _LIKE, record.uri) + grown,
        "quoteCount": 0,
        "bookmarkCount": 0,
    }


def followers_of(world: World, person: Person) -> int:
    """A dozen, and one more now and then once there is something to read."""
    return 12 + sum(world.grown(post) // 6 for post in person.posts[-1:])


def blob_url(world: World, did: str, cid: str) -> str:
    """Where everybody may fetch an uploaded file."""
    return f"{world.url}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"


def _actor(request: web.Request) -> Person:
    person = world_of(request).person(asked(request, "actor"))
    if person is None:
        raise invalid("Profile not found")
    return person


def _pointing(world: World, collection: str, uri: str) -> int:
    subjects = [
        cast("Mapping[str, object]", record.value.get("subject") or {})
        for person in world.people.values()
        for record in person.records[collection].values()
    ]
    return sum(subject.get("uri") == uri for subject in subjects)


def _basic(person: Person) -> Values:
    return {
        "did": person.did,
        "handle": person.handle,
        "displayName": person.name,
        "createdAt": _JOINED,
        "labels": [],
        "viewer": {"muted": False, "blockedBy": False},
    }


def _detailed(world: World, person: Person) -> Values:
    return _basic(person) | {
        "description": "",
        "followersCount": followers_of(world, person),
        "followsCount": 3,
        "postsCount": len(person.posts),
        "indexedAt": _JOINED,
    }


def _post(world: World, person: Person, record: Record) -> Values:
    shown: Values = {
        "$type": "app.bsky.feed.defs#postView",
        "uri": record.uri,
        "cid": record.cid,
        "author": _basic(person),
        "record": record.value,
        "indexedAt": _stamp(record.taken_at),
        "labels": [],
        "viewer": {"threadMuted": False, "embeddingDisabled": False},
        **numbers_of(world, record),
    }
    embed = _embed(world, person, cast("Mapping[str, object]", record.value.get("embed") or {}))
    return shown | ({"embed": embed} if embed else {})


def _embed(world: World, person: Person, embed: Mapping[str, object]) -> Values | None:
    if embed.get("$type") == "app.bsky.embed.images":
        images = cast("list[Mapping[str, object]]", embed["images"])
        return {"$type": "app.bsky.embed.images#view", "images": [_image(world, person, one) for one in images]}
    if embed.get("$type") == "app.bsky.embed.video":
        ref = cast("Mapping[str, Mapping[str, object]]", embed["video"])["ref"]
        url = _address(world, person, embed["video"])
        told = {name: embed[name] for name in ("alt", "aspectRatio") if name in embed}
        return {"$type": "app.bsky.embed.video#view", "cid": ref["$link"], "playlist": url, **told}
    if embed.get("$type") == "app.bsky.embed.external":
        external = dict(cast("Mapping[str, object]", embed["external"]))
        if (thumb := external.pop("thumb", None)) is not None:
            external["thumb"] = _address(world, person, thumb)
        return {"$type": "app.bsky.embed.external#view", "external": external}
    return None


def _image(world: World, person: Person, image: Mapping[str, object]) -> Values:
    url = _address(world, person, image["image"])
    ratio: Values = {"aspectRatio": image["aspectRatio"]} if "aspectRatio" in image else {}
    return {"thumb": url, "fullsize": url, "alt": image["alt"], **ratio}


def _address(world: World, person: Person, blob: object) -> str:
    ref = cast("Mapping[str, Mapping[str, object]]", blob)["ref"]
    return blob_url(world, person.did, str(ref["$link"]))


def _branch(world: World, person: Person, record: Record, *, depth: int) -> Values:
    replies = world.replies(record.uri) if depth > 0 else []
    return {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": _post(world, person, record),
        "replies": [_branch(world, *reply, depth=depth - 1) for reply in replies],
    }


def _above(world: World, record: Record) -> Values:
    uri = parent_of(record)
    if uri is None:
        return {}
    found = world.record(uri)
    if found is None:
        return {"parent": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}}
    return {"parent": _branch(world, *found, depth=0) | _above(world, found[1])}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
