"""How Mastodon reads a text: its length, and the HTML it becomes.

Source: app/validators/status_length_validator.rb, app/lib/text_formatter.rb, app/models/account.rb in
github.com/mastodon/mastodon, read 2026-11-21.
"""

import re
from collections.abc import Callable, Collection
from html import escape

import regex

_END = r"[^\s<>\"()?!*';:=,.$%\[\]~&|@/#]"
_URL = re.compile(
    rf"(?<![\w@#$/.-])https?://[^\s<>\"()/?#]*{_END}(?:[/?#](?:[^\s<>\"]*(?:{_END}|[/#]))?)?", re.IGNORECASE
)
_HOST = re.compile(r"https?://(?:[^/\s@]*@)?([^/\s:?#]+)", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)", re.IGNORECASE)
_MENTION = re.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)(@[\w.-]+\w+)?(?![@\w])(?!://)", re.IGNORECASE
)
_HASHTAG = re.compile(r"(?<![=/)\w])#(\w*[^\W\d]\w*)")
_SHOWN_URL_CHARACTERS = 30


def length(text: str, *, spoiler_text: str, url_length: int) -> int:
    """Grapheme clusters of both texts, a link counting `url_length` and a remote mention only its local part."""
    shortened = _rewrite(text, _url_counted(url_length), _mention_counted, None)
    return len(regex.findall(r"\X", spoiler_text + shortened))


def to_html(text: str, *, base_url: str, usernames: Collection[str], local_domain: str) -> str:
    """The `content` of a status: paragraphs, line breaks, shortened links, mentions of known accounts, hashtags."""

    def mention(found: re.Match[str]) -> str:
        username, domain = found[1], (found[2] or "").removeprefix("@")
        if domain not in {"", local_domain} or username not in usernames:
            return escape(found[0])
        link = f'<a href="{base_url}/@{username}" class="u-url mention">@<span>{username}</span></a>'
        return f'<span class="h-card" translate="no">{link}</span>'

    def hashtag(found: re.Match[str]) -> str:
        url = f"{base_url}/tags/{found[1].lower()}"
        return f'<a href="{url}" class="mention hashtag" rel="tag">#<span>{escape(found[1])}</span></a>'

    if not text:
        return ""
    html = _rewrite(text.replace("\r\n", "\n").replace("\r", "\n"), _link, mention, hashtag, plain=escape)
    paragraphs = re.split(r"\n\n+", html)
    return "".join(f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in paragraphs)


def hashtags(text: str) -> set[str]:
    """The hashtags of a text, in lower case."""
    return {found[1].lower() for found in _HASHTAG.finditer(text)}


_Replace = Callable[[re.Match[str]], str]


def _rewrite(
    text: str, url: _Replace, mention: _Replace, hashtag: _Replace | None, *, plain: Callable[[str], str] = str
) -> str:
    """The text with its links, mentions and hashtags replaced, links winning where they overlap."""
    found = [(match, url) for match in _URL.finditer(text) if _is_public(match[0])]
    taken = [match.span() for match, _ in found]
    rest = [(match, mention) for match in _MENTION.finditer(text)]
    rest += [(match, hashtag) for match in _HASHTAG.finditer(text)] if hashtag else []
    found += [(m, how) for m, how in rest if not any(a < m.end() and m.start() < b for a, b in taken)]
    parts: list[str] = []
    at = 0
    for match, how in sorted(found, key=lambda pair: pair[0].start()):
        parts += [plain(text[at : match.start()]), how(match)]
        at = match.end()
    return "".join([*parts, plain(text[at:])])


def _is_public(url: str) -> bool:
    """Whether the host ends in a top-level domain; the server takes no other address for a link."""
    host = _HOST.match(url)
    labels = host[1].split(".") if host else []
    return len(labels) > 1 and _TOP_LEVEL.fullmatch(labels[-1]) is not None


def _url_counted(url_length: int) -> _Replace:
    return lambda _: "x" * url_length


def _mention_counted(found: re.Match[str]) -> str:
    return f"@{found[1]}"


def _link(found: re.Match[str]) -> str:
    url = found[0]
    prefix = re.match(r"https?://(?:www\.)?", url, re.IGNORECASE)
    cut = prefix.end() if prefix else 0
    shown, hidden = url[cut : cut + _SHOWN_URL_CHARACTERS], url[cut + _SHOWN_URL_CHARACTERS :]
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener noreferrer" translate="no">'
        f'<span class="invisible">{escape(url[:cut])}</span>'
        f'<span class="{"ellipsis" if hidden else ""}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )
