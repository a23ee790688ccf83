"""What X takes for a link in a text: an address with http(s) in front, or a bare domain with a known ending.

The rules are those of the network's own text library, in our own words: which characters may stand before a link, what
a path and a query may end with, and that a bare domain is of ASCII (with Latin accents) alone.
Source: https://github.com/twitter/twitter-text (conformance/extract.yml, validate.yml), read 2026-11-21.
"""

import re
from collections.abc import Iterator

from platforms.domains import TOP_LEVEL

_RESERVED = frozenset({"example", "test"})
_NOT_BEFORE = r"(?<![A-Za-z0-9@\uff20$#\uff03\ufffe\ufeff\uffff])"
_NOT_AFTER = r"(?![A-Za-z0-9@+-])"
_LATIN = r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_CYRILLIC = r"\u0400-\u04ff"
_SUBDOMAIN = r"[^\W_](?:[\w-]*[^\W_])?\."
_DOMAIN = r"[^\W_](?:(?:[^\W_]|-)*[^\W_])?\."
_TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9-]+)"
_URL = re.compile(
    rf"{_NOT_BEFORE}https?://(?:{_SUBDOMAIN})*{_DOMAIN}{_TOP}{_NOT_AFTER}(?::[0-9]+)?",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"{_NOT_BEFORE}(?<![-_./])(?!-)(?:[a-z0-9{_LATIN}-]+\.)+{_TOP}{_NOT_AFTER}(?::[0-9]+)?",
    re.IGNORECASE,
)
_PATH = re.compile(rf"/[a-z0-9{_LATIN}{_CYRILLIC}!*';:=+,.$/%#\[\]_~@|&()\u2013-]*", re.IGNORECASE)
_PATH_END = re.compile(rf"[a-z0-9{_LATIN}{_CYRILLIC}=_#/+)-]", re.IGNORECASE)
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*", re.IGNORECASE)
_QUERY_END = re.compile(r"[a-z0-9_&=#/-]", re.IGNORECASE)


def link_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the links of a text are, in order."""
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(text):
        found = [span for span in (_address(text, at), _bare(text, at)) if span is not None]
        if not found:
            return
        start, end = min(found)
        end = _tail(text, end, whole="://" in text[start:end])
        yield start, end
        at = end


def _address(text: str, at: int) -> tuple[int, int] | None:
    """The next one with http(s). Any ending of letters passes here: the network knows them all, and we do not."""
    match = _URL.search(text, at)
    return match.span() if match else None


def _bare(text: str, at: int) -> tuple[int, int] | None:
    """The next domain without http(s) whose ending is known, cut after the last known one: `a.com.foo` is `a.com`."""
    for match in _BARE.finditer(text, at):
        end = match.end()
        labels = match[0].partition(":")[0].split(".")
        for known in range(len(labels), 1, -1):
            if _is_known(labels[known - 1]) and all(labels[:known]):
                cut = match.start() + len(".".join(labels[:known]))
                return match.start(), end if known == len(labels) else cut
    return None


def _is_known(top: str) -> bool:
    low = top.lower()
    return low.startswith("xn--") or (low in TOP_LEVEL and low not in _RESERVED)


def _tail(text: str, at: int, *, whole: bool) -> int:
    """Where a link ends whose domain ends at `at`: after its path and its query. A bare domain needs a path for one."""
    path = _PATH.match(text, at)
    if path is not None:
        at = at + len(_cut(_balanced(path[0]), _PATH_END))
    elif not whole:
        return at
    query = _QUERY.match(text, at)
    if query is not None and len(kept := _cut(query[0], _QUERY_END)) > 1:
        at += len(kept)
    return at


def _cut(piece: str, end: re.Pattern[str]) -> str:
    """The piece without what a link does not end with; its first character stays."""
    while len(piece) > 1 and not end.match(piece[-1]):
        piece = piece[:-1]
    return piece


def _balanced(path: str) -> str:
    """The path up to the first bracket without its partner."""
    opened: list[int] = []
    for at, character in enumerate(path):
        if character == "(":
            opened.append(at)
        elif character == ")" and not opened:
            return path[:at]
        elif character == ")":
            opened.pop()
    return path[: opened[0]] if opened else path
