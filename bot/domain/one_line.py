"""One line that says a whole post: `"TEXT" [to ACCOUNTS] [for BRAND] [at] [WHEN]`.

A closed grammar. Without quotes all of it is text and nothing is scheduled; the same when quotes are left over, since
then nobody can tell where the text ends. Words that are not understood are handed
on as the line's WHEN, whose reader refuses them with a sentence; nothing is lost.
"""

import re
from dataclasses import dataclass

_QUOTES = {'"': '"', "“": "”", "„": "”“"}
"""What opens a text, and what closes it then."""
_ANY_CLOSING = '"”“'
_ANY_QUOTE = '"“”„'
_MENTION = re.compile(r"<([^<>\s][^<>]*)>")
_WHEN_WORDS = re.compile(
    "now|draft|next|in|at|today|tomorrow|noon|(mon|tues?|wed(nes)?|thur?s?|fri|sat(ur)?|sun)(day)?"
    "|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?"
)
"""What can begin a WHEN, beside a number; see bot/domain/when.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it was read. `accounts`, `brand` and `when` are None where the line does not say."""

    quoted: bool
    """Whether the text stood in quotes: without them nothing may be scheduled."""
    text: str
    accounts: tuple[str, ...] | None = None
    all_accounts: bool = False
    brand: str | None = None
    when: str | None = None


def read_line(text: str) -> Line:
    """Read what stands behind the command, with Slack's escapes. Raises nothing."""
    plain = unescape(text).strip()
    quoted = _quoted(plain)
    if quoted is None:
        return Line(quoted=False, text=plain)
    said, rest = quoted
    names: tuple[str, ...] | None = None
    brand: str | None = None
    while True:
        word, _, behind = rest.partition(" ")
        if word.casefold() == "to" and names is None:
            names, rest = _accounts(behind.strip())
        elif word.casefold() == "for" and brand is None:
            brand, rest = _brand(behind.strip())
        else:
            break
    if any(quote in part for part in (*(names or ()), brand or "", rest) for quote in _ANY_QUOTE):
        return Line(quoted=False, text=plain)
    everything = names is not None and [name.casefold() for name in names] == ["all"]
    return Line(
        quoted=True,
        text=said,
        accounts=None if everything else names,
        all_accounts=everything,
        brand=brand,
        when=_without_at(rest),
    )


def _quoted(text: str) -> tuple[str, str] | None:
    """The text in quotes and what stands behind it, its spaces made single; None when there are no such quotes."""
    if not text or text[0] not in _QUOTES:
        return None
    end = _closing(text, _QUOTES[text[0]])
    if end is None:
        end = _closing(text, _ANY_CLOSING)
    if end is None:
        return None
    said = re.sub(r'\\(["“”„])', r"\1", text[1:end])
    return said, " ".join(text[end + 1 :].split())


def _closing(text: str, quotes: str) -> int | None:
    """Where the text ends: at a quote without a backslash that a space or the line's end follows, else at the first."""
    ends = [number for number in range(1, len(text)) if text[number] in quotes and text[number - 1] != "\\"]
    clean = [number for number in ends if number + 1 == len(text) or text[number + 1].isspace()]
    return clean[0] if clean else ends[0] if ends else None


def _accounts(rest: str) -> tuple[tuple[str, ...] | None, str]:
    """Names with commas or `and` between them, and what stands behind."""
    names: list[str] = []
    words = rest.split()
    position, more = 0, True
    while position < len(words) and more:
        word = words[position]
        names += [name for name in word.split(",") if name]
        position += 1
        more = word.endswith(",")
        if position < len(words) and words[position].startswith(","):
            more = True
        elif position < len(words) and words[position].casefold() in {"and", "&"}:
            position, more = position + 1, True
    return tuple(dict.fromkeys(names)) or None, " ".join(words[position:])


def _brand(rest: str) -> tuple[str | None, str]:
    """A brand's name, in quotes or up to the first word that can begin a WHEN, and what stands behind."""
    quoted = _quoted(rest)
    if quoted is not None:
        return quoted[0].strip() or None, quoted[1]
    words = rest.split()
    end = 1
    while end < len(words) and not _ends_brand(words[end]):
        end += 1
    return " ".join(words[:end]) or None, " ".join(words[end:])


def _ends_brand(word: str) -> bool:
    return _WHEN_WORDS.fullmatch(word.casefold()) is not None or word.casefold() == "to" or word[0].isdecimal()


def _without_at(rest: str) -> str | None:
    word, _, behind = rest.partition(" ")
    return (behind if word.casefold() == "at" else rest).strip() or None


def unescape(text: str) -> str:
    """Slack's escapes undone, once: `<@U1|maya>` is `@maya`, `<https://a.example|a.example>` what was typed.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping, mentions, links), read 2026-11-21.
    """
    plain = _MENTION.sub(_as_typed, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _as_typed(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "":  # nothing Slack writes
            return found[0]
        case "@":
            return _marked("@", label or target[1:])
        case "#":
            return _marked("#", label or target[1:])
        case "!":
            return _marked("@", label or target[1:].partition("^")[0])
        case _:
            return _link(target, label)


def _marked(mark: str, name: str) -> str:
    return name if name.startswith(mark) else mark + name


def _link(target: str, label: str) -> str:
    """An address: as typed where Slack only made it a link, with its label before it where somebody gave it one."""
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label == target:
        return address
    if label == address or target.endswith(f"//{label}") or target in {f"http://{label}/", f"https://{label}/"}:
        return label
    return f"{label} ({address})"
