"""Somebody at the stand-in Slack: types, fills, presses and reads, as the page does it."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.slack.app import Workspace
from sandbox.slack.snapshot import snapshot

Json = dict[str, Any]

PATIENCE_S = 40.0


@dataclass(slots=True, kw_only=True)
class Actor:
    """One person of the workspace with a browser of their own."""

    workspace: Workspace
    http: aiohttp.ClientSession
    user_id: str
    typed: dict[tuple[str, str, str], Json] = field(default_factory=dict[tuple[str, str, str], Json])

    # --- Reading -----------------------------------------------------------------------------------------------------

    def state(self) -> Json:
        """Everything this person sees."""
        person = self.workspace.world.people[self.user_id]
        return json.loads(json.dumps(snapshot(self.workspace.carrier, person), default=str))

    def channel(self, name: str) -> Json:
        """A channel with its messages; "herald" is the direct conversation with the app."""
        for channel in self.state()["channels"]:
            if (name == "herald" and channel["kind"] == "im") or channel["name"] == name:
                return channel
        raise AssertionError(f"{self.user_id} sees no channel {name}")

    def messages(self, name: str) -> list[Json]:
        """The messages of a channel, oldest first."""
        return self.channel(name)["messages"]

    def modal(self) -> Json | None:
        """The modal on top: `view`, `errors`, `id`, `hash`."""
        views = self.state()["views"]
        return views[-1] if views else None

    def home(self) -> Json | None:
        """What the app shows on Home."""
        return self.state()["home"]["view"]

    async def until(self, seen: Callable[[], Any], what: str = "", *, within_s: float = PATIENCE_S) -> Any:  # noqa: ANN401  # whatever is looked for
        """Wait until this is there, and give it. Raises AssertionError when that takes too long."""
        end = asyncio.get_running_loop().time() + within_s
        while True:
            found = seen()
            if found:
                return found
            if asyncio.get_running_loop().time() > end:
                shown = json.dumps(self.state()["views"] or [said(m) for m in self._all()[-6:]], indent=1)[:4_000]
                refusals = [(one["error"], one["text"]) for one in self.state()["refusals"]]
                raise AssertionError(f"never seen: {what or seen}; refused: {refusals}; last seen: {shown}")
            await asyncio.sleep(0.02)

    def _all(self) -> list[Json]:
        return sorted((m for c in self.state()["channels"] for m in c["messages"]), key=lambda m: m["ts"])

    async def sees(self, channel: str, *words: str, count: int = 1) -> Json:
        """The newest message of a channel that has all these words, once there are `count` of them."""

        def found() -> Json | None:
            fits = [m for m in self.messages(channel) if all(word in said(m) for word in words)]
            return fits[-1] if len(fits) >= count else None

        return await self.until(found, f"{words} in {channel}")

    async def sees_modal(self, *words: str) -> Json:
        """The modal on top, once it has all these words."""

        def found() -> Json | None:
            modal = self.modal()
            return modal if modal is not None and all(word in said_in(modal["view"]) for word in words) else None

        return await self.until(found, f"modal with {words}")

    # --- Doing -------------------------------------------------------------------------------------------------------

    async def do(self, deed: str, **given: object) -> Json:
        """One deed of the page."""
        async with self.http.post(f"{self.workspace.url}/_page/{deed}", json={"as": self.user_id, **given}) as answer:
            return dict(await answer.json())

    async def command(self, command: str, text: str = "", *, channel: str = "juniper-social") -> None:
        """Type a slash command."""
        answer = await self.do("command", channel=self.channel(channel)["id"], command=command, text=text)
        assert answer["ok"], answer

    def fill(self, block_id: str, state: Json) -> None:
        """Put something into an input of the modal on top; `state` is Slack's own form of it."""
        modal = self.modal()
        assert modal is not None
        block = self._block(modal, block_id)
        element = block.get("element") or block.get("accessory") or block["elements"][0]
        self.typed[modal["id"], block["block_id"], element["action_id"]] = {"type": element["type"], **state}

    @staticmethod
    def _block(modal: Json, name: str) -> Json:
        """The block of this id, or the one whose id begins so: ids grow an end when the app renews an input."""
        for block in modal["view"]["blocks"]:
            if str(block.get("block_id", "")).partition(":")[0] == name or block.get("block_id") == name:
                return block
        raise AssertionError(f"no block {name} in {[b.get('block_id') for b in modal['view']['blocks']]}")

    def fill_text(self, block_id: str, text: str) -> None:
        """Type into a text input."""
        self.fill(block_id, {"value": text})

    def choose(self, block_id: str, *labels: str) -> None:
        """Choose options by what they say."""
        modal = self.modal()
        assert modal is not None
        block = self._block(modal, block_id)
        element = block.get("element") or block["accessory"]
        chosen = [o for o in _options(element) if any(label in o["text"]["text"] for label in labels)]
        assert len(chosen) == len(labels), [o["text"]["text"] for o in _options(element)]
        several = element["type"].startswith("multi_") or element["type"] == "checkboxes"
        self.fill(block_id, {"selected_options": chosen} if several else {"selected_option": chosen[0]})

    def values(self) -> Json:
        """The modal's inputs as Slack would send them: what was typed, else what the view began with."""
        modal = self.modal()
        assert modal is not None
        values: Json = {}
        for block in modal["view"]["blocks"]:
            for element in _inputs(block):
                typed = self.typed.get((modal["id"], block["block_id"], element["action_id"]))
                values.setdefault(block["block_id"], {})[element["action_id"]] = typed or _initial(element)
        return values

    async def act(self, block_id: str) -> None:
        """Tell the app of an input that dispatches, as it now stands."""
        modal = self.modal()
        assert modal is not None
        values, named = self.values(), self._block(modal, block_id)["block_id"]
        action_id, state = next(iter(values[named].items()))
        answer = await self.do(
            "action", view_id=modal["id"], block_id=named, action_id=action_id, state=state, values=values
        )
        assert answer["ok"], answer

    async def submit(self) -> Json:
        """Press the modal's submit, and give what the page is told."""
        modal = self.modal()
        assert modal is not None
        return await self.do("submit", view_id=modal["id"], values=self.values())

    async def close(self, *, everything: bool = False) -> None:
        """Close the modal."""
        modal = self.modal()
        assert modal is not None
        await self.do("close", view_id=modal["id"], values=self.values(), all=everything)

    async def press(self, message: Json, label: str) -> Json:
        """Press a message's button, or choose a line of its menu, by what it says."""
        for block, element, option in _pressables(message["blocks"] or []):
            text = (option or element)["text"]["text"]
            if text == label:
                return await self.do(
                    "action",
                    message={"channel": message["channel"], "ts": message["ts"]},
                    block_id=block["block_id"],
                    action_id=element["action_id"],
                    state={"type": element["type"], "value": element.get("value")}
                    if option is None
                    else {"type": element["type"], "selected_option": option},
                )
        raise AssertionError(f"no {label!r} in {buttons(message)}")

    async def press_in_modal(self, label: str, *, beside: str = "") -> None:
        """Press a button of the modal on top: the first that stands beside these words."""
        modal = self.modal()
        assert modal is not None
        blocks = [block for block in modal["view"]["blocks"] if beside in said_in(block)]
        await self._press_in(modal["id"], {"blocks": blocks}, label, self.values())

    async def press_at_home(self, label: str) -> None:
        """Press a button of Home."""
        home = self.state()["home"]
        await self._press_in(home["id"], home["view"], label, {})

    async def _press_in(self, view_id: str, view: Json, label: str, values: Json) -> None:
        for block, element, option in _pressables(view["blocks"]):
            text = (option or element)["text"]["text"]
            if text == label:
                state = {"value": element.get("value")} if option is None else {"selected_option": option}
                answer = await self.do(
                    "action",
                    view_id=view_id,
                    block_id=block["block_id"],
                    action_id=element["action_id"],
                    state={"type": element["type"], **state},
                    values=values,
                )
                assert answer["ok"], answer
                return
        raise AssertionError(f"no {label!r} there")


def said(message: Mapping[str, Any]) -> str:
    """All words of a message."""
    return f"{message.get('text') or ''} {said_in({'blocks': message.get('blocks') or []})}"


def said_in(value: object) -> str:
    """All texts in blocks, one after the other."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return " ".join(own + [said_in(inner) for name, inner in value.items() if name not in {"value", "action_id"}])
    if isinstance(value, list):
        return " ".join(said_in(inner) for inner in value)
    return ""


def buttons(message: Mapping[str, Any]) -> list[str]:
    """What the buttons of a message say, menus left out."""
    return [e["text"]["text"] for _, e, option in _pressables(message["blocks"] or []) if option is None]


def menu(message: Mapping[str, Any]) -> list[str]:
    """What the lines of a message's menus say."""
    return [option["text"]["text"] for _, _, option in _pressables(message["blocks"] or []) if option is not None]


def _pressables(blocks: list[Json]) -> Iterator[tuple[Json, Json, Json | None]]:
    for block in blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if block.get("accessory") else [])]
        for element in elements:
            if element.get("type") == "button":
                yield block, element, None
            elif element.get("type") == "overflow":
                for option in element["options"]:
                    yield block, element, option


def _inputs(block: Json) -> list[Json]:
    if block["type"] == "input":
        return [block["element"]]
    return []


def _options(element: Json) -> list[Json]:
    if "options" in element:
        return element["options"]
    return [option for group in element.get("option_groups", []) for option in group["options"]]


_FORMS = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_conversation": "selected_conversation",
    "initial_users": "selected_users",
}


def _initial(element: Json) -> Json:
    return {"type": element["type"]} | {to: element[name] for name, to in _FORMS.items() if name in element}
