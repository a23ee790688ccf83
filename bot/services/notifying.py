"""Telling people: what is owed to them is written in the transaction of what happened, and delivered later.

Failing to deliver never changes what happened.
"""

from bot.services.delivering import Deliverer
from bot.services.deps import Deps
from bot.services.ports import Notifier

__all__ = ["deliver"]


async def deliver(deps: Deps, notifier: Notifier) -> int:
    """Deliver what is due, unless somebody else does. Returns how many cards and notices got through."""
    return await Deliverer(deps, notifier).turn()
