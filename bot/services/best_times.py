"""The best time for a brand's next post, by how its posts did."""

from collections.abc import Collection
from datetime import datetime
from itertools import islice

from bot import clock
from bot.domain.best_times import HISTORY, NEEDED, Best, Seen, best_moments, posts_in, usable
from bot.domain.errors import invalid
from bot.domain.ids import AccountId
from bot.domain.slots import Moment
from bot.services.deps import Deps
from storage import accounts, numbers, published, weekly
from storage.brands import Brand
from storage.engine import Session

_MOST_ITEMS = 150
_LOOKED_AT = 24
"""The best so many hours: if a post stands at each of them, no more is looked for."""


async def look(deps: Deps, brand: Brand, account_ids: Collection[AccountId] = ()) -> Best:
    """The best moment of the next seven days at which none of these accounts (none named: no account) has a post.

    How those did is what counts; where they have published too little, how all of the brand did.
    """
    now = clock.now()
    async with deps.database.reading() as session:
        workspace_id = brand.workspace_id
        known = {one.id for one in await accounts.list_accounts(session, workspace_id, brand_id=brand.id)}
        asked = known & set(account_ids) or known
        seen = await _seen(session, brand, asked, now)
        if posts_in(seen) < NEEDED and asked != known:
            seen = await _seen(session, brand, known, now)
        posts = posts_in(seen)
        if posts < NEEDED:
            return Best(moment=None, posts=posts)
        moments = list(islice(best_moments(seen, brand.timezone, now=now), _LOOKED_AT))
        instants = [moment.at for moment in moments]
        taken = await weekly.taken(session, workspace_id, brand.id, instants, accounts=account_ids)
    return Best(moment=next((moment for moment in moments if moment.at not in taken), None), posts=posts)


async def _seen(session: Session, brand: Brand, account_ids: Collection[AccountId], now: datetime) -> list[Seen]:
    since, workspace_id = now - HISTORY, brand.workspace_id
    items = await published.latest(session, workspace_id, sorted(account_ids), since=since, limit=_MOST_ITEMS)
    told = await numbers.latest_of_items(session, workspace_id, [item.item_id for item in items])
    seen = (
        Seen(
            item_id=item.item_id,
            post_id=item.post_id,
            account=item.account_id,
            published_at=item.published_at,
            numbers=told[item.item_id].numbers,
        )
        for item in items
        if item.item_id in told
    )
    return usable(seen, now)


async def best(deps: Deps, brand: Brand, account_ids: Collection[AccountId]) -> Moment:
    """That moment. Raises InvalidContent for field `at` where there is none."""
    found = await look(deps, brand, account_ids)
    if found.moment is not None:
        return found.moment
    if found.posts < NEEDED:
        needs = f"The best time needs {NEEDED} published posts with numbers"
        raise invalid("at", f"{needs}, {brand.name} has {found.posts}. Choose a time.")
    raise invalid("at", f"At every good time of the next week {brand.name} has a post. Choose a time.")
