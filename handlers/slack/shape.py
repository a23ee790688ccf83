"""Whether what Slack sent has the shape it always has. What has not is acknowledged and left alone.

Bolt reads payloads without looking: a list where it expects an object is a KeyError in it, and a 500 for Slack.
"""

from collections.abc import Mapping
from typing import Any, cast

from handlers.slack.payload import Json

_TEXTS = frozenset(
    {
        "action_id",
        "api_app_id",
        "block_id",
        "callback_id",
        "channel_id",
        "command",
        "context_enterprise_id",
        "context_team_id",
        "enterprise_id",
        "event_id",
        "hash",
        "id",
        "message_ts",
        "private_metadata",
        "response_url",
        "root_view_id",
        "team_id",
        "text",
        "trigger_id",
        "ts",
        "type",
        "user_id",
        "value",
    }
)
_OBJECTS = frozenset({"view", "container", "message", "event", "state", "values"})
_EITHER = frozenset({"user", "channel", "team", "enterprise"})
_LISTS = frozenset({"actions", "authorizations", "blocks", "files", "response_urls"})
_FLAGS = frozenset({"is_enterprise_install", "is_cleared"})
_READ_INSIDE = frozenset({"user", "channel", "team", "enterprise", "view", "container", "event", "state"})
"""Where Bolt and the listeners look further. Messages are other people's, and of many shapes."""


def fits(body: object) -> bool:
    """Whether Bolt and the listeners may read it."""
    if not isinstance(body, Mapping):
        return False
    given = cast("Json", body)
    return _fits(given) and _has_actions(given) and _has_types(given)


def _has_types(body: Json) -> bool:
    """A view always says which kind it is, and what calls itself an event has one."""
    view: object = body.get("view")
    typed = not isinstance(view, dict) or "type" in view
    return typed and body.get("event", ()) is not None


def _has_actions(body: Json) -> bool:
    """A press has at least one action, and every action a name."""
    if body.get("type") != "block_actions":
        return True
    actions: object = body.get("actions")
    if not isinstance(actions, list) or not actions:
        return False
    return all(isinstance(cast("Json", one).get("action_id"), str) for one in cast("list[object]", actions))


def _fits(part: Json) -> bool:
    return all(_fit(name, value) for name, value in part.items() if value is not None)


def _fit(name: object, value: Any) -> bool:  # noqa: ANN401  # any JSON
    if name in _TEXTS:
        return isinstance(value, str) and _is_text(value)
    if name in _FLAGS:
        return isinstance(value, bool | str)
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, dict) for one in cast("list[object]", value))
    if name in _EITHER and isinstance(value, str):
        return _is_text(value)
    if name in _EITHER or name in _OBJECTS:
        return isinstance(value, dict) and (name not in _READ_INSIDE or _fits(cast("Json", value)))
    return True


def _is_text(value: str) -> bool:
    """Whether it can be written anywhere; JSON may hold half a character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
