"""Our people, messages, views and files as Slack's JSON, and JSON from the app made whole."""

import copy
import secrets
import string
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.state import Channel, File, Message, Person, View
from sandbox.slack.world import World

INTERACTIVE = frozenset(
    {
        "button",
        "checkboxes",
        "radio_buttons",
        "overflow",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
        *(
            f"{many}{source}_select"
            for many in ("", "multi_")
            for source in ("static", "external", "users", "conversations", "channels")
        ),
    }
)
INITIAL = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", ""),
}
"""Each element that keeps a value: the value's name in a state, and what it begins with."""


def elements(blocks: object) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it stands in, those inside cards and containers too."""
    for block in map(mapping, listing(blocks)):
        inside = [block.get("accessory"), block.get("element")]
        inside += listing(block.get("elements")) + listing(block.get("actions"))
        for one in map(mapping, inside):
            if one.get("type") in INTERACTIVE:
                yield block, one
        yield from elements(_inner(block))


def _inner(block: Json) -> list[Any]:
    return listing(block.get("elements" if block.get("type") == "carousel" else "child_blocks"))


def _name(blocks: object) -> None:
    for block in map(mapping, listing(blocks)):
        block.setdefault("block_id", _short())
        _name(_inner(block))


def filled(blocks: list[Json] | None) -> list[Json] | None:
    """A copy of blocks with the block ids and action ids that Slack adds by itself."""
    mine = copy.deepcopy(blocks)
    _name(mine)
    for _, element in elements(mine):
        element.setdefault("action_id", _short())
    return mine


def _short() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(5))


def state_values(payload: Json, given: Json) -> dict[str, dict[str, Json]]:
    """The state of a view or message: what was entered, else what each element begins with."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in elements(payload.get("blocks")):
        kind = str(element["type"])
        if kind not in INITIAL:
            continue
        name, initial = INITIAL[kind]
        block_id, action_id = str(block["block_id"]), str(element["action_id"])
        entered = mapping(given.get(block_id)).get(action_id)
        empty: Any = [] if name in {"selected_options", "files"} or name.endswith("s") else None
        state: Json = {"type": kind, name: element.get(initial, empty)}
        if entered is not None:
            value = mapping(entered).get(name, empty)
            state[name] = None if value == "" else value
        if kind == "timepicker" and element.get("timezone"):
            state["timezone"] = element["timezone"]
        values.setdefault(block_id, {})[action_id] = state
    return values


def show_user(world: World, person: Person) -> Json:
    """A user object. Source: docs.slack.dev/reference/objects/user-object, 2026-11-21."""
    here = person.team_id == world.team_id
    guest = person.role == "guest"
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "color": person.color,
        "tz": person.tz,
        "tz_label": str(ZoneInfo(person.tz)).replace("_", " "),
        "tz_offset": person.tz_offset_s(),
        "profile": {
            "real_name": person.real_name,
            "display_name": person.real_name.partition(" ")[0],
            "real_name_normalized": person.real_name,
            "display_name_normalized": person.real_name.partition(" ")[0],
            "team": person.team_id,
        },
        "is_admin": person.role == "admin",
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": guest,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": int(time.time()) - 86400,
        "who_can_share_contact_card": "EVERYONE",
    }
    if not here:
        shown["is_stranger"] = True
        for name in ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted"):
            del shown[name]
    return shown


def show_bot_user(world: World) -> Json:
    """The app's own user."""
    return {
        "id": world.bot_user_id,
        "team_id": world.team_id,
        "name": world.manifest.bot_name.lower(),
        "real_name": world.manifest.bot_name,
        "deleted": not world.installed,
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Time",
        "tz_offset": -28800,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": True,
        "is_app_user": False,
        "profile": {"bot_id": world.bot_id, "api_app_id": world.app_id, "real_name": world.manifest.bot_name},
    }


def show_channel(world: World, channel: Channel) -> Json:
    """A conversation object as the app sees it."""
    if channel.kind == "im":
        return {"id": channel.id, "is_im": True, "user": channel.with_user, "is_archived": False, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "is_member": world.bot_user_id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "context_team_id": world.team_id,
    }


def show_message(world: World, message: Message) -> Json:
    """A message object."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shown["team"] = world.people[message.user].team_id if message.user in world.people else world.team_id
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": world.app_id, "bot_profile": show_bot(world)}
    blocks = message.blocks if message.blocks is not None or message.bot_id else _typed(message.text)
    if blocks:
        shown["blocks"] = blocks
    for name, value in (
        ("thread_ts", message.thread_ts),
        ("metadata", message.metadata),
        ("attachments", message.attachments),
    ):
        if value:
            shown[name] = value
    if message.files:
        shown["files"] = [show_file(world, world.files[one]) for one in message.files]
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.edited}
    if message.broadcast:
        shown["subtype"] = "thread_broadcast"
    return shown


def _typed(text: str) -> list[Json]:
    section: Json = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}] if text else []


def show_bot(world: World) -> Json:
    """A bot object."""
    return {
        "id": world.bot_id,
        "deleted": not world.installed,
        "name": world.manifest.bot_name,
        "updated": 0,
        "app_id": world.app_id,
        "user_id": world.bot_user_id,
        "team_id": world.team_id,
        "icons": {},
    }


def show_file(world: World, file: File) -> Json:
    """A file object; its private address wants a bot token with files:read. Its kind shows once it is processed."""
    ready = time.time() >= file.completed + world.settings.file_ready_s
    ending = file.name.rpartition(".")[2].lower() if ready else ""
    name = quote(file.name, safe="")
    shown: Json = {
        "id": file.id,
        "created": int(file.completed),
        "timestamp": int(file.completed),
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype if ready else "",
        "filetype": ending,
        "pretty_type": ending.upper(),
        "user": file.user,
        "user_team": world.team_id,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(file.shares),
        "alt_txt": file.alt,
        "url_private": f"{world.url}/files-pri/{world.team_id}-{file.id}/{name}",
        "url_private_download": f"{world.url}/files-pri/{world.team_id}-{file.id}/download/{name}",
        "permalink": f"{world.url}/files/{file.user}/{file.id}/{name}",
        "channels": list(file.shares),
        "shares": {"public": {channel: [{"ts": ts}] for channel, ts in file.shares.items()}} if ready else {},
    }
    if file.size and ready:
        shown |= {"original_w": file.size[0], "original_h": file.size[1]}
    return shown


def view_values(world: World, view: View) -> dict[str, dict[str, Json]]:
    """A view's state, with its uploads as file objects; only the person's own ones count."""
    values = state_values(view.payload, view.values)
    for block in values.values():
        for state in block.values():
            if state["type"] == "file_input":
                ids = [str(mapping(one).get("id", one)) for one in listing(state["files"])]
                mine = [world.files[one] for one in ids if one in world.files and world.files[one].user == view.user]
                state["files"] = [show_file(world, one) for one in mine]
    return values


def show_view(world: World, view: View) -> Json:
    """A view object as in answers and payloads."""
    given = view.payload
    shown: Json = {
        "id": view.id,
        "team_id": world.team_id,
        "type": given["type"],
        "blocks": given["blocks"],
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": given.get("callback_id", ""),
        "state": {"values": view_values(world, view)},
        "hash": view.hash,
        "clear_on_close": bool(given.get("clear_on_close")),
        "notify_on_close": bool(given.get("notify_on_close")),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": world.app_id,
        "external_id": view.external_id,
        "app_installed_team_id": world.team_id,
        "bot_id": world.bot_id,
    }
    for name in ("title", "close", "submit"):
        shown[name] = given.get(name)
    return shown
