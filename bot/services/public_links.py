"""Addresses under which a network fetches a file from us: signed, for one file, and only for a while.

The address carries all there is to know (which bytes, which type, until when), so serving it asks no database.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import clock
from bot.domain.content import Media
from bot.services.deps import Deps

GOOD_FOR = timedelta(hours=26)
"""After the second the post is due: networks fetch at once, but a container may wait for a day."""
_DIGEST_BYTES = 32
_EXPIRY_BYTES = 5
_ENDINGS = {"image/jpeg": "jpg", "video/quicktime": "mov", "audio/mpeg": "mp3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file somebody may fetch, and until when."""

    path: Path
    mime_type: str
    until: datetime


class LinkExpired(Exception):
    """The address was good once."""


def link_to(deps: Deps, media: Media, due_at: datetime) -> str | None:
    """The address of a file for a post of that second; None where Herald has no public address."""
    return None if deps.public_url is None else public_link(deps, media, due_at + GOOD_FOR)


def public_link(deps: Deps, media: Media, until: datetime) -> str:
    """The address of a file, good until then. Raises ValueError when Herald has no public address."""
    if deps.public_url is None:
        raise ValueError("there is no public address")
    expiry = int(until.timestamp()).to_bytes(_EXPIRY_BYTES, "big")
    message = expiry + bytes.fromhex(media.sha256) + media.mime_type.encode()
    token = base64.urlsafe_b64encode(deps.vault.sign(message) + message).rstrip(b"=").decode()
    ending = _ENDINGS.get(media.mime_type, media.mime_type.rpartition("/")[2].removeprefix("x-"))
    return f"{deps.public_url}/media/{token}.{ending}"


async def open_link(deps: Deps, name: str) -> Served | None:
    """The file behind the last part of such an address; None for what was never one, or whose file is gone.

    Raises LinkExpired.
    """
    message = _message(deps, name.partition(".")[0])
    if message is None:
        return None
    until = datetime.fromtimestamp(int.from_bytes(message[:_EXPIRY_BYTES], "big"), UTC)
    if until < clock.now():
        raise LinkExpired
    digest, mime_type = message[_EXPIRY_BYTES:][:_DIGEST_BYTES], message[_EXPIRY_BYTES + _DIGEST_BYTES :]
    try:
        return Served(path=await deps.media.fetch(digest.hex()), mime_type=mime_type.decode(), until=until)
    except FileNotFoundError:
        return None


def _message(deps: Deps, token: str) -> bytes | None:
    """What was signed; None when it was not us who did."""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    signature, message = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if len(message) <= _EXPIRY_BYTES + _DIGEST_BYTES or not deps.vault.signed(message, signature):
        return None
    return message
