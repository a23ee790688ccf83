"""Making, showing, listing and deleting statuses, refused where Mastodon refuses them.

Source: docs.joinmastodon.org/methods/statuses, app/services/post_status_service.rb and config/locales/en.yml in
github.com/mastodon/mastodon, read 2026-11-21. The wording of poll refusals is from memory of the locale file.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import regex
from aiohttp import web

from sandbox.networks.mastodon import media, text
from sandbox.networks.mastodon.doors import (
    Refusal,
    Values,
    base_url,
    local_domain,
    not_found,
    person_of,
    play,
    read_values,
    text_of,
    token_of,
    truth_of,
    world_of,
)
from sandbox.networks.mastodon.instance import show_person
from sandbox.networks.mastodon.world import MediaFile, Person, Settings, Status, World

VISIBILITIES = ("public", "unlisted", "private", "direct")
OPEN = frozenset({"public", "unlisted"})
PAGE_DEFAULT, PAGE_MOST = 20, 40
BATCH_MOST = 20
_FAST_MINUTES = 20.0
"""After that numbers grow far slower."""


async def create(request: web.Request) -> web.Response:
    """`POST /api/v1/statuses`; a key used within the hour brings the first status back."""
    person, world = person_of(request, "write:statuses"), world_of(request)
    await play(request, "create_status")
    values, key = await read_values(request), request.headers.get("Idempotency-Key") or None
    parent = _parent(world, values)
    if (first := world.remembered(person, key)) is not None:
        if first not in world.statuses:
            raise not_found()
        return web.json_response(show(world.statuses[first], request))
    if world.settings.latency_ms:
        await asyncio.sleep(world.settings.latency_ms / 1000)
    status = _build(request, values, person, parent, key)
    world.statuses[status.id] = status
    for media_id in status.media_ids:
        world.media[media_id].status_id = status.id
    if parent is not None:
        world.statuses[parent].replies += 1
    world.remember(person, key, status)
    world.network.published()
    await play(request, "create_status", after_work=True)
    return web.json_response(show(status, request))


def _parent(world: World, values: Values) -> str | None:
    parent = text_of(values, "in_reply_to_id")
    if parent is not None and parent not in world.statuses:
        raise Refusal(404, "The post you are trying to reply to does not appear to exist.")
    return parent


def _build(request: web.Request, values: Values, person: Person, parent: str | None, key: str | None) -> Status:
    world = world_of(request)
    files = _files(world, values, person)
    settings = world.settings
    words, spoiler = _words(values, settings)
    if not words and not spoiler and not files:
        raise Refusal(422, "Validation failed: Text can't be blank")
    _check_length(values, words, spoiler, settings)
    visibility = text_of(values, "visibility") or "public"
    if visibility not in VISIBILITIES:
        raise Refusal(422, f"'{visibility}' is not a valid visibility")
    token = token_of(request)
    return Status(
        id=world.next_id(),
        person=person,
        text=words,
        spoiler_text=spoiler,
        sensitive=bool(truth_of(values, "sensitive")) or bool(spoiler),
        visibility=visibility,
        language=text_of(values, "language") or "en",
        in_reply_to_id=parent,
        media_ids=tuple(file.id for file in files),
        poll=_poll(world, values.get("poll")) if settings.takes_polls else None,
        created_at=world.now(),
        application_name=token.application.name if token and token.application else None,
        key=key,
    )


def _words(values: Values, settings: Settings) -> tuple[str, str]:
    """Text and content warning, stripped; a warning without a text becomes the text."""
    words = (text_of(values, "status") or "").strip()
    spoiler = (text_of(values, "spoiler_text") or "").strip()
    return (words, spoiler) if words or settings.keeps_lone_warning else (spoiler, "")


def _check_length(values: Values, words: str, spoiler: str, settings: Settings) -> None:
    """Refuse what is too long. Those that count what is written have GoToSocial's words here."""
    most = settings.max_characters
    if settings.counts_written:
        if len(text_of(values, "status") or "") + len(text_of(values, "spoiler_text") or "") > most:
            raise Refusal(400, f"Bad Request: text with spoiler exceed max chars ({most})")
    elif text.length(words, spoiler_text=spoiler, url_length=settings.characters_reserved_per_url) > most:
        raise Refusal(422, f"Validation failed: Text character limit of {most} exceeded")


def _files(world: World, values: Values, person: Person) -> list[MediaFile]:
    ids = values.get("media_ids")
    wanted = [str(one) for one in cast("list[object]", ids)] if isinstance(ids, list) else []
    if not wanted:
        return []
    most = world.settings.max_media_attachments
    if len(wanted) > most or values.get("poll"):
        raise Refusal(422, f"Cannot attach more than {most} files")
    files = [file for one in wanted if (file := world.media.get(one)) and _attachable(file, person)]
    if len(files) < len(wanted):
        missing = ", ".join(one for one in wanted if one not in {file.id for file in files})
        raise Refusal(422, f"Media {missing} not found or already attached to another post")
    if len(files) > 1 and any(file.kind in {"video", "audio"} for file in files):
        raise Refusal(422, "Cannot attach a video to a post that already contains images")
    if any(file.failed or file.ready_at > world.now() for file in files):
        raise Refusal(422, "Cannot attach files that have not finished processing. Try again in a moment!")
    return files


def _attachable(file: MediaFile, person: Person) -> bool:
    return file.owner_id == person.id and file.status_id is None


def _poll(world: World, values: object) -> dict[str, object] | None:
    if not isinstance(values, Mapping) or not values:
        return None
    given = cast("Mapping[str, object]", values)
    raw = given.get("options")
    options = [str(one) for one in cast("list[object]", raw)] if isinstance(raw, list) else []
    expires_in = text_of(given, "expires_in")
    if problem := _poll_problem(options, expires_in, world.settings):
        raise Refusal(422, f"Validation failed: {problem}")
    return {
        "id": world.next_id(),
        "options": options,
        "expires_at": world.now() + timedelta(seconds=int(expires_in or 0)),
        "multiple": bool(truth_of(given, "multiple")),
        "hide_totals": bool(truth_of(given, "hide_totals")),
    }


def _poll_problem(options: list[str], expires_in: str | None, settings: Settings) -> str | None:
    too_long = any(len(regex.findall(r"\X", option)) > settings.poll_max_characters for option in options)
    seconds = int(expires_in) if expires_in and expires_in.isdigit() else None
    most, longest = settings.poll_max_options, settings.poll_max_characters
    rules = (
        (len(options) < 2, "Poll options must have more than one item"),  # noqa: PLR2004  # a choice needs two
        (len(options) > most, f"Poll options can't contain more than {most} items"),
        (any(not option.strip() for option in options), "Poll options can't be blank"),
        (too_long, f"Poll options can't be longer than {longest} characters each"),
        (len(set(options)) < len(options), "Poll options contain duplicate items"),
        (seconds is None, "Poll expires at can't be blank"),
        ((seconds or 0) > settings.poll_max_expiration_s, "Poll expires at is too far into the future"),
        ((seconds or 0) < settings.poll_min_expiration_s, "Poll expires at is too soon"),
    )
    return next((sentence for broken, sentence in rules if broken), None)


def show(status: Status, request: web.Request) -> dict[str, object]:
    """The status as the API shows it."""
    world, base = world_of(request), base_url(request)
    parent = world.statuses.get(status.in_reply_to_id or "")
    content = text.to_html(
        status.text, base_url=base, usernames=world.people.keys(), local_domain=local_domain(request)
    )
    likes, boosts = _grown(status, world)
    return {
        "id": status.id,
        "created_at": _stamp(status.created_at),
        "in_reply_to_id": status.in_reply_to_id,
        "in_reply_to_account_id": parent.person.id if parent else None,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler_text,
        "visibility": status.visibility,
        "language": status.language,
        "uri": f"{base}/users/{status.person.username}/statuses/{status.id}",
        "url": f"{base}/@{status.person.username}/{status.id}",
        "replies_count": status.replies,
        "reblogs_count": boosts,
        "favourites_count": likes,
        "quotes_count": status.quotes,
        "edited_at": None,
        "content": content,
        "reblog": None,
        "application": {"name": status.application_name, "website": None} if status.application_name else None,
        "account": show_person(status.person, request),
        "media_attachments": [media.show(world.media[one], request) for one in status.media_ids],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": _show_poll(status, world),
    }


def _show_poll(status: Status, world: World) -> dict[str, object] | None:
    if status.poll is None:
        return None
    ends, options = cast("datetime", status.poll["expires_at"]), cast("list[str]", status.poll["options"])
    return {
        "id": status.poll["id"],
        "expires_at": _stamp(ends),
        "expired": ends <= world.now(),
        "multiple": status.poll["multiple"],
        "votes_count": 0,
        "voters_count": 0,
        "options": [{"title": title, "votes_count": 0} for title in options],
        "emojis": [],
    }


def numbers_of(status: Status, world: World) -> tuple[tuple[str, int], ...]:
    """What people did with it: favourites, boosts, replies."""
    likes, boosts = _grown(status, world)
    return (("favourite", likes), ("boost", boosts), ("reply|replies", status.replies))


def _grown(status: Status, world: World) -> tuple[int, int]:
    minutes = (world.now() - status.created_at).total_seconds() / 60 if world.settings.grow_numbers else 0
    grown = min(minutes, _FAST_MINUTES) + max(0.0, minutes - _FAST_MINUTES) / 200
    return status.favourites + int(grown * 3), status.reblogs + int(grown)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _seen(request: web.Request, status_id: str) -> Status:
    status = world_of(request).statuses.get(status_id)
    asker = token_of(request)
    person = asker.person if asker else None
    if status is None or (status.visibility in {"private", "direct"} and status.person is not person):
        raise not_found()
    return status


async def read(request: web.Request) -> web.Response:
    """`GET /api/v1/statuses/:id`."""
    person_of(request, "read:statuses")
    await play(request, "read_status")
    return web.json_response(show(_seen(request, request.match_info["id"]), request))


async def read_many(request: web.Request) -> web.Response:
    """`GET /api/v1/statuses?id[]=`: those which exist, at most twenty asked for at once."""
    world = world_of(request)
    if not world.settings.batch_statuses:
        raise not_found()
    person_of(request, "read:statuses")
    await play(request, "read_many")
    wanted = request.query.getall("id[]", [])
    if len(wanted) > BATCH_MOST:
        raise Refusal(422, "Too many ids")
    return web.json_response([show(world.statuses[one], request) for one in wanted if one in world.statuses])


async def context(request: web.Request) -> web.Response:
    """`GET /api/v1/statuses/:id/context`: here only what was answered to it directly."""
    person_of(request, "read:statuses")
    await play(request, "status_context")
    above = _seen(request, request.match_info["id"])
    below = [one for one in world_of(request).statuses.values() if one.in_reply_to_id == above.id]
    return web.json_response({"ancestors": [], "descendants": [show(one, request) for one in below]})


async def home(request: web.Request) -> web.Response:
    """`GET /api/v1/timelines/home`, newest first: here what the person wrote, whoever may see it."""
    person = person_of(request, "read:statuses")
    await play(request, "home_timeline")
    mine = [status for status in world_of(request).statuses.values() if status.person is person]
    page = sorted(mine, key=lambda status: int(status.id), reverse=True)
    limit = min(int(request.query.get("limit", PAGE_DEFAULT)), PAGE_MOST)
    return web.json_response([show(status, request) for status in page[:limit]])


async def of_account(request: web.Request) -> web.Response:
    """`GET /api/v1/accounts/:id/statuses`, newest first; its owner sees the private and direct ones too."""
    asker = person_of(request, "read:statuses")
    await play(request, "account_statuses")
    world, query, owner_id = world_of(request), request.query, request.match_info["id"]
    if owner_id not in {person.id for person in world.people.values()}:
        raise not_found()
    found = [
        status
        for status in world.statuses.values()
        if status.person.id == owner_id
        and (status.visibility in OPEN or (asker.id == owner_id and world.settings.lists_hidden))
        and int(status.id) < int(query.get("max_id", "9" * 30))
        and int(status.id) > int(query.get("since_id", "0"))
    ]
    if query.get("exclude_replies") in {"true", "1"} or not world.settings.lists_replies:
        found = [status for status in found if status.in_reply_to_id is None]
    limit = min(int(query.get("limit", PAGE_DEFAULT)), PAGE_MOST)
    page = sorted(found, key=lambda status: int(status.id), reverse=True)[:limit]
    headers: dict[str, str] = {}
    if page:
        here = f"{base_url(request)}{request.path}"
        headers["Link"] = f'<{here}?max_id={page[-1].id}>; rel="next", <{here}?min_id={page[0].id}>; rel="prev"'
    return web.json_response([show(status, request) for status in page], headers=headers)


async def delete(request: web.Request) -> web.Response:
    """`DELETE /api/v1/statuses/:id`: shows it once more, with its source."""
    person, world = person_of(request, "write:statuses"), world_of(request)
    await play(request, "delete_status")
    status = world.statuses.get(request.match_info["id"])
    if status is None or status.person is not person:
        raise not_found()
    shown = show(status, request) | {"text": status.text}
    del world.statuses[status.id]
    world.deleted.add(status.id)
    return web.json_response(shown)
