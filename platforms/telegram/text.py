"""How Telegram measures a text: in UTF-16 code units, after its markup is read and the ends are trimmed.

Sources: https://core.telegram.org/bots/api#html-style and https://core.telegram.org/api/entities#entity-length,
2026-11-21.
"""

from html import unescape
from html.parser import HTMLParser

TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}
)
"""Those of HTML mode that a person may write; others are refused by Telegram or need more than a word."""
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def units(text: str) -> int:
    """UTF-16 code units: an emoji outside the first plane counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str, text_format: str) -> str:
    """What readers see of a text: the ends trimmed and, in HTML mode, without its tags."""
    if text_format != "html":
        return text.strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.pieces).strip()


def markup_problem(text: str) -> str | None:
    """What is wrong with a text in HTML mode, or None."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.problem is None and reader.open_tags:
        return f"<{reader.open_tags[-1]}> is not closed"
    return reader.problem


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.open_tags: list[str] = []
        self.problem: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self._wrong(f"<{tag}> is not known there; write &lt; for a <")
        elif tag == "a" and not dict(attrs).get("href"):
            self._wrong("<a> has no address")
        self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open_tags or self.open_tags.pop() != tag:
            self._wrong(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            self._wrong("a < stands alone; write &lt;")
        self.pieces.append(data)

    def handle_entityref(self, name: str) -> None:
        self.pieces.append(_NAMED.get(name, f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.pieces.append(unescape(f"&#{name};"))

    def _wrong(self, problem: str) -> None:
        self.problem = self.problem or problem
