"""What services need from the floor above: somebody who can tell people something."""

from datetime import datetime, timedelta
from typing import Protocol

from storage.cards import CardOwed, Place
from storage.outbox import Notice

__all__ = ["CardOwed", "NotDelivered", "Notice", "Notifier", "Place"]


class NotDelivered(Exception):
    """It did not get through, for this reason.

    Nothing else goes to that channel before `again_after` (None: waits that grow to a minute). A `hopeless` one is
    given up, and the channel goes on; so is, after some tries, one that is refused `of_itself`, as nothing else there
    would be. With `shut` nobody may write in the channel until a person changes that: what is loud goes to somebody
    directly meanwhile. `as_of` says since when Herald was in the workspace as the try knew it: once it was added anew,
    the refusal says nothing any more.
    """

    def __init__(  # noqa: PLR0913  # what a refusal says, by name
        self,
        reason: str,
        *,
        again_after: timedelta | None = None,
        hopeless: bool = False,
        shut: bool = False,
        of_itself: bool = False,
        as_of: datetime | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again_after = again_after
        self.hopeless = hopeless
        self.shut = shut
        self.of_itself = of_itself
        self.as_of = as_of


class Notifier(Protocol):
    """Says things where the team is. Both functions raise NotDelivered and are called again later.

    They are cut off after `delivering.SEND_S` seconds, so whoever must wait longer raises instead of waiting. Calls for
    one channel come one at a time and in order; calls for several channels at the same time. A thing whose answer was
    lost is said again.
    """

    async def show(self, card: CardOwed) -> Place:
        """Bring the card of a post up to date: post it, or change it where it stands. Returns where it stands."""
        ...

    async def deliver(self, notice: Notice) -> Place | None:
        """Say something. Returns where it stands, if it can be changed there."""
        ...
