"""Uploading the media, freezing the post, and the one call that makes it.

X has no key that makes a repeat harmless. It refuses the same text of the same account for a while, with a 403 that
does not say which post it means: `find` does.
Source: https://docs.x.com/x-api/posts/create-post and X's OpenAPI document 2.167, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from bot.domain.content import Draft
from platforms.answers import as_object, text, texts
from platforms.base import Endpoints, Key, Prepared, Published, Request, Wire
from platforms.errors import OutcomeUnknown
from platforms.places import place
from platforms.x.options import fields_of
from platforms.x.posts import permalink
from platforms.x.reading import data_of
from platforms.x.spec import SITE, SPEC, VERSION
from platforms.x.uploading import Upload, progress, upload

CREATE = "POST /2/tweets"


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: X takes no key
    earlier: Prepared | None,
) -> Prepared:
    """Upload the files, ask how far X is with them, freeze the body. Text alone needs no call.

    With an `earlier` in which X still works on something, that is asked about; otherwise what was uploaded is gone,
    and goes up again.
    """
    known: tuple[str, ...] = ()
    pending: frozenset[str] = frozenset()
    if earlier is not None and earlier.data.get("pending"):
        known, pending = texts(earlier.data.get("media")), frozenset(texts(earlier.data.get("pending")))
    if len(known) != len(draft.attachments):
        known = ()
    uploads: list[Upload] = []
    for at, attachment in enumerate(draft.attachments):
        current: Upload | None = None
        if known:
            is_ready = known[at] not in pending
            current = Upload(id=known[at]) if is_ready else await progress(wire, connected, attachment, known[at])
        uploads.append(current or await upload(wire, connected, attachment))
    waits = [one.wait_s for one in uploads if one.wait_s is not None]
    return Prepared(data=_frozen(draft, uploads, place(SPEC, endpoints, SITE)), wait_s=max(waits, default=None))


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:  # noqa: ARG001  # Connector.publish
    """Make the post. Raises PlatformError; DuplicateRefused when X has the same text, perhaps by an earlier try."""
    request = Request(
        operation=CREATE,
        method="POST",
        url=f"{connected.account.service_url}{VERSION}/tweets",
        bearer=connected.tokens.access,
        json=as_object(prepared.data.get("body")),
    )
    answer = await wire.create(request)
    post_id = text(data_of(answer), "id")
    if post_id is None or not post_id.isdigit():
        raise OutcomeUnknown(
            "X gave an answer that cannot be read. The post may be live.",
            platform="x",
            operation=CREATE,
            status=answer.status,
        )
    return Published(platform_post_id=post_id, permalink=permalink(connected, prepared, post_id))


def _frozen(draft: Draft, uploads: list[Upload], site: str) -> dict[str, object]:
    """The whole body of the creating call, and what finding the post again takes."""
    body: dict[str, object] = {"text": draft.text}
    if uploads:
        body["media"] = {"media_ids": [one.id for one in uploads]}
    body |= fields_of(draft.options)
    if draft.parent is not None:
        body["reply"] = {"in_reply_to_tweet_id": draft.parent.platform_post_id}
    return {
        "body": body,
        "media": [one.id for one in uploads],
        "pending": [one.id for one in uploads if one.wait_s is not None],
        "root": draft.root.platform_post_id if draft.root is not None else None,
        "site": site,
    }
