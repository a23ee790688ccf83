"""The workspace itself: who is there, what was said, what the app may do, and who wants to know when it changes."""

import asyncio
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Coroutine
from typing import Any, Literal, Protocol, cast

from sandbox.slack import manifest as manifests
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json, Settings
from sandbox.slack.state import (
    Call,
    Channel,
    File,
    Grant,
    Hook,
    Message,
    Person,
    Shown,
    Toast,
    Token,
    Trigger,
    View,
    Weather,
    new_id,
)

MOST_WIRE = 200
MOST_FACTS = 1000
MOST_REFUSALS = 50
MINUTE_S = 60.0
SECRET = re.compile(r"(xox[bpae]|xapp|xoxe\.xoxb)-[\w-]{4,}")


def masked(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """The same JSON with every token and secret made unreadable."""
    if isinstance(value, str):
        return SECRET.sub(lambda found: found[1] + "-•••", value)
    if isinstance(value, dict):
        pairs = mapping(cast("Any", value)).items()
        return {key: "•••" if key in {"client_secret", "code", "token"} and one else masked(one) for key, one in pairs}
    if isinstance(value, list):
        return [masked(one) for one in listing(cast("Any", value))]
    return value


class EventCarrier(Protocol):
    """Who takes events to the app."""

    async def tell_event(self, event: Json, /) -> None:
        """Deliver an event, again and again if need be."""
        ...


class World:
    """Everything the stand-in knows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.manifest = manifests.load(settings.manifest)
        self.url = ""
        self.team_id = new_id("T")
        self.other_team_id = new_id("T")
        self.team_name = "Paperboat"
        self.domain = "paperboat"
        self.app_id = new_id("A")
        self.client_id = f"{secrets.randbelow(10**12):012}.{secrets.randbelow(10**13):013}"
        self.client_secret = secrets.token_hex(16)
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_urlsafe(18)
        self.bot_user_id = new_id("U")
        self.bot_id = new_id("B")
        self.installed = False
        self.http_reachable = False
        self.app_token = Token(
            value=f"xapp-1-{self.app_id}-{secrets.randbelow(10**13)}-{secrets.token_hex(32)}",
            kind="app",
            scopes=("connections:write",),
        )
        self.tokens: dict[str, Token] = {self.app_token.value: self.app_token}
        self.people: dict[str, Person] = {one.id: one for one in self._first_people()}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.modals: dict[str, list[View]] = defaultdict(list)
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.grants: dict[str, Grant] = {}
        self.tickets: set[str] = set()
        self.toasts: list[Toast] = []
        self.refusals: deque[Shown] = deque(maxlen=MOST_REFUSALS)
        self.wire: deque[Call] = deque(maxlen=MOST_WIRE)
        self.happened: list[str] = []
        self.weather = Weather()
        self.refused_blocks: set[str] = set()
        """Kinds of block that this workspace does not know yet, as in a rollout in steps."""
        self.rates: dict[str, deque[float]] = defaultdict(deque)
        self.carrier: EventCarrier | None = None
        self.watchers: set[asyncio.Event] = set()
        self._calls = 0
        self._last_ts = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._first_channels()
        if settings.installed:
            self.install(self.manifest.scopes + self.manifest.optional_scopes)
            for name in ("general", "juniper-social"):
                self.channel_named(name).members.add(self.bot_user_id)

    # --- How it begins ---

    def _first_people(self) -> list[Person]:
        here, elsewhere = self.team_id, self.other_team_id
        rows: list[tuple[str, str, str, str, Literal["admin", "member", "guest", "outsider"], str]] = [
            ("maya", "Maya Lindqvist", "9f5f00", "Europe/Berlin", "admin", here),
            ("omar", "Omar Haddad", "2f6f8f", "America/New_York", "member", here),
            ("ines", "Ines Faria", "7a4fa3", "Europe/Lisbon", "guest", here),
            ("theo", "Theo Brandt", "3f7a3f", "Europe/Vienna", "outsider", elsewhere),
        ]
        return [
            Person(id=new_id("U"), name=name, real_name=real, color=color, tz=tz, role=role, team_id=team)
            for name, real, color, tz, role, team in rows
        ]

    def _first_channels(self) -> None:
        maya, omar, ines, theo = self.people
        for name, topic, members, shared in (
            ("general", "Everybody", {maya, omar}, False),
            ("juniper-social", "Juniper · Berlin", {maya, omar, ines, theo}, True),
            ("harbor-social", "Harbor Bikes · New York", {maya, omar}, False),
        ):
            channel = Channel(id=new_id("C"), name=name, topic=topic, members=members, shared=shared)
            self.channels[channel.id] = channel

    # --- Looking things up ---

    def channel_named(self, name: str) -> Channel:
        """A channel by its name. Raises StopIteration when there is none."""
        return next(one for one in self.channels.values() if one.name == name)

    def person_named(self, name: str) -> Person:
        """A person by their name. Raises StopIteration when there is none."""
        return next(one for one in self.people.values() if one.name == name)

    @property
    def bot_token(self) -> Token | None:
        """The living token of the bot."""
        return next((one for one in self.tokens.values() if one.kind == "bot" and not one.dead), None)

    def im_of(self, user: str) -> Channel | None:
        """The app's conversation with a person, begun if need be; None when there can be none."""
        person = self.people.get(user)
        if person is None or person.role == "outsider" or not self.installed:
            return None
        for channel in self.channels.values():
            if channel.with_user == user:
                return channel
        members = {user, self.bot_user_id}
        channel = Channel(id=new_id("D"), name=person.name, topic="", kind="im", with_user=user, members=members)
        self.channels[channel.id] = channel
        return channel

    def view(self, view_id: str) -> View | None:
        """An open modal or a Home by its id."""
        everything = [*self.homes.values(), *(one for stack in self.modals.values() for one in stack)]
        return next((one for one in everything if one.id == view_id), None)

    # --- Making things ---

    def next_ts(self) -> str:
        """A message's ts: the present in microseconds, never the same twice."""
        self._last_ts = max(time.time_ns() // 1000, self._last_ts + 1)
        return f"{self._last_ts // 10**6}.{self._last_ts % 10**6:06}"

    def new_trigger(self, user: str, view: str | None = None) -> str:
        """A fresh trigger id of a person."""
        now = time.monotonic()
        self.triggers = {key: one for key, one in self.triggers.items() if one.until > now - MINUTE_S}
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(user=user, until=now + self.settings.trigger_s, view=view)
        return trigger

    def new_hook(
        self, kind: str, user: str, channel: str, message: str | None = None, thread_ts: str | None = None
    ) -> str:
        """A fresh response_url."""
        key = f"{kind}/{self.team_id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        until = time.monotonic() + self.settings.response_url_s
        self.hooks[key] = Hook(user=user, channel=channel, until=until, message=message, thread_ts=thread_ts)
        return f"{self.url}/{key}"

    def post(self, message: Message) -> Message:
        """Put a message into its channel."""
        self.channels[message.channel].messages.append(message)
        if message.user in self.people:
            self.channels[message.channel].read[message.user] = message.ts
        self.changed()
        return message

    def toast(self, user: str, channel: str | None, text: str) -> None:
        """Tell a person what Slack itself would say below the composer."""
        self.toasts.append(Toast(id=new_id("X"), user=user, channel=channel, text=text))
        del self.toasts[:-MOST_REFUSALS]
        self.changed()

    def note(self, fact: str) -> None:
        """Remember that something happened, for the tour."""
        self.happened.append(fact)
        del self.happened[:-MOST_FACTS]
        self.changed()

    # --- The app's life ---

    def install(self, scopes: tuple[str, ...]) -> Token:
        """Give the app a bot token."""
        value = f"xoxb-{secrets.randbelow(10**12):012}-{secrets.randbelow(10**13):013}-{secrets.token_hex(12)}"
        token = Token(value=value, kind="bot", scopes=scopes)
        self.tokens[value] = token
        self.installed = True
        for user in self.people:
            self.im_of(user)
        self.changed()
        return token

    def kill_tokens(self, error: str) -> None:
        """Let every bot token earn this error from now on."""
        for token in self.tokens.values():
            if token.kind == "bot" and not token.dead:
                token.dead = error
        self.changed()

    def uninstall(self) -> None:
        """Take the app out: its tokens die, it leaves its channels, its views close."""
        self.kill_tokens("account_inactive")
        self.installed = False
        for channel in self.channels.values():
            if channel.kind == "channel":
                channel.members.discard(self.bot_user_id)
        self.modals.clear()
        self.homes.clear()
        self.changed()

    # --- Telling ---

    def changed(self) -> None:
        """Wake everybody who shows the workspace."""
        for watcher in self.watchers:
            watcher.set()

    def log(  # noqa: PLR0913  # one line of the log has these
        self,
        direction: Literal["to_slack", "to_app"],
        method: str,
        started: float,
        request: Any,  # noqa: ANN401  # any JSON
        response: Any,  # noqa: ANN401  # any JSON
        *,
        error: str | None = None,
        refused: bool = False,
    ) -> Call:
        """Write a call into the wire log; `started` is a monotonic time."""
        self._calls += 1
        call = Call(
            n=self._calls,
            at=time.time(),
            direction=direction,
            method=method,
            ms=round((time.monotonic() - started) * 1000, 1),
            ok=error is None,
            error=error,
            refused=refused,
            request=masked(request),
            response=masked(response),
        )
        self.wire.append(call)
        self.changed()
        return call

    def refuse(self, call: Call, channel: str | None, messages: tuple[str, ...]) -> None:
        """Show a refusal where the message would have stood."""
        first = messages[0] if messages else ""
        found = re.search(r"json-pointer:(\S+?)\]", first)
        text = re.sub(r"^\[ERROR\] ", "", re.sub(r"\s*\[json-pointer:\S+?\]", "", first))
        self.refusals.append(
            Shown(
                id=new_id("X"),
                channel=channel,
                at=call.at,
                method=call.method,
                error=call.error or "",
                pointer=found[1] if found else "",
                text=text,
                wire=call.n,
            )
        )
        self.changed()

    # --- Work in the background ---

    def later(self, work: Coroutine[Any, Any, object]) -> None:
        """Do this beside everything else; it ends with the workspace."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End the work in the background."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
