"""The daily digest: once a day at the brand's own time, with what was, will be, and needs somebody."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from bot import clock
from bot.domain.digest import Digest, Mood
from bot.domain.ids import ItemId
from bot.domain.publication import State
from bot.domain.report import Span
from bot.services import digesting, reporting, workspaces
from storage import digests
from storage.tables import AccountRow, AttemptRow, BrandDigestRow, ItemSnapshotRow, NoticeRow, PostItemRow, PostRow
from tests.toy_queue import Queue

FRIDAY = datetime(2026, 11, 27, 8, 0, 20, tzinfo=UTC)
"""20 s after 09:00 in Berlin."""


@dataclass
class Hands:
    """A clock that stands where it is put."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def on(self, **ahead: float) -> None:
        self.at += timedelta(**ahead)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Thursday noon in Berlin."""
    hands = Hands(at=FRIDAY - timedelta(hours=21))
    monkeypatch.setattr(clock, "now", hands.now)
    return hands


async def owed(slack: Queue, kind: str = "digest") -> list[NoticeRow]:
    async with slack.deps.database.reading() as session:
        rows = await session.scalars(select(NoticeRow).where(NoticeRow.kind == kind).order_by(NoticeRow.created_at))
        return list(rows)


async def told(slack: Queue) -> list[Digest]:
    return [digesting.unpacked(notice.payload["digest"]) for notice in await owed(slack)]


async def publish(slack: Queue, text: str, at: datetime, state: State = State.PUBLISHED, **facts: object) -> ItemId:
    """A post that went out, or did not, at that instant; its item."""
    post_id = await slack.post(text, due_at=at)
    went = at + timedelta(seconds=1) if state is State.PUBLISHED else None
    async with slack.deps.database.transaction() as session:
        item_id = await session.scalar(select(PostItemRow.id).where(PostItemRow.post_id == post_id))
        values = {"state": state.value, "published_at": went, "claim_at": None, **facts}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(**values))
    return ItemId(str(item_id))


async def read(slack: Queue, item_id: ItemId, *numbers: tuple[datetime, int | None]) -> None:
    """Snapshots of the item's views."""
    rows = [
        {
            "item_id": item_id,
            "day": at.date().isoformat(),
            "workspace_id": slack.workspace_id,
            "brand_id": slack.brand.id,
            "account_id": slack.account.id,
            "fetched_at": at,
            "views": views,
            "likes": 3,
            "raw": {},
        }
        for at, views in numbers
    ]
    async with slack.deps.database.transaction() as session:
        await session.execute(insert(ItemSnapshotRow), rows)


async def tick(slack: Queue, hands: Hands, to: datetime | None = None) -> int:
    hands.at = to or hands.at
    return await digesting.tell_due(slack.deps)


async def test_a_brand_is_told_at_nine_of_its_own_day_and_once(slack: Queue, hands: Hands) -> None:
    await publish(slack, "New beans", FRIDAY - timedelta(hours=20))
    assert await tick(slack, hands) == 1, "the first time is reckoned"
    assert await owed(slack) == []

    for at in (FRIDAY - timedelta(minutes=1), FRIDAY, FRIDAY, FRIDAY + timedelta(minutes=1)):
        await tick(slack, hands, at)

    (digest,) = await told(slack)
    assert digest.day == date(2026, 11, 27)
    assert digest.mood is Mood.NORMAL
    assert digest.tally.published == 1
    assert digest.due_at == FRIDAY.replace(second=0)


async def test_an_hour_that_the_night_takes_away_moves_no_digest(slack: Queue, hands: Hands) -> None:
    await tick(slack, hands, datetime(2027, 3, 26, 12, tzinfo=UTC))
    days: list[datetime] = []
    for _ in range(4):
        async with slack.deps.database.reading() as session:
            state = await digests.state_of(session, slack.workspace_id, slack.brand.id)
        assert state.next_at is not None
        days.append(state.next_at)
        await tick(slack, hands, state.next_at)

    assert [f"{at:%d %H:%M}" for at in days] == ["27 08:00", "28 07:00", "29 07:00", "30 07:00"]


async def test_after_days_of_silence_only_the_newest_day_is_told_and_says_its_own_time(
    slack: Queue, hands: Hands
) -> None:
    await tick(slack, hands)
    late = FRIDAY + timedelta(days=3, hours=7)
    await publish(slack, "New beans", late - timedelta(days=1))

    await tick(slack, hands, late)
    await tick(slack, hands, late)

    (digest,) = await told(slack)
    assert digest.day == date(2026, 11, 30)
    assert digest.at == late
    assert digest.due_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


async def test_a_quiet_day_is_told_once_and_then_there_is_silence(slack: Queue, hands: Hands) -> None:
    await tick(slack, hands)
    for day in range(3):
        await tick(slack, hands, FRIDAY + timedelta(days=day))
    assert [digest.mood for digest in await told(slack)] == [Mood.QUIET]

    await publish(slack, "New beans", FRIDAY + timedelta(days=2, hours=5))
    for day in range(3, 6):
        await tick(slack, hands, FRIDAY + timedelta(days=day))

    assert [digest.mood for digest in await told(slack)] == [Mood.QUIET, Mood.NORMAL, Mood.QUIET]


async def test_without_a_channel_or_slack_or_when_off_nothing_is_told(toy: Queue, hands: Hands) -> None:
    await publish(toy, "New beans", FRIDAY - timedelta(hours=20))
    assert await tick(toy, hands) == 0
    await toy.in_slack()
    await tick(toy, hands)
    await digesting.set_time(toy.deps, toy.brand, enabled=False, minute=None, asked_by="slack:U1")

    assert await tick(toy, hands, FRIDAY) == 0
    assert await owed(toy) == []


async def test_another_time_holds_from_now_on_and_never_tells_a_day_twice(slack: Queue, hands: Hands) -> None:
    await publish(slack, "New beans", FRIDAY - timedelta(hours=20))
    await publish(slack, "Latte art", FRIDAY + timedelta(hours=4))
    await tick(slack, hands)
    state = await digesting.set_time(slack.deps, slack.brand, enabled=True, minute=8 * 60 + 30, asked_by="slack:U1")
    assert state.next_at == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    await tick(slack, hands, state.next_at)

    state = await digesting.set_time(slack.deps, slack.brand, enabled=True, minute=11 * 60, asked_by="slack:U1")

    assert state.next_at == datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
    await tick(slack, hands, FRIDAY + timedelta(hours=2))
    assert [digest.day.day for digest in await told(slack)] == [27]


async def test_a_new_zone_moves_the_next_digest(slack: Queue, hands: Hands) -> None:
    await tick(slack, hands)
    brand = await workspaces.change_brand(slack.deps, slack.brand, asked_by="slack:U1", timezone="America/New_York")
    await tick(slack, hands)

    state = await digesting.time_of(slack.deps, brand)

    assert state.next_at == datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


async def test_views_are_those_of_yesterday_against_the_days_before(slack: Queue, hands: Hands) -> None:
    item_id = await publish(slack, "New beans", FRIDAY - timedelta(days=10))
    morning = FRIDAY.replace(hour=5, minute=40, second=0)
    await read(slack, item_id, *[(morning - timedelta(days=back), 2000 - 200 * back) for back in range(1, 9)])
    await read(slack, item_id, (morning, 2300))
    silent = await publish(slack, "No views here", FRIDAY - timedelta(days=2))
    await read(slack, silent, (morning, None))
    hands.at = FRIDAY

    digest = await digesting.gather(slack.deps, slack.brand, due_at=FRIDAY)

    assert digest.views == 500
    assert digest.change_pct == 150
    assert [bar.value for bar in digest.bars] == [200, 200, 200, 200, 200, 200, 500]
    assert digest.best is not None
    assert digest.best.text == "New beans"
    assert digest.best.numbers.views == 2300
    assert digest.best.numbers.comments is None
    assert digest.numbers_at == morning


async def test_what_was_counted_before_a_pause_is_not_put_down_to_the_days_of_a_report(
    slack: Queue, hands: Hands
) -> None:
    item_id = await publish(slack, "New beans", FRIDAY - timedelta(days=4, hours=20))
    morning = FRIDAY.replace(hour=5, minute=40, second=0)
    await read(slack, item_id, (morning - timedelta(days=4), 1000), (morning, 1040))
    hands.at = FRIDAY
    yesterday = (FRIDAY - timedelta(days=1)).date()

    made = await reporting.report(slack.deps, slack.brand, Span(since=yesterday, until=yesterday))

    assert made.views == 10


async def test_what_failed_was_mended_and_missed_is_told_apart(slack: Queue, hands: Hands) -> None:
    yesterday = FRIDAY - timedelta(hours=20)
    await publish(slack, "Fine", yesterday)
    await publish(slack, "Fine too", yesterday)
    mended = await publish(slack, "Mended", yesterday)
    await publish(slack, "Broken", yesterday, State.FAILED, error_class="content", error_message="X: too long")
    async with slack.deps.database.transaction() as session:
        tried = {"item_id": mended, "attempt": 1, "workspace_id": slack.workspace_id, "worker_id": "w"}
        await session.execute(insert(AttemptRow).values(**tried, armed_at=yesterday, outcome="refused"))
    hands.at = FRIDAY

    digest = await digesting.gather(slack.deps, slack.brand, due_at=None)

    tally = digest.tally
    assert (tally.published, tally.failed, tally.mended, tally.missed) == (3, 1, 1, 0)
    assert digest.mood is Mood.NORMAL
    assert len(digest.needs) == 1


async def test_a_day_on_which_half_did_not_go_out_is_a_bad_day_with_its_cause(slack: Queue, hands: Hands) -> None:
    for number in range(4):
        at = FRIDAY - timedelta(hours=20 - number)
        await publish(slack, f"Lost {number}", at, State.FAILED, error_class="account", error_message="no")
    await publish(slack, "Fine", FRIDAY - timedelta(hours=15))
    hands.at = FRIDAY

    digest = await digesting.gather(slack.deps, slack.brand, due_at=None)

    assert digest.mood is Mood.BAD
    assert digest.one_cause is not None
    assert digest.one_cause.cause == "account"
    assert [one.text for one in digest.unsent] == [f"Lost {number}" for number in range(4)]


async def test_access_that_ends_is_named_with_its_day_and_the_posts_it_kills(slack: Queue, hands: Hands) -> None:
    hands.at = FRIDAY
    end = FRIDAY + timedelta(days=6)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).where(AccountRow.id == slack.account.id).values(ends_at=end))
    for day in (3, 7, 8, 9, 10):
        await slack.post(f"In {day} days", due_at=FRIDAY + timedelta(days=day))

    digest = await digesting.gather(slack.deps, slack.brand, due_at=FRIDAY)

    (ending,) = digest.endings
    assert (ending.at, ending.posts) == (end, 4)


async def test_the_report_of_a_week_follows_the_digest_on_monday_and_once(slack: Queue, hands: Hands) -> None:
    await tick(slack, hands)
    await publish(slack, "New beans", FRIDAY - timedelta(hours=20))
    for day in range(6):
        await tick(slack, hands, FRIDAY + timedelta(days=day))

    (weekly,) = await owed(slack, "report")

    made = reporting.unpacked(weekly.payload["report"])
    assert made.span.week == 48
    assert made.tally.published == 1
    assert made.ahead is not None
    monday = [one for one in await owed(slack) if one.dedupe_key.endswith("2026-11-30")]
    assert all(one.created_at < weekly.created_at for one in monday)


async def test_a_week_whose_monday_passed_in_silence_is_reported_the_day_after(slack: Queue, hands: Hands) -> None:
    await publish(slack, "New beans", FRIDAY - timedelta(hours=20))
    await tick(slack, hands)
    await tick(slack, hands, FRIDAY)

    await tick(slack, hands, FRIDAY + timedelta(days=4))

    assert [one.dedupe_key for one in await owed(slack, "report")] == [f"weekly:{slack.brand.id}:2026-11-30"]


async def test_only_one_of_many_who_come_at_once_takes_the_turn(slack: Queue, hands: Hands) -> None:
    await publish(slack, "New beans", FRIDAY - timedelta(hours=20))
    await tick(slack, hands)
    hands.at = FRIDAY
    async with slack.deps.database.reading() as session:
        (due,) = await digests.due(session, now=FRIDAY, limit=9)

    taken = [await digesting._take_turn(slack.deps, due) for _ in range(3)]

    assert taken == [True, False, False]
    assert len(await owed(slack)) == 1


async def test_a_row_of_before_keeps_its_time_when_it_is_reckoned_anew(slack: Queue, hands: Hands) -> None:
    row = {"enabled": True, "minute": 600, "next_at": None, "last_day": "2026-11-26", "quiet_since": "2026-11-25"}
    async with slack.deps.database.transaction() as session:
        await session.execute(
            insert(BrandDigestRow).values(brand_id=slack.brand.id, workspace_id=slack.workspace_id, **row)
        )
    await tick(slack, hands)

    state = await digesting.time_of(slack.deps, slack.brand)

    assert state.next_at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert state.quiet_since == date(2026, 11, 25)


async def test_asking_twice_in_a_minute_tells_once(slack: Queue, hands: Hands) -> None:
    hands.at = FRIDAY
    assert await digesting.tell_now(slack.deps, slack.brand)
    assert not await digesting.tell_now(slack.deps, slack.brand)

    hands.on(minutes=1)

    assert await digesting.tell_now(slack.deps, slack.brand)
    async with slack.deps.database.reading() as session:
        assert await session.scalar(select(PostRow.id)) is None
