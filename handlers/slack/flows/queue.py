"""`/social queue [BRAND] [today or week] [ACCOUNT]`: what goes out next."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import clock
from bot.services import journal, slotting
from handlers.slack import gather, lists
from handlers.slack.call import Call
from handlers.slack.flows import naming

_AHEAD = timedelta(days=7)
_MOST = 200
_MOST_LOOKED_AT = 2_000
"""Posts among which those of an account are looked for."""
_TODAY, _WEEK = "today", "week"


async def show(call: Call, rest: str) -> None:
    """What goes out next, to this person alone."""
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    words = [word for word in rest.split() if word.casefold() not in {_TODAY, _WEEK}]
    brand, accounts = await naming.read(call, words, called)
    ids = None if accounts is None else {one.id for one in accounts}
    today = any(word.casefold() == _TODAY for word in rest.split())
    zone = (brand.timezone if brand is not None else (await call.person()).zone) or "UTC"
    until = _midnight(zone) if today else clock.now() + _AHEAD
    found = await journal.upcoming(
        call.deps,
        call.workspace_id,
        brand_ids=[brand.id] if brand is not None else None,
        until=until,
        limit=_MOST if ids is None else _MOST_LOOKED_AT,
    )
    free = await slotting.free_ahead(call.deps, [brand], until=until) if brand is not None else {}
    said = lists.queue(
        [post for post in found if ids is None or any(item.account_id in ids for item in post.items)][:_MOST],
        brand=brand,
        zone=zone,
        called=called,
        free=[moment.at for moment in free.get(brand.id, ())] if brand is not None else (),
        today=today,
        only=[called.account(one.platform, one.handle) for one in accounts or ()],
    )
    await call.answer(said.text, said.blocks)


def _midnight(zone: str) -> datetime:
    """When today ends there."""
    local = clock.now().astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
