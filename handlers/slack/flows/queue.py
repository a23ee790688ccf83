"""`/social queue [BRAND] [today or week] [ACCOUNT]`: what goes out next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.accounts import Account
from bot.domain.errors import NotFound
from bot.services import connecting, journal, slotting
from bot.services.workspaces import Brand
from handlers.slack import blocks as b
from handlers.slack import gather, lists
from handlers.slack.call import Call
from handlers.slack.facts import Names
from handlers.slack.flows import naming, places

_AHEAD = timedelta(days=7)
_MOST = 200
_MOST_LOOKED_AT = 2_000
"""Posts among which those of an account are looked for."""
_TODAY, _WEEK = "today", "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked for. `brand` None: all of them; `accounts` None: all of those."""

    brand: Brand | None
    today: bool
    accounts: Sequence[Account] | None


async def show(call: Call, rest: str) -> None:
    """What goes out next, to this person alone."""
    called = await gather.names_of(call.deps, call.desk.people, call.installation)
    asked = await _read(call, rest, called)
    brand, ids = asked.brand, None if asked.accounts is None else {one.id for one in asked.accounts}
    zone = (brand.timezone if brand is not None else (await call.person()).zone) or "UTC"
    until = _midnight(zone) if asked.today else clock.now() + _AHEAD
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
        today=asked.today,
        only=[called.account(one.platform, one.handle) for one in asked.accounts or ()],
    )
    await call.answer(said.text, said.blocks)


async def _read(call: Call, rest: str, called: Names) -> _Asked:
    """Raises NotFound where a word is none of this."""
    known = await places.brands_of(call)
    brand, words = _brand(rest.split(), known)
    today = any(word.casefold() == _TODAY for word in words)
    word = " ".join(word for word in words if word.casefold() not in {_TODAY, _WEEK})
    brand = brand or await places.brand_here(call)
    if not word:
        return _Asked(brand=brand, today=today, accounts=None)
    of_brand = await connecting.list_accounts(call.deps, [call.workspace_id], brand=brand)
    fits = [account for account in of_brand if naming.is_called(account, word, called)]
    if not fits:
        there = ", ".join(one.name for one in known[:5]) or "none yet"
        raise NotFound(f"There is no brand or account “{b.cut(word, 40)}” here. Brands: {there}.", field="brand")
    return _Asked(brand=brand, today=today, accounts=fits)


def _brand(words: list[str], known: Sequence[Brand]) -> tuple[Brand | None, list[str]]:
    """The brand with whose name the line begins, the longest one, and the words behind it."""
    for brand in sorted(known, key=lambda brand: -len(brand.name.split())):
        name = brand.name.casefold().split()
        if name and [word.casefold() for word in words[: len(name)]] == name:
            return brand, words[len(name) :]
    return None, words


def _midnight(zone: str) -> datetime:
    """When today ends there."""
    local = clock.now().astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
