"""Sends at their second: a few at a time up to their first byte, nobody waits for a slow one, and an end is an end."""

import asyncio
from datetime import timedelta

import pytest

from bot import clock
from handlers.clock.senders import Passed, Senders

PLENTY = 1_000
PAST = 0.0


def _now_s() -> float:
    return clock.now().timestamp()


async def test_only_a_few_are_before_their_first_byte_at_a_time() -> None:
    before, most = 0, 0

    async def send(_: int, passed: Passed) -> None:
        nonlocal before, most
        before += 1
        most = max(most, before)
        await asyncio.sleep(0)
        before -= 1
        passed()
        await asyncio.sleep(0.01)

    senders = Senders(send, most=PLENTY)
    for number in range(200):
        senders.put(number, due_s=PAST)
    senders.begin()
    await senders.finish(within_s=30)
    assert len(senders) == 0
    assert 1 < most <= 16


async def test_slow_ones_keep_nobody_waiting_for_long() -> None:
    release, sent = asyncio.Event(), asyncio.Event()

    async def send(what: str, passed: Passed) -> None:
        if what == "slow":
            await release.wait()
        passed()
        if what == "quick":
            sent.set()

    senders = Senders(send, most=PLENTY)
    for _ in range(100):
        senders.put("slow", due_s=PAST)
    senders.put("quick", due_s=PAST)
    senders.begin()
    async with asyncio.timeout(1):
        await sent.wait()
    release.set()
    await senders.finish(within_s=30)


async def test_each_goes_at_its_second_and_not_before() -> None:
    sent: list[tuple[float, float]] = []

    async def send(due_s: float, passed: Passed) -> None:
        passed()
        sent.append((due_s, _now_s()))

    senders = Senders(send, most=PLENTY)
    now_s = _now_s()
    dues = [now_s + 0.3, now_s + 0.1, now_s + 0.2, now_s - 1.0]
    for due_s in dues:
        senders.put(due_s, due_s=due_s)
    senders.begin()
    await senders.finish(within_s=30)
    assert [due_s for due_s, _ in sent] == sorted(dues)
    assert all(due_s <= at_s for due_s, at_s in sent)


async def test_no_more_than_so_many_run_at_a_time() -> None:
    running, most = 0, 0

    async def send(_: int, passed: Passed) -> None:
        nonlocal running, most
        passed()
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1

    senders = Senders(send, most=5)
    for number in range(40):
        senders.put(number, due_s=PAST)
    senders.begin()
    await senders.finish(within_s=30)
    assert most == 5


async def test_one_that_breaks_takes_nothing_with_it() -> None:
    sent: list[int] = []

    async def send(number: int, passed: Passed) -> None:
        try:
            if number % 2:
                raise ValueError(number)
            sent.append(number)
        finally:
            passed()

    senders = Senders(send, most=2)
    for number in range(40):
        senders.put(number, due_s=PAST)
    senders.begin()
    await senders.finish(within_s=30)
    assert sent == list(range(0, 40, 2))


async def test_an_end_waits_no_longer_than_it_is_told_and_sends_nothing_more() -> None:
    begun: list[str] = []

    async def send(what: str, passed: Passed) -> None:
        begun.append(what)
        passed()
        await asyncio.sleep(PLENTY)

    senders = Senders(send, most=1)
    senders.put("under way", due_s=PAST)
    senders.put("behind it", due_s=PAST)
    senders.put("later", due_s=_now_s() + 0.1)
    senders.begin()
    began_s = clock.uptime_s()
    await senders.finish(within_s=0.3)
    assert 0.3 <= clock.uptime_s() - began_s < 5
    assert len(senders) == 3
    await senders.stop()
    assert len(senders) == 0
    await asyncio.sleep(0.05)
    assert begun == ["under way"]


async def test_what_is_armed_does_not_wait_for_a_clock_that_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = asyncio.Event()

    async def send(_: str, passed: Passed) -> None:
        passed()
        sent.set()

    senders = Senders(send, most=PLENTY)
    senders.put("armed", due_s=_now_s() + 0.2)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() - timedelta(hours=1))
    senders.begin()
    async with asyncio.timeout(2):
        await sent.wait()
