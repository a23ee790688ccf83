"""Watching gates: each brand whose posts wait behind one is told once, and once more when it is over."""

from bot import clock
from bot.domain.gates import Reason
from bot.services.deps import Deps
from storage import gates, outages

_TOLD = frozenset({Reason.DOWN, Reason.RATE_LIMITED})
"""A budget that is spent is the plan, not an outage."""


async def watch(deps: Deps) -> int:
    """Tell what began and what is over; returns how many outages there are. Any number of machines may do it."""
    now = clock.now()
    async with deps.database.reading() as session:
        shut = await gates.closed(session, now=now)
        known = await outages.open_outages(session)
    closed = [gate for gate in shut.gates.values() if gate.reason in _TOLD]
    if not closed and not known:
        return 0
    async with deps.database.transaction() as session:
        for gate in sorted(closed, key=lambda gate: gate.key):
            await outages.begin(session, gate, now=now)
        for outage in sorted(known, key=lambda outage: (outage.gate_key, outage.brand_id)):
            await outages.end(session, outage, shut.gates.get(outage.gate_key), now=now)
    return len(known)
