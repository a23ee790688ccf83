"""Reading the answers of token endpoints, in all the forms networks give them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

from bot.domain.accounts import Secret, Tokens
from platforms.base import Answer, OAuthRules

_REFRESH_ENDS = ("refresh_token_expires_in", "refresh_expires_in")
_KINDS = frozenset({"bearer", "dpop"})
_Values = Mapping[str, object]


def read_tokens(answer: Answer, *, now: datetime, rules: OAuthRules) -> Tokens | None:
    """The tokens in an answer (RFC 6749 §5.1, or inside `rules.answer_in`), or None when it has no usable one.

    `expires_in` counts seconds from `now`; without it the token does not end.
    """
    for values in _candidates(answer, rules.answer_in):
        tokens = _tokens(values, now)
        if tokens is not None:
            kept = {name: found for name in rules.keep if (found := _inside(values, name)) is not None}
            return Tokens(
                access=tokens.access,
                refresh=tokens.refresh,
                access_expires_at=tokens.access_expires_at,
                refresh_expires_at=tokens.refresh_expires_at,
                scopes=tokens.scopes,
                extra=kept,
            )
    return None


def error_code(answer: Answer) -> str | None:
    """The code in a refusal: OAuth's own (RFC 6749 §5.2), or the number inside a vendor's; None when there is none."""
    body = _body(answer)
    if body is None:
        return None
    error = body.get("error", body.get("code"))
    if isinstance(error, dict):
        inner = cast("_Values", error)
        error = inner.get("code", inner.get("type"))
    if isinstance(error, bool) or not isinstance(error, str | int):
        return None
    return str(error) or None


def _body(answer: Answer) -> _Values | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return cast("_Values", body) if isinstance(body, dict) else None


def _candidates(answer: Answer, names: tuple[str, ...]) -> Iterator[_Values]:
    body = _body(answer)
    if body is None:
        return
    yield body
    for name in names:
        inner = body.get(name)
        first = cast("list[object]", inner)[:1] if isinstance(inner, list) else [inner]
        yield from (cast("_Values", value) for value in first if isinstance(value, dict))


def _tokens(values: _Values, now: datetime) -> Tokens | None:
    access, kind = values.get("access_token"), values.get("token_type") or "Bearer"
    if not isinstance(access, str) or not access or not isinstance(kind, str) or kind.lower() not in _KINDS:
        return None
    refresh = values.get("refresh_token")
    refresh_ends = next((values[name] for name in _REFRESH_ENDS if name in values), None)
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if isinstance(refresh, str) and refresh else None,
        access_expires_at=_ends(values.get("expires_in"), now),
        refresh_expires_at=_ends(refresh_ends, now),
        scopes=_scopes(values.get("scope", values.get("permissions"))),
    )


def _scopes(said: object) -> tuple[str, ...]:
    if isinstance(said, str):
        return tuple(said.replace(",", " ").split())
    if isinstance(said, list):
        return tuple(one for one in cast("list[object]", said) if isinstance(one, str))
    return ()


def _inside(values: _Values, path: str) -> Secret | None:
    """A text or number at a dotted path."""
    found: object = values
    for name in path.split("."):
        found = cast("_Values", found).get(name) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return Secret(str(found))


def _ends(seconds: object, now: datetime) -> datetime | None:
    """The end of a token. Some servers write the number as text."""
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        return None
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return None
