"""The usual end of a post as one statement: the network said yes, so the item and its journal row are written at once.

On PostgreSQL, which takes several writes in one statement, this saves two round trips and most of what is sent: nearly
every column of a yes is known before. Where nobody has to be told of it that statement is a whole transaction. Other
ends, and SQLite's, go the way of storage/items.py, which says what counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, exists, false, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.items import Outcome
from bot.domain.publication import Event, State, move, states_allowing
from storage import cards, causes, gates, lines
from storage.conditions import ITEMS, in_state, still
from storage.engine import Database
from storage.given import Given
from storage.item_records import ATTEMPTS, MATERIAL
from storage.journal import calls_json, detail_of
from storage.texts import storable, storable_json
from storage.threads import release_children

_c = ITEMS.c
_YES = Given(
    "yes",
    id=_c.id.type,
    attempt=_c.attempt.type,
    version=_c.version.type,
    at=_c.published_at.type,
    platform_post_id=_c.platform_post_id.type,
    permalink=_c.permalink.type,
    detail=ATTEMPTS.c.detail.type,
    calls=ATTEMPTS.c.calls.type,
    extra=MATERIAL.c.extra.type,
)


def is_plain_yes(outcome: Outcome) -> bool:
    """Whether it is the answer to a creating call just made, with nothing to keep but the post that is there."""
    return (
        outcome.event is Event.CREATED
        and outcome.item.state is State.SENDING
        and outcome.live is not None
        and outcome.handle is None
        and outcome.trouble is None
    )


class Shortcut:
    """Settling what nobody has to be told of: no card, no webhook, no next part, and no host that is in trouble.

    One statement, which is a transaction by itself, in place of four messages to the server. Where it finds somebody
    to be told it does nothing, and is not tried again for a while.
    """

    def __init__(self) -> None:
        self._shut_until_s = 0.0

    async def settle(self, database: Database, outcomes: Sequence[Outcome]) -> set[ItemId]:
        """Write down what can be; returns those items. Nothing is known of the others."""
        if database.dialect != "postgresql" or clock.uptime_s() < self._shut_until_s:
            return set()
        rows = [_row(outcome) for outcome in sorted(filter(_tells_nobody, outcomes), key=_id_of)]
        if not rows:
            return set()
        won = await database.all_at_once(settling_yes(untold=True), _YES.values("postgresql", rows))
        if not won:
            self._shut_until_s = clock.uptime_s() + _SHUT_S
        return {ItemId(row.id) for row in won}


_SHUT_S = 10.0


def _tells_nobody(outcome: Outcome) -> bool:
    """Whether nothing has to be done about it but to write it down, as far as it says itself."""
    as_usual = outcome.learned is None or gates.is_as_usual(outcome.learned)
    return is_plain_yes(outcome) and as_usual and not lines.may_have_been_told_of(outcome)


def _id_of(outcome: Outcome) -> ItemId:
    return outcome.item.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The items that outcomes still counted for, and whether there is anybody anywhere who may have to be told."""

    ids: set[ItemId]
    heard: bool = True
    """By a webhook."""
    shown: bool = True
    """On a card."""


async def settle_yes(session: AsyncSession, outcomes: Sequence[Outcome]) -> Settled:
    """Write these down where they still count, and let next parts go."""
    rows = [_row(outcome) for outcome in sorted(outcomes, key=_id_of)]
    won = (await session.execute(settling_yes(), _YES.values("postgresql", rows))).all()
    if leading := {row.id for row in won if row.leads}:
        parents = [outcome for outcome in outcomes if outcome.item.id in leading]
        await release_children(session, [one.item for one in parents], now=parents[0].at)
    heard, shown = any(row.heard for row in won), any(row.shown for row in won)
    return Settled(ids={ItemId(row.id) for row in won}, heard=heard, shown=shown)


def _row(outcome: Outcome) -> dict[str, object]:
    live = outcome.live
    if live is None:
        raise ValueError("no plain yes")
    return {
        "id": outcome.item.id,
        "attempt": outcome.attempt,
        "version": outcome.item.version,
        "at": outcome.at,
        "platform_post_id": storable(live.platform_post_id),
        "permalink": storable(live.permalink) if live.permalink is not None else None,
        "detail": detail_of(outcome) or None,
        "calls": calls_json(outcome.calls),
        "extra": storable_json(live.extra) if live.extra else None,
    }


@cache
def settling_yes(*, untold: bool = False) -> Select[str, bool, bool, bool]:
    """The statement, named after `_YES`. A published item `leads` when another part waits for it.

    `untold`: nothing at all where there is anybody who may have to be told, and nothing of what leads.
    """
    yes = _YES.rows("postgresql").c
    expected = states_allowing(Event.CREATED) - {State.CLAIMED, State.SCHEDULED}
    child = ITEMS.alias("child")
    same_post = (child.c.post_id == _c.post_id, child.c.account_id == _c.account_id, child.c.part == _c.part + 1)
    leads = exists().where(*same_post).correlate(ITEMS)
    nobody = (~causes.somebody_listens(), ~cards.somebody_has_one(), ~gates.troubled().exists())
    nothing = dict.fromkeys(("worker_id", "check_at", "asked_at", "error_class", "error_message"))
    won = (
        update(ITEMS)
        .where(_c.id == yes.id, still(_c.attempt == yes.attempt, _c.version == yes.version, in_state(*expected)))
        .where(*((*nobody, ~leads) if untold else ()))
        .values(
            state=move(State.SENDING, Event.CREATED).to.value,
            claim_at=yes.at,
            tries=0,
            looks=0,
            published_at=yes.at,
            platform_post_id=yes.platform_post_id,
            permalink=yes.permalink,
            **nothing,
        )
        .returning(
            _c.id,
            _c.attempt,
            yes.at,
            yes.detail,
            yes.calls,
            yes.extra,
            (false() if untold else leads).label("leads"),
        )
        .cte("won")
    ).c
    row = ATTEMPTS.c
    closed = (
        update(ATTEMPTS)
        .where(row.item_id == won.id, row.attempt == won.attempt)
        .values(
            settled_at=won.at,
            outcome=Event.CREATED.value,
            error_class=None,
            http_status=None,
            request_id=None,
            detail=won.detail,
            calls=won.calls,
        )
        .cte("closed")
    )
    kept = (
        update(MATERIAL)
        .where(MATERIAL.c.item_id == won.id, won.extra.is_not(None))
        .values(handle=null(), extra=won.extra)
        .cte("kept")
    )
    told = (causes.somebody_listens().label("heard"), cards.somebody_has_one().label("shown"))
    return select(won.id, won.leads, *told).add_cte(closed, kept)
