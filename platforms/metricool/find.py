"""Where a post stands at Metricool: by its id, by its second and text, and taken back.

Source: https://app.metricool.com/resources/apidocs, read 2026-11-21.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.accounts import Connected
from platforms.answers import as_object, identifier, objects, text
from platforms.base import (
    Absent,
    Answer,
    CannotTell,
    JsonObject,
    Key,
    Pending,
    Prepared,
    Published,
    Wire,
)
from platforms.errors import ContentRefused
from platforms.metricool.networks import NETWORKS
from platforms.metricool.publish import FIRST_LOOK_S, LATER_LOOK_S, POSTS
from platforms.metricool.reading import account_of, data_of, listed, request, unreadable
from platforms.text import resembling

_ONE = "GET /v2/scheduler/posts/{id}"
_LIST = "GET /v2/scheduler/posts"
_DELETED = "GET /v2/scheduler/posts/deleted"
_NOT_FOUND = 404


async def poll(wire: Wire, connected: Connected, handle: JsonObject, key: Key) -> Published | Pending:  # noqa: ARG001  # Connector.poll
    """Ask for the post we handed over. Published is what its network says so of, with an address.

    Raises ContentRefused when Metricool could not publish it, or has it no longer.
    """
    answer = await _read(wire, connected, handle)
    if answer.status == _NOT_FOUND:
        raise ContentRefused("Metricool no longer has this post: somebody deleted it there.", platform="metricool")
    return _standing(connected, as_object(data_of(answer, _ONE)), handle)


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find
    since: datetime,  # noqa: ARG001  # Connector.find: the planned second says more
) -> Published | Pending | Absent | CannotTell:
    """Look at the minute the post was planned for, and among the deleted ones."""
    wanted = as_object(prepared.data.get("body"))
    date = as_object(wanted.get("publicationDate"))
    wall, zone = text(date, "dateTime"), text(date, "timezone")
    if wall is None or zone is None:
        return CannotTell(reason="nothing was stored to look for")
    window = _around(wall)
    query = (("start", window[0]), ("end", window[1]), ("timezone", zone), ("extendedRange", "true"))
    answer = await wire.read(request(connected, "GET", POSTS, _LIST, query=query))
    planned = [one for one in listed(answer, _LIST) if _for_the_same_minute(one, wanted)]
    there = [one for one in planned if text(one, "text") == text(wanted, "text")]
    if len(there) > 1:
        return CannotTell(reason=f"Metricool has {len(there)} posts like it for that second")
    if there:
        return _found(connected, there[0])
    if any(_resembles(one, wanted) for one in planned):
        return CannotTell(reason="Metricool has a post much like it for that minute, and may have changed its text")
    answer = await wire.read(request(connected, "GET", f"{POSTS}/deleted", _DELETED))
    if any(_for_the_same_minute(one, wanted) and _resembles(one, wanted) for one in listed(answer, _DELETED)):
        return CannotTell(reason="somebody deleted it in Metricool")
    return Absent(evidence=f"Metricool plans nothing like it for {wall} {zone}, nor was it deleted there")


async def withdraw(wire: Wire, connected: Connected, handle: JsonObject) -> bool:
    """Delete a plan that nobody has published yet. What was deleted there already is taken back as well."""
    answer = await _read(wire, connected, handle)
    if answer.status == _NOT_FOUND:
        return True
    post = as_object(data_of(answer, _ONE))
    if _status(connected, post)[0] not in {"PENDING", "DRAFT", "AWAITING_CONFIRMATION", "ERROR"}:
        return False
    path = f"{POSTS}/{_id(handle)}"
    done = await wire.prepare(
        request(connected, "DELETE", path, "DELETE /v2/scheduler/posts/{id}", accept_status=frozenset({_NOT_FOUND}))
    )
    if done.status != _NOT_FOUND and data_of(done, path) is not True:
        return False
    after = await _read(wire, connected, handle)
    return after.status == _NOT_FOUND or _status(connected, as_object(data_of(after, _ONE)))[0] is None


async def _read(wire: Wire, connected: Connected, handle: JsonObject) -> Answer:
    return await wire.read(
        request(connected, "GET", f"{POSTS}/{_id(handle)}", _ONE, accept_status=frozenset({_NOT_FOUND}))
    )


def _id(handle: JsonObject) -> str:
    return identifier(handle) or "0"


def _around(wall: str) -> tuple[str, str]:
    minute = datetime.fromisoformat(wall).replace(second=0)
    return minute.isoformat(), (minute + timedelta(minutes=1)).isoformat()


def _for_the_same_minute(post: JsonObject, wanted: JsonObject) -> bool:
    """The same network, too. Whether seconds survive is not documented, so minutes count, in whatever zone they are."""
    return _networks(post) == _networks(wanted) and _minute(post) == _minute(wanted)


def _minute(post: JsonObject) -> datetime | str | None:
    """The minute a post is planned for; as it is written where it cannot be read."""
    date = as_object(post.get("publicationDate"))
    wall, zone = text(date, "dateTime"), text(date, "timezone")
    try:
        at = datetime.fromisoformat(wall or "")
        at = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone or "UTC"))
        return at.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return wall


def _resembles(post: JsonObject, wanted: JsonObject) -> bool:
    return resembling(text(post, "text") or "") == resembling(text(wanted, "text") or "")


def _networks(post: JsonObject) -> list[str | None]:
    return [text(one, "network") for one in objects(post.get("providers"))]


def _found(connected: Connected, post: JsonObject) -> Published | Pending | CannotTell:
    post_id = identifier(post)
    if post_id is None:
        return CannotTell(reason="Metricool shows a post without an id")
    try:
        return _standing(connected, post, {"id": post_id})
    except ContentRefused:
        return Pending(handle={"id": post_id}, check_after_s=FIRST_LOOK_S)


def _status(connected: Connected, post: JsonObject) -> tuple[str | None, JsonObject]:
    _, word = account_of(connected)
    provider = next((one for one in objects(post.get("providers")) if text(one, "network") == word), None)
    return (None, {}) if provider is None else (text(provider, "status"), provider)


def _standing(connected: Connected, post: JsonObject, handle: JsonObject) -> Published | Pending:
    """Source: 200 can hide a later failure; only PUBLISHED with an address counts."""
    status, provider = _status(connected, post)
    _, word = account_of(connected)
    if status is None:
        raise unreadable(_ONE)
    if status == "ERROR":
        title, detail = NETWORKS[word].title, text(provider, "detailedStatus")
        said = f" It says: “{detail.rstrip('. ')}”" if detail else ""
        raise ContentRefused(f"Metricool could not publish it on {title}.{said}", platform="metricool", code="ERROR")
    url = text(provider, "publicUrl")
    if status == "PUBLISHED" and url is not None:
        return Published(platform_post_id=url, permalink=url, extra={"metricool_id": identifier(handle)})
    return Pending(handle=handle, check_after_s=LATER_LOOK_S)
