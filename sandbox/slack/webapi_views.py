"""views.*: modals in their stack of three, and the Home of each person."""

import secrets
import time

from sandbox.slack.checks import check_view
from sandbox.slack.errors import SlackError
from sandbox.slack.settings import Json
from sandbox.slack.shapes import filled, show_view
from sandbox.slack.state import Trigger, View, new_id
from sandbox.slack.webapi import Request, method
from sandbox.slack.world import World

DEEPEST = 3
"""Views in one stack. Source: docs.slack.dev/surfaces/modals, 2026-11-21."""


def new_hash() -> str:
    """A view's hash: its second and something random."""
    return f"{int(time.time())}.{secrets.token_urlsafe(6)}"


def make(world: World, user: str, payload: Json, below: View | None = None) -> View:
    """A view as it is first shown. Raises duplicate_external_id."""
    _claim(world, payload)
    view_id = new_id("V")
    return View(
        id=view_id,
        hash=new_hash(),
        user=user,
        payload=payload | {"blocks": filled(payload["blocks"])},
        root=below.root if below else view_id,
        previous=below.id if below else None,
    )


def _claim(world: World, payload: Json, mine: View | None = None) -> None:
    external = payload.get("external_id")
    taken = {one.external_id for stack in world.modals.values() for one in stack if one is not mine}
    taken |= {one.external_id for one in world.homes.values() if one is not mine}
    if external and external in taken:
        raise SlackError("duplicate_external_id")


def change(world: World, view: View, payload: Json) -> None:
    """Put another payload into an open view; what was typed stays where block and action ids do."""
    _claim(world, payload, view)
    view.payload = payload | {"blocks": filled(payload["blocks"])}
    view.hash = new_hash()
    view.errors, view.banner, view.busy = {}, None, False
    world.changed()


def _trigger(call: Request) -> Trigger:
    given = call.text("trigger_id", needed=True)
    trigger = call.world.triggers.get(given)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if time.monotonic() > trigger.until:
        raise SlackError("expired_trigger_id")
    return trigger


@method("views.open", tier=4)
async def open_view(call: Request) -> Json:
    """Show a modal to whoever just did something."""
    world, trigger = call.world, _trigger(call)
    view = make(world, trigger.user, check_view(world, call.json("view"), "modal"))
    trigger.used = True
    world.modals[trigger.user] = [view]
    world.note("view_opened")
    return {"view": show_view(world, view)}


@method("views.push", tier=4)
async def push(call: Request) -> Json:
    """Show a modal on top of the one the trigger came from."""
    world, trigger = call.world, _trigger(call)
    payload = check_view(world, call.json("view"), "modal")
    stack = world.modals[trigger.user]
    if not stack or trigger.view not in {one.id for one in stack}:
        raise SlackError("not_found")
    if len(stack) >= DEEPEST:
        raise SlackError("push_limit_reached")
    view = make(world, trigger.user, payload, stack[-1])
    trigger.used = True
    stack.append(view)
    world.note("view_pushed")
    return {"view": show_view(world, view)}


@method("views.update", tier=4)
async def update(call: Request) -> Json:
    """Change an open view, if nobody did in the meantime."""
    world = call.world
    external = call.text("external_id")
    view = world.view(call.text("view_id")) if call.text("view_id") else None
    if external and view is None:
        everything = (one for stack in world.modals.values() for one in stack)
        view = next((one for one in everything if one.external_id == external), None)
    if not external and not call.text("view_id"):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"])
    if view is None:
        raise SlackError("not_found")
    payload = check_view(world, call.json("view"), str(view.payload["type"]))
    _same(call, view)
    change(world, view, payload)
    return {"view": show_view(world, view)}


def _same(call: Request, view: View | None) -> None:
    given = call.text("hash")
    if given and (view is None or given != view.hash):
        raise SlackError("hash_conflict")


@method("views.publish", tier=4)
async def publish(call: Request) -> Json:
    """Show a Home to one person."""
    world = call.world
    user = call.text("user_id", needed=True)
    if not world.manifest.home_tab:
        raise SlackError("not_enabled")
    person = world.people.get(user)
    if person is None or person.role == "outsider":
        raise SlackError("invalid_arguments", ["[ERROR] unknown user [json-pointer:/user_id]"])
    payload = check_view(world, call.json("view"), "home")
    view = world.homes.get(user)
    _same(call, view)
    if view is None:
        world.homes[user] = view = make(world, user, payload)
        world.changed()
    else:
        change(world, view, payload)
    return {"view": show_view(world, view)}
