"""The one call that makes a post of a container, or a comment.

Instagram has been seen to refuse a call that it carried out (gitroomhq/postiz-app, read 2026-11-21): so after a no the
container is asked, and only one that was not published makes the no believed.
Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media_publish and
/ig-media/comments, read 2026-11-21. A comment's call takes no `fields`: with them it is made, and answered with an
error.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import Answer, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import DuplicateRefused, MaterialGone, NotReady, OutcomeUnknown, PlatformError, Refused
from platforms.instagram.containers import Status, status_of
from platforms.instagram.kinds import COMMENT
from platforms.meta import graph


async def publish(
    wire: Wire,
    connected: Connected,
    prepared: Prepared,
    key: Key,  # noqa: ARG001  # Connector.publish: the container is the key
) -> Published:
    """Make the post. Raises PlatformError; DuplicateRefused when the container may be published already."""
    data = prepared.data
    if data.get("kind") == COMMENT:
        request = _post(connected, f"{text(data, 'parent')}/comments", ("message", text(data, "text") or ""))
        return Published(platform_post_id=_made(request, await wire.create(request)), permalink=None)
    account, container = connected.account.platform_account_id, text(data, "container") or ""
    request = _post(connected, f"{account}/media_publish", ("creation_id", container))
    try:
        answer = await wire.create(request)
    except (Refused, MaterialGone) as no:
        raise await _believed(wire, connected, container, no) from no
    media = _made(request, answer)
    return Published(platform_post_id=media, permalink=await _permalink(wire, connected, media))


def _post(connected: Connected, path: str, *form: tuple[str, str]) -> Request:
    return Request(
        operation=f"POST /{path.rpartition('/')[2]}",
        method="POST",
        url=graph(connected, path),
        form=form,
        bearer=connected.tokens.access,
    )


def _made(request: Request, answer: Answer) -> str:
    made = identifier(object_of(answer))
    if made is None:
        raise OutcomeUnknown(
            "Instagram gave an answer that cannot be read. The post may be live.",
            platform="instagram",
            operation=request.operation,
            status=answer.status,
        )
    return made


async def _believed(wire: Wire, connected: Connected, container: str, no: Refused | MaterialGone) -> PlatformError:
    """What a no means, by what became of the container. A new one is made only where this one can do nothing more."""
    try:
        status = (await status_of(wire, connected, container)).status
    except PlatformError:
        status = None
    if status is Status.EXPIRED:
        return _as(MaterialGone, "Instagram no longer has the prepared post.", no)
    if status in {None, Status.PUBLISHED}:
        return _as(DuplicateRefused, "Instagram refused it, but the post may be there already.", no)
    return _as(NotReady, "Instagram does not take the prepared post yet.", no) if isinstance(no, MaterialGone) else no


def _as(kind: type[PlatformError], safe: str, no: PlatformError) -> PlatformError:
    """Another class for the same answer."""
    return kind(
        safe,
        platform=no.platform,
        operation=no.operation,
        status=no.status,
        code=no.code,
        request_id=no.request_id,
    )


async def _permalink(wire: Wire, connected: Connected, media: str) -> str | None:
    """Where people see it. It is live, so nothing that goes wrong here matters."""
    request = Request(
        operation="GET /{media}",
        method="GET",
        url=graph(connected, media),
        query=(("fields", "permalink"),),
        bearer=connected.tokens.access,
        timeout_s=5.0,
    )
    try:
        shown: JsonObject = object_of(await wire.read(request))
    except PlatformError:
        return None
    return text(shown, "permalink")
