"""A modal whose check takes long: what it shows meanwhile, and how it comes back with everything that was typed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers.slack.answers import Errors, Update, View, ViewAnswer
from handlers.slack.api import InTrouble
from handlers.slack.payload import Json, record, records

_KEPT = ("type", "title", "submit", "close", "callback_id", "private_metadata", "clear_on_close", "notify_on_close")
_LONGEST_TEXT = 3_000
_NOTICE = "checking"
_CHECKING = (
    "Checking… This takes a moment. You may close this; the answer also comes as a message. If nothing has come after a"
    " minute, submit it once more: nothing is done twice."
)
_PAUSES_S = (1.0, 4.0, 15.0, 60.0)
_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
}
"""What an input says it holds, and how it is built holding that. Files cannot be given back."""


async def shown(show: Callable[[], Awaitable[Json]]) -> Json:
    """Show something as soon as Slack takes it: somebody sits in front of it. Raises InTrouble in the end."""
    for pause_s in _PAUSES_S:
        try:
            return await show()
        except InTrouble:
            await asyncio.sleep(pause_s)
    return await show()


def checking(view: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The modal while the answer takes over 2 seconds, with all that was typed; `name` is its `external_id` then.

    A Herald that dies meanwhile leaves it like that: submitted again, or closed, it is taken up by the next one. Until
    then nothing in it can be pressed, for the answer comes into its place.
    """
    shown = with_values(view, {})
    blocks = [
        {key: value for key, value in block.items() if key != "dispatch_action"}
        for block in shown["blocks"]
        if block.get("type") != "actions"
    ]
    notice = {**_section(_CHECKING), "block_id": _NOTICE}
    return {**shown, "external_id": name, "title": _plain("Checking…"), "blocks": [notice, *blocks]}


def done() -> dict[str, Any]:
    """The modal after a late success: only the person can close it now."""
    return _notice("Done", "Done. You can close this.")


def refusal(sentence: str) -> dict[str, Any]:
    """A modal with nothing but a sentence."""
    return _notice("Not possible", sentence)


def with_values(view: Mapping[str, Any], sentences: Mapping[str, str]) -> dict[str, Any]:
    """The modal again, with what was typed and, above it, the sentences that were to stand at its inputs.

    Without its pictures: Slack tells them with more than it takes back.
    """
    state = record(record(view.get("state")).get("values"))
    blocks = [
        _filled(block, state)
        for block in records(view.get("blocks"))
        if block.get("type") != "image" and block.get("block_id") != _NOTICE
    ]
    if sentences:
        text = "\n".join(f"⚠️ {sentence}" for sentence in dict.fromkeys(sentences.values()))
        blocks.insert(0, _section(text))
    kept = {name: view[name] for name in _KEPT if view.get(name) is not None}
    if any(block.get("block_id") == _NOTICE for block in records(view.get("blocks"))):
        kept["title"] = _plain("Please look")
    return {**kept, "blocks": blocks}


def at_the_view(view: View, sentence: str, field: str | None) -> ViewAnswer:
    """Where the sentence is seen and nothing typed is lost: at the input it is about, else at the first one."""
    inputs = input_blocks(view)
    if not inputs:
        return Update(refusal(sentence))
    return Errors({field if field in inputs else inputs[0]: sentence})


def input_blocks(view: View) -> list[str]:
    """The block ids of the modal's inputs: where Slack can show an error."""
    return [str(block.get("block_id", "")) for block in records(view.get("blocks")) if block.get("type") == "input"]


def _filled(block: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    element = record(block.get("element"))
    if block.get("type") != "input" or not element:
        return dict(block)
    if element.get("type") == "file_input":  # what lay in it is not in the new one, which must not be taken for it
        return {**block, "block_id": f"{block.get('block_id')}+"}
    held = record(record(state.get(str(block.get("block_id")))).get(str(element.get("action_id"))))
    filled = {name: value for name, value in element.items() if not name.startswith("initial_")}
    for said, built in _INITIAL.items():
        if held.get(said):
            filled[built] = held[said]
    return {**block, "element": filled}


def _notice(title: str, text: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": _plain(title),
        "close": _plain("Close"),
        "blocks": [_section(text)],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _section(text: str) -> dict[str, Any]:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"type": "section", "text": {"type": "mrkdwn", "text": escaped[:_LONGEST_TEXT]}}
