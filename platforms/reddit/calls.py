"""Requests to Reddit's API: where they go, who says so, and errors that come with status 200."""

from bot.domain.accounts import Connected
from platforms.base import Answer, JsonObject, Request
from platforms.errors import ContentRefused, PlatformError, RateLimited
from platforms.reddit.answers import inside, waits_until
from platforms.reddit.spec import API, ERRORS, SITE, USER_AGENT

Parameters = tuple[tuple[str, str], ...]
_LONGEST_QUOTE = 300
_RAW = (("raw_json", "1"),)
"""Texts as they are, without HTML's escapes."""


def read_of(connected: Connected, operation: str, path: str, query: Parameters = ()) -> Request:
    """A GET."""
    return Request(
        operation=operation,
        method="GET",
        url=f"{connected.account.service_url}/{path}",
        query=(*query, *_RAW),
        headers=_named(connected),
        bearer=connected.tokens.access,
    )


def form_of(connected: Connected, operation: str, path: str, form: Parameters) -> Request:
    """A POST with a form, to be answered in JSON."""
    return Request(
        operation=operation,
        method="POST",
        url=f"{connected.account.service_url}/{path}",
        query=_RAW,
        headers=_named(connected),
        bearer=connected.tokens.access,
        form=(*form, ("api_type", "json")),
    )


def json_of(connected: Connected, operation: str, path: str, body: JsonObject) -> Request:
    """A POST with JSON."""
    return Request(
        operation=operation,
        method="POST",
        url=f"{connected.account.service_url}/{path}",
        query=_RAW,
        headers=_named(connected),
        bearer=connected.tokens.access,
        json={**body, "api_type": "json"},
    )


def _named(connected: Connected) -> dict[str, str]:
    """Source: https://github.com/reddit-archive/reddit/wiki/API#rules, read 2026-11-21."""
    handle = connected.account.handle
    return {"User-Agent": f"{USER_AGENT} (by /u/{handle})"} if handle and handle.isascii() else {}


def web_of(connected: Connected) -> str:
    """Where people see posts: Reddit's site, or the stand-in's where that is the API."""
    url = connected.account.service_url
    return SITE if url == API else url


def refuse_inside(answer: Answer, operation: str) -> None:
    """Raise what an answer says in `json.errors`: nothing was made then."""
    found = inside(answer)
    if found is None:
        return
    code, sentence = found
    rule = next((rule for rule in ERRORS if rule.status is None and rule.code == code), None)
    raises: type[PlatformError] = ContentRefused if rule is None else rule.raises
    safe = "Reddit did not accept this." if rule is None else rule.safe
    if sentence and (rule is None or rule.quote):
        safe += f" It says: “{_line(sentence)}”"
    if issubclass(raises, RateLimited):
        until = waits_until(answer, sentence)
        raise RateLimited(
            safe, until=until, platform="reddit", operation=operation, status=answer.status, code=_line(code)
        )
    raise raises(safe, platform="reddit", operation=operation, status=answer.status, code=_line(code))


def _line(text: str) -> str:
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split()).rstrip(". ")
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
