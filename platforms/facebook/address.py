"""Which post an address leads to."""

import re
from urllib.parse import parse_qs

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_POST = re.compile(r"/[^/]+/posts/(?:[^/]+/)?(?P<id>[0-9]{5,20})")
_FILM = re.compile(r"/(?:reel|[^/]+/videos(?:/[^/]+)?)/(?P<id>[0-9]{5,20})")
_OWN_ID = re.compile(r"/(?P<page>[0-9]{5,20})_(?P<id>[0-9]{5,20})")


def post_at(account: Account, link: str) -> Published | None:
    """The Page's post at this address. None for another's, and where it is only told in letters (`pfbid…`)."""
    parts, page = parts_of(link), account.platform_account_id
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if film := _FILM.fullmatch(parts.path):
        return Published(platform_post_id=film["id"], permalink=link)
    if parts.path == "/watch" and asked.get("v", "").isdecimal():
        return Published(platform_post_id=asked["v"], permalink=link)
    post = _POST.fullmatch(parts.path) or _OWN_ID.fullmatch(parts.path)
    whose, story = (post.groupdict().get("page") or page, post["id"]) if post is not None else (None, "")
    if parts.path in {"/permalink.php", "/story.php"}:
        whose, story = asked.get("id"), asked.get("story_fbid", "")
    if whose != page or not story.isdecimal():
        return None
    return Published(platform_post_id=f"{page}_{story}", permalink=link)
