"""HTTP's own way to say when to come back, which proxies and hosts in front of a platform use as well."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from platforms.base import Answer

_LONGEST_S = 86_400
"""A longer wait is a mistake."""


def retry_after(answer: Answer, now: datetime) -> datetime | None:
    """When an answer's `Retry-After` allows the next call: seconds after `now`, or a date. None when it does not say.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3, read 2026-11-21.
    """
    wait = answer.headers.get("retry-after", "").strip()
    if wait.isascii() and wait.isdigit():
        return now + timedelta(seconds=min(int(wait[:_DIGITS]), _LONGEST_S))
    return _http_date(wait) if wait else None


_DIGITS = 9


def _http_date(text: str) -> datetime | None:
    try:
        given = parsedate_to_datetime(text)
    except ValueError:
        return None
    return given.astimezone(UTC) if given.tzinfo is not None else given.replace(tzinfo=UTC)
