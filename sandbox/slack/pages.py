"""The browser's door: the page and its files, the live snapshot, and everything a person can do."""

import asyncio
import json
import logging
import mimetypes
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from aiohttp import WSMsgType, web

from sandbox.slack import deeds
from sandbox.slack.deeds import Deed
from sandbox.slack.deliver import Carrier
from sandbox.slack.interactions import Refused
from sandbox.slack.reading import object_in
from sandbox.slack.settings import Json
from sandbox.slack.snapshot import message, people, snapshot
from sandbox.slack.webapi import WORLD
from sandbox.slack.world import World

FOLDER = Path(__file__).parent / "page"
PAUSE_S = 0.05
"""Between two snapshots: at most twenty a second."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "img-src 'self' data: blob: http://127.0.0.1:* http://localhost:*{}; base-uri 'none'; frame-ancestors 'none'"
)
"""Pictures may come from this machine and from the networks' origins; everything else from here alone."""
CARRIER = web.AppKey("carrier", Carrier)
DEEDS: dict[str, Callable[[Deed], Awaitable[Json]]] = {
    "message": deeds.message,
    "command": deeds.command,
    "shortcut": deeds.shortcut,
    "action": deeds.action,
    "submit": deeds.submit,
    "close": deeds.close,
    "options": deeds.options,
    "open": deeds.open_channel,
    "home": deeds.home,
    "network": deeds.network,
    "dismiss": deeds.dismiss,
    "weather": deeds.weather,
    "admin": deeds.admin,
}


def safe(world: World, response: web.StreamResponse) -> web.StreamResponse:
    """The headers every page and file of ours carries."""
    origins = {
        f" {parts.scheme}://{parts.netloc}" for one in world.settings.networks if (parts := _parts(one.open_url))
    }
    response.headers["Content-Security-Policy"] = POLICY.format("".join(sorted(origins)))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _parts(address: str) -> SplitResult | None:
    parts = urlsplit(address)
    return parts if re.fullmatch(r"[\w.:\[\]-]+", parts.netloc) else None


def routes() -> list[web.RouteDef]:
    """The routes of the browser."""
    return [
        web.get("/", _static),
        web.get("/page/{name:.+}", _static),
        web.get("/app_redirect", _app_redirect),
        web.get("/_page/people", _people),
        web.get("/_page/ws", _live),
        web.get("/_page/messages", _messages),
        web.get("/_page/wire/{n}", _wire),
        web.get("/_page/file/{id}", _file),
        web.post("/_page/upload", _upload),
        web.post("/_page/{deed}", _do),
    ]


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info.get("name", "index.html")
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER.resolve()) or not path.is_file():
        return safe(request.app[WORLD], web.Response(status=404, text="There is nothing here."))
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = await asyncio.to_thread(path.read_bytes)
    textual = kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml"))
    return safe(request.app[WORLD], web.Response(body=content, content_type=kind, charset="utf-8" if textual else None))


async def _app_redirect(request: web.Request) -> web.StreamResponse:
    """Slack's own way to an app: its Home. Source: https://docs.slack.dev/interactivity/deep-linking, 2026-11-21."""
    world = request.app[WORLD]
    if request.query.get("app") != world.app_id:
        return safe(world, web.Response(status=404, text="There is no such app here."))
    raise web.HTTPFound("/?tab=home")


async def _people(request: web.Request) -> web.StreamResponse:
    return safe(request.app[WORLD], web.json_response(people(request.app[WORLD])))


def _ours(request: web.Request) -> bool:
    """Whether no other site's page sent this, as a browser tells."""
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.host}"


async def _live(request: web.Request) -> web.StreamResponse:
    carrier = request.app[CARRIER]
    world = carrier.world
    person = world.people.get(request.query.get("as", ""))
    if person is None or not _ours(request):
        return web.json_response({"ok": False, "error": "There is nobody of this id."}, status=404)
    socket = web.WebSocketResponse(compress=False, heartbeat=20.0, timeout=1.0)
    await socket.prepare(request)
    watcher = asyncio.Event()
    watcher.set()
    world.watchers.add(watcher)

    async def show() -> None:
        while not socket.closed:
            await watcher.wait()
            watcher.clear()
            await socket.send_str(json.dumps(snapshot(carrier, person)))
            await asyncio.sleep(PAUSE_S)

    world.note(f"as:{person.name}")
    showing = asyncio.create_task(show())
    try:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
    finally:
        world.watchers.discard(watcher)
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
    return socket


async def _messages(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    channel = world.channels.get(request.query.get("channel", ""))
    if channel is None:
        return web.json_response({"ok": False, "error": "There is no such channel."}, status=404)
    shown = [message(world, one, []) for one in channel.messages]
    return web.json_response({"ok": True, "messages": shown})


async def _wire(request: web.Request) -> web.StreamResponse:
    number = request.match_info["n"]
    found = next((one for one in request.app[WORLD].wire if str(one.n) == number), None)
    if found is None:
        return web.json_response({"ok": False, "error": "This call is no longer kept."}, status=404)
    return web.json_response({"request": found.request, "response": found.response})


async def _file(request: web.Request) -> web.StreamResponse:
    file = request.app[WORLD].files.get(request.match_info["id"])
    if file is None:
        return web.Response(status=404)
    shown = file.mimetype if file.mimetype.startswith(("image/", "video/")) else "application/octet-stream"
    if file.mimetype == "image/svg+xml":
        shown = "application/octet-stream"
    return safe(request.app[WORLD], web.Response(body=file.content, content_type=shown))


async def _upload(request: web.Request) -> web.StreamResponse:
    if not _ours(request):
        return web.json_response({"ok": False, "error": "Another site's page asked for this."}, status=403)
    try:
        return web.json_response({"ok": True, "file": await deeds.upload(request.app[CARRIER], request)})
    except Refused as error:
        return web.json_response({"ok": False, "error": str(error)})


async def _do(request: web.Request) -> web.StreamResponse:
    deed = DEEDS.get(request.match_info["deed"])
    if deed is None:
        return web.json_response({"ok": False, "error": "There is no such deed."}, status=404)
    if not _ours(request) or request.content_type != "application/json":
        return web.json_response({"ok": False, "error": "JSON of this page's own is expected."}, status=403)
    try:
        body = object_in(await request.text())
    except json.JSONDecodeError:
        body = None
    if body is None:
        return web.json_response({"ok": False, "error": "The body is no JSON object."}, status=400)
    try:
        answer = await deed(Deed(carrier=request.app[CARRIER], given=body))
    except Refused as error:
        return web.json_response({"ok": False, "error": str(error)})
    except (KeyError, TypeError, ValueError):
        logging.getLogger(__name__).warning("a deed made no sense", exc_info=True)
        return web.json_response({"ok": False, "error": "This makes no sense here."}, status=400)
    return web.json_response({"ok": True} | answer)
