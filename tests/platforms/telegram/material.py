"""What Telegram's tests are made of: an account, drafts, and the Bot API's requests and answers.

Answers are cut from the objects of core.telegram.org/bots/api, read 2026-11-21.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key, Published
from platforms.telegram import CONNECTOR
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

API = "https://api.telegram.org"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"  # noqa: S105  # the example of the documentation
BASE = f"{API}/bot{TOKEN}"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="telegram",
        platform_account_id="-1001234567890",
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=API,
    ),
    tokens=Tokens(access=Secret(TOKEN)),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
NOWHERE = Endpoints(api=API)
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
FILE = OWN_FILES / "herald-telegram-contract"
FILE.write_bytes(PNG)
T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


LOGIN, ACCOUNT_METRICS = present(CONNECTOR.login), present(CONNECTOR.account_metrics)
DELETE = present(CONNECTOR.delete)
_MIME = {
    MediaKind.IMAGE: "image/png",
    MediaKind.VIDEO: "video/mp4",
    MediaKind.GIF: "image/gif",
    MediaKind.AUDIO: "audio/mpeg",
    MediaKind.DOCUMENT: "application/pdf",
}


def attachment(kind: MediaKind = MediaKind.IMAGE, **facts: object) -> Attachment:
    """A file of a few bytes that says of itself what a test wants."""
    moves = kind in {MediaKind.VIDEO, MediaKind.AUDIO}
    seen = kind in {MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.GIF}
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type=_MIME[kind],
        size_bytes=len(PNG),
        sha256="0" * 64,
        file_name="menu.pdf",
        width_px=1000 if seen else None,
        height_px=1500 if seen else None,
        duration_s=9.6 if moves else None,
    )
    return Attachment(media=replace(media, **facts), path=FILE)  # pyright: ignore[reportArgumentType]  # fields of Media


IMAGE, FILM = attachment(), attachment(MediaKind.VIDEO)
DRAFT = Draft(text="Good morning", post_type="telegram-message", due_at=AT)
PHOTO = replace(DRAFT, post_type="telegram-photo", attachments=(IMAGE,))
ALBUM = replace(DRAFT, post_type="telegram-album", attachments=(IMAGE, FILM))
POLL = replace(DRAFT, text="Tea?", post_type="telegram-poll", options={"poll": "Yes | No"})
CHAT: dict[str, object] = {
    "id": -1001234567890,
    "type": "channel",
    "title": "Juniper Coffee",
    "username": "junipercoffee",
}
MESSAGE: dict[str, object] = {"message_id": 17, "date": 1795251600, "chat": CHAT, "text": "Good morning"}
LIVE = Published(
    platform_post_id="17",
    permalink="https://t.me/junipercoffee/17",
    extra={"chat_id": "-1001234567890", "message_ids": ["17"]},
)
JSON = {"content-type": "application/json"}


def call(method: str, sent: object = None, result: object = None) -> Step:
    """One method, what goes to it as JSON, and what it gives."""
    content = None if sent is None else json.dumps(sent, separators=(",", ":"), ensure_ascii=False).encode()
    answer = {"ok": True, "result": result}
    return Step(method="POST", url=f"{BASE}/{method}", query={}, content=content, answer=answer)


def refused(step: Step, code: int, description: str, **parameters: object) -> Step:
    """The same call, answered by a refusal."""
    body = {"ok": False, "error_code": code, "description": description}
    return replace(step, status=code, answer=body | ({"parameters": parameters} if parameters else {}))


GET_CHAT = call("getChat", {"chat_id": "-1001234567890"}, CHAT)
GET_ME = call("getMe", {}, {"id": 110201543, "is_bot": True, "first_name": "Juniper", "username": "juniper_bot"})
MEMBER = call(
    "getChatMember",
    {"chat_id": "-1001234567890", "user_id": 110201543},
    {"status": "administrator", "can_post_messages": True, "user": {"id": 110201543}},
)
SEND = call("sendMessage", {"chat_id": "-1001234567890", "text": "Good morning"}, MESSAGE)
