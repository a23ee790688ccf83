"""What X's answers say besides their values: errors in three shapes, and what is left of its limits."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from bot.domain.gates import Allowance
from platforms.answers import NOTHING, object_of, objects, text
from platforms.base import Answer, JsonObject

POSTS = "posts"
"""The budget that the headers of a creating call tell of."""
APP_LIMIT = "app-limit"
"""Our word for a 429 that stops everybody who publishes through our app."""
CREDITS_AGAIN = timedelta(minutes=10)
"""How long to leave X alone when the developer account's credits are spent: nobody says when there are new ones."""
_COUNT = re.compile(r"[0-9]{1,12}")
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """A problem (RFC 9457: its type's last word), or `errors` with code and message, or OAuth's pair.

    Source: https://docs.x.com/x-api/fundamentals/response-codes-and-errors, 2026-11-21.
    """
    body = object_of(answer)
    if (code := text(body, "error")) is not None:
        return code, text(body, "error_description")
    first = next(objects(body.get("errors")), NOTHING)
    message = text(first, "message") or text(first, "detail") or text(body, "detail") or text(body, "title")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and _left(answer, _WINDOWS[-1]) == 0:
        return APP_LIMIT, message
    return _code(first) or _code(body), message


def _code(problem: JsonObject) -> str | None:
    number = problem.get("code")
    if isinstance(number, int):
        return str(number)
    kind = (text(problem, "type") or "").rstrip("/").rpartition("/")[2]
    return kind if kind and ":" not in kind else None


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """When the windows that are used up open again: epoch seconds in the header of each.

    Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-21.
    """
    if answer.status == HTTPStatus.PAYMENT_REQUIRED:
        return now + CREDITS_AGAIN
    return max(_ends(answer), default=_moment(answer, _WINDOWS[0]))


def _ends(answer: Answer) -> Iterator[datetime]:
    for window in _WINDOWS:
        ends = _moment(answer, window)
        if ends is not None and _left(answer, window) == 0:
            yield ends


def read_budget(answer: Answer, now: datetime) -> Allowance | None:  # noqa: ARG001  # the header is a time of its own
    """What is left of posts: each address has a window of its own, and only a post that was made answers 201."""
    limit, left, ends = (
        _number(answer, "x-rate-limit-limit"),
        _left(answer, _WINDOWS[0]),
        _moment(answer, _WINDOWS[0]),
    )
    if answer.status != HTTPStatus.CREATED or not limit or left is None or ends is None:
        return None
    return Allowance(budget=POSTS, limit=limit, remaining=left, resets_at=ends)


def _left(answer: Answer, window: str) -> int | None:
    return _number(answer, f"{window}-remaining")


def _moment(answer: Answer, window: str) -> datetime | None:
    seconds = _number(answer, f"{window}-reset")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _number(answer: Answer, header: str) -> int | None:
    value = answer.headers.get(header, "").strip()
    return int(value) if _COUNT.fullmatch(value) else None
