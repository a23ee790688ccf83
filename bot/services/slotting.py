"""The weekly slots of a brand: seen, set, and the next one that is free."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from bot import clock
from bot.domain.ids import AccountId, BrandId
from bot.domain.slots import Moment
from bot.domain.weekly import DEFAULT_SLOTS, WeeklySlot, no_free_slot, read_slots, upcoming_slots, write_slots
from bot.services.deps import Deps
from storage import audit, weekly
from storage.brands import Brand
from storage.engine import Session

_AT_ONCE = 50
_MOST_AHEAD = 2_000
"""Of slots that `free_ahead` looks at: a hundred brands with twenty a week, as a page that opens at once can bear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The slots that count for a brand. `chosen` is False where nobody set any: then the default ones do."""

    slots: tuple[WeeklySlot, ...]
    chosen: bool

    @property
    def text(self) -> str:
        """As they are typed: `mon-fri 09:00, 15:00`."""
        return write_slots(self.slots)


async def slots_of(deps: Deps, brand: Brand) -> Slots:
    """The slots that count for the brand."""
    async with deps.database.reading() as session:
        return await _slots(session, brand)


async def set_slots(deps: Deps, brand: Brand, text: str, *, asked_by: str) -> Slots:
    """Have the slots that the text names; an empty one brings the default ones back. Raises InvalidContent."""
    slots = read_slots(text)
    async with deps.database.transaction() as session:
        await weekly.set_slots(session, brand.workspace_id, brand.id, slots)
        detail = {"brand_id": brand.id, "slots": write_slots(slots)}
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="slots", detail=detail)
        await audit.add_event(session, brand.workspace_id, event)
        return await _slots(session, brand)


async def _slots(session: Session, brand: Brand) -> Slots:
    chosen = await weekly.slots_of(session, brand.workspace_id, brand.id)
    return Slots(slots=chosen or DEFAULT_SLOTS, chosen=bool(chosen))


async def next_free(deps: Deps, brand: Brand, accounts: Collection[AccountId] = ()) -> Moment:
    """The next slot at which none of these accounts (none named: no account) has a post.

    Raises InvalidContent when there is none within the year.
    """
    return (await next_frees(deps, brand, 1, accounts))[0]


async def next_frees(deps: Deps, brand: Brand, many: int, accounts: Collection[AccountId] = ()) -> Sequence[Moment]:
    """The next `many` free slots; fewer, but at least one, when the year has no more. Raises InvalidContent."""
    async with deps.database.reading() as session:
        return await _frees(session, brand, many, accounts)


async def take_next_free(session: Session, brand: Brand, accounts: Collection[AccountId]) -> Moment:
    """`next_free` for who takes it in this transaction: until its end nobody else is given a slot of the brand."""
    await weekly.lock(session, brand.workspace_id, brand.id)
    return (await _frees(session, brand, 1, accounts))[0]


async def _frees(session: Session, brand: Brand, many: int, accounts: Collection[AccountId]) -> Sequence[Moment]:
    free: list[Moment] = []
    moments = upcoming_slots((await _slots(session, brand)).slots, brand.timezone, now=clock.now())
    while len(free) < many and (some := list(islice(moments, _AT_ONCE))):
        instants = [moment.at for moment in some]
        closed = await weekly.taken(session, brand.workspace_id, brand.id, instants, accounts=accounts)
        free += [moment for moment in some if moment.at not in closed]
    if not free:
        raise no_free_slot(brand.name)
    return free[:many]


async def free_ahead(deps: Deps, brands: Sequence[Brand], *, until: datetime) -> dict[BrandId, tuple[Moment, ...]]:
    """The free slots before `until` of those of these brands, all of one workspace, that have set slots.

    Two queries, however many brands. So many slots that asking would take long are none: this is an offer, no promise.
    """
    if not brands:
        return {}
    workspace_id = brands[0].workspace_id
    async with deps.database.reading() as session:
        chosen = await weekly.slots_of_all(session, workspace_id)
        ahead = {
            brand.id: [
                *takewhile(
                    lambda moment: moment.at < until,
                    upcoming_slots(chosen[brand.id], brand.timezone, now=clock.now()),
                )
            ]
            for brand in brands
            if brand.id in chosen
        }
        if not 0 < sum(map(len, ahead.values())) <= _MOST_AHEAD:
            return {}
        instants = {brand_id: [moment.at for moment in moments] for brand_id, moments in ahead.items()}
        closed = await weekly.taken_of_each(session, workspace_id, instants)
    free = {
        brand_id: tuple(moment for moment in moments if (brand_id, moment.at) not in closed)
        for brand_id, moments in ahead.items()
    }
    return {brand_id: moments for brand_id, moments in free.items() if moments}
