"""Ten days, and workers killed at random around the time of the digest: each day is told exactly once."""

import asyncio
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.digest_times import DEFAULT_MINUTE, instant_of
from storage.engine import Database
from storage.tables import AccountRow, BrandDigestRow, BrandRow, NoticeRow, SlackInstallationRow
from tests import factories, history

_ROOT = Path(__file__).parents[2]
_SEED = int(os.environ.get("CRASH_SEED", "20261121"))
_FULL = os.environ.get("CRASH_KILLS") == "full"
_BERLIN = ZoneInfo("Europe/Berlin")
_DAYS = 10
_FIRST = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)
"""A Tuesday; clocks go back on the sixth day."""
_TOLD_WITHIN_S = 60.0

pytestmark = pytest.mark.timeout(600)


class Team:
    """The workers, and the one clock they all look at."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url, self.folder = database_url, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def set_clock(self, now: datetime) -> None:
        """From now on it is this time for everybody."""
        fresh = self.folder / "clock.new"
        fresh.write_text(now.isoformat())
        fresh.rename(self.folder / "clock")

    def start(self) -> None:
        """One more worker."""
        command = [sys.executable, "-m", "tests.crash.digest_worker", self.url, self.folder / "clock", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.workers.append(subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log))  # noqa: S603  # our own program

    def kill(self, victim: int) -> None:
        """SIGKILL, and another in its place."""
        worker = self.workers.pop(victim % len(self.workers))
        worker.kill()
        worker.wait()
        self.killed += 1
        self.start()

    def end(self) -> None:
        """No worker is left."""
        for worker in self.workers:
            worker.kill()
            worker.wait()


async def _furnish(database: Database) -> None:
    """A brand in Slack with something to say every day."""
    brand = await factories.make_brand(database)
    account = await factories.make_account(database, brand)
    async with database.transaction() as session:
        session.add(
            SlackInstallationRow(
                workspace_id=brand.workspace_id,
                team_id="T1",
                bot_id="B1",
                bot_user_id="U1",
                scopes=[],
                sealed=b"",
                key_id="k",
                installed_at=clock.now(),
            )
        )
        await session.execute(update(BrandRow).where(BrandRow.id == brand.id).values(channel="C1"))
        await session.execute(update(AccountRow).where(AccountRow.id == account.id).values(connected_at=_FIRST))
    for day in range(_DAYS):
        at = _FIRST + timedelta(days=day - 1, hours=9)
        await history.published(database, brand, account, f"Day {day}", at)


async def _notices(database: Database, kind: str) -> list[str]:
    async with database.reading() as session:
        rows = await session.scalars(select(NoticeRow.dedupe_key).where(NoticeRow.kind == kind).order_by(NoticeRow.id))
        return [key.rpartition(":")[2] for key in rows]


async def _told(database: Database, day: str, team: Team) -> None:
    deadline_s = clock.uptime_s() + _TOLD_WITHIN_S
    while day not in await _notices(database, "digest"):
        assert clock.uptime_s() < deadline_s, (team.folder / "log").read_text()[-3000:]
        await asyncio.sleep(0.02)


async def _reckoned(database: Database, team: Team) -> None:
    deadline_s = clock.uptime_s() + _TOLD_WITHIN_S
    while True:
        async with database.reading() as session:
            if await session.scalar(select(BrandDigestRow.next_at)) is not None:
                return
        assert clock.uptime_s() < deadline_s, (team.folder / "log").read_text()[-3000:]
        await asyncio.sleep(0.02)


async def _ten_days(database_url: str, folder: Path, workers: int, kills: float) -> Team:
    """Live through the days; `kills` is how many workers are killed on each, on average."""
    chances = random.Random(_SEED)  # noqa: S311  # to be repeated
    database = await Database.open(database_url)
    team = Team(database_url, folder)
    try:
        await _furnish(database)
        team.set_clock(_FIRST)
        for _ in range(workers):
            team.start()
        await _reckoned(database, team)
        for ahead in range(_DAYS):
            day = _FIRST.date() + timedelta(days=ahead)
            at = instant_of(day, DEFAULT_MINUTE, _BERLIN)
            team.set_clock(at - timedelta(seconds=1))
            await asyncio.sleep(0.02)
            team.set_clock(at)
            for _ in range(int(kills + chances.random())):
                await asyncio.sleep(chances.choice((0.0, 0.01, 0.03, 0.06)) * chances.random())
                team.kill(chances.randrange(workers))
            await _told(database, f"{day}", team)
            team.set_clock(at + timedelta(minutes=1))
            await asyncio.sleep(0.05)
        days = [f"{_FIRST.date() + timedelta(days=ahead)}" for ahead in range(_DAYS)]
        assert await _notices(database, "digest") == days
        assert await _notices(database, "report") == ["2026-10-26"]
        async with database.reading() as session:
            assert [str(day) for day in await session.scalars(select(BrandDigestRow.last_day))] == days[-1:]
    finally:
        team.end()
        await database.close()
    return team


async def test_two_workers_on_postgresql_tell_each_day_once(postgres_url: str, tmp_path: Path) -> None:
    team = await _ten_days(postgres_url, tmp_path, 2, kills=4 if _FULL else 0.4)

    assert team.killed >= 2


async def test_one_worker_on_sqlite_tells_each_day_once(sqlite_url: str, tmp_path: Path) -> None:
    team = await _ten_days(sqlite_url, tmp_path, 1, kills=3 if _FULL else 0.4)

    assert team.killed >= 2
