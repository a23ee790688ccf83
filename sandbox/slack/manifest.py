"""The app as its manifest describes it: commands, shortcuts, scopes, events and how it is reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.slack.reading import mapping
from sandbox.slack.settings import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A global or message shortcut."""

    type: str
    callback_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What Slack knows of an app before it ever ran."""

    name: str
    bot_name: str
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    events: frozenset[str]
    redirect_urls: tuple[str, ...]
    socket_mode: bool
    home_tab: bool
    messages_tab: bool


BUILT_IN: Json = {
    "display_information": {"name": "Herald"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Herald", "always_online": True},
        "shortcuts": [
            {
                "name": "New post",
                "type": "global",
                "callback_id": "compose",
                "description": "Write and schedule a post",
            },
            {
                "name": "Schedule as post",
                "type": "message",
                "callback_id": "compose_from_message",
                "description": "Start a post from this message",
            },
        ],
        "slash_commands": [
            {
                "command": "/post",
                "description": "Write a post",
                "usage_hint": '"text" to accounts when',
                "should_escape": True,
            },
            {
                "command": "/social",
                "description": "See, decide and set up",
                "usage_hint": "queue | approve | accounts | report | hold | why | help",
                "should_escape": True,
            },
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": ["commands", "chat:write", "users:read", "files:write", "files:read"],
            "bot_optional": ["chat:write.public", "usergroups:read"],
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_uninstalled", "tokens_revoked", "user_change"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}
"""Used when no manifest is given."""


def load(source: Path | Mapping[str, Any] | None) -> Manifest:
    """Read a manifest. Raises ValueError saying what is wrong with it."""
    if source is None:
        return read(BUILT_IN)
    if isinstance(source, Path):
        text = source.read_text(encoding="utf-8")
        return read(json.loads(text) if source.suffix == ".json" else _yaml(text))
    return read(source)


def _yaml(text: str) -> Json:
    import yaml  # noqa: PLC0415  # only who gives a YAML manifest needs the library

    return mapping(yaml.safe_load(text))


def read(content: Mapping[str, Any]) -> Manifest:
    """A manifest from its parsed form. Raises ValueError where Slack's schema is broken."""
    features, settings = mapping(content.get("features")), mapping(content.get("settings"))
    oauth, home = mapping(content.get("oauth_config")), mapping(features.get("app_home"))
    scopes = mapping(oauth.get("scopes"))
    name = str(mapping(content.get("display_information")).get("name") or "")
    if not name:
        raise ValueError("The manifest gives the app no name")
    return Manifest(
        name=name,
        bot_name=str(mapping(features.get("bot_user")).get("display_name", name)),
        commands=tuple(_command(one) for one in features.get("slash_commands") or ()),
        shortcuts=tuple(_shortcut(one) for one in features.get("shortcuts") or ()),
        scopes=tuple(scopes.get("bot") or ()),
        optional_scopes=tuple(scopes.get("bot_optional") or ()),
        events=frozenset(mapping(settings.get("event_subscriptions")).get("bot_events") or ()),
        redirect_urls=tuple(oauth.get("redirect_urls") or ()),
        socket_mode=bool(settings.get("socket_mode_enabled")),
        home_tab=bool(home.get("home_tab_enabled")),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
    )


MOST_COMMAND = 32
MOST_SHORTCUT_NAME = 24
MOST_CALLBACK_ID = 255


def _command(one: Json) -> Command:
    name = str(one["command"])
    if not name.startswith("/") or not 1 < len(name) <= MOST_COMMAND or " " in name:
        raise ValueError(f"The manifest's command {name!r} is no slash command of 2 to {MOST_COMMAND} characters")
    return Command(
        command=name,
        description=str(one.get("description", "")),
        usage_hint=str(one.get("usage_hint") or ""),
        should_escape=bool(one.get("should_escape")),
    )


def _shortcut(one: Json) -> Shortcut:
    shortcut = Shortcut(type=str(one["type"]), callback_id=str(one["callback_id"]), name=str(one["name"]))
    if shortcut.type not in {"global", "message"}:
        raise ValueError(f"The manifest's shortcut {shortcut.name!r} is neither global nor message")
    if len(shortcut.name) > MOST_SHORTCUT_NAME or len(shortcut.callback_id) > MOST_CALLBACK_ID:
        raise ValueError(f"The manifest's shortcut {shortcut.name!r} is longer than Slack takes")
    return shortcut
