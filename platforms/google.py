"""What Google's networks have in common: OAuth, the form of errors, and the end of a day's quota.

Sources, read 2026-11-21:
https://developers.google.com/identity/protocols/oauth2/web-server (consent, tokens, revoking);
https://cloud.google.com/apis/design/errors and https://developers.google.com/youtube/v3/docs/errors (errors).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from platforms.answers import as_object, object_of, objects, text
from platforms.base import Answer, JsonObject, OAuthRules
from platforms.oauth_rules import ClientAuth, Reach, Revocation

READ = date(2026, 11, 21)
OAUTH_DOCS = "https://developers.google.com/identity/protocols/oauth2/web-server"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_TAG = re.compile(r"<[^>]*>")
_WHOLE = re.compile(r"[0-9]{1,18}")


def oauth_rules(scopes: tuple[str, ...], *, welcome: tuple[str, ...] = (), nothing_found: str) -> OAuthRules:
    """Google's consent for these scopes: refresh tokens that stay the same, and a revocation of all that was allowed.

    `welcome` are asked for, too, and may be unticked. `prompt=consent`, since a refresh token comes with an asked
    consent only.
    """
    return OAuthRules(
        authorize="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",  # noqa: S106  # an address
        scopes=(*scopes, *welcome),
        needed_scopes=scopes,
        authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
        revoke=Revocation(address="https://oauth2.googleapis.com/revoke", client=ClientAuth.NOBODY, reach=Reach.PERSON),
        nothing_found=nothing_found,
        source=OAUTH_DOCS,
        read=READ,
    )


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """The narrowest word of an error (`quotaExceeded`, else `SERVICE_DISABLED`, else `NOT_FOUND`), and its sentence."""
    error = as_object(object_of(answer).get("error"))
    reasons = [text(one, "reason") for name in ("errors", "details") for one in objects(error.get(name))]
    code = next(filter(None, (*reasons, text(error, "status"))), None)
    message = text(error, "message")
    details = [
        sentence
        for one in objects(error.get("details"))
        for inner in (*objects(one.get("errorDetails")), *objects(one.get("fieldViolations")))
        if (sentence := text(inner, "message") or text(inner, "description"))
    ]
    words = " ".join(filter(None, (message, *details)))
    return code, _TAG.sub("", words) or None


def quota_day_ends(now: datetime) -> datetime:
    """When the daily quotas of Google's projects begin anew: midnight in Los Angeles.

    Source: https://developers.google.com/youtube/v3/getting-started#quota, 2026-11-21.
    """
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _PACIFIC).astimezone(UTC)


# --- Values out of JSON: each one checked, none trusted ---------------------------------------------------------------


def inside(value: object, *names: str) -> JsonObject:
    """The object at that path, or an empty one."""
    for name in names:
        value = as_object(value).get(name)
    return as_object(value)


def items_of(answer: Answer, name: str) -> tuple[JsonObject, ...] | None:
    """The objects in a list of an answer, none where Google leaves an empty list out; None when it is no such answer.

    An answer counts as one when it is a JSON object with the list, with nothing, or with Google's `kind`.
    """
    body = object_of(answer)
    known = name in body or "kind" in body or answer.body.strip() == b"{}"
    many = body.get(name, [])
    found = tuple(objects(many))
    whole = isinstance(many, list) and len(found) == len(cast("list[object]", many))
    return found if known and whole else None


def count(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above; Google writes those of 64 bits as text."""
    value = values.get(name)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(value: object) -> datetime | None:
    """An RFC 3339 time with an offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
