"""The one call that makes a post or a comment, asking after what Reddit still works on, and taking down.

Reddit answers with status 200 also when it refuses: `json.errors` is read before anything else. After a picture or a
film it names no post; that one is looked for in the account's list until it is there.

Sources: https://www.reddit.com/dev/api#POST_api_submit and praw 8.0.3, read 2026-11-21.
"""

import re
from typing import cast

from bot.domain.accounts import Connected
from platforms.answers import as_object, object_of, objects, text, texts
from platforms.base import Answer, JsonObject, Key, Pending, Prepared, Published, Request, Wire
from platforms.errors import OutcomeUnknown
from platforms.reddit.answers import data_of
from platforms.reddit.calls import Parameters, form_of, json_of, refuse_inside, web_of
from platforms.reddit.find import LATE, look
from platforms.reddit.reading import number

FIRST_LOOK_S, NEXT_LOOK_S = 3.0, 10.0
MOST_LOOKS = 60
"""Ten minutes, after which it is treated like a lost answer."""
_ID = re.compile(r"[a-z0-9]{2,13}")
_IN_ADDRESS = re.compile(r"/(?:comments|gallery)/([a-z0-9]{2,13})(?:/|$)")


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published | Pending:
    """Make it. Raises PlatformError; DuplicateRefused for a link that is in the subreddit already."""
    del key
    request = _request(connected, prepared)
    answer = await wire.create(request)
    refuse_inside(answer, request.operation)
    found = _published(connected, answer)
    if found is not None:
        return found
    shown = as_object(prepared.data.get("shown"))
    if text(shown, "kind") in LATE and _is_taken(answer):
        return Pending(handle={**shown, "looks": 0}, check_after_s=FIRST_LOOK_S)
    raise OutcomeUnknown(
        "Reddit gave an answer that cannot be read. The post may be live.",
        platform="reddit",
        operation=request.operation,
        status=answer.status,
    )


async def poll(wire: Wire, connected: Connected, handle: JsonObject, key: Key) -> Published | Pending:
    """Whether what Reddit took is there by now. Raises PlatformError; OutcomeUnknown when it never came."""
    looks = (number(handle, "looks") or 0) + 1
    found = await look(wire, connected, handle, key.at)  # never made before its planned second
    if isinstance(found, Published):
        return found
    if found is not None or looks >= MOST_LOOKS:
        reason = found.reason if found is not None else "it does not appear"
        safe = f"Reddit took the post, but {reason}. It may be live."
        raise OutcomeUnknown(safe, platform="reddit", operation="GET /user/:name/submitted")
    return Pending(handle={**handle, "looks": looks}, check_after_s=NEXT_LOOK_S)


async def delete(wire: Wire, connected: Connected, post_id: str, extra: JsonObject) -> None:
    """Take a post or a comment down; Reddit says yes to one that is gone, too. Raises PlatformError."""
    del extra
    await wire.prepare(form_of(connected, "POST /api/del", "api/del", (("id", post_id),)))


def _request(connected: Connected, prepared: Prepared) -> Request:
    path = text(prepared.data, "path") or ""
    body = prepared.data.get("body")
    if body is not None:
        return json_of(connected, f"POST /{path}", path, as_object(body))
    return form_of(connected, f"POST /{path}", path, _pairs(prepared.data.get("form")))


def _pairs(stored: object) -> Parameters:
    many = cast("list[object]", stored) if isinstance(stored, list) else []
    return tuple((pair[0], pair[1]) for pair in map(texts, many) if len(pair) > 1)


def _published(connected: Connected, answer: Answer) -> Published | None:
    """What the answer says was made; None when it names nothing."""
    data = data_of(answer)
    for thing in objects(data.get("things")):
        comment = as_object(thing.get("data"))
        name, path = text(comment, "name"), text(comment, "permalink")
        if name is not None and name.startswith("t1_"):
            return Published(platform_post_id=name, permalink=f"{web_of(connected)}{path}" if path else None)
    address = text(data, "url")
    in_address = _IN_ADDRESS.search(address or "")
    short = (text(data, "name") or text(data, "id") or (in_address[1] if in_address else "")).removeprefix("t3_")
    if not _ID.fullmatch(short):
        return None
    return Published(platform_post_id=f"t3_{short}", permalink=address)


def _is_taken(answer: Answer) -> bool:
    """Whether Reddit said that it took the files: no errors, and where it will show them."""
    data = data_of(answer)
    errors = as_object(object_of(answer).get("json")).get("errors")
    return errors == [] and any(text(data, name) is not None for name in ("websocket_url", "user_submitted_page"))
