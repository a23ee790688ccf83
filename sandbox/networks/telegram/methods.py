"""The methods of the Bot API, refused where Telegram refuses them.

Source: core.telegram.org/bots/api#available-methods, read 2026-11-21. Descriptions of refusals are the usual ones.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from sandbox.networks.telegram.doors import Asked, Method, Refusal, Upload, Values, bad
from sandbox.networks.telegram.text import MarkupError, read_html, units
from sandbox.networks.telegram.world import Chat, File, Message

_TEXT, _CAPTION, _QUESTION, _CHOICE = 4096, 1024, 300, 100
_MOST_CHOICES, _ALBUM_LEAST, _ALBUM_MOST, _MOST_DELETED = 12, 2, 10, 100
_PHOTO_BYTES, _FILE_BYTES = 10 * 1024 * 1024, 50 * 1024 * 1024
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_SHOWN = {"photo", "video"}
_PERIOD_S = (5, 2_628_000)


async def get_me(asked: Asked) -> object:
    """`getMe`."""
    bot = asked.bot
    return {"id": bot.id, "is_bot": True, "first_name": "Juniper", "username": bot.username, "can_join_groups": True}


async def get_chat(asked: Asked) -> object:
    """`getChat`."""
    found = asked.chat()
    return {**show_chat(found), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}


_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


async def get_chat_member(asked: Asked) -> object:
    """`getChatMember`, for the bot itself."""
    found = asked.chat()
    user = {"id": asked.bot.id, "is_bot": True, "first_name": "Juniper", "username": asked.bot.username}
    if str(asked.values.get("user_id")) != str(asked.bot.id):
        raise bad("member not found")
    if found.kind == "group":
        return {"user": user, "status": "member"}
    return {"user": user, "status": "administrator", **_ADMINISTRATOR, **found.rights}


_ADMINISTRATOR = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": False,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
}


async def get_chat_member_count(asked: Asked) -> object:
    """`getChatMemberCount`."""
    return asked.chat().members


async def send_message(asked: Asked) -> object:
    """`sendMessage`."""
    chat = _open_chat(asked)
    text, entities = _text(asked.values, "text", _TEXT, "message is too long")
    if not text:
        raise bad("message text is empty")
    _wait(asked, chat, 1)
    return _kept(asked, _message(asked, chat, text, entities))


def sending(kind: str) -> Method:
    """`sendPhoto` and its like."""

    async def send(asked: Asked) -> object:
        chat = _open_chat(asked)
        text, entities = _text(asked.values, "caption", _CAPTION, "message caption is too long")
        file = _file(kind, asked.uploads.get(kind))
        _wait(asked, chat, 1)
        return _kept(asked, replace(_message(asked, chat, text, entities), files=(file,)))

    return send


async def send_media_group(asked: Asked) -> object:
    """`sendMediaGroup`: all of it or nothing."""
    chat, given = _open_chat(asked), asked.object_of("media")
    items = cast("Sequence[Values]", given) if isinstance(given, list) else ()
    if not _ALBUM_LEAST <= len(items) <= _ALBUM_MOST:
        raise bad("wrong number of media in the album: 2-10 are taken")
    kinds = {str(item.get("type")) for item in items}
    if not kinds <= _SHOWN and (len(kinds) > 1 or not kinds <= {"audio", "document"}):
        raise bad(f"media of types {', '.join(sorted(kinds))} can't be mixed in an album")
    group, messages = secrets.token_hex(8), list[Message]()
    for item in items:
        text, entities = _text(item, "caption", _CAPTION, "message caption is too long")
        upload = asked.uploads.get(str(item.get("media", "")).removeprefix("attach://"))
        file = _file(str(item["type"]), upload)
        messages.append(replace(_message(asked, chat, text, entities), files=(file,), group=group))
    _wait(asked, chat, len(messages))
    asked.world.keep(*messages)
    return [show(message) for message in messages]


async def send_poll(asked: Asked) -> object:
    """`sendPoll`."""
    chat, given = _open_chat(asked), asked.object_of("options")
    listed = cast("Sequence[object]", given) if isinstance(given, list) else ()
    choices = [str(cast("Values", one).get("text", "")) if isinstance(one, Mapping) else str(one) for one in listed]
    question, period = asked.text_of("question").strip(), asked.values.get("open_period")
    if not question or units(question) > _QUESTION:
        raise bad("poll question length must not exceed 300" if question else "poll question must be non-empty")
    if not 1 <= len(choices) <= _MOST_CHOICES:
        raise bad("poll can't have more than 12 options" if choices else "poll must have at least 1 option")
    if any(not choice or units(choice) > _CHOICE for choice in choices):
        raise bad("poll options length must not exceed 100")
    if chat.kind == "channel" and asked.text_of("is_anonymous").lower() == "false":
        raise bad("non-anonymous polls can't be sent to channel chats")
    if period is not None and not _PERIOD_S[0] <= int(str(period)) <= _PERIOD_S[1]:
        raise bad("poll open period is wrong")
    _wait(asked, chat, 1)
    return _kept(asked, replace(_message(asked, chat, question, ()), choices=tuple(choices)))


async def delete_message(asked: Asked) -> object:
    """`deleteMessage`."""
    found = asked.chat()
    if asked.world.messages.pop((found.id, _number(asked.values.get("message_id"))), None) is None:
        raise bad("message to delete not found")
    return True


async def delete_messages(asked: Asked) -> object:
    """`deleteMessages`; those that are gone are passed over."""
    found, given = asked.chat(), asked.object_of("message_ids")
    ids = cast("Sequence[object]", given) if isinstance(given, list) else ()
    if not 1 <= len(ids) <= _MOST_DELETED:
        raise bad("message identifiers are not specified")
    for one in ids:
        _ = asked.world.messages.pop((found.id, _number(one)), None)
    return True


METHODS: Mapping[str, Method] = {
    "getme": get_me,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatmembercount": get_chat_member_count,
    "sendmessage": send_message,
    "sendmediagroup": send_media_group,
    "sendpoll": send_poll,
    **{f"send{kind}": sending(kind) for kind in ("photo", "video", "animation", "audio", "document")},
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
}
"""By their names in lower case: the Bot API does not mind."""


def _open_chat(asked: Asked) -> Chat:
    """The chat, where the bot may post."""
    chat = asked.chat()
    if chat.kind == "channel" and not chat.rights.get("can_post_messages"):
        raise bad("need administrator rights in the channel chat")
    return chat


def _wait(asked: Asked, chat: Chat, count: int) -> None:
    if wait_s := asked.world.wait_s(chat, count):
        raise Refusal(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise bad("message identifier is not specified") from None


def _text(values: Values, name: str, limit: int, too_long: str) -> tuple[str, tuple[Mapping[str, object], ...]]:
    text, mode = str(values.get(name) or ""), str(values.get("parse_mode") or "")
    entities: list[Mapping[str, object]] = []
    if mode.lower() == "html":
        try:
            text, entities = read_html(text)
        except MarkupError as error:
            raise bad(f"can't parse entities: {error}") from error
    elif mode:
        raise bad(f"unsupported parse_mode {mode}")
    if units(text.strip()) > limit:
        raise bad(too_long)
    return text.strip(), tuple(entities)


def _file(kind: str, upload: Upload | None) -> File:
    if upload is None:
        raise bad(f"there is no {kind} in the request")
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > (_PHOTO_BYTES if kind == "photo" else _FILE_BYTES):
        raise Refusal(413, "Request Entity Too Large")
    if kind == "photo" and not upload.content.startswith(_PICTURES):
        raise bad("IMAGE_PROCESS_FAILED")
    return File(
        id=secrets.token_urlsafe(24),
        kind=kind,
        name=upload.name,
        mime_type=upload.mime_type,
        content=upload.content,
    )


def _message(asked: Asked, chat: Chat, text: str, entities: tuple[Mapping[str, object], ...]) -> Message:
    reply = asked.object_of("reply_parameters")
    to = _number(cast("Values", reply).get("message_id")) if isinstance(reply, Mapping) else None
    if to is not None and (chat.id, to) not in asked.world.messages:
        if cast("Values", reply).get("allow_sending_without_reply") is not True:
            raise bad("message to be replied not found")
        to = None
    return Message(
        id=asked.world.next_id(chat),
        chat=chat,
        sent_at=asked.world.now(),
        text=text,
        entities=entities,
        reply_to=to,
        given=dict(asked.values),
    )


def _kept(asked: Asked, message: Message) -> object:
    asked.world.keep(message)
    return show(message)


def show_chat(chat: Chat) -> Values:
    """A chat as the API shows it."""
    found: Values = {"id": chat.id, "type": chat.kind, "title": chat.title}
    return found | ({"username": chat.username} if chat.username else {})


def show(message: Message) -> Values:
    """A message as the API shows it."""
    found: Values = {
        "message_id": message.id,
        "date": int(message.sent_at.timestamp()),
        "chat": show_chat(message.chat),
        "sender_chat": show_chat(message.chat),
    }
    if message.choices:
        choices: list[Values] = [
            {"text": one, "voter_count": 0, "persistent_id": str(number)} for number, one in enumerate(message.choices)
        ]
        return found | {"poll": _poll(message, choices)}
    said, marks = ("caption", "caption_entities") if message.files else ("text", "entities")
    if message.text:
        found |= {said: message.text} | ({marks: list(message.entities)} if message.entities else {})
    if message.group:
        found["media_group_id"] = message.group
    for file in message.files:
        found[file.kind] = _show_file(file)
    return found


def _poll(message: Message, choices: list[Values]) -> Values:
    return {
        "id": str(message.id),
        "question": message.text,
        "options": choices,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": str(message.given.get("allows_multiple_answers", "")).lower() == "true",
        "allows_revoting": True,
        "members_only": False,
    }


def _show_file(file: File) -> object:
    shown: Values = {"file_id": file.id, "file_unique_id": file.id[:8], "file_size": len(file.content)}
    if file.kind == "photo":
        return [{**shown, "width": 90, "height": 90}]
    shown |= {"file_name": file.name, "mime_type": file.mime_type}
    if file.kind in {"video", "animation"}:
        return {**shown, "width": 640, "height": 360, "duration": 4}
    return {**shown, "duration": 4} if file.kind == "audio" else shown
