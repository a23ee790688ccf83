"""Requests that come twice: Slack repeats what it thinks was not heard, and people press a button again."""

from datetime import timedelta
from enum import StrEnum

from bot import clock
from bot.services.deps import Deps
from storage import seen

_VANISHED = timedelta(seconds=30)
"""Whoever began something longer ago than this and did not end it is gone."""


class Turn(StrEnum):
    """How it stands with a request that may come again."""

    OURS = "ours"
    """It is to be done, by the caller."""
    THEIRS = "theirs"
    """Somebody is at it."""
    DONE = "done"


async def first_time(deps: Deps, key: str) -> bool:
    """Whether this request is new. Of several that ask at once, on any machine, exactly one hears yes."""
    async with deps.database.transaction() as session:
        return await seen.first_time(session, key, clock.now())


async def begin(deps: Deps, key: str) -> Turn:
    """Take up something that a crash may interrupt; `end` or `forget` it. It is given out again after 30 s."""
    now = clock.now()
    async with deps.database.transaction() as session:
        if await seen.is_known(session, _done(key)):
            return Turn.DONE
        ours = await seen.take(session, key, now, again_before=now - _VANISHED)
    return Turn.OURS if ours else Turn.THEIRS


async def is_done(deps: Deps, key: str) -> bool:
    """Whether it was ended, for good."""
    async with deps.database.reading() as session:
        return await seen.is_known(session, _done(key))


async def end(deps: Deps, key: str) -> None:
    """It is done, for good."""
    async with deps.database.transaction() as session:
        await seen.first_time(session, _done(key), clock.now())


def _done(key: str) -> str:
    return f"{key}:done"


async def forget(deps: Deps, key: str) -> None:
    """Let it be taken up again: taking it up did not work."""
    async with deps.database.transaction() as session:
        await seen.forget(session, key)
