"""Text as people type it: what no database and no network takes is refused before it goes anywhere."""

from urllib.parse import urlsplit

from bot.domain.errors import invalid

NAME_LENGTH = 80
_LONGEST_ADDRESS = 2_000
"""More than any network's posts have, and less than an index takes."""


def is_web_address(text: str) -> bool:
    """Whether the text is one http or https address with a host, and nothing else."""
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def readable(field: str, text: str) -> str:
    """The text as it is. Raises InvalidContent when it holds a NUL or is not valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid(field, f"The {field} is not valid UTF-8. Save it as UTF-8 and try again.") from None
    if "\0" in text:
        raise invalid(field, f"The {field} holds a NUL character, which no network takes. Take it out.")
    return text


def name(field: str, text: str) -> str:
    """A name without space around it. Raises InvalidContent when it is empty, too long, or not one line of print."""
    stripped = readable(field, text).strip()
    if not stripped:
        raise invalid(field, f"The {field} is empty. Give it a name.")
    if len(stripped) > NAME_LENGTH:
        raise invalid(field, f"The {field} has {len(stripped)} characters, {NAME_LENGTH} allowed. Shorten it.")
    if not stripped.isprintable():
        raise invalid(field, f"The {field} holds characters that cannot be shown. Take them out.")
    return stripped
