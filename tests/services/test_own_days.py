"""What accounts say of themselves in a report: views, reach and followers of some days, whatever was posted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.accounts import Connected
from bot.domain.report import AccountLine, Span
from bot.services import reporting
from platforms.base import AccountDay, Endpoints, NumbersRules, Wire
from storage import account_days, polls
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.polls import Turn
from storage.tables import AccountPollRow
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue

_WEEK = Span(since=date(2026, 3, 9), until=date(2026, 3, 15))
_RULES = NumbersRules(history_days=90, history_reach_days=729, source="https://toy.example", read=date(2026, 11, 21))


async def _history(
    _wire: Wire, _endpoints: Endpoints, _connected: Connected, _first: date, _last: date
) -> tuple[AccountDay, ...]:
    return ()


@pytest.fixture
async def toy(database: Database, network: ToyNetwork, tmp_path: Path) -> AsyncIterator[Queue]:
    """A queue whose network tells each day of an account, of which nothing is known yet."""
    connector = toy_connector()
    connector = replace(connector, spec=replace(connector.spec, numbers=_RULES), history=_history)
    async with queue(database, connector, network, FolderStore(tmp_path / "media")) as ready:
        async with database.transaction() as session:
            await polls.begin(session, ready.account, now=clock.now())
        yield ready


async def _keep_days(toy: Queue, *days: AccountDay) -> None:
    async with toy.deps.database.transaction() as session:
        await account_days.keep(session, toy.workspace_id, toy.account.id, days, now=clock.now())


async def _had(toy: Queue, followers: int | None, at: datetime) -> None:
    turn = Turn(
        account_id=toy.account.id,
        workspace_id=toy.workspace_id,
        claimed_until=at,
        own_due_at=at,
        enrolled_until=None,
        tries=0,
        history_from=None,
        history=None,
        history_asked=None,
    )
    async with toy.deps.database.transaction() as session:
        await polls.keep_own(session, turn, {"followers": followers}, {"n": 1}, at=at)


async def _done(toy: Queue) -> None:
    """All days are here."""
    kept = {"first": "2024-01-01", "last": "2026-12-31", "until": "2999-01-01", "done": True, "any": True}
    async with toy.deps.database.transaction() as session:
        row = (await session.scalars(select(AccountPollRow))).one()
        row.history = kept | {"kept": ["2024-01-01", "2026-12-31"]}


async def _accounts(toy: Queue) -> tuple[AccountLine, ...]:
    return (await reporting.report(toy.deps, toy.brand, _WEEK)).accounts


async def test_views_add_up_reach_is_a_day_s_and_followers_are_those_at_the_end(toy: Queue) -> None:
    await _done(toy)
    before, first = AccountDay(day=date(2026, 3, 8), views=1_000, followers=90), date(2026, 3, 9)
    await _keep_days(
        toy, before, *(AccountDay(day=first + timedelta(days=n), views=100, reach=10 + n) for n in range(5))
    )
    await _keep_days(toy, AccountDay(day=date(2026, 3, 16), views=1_000, followers=300))
    await _had(toy, 120, datetime(2026, 3, 15, 20, tzinfo=UTC))
    await _had(toy, None, datetime(2026, 3, 15, 22, tzinfo=UTC))
    await _had(toy, 130, datetime(2026, 3, 16, 4, tzinfo=UTC))

    assert await _accounts(toy) == (
        AccountLine(
            platform="toy",
            handle=toy.account.handle,
            views=500,
            views_days=5,
            reach_a_day=12,
            followers=120,
            followers_change=30,
            fetching=False,
        ),
    )


async def test_nobody_knows_how_followers_changed_while_nobody_asked(toy: Queue) -> None:
    await _done(toy)
    await _had(toy, 120, datetime(2026, 3, 5, 20, tzinfo=UTC))
    (account,) = await _accounts(toy)
    assert (account.followers, account.followers_change) == (120, None)

    await _keep_days(toy, AccountDay(day=date(2026, 3, 14), followers=150))
    (account,) = await _accounts(toy)
    assert (account.followers, account.followers_change) == (150, 30)


async def test_an_account_of_which_nothing_is_known_is_left_out(toy: Queue) -> None:
    await _done(toy)
    assert await _accounts(toy) == ()


async def test_a_report_of_days_that_are_missing_has_them_fetched(toy: Queue) -> None:
    (account,) = await _accounts(toy)
    assert account.fetching
    assert (account.views, account.followers) == (None, None)
    async with toy.deps.database.reading() as session:
        poll = (await session.scalars(select(AccountPollRow))).one()
    assert poll.history_asked == _WEEK.since.isoformat()


async def test_a_report_survives_its_notice_also_of_a_version_without_accounts(toy: Queue) -> None:
    made = await reporting.report(toy.deps, toy.brand, _WEEK)
    assert reporting.unpacked(reporting.packed(made)) == made
    old = {name: value for name, value in reporting.packed(made).items() if name != "accounts"}
    assert reporting.unpacked(old) == replace(made, accounts=())
