"""The cases of the fault matrix: what can break, how, and what must become of the post."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from bot.domain.publication import State
from sandbox.faults import FAULTS
from tests.crash.networks import Network

Step = Literal["creating", "threading", "looking", "uploading", "renewing"]
"""What breaks; `threading` is creating the first part of several."""
AWAY = "away"
"""Not one request, but every connection is refused for a while."""
AWAY_S = 5.0
_SILENT = frozenset({"hang_before", "late", "slow", "hang_after", "drip_after", "chatter_after"})
_BETWEEN_LOOKS_S = 3.5
SHORT_GRACE = timedelta(seconds=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call that breaks in one way. `times` None is for ever: nothing may be posted then."""

    step: Step
    fault: str
    times: int | None = 1
    retry_after_s: int | None = 2
    parts: int = 3
    """Of a thread."""

    @property
    def name(self) -> str:
        """In reports, and in the post's text."""
        silent = " without a time" if self.fault == "429" and self.retry_after_s is None else ""
        often = " for ever" if self.times is None else f" {self.times} times" if self.times > 1 else ""
        return f"{self.step} {self.fault}{silent}{often}"

    @property
    def texts(self) -> list[str]:
        """Of its post: one, or a thread's."""
        further = (f"{self.name}, then", f"{self.name}, last")[: self.parts - 1]
        return [self.name, *further] if self.step == "threading" else [self.name]

    @property
    def end(self) -> State:
        """What must become of the post."""
        return State.MISSED if self.times is None else State.PUBLISHED

    def wait_s(self, network: Network, timeout_s: float) -> float:
        """About how long it takes until the post is where it belongs."""
        takes_s = (timeout_s if self.fault in _SILENT else 0.0) * (self.times or 1)
        if self.step == "looking":
            takes_s += _BETWEEN_LOOKS_S * (self.times or 1)
        if self.fault == AWAY:
            takes_s += 2 * AWAY_S
        if self.step in {"creating", "threading"} and self.fault in {
            "reset_before",
            "hang_before",
            "500_before",
            "late",
        }:
            takes_s += network.proves_absence_in_s
        if self.fault == "429" and self.retry_after_s is None:
            takes_s += 60
        return takes_s + (SHORT_GRACE.total_seconds() if self.times is None else 0)


def matrix(network: Network) -> Iterator[Case]:
    """All cases of a network."""
    for fault in (*FAULTS, AWAY):
        yield Case(step="creating", fault=fault)
        if network.parts > 1:
            yield Case(step="threading", fault=fault, parts=network.parts)
        if network.looking is not None and fault != AWAY:
            yield Case(step="looking", fault=fault, times=2)
        if network.uploading is not None:
            yield Case(step="uploading", fault=fault)
        if network.renewing is not None:
            yield Case(step="renewing", fault=fault)
    yield Case(step="creating", fault="429", retry_after_s=None)
    yield Case(step="creating", fault="429", retry_after_s=3600, times=None)
    for fault in ("reset_before", "500_before", AWAY):
        yield Case(step="creating", fault=fault, times=None)


def sample(network: Network, seed: int, *, timeout_s: float, each: int, within_s: float) -> list[Case]:
    """Some of them that are soon over: so many of each step."""
    chances = random.Random(f"{seed} {network.name}")  # noqa: S311  # to be repeated, not to be secret
    soon = [case for case in matrix(network) if case.wait_s(network, timeout_s) <= within_s]
    steps = sorted({case.step for case in soon})
    by_step = [[case for case in soon if case.step == step] for step in steps]
    chosen = [case for some in by_step for case in chances.sample(some, min(each, len(some)))]
    return [case if case.times is None else replace(case, times=1) for case in chosen]
