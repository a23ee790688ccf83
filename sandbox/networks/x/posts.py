"""Making, listing, showing and deleting posts, refused where X refuses them.

Source: docs.x.com/x-api/posts and X's OpenAPI document 2.167, read 2026-11-21.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

from aiohttp import web

from sandbox.networks.x import media, text
from sandbox.networks.x.doors import (
    Refusal,
    Values,
    base_url,
    fields_of,
    invalid,
    only,
    person_of,
    read_json,
    read_query,
    world_of,
)
from sandbox.networks.x.world import DUPLICATE_S, Person, Post, World, numbers_of

LIMIT, PREMIUM_LIMIT = 280, 25_000
_PREMIUM = frozenset({"Premium", "PremiumPlus"})
_REPLY_SETTINGS = frozenset({"following", "mentionedUsers", "subscribers", "verified"})
_FIELDS = (
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
)
_CASHTAG = re.compile(r"(?<!\w)\$[A-Za-z]{1,6}\b")
_SPELLINGS = {
    "post.fields": ("note_post", "edit_history_post_ids", "repost_count"),
    "tweet.fields": ("note_tweet", "edit_history_tweet_ids", "retweet_count"),
}
_BATCH_MOST, _PAGE_LEAST, _PAGE_MOST = 100, 5, 100


async def create(request: web.Request) -> web.Response:
    """`POST /2/tweets`."""
    person, world = person_of(request, "tweet.read", "tweet.write", "users.read"), world_of(request)
    body = await read_json(request, *_FIELDS)
    post = _build(world, body, person)
    world.posts[post.id] = post
    world.network.published()
    shown, _ = text.shown(post.text, _own(post), tuple(file.key for file in post.files))
    answer = {"id": post.id, "text": shown, "edit_history_post_ids": [post.id], "edit_history_tweet_ids": [post.id]}
    return web.json_response({"data": answer}, status=201)


def _build(world: World, body: Values, person: Person) -> Post:
    words = body.get("text", "")
    if not isinstance(words, str):
        raise invalid("$.text: is not a string")
    given = cast("Mapping[str, object] | None", body.get("media"))
    files = media.postable(world, only(given, "media_ids", "tagged_user_ids").get("media_ids"), person) if given else ()
    poll = _poll(body)
    if sum(map(bool, (files, poll, body.get("quote_tweet_id"), body.get("card_uri")))) > 1:
        raise invalid("$.media, $.poll, $.quote_tweet_id and $.card_uri exclude each other")
    if not words.strip() and not files:
        raise invalid("$.text: is missing but it is required")
    parent = _parent(world, body, person)
    _check(world, words, person, parent.id if parent else None)
    settings = str(body.get("reply_settings", ""))
    if settings and settings not in _REPLY_SETTINGS:
        raise invalid(f"$.reply_settings: does not have the value {settings} in the enumeration")
    post_id = world.next_id()
    return Post(
        id=post_id,
        person=person,
        text=words.strip(),
        files=files,
        poll=poll,
        parent=parent.id if parent else None,
        conversation=parent.conversation if parent else post_id,
        reply_settings=settings or "everyone",
        community=str(body["community_id"]) if "community_id" in body else None,
        body=body,
        created_at=world.now(),
    )


def _poll(body: Values) -> tuple[str, ...]:
    if "poll" not in body:
        return ()
    values = only(cast("Mapping[str, object]", body["poll"]), "options", "duration_minutes", "reply_settings")
    options, minutes = values.get("options"), values.get("duration_minutes")
    many = [str(one) for one in cast("list[object]", options)] if isinstance(options, list) else []
    if not 2 <= len(many) <= 4 or not all(1 <= len(one) <= 25 for one in many):  # noqa: PLR2004  # as the document says
        raise invalid("$.poll.options: takes 2 to 4, of 1 to 25 characters each")
    if not isinstance(minutes, int) or not 5 <= minutes <= 10_080:  # noqa: PLR2004  # as the document says
        raise invalid("$.poll.duration_minutes: must be between 5 and 10080")
    return tuple(many)


def _parent(world: World, body: Values, person: Person) -> Post | None:
    if "reply" not in body:
        return None
    names = ("in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata")
    parent_id = str(only(cast("Mapping[str, object]", body["reply"]), *names).get(names[0]))
    parent = world.posts.get(parent_id)
    if parent is None:
        raise Refusal(404, f"Could not find post with id: [{parent_id}].", "resource-not-found")
    if parent.person is not person:
        raise Refusal(403, "You can only reply to or quote posts that mention you.")
    return parent


def _check(world: World, words: str, person: Person, parent: str | None) -> None:
    """The rules of the text."""
    limit = PREMIUM_LIMIT if person.subscription in _PREMIUM else LIMIT
    if text.length(words) > limit:
        raise invalid("Your post text is too long.")
    if len(_CASHTAG.findall(words)) > 1:
        raise Refusal(403, "Your post has more than the maximum of one cashtag.")
    since = world.now() - timedelta(seconds=DUPLICATE_S)
    twins = (one for one in world.mine(person) if one.text == words.strip() and one.parent == parent)
    if words.strip() and any(one.created_at > since for one in twins):
        raise Refusal(403, "You are not allowed to create a Tweet with duplicate content.")


async def of_person(request: web.Request) -> web.Response:
    """`GET /2/users/:id/tweets`, newest first."""
    asker, world = person_of(request, "tweet.read", "users.read"), world_of(request)
    names = (
        "max_results",
        "pagination_token",
        "start_time",
        "end_time",
        "since_id",
        "until_id",
        "exclude",
        "expansions",
    )
    query = read_query(request, *names, *world.settings.fields_names)
    owner = next((one for one in world.people.values() if one.id == request.match_info["id"]), None)
    if owner is None:
        raise Refusal(404, f"Could not find user with id: [{request.match_info['id']}].", "resource-not-found")
    size = int(query.get("max_results", "10"))
    if not _PAGE_LEAST <= size <= _PAGE_MOST:
        raise invalid(f"The `max_results` query parameter value [{size}] is not between 5 and 100")
    found = [post for post in world.mine(owner) if _listed(world, post, query, asker)]
    start = int(query.get("pagination_token", "0"))
    page = found[start : start + size]
    meta: Values = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if start + size < len(found):
        meta["next_token"] = str(start + size)
    data: Values = {"data": [show(request, post) for post in page]} if page else {}
    return web.json_response(data | {"meta": meta})


def _listed(world: World, post: Post, query: Mapping[str, str], asker: Person) -> bool:
    lag = timedelta(seconds=world.settings.lag_s)
    rules: dict[str, Callable[[str], bool]] = {
        "start_time": lambda value: post.created_at >= _time(value),
        "end_time": lambda value: post.created_at < _time(value),
        "since_id": lambda value: int(post.id) > int(value),
        "until_id": lambda value: int(post.id) < int(value),
        "exclude": lambda value: post.parent is None or "replies" not in value.split(","),
    }
    shows = post.community is None or post.body.get("share_with_followers") is True or post.person is asker
    fits = all(rule(query[name]) for name, rule in rules.items() if name in query)
    return shows and fits and post.created_at <= world.now() - lag


def _time(value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"The query parameter value [{value}] is no time") from None


async def read_many(request: web.Request) -> web.Response:
    """`GET /2/tweets?ids=`: those which exist; the others are named beside them."""
    person_of(request, "tweet.read", "users.read")
    world = world_of(request)
    query = read_query(request, "ids", "expansions", *world.settings.fields_names)
    ids = query.get("ids", "").split(",")
    if not 1 <= len(ids) <= _BATCH_MOST or not all(one.isdigit() for one in ids):
        raise invalid("The `ids` query parameter takes 1 to 100 ids")
    body: Values = {}
    if there := [show(request, world.posts[one]) for one in ids if one in world.posts]:
        body["data"] = there
    if missing := [one for one in ids if one not in world.posts]:
        body["errors"] = [_missing(one) for one in missing]
    return web.json_response(body)


async def read(request: web.Request) -> web.Response:
    """`GET /2/tweets/:id`."""
    person_of(request, "tweet.read", "users.read")
    world = world_of(request)
    read_query(request, "expansions", *world.settings.fields_names)
    post_id = request.match_info["id"]
    if post_id not in world.posts:
        return web.json_response({"errors": [_missing(post_id)]})
    return web.json_response({"data": show(request, world.posts[post_id])})


def _missing(post_id: str) -> Values:
    return {
        "type": "https://api.x.com/2/problems/resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find post with ids: [{post_id}].",
        "resource_type": "post",
        "resource_id": post_id,
        "parameter": "ids",
        "value": post_id,
    }


async def delete(request: web.Request) -> web.Response:
    """`DELETE /2/tweets/:id`; one that is gone is deleted, too."""
    person, world = person_of(request, "tweet.read", "tweet.write", "users.read"), world_of(request)
    post = world.posts.get(request.match_info["id"])
    if post is not None and post.person is not person:
        raise Refusal(403, "You are not authorized to delete this post.")
    world.posts.pop(request.match_info["id"], None)
    return web.json_response({"data": {"deleted": True}})


def show(request: web.Request, post: Post) -> Values:
    """The post with the fields that were asked for."""
    fields, spelling = fields_of(request)
    note, history, reposts = _SPELLINGS[spelling]
    keys = tuple(file.key for file in post.files)
    shown, links = text.shown(post.text, _own(post), keys)
    long = text.length(post.text) > LIMIT
    every: Values = {
        "created_at": f"{post.created_at:%Y-%m-%dT%H:%M:%S}.{post.created_at.microsecond // 1000:03d}Z",
        "conversation_id": post.conversation,
        "reply_settings": post.reply_settings,
        "public_metrics": numbers_of(post, world_of(request), reposts),
        "edit_controls": {"edits_remaining": 5, "is_edit_eligible": False},
    }
    if links:
        every["entities"] = {"urls": links}
    if keys or post.poll:
        every["attachments"] = {"media_keys": list(keys)} if keys else {"poll_ids": [f"{int(post.id) + 1}"]}
    if post.parent is not None:
        every["referenced_" + spelling.replace(".fields", "s")] = [{"type": "replied_to", "id": post.parent}]
    if long:
        every[note] = {"text": post.text, "entities": {"urls": links}}
    always: Values = {"id": post.id, "text": f"{shown[:270]}…" if long else shown, history: [post.id]}
    return always | {name: value for name, value in every.items() if name in fields}


def _own(post: Post) -> str:
    kind = "video" if any(file.category == "tweet_video" for file in post.files) else "photo"
    return f"https://x.com/{post.person.username}/status/{post.id}/{kind}/1"


async def me(request: web.Request) -> web.Response:
    """`GET /2/users/me`."""
    person, world = person_of(request, "tweet.read", "users.read"), world_of(request)
    query = read_query(request, "user.fields", "expansions", *world.settings.fields_names)
    fields = query.get("user.fields", "").split(",")
    every: Values = {
        "profile_image_url": f"{base_url(request)}/picture.png",
        "verified": person.subscription != "None",
        "verified_type": "none" if person.subscription == "None" else "blue",
        "subscription_type": person.subscription,
        "public_metrics": {
            "followers_count": 12,
            "following_count": 3,
            "post_count": len(world.mine(person)),
            "tweet_count": len(world.mine(person)),
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
        },
    }
    always: Values = {"id": person.id, "name": person.name, "username": person.username}
    return web.json_response({"data": always | {name: value for name, value in every.items() if name in fields}})
