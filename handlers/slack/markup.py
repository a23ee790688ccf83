"""Text for Slack's markup: escaped, inert, cut, and dates that each reader sees in the own zone.

Lengths are counted in UTF-16 units of the text as sent (with `&amp;` for `&`): never less than what Slack counts,
however it counts. Source: https://docs.slack.dev/messaging/formatting-message-text, read 2026-11-21.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

TEXT_LIMIT = 3000
_ONE_UNIT = 0xFFFF

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GAPS = re.compile(r"\s+")
_EMOJI_NAME = re.compile(r":(?=[\w+'-]+:)(?!(?<=\d:)\d\d(?!\w))")
"""A colon that may begin an emoji's name. Those of 09:00:20 and 02:30+01:00 are left alone: people copy times."""
_EDGE_LINE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})  # noqa: RUF001  # that is what look-alikes are


def length(text: str) -> int:
    """How long Slack may think a text is."""
    return len(text) + sum(1 for letter in text if ord(letter) > _ONE_UNIT)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and `…`, in at most `limit` units; no emoji is left half."""
    if length(text) <= limit:
        return text
    room, end = limit - 1, 0
    for letter in text:
        room -= 2 if ord(letter) > _ONE_UNIT else 1
        if room < 0:
            break
        end += 1
    while end and _hangs(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def _hangs(last: str, following: str) -> bool:
    """Whether the place between the two is inside of what people see as one character."""
    joins = last == "\u200d" or following in "\u200d\ufe0e\ufe0f" or bool(unicodedata.combining(following))
    return joins or "\U0001f3fb" <= following <= "\U0001f3ff"


def clean(text: str) -> str:
    """Without control characters, which Slack drops or refuses; line breaks and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int) -> str:
    """People's text on one line, without what turns the rest of the line around."""
    return cut(_GAPS.sub(" ", _DIRECTIONS.sub("", clean(text))).strip(), limit)


def escape(text: str) -> str:
    """The three characters that mean something to Slack everywhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bare(markup: str) -> str:
    """The inverse, for our own inert words where plain text is wanted."""
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def inert(text: str, limit: int = 200) -> str:
    """People's text for the midst of our own markup: one line, pinging nobody, linking and formatting nothing.

    Marks that would format are replaced by their look-alikes; underscores only at the edge of a word.
    """
    plain = _EMOJI_NAME.sub("∶", one_line(text, limit).translate(_LOOKALIKES))  # noqa: RUF001  # the look-alike
    return escape(_EDGE_LINE.sub("＿", plain))  # noqa: RUF001  # the look-alike


def quoted(text: str, limit: int = 80) -> str:
    """“The beginning of people's text…”, inert; its own direction stays inside."""
    shown = inert(text, limit)
    if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in shown):
        shown = f"\u2068{shown}\u2069"
    return f"“{shown}”"


def link(url: str, label: str) -> str:
    """A link, or the label alone if the address is none that Slack could open."""
    if not web_address(url):
        return inert(label)
    shown = inert(label).replace("|", "∣")  # noqa: RUF001  # the look-alike: a bar ends the address
    return f"<{escape(url).replace('|', '%7C')}|{shown}>"


def web_address(url: str | None) -> bool:
    """Whether Slack would take the address in a link or a button."""
    fits = url is not None and url.isprintable() and " " not in url and length(url) <= TEXT_LIMIT
    return fits and url is not None and re.match(r"https?://[^/\s]+", url) is not None


def moment(at: datetime, zone: str, shape: str = "{date_short_pretty} at {time}") -> str:
    """A date token: each reader sees it in the own zone; who cannot sees it in `zone`, named.

    `shape` is Slack's: https://docs.slack.dev/messaging/formatting-message-text#date-formatting, read 2026-11-21.
    """
    there = at.astimezone(ZoneInfo(zone))
    return f"<!date^{int(at.timestamp())}^{shape}|{there.day} {there:%b %Y %H:%M} {zone_letters(there)}>"


def zone_letters(there: datetime) -> str:
    """`CET`, or `UTC+05:45` where a zone has no letters."""
    name = there.tzname() or "UTC"
    return f"UTC{name[:3]}:{name[3:]}".removesuffix(":") if name[:1] in "+-" else name


def cut_markup(text: str, limit: int = TEXT_LIMIT) -> str:
    """Our own markup in at most `limit` units, never cut inside of a token or an entity."""
    if length(text) <= limit:
        return text
    kept = cut(text, limit).removesuffix("…")
    if kept.rfind("<") > kept.rfind(">"):
        kept = kept[: kept.rfind("<")]
    if "&" in kept[-5:] and ";" not in kept[kept.rfind("&") :]:
        kept = kept[: kept.rfind("&")]
    return kept.rstrip() + "…"


def lines(all_lines: Sequence[str], *, more: str = "and {n} more", limit: int = TEXT_LIMIT) -> str:
    """As many whole lines as fit, then how many are left out."""
    kept: list[str] = []
    size = 0
    for place, line in enumerate(all_lines):
        size += length(line) + 1
        if size > limit - 60 and place < len(all_lines) - 1:
            kept.append(more.format(n=len(all_lines) - place))
            break
        kept.append(line)
    return cut_markup("\n".join(kept), limit)
