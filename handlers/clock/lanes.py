"""What is ready and waits for its second: one lane for each account on each host, taken from in turns.

A lane with ten thousand posts gives one, then the next lane gives one. And no host gets more places than are left free
for the others, so that one that hangs cannot take them all: alone it gets half, a second one half of the rest.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Taken(Generic[T]):
    """What was taken out of a lane, and its place in it: by second, then by arrival."""

    due_s: float
    arrival: int
    host: str
    account: str
    what: T


@dataclass(slots=True)
class _Lane(Generic[T]):
    host: str
    account: str
    heap: list[tuple[float, int, T]] = field(default_factory=list[tuple[float, int, T]])
    """By second and arrival."""
    is_due: bool = False
    rings_at_s: float | None = None
    """The latest entry among the rings that counts."""


class Lanes(Generic[T]):
    """All lanes, and how many places each host has taken. Seconds are those of the epoch."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str], _Lane[T]] = {}
        self._rings: list[tuple[float, int, _Lane[T]]] = []
        """When a lane has something due; entries that were overtaken are skipped."""
        self._due: deque[_Lane[T]] = deque()
        self._taken: Counter[str] = Counter()
        self._arrivals = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        return (what for lane in self._lanes.values() for _, _, what in lane.heap)

    def seconds(self) -> Iterator[tuple[str, float]]:
        """The host and the second of each that waits."""
        return ((lane.host, due_s) for lane in self._lanes.values() for due_s, _, _ in lane.heap)

    @property
    def taken(self) -> int:
        """Places taken by all hosts."""
        return self._taken.total()

    def put(self, what: T, *, due_s: float, host: str, account: str) -> None:
        """Have it wait until `due_s`."""
        self._arrivals += 1
        self.put_back(Taken(due_s, self._arrivals, host, account, what))

    def put_back(self, one: Taken[T]) -> None:
        """Have it wait again, in its old place."""
        lane = self._lanes.get((one.host, one.account))
        if lane is None:
            lane = self._lanes[one.host, one.account] = _Lane(one.host, one.account)
        heapq.heappush(lane.heap, (one.due_s, one.arrival, one.what))
        self._size += 1
        if not lane.is_due:
            self._ring(lane)

    def clear(self) -> None:
        """Forget all that waits. Places stay taken until they are left."""
        self._lanes.clear()
        self._rings.clear()
        self._due.clear()
        self._size = 0

    def take(self, now_s: float, room: int, most: int) -> list[Taken[T]]:
        """Up to `most` of what is due, from all lanes in turns, with a place taken for each.

        `room` is how many places are free.
        """
        self._wake(now_s)
        taken: list[Taken[T]] = []
        full: list[_Lane[T]] = []
        while self._due and len(taken) < most and room > 0:
            lane = self._due.popleft()
            if self._taken[lane.host] >= room:
                full.append(lane)
                continue
            taken.append(self._pop(lane, now_s))
            self._taken[lane.host] += 1
            room -= 1
        self._due.extendleft(reversed(full))
        return taken

    def leave(self, host: str) -> None:
        """Give back a place."""
        self._taken[host] -= 1
        if self._taken[host] <= 0:
            del self._taken[host]

    def next_s(self, now_s: float, room: int) -> float | None:
        """When something may be taken: an instant that may be past; None while nothing waits that has a place."""
        self._wake(now_s)
        if room <= 0:
            return None
        if any(self._taken[lane.host] < room for lane in self._due):
            return now_s
        return self._rings[0][0] if self._rings else None

    def _wake(self, now_s: float) -> None:
        """Line up the lanes that have something due."""
        while self._rings:
            at_s, _, lane = self._rings[0]
            if at_s > now_s and lane.rings_at_s == at_s:
                return
            heapq.heappop(self._rings)
            if lane.rings_at_s == at_s and not lane.is_due and lane.heap:
                lane.is_due, lane.rings_at_s = True, None
                self._due.append(lane)

    def _pop(self, lane: _Lane[T], now_s: float) -> Taken[T]:
        due_s, arrival, what = heapq.heappop(lane.heap)
        self._size -= 1
        lane.is_due = bool(lane.heap) and lane.heap[0][0] <= now_s
        if lane.is_due:
            self._due.append(lane)
        elif lane.heap:
            self._ring(lane)
        else:
            self._lanes.pop((lane.host, lane.account), None)
        return Taken(due_s, arrival, lane.host, lane.account, what)

    def _ring(self, lane: _Lane[T]) -> None:
        due_s = lane.heap[0][0]
        if lane.rings_at_s is None or due_s < lane.rings_at_s:
            lane.rings_at_s = due_s
            self._arrivals += 1
            heapq.heappush(self._rings, (due_s, self._arrivals, lane))
