"""What must not last for ever ends in time, and nothing else is touched."""

import asyncio
import socket
import time
from contextlib import nullcontext

import pytest

from platforms.deadlines import Deadlines


async def test_each_ends_at_its_own_time_whoever_began_first() -> None:
    deadlines, ended = Deadlines(), list[tuple[str, float]]()
    began_s = time.monotonic()

    async def last(name: str, seconds: float) -> None:
        with pytest.raises(TimeoutError), deadlines.within(seconds):
            await asyncio.sleep(60)
        ended.append((name, time.monotonic() - began_s))

    await asyncio.gather(last("long", 0.3), last("short", 0.1), last("middle", 0.2))

    assert [name for name, _ in ended] == ["short", "middle", "long"]
    assert [at_s for _, at_s in ended] == pytest.approx([0.1, 0.2, 0.3], abs=0.08)


@pytest.mark.parametrize("arrived", [b"yes", b""])
async def test_what_arrived_while_the_process_was_stopped_is_read(arrived: bytes) -> None:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    came = b""
    with theirs, nullcontext() if arrived else pytest.raises(TimeoutError), Deadlines().within(0.3):
        theirs.sendall(arrived)
        time.sleep(1.6)  # noqa: ASYNC251  # as SIGSTOP does
        came = await reader.read(3)
    writer.close()
    assert came == arrived


async def test_what_is_done_in_time_is_left_alone() -> None:
    deadlines = Deadlines()
    with deadlines.within(0.02):
        pass
    with deadlines.within(0.05):
        await asyncio.sleep(0.01)

    await asyncio.sleep(0.1)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_no_time_at_all_ends_it_at_its_first_wait() -> None:
    with pytest.raises(TimeoutError), Deadlines().within(0.0):
        await asyncio.sleep(1)


async def test_who_is_cancelled_by_others_is_cancelled() -> None:
    deadlines = Deadlines()

    async def work() -> None:
        with deadlines.within(10):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_inside_passes() -> None:
    with pytest.raises(KeyError), Deadlines().within(10):
        raise KeyError


def test_outside_a_task_there_is_nothing_to_end() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"), Deadlines().within(1):
        pass
