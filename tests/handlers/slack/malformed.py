"""What Slack never sends: payloads with parts missing, of the wrong kind, huge, or of somebody else."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from handlers.slack import names
from handlers.slack.app import Desk

Json = dict[str, Any]
Path = tuple[str | int, ...]

HUGE = "🦊" * 30_000
junk = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            1e308,
            10**30,
            "",
            "\0",
            "\ud800",
            "null",
            "__proto__",
            HUGE,
            [],
            {},
            [None],
            [[]],
            {"": None},
        ]
    ),
    st.text(max_size=20),
    st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3),
)

_TYPED: Json = {
    "text": {"text": {"type": "plain_text_input", "value": "Hello"}},
    "accounts": {"accounts": {"type": "multi_static_select", "selected_options": [{"value": "account_1"}]}},
    "when": {"when": {"type": "radio_buttons", "selected_option": {"value": "at"}}},
    "date": {"date": {"type": "datepicker", "selected_date": "2026-13-45"}},
    "time": {"time": {"type": "timepicker", "selected_time": "25:00"}},
    "zone": {"zone": {"type": "external_select", "selected_option": {"value": "Mars/Olympus"}}},
    "brand": {"brand": {"type": "static_select", "selected_option": {"value": "brand_of_others"}}},
    "files": {"files": {"type": "file_input", "files": [{"id": "F1", "url_private_download": "file:///etc/passwd"}]}},
    "link:item_1": {"link:item_1": {"type": "url_text_input", "value": "javascript:alert(1)"}},
    "name": {"name": {"type": "plain_text_input", "value": ""}},
    "channel": {"channel": {"type": "conversations_select", "selected_conversation": "C1"}},
    "managers": {"managers": {"type": "multi_users_select", "selected_users": ["U1"]}},
}


def payloads(desk: Desk, team_id: str, user_id: str, channel_id: str, values: list[str]) -> Iterator[tuple[str, Json]]:
    """One of each kind that is listened to, about things of others, before anything is wrong with it."""
    who: Json = {
        "team": {"id": team_id, "domain": "x"},
        "user": {"id": user_id, "team_id": team_id, "name": "x"},
        "api_app_id": "A1",
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": "1.2.3",
        "response_url": "http://127.0.0.1:1/none",
    }
    channel = {"id": channel_id, "name": "x"}
    for command in sorted(desk.commands):
        for text in ("", "queue", "why 8F2K1Z", f"cancel {values[0]}", '"a" to nobody tomorrow 9am', HUGE):
            ids = {"team_id": team_id, "user_id": user_id, "channel_id": channel_id}
            yield "slash_commands", {"command": command, "text": text, **ids, "trigger_id": "1.2.3"}
    for callback_id in sorted(desk.shortcuts):
        yield "interactive", {**who, "type": "shortcut", "callback_id": callback_id}
        message = {"type": "message", "text": "Hi", "ts": "1.2", "files": [{"id": "F1"}], "blocks": []}
        at = {"channel": channel, "message": message, "message_ts": "1.2"}
        yield "interactive", {**who, "type": "message_action", "callback_id": callback_id, **at}
    view: Json = {
        "id": "V1",
        "type": "modal",
        "team_id": team_id,
        "hash": "1.x",
        "root_view_id": "V1",
        "private_metadata": '{"composition": "cmp_1"}',
        "blocks": [{"type": "input", "block_id": name, "element": {"action_id": name}} for name in _TYPED],
        "state": {"values": _TYPED},
    }
    for value in (*values, "", ":", "post_cancel:"):
        for action_id in sorted(str(one) for one in desk.actions if isinstance(one, str)):
            action = {"type": "button", "block_id": "b", "action_id": action_id, "value": value, "action_ts": value}
            chosen = {"text": {"type": "plain_text", "text": "x"}, "value": f"{names.CANCEL}:{value}"}
            action |= {"selected_option": chosen}
            place = {
                "container": {"type": "message", "message_ts": "1.2", "channel_id": channel_id},
                "channel": channel,
            }
            yield "interactive", {**who, "type": "block_actions", "actions": [action], **place}
            in_view = {"container": {"type": "view", "view_id": "V1"}, "view": {**view, "callback_id": names.COMPOSER}}
            yield "interactive", {**who, "type": "block_actions", "actions": [action], **in_view}
    for action_id in sorted(desk.options):
        asked = {"action_id": action_id, "block_id": action_id, "value": "eur", "view": view}
        yield "interactive", {**who, "type": "block_suggestion", **asked}
    for callback_id in sorted(desk.views):
        for kind in ("view_submission", "view_closed"):
            for metadata in (*values, "{}", '{"composition": 1}', HUGE):
                shown = {**view, "callback_id": callback_id, "private_metadata": metadata}
                yield "interactive", {**who, "type": kind, "view": shown, "is_cleared": True}
    for kind in sorted(desk.events - {"app_uninstalled", "tokens_revoked"}):
        event = {"type": kind, "user": user_id, "channel": channel_id, "tab": "home", "view": view}
        yield "events_api", {"type": "event_callback", "team_id": team_id, "event": event, "event_id": f"Ev{kind}"}


def paths(value: Any, here: Path = ()) -> Iterator[Path]:  # noqa: ANN401  # any JSON
    """The way to every part of a payload."""
    if here:
        yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        yield from paths(part, (*here, name))


@st.composite
def broken(draw: st.DrawFn, given: list[tuple[str, Json]]) -> tuple[str, Json]:
    """One of these with up to three parts gone or replaced."""
    kind, payload = draw(st.sampled_from(given))
    payload = copy.deepcopy(payload)
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(list(paths(payload)) or [()]))
        if way:
            _damage(payload, way, draw(st.none() | st.tuples(junk)))
    return kind, payload


def _damage(payload: Any, way: Path, new: tuple[Any] | None) -> None:  # noqa: ANN401  # any JSON
    """Put this there; None: take it out."""
    for step in way[:-1]:
        payload = payload[step]
    if new is None:
        del payload[way[-1]]
    else:
        payload[way[-1]] = new[0]
