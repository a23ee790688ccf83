"""What every call to LinkedIn has in common, and taking values out of its answers: each one checked, none trusted.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/versioning and
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/protocol-version, read 2026-11-21.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from bot.domain.accounts import Account, Connected
from platforms.base import Answer, JsonObject
from platforms.errors import Unavailable

VERSION = "202609"
"""The API's month. LinkedIn keeps one for about a year: this one until 2027-09-15."""
PERSON, ORGANIZATION = "urn:li:person:", "urn:li:organization:"
POST = re.compile(r"urn:li:(?:share|ugcPost):\d+")
NOTHING: JsonObject = {}


def headers(method: str = "") -> dict[str, str]:
    """Those of a versioned call; `method` is Rest.li's, where the HTTP method does not say it."""
    found = {"LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}
    return found | ({"X-RestLi-Method": method} if method else {})


def encoded(value: str) -> str:
    """A URN as a path or a query carries it; the brackets and commas around several stay bare."""
    return quote(value, safe="")


def is_page(account: Account) -> bool:
    """Whether it is an organisation's page, and not a member's profile."""
    return account.platform_account_id.startswith(ORGANIZATION)


def may(connected: Connected, *scopes: str) -> bool:
    """Whether the consent covers one of these. True where nobody said what it covers: LinkedIn will say."""
    held = connected.tokens.scopes
    return not held or any(scope in held for scope in scopes)


def object_of(answer: Answer) -> JsonObject:
    """The answer's JSON object; empty when the body is something else."""
    try:
        return as_object(answer.json())
    except ValueError:
        return NOTHING


def elements_of(answer: Answer, operation: str) -> tuple[JsonObject, ...]:
    """The `elements` of a collection. Raises Unavailable when that is not what came."""
    found = object_of(answer).get("elements")
    if not isinstance(found, list):
        raise unreadable(operation, answer)
    return tuple(objects(cast("list[object]", found)))


def unreadable(operation: str, answer: Answer) -> Unavailable:
    """What to raise for an answer in another form than the documented one."""
    return Unavailable(
        "LinkedIn gave an answer that cannot be read.", platform="linkedin", operation=operation, status=answer.status
    )


def as_object(value: object) -> JsonObject:
    """The value when it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else NOTHING


def objects(value: object) -> Iterator[JsonObject]:
    """The objects in a JSON list."""
    if isinstance(value, list):
        yield from (cast("JsonObject", one) for one in cast("list[object]", value) if isinstance(one, Mapping))


def texts(value: object) -> tuple[str, ...]:
    """The texts in a JSON list."""
    many = cast("list[object] | tuple[object, ...]", value) if isinstance(value, list | tuple) else ()
    return tuple(one for one in many if isinstance(one, str))


def text(values: JsonObject, name: str) -> str | None:
    """A text that is not empty."""
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def number(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(values: JsonObject, name: str) -> datetime | None:
    """A time in milliseconds since 1970."""
    stamp = number(values, name)
    try:
        return None if stamp is None else datetime.fromtimestamp(stamp / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
