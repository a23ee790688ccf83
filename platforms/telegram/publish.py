"""Asking after the chat, freezing the parameters, and the one call that posts.

Files go inside that call; what is stored says where they lie. A lost answer is for a person: no bot can look.

Source: https://core.telegram.org/bots/api#available-methods, 2026-11-21.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind
from platforms.answers import as_list, as_object, identifier, objects, text
from platforms.base import Answer, Endpoints, FilePart, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import ContentRefused, MaterialGone, OutcomeUnknown
from platforms.places import place
from platforms.telegram import options
from platforms.telegram.calls import PLATFORM, Bot, chat_of, result_of
from platforms.telegram.spec import SPEC

_METHODS = {
    options.MESSAGE: "sendMessage",
    options.PHOTO: "sendPhoto",
    options.VIDEO: "sendVideo",
    options.ANIMATION: "sendAnimation",
    options.AUDIO: "sendAudio",
    options.DOCUMENT: "sendDocument",
    options.ALBUM: "sendMediaGroup",
    options.POLL: "sendPoll",
}
_FIELDS = {kind: method.removeprefix("send").lower() for kind, method in _METHODS.items()}
"""The parameter that carries the file."""
_SITE = "https://t.me"
_PRIVATE = "-100"
"""How the ids of channels and supergroups begin; addresses leave it out."""


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: Telegram takes none
    earlier: Prepared | None,  # noqa: ARG001  # a chat that moved and a file that is elsewhere are asked after anew
) -> Prepared:
    """Ask which id and name the chat has now, and freeze everything else. Raises PlatformError."""
    chat = await chat_of(wire, _bot(connected), connected.account.platform_account_id)
    data: dict[str, object] = {
        "method": _METHODS[draft.post_type],
        "parameters": {"chat_id": chat.id, **_parameters(draft)},
        "files": [_stored(draft, place_, file) for place_, file in enumerate(draft.attachments)],
        "site": place(SPEC, endpoints, _SITE),
    }
    return Prepared(data=data)


def _bot(connected: Connected) -> Bot:
    return Bot(base_url=connected.account.service_url, token=connected.tokens.access)


def _parameters(draft: Draft) -> dict[str, object]:
    if draft.post_type == options.POLL:
        return options.parameters(draft, "question") | options.poll_of(draft.options)
    if draft.post_type == options.MESSAGE:
        card = options.preview(draft)
        return options.parameters(draft, "text") | ({"link_preview_options": card} if card else {})
    shared = options.parameters(draft, "caption")
    if draft.post_type != options.ALBUM:
        return shared | _of_file(draft, draft.attachments[0])
    said = {name: shared.pop(name) for name in ("caption", "parse_mode") if name in shared}
    items = [
        {"type": _type_in_album(draft, file), "media": f"attach://{_field(draft, at)}", **_of_file(draft, file)}
        for at, file in enumerate(draft.attachments)
    ]
    return shared | {"media": [items[0] | said, *items[1:]]}


def _type_in_album(draft: Draft, file: Attachment) -> str:
    kind = options.DOCUMENT if options.as_file(draft.options) else options.OF_KIND[file.media.kind]
    return _FIELDS[kind]


def _of_file(draft: Draft, file: Attachment) -> dict[str, object]:
    """What is said of one file: its measures, and how it is shown."""
    media, found = file.media, dict[str, object]()
    if options.as_file(draft.options) or media.kind is MediaKind.DOCUMENT:
        return found
    if media.kind in {MediaKind.VIDEO, MediaKind.GIF} and media.width_px and media.height_px:
        found |= {"width": media.width_px, "height": media.height_px}
    if media.kind in {MediaKind.VIDEO, MediaKind.AUDIO} and media.duration_s:
        found["duration"] = round(media.duration_s)
    if media.kind is MediaKind.VIDEO:
        found["supports_streaming"] = True
    for name, called in (("spoiler", "has_spoiler"), ("text_above", "show_caption_above_media")):
        if draft.options.get(name) == "true":
            found[called] = True
    return found


def _field(draft: Draft, at: int) -> str:
    return f"file{at}" if draft.post_type == options.ALBUM else _FIELDS[draft.post_type]


def _stored(draft: Draft, at: int, file: Attachment) -> dict[str, object]:
    """Where a file lies. What people download has its own name; all else tells nothing of anybody's disk."""
    media = file.media
    named = options.as_file(draft.options) or media.kind in {MediaKind.DOCUMENT, MediaKind.AUDIO}
    name = media.file_name if named else "file." + media.mime_type.rpartition("/")[2]
    return {"field": _field(draft, at), "path": str(file.path), "mime_type": media.mime_type, "name": name}


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:  # noqa: ARG001  # Connector.publish
    """Post it. Nobody can find out what became of a lost answer. Raises PlatformError.

    MaterialGone when a file is not on this machine, or the chat has a new id.
    """
    method, bot = text(prepared.data, "method") or "", _bot(connected)
    parameters = as_object(prepared.data.get("parameters"))
    files = [await _part(one) for one in objects(prepared.data.get("files"))]
    if files:
        request = Request(
            operation=method,
            method="POST",
            url=bot.address(method),
            path_secret=bot.token,
            form=tuple((name, _as_field(value)) for name, value in parameters.items()),
            files=tuple(files),
        )
    else:
        request = bot.request(method, parameters)
    return _published(await wire.create(request), method, text(prepared.data, "site") or _SITE)


def _as_field(value: object) -> str:
    """A parameter in a form: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _part(stored: Mapping[str, object]) -> FilePart:
    path = Path(text(stored, "path") or "")
    if not await asyncio.to_thread(path.is_file):
        raise MaterialGone("A file of this post is not on this machine any more.", platform=PLATFORM, operation="send")
    return FilePart(
        path=path,
        mime_type=text(stored, "mime_type") or "application/octet-stream",
        field=text(stored, "field") or "",
        file_name=text(stored, "name") or "file",
    )


def _published(answer: Answer, method: str, site: str) -> Published:
    """The message, or the messages of an album, whose first one people are led to."""
    result = result_of(answer)
    listed = as_list(result)
    messages = [as_object(one) for one in (listed if listed is not None else [result])]
    ids = [identifier(message, "message_id") for message in messages]
    if not ids or None in ids:
        raise OutcomeUnknown(
            "Telegram gave an answer that cannot be read. The post may be live.",
            platform=PLATFORM,
            operation=method,
            status=answer.status,
        )
    known = [one for one in ids if one is not None]
    chat = as_object(messages[0].get("chat"))
    extra = {"chat_id": identifier(chat), "message_ids": known}
    return Published(platform_post_id=known[0], permalink=_permalink(chat, known[0], site), extra=extra)


def _permalink(chat: JsonObject, message_id: str, site: str) -> str | None:
    """Where people see it; of a private channel only its members, of a plain group nobody."""
    if username := text(chat, "username"):
        return f"{site}/{username}/{message_id}"
    chat_id = identifier(chat) or ""
    return f"{site}/c/{chat_id.removeprefix(_PRIVATE)}/{message_id}" if chat_id.startswith(_PRIVATE) else None


async def delete(wire: Wire, connected: Connected, platform_post_id: str, extra: JsonObject) -> None:
    """Take a message down, or all of an album. Telegram lets bots do so within 48 hours. Raises PlatformError."""
    stored = as_list(extra.get("message_ids")) or []
    ids = [one for one in stored if isinstance(one, str)] or [platform_post_id]
    chat = identifier(extra, "chat_id") or connected.account.platform_account_id
    what: dict[str, object] = {"message_id": int(ids[0])}
    if len(ids) > 1:
        what = {"message_ids": [int(one) for one in ids]}
    method = "deleteMessages" if len(ids) > 1 else "deleteMessage"
    try:
        await wire.prepare(_bot(connected).request(method, {"chat_id": chat, **what}))
    except ContentRefused as refused:
        if _GONE not in refused.safe.lower():
            raise


_GONE = "message to delete not found"
