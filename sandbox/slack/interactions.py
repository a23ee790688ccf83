"""What a person does, from the press of a key to the app's answer: commands, shortcuts, actions, options."""

import time
from dataclasses import dataclass
from typing import Any, cast

from sandbox.slack import payloads
from sandbox.slack.blocks import problems
from sandbox.slack.checks import check_blocks, told
from sandbox.slack.deliver import Carrier
from sandbox.slack.errors import SlackError
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.shapes import elements, filled
from sandbox.slack.state import Channel, Message, Person, View
from sandbox.slack.world import World

TAKEN = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
}
INVITE = "/invite"
CHOSEN_FROM = frozenset({"static_select", "radio_buttons", "overflow", "checkboxes", "multi_static_select"})


class Refused(Exception):
    """Slack's own client would not let a person do this."""


def invite(world: World, person: Person, channel: Channel, text: str) -> None:
    """Slack's own `/invite @App`. Raises Refused."""
    name = world.manifest.name
    if text.strip().lstrip("@").casefold() != name.casefold() or not world.installed or channel.kind == "im":
        world.toast(person.id, channel.id, f"Only {name} can be invited here: {INVITE} @{name}")
        raise Refused(f"only {name} can be invited")
    if world.bot_user_id not in channel.members:
        channel.members.add(world.bot_user_id)
        text = f"added an integration to this channel: {name}"
        world.post(Message(ts=world.next_ts(), channel=channel.id, user=person.id, text=text))
    world.note(f"invited:{channel.name}")


async def command(carrier: Carrier, person: Person, channel: Channel, name: str, text: str) -> None:
    """Type a slash command. Raises Refused for one that does not exist here."""
    world = carrier.world
    if name == INVITE:
        invite(world, person, channel, text)
        return
    known = next((one for one in world.manifest.commands if one.command == name), None)
    if known is None or not world.installed or person.role == "outsider":
        world.toast(person.id, channel.id, f"{name} is not a valid command. Type / for the list.")
        raise Refused(f"{name} is not a valid command")
    payload = payloads.slash_command(world, person, channel, known, text)
    world.note(f"command:{name}")  # first: what the app does about it may be seen here before its acknowledgement
    outcome = await carrier.hand("slash_commands", f"command:{name}", payload)
    if outcome.error:
        world.toast(person.id, channel.id, f"{name} failed: {outcome.why}")
        return
    if outcome.body:
        reply(world, outcome.body, person, channel, typed=f"{name} {text}".strip())


def reply(world: World, body: Any, person: Person, channel: Channel, typed: str = "") -> None:  # noqa: ANN401  # any JSON
    """The message in a command's acknowledgement; what Slack would refuse of it is shown."""
    given = mapping(body) or {"text": str(body)}
    try:
        blocks = check_blocks(world, given.get("blocks"))
        text = str(given.get("text") or "")
        if not text and not blocks:
            return
    except SlackError as error:
        show_refusal(world, "command_response", given, error, channel.id)
        return
    aloud = given.get("response_type") == "in_channel"
    if aloud and typed:
        world.post(Message(ts=world.next_ts(), channel=channel.id, user=person.id, text=typed))
    world.post(
        Message(
            ts=world.next_ts(),
            channel=channel.id,
            user=world.bot_user_id,
            bot_id=world.bot_id,
            text=text,
            blocks=filled(blocks),
            ephemeral_to=None if aloud else person.id,
        )
    )


def show_refusal(world: World, method: str, given: Any, error: SlackError, channel: str | None) -> None:  # noqa: ANN401  # any JSON
    """Log and show what Slack would have refused of an answer."""
    call = world.log("to_slack", method, time.monotonic(), given, error.answer(), error=error.error, refused=True)
    world.refuse(call, channel, tuple(error.messages))


async def shortcut(carrier: Carrier, person: Person, callback_id: str, message: Message | None) -> None:
    """Choose a shortcut. Raises Refused for one that does not exist."""
    world = carrier.world
    kind = "global" if message is None else "message"
    found = (one for one in world.manifest.shortcuts if one.callback_id == callback_id and one.type == kind)
    chosen = next(found, None)
    if chosen is None or not world.installed or person.role == "outsider":
        raise Refused(f"There is no {kind} shortcut {callback_id}")
    channel = world.channels[message.channel] if message else None
    payload = payloads.shortcut(world, person, chosen, channel, message)
    outcome = await carrier.hand("interactive", f"shortcut:{callback_id}", payload)
    if outcome.error:
        world.toast(person.id, channel.id if channel else None, f"{chosen.name} failed: {outcome.why}")
        return
    world.note(f"shortcut:{callback_id}")


def find_element(blocks: list[Json] | None, block_id: str, action_id: str) -> tuple[Json, Json]:
    """An element by its ids. Raises Refused when it is not there (any more)."""
    for block, element in elements(blocks):
        if block["block_id"] == block_id and element["action_id"] == action_id:
            return block, element
    raise Refused(f"There is no element {action_id} in a block {block_id}")


def taken_action(element: Json, block_id: str, state: Json) -> Json:
    """The `actions[]` entry of an element a person used. Raises Refused for what its widget cannot give."""
    kind = str(element["type"])
    action: Json = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": payloads.action_ts(),
    }
    for copied in ("placeholder", "confirm", "timezone"):
        if copied in element and kind not in {"button", "plain_text_input"}:
            action[copied] = element[copied]
    if kind == "button":
        action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        return action
    name = TAKEN.get(kind)
    if name is None:
        raise Refused(f"A {kind} cannot be used like this")
    value = state.get(name)
    if kind in CHOSEN_FROM:
        value = _offered(element, value)
    if value is None and name.endswith("s"):
        value = []
    return action | {name: value}


def _offered(element: Json, value: Any) -> Any:  # noqa: ANN401  # an option, a list of them, or None
    options: list[Json] = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        options += group["options"]
    known = {str(one.get("value")): one for one in options}
    if isinstance(value, list):
        return [_option(known, one) for one in listing(cast("Any", value))]
    return None if value is None else _option(known, value)


def _option(known: dict[str, Json], given: object) -> Json:
    value = mapping(given).get("value")
    option = known.get(str(value))
    if option is None:
        raise Refused(f"There is no option {value!r} here")
    return option


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Somebody uses an element: where, which, what it is set to, and the state of everything beside it."""

    person: Person
    place: View | Message
    block_id: str
    action_id: str
    state: Json
    values: Json

    def element(self) -> tuple[Json, Json]:
        """The block and the element. Raises Refused when it is not there (any more)."""
        blocks = self.place.payload.get("blocks") if isinstance(self.place, View) else self.place.blocks
        return find_element(blocks, self.block_id, self.action_id)


async def act(carrier: Carrier, press: Press) -> None:
    """Use an element of a message, a modal or a Home. Raises Refused."""
    world, place, person = carrier.world, press.place, press.person
    block, element = press.element()
    action = taken_action(element, press.block_id, press.state)
    if isinstance(place, View):
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise Refused(f"The input {press.block_id} does not dispatch actions")
        place.values = _with(press, action)
        payload = payloads.view_action(world, person, place, action)
    else:
        payload = payloads.message_action(world, person, place, action, _with(press, action))
    outcome = await carrier.hand("interactive", f"action:{press.action_id}", payload)
    if outcome.error is None:
        if isinstance(place, View):
            place.banner = None
        world.note(f"action:{press.action_id}")
    elif isinstance(place, View):
        failed(world, person, place, outcome.why)
    else:
        world.toast(person.id, place.channel, f"That did not work: {outcome.why}")


def _with(press: Press, action: Json) -> Json:
    """The state of everything, with what was just chosen in it."""
    if action["type"] in {"button", "overflow"}:
        return press.values
    name = TAKEN[str(action["type"])]
    entered = {"type": action["type"], name: action[name]}
    beside = mapping(press.values.get(press.block_id))
    return {**press.values, press.block_id: {**beside, press.action_id: entered}}


def failed(world: World, person: Person, view: View, why: str) -> None:
    """Say in the view that the app failed; what was typed stays."""
    if view.payload["type"] == "modal":
        view.banner = f"{why[0].upper()}{why[1:]}. Your input is kept."
        world.changed()
    else:
        world.toast(person.id, None, f"That did not work: {why}")


def _unfit(offered: dict[str, list[Any]]) -> list[str]:
    """What is wrong with the options an app offers; none at all are fine."""
    if len(offered) != 1:
        return ["[ERROR] needs either options or option_groups"]
    if not any(offered.values()):
        return []
    label = {"type": "plain_text", "text": "x"}
    block = {"type": "input", "label": label, "element": {"type": "static_select", **offered}}
    return told(problems("modal", {"type": "modal", "title": label, "submit": label, "blocks": [block]}))


async def options(carrier: Carrier, press: Press, typed: str) -> Json:
    """What an external select offers for what was typed. Raises Refused."""
    world = carrier.world
    _, element = press.element()
    if element["type"] not in {"external_select", "multi_external_select"}:
        raise Refused(f"A {element['type']} does not ask the app for its options")
    payload = payloads.suggestion(world, press.person, press.place, (press.block_id, press.action_id), typed)
    outcome = await carrier.hand("interactive", f"options:{press.action_id}", payload)
    if outcome.error:
        raise Refused(outcome.why)
    body = mapping(outcome.body)
    offered = {name: listing(body[name]) for name in ("options", "option_groups") if body.get(name) is not None}
    if fault := _unfit(offered):
        error = SlackError("invalid_options", fault)
        channel = None if isinstance(press.place, View) else press.place.channel
        show_refusal(world, f"options:{press.action_id}", body, error, channel)
        raise Refused("the app's options were refused")
    return offered
