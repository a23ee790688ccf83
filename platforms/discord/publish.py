"""Freezing the message, and the one call that posts it, its files inside it.

The call waits for Discord to say what it made (`wait=true`): without that it would say nothing of a message that could
not be kept, nor its number.
Source: https://docs.discord.com/developers/resources/webhook#execute-webhook, read 2026-11-21.
"""

import asyncio
import json
from pathlib import Path

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.answers import as_object, identifier, object_of, objects, text
from platforms.base import Answer, Endpoints, FilePart, Key, Prepared, Published, Wire
from platforms.discord.calls import PLATFORM, webhook_of
from platforms.discord.options import MENTIONS, fields_of
from platforms.errors import MaterialGone, OutcomeUnknown

CREATE = "POST /webhooks/:id/:token"


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,  # noqa: ARG001  # Connector.prepare: there is nothing to ask
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,  # noqa: ARG001  # Connector.prepare
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: webhooks take none
    earlier: Prepared | None,  # noqa: ARG001  # a file that is elsewhere is written down anew
) -> Prepared:
    """Freeze the whole message, and where its files lie. No call is needed."""
    files = [_stored(draft, at, attachment) for at, attachment in enumerate(draft.attachments)]
    payload: dict[str, object] = {} if "poll" in draft.options else {"content": draft.text}
    payload["allowed_mentions"] = {"parse": list(MENTIONS[draft.options.get("mentions", "none")])}
    payload |= fields_of(draft)
    if files:
        payload["attachments"] = [
            {"id": at, "filename": file["name"], **_description(attachment)}
            for at, (file, attachment) in enumerate(zip(files, draft.attachments, strict=True))
        ]
    return Prepared(data={"payload": payload, "files": files, "thread": _thread(draft)})


def _thread(draft: Draft) -> str | None:
    """Where a message goes besides the webhook's channel: the thread that is named, or that its forum's post made."""
    if draft.parent is not None and (made := identifier(draft.parent.extra, "thread")) is not None:
        return made
    return draft.options.get("thread")


def _stored(draft: Draft, at: int, attachment: Attachment) -> dict[str, object]:
    """Where a file lies, under a name that tells its type and nothing about the person's disk."""
    media = attachment.media
    ending = media.mime_type.rpartition("/")[2].removeprefix("x-")
    hides = "SPOILER_" if draft.options.get("spoiler") == "true" else ""
    return {"path": str(attachment.path), "mime_type": media.mime_type, "name": f"{hides}file{at + 1}.{ending}"}


def _description(attachment: Attachment) -> dict[str, object]:
    return {"description": attachment.alt_text} if attachment.alt_text else {}


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:  # noqa: ARG001  # Connector.publish
    """Post it. Nobody can find out what became of a lost answer.

    Raises PlatformError; MaterialGone when a file is not on this machine.
    """
    payload, thread = as_object(prepared.data.get("payload")), text(prepared.data, "thread")
    parts = tuple([await _part(at, one) for at, one in enumerate(objects(prepared.data.get("files")))])
    query = (("wait", "true"), *((("thread_id", thread),) if thread else ()))
    packed = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    request = webhook_of(connected).request(
        CREATE,
        "POST",
        query=query,
        json=None if parts else payload,
        form=(("payload_json", packed),) if parts else (),
        files=parts,
    )
    answer = await wire.create(request)
    return _published(answer, connected, made_thread="thread_name" in payload, thread=thread)


async def _part(at: int, stored: object) -> FilePart:
    values = as_object(stored)
    path = Path(text(values, "path") or "")
    if not await asyncio.to_thread(path.is_file):
        raise MaterialGone("A file of this post is not on this machine any more.", platform=PLATFORM, operation=CREATE)
    return FilePart(
        path=path,
        mime_type=text(values, "mime_type") or "application/octet-stream",
        field=f"files[{at}]",
        file_name=text(values, "name") or "file",
    )


def _published(answer: Answer, connected: Connected, *, made_thread: bool, thread: str | None) -> Published:
    message = object_of(answer)
    message_id, channel = identifier(message), identifier(message, "channel_id")
    if message_id is None or channel is None or not (message_id.isdigit() and channel.isdigit()):
        raise OutcomeUnknown(
            "Discord gave an answer that cannot be read. The post may be live.",
            platform=PLATFORM,
            operation=CREATE,
            status=answer.status,
        )
    guild = identifier(connected.account.limits, "guild_id")
    link = f"{connected.account.service_url}/channels/{guild}/{channel}/{message_id}" if guild else None
    inside = channel if made_thread else thread
    return Published(platform_post_id=message_id, permalink=link, extra={"thread": inside} if inside else {})
