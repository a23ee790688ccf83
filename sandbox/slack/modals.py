"""Submitting and closing a modal, and what the app answers to it."""

import re
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.checks import check_view
from sandbox.slack.deliver import Carrier
from sandbox.slack.errors import SlackError
from sandbox.slack.interactions import Refused, failed, show_refusal
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.shapes import INITIAL, state_values, view_values
from sandbox.slack.state import Person, View
from sandbox.slack.webapi_views import DEEPEST, change, make
from sandbox.slack.world import World

MOST_FILES = 10
MOST_TYPED = 3000
PATTERNS = {
    "url_text_input": (r"https?://\S+$", "Please enter a valid URL."),
    "email_text_input": (r"[^@\s]+@[^@\s]+$", "Please enter a valid email address."),
}
REQUIRED = "Please complete this required field."


async def submit(carrier: Carrier, person: Person, view: View, values: Json) -> None:
    """Press submit on the top modal; the stack then shows what the app answered. Raises Refused."""
    world = carrier.world
    stack = world.modals[person.id]
    if not stack or stack[-1] is not view:
        raise Refused("Only the modal on top can be submitted")
    if view.busy:
        raise Refused("This modal is being submitted")
    view.values = values
    view.banner, view.errors = None, incomplete(view.payload, values)
    if view.errors:
        world.note(_of("view_errors", view))
        return
    view.busy = True
    world.changed()
    payload = payloads.submission(world, person, view)
    payload["response_urls"] = _response_urls(world, person, view)
    name = f"view_submission:{view.payload.get('callback_id', '')}"
    try:
        outcome = await carrier.hand("interactive", name, payload)
    finally:
        view.busy = False
        world.changed()
    if outcome.error:
        failed(world, person, view, outcome.why)
        return
    try:
        _answered(world, person, view, outcome.body)
    except SlackError as error:
        show_refusal(world, name, outcome.body, error, None)
        failed(world, person, view, f"Slack would refuse the app's answer: {error.error}")


def _response_urls(world: World, person: Person, view: View) -> list[Json]:
    urls: list[Json] = []
    for block in view.payload["blocks"]:
        element: Json = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        name = INITIAL[element["type"]][0]
        state = view_values(world, view)[block["block_id"]][element["action_id"]]
        chosen = state.get(name)
        if isinstance(chosen, str) and chosen in world.channels:
            url = world.new_hook("app", person.id, chosen)
            ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
            urls.append({**ids, "channel_id": chosen, "response_url": url})
    return urls


def incomplete(payload: Json, values: Json) -> dict[str, str]:
    """What Slack's own client finds missing or too long before it asks the app, by block id."""
    errors: dict[str, str] = {}
    for block in payload["blocks"]:
        if block["type"] != "input":
            continue
        element: Json = block["element"]
        name = INITIAL[element["type"]][0]
        state = state_values({"blocks": [block]}, values)[block["block_id"]][element["action_id"]]
        value = state.get(name)
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block["block_id"]] = REQUIRED
        elif fault := _unfit(element, value):
            errors[block["block_id"]] = fault
    return errors


def _unfit(element: Json, value: Any) -> str:  # noqa: ANN401  # any JSON
    kind = element["type"]
    if kind == "file_input":
        most = int(element.get("max_files", MOST_FILES))
        return f"Please upload at most {most} files." if len(listing(value)) > most else ""
    text = value if isinstance(value, str) else ""
    if kind == "plain_text_input":
        least, most = int(element.get("min_length", 0)), int(element.get("max_length", MOST_TYPED))
        if len(text) > most:
            return f"Please enter at most {most} characters."
        return f"Please enter at least {least} characters." if len(text) < least else ""
    if kind == "number_input":
        return _no_number(element, text)
    pattern, fault = PATTERNS.get(kind, ("", ""))
    return "" if re.match(pattern, text) else fault


def _no_number(element: Json, value: str) -> str:
    pattern = r"-?\d+(\.\d+)?$" if element.get("is_decimal_allowed") else r"-?\d+$"
    if not re.match(pattern, value):
        return "Please enter a valid number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return ""


def _of(what: str, view: View) -> str:
    """What happened to which modal, by the name the app gave it."""
    return f"{what}:{view.payload.get('callback_id', '')}"


def _answered(world: World, person: Person, view: View, body: Any) -> None:  # noqa: ANN401  # any JSON
    stack = world.modals[person.id]
    answer = mapping(body)
    match answer.get("response_action"):
        case None:
            _remove(stack, view)
            world.note(_of("view_submitted", view))
        case "clear":
            stack.clear()
            world.note(_of("view_submitted", view))
        case "errors":
            view.errors = _errors(view, answer.get("errors"))
            world.note(_of("view_errors", view))
        case "update":
            change(world, view, check_view(world, answer.get("view"), "modal"))
            world.note("view_updated")
        case "push":
            payload = check_view(world, answer.get("view"), "modal")
            if len(stack) >= DEEPEST:
                raise SlackError("push_limit_reached")
            stack.append(make(world, person.id, payload, view))
            world.note("view_pushed")
        case other:
            raise SlackError("invalid_response_action", [f"[ERROR] unknown response_action {other!r}"])


def _remove(stack: list[View], view: View) -> None:
    if view in stack:
        stack.remove(view)


def _errors(view: View, given: Any) -> dict[str, str]:  # noqa: ANN401  # any JSON
    """Errors by block id. Raises when one points at no input block of this view: Slack shows none of them then."""
    inputs = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    errors = mapping(given)
    if not errors:
        raise SlackError("invalid_errors", ["[ERROR] must map block ids to texts [json-pointer:/errors]"])
    for block_id, text in errors.items():
        if block_id not in inputs:
            raise SlackError("invalid_errors", [f"[ERROR] no such input block [json-pointer:/errors/{block_id}]"])
        if not isinstance(text, str) or not text:
            raise SlackError("invalid_errors", [f"[ERROR] must be a text [json-pointer:/errors/{block_id}]"])
    return errors


async def close(carrier: Carrier, person: Person, view: View, values: Json, *, everything: bool) -> None:
    """Close the top modal, or with `everything` the whole stack; tell the app where a view asked for it."""
    world = carrier.world
    stack = world.modals[person.id]
    view.values = values
    cleared = everything or bool(view.payload.get("clear_on_close"))
    gone = list(reversed(stack)) if cleared else [view]
    for one in gone:
        _remove(stack, one)
    world.changed()
    for one in gone:
        if one.payload.get("notify_on_close"):
            payload = payloads.closed(world, person, one, cleared=cleared)
            name = f"view_closed:{one.payload.get('callback_id', '')}"
            world.later(carrier.hand("interactive", name, payload))
