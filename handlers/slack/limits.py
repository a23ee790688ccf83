"""How fast Slack may be written to: one message a second in a channel, and each method its budget in a workspace.

Source: docs.slack.dev/apis/web-api/rate-limits, read 2026-11-21: tier 3 is 50 calls a minute with bursts tolerated;
chat.postMessage has a limit of about a message a second for each channel, and beside it one for the whole workspace.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import uptime_s

_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One every `every_s` seconds in the long run, `burst` of them at once."""

    every_s: float
    burst: int = 1


IN_CHANNEL = Budget(every_s=1.0)
OF_METHOD: Mapping[str, Budget] = {
    "chat.postMessage": Budget(every_s=0.2, burst=50),
    "chat.update": Budget(every_s=60 / 50, burst=10),
    "conversations.history": Budget(every_s=60 / 50, burst=10),
    "conversations.replies": Budget(every_s=60 / 50, burst=10),
}


class TooFast(Exception):
    """The budget is used up for longer than anybody waits here."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"again in {wait.total_seconds():.1f} s")
        self.wait = wait


class Pace:
    """Keeps to the budgets, and to what Slack asked for when it was too fast all the same."""

    def __init__(
        self, *, patience_s: float = 3.0, in_channel: Budget = IN_CHANNEL, of_method: Mapping[str, Budget] = OF_METHOD
    ) -> None:
        self._patience_s = patience_s
        self._in_channel = in_channel
        self._of_method = of_method
        self._next_s: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._full: dict[tuple[str, str], tuple[str, float]] = {}
        """Where Slack refused a method last, and until when."""

    async def turn(self, team_id: str, method: str, channel: str | None = None) -> None:
        """Wait for the next turn and take it. Raises TooFast, and takes nothing, if that outlasts the patience."""
        takes = [((team_id, method), self._of_method[method])]
        if channel is not None:
            takes.append(((team_id, channel), self._in_channel))
        now = uptime_s()
        wait_s = max(self._next_s.get(key, now) - (budget.burst - 1) * budget.every_s - now for key, budget in takes)
        if wait_s > self._patience_s:
            raise TooFast(timedelta(seconds=wait_s))
        for key, budget in takes:
            self._put(key, max(self._next_s.get(key, now), now) + budget.every_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def hold(self, team_id: str, method: str, wait_s: float, channel: str | None = None) -> None:
        """Slack asked to leave this alone for so long.

        It does not tell whether the channel is full or the workspace. So the channel alone waits, until another one is
        refused while it does: then it is the workspace.
        """
        now, budget = uptime_s(), self._of_method[method]
        before = self._full.get((team_id, method))
        if channel is not None:
            self._put((team_id, channel), now + wait_s + (self._in_channel.burst - 1) * self._in_channel.every_s)
            self._full = {key: full for key, full in self._full.items() if full[1] > now}
            self._full[team_id, method] = (channel, now + wait_s)
        if channel is None or (before is not None and before[0] != channel and before[1] > now):
            self._put((team_id, method), now + wait_s + (budget.burst - 1) * budget.every_s)

    def _put(self, key: tuple[str, str], at_s: float) -> None:
        self._next_s[key] = at_s
        self._next_s.move_to_end(key)
        while len(self._next_s) > _MOST:
            self._next_s.popitem(last=False)
