"""An open modal is changed to the newest state, one change after the other."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, cast

from handlers.slack.flows.refresh import Refresher
from tests.handlers.slack.office import until


async def test_the_newest_state_is_shown_though_the_change_before_it_failed() -> None:
    tasks: list[asyncio.Task[None]] = []

    def start(work: Awaitable[None]) -> None:
        tasks.append(asyncio.create_task(cast("Coroutine[Any, Any, None]", work)))

    shown: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def lost(_: str | None) -> str | None:
        begun.set()
        await go_on.wait()
        raise TimeoutError

    async def newer(_: str | None) -> str | None:
        shown.append("newer")
        return "2.b"

    refresher = Refresher(start)
    refresher.ask("V1", "1.a", lost)
    await begun.wait()
    refresher.ask("V1", "1.a", newer)
    go_on.set()
    await until(lambda: shown == ["newer"], within_s=5)
    await asyncio.gather(*tasks)
    assert len(tasks) == 1
