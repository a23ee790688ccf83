"""Which hosts the next seconds need connections to, told once for each host and burst."""

from collections import Counter
from collections.abc import Iterable, Iterator

EVERY_S = 0.5
_AHEAD_S = 3.0


class Warming:
    """What was asked for lately is not asked for again, unless more is needed."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._warmed: dict[str, tuple[float, int]] = {}

    def wanted(self, waiting: Iterable[tuple[str, float]], *, now_s: float) -> Iterator[tuple[str, int]]:
        """Hosts and how many connections each should have, given the hosts and seconds of what waits."""
        hosts = Counter(host for host, due_s in waiting if EVERY_S < due_s - now_s < _AHEAD_S)
        self._warmed = {host: one for host, one in self._warmed.items() if now_s - one[0] < _AHEAD_S}
        for host, due in hosts.items():
            wanted = min(due, self._most)
            if host and wanted > self._warmed.get(host, (0.0, 0))[1]:
                self._warmed[host] = (now_s, wanted)
                yield host, wanted
