"""A crew works everything off, with one task where nothing has to wait and with many where it has to."""

import asyncio
from typing import Any

from handlers.clock.crew import Crew

PLENTY = 1_000


async def _done(crew: Crew[Any]) -> int:
    """Until nothing is left; how many turns of the loop that took."""
    turns = 0
    async with asyncio.timeout(30):
        while len(crew):
            await asyncio.sleep(0)
            turns += 1
    return turns


async def test_what_never_waits_is_done_in_order_by_hardly_any_tasks() -> None:
    done: list[int] = []
    tasks: set[asyncio.Task[object] | None] = set()

    async def work(number: int) -> None:  # as a post without files is made ready
        done.append(number)
        tasks.add(asyncio.current_task())

    crew = Crew(work, most=64)
    crew.add(range(30))
    assert len(crew) == 30
    await _done(crew)
    assert done == list(range(30))
    assert len(tasks) == 1


async def test_what_waits_is_waited_for_together_and_no_more_than_so_many_at_a_time() -> None:
    running, most = 0, 0
    done: list[int] = []

    async def work(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        done.append(number)

    crew = Crew(work, most=8)
    crew.add(range(20))
    crew.add(range(20, 50))
    await _done(crew)
    assert sorted(done) == list(range(50))
    assert most == 8


async def test_a_long_row_of_quick_ones_lets_others_have_their_turn() -> None:
    done = 0

    async def work(_: int) -> None:
        nonlocal done
        done += 1

    crew = Crew(work, most=1)
    crew.add(range(PLENTY))
    assert await _done(crew) > 10
    assert done == PLENTY


async def test_one_that_breaks_takes_nothing_with_it() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        if number % 2:
            raise ValueError(number)
        done.append(number)

    crew = Crew(work, most=2)
    crew.add(range(10))
    await _done(crew)
    assert done == [0, 2, 4, 6, 8]


async def test_what_is_dropped_is_not_done_and_what_comes_after_is() -> None:
    done: list[str] = []

    async def work(what: str) -> None:
        await asyncio.sleep(0.01)
        done.append(what)

    crew = Crew(work, most=2)
    crew.add(["a", "b", "c", "d"])
    await asyncio.sleep(0)
    crew.drop()
    crew.add(["e", "f"])
    await _done(crew)
    assert done == ["e", "f"]
    crew.add(["g"])
    await crew.stop()
    assert done == ["e", "f"]
    assert len(crew) == 0
