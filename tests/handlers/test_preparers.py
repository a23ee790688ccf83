"""Places for making ready: each of several shares, and all of them back whatever happens."""

import asyncio

import pytest

from handlers.clock.preparers import Place


async def test_who_is_cancelled_while_waiting_keeps_nothing() -> None:
    of_account, on_host, in_all = (asyncio.Semaphore(1) for _ in range(3))
    await in_all.acquire()

    async def wait() -> None:
        async with Place(of_account, on_host, in_all):
            pytest.fail("there was no place")

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert of_account.locked()
    assert on_host.locked()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not of_account.locked()
    assert not on_host.locked()


async def test_who_pauses_leaves_its_place_to_others_and_has_it_again_afterwards() -> None:
    of_account, on_host = asyncio.Semaphore(1), asyncio.Semaphore(1)
    place = Place(of_account, on_host)
    async with place:
        assert on_host.locked()
        async with place.left():
            assert not of_account.locked()
            assert not on_host.locked()
        assert of_account.locked()
        assert on_host.locked()
    assert not of_account.locked()
    assert not on_host.locked()
