"""Looking for a post that may have been made: among the place's newest ones, by text, kind, title and time.

Google's clock is not ours. A post is taken for this item's when it is not older than the first attempt, but for
`CLOCK_MARGIN`; an equal one up to `CLOCK_DOUBT` older, two equal ones, and one that Google rejected leave it open. One
that Google still works on may be rejected yet.

Source: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts/list, 2026-11-21. The
list begins with the newest.
"""

from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import as_object, object_of, text
from platforms.base import Absent, CannotTell, JsonObject, Key, Pending, Prepared, Published, Wire
from platforms.errors import Unavailable
from platforms.google import inside, moment
from platforms.google_business_profile.locations import posts_request
from platforms.google_business_profile.publish import judge
from platforms.google_business_profile.spec import NAME
from platforms.text import resembling

CLOCK_MARGIN = timedelta(seconds=10)
CLOCK_DOUBT = timedelta(minutes=15)
PAGE = 100
MOST_PAGES = 5
"""More than a place's ten posts a minute can make in the time looked back over."""


async def find(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.find: a post does not tell the key
    since: datetime,
) -> Published | Pending | Absent | CannotTell:
    """Whether the prepared post is there. Raises PlatformError when it cannot be looked."""
    body = as_object(prepared.data.get("body"))
    recent = await _since(wire, connected, text(prepared.data, "parent") or "", since - CLOCK_DOUBT)
    if recent is None:
        return CannotTell(reason=f"more than {PAGE * MOST_PAGES} posts since then")
    equal = [post for post in recent if _is_like(post, body)]
    certain = [post for post in equal if _made(post) >= since - CLOCK_MARGIN]
    if len(certain) == 1 and text(certain[0], "state") != "REJECTED":
        return judge(certain[0], {})
    if equal:
        states = ", ".join(f"{text(post, 'name')} {text(post, 'state')}" for post in equal)
        return CannotTell(reason=f"of these it may be one, or none: {states}")
    alike = [post for post in recent if _made(post) >= since - CLOCK_MARGIN and _resembles(post, body)]
    if alike:
        return CannotTell(reason=f"{text(alike[0], 'name')} is much like it; Google may have changed its text")
    return Absent(evidence=f"not among the {len(recent)} posts since then")


async def _since(wire: Wire, connected: Connected, parent: str, oldest: datetime) -> list[JsonObject] | None:
    """The place's posts made at `oldest` or later; None when there are too many to read."""
    found: list[JsonObject] = []
    token = ""
    for _ in range(MOST_PAGES):
        query = (("pageSize", str(PAGE)), *((("pageToken", token),) if token else ()))
        request = posts_request(connected, parent, query)
        answer = await wire.read(request)
        page = google.items_of(answer, "localPosts")
        if page is None or not all(text(one, "name") and moment(one.get("createTime")) for one in page):
            raise Unavailable("Google's list of posts cannot be read.", platform=NAME, operation=request.operation)
        found += [post for post in page if _made(post) >= oldest]
        token = text(object_of(answer), "nextPageToken") or ""
        if not token or (page and _made(page[-1]) < oldest):
            return found
    return None


def _made(post: JsonObject) -> datetime:
    made = moment(post.get("createTime"))
    if made is None:
        raise ValueError("a post without a time passed the reading")
    return made


def _is_like(post: JsonObject, body: JsonObject) -> bool:
    def shown(of: JsonObject) -> tuple[str, str | None, str | None]:
        words = " ".join((text(of, "summary") or "").split())
        return words, text(of, "topicType"), text(inside(of, "event"), "title")

    return shown(post) == shown(body)


def _resembles(post: JsonObject, body: JsonObject) -> bool:
    letters = resembling(text(body, "summary") or "")
    same_kind = text(post, "topicType") == text(body, "topicType")
    return same_kind and bool(letters) and resembling(text(post, "summary") or "") == letters
