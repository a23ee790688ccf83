"""Executing a webhook, showing and deleting its messages, refused where Discord refuses.

Source: docs.discord.com/developers/resources/webhook, /resources/message and /resources/poll, read 2026-11-21.
"""

import json
import re
from datetime import UTC, datetime

from aiohttp import web

from sandbox.networks.discord.doors import (
    Refusal,
    Values,
    as_list,
    as_object,
    invalid,
    webhook_of,
    world_of,
)
from sandbox.networks.discord.world import File, Message, Webhook, World, reactions_of

TEXT_MOST, FILES_MOST, EMBEDS_MOST, DESCRIPTION_MOST, EMBED_TOTAL = 2000, 10, 10, 1024, 6000
_FILE = re.compile(r"files\[(\d+)\]")
"""How a file says which attachment it is; under any other name it counts by its place."""
_EMBED_LIMITS = {"title": 256, "description": 4096}
_BAD_NAMES = ("discord", "clyde")


async def execute(request: web.Request) -> web.Response:
    """`POST /webhooks/:id/:token`: the message with `wait`, else nothing."""
    webhook, world = webhook_of(request), world_of(request)
    body, files = await _read(request, world)
    _check(body, files)
    channel_id = _channel(world, webhook, body, request.query.get("thread_id"))
    message = Message(
        id=world.next_id(),
        webhook=webhook,
        channel_id=channel_id,
        content=str(body.get("content") or ""),
        username=str(body.get("username") or webhook.name),
        body=body,
        files=files,
        created_at=world.now(),
    )
    world.messages[message.id] = message
    world.network.published()
    if request.query.get("wait") not in {"true", "1", "True"}:
        return web.Response(status=204)
    return web.json_response(show(message, world, request))


async def _read(request: web.Request, world: World) -> tuple[Values, tuple[File, ...]]:
    if not request.content_type.startswith("multipart/"):
        try:
            return as_object(await request.json()), ()
        except json.JSONDecodeError:
            raise Refusal(400, 50109, "The request body contains invalid JSON.") from None
    form = await request.post()
    packed = form.get("payload_json")
    body = as_object(json.loads(packed)) if isinstance(packed, str) else {}
    described = {str(as_object(one).get("id")): as_object(one) for one in as_list(body.get("attachments"))}
    files: list[File] = []
    for name, part in form.items():
        if not isinstance(part, web.FileField):
            continue
        match = _FILE.fullmatch(name)
        content = part.file.read()
        if len(content) > world.settings.file_bytes:
            raise Refusal(413, 40005, "Request entity too large")
        about = described.get(match[1] if match else str(len(files)), {})
        files.append(
            File(
                id=world.next_id(),
                name=str(about.get("filename") or part.filename),
                description=str(about.get("description") or ""),
                mime_type=part.content_type,
                content=content,
            )
        )
    return body, tuple(files)


def _check(body: Values, files: tuple[File, ...]) -> None:
    content, embeds = body.get("content") or "", [as_object(one) for one in as_list(body.get("embeds"))]
    if not isinstance(content, str):
        raise invalid("content", "STRING_TYPE_CONVERT", "Must be a string.")
    if len(content) > TEXT_MOST:
        raise invalid("content", "BASE_TYPE_MAX_LENGTH", f"Must be {TEXT_MOST} or fewer in length.")
    if not content.strip() and not embeds and not files and not body.get("poll"):
        raise Refusal(400, 50006, "Cannot send an empty message")
    if len(files) > FILES_MOST or any(len(file.description) > DESCRIPTION_MOST for file in files):
        raise invalid("attachments.0.description", "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")
    _check_embeds(embeds)
    _check_name(str(body.get("username") or ""))
    if "poll" in body:
        _check_poll(as_object(body["poll"]))


def _check_embeds(embeds: list[Values]) -> None:
    if len(embeds) > EMBEDS_MOST:
        raise invalid("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    for at, embed in enumerate(embeds):
        for name, most in _EMBED_LIMITS.items():
            if len(str(embed.get(name) or "")) > most:
                raise invalid(f"embeds.{at}.{name}", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    if sum(len(str(embed.get(name) or "")) for embed in embeds for name in _EMBED_LIMITS) > EMBED_TOTAL:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _check_name(name: str) -> None:
    if any(word in name.lower() for word in _BAD_NAMES):
        raise invalid("username", "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{name}"')
    if len(name) > 80:  # noqa: PLR2004  # as documented
        raise invalid("username", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")


def _check_poll(poll: Values) -> None:
    question = str(as_object(poll.get("question")).get("text") or "")
    answers = [
        str(as_object(as_object(one).get("poll_media")).get("text") or "") for one in as_list(poll.get("answers"))
    ]
    hours = poll.get("duration", 24)
    if not 1 <= len(question) <= 300 or not 1 <= len(answers) <= 10:  # noqa: PLR2004  # as documented
        raise invalid("poll.question", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 300 in length.")
    if not all(1 <= len(one) <= 55 for one in answers):  # noqa: PLR2004  # as documented
        raise invalid("poll.answers.0.poll_media.text", "BASE_TYPE_MAX_LENGTH", "Must be 55 or fewer in length.")
    if not isinstance(hours, int) or not 1 <= hours <= 768:  # noqa: PLR2004  # as documented
        raise invalid("poll.duration", "NUMBER_TYPE_MAX", "int value should be less than or equal to 768.")


def _channel(world: World, webhook: Webhook, body: Values, thread_id: str | None) -> str:
    """Where the message goes."""
    named = str(body.get("thread_name") or "")
    if thread_id is not None:
        if named:
            raise Refusal(400, 220002, "Webhooks can only create threads in forum channels, and not inside a thread")
        if world.threads.get(thread_id, ("", ""))[0] != webhook.channel_id:
            raise Refusal(404, 10003, "Unknown Channel")
        return thread_id
    if webhook.is_forum and not named:
        raise Refusal(400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
    if named and not webhook.is_forum:
        raise Refusal(400, 220003, "Webhooks can only create threads in forum channels")
    return world.new_thread(webhook, named) if named else webhook.channel_id


def _found(request: web.Request) -> Message:
    webhook, world = webhook_of(request), world_of(request)
    message = world.messages.get(request.match_info["message"])
    place = request.query.get("thread_id", webhook.channel_id)
    if message is None or message.webhook is not webhook or message.channel_id != place:
        raise Refusal(404, 10008, "Unknown Message")
    return message


async def read(request: web.Request) -> web.Response:
    """`GET /webhooks/:id/:token/messages/:id`; `thread_id` when it is in a thread."""
    return web.json_response(show(_found(request), world_of(request), request))


async def edit(request: web.Request) -> web.Response:
    """`PATCH /webhooks/:id/:token/messages/:id`."""
    message = _found(request)
    body, _ = await _read(request, world_of(request))
    _check({"content": "x", **body}, message.files)
    message.content = str(body.get("content") or message.content)
    return web.json_response(show(message, world_of(request), request))


async def delete(request: web.Request) -> web.Response:
    """`DELETE /webhooks/:id/:token/messages/:id`."""
    del world_of(request).messages[_found(request).id]
    return web.Response(status=204)


async def describe(request: web.Request) -> web.Response:
    """`GET /webhooks/:id/:token`."""
    webhook, world = webhook_of(request), world_of(request)
    return web.json_response(
        {
            "id": webhook.id,
            "type": 1,
            "name": webhook.name,
            "avatar": None,
            "channel_id": webhook.channel_id,
            "guild_id": world.guild_id,
            "application_id": None,
            "token": webhook.token,
        }
    )


async def remove(request: web.Request) -> web.Response:
    """`DELETE /webhooks/:id/:token`."""
    webhook_of(request).deleted = True
    return web.Response(status=204)


def show(message: Message, world: World, request: web.Request) -> Values:
    """The message as the API shows it."""
    shown: Values = {
        "id": message.id,
        "type": 0,
        "channel_id": message.channel_id,
        "webhook_id": message.webhook.id,
        "content": message.content,
        "author": {"bot": True, "id": message.webhook.id, "username": message.username, "avatar": None},
        "attachments": [_attachment(file, request) for file in message.files],
        "embeds": as_list(message.body.get("embeds")),
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": None,
        "flags": message.body.get("flags", 0),
        "components": [],
    }
    if reactions := reactions_of(message, world):
        shown["reactions"] = [{"emoji": {"id": None, "name": one}, "count": n} for one, n in reactions.items()]
    if "poll" in message.body:
        poll = as_object(message.body["poll"])
        shown["poll"] = poll | {"expiry": datetime.now(UTC).isoformat(), "layout_type": 1}
    return shown


def _attachment(file: File, request: web.Request) -> Values:
    url = f"{request.scheme}://{request.host}/attachments/{file.id}/{file.name}"
    plain: Values = {"id": file.id, "filename": file.name, "size": len(file.content), "url": url, "proxy_url": url}
    return plain | {"content_type": file.mime_type} | ({"description": file.description} if file.description else {})
