"""The monthly check: on the first at nine in the brand's zone, every account once, told once."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Connected, Health, Secret
from bot.domain.installations import NewInstallation
from bot.services import checking
from bot.services.deps import Deps
from platforms.base import Identity, Wire
from platforms.errors import Reconnect
from storage import accounts, brands, installations
from storage.tables import BrandRow, NoticeRow
from tests.toy import toy_connector
from tests.toy_queue import Queue

NINE = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
"""The first of December, nine o'clock in Berlin."""


async def installed(toy: Queue, by: str | None = "UMAYA") -> None:
    """Herald in Slack, since long ago."""
    new = NewInstallation(
        team_id="T1",
        team_name="Paperboat",
        enterprise_id=None,
        app_id=None,
        bot_id="B1",
        bot_user_id="U1",
        scopes=(),
        installed_by=by,
        token=Secret("xoxb"),
    )
    async with toy.deps.database.transaction() as session:
        await installations.save_installation(session, toy.workspace_id, toy.deps.vault, new)
        await session.execute(update(BrandRow).values(created_at=NINE - timedelta(days=90), channel="C1"))


async def notices(toy: Queue) -> list[NoticeRow]:
    async with toy.deps.database.reading() as session:
        rows = await session.scalars(select(NoticeRow).where(NoticeRow.kind == checking.KIND))
        return sorted(rows, key=lambda row: row.dedupe_key)


def refusing(toy: Queue, asked: list[str]) -> Deps:
    """Toy lets nobody in any more."""

    async def identify(_wire: Wire, account: Connected) -> Identity:
        asked.append(account.account.id)
        raise Reconnect("Toy wants you to sign in again.")

    return replace(toy.deps, connectors={"toy": replace(toy_connector(), identify=identify)})


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (NINE - timedelta(seconds=1), None),
        (NINE, date(2026, 12, 1)),
        (NINE + timedelta(days=6, hours=23), date(2026, 12, 1)),
        (NINE + timedelta(days=7), None),
        (NINE + timedelta(days=20), None),
    ],
)
async def test_a_month_is_due_for_a_week_from_its_first_morning_on(
    toy: Queue, now: datetime, month: date | None
) -> None:
    brand = replace(toy.brand, created_at=NINE - timedelta(days=90))
    assert checking.month_to_check([brand], now) == month
    assert checking.month_to_check([replace(brand, created_at=NINE + timedelta(hours=1))], now) is None
    assert checking.month_to_check([], now) is None


async def test_every_account_is_asked_about_and_its_health_noted_and_told_once(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    deps = refusing(toy, asked)
    await installed(toy)
    monkeypatch.setattr(clock, "now", lambda: NINE)
    assert sum(await asyncio.gather(*(checking.check_in_turn(deps) for _ in range(3)))) == 1
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(days=2))
    assert await checking.check_in_turn(deps) == 0
    assert asked == [toy.account.id]
    (notice,) = await notices(toy)
    assert notice.payload == {"month": "2026-12-01", "user": "UMAYA"}
    async with toy.deps.database.reading() as session:
        account = await accounts.get_account(session, toy.workspace_id, toy.account.id)
    assert account.health is Health.REVOKED


async def test_the_next_month_comes_again_and_whoever_vanished_while_checking_is_replaced(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installed(toy)

    async def vanishing(_wire: Wire, _account: Connected) -> Identity:
        raise asyncio.CancelledError

    broken = replace(toy.deps, connectors={"toy": replace(toy_connector(), identify=vanishing)})
    monkeypatch.setattr(clock, "now", lambda: NINE)
    with pytest.raises(asyncio.CancelledError):
        await checking.check_in_turn(broken)
    assert await checking.check_in_turn(toy.deps) == 0
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(hours=3))
    assert await checking.check_in_turn(toy.deps) == 1
    monkeypatch.setattr(clock, "now", lambda: NINE + timedelta(days=31))
    assert await checking.check_in_turn(toy.deps) == 1
    assert [row.payload["month"] for row in await notices(toy)] == ["2026-12-01", "2027-01-01"]


async def test_where_nobody_knows_who_installed_it_each_brand_is_told_of_its_own(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installed(toy, by=None)
    async with toy.deps.database.transaction() as session:
        await brands.create_brand(session, toy.workspace_id, "Harbor", timezone="Asia/Kathmandu", channel="C2")
    monkeypatch.setattr(clock, "now", lambda: NINE)
    assert await checking.check_in_turn(toy.deps) == 1
    told = await notices(toy)
    assert {row.payload["brand"] for row in told} == {row.brand_id for row in told}
    assert len(told) == 2


async def test_an_account_that_goes_meanwhile_holds_up_nobody(toy: Queue) -> None:
    gone = replace(toy.account, id=type(toy.account.id)("acct_gone"))
    await checking.check_all(toy.deps, [gone, toy.account], pause_s=0)
