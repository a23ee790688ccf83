"""Whether there is anything for the ticks of each second to do: one cheap question for all of them."""

from bot import clock
from bot.services.deps import Deps
from storage import glances
from storage.glances import Glance

__all__ = ["Glance", "glance"]


async def glance(deps: Deps) -> Glance:
    """Look once. Nothing is claimed by it."""
    return await glances.glance(deps.database, now=clock.now())
