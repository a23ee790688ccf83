"""response_url: five answers within half an hour to where something was typed or pressed."""

import json
import time

from aiohttp import web

from sandbox.slack.checks import check_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.reading import object_in
from sandbox.slack.settings import Json
from sandbox.slack.shapes import filled
from sandbox.slack.state import Hook, Message
from sandbox.slack.webapi import WORLD
from sandbox.slack.world import World


async def answer(request: web.Request) -> web.Response:
    """Take a message for a response_url. Source: docs.slack.dev/interactivity/handling-user-interaction."""
    world, started = request.app[WORLD], time.monotonic()
    key = request.path.lstrip("/")
    raw = await request.text()
    hook = world.hooks.get(key)
    given: Json = {}
    try:
        _storm(world)
        given = _read(raw)
        _use(world, hook, given)
    except SlackError as error:
        refused = error.error != "service_unavailable"
        call = world.log("to_slack", "response_url", started, given, error.answer(), error=error.error, refused=refused)
        if refused:
            world.refuse(call, hook.channel if hook else None, tuple(error.messages))
        return web.json_response(error.answer(), status=error.status if error.status != 200 else 404)  # noqa: PLR2004
    world.log("to_slack", "response_url", started, given, "ok")
    return web.Response(text="ok")


def _storm(world: World) -> None:
    if world.weather.strikes("response_url") and world.weather.condition in {"down", "rate_limited"}:
        raise SlackError("service_unavailable", status=503)


def _read(raw: str) -> Json:
    try:
        body = object_in(raw)
    except json.JSONDecodeError:
        body = None
    if body is None:
        raise SlackError("invalid_payload", status=400)
    return body


def _use(world: World, hook: Hook | None, given: Json) -> None:
    if hook is None or time.monotonic() > hook.until:
        raise SlackError("expired_url")
    if hook.left <= 0:
        raise SlackError("used_url")
    hook.left -= 1
    channel = world.channels[hook.channel]
    original = channel.message(hook.message) if hook.message else None
    if given.get("delete_original"):
        if original is not None:
            channel.messages.remove(original)
            world.changed()
        return
    blocks = filled(check_blocks(world, given.get("blocks")))
    text = str(given.get("text") or "")
    if not text and not blocks:
        raise SlackError("no_text", status=500)
    if given.get("replace_original") and original is not None:
        original.text, original.blocks = text, blocks
        if not original.ephemeral_to:
            original.edited = world.next_ts()
        world.changed()
        return
    _post(world, hook, given, text, blocks)


def _post(world: World, hook: Hook, given: Json, text: str, blocks: list[Json] | None) -> None:
    aloud = given.get("response_type") == "in_channel"
    thread = given.get("thread_ts")
    message = Message(
        ts=world.next_ts(),
        channel=hook.channel,
        user=world.bot_user_id,
        bot_id=world.bot_id,
        text=text,
        blocks=blocks,
        ephemeral_to=None if aloud else hook.user,
        thread_ts=str(thread) if thread else None,
    )
    world.post(message)
