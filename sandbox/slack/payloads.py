"""What Slack tells the app when somebody does something. Source: docs.slack.dev/reference/interaction-payloads."""

import time

from sandbox.slack.manifest import Command, Shortcut
from sandbox.slack.settings import Json
from sandbox.slack.shapes import show_message, show_view, state_values
from sandbox.slack.state import Channel, Message, Person, View
from sandbox.slack.text import escaped
from sandbox.slack.world import World


def channel_name(channel: Channel) -> str:
    """A channel's name; a conversation with the app is called `directmessage`."""
    return "directmessage" if channel.kind == "im" else channel.name


def _who(world: World, person: Person) -> Json:
    return {
        "team": {"id": world.team_id, "domain": world.domain},
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": world.app_id,
        "token": world.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def slash_command(world: World, person: Person, channel: Channel, command: Command, text: str) -> Json:
    """A slash command; every value is text."""
    return {
        "token": world.verification_token,
        "team_id": world.team_id,
        "team_domain": world.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": command.command,
        "text": escaped(world, text, labels=True) if command.should_escape else text,
        "api_app_id": world.app_id,
        "is_enterprise_install": "false",
        "response_url": world.new_hook("commands", person.id, channel.id),
        "trigger_id": world.new_trigger(person.id),
    }


def shortcut(
    world: World, person: Person, chosen: Shortcut, channel: Channel | None = None, message: Message | None = None
) -> Json:
    """A global shortcut, or one on a message."""
    payload: Json = {
        "type": "shortcut" if message is None else "message_action",
        "callback_id": chosen.callback_id,
        "trigger_id": world.new_trigger(person.id),
        "action_ts": world.next_ts(),
        **_who(world, person),
    }
    if message is not None and channel is not None:
        payload |= {
            "message_ts": message.ts,
            "message": show_message(world, message),
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "response_url": world.new_hook("app", person.id, channel.id, thread_ts=message.thread_ts),
        }
    return payload


def message_action(world: World, person: Person, message: Message, action: Json, values: Json) -> Json:
    """Somebody used an element of a message."""
    channel = world.channels[message.channel]
    payload: Json = {
        "type": "block_actions",
        **_who(world, person),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        },
        "trigger_id": world.new_trigger(person.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": state_values({"blocks": message.blocks}, values)},
        "response_url": world.new_hook("actions", person.id, channel.id, message.ts, message.thread_ts),
        "actions": [action],
    }
    if message.thread_ts:
        payload["container"]["thread_ts"] = message.thread_ts
    if not message.ephemeral_to:
        payload["message"] = show_message(world, message)
    return payload


def view_action(world: World, person: Person, view: View, action: Json) -> Json:
    """Somebody used an element of a view."""
    modal = view if view.payload["type"] == "modal" else None
    return {
        "type": "block_actions",
        **_who(world, person),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.new_trigger(person.id, modal.id if modal else None),
        "view": show_view(world, view),
        "actions": [action],
    }


def submission(world: World, person: Person, view: View) -> Json:
    """Somebody pressed a modal's submit."""
    return {
        "type": "view_submission",
        **_who(world, person),
        "trigger_id": world.new_trigger(person.id, view.id),
        "view": show_view(world, view),
        "response_urls": [],
    }


def closed(world: World, person: Person, view: View, *, cleared: bool) -> Json:
    """Somebody closed a modal that asked to be told."""
    return {"type": "view_closed", **_who(world, person), "view": show_view(world, view), "is_cleared": cleared}


def suggestion(world: World, person: Person, place: View | Message, ids: tuple[str, str], typed: str) -> Json:
    """Somebody typed into an external select; `ids` are those of its block and of itself."""
    payload: Json = {
        "type": "block_suggestion",
        **_who(world, person),
        "block_id": ids[0],
        "action_id": ids[1],
        "value": typed,
    }
    if isinstance(place, View):
        return payload | {"container": {"type": "view", "view_id": place.id}, "view": show_view(world, place)}
    channel = world.channels[place.channel]
    return payload | {
        "container": {"type": "message", "message_ts": place.ts, "channel_id": channel.id},
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": show_message(world, place),
    }


def home_opened(world: World, person: Person, tab: str) -> Json:
    """Somebody opened the app's Home or its conversation."""
    channel = world.im_of(person.id)
    event: Json = {"type": "app_home_opened", "user": person.id, "channel": channel.id if channel else "", "tab": tab}
    view = world.homes.get(person.id)
    if view is not None and tab == "home":
        event["view"] = show_view(world, view)
    return event


def action_ts() -> str:
    """The moment of an action."""
    return f"{time.time():.6f}"
