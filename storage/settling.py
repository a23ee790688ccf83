"""The usual end of a post: the network said yes. Nearly every column is known before, so little has to be handed over.

On PostgreSQL, which takes several writes in one statement, the item, its journal row and its material are written by
one. Where nobody has to be told of it that statement is a whole transaction. On SQLite they are three. Other ends go
the way of storage/items.py, which says what counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    Label,
    Select,
    Update,
    exists,
    false,
    null,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.dml import ReturningUpdate

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.items import Outcome
from bot.domain.publication import Event, State, move, states_allowing
from storage import cards, causes, gates, lines
from storage.conditions import ITEMS, in_state, still
from storage.engine import Database
from storage.given import Given, dialect_of
from storage.item_records import ATTEMPTS, MATERIAL, keep_material
from storage.journal import calls_json, detail_of
from storage.texts import storable, storable_json
from storage.threads import release_children

Columns = ReadOnlyColumnCollection[str, Any]
_c = ITEMS.c
_PUBLISHED = {name: _c[name].type for name in ("id", "attempt", "version", "platform_post_id", "permalink")}
_PUBLISHED["at"] = _c.published_at.type
_TOLD = {name: ATTEMPTS.c[name].type for name in ("detail", "calls")}
_YES = Given("yes", **_PUBLISHED, **_TOLD, extra=MATERIAL.c.extra.type)
_YES_ALONE = Given("yes", **_PUBLISHED)
_CLOSED = Given("closed", item_id=_c.id.type, attempt=_c.attempt.type, at=_c.published_at.type, **_TOLD)


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
    ordered = sorted(outcomes, key=lambda one: (one.item.id, one.attempt))
    by_id = {outcome.item.id: outcome for outcome in ordered}
    if dialect_of(session) == "postgresql":
        given = _YES.values("postgresql", [_row(outcome) for outcome in ordered])
        won = (await session.execute(settling_yes(), given)).all()
    else:
        given = _YES_ALONE.values("sqlite", [_published(outcome) for outcome in ordered])
        won = (await session.execute(publishing_yes(), given)).all()
        await _write_beside(session, [by_id[ItemId(row.id)] for row in won])
    if leading := [by_id[ItemId(row.id)] for row in won if row.leads]:
        await release_children(session, [one.item for one in leading], now=leading[0].at)
    heard, shown = any(row.heard for row in won), any(row.shown for row in won)
    return Settled(ids={ItemId(row.id) for row in won}, heard=heard, shown=shown)


async def _write_beside(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """What PostgreSQL writes with the items themselves."""
    if won:
        await session.execute(closing_yes(), _CLOSED.values("sqlite", [_closed(outcome) for outcome in won]))
        await keep_material(session, [outcome for outcome in won if outcome.live is not None and outcome.live.extra])


def _row(outcome: Outcome) -> dict[str, object]:
    live = outcome.live
    extra = storable_json(live.extra) if live is not None and live.extra else None
    return {**_published(outcome), **_told(outcome), "extra": extra}


def _published(outcome: Outcome) -> dict[str, object]:
    live = outcome.live
    if live is None:
        raise ValueError("no plain yes")
    return {
        "id": outcome.item.id,
        "attempt": outcome.attempt,
        "version": outcome.item.version,
        "platform_post_id": storable(live.platform_post_id),
        "permalink": storable(live.permalink) if live.permalink is not None else None,
        "at": outcome.at,
    }


def _closed(outcome: Outcome) -> dict[str, object]:
    return {"item_id": outcome.item.id, "attempt": outcome.attempt, "at": outcome.at, **_told(outcome)}


def _told(outcome: Outcome) -> dict[str, object]:
    return {"detail": detail_of(outcome) or None, "calls": calls_json(outcome.calls)}


@cache
def settling_yes(*, untold: bool = False) -> Select[str, bool, bool, bool]:
    """PostgreSQL's statement, named after `_YES`. A published item `leads` when another part waits for it.

    `untold`: nothing at all where there is anybody who may have to be told, and nothing of what leads.
    """
    yes = _YES.rows("postgresql").c
    nobody = (~causes.somebody_listens(), ~cards.somebody_has_one(), ~gates.troubled().exists(), ~_leads())
    won = (
        _publish(yes)
        .where(*(nobody if untold else ()))
        .returning(
            _c.id,
            _c.attempt,
            yes.at,
            yes.detail,
            yes.calls,
            yes.extra,
            (false() if untold else _leads()).label("leads"),
        )
        .cte("won")
    ).c
    closed = _close(won.id, won).cte("closed")
    kept = (
        update(MATERIAL)
        .where(MATERIAL.c.item_id == won.id, won.extra.is_not(None))
        .values(handle=null(), extra=won.extra)
        .cte("kept")
    )
    return select(won.id, won.leads, *_somebody()).add_cte(closed, kept)


@cache
def publishing_yes() -> ReturningUpdate[str, bool, bool, bool]:
    """The same of SQLite, for the items alone; named after `_YES_ALONE`. Each may lead: to look would cost more."""
    yes = _YES_ALONE.rows("sqlite").c
    return _publish(yes).returning(_c.id, true().label("leads"), *_somebody())


@cache
def closing_yes() -> Update:
    """SQLite's for the journal, named after `_CLOSED`."""
    closed = _CLOSED.rows("sqlite").c
    return _close(closed.item_id, closed)


def _publish(yes: Columns) -> Update:
    expected = states_allowing(Event.CREATED) - {State.CLAIMED, State.SCHEDULED}
    nothing = dict.fromkeys(("worker_id", "check_at", "asked_at", "error_class", "error_message"))
    return (
        update(ITEMS)
        .where(_c.id == yes.id, still(_c.attempt == yes.attempt, _c.version == yes.version, in_state(*expected)))
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
    )


def _leads() -> Exists:
    child = ITEMS.alias("child")
    same_post = (child.c.post_id == _c.post_id, child.c.account_id == _c.account_id, child.c.part == _c.part + 1)
    return exists().where(*same_post).correlate(ITEMS)


def _close(item_id: ColumnElement[str], told: Columns) -> Update:
    row = ATTEMPTS.c
    nothing = dict.fromkeys(("error_class", "http_status", "request_id"))
    return (
        update(ATTEMPTS)
        .where(row.item_id == item_id, row.attempt == told.attempt)
        .values(settled_at=told.at, outcome=Event.CREATED.value, detail=told.detail, calls=told.calls, **nothing)
    )


def _somebody() -> tuple[Label[bool], Label[bool]]:
    return causes.somebody_listens().label("heard"), cards.somebody_has_one().label("shown")
