r"""LinkedIn's "little text": how a post's text is written for the API, measured, and read again.

Reserved characters that stand for themselves have a backslash; one without cuts the post there, silently. Hashtags stay
as they are, and so do mentions, which people write as LinkedIn does: `@[Exact Name](urn:li:organization:123)`.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format, 2026-11-21.
That a hashtag may stay bare is what clients do; the page itself describes `{hashtag|\#|tag}`, which is read here too.
"""

import re
import unicodedata

RESERVED = frozenset("\\|{}@[]()<>#*_~")
_URN = r"urn:li:(?:person|organization):[A-Za-z0-9_-]+"
_WRITTEN = re.compile(
    rf"@\[(?P<name>[^\[\]\r\n]+)\]\((?P<urn>{_URN})\)"
    r"|(?P<tag>(?<!\w)#(?=[^\W_]))"
    r"|(?P<reserved>[\\|{}@\[\]()<>#*_~])"
)
_SENT = re.compile(
    r"\\(?P<plain>.)"
    r"|@\[(?P<name>(?:\\.|[^\]\\])*)\]\([^()]*\)"
    r"|\{hashtag\|\\?[#\uff03]\|(?P<tag>(?:\\.|[^}\\])*)\}",
    re.DOTALL,
)
_ADDRESS = re.compile(r"https?://\S+")


def escape(text: str) -> str:
    """The text as `commentary` takes it: every reserved character but those of hashtags and mentions escaped."""

    def written(found: re.Match[str]) -> str:
        if found["reserved"]:
            return f"\\{found['reserved']}"
        if found["tag"]:
            return found["tag"]
        return f"@[{_all_escaped(found['name'])}]({found['urn']})"

    return _WRITTEN.sub(written, text)


def visible(text: str) -> str:
    """What people see of a text that somebody wrote: of a mention its name."""
    return _WRITTEN.sub(lambda found: found["name"] or found[0], text)


def length(text: str) -> int:
    """Count the UTF-16 units of what people see. Whether LinkedIn counts its backslashes nobody says."""
    return len(visible(text).encode("utf-16-le")) // 2


def read(commentary: str) -> str:
    """What people see of a `commentary`: the opposite of `escape`."""

    def seen(found: re.Match[str]) -> str:
        if found["plain"] is not None:
            return found["plain"]
        return read(found["name"]) if found["name"] is not None else f"#{read(found['tag'])}"

    return _SENT.sub(seen, commentary)


def comparable(text: str) -> str:
    """One kind of white space and composed characters: the same for what was sent and for what LinkedIn shows."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def resembling(text: str) -> str:
    """Only letters and digits outside links, which LinkedIn shortens."""
    return "".join(character for character in _ADDRESS.sub(" ", text).casefold() if character.isalnum())


def _all_escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in RESERVED else character for character in text)
