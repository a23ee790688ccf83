"""Which video an address leads to."""

import re
from urllib.parse import parse_qs

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_HOST = re.compile(r"(?:[a-z]+\.)?youtube\.com|youtu\.be")
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_IN_PATH = re.compile(r"/(?:shorts/|live/|embed/|video/)?(?P<id>[A-Za-z0-9_-]{11})(?:/edit)?")


def post_at(_account: Account, link: str) -> Published | None:
    """The video at this address; whose it is, an address does not tell. None for what is no video's address."""
    parts = parts_of(link)
    if parts.path == "/watch":
        video = parse_qs(parts.query).get("v", [""])[0]
    else:
        found = _IN_PATH.fullmatch(parts.path)
        video = found["id"] if found is not None else ""
    there = _HOST.fullmatch(parts.netloc) is not None and _ID.fullmatch(video) is not None
    return Published(platform_post_id=video, permalink=link) if there else None
