"""Requests that come twice: Slack repeats what it thinks was not heard, and people press a button again."""

from bot import clock
from bot.services.deps import Deps
from storage import seen


async def first_time(deps: Deps, key: str) -> bool:
    """Whether this request is new. Of several that ask at once, on any machine, exactly one hears yes."""
    async with deps.database.transaction() as session:
        return await seen.first_time(session, key, clock.now())


async def forget(deps: Deps, key: str) -> None:
    """Let it be taken up again: taking it up did not work."""
    async with deps.database.transaction() as session:
        await seen.forget(session, key)
