"""A closed gate is told wherever somebody may look for the reason: lists, the doctor, a post's story."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot import clock
from bot.domain.gates import Budget, Ledger, Reason, Scope, key_of_account, key_of_host, spend
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import doctor, journal, waiting
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import GateRow, PostItemRow
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue, queue


async def close(
    toy: Queue, key: str, reason: Reason, until: datetime, ledgers: Mapping[str, object] | None = None
) -> None:
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key, closed_until=until, reason=reason.value, since=clock.now(), openings=0,
                recent="", ledgers=dict(ledgers or {}), updated_at=clock.now(),
            )
        )  # fmt: skip


async def told(toy: Queue, post_id: PostId) -> list[str]:
    return [line.detail for line in await journal.why(toy.deps, toy.workspace_id, post_id) if line.event == "waits"]


async def put(toy: Queue, post_id: PostId, **values: object) -> None:
    async with toy.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(values))


UNTIL = datetime(2100, 1, 1, 9, 4, tzinfo=UTC)


async def test_an_account_that_is_asked_to_slow_down_says_until_when_in_lists_doctor_and_story(toy: Queue) -> None:
    due, later = await toy.post("Due"), await toy.post("Later", due_at=UNTIL + timedelta(seconds=1))
    assert await waiting.waits_of(toy.deps, [toy.account]) == {}
    assert await told(toy, due) == []
    await close(toy, key_of_account(toy.account.id), Reason.RATE_LIMITED, UNTIL)
    sentence = "Toy asks us to slow down until 2100-01-01T09:04:00+00:00"
    waits = await waiting.waits_of(toy.deps, [toy.account])
    assert [waiting.said(wait) for wait in waits.values()] == [sentence]
    assert await told(toy, due) == [f"{sentence}."]
    assert await told(toy, later) == []
    found = {one.check: one async for one in doctor.examine(toy.deps, public_url="http://127.0.0.1:9")}
    assert (found["toy:juniper"].ok, found["toy:juniper"].detail) == (True, f"fine. Posts wait: {sentence}.")


async def test_a_host_that_is_down_keeps_posts_and_looks_waiting(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    await close(toy, key_of_host("toy", toy.network.url), Reason.DOWN, UNTIL)
    expected = ["Toy does not answer; next try 2100-01-01T09:04:00+00:00."]
    assert await told(toy, post_id) == expected
    await put(toy, post_id, state=State.UNCONFIRMED.value, check_at=clock.now())
    assert await told(toy, post_id) == expected
    await put(toy, post_id, check_at=None)
    assert await told(toy, post_id) == []
    await put(toy, post_id, state=State.SCHEDULED.value)
    async with toy.deps.database.transaction() as session:
        await session.execute(update(GateRow).values(closed_until=clock.now()))
    assert await told(toy, post_id) == ["Toy does not answer; the next post tries it again."]
    await put(toy, post_id, state=State.PUBLISHED.value)
    assert await told(toy, post_id) == []


async def test_a_budget_that_is_spent_is_named_and_keeps_nobody_from_looking(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    budget = Budget(name="b", scope=Scope.ACCOUNT, amount=300, per_s=300.0, source="-", read=date(2026, 11, 21))
    plain = toy_connector()
    connector = replace(plain, spec=replace(plain.spec, budgets=(budget,)))
    async with queue(database, connector, network, FolderStore(tmp_path)) as toy:
        post_id = await toy.post("Hello")
        spent = {str(slot): many for slot, many in spend(budget, Ledger(), 300, clock.now()).spent.items()}
        ledgers = {"b": {"spent": spent, "amount": None, "foreign": 0, "foreign_until": None}}
        await close(toy, key_of_account(toy.account.id), Reason.BUDGET, UNTIL, ledgers)
        sentence = "Toy's budget of 300 posts per 5 min is spent until 2100-01-01T09:04:00+00:00."
        assert await told(toy, post_id) == [sentence]
        await put(toy, post_id, state=State.UNCONFIRMED.value, check_at=clock.now())
        assert await told(toy, post_id) == []
