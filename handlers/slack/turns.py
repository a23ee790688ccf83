"""Whose turn it is to decide about a submitted modal: several machines may hear of it, and some of them die."""

import asyncio

from bot.services import repetitions
from bot.services.deps import Deps
from bot.services.repetitions import Turn

BUSY = "Herald is still at it, or was interrupted. Press again in half a minute; nothing is done twice."
_LOOKS, _LOOK_EVERY_S = 5, 0.2
_PATIENCE, _PATIENT_EVERY_S = 20, 2.0
"""Longer than it takes until who decided and died counts as gone."""


def key_of(view_state: str) -> str:
    """What stands for the submission of a modal in this state."""
    return f"submit:{view_state}"


async def turn_of(deps: Deps, key: str) -> Turn:
    """Whether this submission is ours to decide; another machine that is at it gets a second to end."""
    return await _looked(deps, key, _LOOKS, _LOOK_EVERY_S)


async def is_left_behind(deps: Deps, key: str) -> bool:
    """Whether nobody decides any more about a modal that was closed meanwhile: from now on it is ours."""
    return await _looked(deps, key, _PATIENCE, _PATIENT_EVERY_S) is Turn.OURS


async def _looked(deps: Deps, key: str, looks: int, every_s: float) -> Turn:
    for _ in range(looks):
        turn = await repetitions.begin(deps, key)
        if turn is not Turn.THEIRS:
            return turn
        await asyncio.sleep(every_s)
    return Turn.THEIRS
