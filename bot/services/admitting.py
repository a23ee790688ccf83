"""Who calls the HTTP API, and how often: keys are found by their hash, and calls counted for all processes together."""

import asyncio
import math
from collections import defaultdict
from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.keys import ApiKey
from bot.services.deps import Deps
from storage import keys, windows

WINDOW_S = 60
_CHUNKS = 100
"""Into how many portions a window's calls are divided: a process counts a portion at once and spends it by itself. Up
to 199 calls a minute a portion is one call, and the limit is exact across processes."""
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a key may still do. `reset_s` is when all of it comes back, in Unix seconds."""

    limit: int
    remaining: int
    reset_s: int
    refused: bool = False
    """This call is one too many."""

    @property
    def wait_s(self) -> int:
        """Whole seconds until then, at least 1."""
        return max(1, math.ceil(self.reset_s - clock.now().timestamp()))


@dataclass(slots=True)
class _Window:
    """What this process knows of a key's present window."""

    begin_s: int = -1
    counted: int = 0
    """By all processes, when this one counted last."""
    left: int = 0
    """Of what this process counted and did not spend yet."""


class Gatekeeper:
    """Admits the calls of one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._windows: dict[str, _Window] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, text: str) -> ApiKey | None:
        """The living key with this text."""
        if not text or len(text) > _LONGEST_KEY:
            return None
        return await keys.find_key(self._deps.database, Secret(text))

    async def count(self, key: ApiKey) -> Allowance:
        """Count one call of this key."""
        limit = key.rate_limit_per_minute or self._deps.api_calls_per_minute
        begin_s = _begin_s()
        async with self._turns[key.id]:
            window = self._windows.get(key.id)
            if window is None or window.begin_s != begin_s:
                self._forget_old(begin_s)
                window = self._windows[key.id] = _Window(begin_s=begin_s)
            if not window.left and window.counted < limit:
                await self._portion(key, window, limit)
            refused = not window.left
            window.left -= 0 if refused else 1
            remaining = max(0, limit - window.counted) + window.left
        return Allowance(limit=limit, remaining=remaining, reset_s=begin_s + WINDOW_S, refused=refused)

    def unknown(self) -> Allowance:
        """What is said to whoever has no key."""
        limit = self._deps.api_calls_per_minute
        return Allowance(limit=limit, remaining=limit, reset_s=_begin_s() + WINDOW_S)

    async def _portion(self, key: ApiKey, window: _Window, limit: int) -> None:
        many = max(1, limit // _CHUNKS)
        async with self._deps.database.transaction() as session:
            window.counted = await windows.count_calls(
                session, key.workspace_id, key.id, begin_s=window.begin_s, calls=many
            )
        window.left = max(0, many - max(0, window.counted - limit))

    def _forget_old(self, begin_s: int) -> None:
        for key_id in [key_id for key_id, window in self._windows.items() if window.begin_s < begin_s]:
            del self._windows[key_id]
            if not self._turns[key_id].locked():
                del self._turns[key_id]


def _begin_s() -> int:
    return int(clock.now().timestamp()) // WINDOW_S * WINDOW_S
