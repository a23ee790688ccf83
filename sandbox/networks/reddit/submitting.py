"""Making posts and comments, refused where Reddit refuses them.

Sources: reddit.com/dev/api#POST_api_submit and #POST_api_comment; galleries and polls as praw 8.0.3 sends them, read
2026-11-21.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from aiohttp import web

from sandbox.networks.reddit.doors import Inside, Refusal, form_of, person_of, said, world_of
from sandbox.networks.reddit.listing import permalink, show_comment
from sandbox.networks.reddit.world import FLAIR, Asset, Comment, Person, Post, World

MOST_TITLE, MOST_TEXT, MOST_COMMENT = 300, 40_000, 10_000
LATE = {"image", "video", "videogif"}
_CLOSED = {"self": "NO_SELFS", "link": "NO_LINKS", "image": "NO_IMAGES", "video": "NO_VIDEOS", "gallery": "NO_IMAGES"}
Values = Mapping[str, object]


async def submit(request: web.Request) -> web.Response:
    """`POST /api/submit`."""
    person, values, world = person_of(request, "submit"), await form_of(request), world_of(request)
    kind = values.get("kind", "")
    if kind not in {"self", "link", "image", "video", "videogif", "crosspost"}:
        raise Inside("INVALID_OPTION", "that option is not valid", "kind")
    _check(world, person, kind, values)
    url, assets, crosspost = _leads_to(world, person, kind, values)
    post = _make(world, person, kind, values, url=url, assets=assets, crosspost=crosspost)
    if kind in LATE:
        host = world.url.partition("//")[2]
        return said(
            {
                "user_submitted_page": f"{world.url}/user/{person.name}/submitted/",
                "websocket_url": f"ws://{host}/ws/{post.id}",
            }
        )
    address = f"{world.url}{permalink(post)}"
    return said({"url": address, "drafts_count": 0, "id": post.id, "name": post.name})


def _leads_to(world: World, person: Person, kind: str, values: Values) -> tuple[str, tuple[Asset, ...], str | None]:
    """Where a post leads: its address, its files, and the post it passes on."""
    url = str(values.get("url", ""))
    if kind == "link":
        _check_link(world, values, url)
        return url, (), None
    if kind == "crosspost":
        original = str(values.get("crosspost_fullname", "")).removeprefix("t3_")
        if original not in world.posts:
            raise Inside("INVALID_CROSSPOST_THING", "that is not a post that can be crossposted", "crosspost_fullname")
        return f"{world.url}{permalink(world.posts[original])}", (), f"t3_{original}"
    if kind == "self":
        return "", (), None
    asset = _asset_at(world, person, url, "image/" if kind == "image" else "video/")
    if kind != "image":
        _ = _asset_at(world, person, str(values.get("video_poster_url", "")), "image/")
    return f"https://i.redd.it/{asset.id}", (asset,), None


def _check_link(world: World, values: Values, url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise Inside("NO_URL" if not url else "BAD_URL", "a url is required", "url")
    place = str(values.get("sr", "")).casefold()
    same = any(one.url == url and one.subreddit.casefold() == place for one in world.posts.values())
    if same and str(values.get("resubmit", "true")).lower() != "true":
        raise Inside("ALREADY_SUB", "that link has already been submitted", "url")


def _asset_at(world: World, person: Person, url: str, family: str) -> Asset:
    """An uploaded file by its address, used now."""
    asset = next((one for one in world.assets.values() if url.endswith(f"/store/{one.key}")), None)
    if asset is None:
        raise Inside("BAD_URL", "you should check that url", "url")
    return _use(person, asset, family)


def _use(person: Person, asset: Asset | None, family: str) -> Asset:
    if asset is None or asset.person is not person or asset.content is None or asset.used:
        raise Inside("IMAGE_ERROR", "the file is not there", "url")
    if not asset.mime_type.startswith(family):
        raise Inside("IMAGE_ERROR", "the file is of another kind", "url")
    asset.used = True
    return asset


def _check(world: World, person: Person, kind: str, values: Values) -> None:
    """Refuse what breaks a rule. Raises Inside."""
    place, title, text = str(values.get("sr", "")), str(values.get("title", "")), str(values.get("text") or "")
    if not place:
        raise Inside("SUBREDDIT_REQUIRED", "you must specify a subreddit", "sr")
    subreddit = world.subreddits.get(place.casefold())
    if subreddit is None:
        raise Inside("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr")
    flair = values.get("flair_id")
    rules = (
        (subreddit.closed, "SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr"),
        (not title.strip(), "NO_TEXT", "we need something here", "title"),
        (len(title) > MOST_TITLE, "TOO_LONG", "this is too long (max: 300)", "title"),
        (len(text) > MOST_TEXT, "TOO_LONG", "this is too long (max: 40000)", "text"),
        (kind not in subreddit.takes, _CLOSED.get(kind, "INVALID_OPTION"), "that community does not take this", "sr"),
        (
            subreddit.needs_flair and not flair,
            "SUBMIT_VALIDATION_FLAIR_REQUIRED",
            "Your post must contain post flair.",
            "flair",
        ),
        (flair not in {None, "", FLAIR}, "BAD_FLAIR_TEMPLATE_ID", "invalid flair template id", "flair_id"),
    )
    for broken, code, sentence, field in rules:
        if broken:
            raise Inside(code, sentence, field)
    _check_gap(world, person)


def _check_gap(world: World, person: Person) -> None:
    newest = max((post.made_at for post in world.posts.values() if post.person is person), default=None)
    if newest is None or not world.settings.gap_s:
        return
    left_s = (newest + timedelta(seconds=world.settings.gap_s) - world.now()).total_seconds()
    if left_s > 0:
        words = f"{left_s // 60:.0f} minutes" if left_s > 60 else f"{left_s + 1:.0f} seconds"  # noqa: PLR2004  # a minute
        raise Inside("RATELIMIT", f"you are doing that too much. try again in {words}.", "ratelimit")


def _make(  # noqa: PLR0913  # what a post is made of, named
    world: World,
    person: Person,
    kind: str,
    values: Values,
    *,
    url: str = "",
    assets: tuple[Asset, ...] = (),
    crosspost: str | None = None,
    choices: tuple[str, ...] = (),
) -> Post:
    now = world.now()
    waits = timedelta(seconds=world.settings.media_s if kind in LATE else 0.0)
    post = Post(
        id=world.next_id(),
        person=person,
        subreddit=world.subreddits[str(values["sr"]).casefold()].name,
        kind=kind,
        title=str(values["title"]).strip(),
        text=str(values.get("text") or "").strip(),
        url=url,
        made_at=now + waits,
        visible_at=now + waits,
        assets=assets,
        nsfw=_true(values, "nsfw"),
        spoiler=_true(values, "spoiler"),
        flair=str(values["flair_id"]) if values.get("flair_id") else None,
        crosspost=crosspost,
        choices=choices,
    )
    world.posts[post.id] = post
    world.network.published()
    return post


def _true(values: Values, name: str) -> bool:
    return str(values.get(name, "false")).lower() == "true"


async def _json(request: web.Request) -> dict[str, object]:
    try:
        body = cast("object", await request.json())
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "Bad Request", reason="JSON_PARSE_ERROR")
    return cast("dict[str, object]", body)


async def submit_gallery(request: web.Request) -> web.Response:
    """`POST /api/submit_gallery_post.json`."""
    person, values, world = person_of(request, "submit"), await _json(request), world_of(request)
    _check(world, person, "gallery", values)
    items = values.get("items")
    names = [
        str(cast("Mapping[str, object]", one).get("media_id"))
        for one in (cast("list[object]", items) if isinstance(items, list) else [])
        if isinstance(one, Mapping)
    ]
    if not 1 <= len(names) <= 20:  # noqa: PLR2004  # a gallery's most
        raise Inside("BAD_GALLERY_SIZE", "a gallery has 1 to 20 images", "items")
    assets = tuple(_use(person, world.assets.get(name), "image/") for name in names)
    post = _make(world, person, "gallery", values, url=f"{world.url}/gallery", assets=assets)
    return said({"url": f"{world.url}{permalink(post)}", "id": post.name})


async def submit_poll(request: web.Request) -> web.Response:
    """`POST /api/submit_poll_post`."""
    person, values, world = person_of(request, "submit"), await _json(request), world_of(request)
    _check(world, person, "poll", values)
    options, days = values.get("options"), values.get("duration")
    choices = tuple(map(str, cast("Sequence[object]", options))) if isinstance(options, list) else ()
    if not 2 <= len(choices) <= 6 or not all(choices):  # noqa: PLR2004  # a poll's limits
        raise Inside("BAD_POLL_OPTIONS", "a poll has 2 to 6 options", "options")
    if not isinstance(days, int) or not 1 <= days <= 7:  # noqa: PLR2004  # a poll's limits
        raise Inside("BAD_POLL_DURATION", "a poll lasts 1 to 7 days", "duration")
    post = _make(world, person, "poll", values, choices=choices)
    return said({"url": f"{world.url}{permalink(post)}", "id": post.name})


async def comment(request: web.Request) -> web.Response:
    """`POST /api/comment`."""
    person, values, world = person_of(request, "submit"), await form_of(request), world_of(request)
    text, parent = values.get("text", ""), values.get("thing_id", "")
    if not text.strip():
        raise Inside("NO_TEXT", "we need something here", "text")
    if len(text) > MOST_COMMENT:
        raise Inside("TOO_LONG", "this is too long (max: 10000)", "text")
    above = world.comments.get(parent.removeprefix("t1_")) if parent.startswith("t1_") else None
    post = above.post if above is not None else world.posts.get(parent.removeprefix("t3_"))
    if post is None:
        raise Inside("DELETED_LINK", "the link you are commenting on has been deleted", "parent")
    made = Comment(id=world.next_id(), person=person, text=text.strip(), parent=parent, post=post, made_at=world.now())
    world.comments[made.id] = made
    world.network.published()
    return said({"things": [{"kind": "t1", "data": show_comment(world, made)}]})


async def delete(request: web.Request) -> web.Response:
    """`POST /api/del`: says yes to everything."""
    person, values, world = person_of(request, "edit"), await request.post(), world_of(request)
    name = str(values.get("id", ""))
    post, made = world.posts.get(name.removeprefix("t3_")), world.comments.get(name.removeprefix("t1_"))
    if name.startswith("t3_") and post is not None and post.person is person:
        del world.posts[post.id]
    if name.startswith("t1_") and made is not None and made.person is person:
        del world.comments[made.id]
    return web.json_response({})
