"""A stand-in Slack whose people do many things at once, and how long Herald took to acknowledge each.

Run as `python -m benchmarks.crowd http|socket APP_URL`. The first line of its output says where it is. It obeys lines
of JSON: `{"do": "stand", "count": n}` puts messages into the brand's channel and answers with their ts, `{"do": "open",
"count": n}` has composers opened, `{"do": "load", "at": s, "seconds": s, "rate": n, "posts": [ids]}` is the load, and
`{"do": "spoken"}` counts what Herald asked of Slack. The end of its input ends it.
"""

import asyncio
import copy
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.slack import app, interactions, payloads
from sandbox.slack.app import Workspace
from sandbox.slack.deliver import Outcome
from sandbox.slack.reading import mapping
from sandbox.slack.settings import Json, Settings
from sandbox.slack.state import Channel, Message, Person, View, Weather, new_id

CHANNEL = "juniper-social"
_ROOT = Path(__file__).resolve().parents[1]
_MANIFESTS = {"http": _ROOT / "docs/manifest.http.yml", "socket": _ROOT / "manifest.yml"}
_OPENED_WITHIN_S = 20.0
_TEXT = "What people type while they think about it, letter by letter. "


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Who does things, and what they have open."""

    workspace: Workspace
    typing: View | None = None
    """The composer somebody types in."""
    filled: list[View] = field(default_factory=list[View])
    """Composers that are submitted, one each time."""
    posts: Sequence[str] = ()
    standing: list[Message] = field(default_factory=list[Message])

    @property
    def channel(self) -> Channel:
        """The brand's."""
        return self.workspace.world.channel_named(CHANNEL)

    @property
    def maya(self) -> Person:
        """Who does it."""
        return self.workspace.world.person_named("maya")

    # --- Before the load ---------------------------------------------------------------------------------------------

    def stand(self, count: int) -> list[str]:
        """Messages of the app that stand in the channel, to be changed later."""
        world = self.workspace.world
        for _ in range(count):
            message = Message(
                ts=world.next_ts(), channel=self.channel.id, user=world.bot_user_id, bot_id=world.bot_id, text="A card"
            )
            self.channel.messages.append(message)
            self.standing.append(message)
        return [message.ts for message in self.standing]

    async def open(self, count: int) -> None:
        """Open that many composers, fill all but the last in, and keep that one for typing."""
        for _ in range(count):
            self.filled.append(_filled_in(await self._composer()))
        self.typing = await self._composer()
        self.workspace.world.modals[self.maya.id] = [self.typing]

    async def _composer(self) -> View:
        world, carrier = self.workspace.world, self.workspace.carrier
        world.modals[self.maya.id] = []
        await interactions.command(carrier, self.maya, self.channel, "/post", "")
        async with asyncio.timeout(_OPENED_WITHIN_S):
            while not any(view.payload.get("callback_id") == "composer" for view in world.modals[self.maya.id]):  # noqa: ASYNC110  # what the stand-in shows
                await asyncio.sleep(0.01)
        return world.modals[self.maya.id].pop()

    # --- The load ----------------------------------------------------------------------------------------------------

    async def load(self, at_s: float, seconds: float, rate: float) -> list[Json]:
        """One thing after the other at its moment, whether or not the ones before are acknowledged."""
        deeds = (self._line, self._queue, self._keystroke, self._button, self._submit, self._home)
        tasks: list[asyncio.Task[Json]] = []
        for number in range(round(seconds * rate)):
            await asyncio.sleep(at_s + number / rate - time.time())
            tasks.append(asyncio.create_task(_timed(deeds[number % len(deeds)], number)))
        return list(await asyncio.gather(*tasks))

    async def _command(self, name: str, text: str) -> Outcome:
        world = self.workspace.world
        known = next(one for one in world.manifest.commands if one.command == name)
        payload = payloads.slash_command(world, self.maya, self.channel, known, text)
        return await self.workspace.carrier.hand("slash_commands", name, payload)

    async def _interact(self, name: str, payload: Json) -> Outcome:
        return await self.workspace.carrier.hand("interactive", name, payload)

    async def _line(self, number: int) -> Outcome:
        return await self._command("/post", f'"Line {number}" to juniper-3 tomorrow 9am')

    async def _queue(self, _number: int) -> Outcome:
        return await self._command("/social", "queue")

    async def _keystroke(self, number: int) -> Outcome:
        view = self.typing
        assert view is not None  # noqa: S101  # opened before
        action: Json = {
            "type": "plain_text_input",
            "block_id": _block(view, "text"),
            "action_id": "text",
            "action_ts": payloads.action_ts(),
            "value": _TEXT[: 1 + number % len(_TEXT)],
        }
        view.values[action["block_id"]] = {"text": {"type": "plain_text_input", "value": action["value"]}}
        payload = payloads.view_action(self.workspace.world, self.maya, view, action)
        return await self._interact("keystroke", payload)

    async def _button(self, number: int) -> Outcome:
        action: Json = {
            "type": "button",
            "block_id": "card",
            "action_id": "post_why",
            "action_ts": payloads.action_ts(),
            "value": f"{self.posts[number % len(self.posts)]}:1",
        }
        message = self.standing[number % len(self.standing)]
        payload = payloads.message_action(self.workspace.world, self.maya, message, action, {})
        return await self._interact("button", payload)

    async def _submit(self, _number: int) -> Outcome:
        payload = payloads.submission(self.workspace.world, self.maya, self.filled.pop())
        return await self._interact("submit", payload)

    async def _home(self, _number: int) -> Outcome:
        world = self.workspace.world
        event = {**payloads.home_opened(world, self.maya, "home"), "event_ts": world.next_ts()}
        payload: Json = {
            "team_id": world.team_id,
            "api_app_id": world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(time.time()),
        }
        return await self.workspace.carrier.hand("events_api", "home", payload)

    def spoken(self) -> dict[str, int]:
        """How often Herald called what, refusals apart."""
        calls = [one for one in self.workspace.world.wire if one.direction == "to_slack"]
        return dict(Counter(f"{one.method}{f' {one.error}' if one.error else ''}" for one in calls))


_NOT_DONE = {"errors", "update"}
"""An update asks something, or says that it takes long."""


async def _timed(deed: Callable[[int], Awaitable[Outcome]], number: int) -> Json:
    at_s, started_s = time.time(), time.perf_counter()
    outcome = await deed(number)
    took_s = time.perf_counter() - started_s
    body = mapping(outcome.body)
    refused = body.get("response_action") in _NOT_DONE
    return {
        "deed": deed.__name__.strip("_"),
        "at_s": at_s,
        "took_s": took_s,
        "error": outcome.error or (json.dumps(body)[:300] if refused else None),
    }


def _block(view: View, name: str) -> str:
    """The id of the block that holds this input; ids grow an end when the app renews an input."""
    ids = [str(block.get("block_id", "")) for block in view.payload["blocks"]]
    return next(one for one in ids if one.partition(":")[0] == name)


def _filled_in(view: View) -> View:
    """Everything that a post needs: a text, and the first account."""
    view = copy.deepcopy(view)
    element = next(block for block in view.payload["blocks"] if block.get("block_id") == _block(view, "accounts"))
    options = element["element"].get("options") or element["element"]["option_groups"][0]["options"]
    view.values[_block(view, "accounts")] = {
        "accounts": {"type": element["element"]["type"], "selected_options": options[:1]}
    }
    view.values[_block(view, "text")] = {"text": {"type": "plain_text_input", "value": f"From composer {view.id}"}}
    return view


async def serve(mode: str, app_url: str) -> None:
    """Obey until the standard input ends."""
    async with app.running(Settings(manifest=_MANIFESTS[mode], app_url=app_url)) as workspace:
        crowd = Crowd(workspace=workspace)
        where = {
            "api_url": workspace.api_url,
            "bot_token": workspace.bot_token,
            "app_token": workspace.app_token,
            "signing_secret": workspace.signing_secret,
            "channel": workspace.channels[CHANNEL],
        }
        print(json.dumps(where), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _obey(crowd, json.loads(line))), flush=True)


async def _obey(crowd: Crowd, told: Json) -> object:
    match told["do"]:
        case "stand":
            return crowd.stand(told["count"])
        case "open":
            while not crowd.workspace.carrier.connected:  # noqa: ASYNC110  # what the stand-in knows
                await asyncio.sleep(0.05)
            await crowd.open(told["count"])
            return None
        case "load":
            crowd.posts = told["posts"]
            return await crowd.load(told["at"], told["seconds"], told["rate"])
        case "weather":
            crowd.workspace.world.weather = Weather(condition=told["condition"])
            return None
        case _:
            return crowd.spoken()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
