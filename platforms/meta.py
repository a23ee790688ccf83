"""What Meta's networks share: the Graph API's version, how its answers and errors are read, its limits' headers.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, /docs/graph-api/overview/rate-limiting and
/docs/graph-api/changelog/versions, read 2026-11-21.
"""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import cast

from bot.domain.accounts import Connected
from platforms.answers import as_object, object_of, objects, text
from platforms.base import Answer, JsonObject
from platforms.errors import (
    AppRefused,
    ContentRefused,
    ErrorRule,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
)

VERSION = "v25.0"
"""Works until 2028-07-29; v26.0 is the newest. A retired one is answered with error 2635."""
READ = date(2026, 11, 21)
DOCS = "https://developers.facebook.com/docs"
GONE = "/33"
"""Subcode of "there is no such object, or you may not see it"."""
BLOCKED_FOR = timedelta(hours=1)
"""How long an account that is blocked for its behaviour is left alone; Meta names no time."""

_ERRORS = f"{DOCS}/graph-api/guides/error-handling/"
_LIMITS = f"{DOCS}/graph-api/overview/rate-limiting/"
_BLOCKED = frozenset({"368", "/1390008", "/2207051"})
_FAMILIES = ((range(200, 300), "200-299"), (range(80_000, 80_015), "80000-80014"), (range(6_000, 7_000), "6000-6999"))
"""Codes that mean one thing by their range."""
_DOUBTFUL = frozenset({"1", "2", "-1", "/1363030", "/1363047", "/1609010"})
"""Meta's own troubles: they do not say whether a call was carried out."""


def graph(connected: Connected, path: str) -> str:
    """The address of a node or edge for this account."""
    return f"{connected.account.service_url}/{VERSION}/{path}"


# --- Errors ----------------------------------------------------------------------------------------------------------


def errors(title: str) -> tuple[ErrorRule, ...]:
    """The lines of an error table that hold for every network of Meta's; a network's own go before them."""
    over = f"{title} no longer accepts this account's sign-in. Connect it again."
    checkpoint = f"{title} wants the person behind this account to pass a security check first. Then connect it again."
    limited = f"{title} asks us to slow down."
    lines: tuple[tuple[type[PlatformError], str, tuple[str, ...]], ...] = (
        (Reconnect, checkpoint, ("/459", "/464")),
        (Reconnect, f"{title} says this person lost their role there. Connect the account again.", ("/492",)),
        (Reconnect, over, ("190", "102")),
        (ScopeMissing, f"{title} says a permission is missing. Connect the account again.", ("10", "3", "200-299")),
        (RateLimited, f"{title} has blocked this account's posting for a while.", ("368", "/1390008")),
        (RateLimited, limited, ("4", "17", "32", "341", "613", "80000-80014")),
    )
    rules = [
        ErrorRule(raises=raises, code=code, safe=safe, source=_LIMITS if raises is RateLimited else _ERRORS)
        for raises, safe, codes in lines
        for code in codes
    ]
    rules += [
        ErrorRule(
            raises=AppRefused,
            code="2635",
            safe=f"{title} has retired version {VERSION} of its API. Whoever runs Herald has to update it.",
            source=f"{DOCS}/graph-api/changelog/versions/",
        ),
        *(
            ErrorRule(
                raises=ContentRefused,
                code=code,
                safe=f"{title} says that what this refers to is gone, or not to be seen by this account.",
                source=_ERRORS,
            )
            for code in ("803", GONE)
        ),
        ErrorRule(
            raises=ContentRefused, code="100", safe=f"{title} does not accept this post.", quote=True, source=_ERRORS
        ),
    ]
    return tuple(rules)


def error_reader(
    rules: tuple[ErrorRule, ...], *, doubtful: frozenset[str] = frozenset()
) -> Callable[[Answer], tuple[str | None, str | None]]:
    """Reads (code, message): the subcode as `/2207026` where the table knows it, else the code, or its range.

    An error of Meta's own, or one marked as passing, is read as nobody's words: it does not say whether the call was
    carried out, so a creating one is in doubt.
    """
    known = {rule.code for rule in rules}
    silent = _DOUBTFUL | doubtful

    def read(answer: Answer) -> tuple[str | None, str | None]:
        error = as_object(object_of(answer).get("error"))
        code = whole(error, "code")
        if code is None:
            return None, None
        names = _names(error)
        for name in names:
            if name in silent:
                return None, None
            if name in known:
                return name, _words(error)
        if error.get("is_transient") is True:
            return None, None
        return str(code), _words(error)

    return read


def _names(error: JsonObject) -> list[str]:
    """What an error may be called in a table, special before general."""
    code, subcode = whole(error, "code") or 0, whole(error, "error_subcode")
    ranges = [name for range_, name in _FAMILIES if code in range_]
    return [*([f"/{subcode}"] if subcode is not None else []), str(code), *ranges]


def _words(error: JsonObject) -> str | None:
    return text(error, "error_user_msg") or text(error, "message")


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """When calls are allowed again: by the minutes in `X-Business-Use-Case-Usage`; an hour for a blocked account."""
    error = as_object(object_of(answer).get("error"))
    if _BLOCKED & set(_names(error)):
        return now + BLOCKED_FOR
    usage = _decoded(answer.headers.get("x-business-use-case-usage", ""))
    minutes = [
        whole(line, "estimated_time_to_regain_access") or 0 for lines in usage.values() for line in objects(lines)
    ]
    longest = max(minutes, default=0)
    return now + timedelta(minutes=longest) if longest > 0 else None


def _decoded(header: str) -> JsonObject:
    return object_of(Answer(status=HTTPStatus.OK, headers={}, body=header.encode()))


# --- Answers ---------------------------------------------------------------------------------------------------------


def rows_of(answer: Answer) -> tuple[JsonObject, ...] | None:
    """The objects of an answer's `data` list; None when it has none, or something else is among them."""
    data = object_of(answer).get("data")
    found = tuple(objects(data))
    return found if isinstance(data, list) and len(found) == len(cast("list[object]", data)) else None


def after_of(answer: Answer) -> str | None:
    """Where the next page begins; None on the last one. The address it is given with holds a token: not that."""
    paging = as_object(object_of(answer).get("paging"))
    return text(as_object(paging.get("cursors")), "after") if text(paging, "next") else None


def whole(values: JsonObject, name: str) -> int | None:
    """A whole number, below 0 too."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def count(values: JsonObject, name: str) -> int | None:
    """A whole number of 0 and above."""
    value = whole(values, name)
    return value if value is not None and value >= 0 else None


def moment(values: JsonObject, name: str) -> datetime | None:
    """A time such as `2026-11-21T09:00:00+0000`."""
    try:
        found = datetime.fromisoformat(text(values, name) or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


# --- Texts -----------------------------------------------------------------------------------------------------------


def units(words: str) -> int:
    """Length in UTF-16 units, in which Meta's apps count."""
    return len(words.encode("utf-16-le", errors="surrogatepass")) // 2


def comparable(words: str) -> str:
    """A text in the form that is the same for what was written and for what is shown of it: spaces, composition."""
    return " ".join(unicodedata.normalize("NFC", words).split())
