"""How Mastodon measures a text, and the plain text behind the HTML it makes of one.

Source: app/validators/status_length_validator.rb, app/models/account.rb (MENTION_RE), app/lib/text_formatter.rb and
config/initializers/twitter_regex.rb in github.com/mastodon/mastodon, read 2026-11-21.
"""

import re
import unicodedata
from html.parser import HTMLParser

from platforms.text import graphemes

_URL = re.compile(
    r"(?<![\w@#$/.-])https?://"
    r"(?:[^\s/?#@<>()\"]+@)?"
    r"(?P<host>[\w-]+(?:\.[\w-]+)*\.(?:[^\W\d_]{2,63}|xn--[a-z0-9-]+))(?![\w@-])"
    r"(?::\d+)?"
    r"(?P<path>(?:/(?:[^\s<>()?]|\((?:[^\s<>()?]|\([^\s<>()?]*\))*\))*)?)"
    r"(?P<query>(?:\?[^\s<>\"{}\\`]*)?)",
    re.IGNORECASE,
)
_AFTER_PATH = re.compile(r"[!*\"'「」;:=,.$%\[\]~&|@]+$")
_AFTER_QUERY = re.compile(r"[^\w&=#/-]+$")
"""What is not taken into a link at its end: the punctuation of the sentence around it."""
_MENTION = re.compile(
    r"(?<![=/\w])@(?P<user>[a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)(?:@[\w.-]+\w+)?(?![@\w])(?!://)", re.IGNORECASE
)
_LIST_NUMBER = re.compile(r"^[ \t]*[0-9]{1,9}[.)][ \t]+", re.MULTILINE)
_NOT_SAID = frozenset({"quote-inline"})
"""Classes of elements that a server adds to the author's text."""
_VOID = frozenset({"br", "img", "hr", "wbr", "input"})


def length(text: str, *, spoiler_text: str, url_length: int) -> int:
    """Count grapheme clusters of both texts; an http(s) link counts `url_length`, `@user@domain` only its `@user`.

    With 0 nothing is shortened: Pleroma's way to say so.

    Both are stripped first, as the server does. The server has a list of top-level domains and takes nothing else for a
    link; here every ending of letters passes for one.
    """
    if not url_length:
        return graphemes(spoiler_text.strip() + text.strip())
    shortened = _short_mentions(_replace_urls(text.strip(), "x" * url_length))
    return graphemes(spoiler_text.strip() + shortened)


def comparable(text: str) -> str:
    """Bring a text into a form that is the same for what was written and for what the server shows of it.

    One kind of white space, composed characters, mentions without their domain. What stands right behind a mention may
    make another one of it once its domain is gone, as the server shows it.
    """
    shown = " ".join(unicodedata.normalize("NFC", text).split())
    while (shorter := _short_mentions(shown)) != shown:
        shown = shorter
    return shown


def resembling(text: str) -> str:
    """Only letters and digits outside links and mentions: alike for texts that a server merely touched up.

    Where a server reads Markdown (GoToSocial, Akkoma, if its person says so), the numbers of a list are no text.
    """
    bare = _MENTION.sub(" ", re.sub(r"https?://\S+", " ", _LIST_NUMBER.sub("", text)))
    return "".join(character for character in bare.casefold() if character.isalnum())


def plain_text(html: str) -> str:
    """What a reader of the HTML `content` would copy out of it, hidden parts of shortened links included."""
    parser = _Reader()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces).strip()


def _replace_urls(text: str, by: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        query = _AFTER_QUERY.sub("", found["query"])
        path = found["path"] if query else _AFTER_PATH.sub("", found["path"])
        return by + (found["path"] + found["query"])[len(path) + len(query) :]

    return _URL.sub(replaced, text)


def _short_mentions(text: str) -> str:
    return _MENTION.sub(lambda found: f"@{found['user']}", text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._inside_unsaid = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.pieces.append("\n")
        classes = frozenset((dict(attrs).get("class") or "").split())
        if tag not in _VOID and (self._inside_unsaid or classes & _NOT_SAID):
            self._inside_unsaid += 1

    def handle_endtag(self, tag: str) -> None:
        if self._inside_unsaid and tag not in _VOID:
            self._inside_unsaid -= 1
        if tag in {"p", "div", "li", "blockquote", "pre"}:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._inside_unsaid:
            self.pieces.append(data)
