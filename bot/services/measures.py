"""What `/metrics` asks of the database."""

from bot import clock
from bot.services.deps import Deps
from storage import gauges


async def depths(deps: Deps) -> dict[str, int]:
    """How many wait, by what they are; counted up to a limit."""
    async with deps.database.reading() as session:
        return await gauges.depths(session, now=clock.now())
