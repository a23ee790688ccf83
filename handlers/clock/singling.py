"""Finding what cannot be done among much that can."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_TRIES_ALONE = 3
_AGAIN_S = 0.2
"""A connection that was cut, or a deadlock, is over by then."""


async def single_out(
    batch: list[T], do: Callable[[list[T]], Awaitable[bool]], could: Callable[[], Awaitable[bool]]
) -> tuple[list[T], list[T]]:
    """Of a batch that failed have those done, in halves, that can be; `do` says whether it did.

    `could` is asked after failures: whether it is not everything that fails. Returns those that fail alone, again and
    again, and those that were left because everything does.
    """
    parts, alone = deque([batch]), list[T]()
    while parts:
        if not await could():
            return [], [*alone, *(one for part in parts for one in part)]
        part = parts.popleft()
        if len(part) == 1:
            alone += part
            continue
        half = len(part) // 2
        parts.extend([each for each in (part[:half], part[half:]) if not await do(each)])
    for _ in range(_TRIES_ALONE - 1):
        if alone:
            await asyncio.sleep(_AGAIN_S)
            alone = [one for one in alone if not await do([one])]
    return (alone, []) if alone and await could() else ([], alone)
