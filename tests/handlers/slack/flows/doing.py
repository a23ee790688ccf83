"""What tests of whole flows do again and again in a town."""

import asyncio
from typing import Any

from bot.services import workspaces
from sandbox.slack import payloads
from sandbox.slack.deliver import Outcome
from sandbox.slack.state import Message
from tests import factories
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.person import Actor, Json, said

HOME = "juniper-social"
GONE_WRONG = "Herald made a mistake"


def network(town: Town, name: str, condition: str) -> None:
    """Let a network behave like this from now on: `ok`, `access_ended`, `refuses_text`, `loses_answer`, `down`."""
    where = {"bluesky": town.world.bluesky, "mastodon": town.world.mastodon}[name]
    where.world.network.set_condition(condition)


def on_mastodon(town: Town) -> list[str]:
    """The texts that stand on the stand-in Mastodon, oldest first."""
    return [status.text for status in town.world.mastodon.world.statuses.values()]


def cards(person: Actor, text: str, channel: str = HOME) -> list[Json]:
    """The app's messages with this text in a channel that everybody sees."""
    return [m for m in person.messages(channel) if text in said(m) and not m["ephemeral"] and not m.get("thread_ts")]


async def card(person: Actor, *words: str, channel: str = HOME) -> Json:
    """The newest card with all these words, once it is there."""

    def found() -> Json | None:
        fits = [m for m in cards(person, words[0], channel) if all(word in said(m) for word in words)]
        return fits[-1] if fits else None

    return await person.until(found, f"a card with {words}")


async def told(person: Actor, *words: str, channel: str = HOME) -> Json:
    """The newest message that this person alone sees, with all these words."""

    def found() -> Json | None:
        fits = [m for m in person.messages(channel) if m["ephemeral"] and all(word in said(m) for word in words)]
        return fits[-1] if fits else None

    return await person.until(found, f"told {words}")


async def threaded(person: Actor, under: Json, *words: str) -> list[Json]:
    """The replies under a message, once they have all these words, each in some reply."""

    def found() -> list[Json] | None:
        replies = next(m for m in person.messages(HOME) if m["ts"] == under["ts"])["replies"]
        return replies if replies and all(any(word in said(r) for r in replies) for word in words) else None

    return await person.until(found, f"{words} in a thread")


async def scheduled(person: Actor, text: str, *, to: str = "bluesky", when: str = "tomorrow 9am") -> Json:
    """Write a post in one line; its card."""
    await person.command("/post", f'"{text}" to {to} {when}')
    return await card(person, text, "Scheduled")


async def failed(town: Town, text: str, condition: str = "refuses_text") -> Json:
    """A post that Bluesky does not take; its card."""
    network(town, "bluesky", condition)
    await town.maya.command("/post", f'"{text}" to bluesky now')
    shown = await card(town.maya, text, "Failed")
    network(town, "bluesky", "ok")
    return shown


async def account_on(town: Town, platform: str, handle: str) -> None:
    """Give the brand an account of a network it has none of."""
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await factories.make_account(deps.database, brand, platform=platform, handle=handle)


async def composing_to(person: Actor, *accounts: str) -> None:
    """Open the composer and choose accounts."""
    await person.command("/post")
    await person.sees_modal("Accounts")
    person.choose("accounts", *accounts)
    await person.act("accounts")


async def quiet(town: Town) -> None:
    """Wait until Slack has heard nothing from Herald for a moment."""
    wire, heard = town.world.workspace.world.wire, -1
    while wire and heard != wire[-1].n:
        heard = wire[-1].n
        await asyncio.sleep(0.4)


def value_of(message: Json, action_id: str) -> str:
    """What a button of a message carries, or its menu's line."""
    for block in message["blocks"] or []:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("action_id") == action_id:
                return str(element.get("value"))
            for option in element.get("options", []):
                if option["value"].startswith(f"{action_id}:"):
                    return str(option["value"].partition(":")[2])
    raise AssertionError(f"no {action_id} there")


def pressing(town: Town, person: Actor, action_id: str, value: str, *, channel: str = HOME) -> Json:
    """What Slack sends when somebody presses a button that says this, whoever made the button."""
    world = town.world.workspace.world
    place = world.channel_named(channel)
    message = Message(ts=world.next_ts(), channel=place.id, user=world.bot_user_id, text="", bot_id=world.bot_id)
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": value, "action_ts": world.next_ts()}
    return payloads.message_action(world, world.people[person.user_id], message, action, {})


async def send(town: Town, payload: Json, *, kind: Any = "interactive", retry: int = 0) -> Outcome:  # noqa: ANN401  # one of Slack's kinds
    """Hand a payload to Herald as Slack does, and wait for the acknowledgement."""
    return await town.world.workspace.carrier.hand(kind, "test", payload, retry, "http_timeout" if retry else "")
