"""Making a local post, asking what became of it, and taking it down.

Nothing makes a second creating call harmless: there is no key. Google fetches the picture by itself after the call.

Source: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts, 2026-11-21.
"""

from http import HTTPStatus

from bot.domain.accounts import Connected
from bot.domain.content import Draft
from platforms.answers import as_object, object_of, text
from platforms.base import Endpoints, JsonObject, Key, Pending, Prepared, Published, Request, Wire
from platforms.errors import ContentRefused, OutcomeUnknown, Unavailable
from platforms.google import count
from platforms.google_business_profile.locations import parent_of
from platforms.google_business_profile.options import local_post
from platforms.google_business_profile.spec import NAME, VERSION

FIRST_LOOK_S = 10.0
LONGEST_LOOK_S = 120.0
MOST_LOOKS = 60
"""Almost two hours; then it counts as published, as it is."""
_BACKOFF = 1.25
_CREATE, _GET = "localPosts.create", "localPosts.get"


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,  # noqa: ARG001  # Connector.prepare: nothing has to be there before
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: there is nothing it could go into
    earlier: Prepared | None,  # noqa: ARG001  # Connector.prepare
) -> Prepared:
    """Freeze the body. Raises Reconnect when the place is not known."""
    return Prepared(data={"parent": parent_of(connected.account), "body": local_post(draft)})


async def publish(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.publish: there is nothing it could go into
) -> Published | Pending:
    """Make the post. Raises PlatformError, ContentRefused also where it was made and rejected at once."""
    answer = await wire.create(
        Request(
            operation=_CREATE,
            method="POST",
            url=f"{connected.account.service_url}/{VERSION}/{text(prepared.data, 'parent')}/localPosts",
            bearer=connected.tokens.access,
            json=as_object(prepared.data.get("body")),
        )
    )
    post = object_of(answer)
    if text(post, "name") is None:
        raise OutcomeUnknown(
            "Google gave an answer that cannot be read. The post may be live.",
            platform=NAME,
            operation=_CREATE,
            status=answer.status,
        )
    return judge(post, {})


def judge(post: JsonObject, handle: JsonObject) -> Published | Pending:
    """What a post's state means. Raises ContentRefused where Google rejected it; it does not say why."""
    state, looks = text(post, "state"), count(handle, "looks") or 0
    if state == "REJECTED":
        raise ContentRefused(
            "Google rejected the post and does not say why. Telephone numbers, a picture it cannot fetch, and its rules"
            " for content are the usual reasons.",
            platform=NAME,
            operation=_GET,
            code=state,
        )
    if state in {"LIVE", "SCHEDULED", "RECURRING"} or looks >= MOST_LOOKS:
        return published(post)
    again = {"name": text(post, "name"), "looks": looks + 1}
    return Pending(handle=again, check_after_s=min(FIRST_LOOK_S * _BACKOFF**looks, LONGEST_LOOK_S))


def published(post: JsonObject) -> Published:
    """A post that is there."""
    state = text(post, "state")
    return Published(
        platform_post_id=text(post, "name") or "",
        permalink=text(post, "searchUrl"),
        note="" if state == "LIVE" else f"Google had not finished with it when Herald last looked ({state}).",
    )


async def poll(
    wire: Wire,
    connected: Connected,
    handle: JsonObject,
    key: Key,  # noqa: ARG001  # Connector.poll
) -> Published | Pending:
    """How far Google is with a post. Raises PlatformError, ContentRefused where it rejected the post."""
    request = _one(connected, "GET", text(handle, "name") or "", _GET)
    answer = await wire.read(request)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise ContentRefused("Google took the post down.", platform=NAME, operation=_GET, status=answer.status)
    post = object_of(answer)
    if text(post, "name") is None:
        raise Unavailable("Google's answer about the post cannot be read.", platform=NAME, operation=_GET)
    return judge(post, handle)


async def delete(
    wire: Wire,
    connected: Connected,
    post_id: str,
    extra: JsonObject,  # noqa: ARG001  # Connector.delete: the name is enough
) -> None:
    """Take a post down; one that is gone is fine. Raises PlatformError."""
    await wire.prepare(_one(connected, "DELETE", post_id, "localPosts.delete"))


def _one(connected: Connected, method: str, name: str, operation: str) -> Request:
    return Request(
        operation=operation,
        method=method,
        url=f"{connected.account.service_url}/{VERSION}/{name}",
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
