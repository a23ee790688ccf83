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
_OBJECTS = frozenset({"enterprise", "view", "container", "message", "event", "state", "values", "bot_profile"})
_EITHER = frozenset({"user", "channel", "team", "app_installed_team_id"})
_LISTS = frozenset({"actions", "authorizations", "blocks", "files", "response_urls"})
_FLAGS = frozenset({"is_enterprise_install", "is_cleared"})
_DEEPEST = 2
"""As deep as Bolt looks: the body, what stands in it, and what stands in that."""


def fits(body: object) -> bool:
    """Whether Bolt and the listeners may read it."""
    if not isinstance(body, Mapping):
        return False
    given = cast("Json", body)
    return _fits(given, 0) and _has_actions(given) and given.get("event", ()) is not None


def _has_actions(body: Json) -> bool:
    """A press has at least one action, and every action a name."""
    if body.get("type") != "block_actions":
        return True
    actions: object = body.get("actions")
    if not isinstance(actions, list) or not actions:
        return False
    return all(isinstance(cast("Json", one).get("action_id"), str) for one in cast("list[object]", actions))


def _fits(part: Json, depth: int) -> bool:
    return all(_fit(name, value, depth) for name, value in part.items() if value is not None)


def _fit(name: object, value: Any, depth: int) -> bool:  # noqa: ANN401, PLR0911  # any JSON; a table of names
    if name in _TEXTS and not isinstance(value, str):
        return False
    if name in _FLAGS and not isinstance(value, bool | str):
        return False
    if name in _EITHER and not isinstance(value, str | dict):
        return False
    if name == "team" and depth:  # a message names its team by its id
        return isinstance(value, str | dict)
    if name in _OBJECTS:
        return isinstance(value, dict) and (depth >= _DEEPEST or _fits(cast("Json", value), depth + 1))
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, dict) for one in cast("list[object]", value))
    return not isinstance(value, dict) or depth >= _DEEPEST or _fits(cast("Json", value), depth + 1)
