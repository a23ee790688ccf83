"""Containers: posts that Threads has and nobody sees. `prepare` makes one and waits until it can be published.

Threads fetches the files itself, from a signed address of ours, while the container is IN_PROGRESS. A container that
was never stored costs nothing: it ends by itself after a day.

Source: https://developers.facebook.com/docs/threads/posts and /troubleshooting, read 2026-10-07.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind
from platforms.answers import identifier, object_of, text, texts
from platforms.base import Endpoints, JsonObject, Key, Prepared, Wire
from platforms.errors import MaterialGone, MediaRefused, NotReady, PlatformError, Unavailable
from platforms.threads.address import with_parent
from platforms.threads.calls import Parameters, post_of, read_of
from platforms.threads.options import parameters
from platforms.threads.spec import CAROUSEL

CREATE_CONTAINER = "POST /threads"
STATUS = "GET /container"
TEXT_AGAIN_S, MEDIA_AGAIN_S = 1.0, 3.0
"""How soon a container is asked after again. Meta advises to ask seldom; a second's post cannot wait for a minute."""
GONE = frozenset({"24", "4279009"})
"""The Graph's codes for what is not there."""
_PASSING = frozenset({"FAILED_DOWNLOADING_VIDEO", "UNKNOWN"})
"""Failures that another try may mend."""


class Status(StrEnum):
    """How far a container is."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    """It can be published."""
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    """A day is over, and it was not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made so far: as it is stored."""

    children: tuple[str, ...] = ()
    """Containers of a carousel's files."""
    waiting: tuple[str, ...] = ()
    """Those of all containers that were not FINISHED when last asked."""
    container: str | None = None
    shown: JsonObject = field(default_factory=dict[str, object])
    """What `find` needs to know the post again."""

    def to_json(self) -> JsonObject:
        """For storing."""
        return {
            "container": self.container,
            "children": list(self.children),
            "waiting": list(self.waiting),
            **self.shown,
        }


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: the container is the key
    earlier: Prepared | None,
) -> Prepared:
    """Make the container, those of a carousel's files first, and ask after it until it is FINISHED.

    One of an `earlier` try that may be published, or is, stays the only one. Raises PlatformError; MediaRefused for a
    file that Threads does not take.
    """
    if earlier is not None and await _is_good_still(wire, connected, earlier.data):
        return Prepared(data=earlier.data)
    draft = await with_parent(wire, connected, draft)
    made = _made(earlier, draft) if earlier is not None else Made(shown=_shown(draft))
    if made.container is None and not made.children and draft.post_type == CAROUSEL:
        children = [await _child(wire, connected, one) for one in draft.attachments]
        made = replace(made, children=tuple(children), waiting=tuple(children))
    if made.waiting:
        made = replace(made, waiting=await _still_waiting(wire, connected, made))
    if made.container is None and not made.waiting:
        container = await _container(wire, connected, _body(draft, made.children))
        made = replace(made, container=container, waiting=(container,))
        made = replace(made, waiting=await _still_waiting(wire, connected, made))
    again_s = MEDIA_AGAIN_S if draft.attachments else TEXT_AGAIN_S
    return Prepared(data=made.to_json(), wait_s=again_s if made.waiting else None)


async def status_of(wire: Wire, connected: Connected, container: str) -> tuple[Status | None, str | None]:
    """How far a container is, and what went wrong with it; None for a word nobody knows. Raises PlatformError."""
    answer = await wire.read(read_of(connected, STATUS, container, (("fields", "status,error_message"),)))
    said = object_of(answer)
    word = text(said, "status")
    return (Status(word) if word in set(Status) else None), text(said, "error_message")


async def _is_good_still(wire: Wire, connected: Connected, earlier: JsonObject) -> bool:
    """Whether a container that was ready once is not over; a second one could be a second post."""
    container = text(earlier, "container")
    if container is None or texts(earlier.get("waiting")):
        return False
    try:
        status, _ = await status_of(wire, connected, container)
    except NotReady as gone:
        if gone.code not in GONE:
            raise
        return False
    return status not in {Status.EXPIRED, Status.ERROR}


def _made(earlier: Prepared, draft: Draft) -> Made:
    """What was stored; nothing of it when it was all there and is over now, so that everything is made anew."""
    container, waiting = text(earlier.data, "container"), texts(earlier.data.get("waiting"))
    if container is not None and not waiting:
        return Made(shown=_shown(draft))
    children = texts(earlier.data.get("children"))
    return Made(container=container, children=children, waiting=waiting, shown=_shown(draft))


def _shown(draft: Draft) -> JsonObject:
    parent = draft.parent.platform_post_id if draft.parent is not None else None
    return {"text": draft.text, "parent": parent, "kind": draft.post_type}


def _body(draft: Draft, children: tuple[str, ...]) -> Parameters:
    """The parameters of the container that is published."""
    body: list[tuple[str, str]] = []
    if children:
        body += [("media_type", "CAROUSEL"), ("children", ",".join(children))]
    elif draft.attachments:
        body += _file(draft.attachments[0])
    else:
        body.append(("media_type", "TEXT"))
    if draft.text:
        body.append(("text", draft.text))
    if draft.link is not None:
        body.append(("link_attachment", draft.link))
    if draft.parent is not None:
        body.append(("reply_to_id", draft.parent.platform_post_id))
    return (*body, *parameters(draft.options))


def _file(attachment: Attachment) -> list[tuple[str, str]]:
    if attachment.url is None:
        raise MediaRefused("Threads fetches media from a public address. Set HERALD_PUBLIC_URL.", platform="threads")
    kind, name = ("VIDEO", "video_url") if attachment.media.kind is MediaKind.VIDEO else ("IMAGE", "image_url")
    described = [("alt_text", attachment.alt_text)] if attachment.alt_text else []
    return [("media_type", kind), (name, attachment.url), *described]


async def _child(wire: Wire, connected: Connected, attachment: Attachment) -> str:
    return await _container(wire, connected, (*_file(attachment), ("is_carousel_item", "true")))


async def _container(wire: Wire, connected: Connected, form: Parameters) -> str:
    account = connected.account.platform_account_id
    answer = await wire.prepare(post_of(connected, CREATE_CONTAINER, f"{account}/threads", form))
    container = identifier(object_of(answer))
    if container is None:
        raise _unreadable(CREATE_CONTAINER, answer.status)
    return container


async def _still_waiting(wire: Wire, connected: Connected, made: Made) -> tuple[str, ...]:
    """Those containers that are not ready yet. Raises MediaRefused, MaterialGone and Unavailable."""
    left: list[str] = []
    for container in made.waiting:
        status, why = await status_of(wire, connected, container)
        if status is Status.IN_PROGRESS:
            left.append(container)
        elif status is not Status.FINISHED:
            raise _not_usable(status, why)
    return tuple(left)


def _not_usable(status: Status | None, why: str | None) -> PlatformError:
    if status is None:
        return _unreadable(STATUS, 200)
    if status is Status.EXPIRED:
        safe = "Threads no longer has what was prepared."
        return MaterialGone(safe, platform="threads", operation=STATUS, code=status)
    if why is None or why in _PASSING:
        safe = "Threads could not make the post ready; it may be able to a little later."
        return MaterialGone(safe, platform="threads", operation=STATUS, code=why or status)
    word = "".join(one for one in why if one.isalnum() or one in " _-")[:80]
    safe = f"Threads does not take this file ({word.replace('_', ' ').lower()})."
    return MediaRefused(safe, platform="threads", operation=STATUS, code=word)


def _unreadable(operation: str, status: int) -> Unavailable:
    safe = "Threads gave an answer that cannot be read."
    return Unavailable(safe, platform="threads", operation=operation, status=status)
