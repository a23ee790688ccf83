"""Finding the board, bringing a video there, and the one call that makes the pin.

Pictures go inside that call: nothing of theirs is at Pinterest before. What is stored says where they lie; a machine
that does not have them prepares again.

Sources: https://developers.pinterest.com/docs/api/v5/pins-create/ and /pins-delete/, 2026-11-21.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.accounts import Connected
from bot.domain.content import Draft
from platforms.answers import NOTHING, as_object, identifier, object_of, objects, text
from platforms.base import Endpoints, FilePart, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import MaterialGone, OutcomeUnknown
from platforms.pinterest import boards, rules, video
from platforms.pinterest.spec import SPEC, V5

CREATE = "pins/create"
CREATE_TIMEOUT_S = 30.0


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: Pinterest takes none
    earlier: Prepared | None,
) -> Prepared:
    """Look the board up, freeze the body, and bring a video to Pinterest. Raises PlatformError."""
    before = earlier.data if earlier is not None else NOTHING
    body = as_object(before.get("body")) or await _body(wire, connected, draft)
    if draft.post_type != rules.VIDEO:
        images = [{"path": str(file.path), "mime_type": file.media.mime_type} for file in draft.attachments]
        return Prepared(data={"body": body, "images": images})
    media_id = text(before, "media_id")
    ready = await video.is_ready(wire, connected, media_id, _file_name(draft)) if media_id else None
    if media_id is None or ready is None:
        media_id, ready = await video.upload(wire, connected, draft.attachments[0]), False
    data = {"body": body, "media_id": media_id, "cover_at": int(draft.options.get("cover_at", "0"))}
    return Prepared(data=data, wait_s=None if ready else video.POLL_AGAIN_S)


def _file_name(draft: Draft) -> str:
    return draft.attachments[0].media.file_name


async def _body(wire: Wire, connected: Connected, draft: Draft) -> dict[str, object]:
    """The pin without its files."""
    board = await boards.board_id(wire, connected, draft.options["board"])
    body: dict[str, object] = {"board_id": board}
    if section := draft.options.get("section"):
        body["board_section_id"] = await boards.section_id(wire, connected, board, section)
    said = {
        "title": draft.options.get("title", "").strip(),
        "description": draft.text.strip(),
        "link": draft.link,
        "alt_text": rules.alt_text(draft),
    }
    return body | {name: value for name, value in said.items() if value}


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:  # noqa: ARG001  # Connector.publish
    """Make the pin. A repeat would make a second one. Raises PlatformError; MaterialGone when a file is not here."""
    body = {**as_object(prepared.data.get("body")), "media_source": await _media_source(prepared.data)}
    answer = await wire.create(
        Request(
            operation=CREATE,
            method="POST",
            url=f"{connected.account.service_url}{V5}/pins",
            bearer=connected.tokens.access,
            json=body,
            timeout_s=CREATE_TIMEOUT_S,
        )
    )
    pin_id = identifier(object_of(answer))
    if pin_id is None:
        raise OutcomeUnknown(
            "Pinterest gave an answer that cannot be read. The pin may be live.",
            platform=SPEC.name,
            operation=CREATE,
            status=answer.status,
        )
    return Published(platform_post_id=pin_id, permalink=permalink(connected, pin_id))


def permalink(connected: Connected, pin_id: str) -> str:
    """Where people see a pin: on Pinterest's site, or on the server that stands for it."""
    host = urlsplit(connected.account.service_url).hostname or ""
    site = "https://www.pinterest.com" if host.endswith(".pinterest.com") else connected.account.service_url
    return f"{site}/pin/{pin_id}/"


async def _media_source(data: JsonObject) -> dict[str, object]:
    if media_id := text(data, "media_id"):
        return {"source_type": "video_id", "media_id": media_id, "cover_image_key_frame_time": data["cover_at"]}
    images = [await _image(one) for one in objects(data.get("images"))]
    if len(images) == 1:
        return {"source_type": "image_base64", **images[0]}
    return {"source_type": "multiple_image_base64", "items": images}


async def _image(stored: Mapping[str, object]) -> dict[str, object]:
    path, mime_type = Path(text(stored, "path") or ""), text(stored, "mime_type") or ""
    if not await asyncio.to_thread(path.is_file):
        raise MaterialGone(
            "A picture of this pin is not on this machine any more.", platform=SPEC.name, operation=CREATE
        )
    return {"content_type": mime_type, "data": FilePart(path=path, mime_type=mime_type)}


async def delete(wire: Wire, connected: Connected, platform_post_id: str, extra: JsonObject) -> None:  # noqa: ARG001  # Connector.delete
    """Take a pin down. Raises PlatformError."""
    await wire.prepare(
        Request(
            operation="pins/delete",
            method="DELETE",
            url=f"{connected.account.service_url}{V5}/pins/{platform_post_id}",
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )
