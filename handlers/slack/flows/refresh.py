"""Changing an open modal while somebody types in it: at most one change each 400 ms, and the newest state wins."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

_GAP_S = 0.4

Change = Callable[[str | None], Awaitable[str | None]]
"""Makes the change if the view still has this hash, and returns the view's new hash."""


@dataclass(slots=True)
class _View:
    """One open modal."""

    waiting: tuple[str | None, Change] | None = None
    replaced: str | None = None
    """The hash our last change took the place of."""
    current: str | None = None
    """The hash it gave."""

    @property
    def waits(self) -> bool:
        """Whether a change is to be made."""
        return self.waiting is not None


@dataclass(slots=True)
class Refresher:
    """Keeps changes of the same view apart."""

    start: Callable[[Awaitable[None]], object]
    """Runs a task that somebody owns."""
    _views: dict[str, _View] = field(default_factory=dict[str, _View])

    def ask(self, view_id: str, view_hash: str | None, change: Change) -> None:
        """Make this change soon; one that still waits for its turn is forgotten."""
        running = view_id in self._views
        view = self._views.setdefault(view_id, _View())
        view.waiting = (view_hash, change)
        if not running:
            self.start(self._run(view_id, view))

    async def _run(self, view_id: str, view: _View) -> None:
        try:
            while view.waits:
                try:
                    await _change(view)
                except Exception:
                    if not view.waits:
                        raise
                await asyncio.sleep(_GAP_S)  # what came meanwhile is newer, and mends what failed
        finally:
            self._views.pop(view_id, None)


async def _change(view: _View) -> None:
    if view.waiting is None:
        return
    seen, change = view.waiting
    view.waiting = None
    if seen is not None and seen == view.replaced:
        seen = view.current
    changed = await change(seen)
    if changed is not None:
        view.replaced, view.current = seen, changed
