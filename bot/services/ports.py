"""What services need from the floor above: somebody who can tell people something."""

from typing import Protocol

from storage.outbox import Notice


class Notifier(Protocol):
    """Delivers one notice. Raises when it did not get through; it is tried again later."""

    async def deliver(self, notice: Notice) -> None:
        """Say it where the team is."""
        ...
