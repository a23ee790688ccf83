"""What the text of a setting means: each reader gives its value, or raises ValueError with the end of a sentence."""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import urlsplit

_KEY_BYTES = 32
_LAST_PORT = 65_535
_NO_KEYS = "is not a list of keys of 32 bytes in base64. Make one with: openssl rand -base64 32"
_NO_WEB_ADDRESS = "is not a web address. Write it as https://herald.example.org."


def read_web_address(text: str) -> str:
    """An address on the web, without a trailing slash."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(_NO_WEB_ADDRESS) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(_NO_WEB_ADDRESS)
    if " " in text or not text.isprintable():
        raise ValueError(_NO_WEB_ADDRESS)
    if parts.username is not None:
        raise ValueError("holds a user name. Leave it out.")
    return text.rstrip("/")


def read_web_address_or_none(text: str) -> str:
    """The same, or the word none."""
    return text if text == "none" else read_web_address(text)


def read_port(text: str) -> int:
    """A TCP port."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _LAST_PORT:
        raise ValueError("is not a port. Write a number from 1 to 65535.")
    return int(text)


def read_switch(text: str) -> bool:
    """On or off, as 1 or 0."""
    if text not in ("0", "1"):
        raise ValueError("is neither 0 nor 1.")
    return text == "1"


def read_log_format(text: str) -> str:
    """How log lines are written."""
    if text not in ("text", "json"):
        raise ValueError("is neither text nor json.")
    return text


def read_words(text: str) -> tuple[str, ...]:
    """Words between commas or spaces."""
    return tuple(text.replace(",", " ").split())


def read_keys(text: str) -> tuple[bytes, ...]:
    """A key ring, newest first."""
    keys = tuple(_read_key(part.strip()) for part in text.replace("\n", ",").split(",") if part.strip())
    if not keys:
        raise ValueError(_NO_KEYS)
    if len(set(keys)) != len(keys):
        raise ValueError("names one key twice.")
    return keys


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(_NO_KEYS)
    return key


def read_database_url(text: str) -> str:
    """Where the database is, without the name of a driver."""
    scheme, separator, rest = text.partition("://")
    scheme = scheme.split("+", 1)[0]
    if not separator or scheme not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("is not the address of a database. Write it as sqlite:///FILE or postgresql://USER@HOST/NAME.")
    if scheme == "sqlite" and rest.strip("/") in ("", ":memory:"):
        raise ValueError("names no file. Write it as sqlite:////var/lib/herald/herald.db.")
    if scheme != "sqlite" and not _has_good_port(rest):
        raise ValueError("has no port from 1 to 65535 behind its host. Write it as postgresql://USER@HOST:5432/NAME.")
    return f"{'sqlite' if scheme == 'sqlite' else 'postgresql'}://{rest}"


def _has_good_port(rest: str) -> bool:
    """Whether the port of `USER:PASSWORD@HOST:PORT/NAME` can be one, if it has one."""
    host = re.split("[/?]", rest.rpartition("@")[2], maxsplit=1)[0].rpartition("]")[2]
    port = host.partition(":")[2]
    return not port or (port.isascii() and port.isdigit() and 1 <= int(port[:9]) <= _LAST_PORT)


def read_number(least: int, most: int, what: str) -> Callable[[str], int]:
    """A reader of numbers in a range."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
            raise ValueError(f"is not a number of {what}. Write one from {least} to {most}.")
        return int(text)

    return read


def read_token(prefix: str) -> Callable[[str], str]:
    """A reader of tokens that begin like this."""

    def read(text: str) -> str:
        if not text.startswith(prefix):
            raise ValueError(f"is not the right token: it begins with {prefix}")
        return text

    return read
