"""Which software speaks Mastodon's API at an address, and where it goes its own way.

It names itself in its description's `version`: `4.5.2` and `4.3.1+glitch` are Mastodon and its forks, others write
`3.5.3 (compatible; Pixelfed 0.12.7)`, `4.0.0 (not true; really snac/2.94)` or `takahe/0.11.0`. GoToSocial gives its own
number, or one of Mastodon's where its people ask for that, and is known by `source_url` (version 2) or by settings that
no other has.

Sources: GoToSocial 0.20.0-rc1, snac 2.94 and Takahē 0.11.0, run and measured 2026-11-23; Pixelfed's scopes:
github.com/pixelfed/pixelfed, app/Providers/AuthServiceProvider.php, read 2026-11-23.
"""

import re
from dataclasses import dataclass

from platforms.answers import as_object, text
from platforms.base import JsonObject

MASTODON = "mastodon"
_BEHIND = re.compile(r"\((?:compatible|not true);(?: really)? *(?P<name>[A-Za-z]+)", re.IGNORECASE)
_BEFORE = re.compile(r"(?P<name>[A-Za-z]+)/")
_NUMBER = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How one software differs. The defaults are what is safe where nobody looked."""

    shortens: bool = False
    """Whether a link and a mention count less than they are written, and what a reader sees as one as one. Others
    count code points, whatever length they name for links."""
    fine_scopes: bool = True
    """Whether it knows `write:statuses` and the like; where not, only `read` and `write` are worth anything."""
    lists_hidden: bool = False
    """Whether an account's own list shows it what only followers or the mentioned see."""
    keeps_words: bool = False
    """Whether the letters of a text stay as they were sent: snac makes a heart of `<3`, a file of a picture's link."""


_WAYS = {
    MASTODON: Ways(shortens=True, lists_hidden=True, keeps_words=True),
    "": Ways(shortens=True, keeps_words=True),
    "gotosocial": Ways(lists_hidden=True, keeps_words=True),
    "pleroma": Ways(keeps_words=True),
    "akkoma": Ways(keeps_words=True),
    "pixelfed": Ways(fine_scopes=False, keeps_words=True),
    "takahe": Ways(fine_scopes=False, keeps_words=True),
}
"""By software; empty for an account whose server was not asked for it yet."""


def ways_of(software: str) -> Ways:
    """How this software does what not all do alike."""
    return _WAYS.get(software, Ways())


def software_of(instance: JsonObject) -> str:
    """The name of a server's software in small letters; `unknown` where none is told, empty without a version."""
    version, source = text(instance, "version") or "", (text(instance, "source_url") or "").rstrip("/")
    if not version:
        return ""
    if source.endswith("/gotosocial") or _has_gotosocials_settings(instance):
        return "gotosocial"
    named = _BEHIND.search(version) or _BEFORE.match(version)
    if named is not None:
        return named["name"].lower()
    return MASTODON if _NUMBER.match(version) and "(" not in version else "unknown"


def _has_gotosocials_settings(instance: JsonObject) -> bool:
    accounts = as_object(as_object(instance.get("configuration")).get("accounts"))
    return "allow_custom_css" in accounts
