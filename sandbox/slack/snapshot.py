"""The whole workspace as one person sees it, for the browser."""

from typing import Any

from sandbox.slack.deliver import Carrier
from sandbox.slack.settings import Json
from sandbox.slack.state import MOST_MESSAGES_SHOWN, Channel, File, Message, Person, View
from sandbox.slack.world import World

APP_COLOR = "0f6e66"


def people(world: World) -> list[Json]:
    """Everybody, for the switcher."""
    return [_person(one) for one in world.people.values()]


def snapshot(carrier: Carrier, person: Person) -> Json:
    """Everything a page shows."""
    world = carrier.world
    home = world.homes.get(person.id)
    return {
        "type": "state",
        "team": {"id": world.team_id, "name": world.team_name},
        "me": _person(person),
        "people": people(world),
        "app": _app(carrier),
        "channels": [
            _channel(world, one, person)
            for one in world.channels.values()
            if person.id in one.members and (one.kind == "channel" or world.installed)
        ],
        "home": {"view": home.payload, "id": home.id} if home else {"view": None, "id": None},
        "views": [_view(one) for one in world.modals[person.id]],
        "refusals": [
            {
                "id": one.id,
                "channel": one.channel,
                "at": one.at,
                "method": one.method,
                "error": one.error,
                "pointer": one.pointer,
                "text": one.text,
                "wire": one.wire,
            }
            for one in world.refusals
        ],
        "toasts": [
            {"id": one.id, "channel": one.channel, "text": one.text} for one in world.toasts if one.user == person.id
        ],
        "networks": [
            {
                "name": one.name,
                "title": one.title,
                "handle": one.handle,
                "condition": one.condition,
                "conditions": [{"id": key, "label": label} for key, label in one.conditions],
                "in_use": one.in_use,
                "open_url": one.open_url,
                "login": [{"label": label, "value": value} for label, value in one.login],
            }
            for one in world.settings.networks
        ],
        "happened": world.happened,
        "weather": world.weather.condition,
        "wire": [
            {
                "n": one.n,
                "at": one.at,
                "direction": one.direction,
                "method": one.method,
                "ms": one.ms,
                "ok": one.ok,
                "error": one.error,
                "refused": one.refused,
            }
            for one in world.wire
        ],
    }


def _person(one: Person) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "real_name": one.real_name,
        "initials": one.initials,
        "color": one.color,
        "tz": one.tz,
        "role": one.role,
    }


def _app(carrier: Carrier) -> Json:
    world = carrier.world
    manifest = world.manifest
    base = world.settings.app_url
    return {
        "installed": world.installed,
        "connected": carrier.connected,
        "mode": "socket" if manifest.socket_mode else "http",
        "name": manifest.bot_name,
        "bot_user_id": world.bot_user_id,
        "install_url": f"{base.rstrip('/')}/slack/install" if base else None,
        "commands": [
            {"command": one.command, "description": one.description, "usage_hint": one.usage_hint}
            for one in manifest.commands
        ],
        "shortcuts": [
            {"type": one.type, "callback_id": one.callback_id, "name": one.name} for one in manifest.shortcuts
        ],
    }


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "view": view.payload,
        "errors": view.errors,
        "banner": view.banner,
        "busy": view.busy,
    }


def _channel(world: World, channel: Channel, person: Person) -> Json:
    seen = [one for one in channel.messages if one.ephemeral_to in {None, person.id}]
    top = [one for one in seen if one.thread_ts is None or one.broadcast]
    read = channel.read.get(person.id, "")
    return {
        "id": channel.id,
        "name": world.manifest.bot_name if channel.kind == "im" else channel.name,
        "topic": channel.topic,
        "kind": channel.kind,
        "with": world.bot_user_id if channel.kind == "im" else None,
        "archived": channel.archived,
        "members": len(channel.members),
        "is_member": person.id in channel.members,
        "app_is_member": world.bot_user_id in channel.members,
        "unread": sum(one.ts > read and one.user != person.id for one in top),
        "messages": [message(world, one, seen) for one in top[-MOST_MESSAGES_SHOWN:]],
    }


def message(world: World, one: Message, seen: list[Message]) -> Json:
    """A message with its replies, out of those a person sees."""
    replies = [] if one.thread_ts else [reply for reply in seen if reply.thread_ts == one.ts]
    shown: Json = {
        "ts": one.ts,
        "channel": one.channel,
        "user": _author(world, one),
        "text": one.text,
        "blocks": one.blocks,
        "edited": one.edited is not None,
        "ephemeral": one.ephemeral_to is not None,
        "thread_ts": one.thread_ts,
        "broadcast": one.broadcast,
        "reply_count": len(replies),
        "replies": [message(world, reply, []) for reply in replies],
        "files": [show_file(world.files[file]) for file in one.files],
    }
    if one.attachments:
        shown["attachments_unsupported"] = True
    return shown


def show_file(file: File) -> Json:
    """A file as the page shows it; its address is open to the browser."""
    w, h = file.size or (None, None)
    shown: Json = {"id": file.id, "name": file.name, "mimetype": file.mimetype, "alt": file.alt, "w": w, "h": h}
    return shown | {"url": f"/_page/file/{file.id}"}


def _author(world: World, one: Message) -> Json:
    person = world.people.get(one.user)
    if person is None:
        name: Any = world.manifest.bot_name
        return {"id": one.user, "name": name, "initials": name[:1].upper(), "color": APP_COLOR, "is_app": True}
    name = person.real_name
    return {"id": person.id, "name": name, "initials": person.initials, "color": person.color, "is_app": False}
