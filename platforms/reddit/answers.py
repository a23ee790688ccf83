"""What Reddit's answers say besides what was asked for: errors in all their forms, and how much may still be asked.

Errors stand in answers with status 200 as well, in `json.errors`; calls.py raises those.

Sources: https://www.reddit.com/dev/api, https://github.com/reddit-archive/reddit/wiki/API and praw 8.0.3's
praw/exceptions.py and prawcore/rate_limit.py (github.com/praw-dev), read 2026-11-21.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast

from bot.domain.gates import Allowance, Budget, Scope
from platforms.answers import as_object, object_of, text
from platforms.base import Answer, JsonObject

READ = date(2026, 11, 21)
REQUESTS = Budget(
    name="requests",
    scope=Scope.APP,
    amount=1000,
    per_s=600.0,
    source="https://support.reddithelp.com/hc/en-us/articles/16160319875092-Reddit-Data-API-Wiki",
    read=READ,
)
"""100 requests a minute for each app, averaged over ten minutes."""
_WAIT = re.compile(r"([0-9]{1,4}) (millisecond|second|minute|hour)", re.IGNORECASE)
_SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_STORE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>\s*<Message>([^<]{0,300})", re.DOTALL)
_FAMILIES = ("SUBMIT_VALIDATION_",)
"""Codes of which all that begin so mean the same."""


def inside(answer: Answer) -> tuple[str, str | None] | None:
    """Code and sentence of the first error in `json.errors`; None where there is none."""
    errors = as_object(object_of(answer).get("json")).get("errors")
    first = cast("list[object]", errors)[:1] if isinstance(errors, list) else []
    for one in first:
        words = [word for word in cast("list[object]", one) if isinstance(word, str)] if isinstance(one, list) else []
        if words:
            return _family(words[0]), words[1] if len(words) > 1 else None
    return None


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """Code and sentence of an error answer: of `json.errors`, a `reason`, a plain message, OAuth, or the file store."""
    if (found := inside(answer)) is not None:
        return found
    if "insufficient_scope" in answer.headers.get("www-authenticate", ""):
        return "insufficient_scope", None
    body = object_of(answer)
    if not body:
        store = _STORE.search(answer.body)
        return (store[1].decode(), store[2].decode(errors="replace")) if store is not None else (None, None)
    code = text(body, "reason") or text(body, "error")
    return (None if code is None else _family(code)), text(body, "explanation") or text(body, "message")


def _family(code: str) -> str:
    return next((family.rstrip("_") for family in _FAMILIES if code.startswith(family)), code)


def read_reset(answer: Answer, now: datetime) -> datetime | None:
    """`x-ratelimit-reset` is seconds from now."""
    seconds = _header(answer.headers, "reset")
    return now + timedelta(seconds=seconds) if seconds else None


def read_budget(answer: Answer, now: datetime) -> Allowance | None:
    """`x-ratelimit-used`, `-remaining` and `-reset`: of the app, whoever asks."""
    used, remaining, seconds = (_header(answer.headers, name) for name in ("used", "remaining", "reset"))
    if used is None or remaining is None or seconds is None or used + remaining < 1:
        return None
    limit = int(used + remaining)
    return Allowance(
        budget=REQUESTS.name, limit=limit, remaining=int(remaining), resets_at=now + timedelta(seconds=seconds)
    )


def waits_until(answer: Answer, sentence: str | None) -> datetime | None:
    """When "try again in 9 minutes" is over, by the answer's own `Date`; None when it does not say."""
    found = _WAIT.search(sentence or "")
    said = answer.headers.get("date", "")
    if found is None or not said:
        return None
    try:
        answered = parsedate_to_datetime(said)
        wait = timedelta(seconds=int(found[1]) * _SECONDS[found[2].lower()] + 1)
        return (answered if answered.tzinfo is not None else answered.replace(tzinfo=UTC)) + wait
    except (OverflowError, ValueError):
        return None


def data_of(answer: Answer) -> JsonObject:
    """`json.data` of an answer to a form with `api_type=json`."""
    return as_object(as_object(object_of(answer).get("json")).get("data"))


def _header(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(f"x-ratelimit-{name}", "").strip()
    return float(value) if _NUMBER.fullmatch(value) else None
