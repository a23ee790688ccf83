"""A Herald that dies while a modal says "Checking…" leaves everything in it that was typed, to whoever comes next."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot import clock
from bot.services.deps import Deps
from handlers.slack.answers import Close, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from sandbox.slack.app import Workspace
from storage.tables import SeenRequestRow
from tests.handlers.slack.office import Office, office, until
from tests.handlers.slack.test_desk import button, modal, typed

Json = dict[str, Any]


class Desks:
    """A form to fill in; whoever decides takes long, or answers this."""

    def __init__(self, answer: ViewAnswer | None, *, guarded: bool) -> None:
        self.answer, self.guarded = answer, guarded
        self.heard: list[str] = []
        self.closed: list[str] = []

    def __call__(self, desk: Desk) -> None:
        async def open_it(call: Call) -> None:
            form = modal()
            await call.open_view({**form, "notify_on_close": True, "blocks": [*form["blocks"], *button()]})

        async def decide(call: Call) -> ViewAnswer:
            if self.answer is None:
                await asyncio.sleep(3_600)
                raise AssertionError
            self.heard.append(call.values["text"]["text"]["value"])
            return self.answer

        async def closed(call: Call) -> None:
            self.closed.append(call.values["text"]["text"]["value"])

        desk.on_command("/post", open_it)
        desk.on_view("form", decide, guarded=self.guarded)
        desk.on_closed("form", closed)


async def left_checking(deps: Deps, slack: Workspace, *, guarded: bool) -> Json:
    """A Herald that was ended while it decided; the modal that Maya sees."""
    async with office(deps, slack, Desks(None, guarded=guarded)) as here:
        await here.types("maya", "/post")
        await until(lambda: slack.world.modals[slack.people["maya"]])
        await here.does("maya", "submit", view_id=here.modal("maya").id, values=typed("An hour's work"))
        return dict(here.modal("maya").payload)


async def some_time_passes(deps: Deps) -> None:
    async with deps.database.transaction() as session:
        await session.execute(update(SeenRequestRow).values(at=clock.now() - timedelta(seconds=31)))


async def submits(here: Office) -> None:
    """Maya submits what stands there."""
    (box,) = [block for block in here.modal("maya").payload["blocks"] if block["type"] == "input"]
    values = typed(box["element"]["initial_value"])
    await here.does("maya", "submit", view_id=here.modal("maya").id, values=values)


@pytest.mark.parametrize("guarded", [True, False])
async def test_it_is_submitted_again_once_whoever_was_at_it_counts_as_gone(
    deps: Deps, slack: Workspace, *, guarded: bool
) -> None:
    shown = await left_checking(deps, slack, guarded=guarded)
    assert shown["title"]["text"] == "Checking…"
    assert [block["type"] for block in shown["blocks"]] == ["section", "input"]
    next_one = Desks(Close(), guarded=guarded)
    async with office(deps, slack, next_one) as here:
        await submits(here)
        assert here.modal("maya").errors["text"].startswith("Herald is still at it")
        await some_time_passes(deps)
        await submits(here)
        assert next_one.heard == ["An hour's work"]
        assert slack.world.modals[slack.people["maya"]] == []


async def test_what_is_wrong_then_stands_above_what_was_typed(deps: Deps, slack: Workspace) -> None:
    await left_checking(deps, slack, guarded=False)
    await some_time_passes(deps)
    async with office(deps, slack, Desks(Errors({"text": "X refused it."}), guarded=False)) as here:
        await submits(here)
        told, box = here.modal("maya").payload["blocks"]
        assert told["text"]["text"] == "⚠️ X refused it."
        assert box["element"]["initial_value"] == "An hour's work"
        assert here.modal("maya").payload["title"]["text"] != "Checking…"


async def test_closed_it_is_kept_as_any_other_that_is_closed(deps: Deps, slack: Workspace) -> None:
    await left_checking(deps, slack, guarded=False)
    await some_time_passes(deps)
    next_one = Desks(Close(), guarded=False)
    async with office(deps, slack, next_one) as here:
        view = here.modal("maya")
        await here.does("maya", "close", view_id=view.id, values=typed("An hour's work"))
        await until(lambda: next_one.closed)
        assert (next_one.closed, next_one.heard) == (["An hour's work"], [])


@pytest.mark.parametrize("guarded", [True, False])
async def test_who_closes_it_while_somebody_decides_keeps_nothing_beside_that(
    deps: Deps, slack: Workspace, *, guarded: bool
) -> None:
    desks = Desks(None, guarded=guarded)
    async with office(deps, slack, desks) as here:
        await here.types("maya", "/post")
        await until(lambda: slack.world.modals[slack.people["maya"]])
        await here.does("maya", "submit", view_id=here.modal("maya").id, values=typed("New beans"))
        await submits(here)
        assert here.modal("maya").errors["text"].startswith("Herald is still at it")
        await here.does("maya", "close", view_id=here.modal("maya").id, values=typed("New beans"))
        await asyncio.sleep(1)
        assert desks.closed == []
