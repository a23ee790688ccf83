"""What a person does on the page, one function a button; each answers what the page needs to know."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.slack import interactions, modals, payloads
from sandbox.slack.deliver import Carrier, tell
from sandbox.slack.files import MOST_BYTES, new_file
from sandbox.slack.interactions import Press, Refused
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.shapes import show_user
from sandbox.slack.snapshot import show_file
from sandbox.slack.state import Channel, Message, Person, View, Weather
from sandbox.slack.text import escaped
from sandbox.slack.webapi_apps import leave
from sandbox.slack.world import World

CONDITIONS = {"ok", "down", "slow", "rate_limited", "lose_answers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the page sent."""

    carrier: Carrier
    given: Json

    @property
    def world(self) -> World:
        """The workspace."""
        return self.carrier.world

    def text(self, name: str) -> str:
        """A text of it; empty if absent."""
        return str(self.given.get(name) or "")

    def mapping(self, name: str) -> Json:
        """An object of it; empty if absent."""
        return mapping(self.given.get(name))

    def person(self) -> Person:
        """Who does it. Raises Refused."""
        person = self.world.people.get(self.text("as"))
        if person is None:
            raise Refused("There is nobody of this id.")
        return person

    def channel(self) -> Channel:
        """Where. Raises Refused for a channel the person is not in."""
        channel = self.world.channels.get(self.text("channel"))
        if channel is None or self.person().id not in channel.members:
            raise Refused("There is no such channel.")
        return channel

    def message(self) -> Message:
        """The message it is about, as {channel, ts}. Raises Refused for one the person cannot see."""
        wanted = self.mapping("message") or {"channel": self.text("channel"), "ts": self.text("message_ts")}
        channel, person = self.world.channels.get(str(wanted.get("channel"))), self.person()
        found = channel.message(str(wanted.get("ts"))) if channel and person.id in channel.members else None
        if found is None or found.ephemeral_to not in {None, person.id}:
            raise Refused("There is no such message.")
        return found

    def view(self) -> View:
        """The view it is about. Raises Refused for one that is closed or somebody else's."""
        view = self.world.view(self.text("view_id"))
        if view is None or view.user != self.person().id:
            raise Refused("This view is no longer open.")
        return view

    def press(self) -> Press:
        """The element it is about. Raises Refused."""
        return Press(
            person=self.person(),
            place=self.view() if self.given.get("view_id") else self.message(),
            block_id=self.text("block_id"),
            action_id=self.text("action_id"),
            state=self.mapping("state"),
            values=self.mapping("values"),
        )


async def message(deed: Deed) -> Json:
    """Say something."""
    world, person, channel = deed.world, deed.person(), deed.channel()
    if channel.archived:
        raise Refused("The channel is archived.")
    files = [str(one) for one in listing(deed.given.get("files"))]
    if any(one not in world.files or world.files[one].user != person.id for one in files):
        raise Refused("There is no such file.")
    text = escaped(world, deed.text("text"), labels=False)
    if not text.strip() and not files:
        raise Refused("There is nothing to say.")
    ts = world.next_ts()
    for one in files:
        world.files[one].shares[channel.id] = ts
    thread = deed.text("thread_ts") or None
    world.post(Message(ts=ts, channel=channel.id, user=person.id, text=text, files=files, thread_ts=thread))
    return {"ts": ts}


async def command(deed: Deed) -> Json:
    """Type a slash command."""
    person, channel = deed.person(), deed.channel()
    await interactions.command(deed.carrier, person, channel, deed.text("command"), deed.text("text"))
    return {}


async def shortcut(deed: Deed) -> Json:
    """Choose a shortcut."""
    about = deed.message() if deed.given.get("message_ts") or deed.given.get("message") else None
    await interactions.shortcut(deed.carrier, deed.person(), deed.text("callback_id"), about)
    return {}


async def action(deed: Deed) -> Json:
    """Use a button, a select, an input that dispatches."""
    await interactions.act(deed.carrier, deed.press())
    return {}


async def submit(deed: Deed) -> Json:
    """Press a modal's submit."""
    await modals.submit(deed.carrier, deed.person(), deed.view(), deed.mapping("values"))
    return {}


async def close(deed: Deed) -> Json:
    """Close a modal or all of them."""
    everything = bool(deed.given.get("all"))
    await modals.close(deed.carrier, deed.person(), deed.view(), deed.mapping("values"), everything=everything)
    return {}


async def options(deed: Deed) -> Json:
    """Ask what an external select offers."""
    return await interactions.options(deed.carrier, deed.press(), deed.text("value"))


async def open_channel(deed: Deed) -> Json:
    """Look at a channel: it is read. The app hears when its own conversation is opened."""
    world, person, channel = deed.world, deed.person(), deed.channel()
    channel.read[person.id] = world.next_ts()
    world.changed()
    if channel.kind == "im":
        tell(world, payloads.home_opened(world, person, "messages"))
    return {}


async def home(deed: Deed) -> Json:
    """Look at the app's Home."""
    world, person = deed.world, deed.person()
    if person.role == "outsider" or not world.installed or not world.manifest.home_tab:
        raise Refused("The app has no Home for you.")
    tell(world, payloads.home_opened(world, person, "home"))
    world.note("home_opened")
    return {}


async def network(deed: Deed) -> Json:
    """Let a network misbehave."""
    found = next((one for one in deed.world.settings.networks if one.name == deed.text("name")), None)
    condition = deed.text("condition")
    if found is None or condition not in {key for key, _ in found.conditions}:
        raise Refused("There is no such network or condition.")
    found.set_condition(condition)
    deed.world.note(f"network:{found.name}:{condition}")
    return {}


async def dismiss(deed: Deed) -> Json:
    """Put a toast or a refusal away."""
    world, wanted = deed.world, deed.text("id")
    world.toasts = [one for one in world.toasts if one.id != wanted]
    kept = [one for one in world.refusals if one.id != wanted]
    world.refusals.clear()
    world.refusals.extend(kept)
    world.changed()
    return {}


async def weather(deed: Deed) -> Json:
    """Let Slack itself misbehave: for all methods or some, for good or for a number of calls."""
    condition, times = deed.given.get("condition"), deed.given.get("times")
    if condition not in CONDITIONS:
        raise Refused("There is no such weather.")
    deed.world.weather = Weather(
        condition=condition,
        methods=frozenset(map(str, listing(deed.given.get("methods")))),
        retry_after_s=int(deed.given.get("retry_after_s") or 1),
        left=None if times is None else int(times),
    )
    if condition == "down" and not deed.given.get("methods"):
        await deed.carrier.board.drop("warning")
    deed.world.changed()
    return {}


async def admin(deed: Deed) -> Json:
    """What an administrator of the workspace could do."""
    world, wanted = deed.world, deed.text("do")
    if wanted in {"archive", "unarchive", "kick", "invite", "delete_message"}:
        return _in_channel(deed, wanted)
    if wanted == "revoke_tokens":
        world.kill_tokens("token_revoked")
        tell(world, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.bot_user_id]}})
    elif wanted == "uninstall":
        leave(world)
    elif wanted == "refresh_sockets":
        await deed.carrier.board.drop("refresh_requested")
    elif wanted == "set_zone":
        person, zone = world.people[deed.text("user")], ZoneInfo(deed.text("tz"))
        person.tz = zone.key
        tell(world, {"type": "user_change", "user": show_user(world, person)})
    else:
        raise Refused("An administrator cannot do that here.")
    world.changed()
    return {}


def _in_channel(deed: Deed, wanted: str) -> Json:
    world = deed.world
    channel = world.channels.get(deed.text("channel"))
    if channel is None:
        raise Refused("There is no such channel.")
    if wanted in {"archive", "unarchive"}:
        channel.archived = wanted == "archive"
    elif wanted == "kick":
        channel.members.discard(world.bot_user_id)
    elif wanted == "invite":
        channel.members.add(world.bot_user_id)
    else:
        found = channel.message(deed.text("ts"))
        if found is None:
            raise Refused("There is no such message.")
        channel.messages.remove(found)
    world.changed()
    return {}


async def upload(carrier: Carrier, request: web.Request) -> Json:
    """Take a file from the page: multipart `as` and `file`. Raises Refused."""
    form = await request.post()
    world, given = carrier.world, form.get("file")
    person = world.people.get(str(form.get("as")))
    if person is None or not isinstance(given, web.FileField):
        raise Refused("A person and a file are needed.")
    content = await asyncio.to_thread(given.file.read)
    if len(content) > MOST_BYTES:
        raise Refused("The file is larger than 10 MB.")
    file = new_file(world, given.filename, content, person.id, alt=str(form.get("alt") or ""))
    return show_file(file) | {"size": len(content)}
