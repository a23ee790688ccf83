"""Reading what Slack sends: every step answers with something empty where the payload has something else."""

from collections.abc import Mapping
from typing import Any, cast

Json = Mapping[str, Any]


def record(value: object) -> Json:
    """An object; empty if it is none."""
    return cast("Json", value) if isinstance(value, dict) else {}


def records(value: object) -> list[Json]:
    """The objects in a list; empty if it is none."""
    return [record(one) for one in cast("list[object]", value)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A string that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def user_of(body: Json) -> str:
    """Who did it; empty if nobody did."""
    said: object = body.get("user") or body.get("user_id") or record(body.get("event")).get("user")
    return text(record(said).get("id")) or text(said) or ""


def channel_of(body: Json) -> str | None:
    """The channel in which it happened."""
    for place in (body.get("channel"), body.get("channel_id"), body.get("container"), body.get("event")):
        named = record(place)
        found = text(place) or text(named.get("id")) or text(named.get("channel_id")) or text(named.get("channel"))
        if found is not None:
            return found
    return None


def names_in(body: Json) -> list[str]:
    """What was pressed, typed or sent, by its name in handlers/slack/names.py; never what people wrote."""
    names = [body.get("command"), body.get("callback_id"), record(body.get("view")).get("callback_id")]
    names += [action.get("action_id") for action in records(body.get("actions"))]
    names.append(record(body.get("event")).get("type"))
    return [name for name in names if isinstance(name, str)]
