"""Uploads: the app's in three steps, people's in one; and who may read them."""

import mimetypes
import struct
import time

from aiohttp import web

from sandbox.slack.errors import SlackError, missing_argument
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.shapes import show_file
from sandbox.slack.state import File, Message, new_id
from sandbox.slack.webapi import WORLD, Request, method
from sandbox.slack.world import World

MOST_BYTES = 10_000_000
"""Of one file in a modal. Source: docs.slack.dev/reference/block-kit/block-elements/file-input-element, 2026-11-21."""
MOST_ALT = 1000
MOST_CHANNELS = 100
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to Paperboat</h1></body></html>"


def new_file(world: World, name: str, content: bytes, user: str, alt: str = "") -> File:
    """A finished upload of a person, processed before it is sent."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(id=new_id("F"), name=name, title=name, mimetype=kind, content=content, user=user, alt=alt)
    file.completed, file.size = time.time() - world.settings.file_ready_s, picture_size(content)
    world.files[file.id] = file
    return file


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:  # noqa: PLR2004  # as long as its first chunk
        return struct.unpack(">II", content[16:24])
    if content.startswith(b"GIF8") and len(content) >= 10:  # noqa: PLR2004
        return struct.unpack("<HH", content[6:10])
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004  # each segment's first byte
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004  # a frame's header
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


@method("files.info", "files:read", tier=4)
async def file_info(call: Request) -> Json:
    """One file."""
    file = call.world.files.get(call.text("file", needed=True))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": show_file(call.world, file), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.getUploadURLExternal", "files:write", tier=4)
async def get_upload_url(call: Request) -> Json:
    """Where the app may put the bytes of a file."""
    world = call.world
    name, length = call.text("filename", needed=True), call.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
    alt = call.text("alt_txt")
    if len(alt) > MOST_ALT:
        raise SlackError("alt_txt_too_large")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(id=new_id("F"), name=name, title=name, mimetype=kind, content=b"", user=world.bot_user_id, alt=alt)
    file.expected_bytes = length
    world.files[file.id] = file
    return {"upload_url": f"{world.url}/upload/v1/{file.id}", "file_id": file.id}


async def receive(request: web.Request) -> web.Response:
    """The bytes of a file, raw or as a form's file."""
    file = request.app[WORLD].files.get(request.match_info["id"])
    if file is None or file.completed:
        return web.Response(status=404)
    if request.content_type == "multipart/form-data":
        given = next((one for one in (await request.post()).values() if isinstance(one, web.FileField)), None)
        content = given.file.read() if given else b""
    else:
        content = await request.read()
    if len(content) != file.expected_bytes:
        return web.Response(status=400, text=f"{len(content)} bytes came, {file.expected_bytes} were announced")
    file.content, file.size = content, picture_size(content)
    return web.Response(text=f"OK - {len(content)}")


@method("files.completeUploadExternal", "files:write", tier=4)
async def complete(call: Request) -> Json:
    """Finish uploads and share them."""
    world = call.world
    wanted = [mapping(one) for one in listing(call.json("files"))]
    if not wanted:
        raise missing_argument("files")
    files = [_uploaded(world, one) for one in wanted]
    ids = [one for one in (call.text("channels") or call.text("channel_id")).split(",") if one]
    if len(ids) > MOST_CHANNELS:
        raise SlackError("invalid_arguments", [f"[ERROR] must be at most {MOST_CHANNELS} [json-pointer:/channels]"])
    places = [world.channels.get(one) for one in ids]
    for place in places:
        if place is None:
            raise SlackError("channel_not_found")
        if place.archived or world.bot_user_id not in place.members:
            raise SlackError("is_archived" if place.archived else "not_in_channel", channel=place.id)
    for file, one in zip(files, wanted, strict=True):
        file.title, file.completed = str(one.get("title") or file.name), time.time()
    for place in places:
        if place is not None:
            _share(call, place.id, files)
    return {"files": [show_file(world, one) for one in files]}


def _uploaded(world: World, one: Json) -> File:
    file = world.files.get(str(one.get("id")))
    if file is None or file.completed or not file.content:
        raise SlackError("file_not_found")
    return file


def _share(call: Request, channel: str, files: list[File]) -> None:
    world = call.world
    ts = world.next_ts()
    for file in files:
        file.shares[channel] = ts
    world.post(
        Message(
            ts=ts,
            channel=channel,
            user=world.bot_user_id,
            bot_id=world.bot_id,
            text=call.text("initial_comment"),
            thread_ts=call.text("thread_ts") or None,
            files=[one.id for one in files],
        )
    )


async def read(request: web.Request) -> web.Response:
    """A file's bytes, for a bot token with files:read; anybody else meets the sign-in page, with status 200."""
    world = request.app[WORLD]
    file = world.files.get(request.match_info["id"])
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = world.tokens.get(value.strip()) if kind.lower() == "bearer" else None
    started = time.monotonic()
    if token is None or token.dead or "files:read" not in token.scopes or file is None:
        world.log("to_slack", "file_download", started, {"file": request.path}, "login page", error="not_allowed")
        return web.Response(text=LOGIN_PAGE, content_type="text/html")
    world.log("to_slack", "file_download", started, {"file": request.path}, f"{len(file.content)} bytes")
    return web.Response(body=file.content, content_type=file.mimetype)
