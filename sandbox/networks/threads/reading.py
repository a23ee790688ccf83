"""What can be asked: who somebody is, their posts, one thing by its number, quotas and insights; and taking down.

Source: developers.facebook.com/docs/threads/threads-media, /threads-profiles and /insights, read 2026-10-07.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from sandbox.networks.threads.containers import status_of
from sandbox.networks.threads.doors import Refusal, bad, base_url, not_there, owner_of, person_of, world_of
from sandbox.networks.threads.world import DAY, Person, Post, World

PAGE_DEFAULT, PAGE_MOST = 25, 100
DAY_S = 86_400
POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
ACCOUNT_METRICS = ("views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count")
FOLLOWERS = 12
OLDEST = 1_712_991_600
"""The first second that may be asked about."""
BEHIND_UTC = 8
"""Hours."""
_FAST_MINUTES = 20.0
"""After that numbers grow far slower."""


async def profile(request: web.Request) -> web.Response:
    """`GET /me`."""
    person = await person_of(request, "threads_basic")
    known: dict[str, object] = {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "threads_profile_picture_url": f"{base_url(request)}/@{person.username}/picture",
        "threads_biography": "",
    }
    return web.json_response(_chosen(request, known))


def _chosen(request: web.Request, known: Mapping[str, object]) -> dict[str, object]:
    """The fields that were asked for, and the number."""
    wanted = {"id", *request.query.get("fields", "id").split(",")}
    return {name: value for name, value in known.items() if name in wanted and value is not None}


async def listed(request: web.Request) -> web.Response:
    """`GET /{user}/threads` and `/replies`, newest first."""
    replies = request.path.endswith("/replies")
    person = await owner_of(request, "threads_read_replies" if replies else "threads_basic")
    world, query = world_of(request), request.query
    since, until = _moment(query.get("since")), _moment(query.get("until"))
    limit = query.get("limit", str(PAGE_DEFAULT))
    if not limit.isdigit() or not 1 <= int(limit) <= PAGE_MOST:
        raise bad(f"Param limit must be 1 to {PAGE_MOST}")
    known_until = world.now() - timedelta(seconds=world.settings.lists_after_s)
    found = [
        post
        for post in world.posts.values()
        if post.person is person
        and (post.parent is not None) is replies
        and post.made_at <= known_until
        and (since is None or post.made_at >= since)
        and (until is None or post.made_at <= until)
    ]
    page = sorted(found, key=lambda post: int(post.id), reverse=True)[: int(limit)]
    return web.json_response({"data": [_chosen(request, show(request, post)) for post in page], "paging": {}})


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    if not value.isdigit():
        raise bad("Param since must be a time")
    return datetime.fromtimestamp(int(value), UTC)


def show(request: web.Request, post: Post) -> dict[str, object]:
    """A post with all its fields."""
    return {
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": post.media_type,
        "text": post.text or None,
        "username": post.person.username,
        "permalink": f"{base_url(request)}/@{post.person.username}/post/{post.shortcode}",
        "shortcode": post.shortcode,
        "timestamp": post.made_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "is_quote_post": "quote_post_id" in post.values,
        "is_reply": post.parent is not None,
        "replied_to": {"id": post.parent} if post.parent is not None else None,
        "topic_tag": post.values.get("topic_tag"),
        "reply_audience": post.values.get("reply_control", "everyone").upper(),
        "alt_text": post.files[0].alt_text or None if len(post.files) == 1 else None,
        "link_attachment_url": post.values.get("link_attachment"),
    }


async def one(request: web.Request) -> web.Response:
    """`GET /{id}` of a container or a post."""
    person, world, number = await person_of(request, "threads_basic"), world_of(request), request.match_info["id"]
    container, post = world.containers.get(number), world.posts.get(number)
    if container is not None and container.person is person:
        known = {"id": container.id, "status": status_of(world, container), "error_message": container.failure}
        return web.json_response(_chosen(request, known))
    if post is not None:
        return web.json_response(_chosen(request, show(request, post)))
    raise not_there()


async def quota(request: web.Request) -> web.Response:
    """`GET /{user}/threads_publishing_limit`."""
    person, world = await owner_of(request, "threads_content_publish"), world_of(request)
    settings = world.settings
    row: dict[str, object] = {
        "quota_usage": world.spent(person, replies=False),
        "config": {"quota_total": settings.posts_a_day, "quota_duration": DAY_S},
        "reply_quota_usage": world.spent(person, replies=True),
        "reply_config": {"quota_total": settings.replies_a_day, "quota_duration": DAY_S},
        "delete_quota_usage": len(_deleted(world, person)),
        "delete_config": {"quota_total": settings.deletes_a_day, "quota_duration": DAY_S},
    }
    wanted = request.query.get("fields", "quota_usage").split(",")
    return web.json_response({"data": [{name: value for name, value in row.items() if name in wanted}]})


async def delete(request: web.Request) -> web.Response:
    """`DELETE /{id}`."""
    person, world = await person_of(request, "threads_delete"), world_of(request)
    post = world.posts.get(request.match_info["id"])
    if post is None or post.person is not person:
        raise not_there()
    if len(_deleted(world, person)) >= world.settings.deletes_a_day:
        raise Refusal(4, "(#4) Application request limit reached")
    del world.posts[post.id]
    world.deleted.setdefault(person.id, []).append(world.now())
    return web.json_response({"success": True, "deleted_id": post.id})


def _deleted(world: World, person: Person) -> list[datetime]:
    return [at for at in world.deleted.get(person.id, []) if at > world.now() - DAY]


# --- Numbers -------------------------------------------------------------------------------------------------------


def numbers_of(world: World, post: Post) -> dict[str, int]:
    """What people did with it."""
    minutes = (world.now() - post.made_at).total_seconds() / 60 if world.settings.grow_numbers else 0.0
    grown = min(minutes, _FAST_MINUTES) + max(0.0, minutes - _FAST_MINUTES) / 200
    replies = sum(other.parent == post.id for other in world.posts.values())
    return {
        "views": int(grown * 40) + post.likes,
        "likes": post.likes + int(grown * 3),
        "replies": replies,
        "reposts": post.reposts + int(grown),
        "quotes": post.quotes,
        "shares": post.shares,
    }


async def insights(request: web.Request) -> web.Response:
    """`GET /{id}/insights`, of one's own posts."""
    person, world = await person_of(request, "threads_manage_insights"), world_of(request)
    post = world.posts.get(request.match_info["id"])
    if post is None or post.person is not person:
        raise not_there()
    numbers = numbers_of(world, post)
    rows = [
        {"name": name, "period": "lifetime", "values": [{"value": numbers[name]}], "id": f"{post.id}/insights/{name}"}
        for name in _metrics(request, POST_METRICS)
    ]
    return web.json_response({"data": rows})


async def account_insights(request: web.Request) -> web.Response:
    """`GET /{user}/threads_insights`: views as a series, the rest as totals."""
    person, world = await owner_of(request, "threads_manage_insights"), world_of(request)
    names, span = _metrics(request, ACCOUNT_METRICS), _span(request)
    if span is not None and "followers_count" in names:
        raise bad("Metric followers_count does not support since and until")
    mine = [numbers_of(world, post) for post in world.posts.values() if post.person is person]
    rows = [
        _series(world, *span) if span is not None and name == "views" else _account_row(name, mine, world.now)
        for name in names
    ]
    return web.json_response({"data": rows})


def _span(request: web.Request) -> tuple[datetime, datetime] | None:
    """The time that is asked about; None where it is left to Threads."""
    if unknown := set(request.query) - {"metric", "since", "until", "access_token"}:
        raise bad(f"Unknown parameter {min(unknown)}")
    since, until = _moment(request.query.get("since")), _moment(request.query.get("until"))
    if since is None and until is None:
        return None
    if since is None or until is None or not OLDEST <= since.timestamp() < until.timestamp():
        raise bad(f"Params since and until must be a range after {OLDEST}")
    return since, until


def _series(world: World, since: datetime, until: datetime) -> dict[str, object]:
    """A number for each day that ended in between."""
    end = datetime.combine(since.date(), time(hour=BEHIND_UTC), UTC)
    values: list[dict[str, object]] = []
    while end <= min(until, world.now()):
        visits = world.visits_on((end - DAY).date())
        if end >= since and visits is not None:
            values.append({"value": visits, "end_time": f"{end:%Y-%m-%dT%H:%M:%S}+0000"})
        end += DAY
    return {"name": "views", "period": "day", "values": values}


def _account_row(name: str, mine: list[dict[str, int]], now: Callable[[], datetime]) -> dict[str, object]:
    total = FOLLOWERS if name == "followers_count" else sum(numbers.get(name, 0) for numbers in mine)
    if name == "views":
        return {
            "name": name,
            "period": "day",
            "values": [{"value": total, "end_time": f"{now():%Y-%m-%dT%H:%M:%S}+0000"}],
        }
    return {"name": name, "period": "day", "total_value": {"value": total}}


def _metrics(request: web.Request, known: tuple[str, ...]) -> list[str]:
    wanted = request.query.get("metric", "").split(",")
    if unknown := [name for name in wanted if name not in known]:
        raise bad(f"Param metric must be one of {', '.join(known)}: {unknown[0]}")
    return wanted
