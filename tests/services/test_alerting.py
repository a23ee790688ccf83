"""Access that ends: told once a step with the posts it will kill, to its owner first, and mended in its place."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Account, Health, Secret, Tokens
from bot.domain.errors import Conflict, NotAllowed, NotFound
from bot.services import alerting, connecting
from bot.services.keeping import keep_all
from storage import accounts, alerts, audit
from storage.tables import AccountRow, AlertRow, NoticeRow
from tests.toy_queue import Queue

MAYA = "slack:UMAYA"


async def ends_in(toy: Queue, ahead: timedelta, *, owner: str | None = MAYA, renews: bool = False) -> datetime:
    """Let the account's access end then; returns when."""
    at = clock.now() + ahead
    tokens = Tokens(
        access=Secret("t"),
        access_expires_at=at,
        refresh=Secret("r") if renews else None,
        refresh_expires_at=at if renews else None,
    )
    async with toy.deps.database.transaction() as session:
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, toy.account, tokens)
        if owner is not None:
            event = audit.AuditEvent(at=clock.now(), actor=owner, event="account_connected", account_id=toy.account.id)
            await audit.add_event(session, toy.workspace_id, event)
    return at


async def sick(toy: Queue, health: Health) -> None:
    async with toy.deps.database.transaction() as session:
        await accounts.set_health(session, toy.workspace_id, toy.account.id, health, detail="It said no.")


async def notices(toy: Queue) -> list[NoticeRow]:
    async with toy.deps.database.reading() as session:
        rows = await session.scalars(
            select(NoticeRow)
            .where(NoticeRow.kind.in_(["access", "access_now"]))
            .order_by(NoticeRow.created_at, NoticeRow.dedupe_key)
        )
        return list(rows.all())


def told(rows: list[NoticeRow]) -> list[tuple[str, str]]:
    return [(row.kind, row.payload["to"]) for row in rows]


async def four_posts_after(toy: Queue, at: datetime) -> None:
    await toy.post("Before it ends", due_at=at - timedelta(hours=1))
    for number in range(4):
        await toy.post(f"After it ended, {number}", due_at=at + timedelta(days=1 + number))


async def again(toy: Queue) -> Account:
    """Connect the same account once more, as Maya."""
    new = accounts.NewAccount(
        platform="toy",
        platform_account_id="1",
        handle="juniper",
        display_name="Juniper",
        service_url=toy.account.service_url,
    )
    kept = await keep_all(toy.deps, toy.brand, [(new, Tokens(access=Secret("new")))], asked_by=MAYA)
    return kept.account


async def test_what_ends_in_six_days_names_its_end_and_the_posts_after_it(toy: Queue) -> None:
    at = await ends_in(toy, timedelta(days=6))
    await four_posts_after(toy, at)
    async with toy.deps.database.reading() as session:
        (one,) = await alerting.ending(session, toy.workspace_id, toy.brand.id, clock.now())
    assert (one.account.id, one.ends_at, one.count) == (toy.account.id, at, 4)
    assert [hit.text for hit in one.posts] == [f"After it ended, {number}" for number in range(4)]
    assert all(hit.scheduled_at > at for hit in one.posts)


async def test_a_healthy_account_threatens_nothing(toy: Queue) -> None:
    await ends_in(toy, timedelta(days=15))
    async with toy.deps.database.reading() as session:
        assert await alerting.ending(session, toy.workspace_id, toy.brand.id, clock.now()) == []
    assert await alerting.warn(toy.deps) == 0


@pytest.mark.parametrize("moved", [True, False], ids=["renewed and yet it ends", "connected just now"])
async def test_what_renews_itself_is_told_of_only_if_renewing_does_not_help(toy: Queue, *, moved: bool) -> None:
    await ends_in(toy, timedelta(days=6), renews=True)
    if moved:
        async with toy.deps.database.transaction() as session:
            await session.execute(update(AccountRow).values(connected_at=clock.now() - timedelta(days=300)))
    assert await alerting.warn(toy.deps) == (1 if moved else 0)


async def test_the_owner_is_told_at_once_and_the_channel_a_day_later(slack: Queue) -> None:
    await ends_in(slack, timedelta(days=6))
    assert await alerting.warn(slack.deps) == 1
    later, first = sorted(await notices(slack), key=lambda row: row.payload["to"])
    assert told([first, later]) == [("access", "owner"), ("access", "channel")]
    assert first.payload["user"] == "UMAYA"
    assert first.brand_id is None
    assert later.deliver_at - first.deliver_at == timedelta(hours=24)


@pytest.mark.parametrize(
    ("days", "owner", "whom"),
    [
        (13, MAYA, {"owner"}),
        (13, None, {"channel"}),
        (13, "cli", {"channel"}),
        (2.9, MAYA, {"owner", "channel"}),
        (0.5, MAYA, {"owner", "channel"}),
    ],
)
async def test_the_nearer_the_end_the_louder(slack: Queue, days: float, owner: str | None, whom: set[str]) -> None:
    await ends_in(slack, timedelta(days=days), owner=owner)
    await alerting.warn(slack.deps)
    rows = await notices(slack)
    assert {row.payload["to"] for row in rows} == whom
    assert {row.deliver_at - row.created_at for row in rows} == {timedelta()}


async def test_each_step_is_told_once_and_a_herald_that_was_off_says_the_nearest_alone(
    slack: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await ends_in(slack, timedelta(days=30))
    steps: list[int] = []
    for days in (30, 13.5, 13, 12, 2.5, 2, 0.9, 0.5):
        monkeypatch.setattr(clock, "now", lambda days=days: at - timedelta(days=days))
        await alerting.warn(slack.deps)
        await alerting.warn(slack.deps)
    async with slack.deps.database.reading() as session:
        steps = [row.facts["step"] for row in await session.scalars(select(AlertRow).order_by(AlertRow.opened_at))]
    assert steps == [14, 3, 1]


async def test_two_workers_at_once_tell_nothing_twice(slack: Queue) -> None:
    await ends_in(slack, timedelta(days=2))
    opened = await asyncio.gather(*(alerting.warn(slack.deps) for _ in range(4)))
    assert sum(opened) == 1
    assert len(await notices(slack)) == 2


@pytest.mark.parametrize("health", [Health.EXPIRED, Health.REVOKED])
async def test_a_lost_access_is_told_to_owner_and_channel_at_once(slack: Queue, health: Health) -> None:
    await ends_in(slack, timedelta(days=300))
    await slack.post("Waits for it", due_at=clock.now() + timedelta(days=1))
    await sick(slack, health)
    assert await alerting.warn(slack.deps) == 1
    assert await alerting.warn(slack.deps) == 0
    rows = await notices(slack)
    assert sorted(told(rows)) == [("access", "channel"), ("access", "owner")]
    found = await alerting.told(slack.deps, slack.workspace_id, rows[0].payload["alert"])
    assert found is not None
    assert (found.ends_at, found.count) == (None, 1)


async def test_an_account_that_could_not_be_asked_is_asked_again_before_anybody_is_told(slack: Queue) -> None:
    await sick(slack, Health.FAILING)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(checked_at=clock.now() - timedelta(hours=1)))
    assert await alerting.warn(slack.deps) == 0
    async with slack.deps.database.reading() as session:
        account = await accounts.get_account(session, slack.workspace_id, slack.account.id)
    assert account.health is Health.HEALTHY


async def test_connecting_it_again_changes_what_was_said_and_withdraws_what_was_not(slack: Queue) -> None:
    at = await ends_in(slack, timedelta(days=6))
    await four_posts_after(slack, at)
    await alerting.warn(slack.deps)
    await again(slack)
    owner, channel, mended = sorted(await notices(slack), key=lambda row: (row.kind, row.payload["to"] != "owner"))
    assert (mended.kind, mended.payload["notice_id"]) == ("access_now", owner.id)
    assert channel.delivered_at is not None
    found = await alerting.told(slack.deps, slack.workspace_id, owner.payload["alert"])
    assert found is not None
    assert (found.alert.resolved_by, found.facts["safe"], found.facts["gone"]) == (MAYA, 4, False)
    assert await alerting.warn(slack.deps) == 0


async def test_an_access_that_was_renewed_or_works_again_is_told_so(slack: Queue) -> None:
    await sick(slack, Health.REVOKED)
    await alerting.warn(slack.deps)
    await sick(slack, Health.HEALTHY)
    await alerting.warn(slack.deps)
    assert ("access_now", "channel") in told(await notices(slack))


async def test_taking_the_account_out_ends_the_warning(slack: Queue) -> None:
    await ends_in(slack, timedelta(days=6))
    await alerting.warn(slack.deps)
    await connecting.disconnect(slack.deps, slack.account, asked_by=MAYA)
    async with slack.deps.database.reading() as session:
        (row,) = await session.scalars(select(AlertRow))
    assert row.facts["gone"] is True


async def test_the_owner_alone_may_be_reminded_once_more_tomorrow_at_nine(
    slack: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)  # the clocks change that night
    monkeypatch.setattr(clock, "now", lambda: now)
    await ends_in(slack, timedelta(days=6))
    await alerting.warn(slack.deps)
    key = (await notices(slack))[0].payload["alert"]
    with pytest.raises(NotAllowed):
        await alerting.remind_tomorrow(slack.deps, slack.workspace_id, key, asked_by="slack:UOMAR")
    until = await alerting.remind_tomorrow(slack.deps, slack.workspace_id, key, asked_by=MAYA)
    assert until == datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
    assert ("access", "owner:1") not in told(await notices(slack))
    monkeypatch.setattr(clock, "now", lambda: until)
    await asyncio.gather(*(alerting.warn(slack.deps) for _ in range(3)))
    assert told(await notices(slack)).count(("access", "owner:1")) == 1


async def test_nobody_is_reminded_on_the_last_day_nor_of_what_is_mended_or_not_theirs(slack: Queue) -> None:
    await ends_in(slack, timedelta(hours=20))
    await alerting.warn(slack.deps)
    key = (await notices(slack))[0].payload["alert"]
    with pytest.raises(Conflict, match="too late"):
        await alerting.remind_tomorrow(slack.deps, slack.workspace_id, key, asked_by=MAYA)
    await again(slack)
    with pytest.raises(Conflict, match="mended"):
        await alerting.remind_tomorrow(slack.deps, slack.workspace_id, key, asked_by=MAYA)
    async with slack.deps.database.transaction() as session:
        other = await alerts.get_alert(session, type(slack.workspace_id)("ws_other"), key)
    assert other is None
    with pytest.raises(NotFound):
        await alerting.remind_tomorrow(slack.deps, slack.workspace_id, "expiry:nothing", asked_by=MAYA)


async def test_without_slack_nothing_is_owed_and_the_warning_is_known_all_the_same(toy: Queue) -> None:
    await ends_in(toy, timedelta(days=2))
    assert await alerting.warn(toy.deps) == 1
    assert await notices(toy) == []
