"""When commands and presses are acknowledged, and who is told of what was cut off."""

import asyncio

import pytest
from sqlalchemy import select

from bot import clock
from bot.services.deps import Deps
from handlers.slack import app, watching
from handlers.slack.call import Call
from sandbox.slack.app import Workspace
from storage.tables import NoticeRow
from tests.handlers.slack.office import office, until_async


async def _owed(deps: Deps) -> list[NoticeRow]:
    async with deps.database.reading() as session:
        return list(await session.scalars(select(NoticeRow).where(NoticeRow.kind == "interrupted")))


async def test_what_is_done_at_once_is_acknowledged_when_it_is_done(deps: Deps, slack: Workspace) -> None:
    done: list[str] = []

    async def listener(call: Call) -> None:
        await asyncio.sleep(0.02)
        done.append(call.text)

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        for number in range(5):
            await here.types("maya", "/post", str(number))
            assert done[-1] == str(number)
        assert here.toasts() == []
    assert await _owed(deps) == []


async def test_what_takes_long_is_written_down_before_it_is_acknowledged(deps: Deps, slack: Workspace) -> None:
    go_on = asyncio.Event()

    async def listener(_call: Call) -> None:
        await go_on.wait()

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        await here.types("maya", "/post", '"New beans" to x now')
        assert max(call.ms for call in slack.world.wire if call.direction == "to_app") < 1_500
        (notice,) = await _owed(deps)
        assert notice.payload == {"user": slack.people["maya"], "what": '/post "New beans" to x now'}
        assert notice.deliver_at > clock.now()
        go_on.set()

        async def over() -> bool:
            return await _owed(deps) == []

        await until_async(over)
        assert here.toasts() == []


async def test_what_is_about_to_be_told_is_acknowledged(deps: Deps, slack: Workspace) -> None:
    go_on = asyncio.Event()

    async def listener(call: Call) -> None:
        await call.answer("done")
        await go_on.wait()

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        await here.types("maya", "/post", "hello")
        assert await _owed(deps) == []
        go_on.set()


async def test_what_changes_nothing_is_not_written_down(deps: Deps, slack: Workspace) -> None:
    go_on = asyncio.Event()

    async def listener(_call: Call) -> None:
        await go_on.wait()

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener)) as here:
        await here.types("maya", "/post", "hello")
        assert (await _owed(deps), here.toasts()) == ([], [])
        go_on.set()


async def test_who_asked_for_what_is_cut_off_stays_to_be_told(
    deps: Deps, slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_GOODBYE_S", 0.0)

    async def listener(_call: Call) -> None:
        await asyncio.Event().wait()

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        await here.types("maya", "/post", "hello")
    (notice,) = await _owed(deps)
    assert (notice.payload["what"], notice.delivered_at) == ("/post hello", None)


async def test_the_acknowledgement_does_not_wait_for_a_database_that_hangs(
    deps: Deps, slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(app, "_GOODBYE_S", 0.0)
    monkeypatch.setattr(watching.interruptions, "watch", never)

    async def listener(_call: Call) -> None:
        await asyncio.Event().wait()

    async with office(deps, slack, lambda desk: desk.on_command("/post", listener, writers_only=True)) as here:
        await here.types("maya", "/post", "hello")
        assert here.toasts() == []
        took_ms = max(call.ms for call in slack.world.wire if call.direction == "to_app")
        assert took_ms >= 1_000 * (watching.ACKNOWLEDGED_BY_S + watching.NOTED_WITHIN_S)
