"""How X reads a text: its weighted length, its links, and what the API shows of it.

Source: docs.x.com/fundamentals/counting-characters and github.com/twitter/twitter-text, read 2026-11-21. The endings of
bare domains are a few here, and all two letters long.
"""

import hashlib
import re
import unicodedata
from html import escape

import regex

LINK_WEIGHT, EMOJI_WEIGHT = 23, 2
_LIGHT = regex.compile(r"[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
_EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3|[©®]\uFE0F"
    r"|(?![©®])\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?!\uFE0E)(?:[\U000E0020-\U000E007F]+)?"
    r"(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*"
)
_PATH = r"(?:/(?:[^\s<>\"'(),;!?]*[^\s<>\"'(),;!?.:])?)?(?:\?[^\s<>\"]*[^\s<>\"'(),;!?.:])?"
_LINK = re.compile(
    rf"(?<![\w@$#./-])(?:https?://(?:[\w-]+\.)+[a-z]{{2,}}|(?:[a-z0-9-]+\.)+(?:com|org|net|info|dev|app|blog|shop|[a-z]{{2}}))"
    rf"(?![\w@-])(?::\d+)?{_PATH}",
    re.IGNORECASE,
)


def length(text: str) -> int:
    """Links 23, emoji 2, other characters 1 or 2."""
    composed = unicodedata.normalize("NFC", text)
    rest, links = _LINK.subn("", composed)
    rest, emoji = _EMOJI.subn("", rest)
    return links * LINK_WEIGHT + emoji * EMOJI_WEIGHT + sum(1 if _LIGHT.match(one) else 2 for one in rest)


def short(link: str) -> str:
    """The t.co address of a link."""
    return "https://t.co/" + hashlib.sha256(link.encode()).hexdigest()[:10]


def shown(text: str, own: str, keys: tuple[str, ...]) -> tuple[str, list[dict[str, object]]]:
    """A text as the API shows it, and its links; `own` is the address of its own media, which have these keys."""
    pieces: list[str] = []
    links: list[dict[str, object]] = []
    at = 0
    for match in _LINK.finditer(text):
        pieces.append(escape(text[at : match.start()], quote=False))
        links.append(_entity(match[0], sum(map(len, pieces))))
        pieces.append(short(match[0]))
        at = match.end()
    pieces.append(escape(text[at:], quote=False))
    if keys:
        pieces.append(" " if any(pieces) else "")
        start = sum(map(len, pieces))
        pieces.append(short(own))
        end = start + len(pieces[-1])
        plain: dict[str, object] = {"start": start, "end": end, "url": short(own), "expanded_url": own}
        links += [{**plain, "display_url": "pic.x.com/" + key, "media_key": key} for key in keys]
    return "".join(pieces), links


def _entity(link: str, start: int) -> dict[str, object]:
    long = link if "://" in link else f"http://{link}"
    host, slash, path = long.partition("://")[2].partition("/")
    long = f"{long.partition('://')[0]}://{host.lower()}{slash}{path}"
    end = start + len(short(link))
    return {"start": start, "end": end, "url": short(link), "expanded_url": long, "display_url": host + slash + path}


def to_html(text: str) -> str:
    """Safe HTML for people."""
    pieces: list[str] = []
    at = 0
    for match in _LINK.finditer(text):
        href = match[0] if "://" in match[0] else f"http://{match[0]}"
        link = f'<a href="{escape(href)}" rel="nofollow noopener noreferrer">{escape(match[0])}</a>'
        pieces += [escape(text[at : match.start()]), link]
        at = match.end()
    return "".join([*pieces, escape(text[at:])]).replace("\n", "<br>")
