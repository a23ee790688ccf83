"""Gates through real dispatchers: shared budgets, 429, hosts that are down or hang, and brands with much to say."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update

from bot import clock
from bot.domain.gates import Budget, Reason, Scope, key_of_account, key_of_host
from bot.domain.ids import PostId
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from bot.services import notifying, publishing, reconciling, working
from bot.services.publishing import Armed, Ready
from handlers.clock.worker import Pace
from platforms.base import Connector
from storage import accounts, brands
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import AttemptRow, GateRow, PostItemRow, WorkerRow
from tests.toy import ToyNetwork, toy_connector, toy_network
from tests.toy_queue import Queue, queue


def connector(*, budget: Budget | None = None, wait: timedelta | None = None) -> Connector:
    """A toy that has a budget, or says until when a 429 lasts."""
    plain = toy_connector()
    spec = replace(
        plain.spec,
        budgets=() if budget is None else (budget,),
        read_reset=lambda _answer, came: None if wait is None else came + wait,
    )
    return replace(plain, spec=spec)


async def another(toy: Queue, network: ToyNetwork, name: str) -> Queue:
    """The same installation, seen from another brand with an account of its own."""
    async with toy.deps.database.transaction() as session:
        brand = await brands.create_brand(session, toy.workspace_id, name, timezone="Europe/Berlin")
        new = accounts.NewAccount(
            platform="toy", platform_account_id=name, handle=name, display_name=name, service_url=network.url
        )
        account = await accounts.save_account(session, toy.workspace_id, brand.id, new)
        before = await accounts.load_connected(session, toy.deps.vault, [toy.account.id])
        tokens = before[toy.account.id][0].tokens
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, account, tokens)
    return replace(toy, brand=brand, account=account)


async def gate(toy: Queue, key: str) -> GateRow | None:
    async with toy.deps.database.reading() as session:
        return await session.get(GateRow, key)


async def until_closed(toy: Queue, key: str) -> GateRow:
    while True:
        row = await gate(toy, key)
        if row is not None and row.closed_until is not None:
            return row
        await asyncio.sleep(0.02)


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110  # a condition of the network's
        await asyncio.sleep(0.01)


async def until_tried_again(toy: Queue, key: str, openings: int) -> None:
    while True:
        if (await until_closed(toy, key)).openings > openings:
            return
        await asyncio.sleep(0.02)


async def most_tries(toy: Queue, key: str) -> int:
    """Five closed the gate; since then one went each time it was opened, by us or by its own time, and one may be on
    its way."""
    return 5 + (await until_closed(toy, key)).openings


async def open_now(toy: Queue, key: str) -> None:
    """Let its time be over."""
    async with toy.deps.database.transaction() as session:
        await session.execute(update(GateRow).where(GateRow.key == key).values(closed_until=clock.now()))


async def numbers(toy: Queue) -> Counter[tuple[int, int]]:
    """How many items have how many attempts and failed tries."""
    async with toy.deps.database.reading() as session:
        rows = await session.execute(select(PostItemRow.attempt, PostItemRow.tries))
        return Counter((row.attempt, row.tries) for row in rows)


async def finish(toy: Queue, posts: list[PostId]) -> None:
    for post_id in posts:
        assert await toy.until(post_id, State.PUBLISHED, within_s=60) == [State.PUBLISHED]


async def test_two_workers_share_one_budget_use_it_up_and_never_overdraw_it(
    database: Database, database_url: str, network: ToyNetwork, tmp_path: Path
) -> None:
    """By the network's clock, from the first posts on, which were armed ahead of their second.

    The network's clock is our loop's here, so its window is so long that a busy loop is half a slot late at most.
    Each worker has a database of its own, so that each claims some.
    """
    amount, per_s = 15, 9.0
    budget = Budget(name="b", scope=Scope.ACCOUNT, amount=amount, per_s=per_s, source="-", read=date(2026, 11, 22))
    async with (
        queue(database, connector(budget=budget), network, FolderStore(tmp_path)) as one,
        AsyncExitStack() as end,
    ):
        its_own = await Database.open(database_url)
        end.push_async_callback(its_own.close)
        two = replace(one, deps=replace(one.deps, database=its_own))
        async with one.working(), two.working():
            due_at = clock.now() + timedelta(seconds=1.5)
            posts = [await (one, two)[n % 2].post(f"Post {n}", due_at=due_at) for n in range(3 * amount + 1)]
            await finish(one, posts)
        async with database.reading() as session:
            senders = set(await session.scalars(select(AttemptRow.worker_id)))
    came = [at.timestamp() for at in network.arrivals]
    assert len(came) == len(network.posts) == len(posts)
    assert len(senders) == 2
    assert came[0] >= due_at.timestamp()
    assert min(later - at for at, later in zip(came, came[amount:], strict=False)) >= per_s
    quickest_s = min(came[2 * amount] - came[amount], came[3 * amount] - came[2 * amount])
    assert per_s / quickest_s >= 0.95


async def armed(toy: Queue) -> Armed:
    """The one post there is, on its way."""
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=1)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    (going,) = (await publishing.arm(toy.deps, worker_id, [ready])).armed
    return going


async def test_what_leaves_later_than_it_was_paid_for_counts_from_when_it_left(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    """A commit that takes long, or a loop that is busy, is between the paying and the first byte."""
    per_s = 6.0
    budget = Budget(name="b", scope=Scope.ACCOUNT, amount=1, per_s=per_s, source="-", read=date(2026, 11, 23))
    async with queue(database, connector(budget=budget), network, FolderStore(tmp_path)) as toy:
        first = await toy.post("First")
        going = await armed(toy)
        await asyncio.sleep(1.0)
        await publishing.settle(toy.deps, [await publishing.send(toy.deps, going, fence=lambda: True)])
        assert await toy.states(first) == [State.PUBLISHED]
        second = await toy.post("Second")
        async with toy.working():
            await finish(toy, [second])
    came, later = network.arrivals
    assert (later - came).total_seconds() >= per_s


async def test_what_was_paid_for_too_long_ago_is_not_sent_but_paid_for_anew(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    """As when the process was stopped after the commit: others may have used what was free again."""
    budget = Budget(name="b", scope=Scope.ACCOUNT, amount=1, per_s=1.0, source="-", read=date(2026, 11, 23))
    async with queue(database, connector(budget=budget), network, FolderStore(tmp_path)) as toy:
        post_id = await toy.post("Post")
        going = await armed(toy)
        await asyncio.sleep(0.6)
        await publishing.settle(toy.deps, [await publishing.send(toy.deps, going, fence=lambda: True)])
        assert await toy.states(post_id) == [State.SCHEDULED]
        assert network.arrivals == []
        async with toy.working():
            await finish(toy, [post_id])
        assert len(network.posts) == 1
        assert await numbers(toy) == {(2, 0): 1}


async def test_a_budget_of_other_kinds_of_post_is_not_spent(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    others = frozenset({"toy-film"})
    budget = Budget(
        name="b", scope=Scope.ACCOUNT, amount=1, per_s=3600.0, post_types=others, source="-", read=date(2026, 11, 21)
    )
    async with queue(database, connector(budget=budget), network, FolderStore(tmp_path)) as toy:
        posts = [await toy.post(f"Post {n}") for n in range(3)]
        async with toy.working():
            await finish(toy, posts)
    assert len(network.posts) == 3


async def test_a_429_stops_the_account_for_every_worker_and_costs_nobody_a_try(
    database: Database, network: ToyNetwork, tmp_path: Path
) -> None:
    network.behaviour = lambda _: "429"
    async with queue(database, connector(wait=timedelta(minutes=5)), network, FolderStore(tmp_path)) as toy:
        key = key_of_account(toy.account.id)
        async with toy.working(), toy.working():
            posts = [await toy.post("First")]
            closed = await until_closed(toy, key)
            assert closed.reason == Reason.RATE_LIMITED
            posts += [await toy.post(f"Post {n}") for n in range(10)]
            other = await another(toy, network, "Heron")
            network.behaviour = lambda _: "ok"
            beside = await other.post("Of another account")
            assert await other.until(beside, State.PUBLISHED) == [State.PUBLISHED]
            await asyncio.sleep(1.5)
            assert network.asked == ["First", "Of another account"]
            assert await numbers(toy) == {(1, 0): 2, (0, 0): 10}
            await open_now(toy, key)
            await finish(toy, posts)
    assert sorted(network.texts()) == sorted([*(f"Post {n}" for n in range(10)), "First", "Of another account"])
    assert await numbers(toy) == {(1, 0): 11, (2, 0): 1}


async def test_a_host_that_is_down_is_left_alone_until_one_probe_finds_it_back(toy: Queue) -> None:
    network = toy.network
    network.behaviour, network.down = (lambda _: "500_before"), True
    key = key_of_host("toy", network.url)
    await toy.in_slack()
    async with AsyncExitStack() as all_night, AsyncExitStack() as for_a_while:
        await all_night.enter_async_context(toy.working(pace=Pace(senders=1)))
        await for_a_while.enter_async_context(toy.working(pace=Pace(senders=1)))
        doubtful = [await toy.post(f"Doubtful {n}") for n in range(5)]
        row = await until_closed(toy, key)
        assert row.reason == Reason.DOWN
        begin = clock.now() - timedelta(seconds=60)
        waiting = [await toy.post(f"{n:02d}", due_at=begin + timedelta(seconds=n)) for n in range(50)]
        await asyncio.sleep(1.5)
        assert len(network.asked) <= await most_tries(toy, key)
        for _ in range(2):
            before = (await until_closed(toy, key)).openings
            await open_now(toy, key)
            await until_tried_again(toy, key, before)
        tried = len(network.asked)
        assert tried <= await most_tries(toy, key)
        facts = await notifying.card_facts(toy.deps, toy.workspace_id, waiting[-1])
        assert (facts.items[0].waits_for, facts.items[0].next_try_at) == (
            ErrorClass.UNAVAILABLE,
            (await until_closed(toy, key)).closed_until,
        )
        await for_a_while.aclose()
        network.behaviour, network.down = (lambda _: "ok"), False
        await open_now(toy, key)
        await finish(toy, [*waiting, *doubtful])
        await until(lambda: "network_back" in [notice.kind for notice in toy.heard.notices])
    told = [notice for notice in toy.heard.notices if notice.kind.startswith("network_")]
    assert [notice.kind for notice in told] == ["network_down", "network_back"]
    assert (told[1].payload["notice_id"], told[1].payload["missed"]) == (told[0].id, 0)
    assert told[1].payload["sent"] >= 50
    in_order = [text for text in network.asked[tried:] if text.isdigit() and text not in network.asked[:tried]]
    assert in_order == sorted(in_order)
    assert Counter(network.texts()) == Counter([*(f"{n:02d}" for n in range(50)), *(f"Doubtful {n}" for n in range(5))])
    row = await gate(toy, key)
    assert row is not None
    assert (row.since, row.closed_until, row.reason) == (None, None, None)


async def test_a_host_that_was_down_is_tried_again_with_a_post_where_nothing_wants_a_look(toy: Queue) -> None:
    key, now = key_of_host("toy", toy.network.url), clock.now()
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key, closed_until=now, reason=Reason.DOWN.value, since=now, openings=1,
                recent="", ledgers={}, updated_at=now, probe_item_id="gone", probe_until=now + timedelta(seconds=2),
            )
        )  # fmt: skip
    posts = [await toy.post(f"Post {n}") for n in range(3)]
    async with toy.working():
        await finish(toy, posts)
    assert toy.network.arrivals[0] >= now + timedelta(seconds=2)


async def test_a_look_that_asked_the_host_nothing_does_not_say_that_it_is_back(toy: Queue) -> None:
    key, now = key_of_host("toy", toy.network.url), clock.now()
    post_id = await toy.post("Hello")
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key, closed_until=now, reason=Reason.DOWN.value, since=now, openings=1,
                recent="", ledgers={}, updated_at=now,
            )
        )  # fmt: skip
        nothing_to_look_for = {"state": State.UNCONFIRMED.value, "check_at": now, "attempt": 1, "armed_at": now}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(nothing_to_look_for))
    assert await reconciling.look(toy.deps) == 1
    row = await gate(toy, key)
    assert row is not None
    assert (row.reason, row.since, row.probe_item_id) == (Reason.DOWN, now, None)


async def test_a_host_that_hangs_does_not_delay_the_posts_of_another(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "gate"
    async with toy_network() as lively:
        other = await another(toy, lively, "Heron")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(toy.working(pace=Pace(senders=32, drain_s=0.1)))
            stack.callback(toy.network.gate.set)
            for n in range(60):
                await toy.post(f"Slow {n}")
            await until(lambda: len(toy.network.asked) >= 20)
            quick = [await other.post(f"Quick {n}") for n in range(5)]
            await finish(other, quick)
            assert not toy.network.posts


async def test_a_brand_with_many_due_posts_does_not_delay_another_brands(toy: Queue) -> None:
    toy.network.latency_s = 0.05
    other = await another(toy, toy.network, "Heron")
    due_at = clock.now()
    for n in range(300):
        await toy.post(f"Many {n}", due_at=due_at)
    async with toy.working(pace=Pace(senders=16)):
        await until(lambda: len(toy.network.posts) >= 20)
        post_id = await other.post("The other's", due_at=clock.now())
        await finish(other, [post_id])
        assert len(toy.network.posts) < 250
        async with toy.deps.database.reading() as session:
            left = await session.scalar(
                select(func.count()).select_from(PostItemRow).where(PostItemRow.state != State.PUBLISHED.value)
            )
        assert left


async def test_a_host_that_was_down_is_tried_by_what_is_in_hand_where_nothing_else_waits(toy: Queue) -> None:
    """All of them are claimed before the host goes down, so that there is nothing to claim for the try."""
    due_at = clock.now() + timedelta(seconds=3)
    posts = [await toy.post(f"Post {n}", due_at=due_at) for n in range(3)]
    async with toy.working():
        for post_id in posts:
            assert await toy.until(post_id, State.CLAIMED) == [State.CLAIMED]
        async with toy.deps.database.transaction() as session:
            session.add(
                GateRow(
                    key=key_of_host("toy", toy.network.url), closed_until=due_at + timedelta(seconds=1),
                    reason=Reason.DOWN.value, since=clock.now(), openings=1, recent="", ledgers={},
                    updated_at=clock.now(),
                )
            )  # fmt: skip
        await finish(toy, posts)
    assert len(toy.network.asked) == 3
    assert due_at + timedelta(seconds=1) <= toy.network.arrivals[0] < due_at + timedelta(seconds=3)


async def test_a_worker_that_was_stopped_meanwhile_does_not_say_that_the_host_is_silent(toy: Queue) -> None:
    """All its first calls get no answer within the toy's 5 s, and its lease ends meanwhile."""
    toy.network.behaviour = lambda text: "gate" if toy.network.asked.count(text) == 1 else "ok"
    posts = [await toy.post(f"Post {n}") for n in range(6)]
    async with toy.working():
        await until(lambda: len(toy.network.asked) == len(posts))
        async with toy.deps.database.transaction() as session:
            await session.execute(delete(WorkerRow))
        await finish(toy, posts)
        await asyncio.sleep(5.5)
    assert await gate(toy, key_of_host("toy", toy.network.url)) is None


async def test_a_probe_whose_worker_died_is_looked_for_at_once_and_keeps_nobody_waiting(toy: Queue) -> None:
    """It was armed and not answered, so that a look for it is what finds out whether the host is back."""
    key, now = key_of_host("toy", toy.network.url), clock.now()
    probe, other = await toy.post("Probe"), await toy.post("Other", due_at=now + timedelta(seconds=1))
    worker_id = await working.join(toy.deps)
    (ready,) = [await publishing.prepare(toy.deps, job) for job in await publishing.claim(toy.deps, worker_id, limit=1)]
    assert isinstance(ready, Ready)
    async with toy.deps.database.transaction() as session:
        session.add(
            GateRow(
                key=key, closed_until=now, reason=Reason.DOWN.value, since=now, openings=1,
                recent="", ledgers={}, updated_at=now,
            )
        )  # fmt: skip
    assert len((await publishing.arm(toy.deps, worker_id, [ready])).armed) == 1
    row = await gate(toy, key)
    assert row is not None
    assert (await toy.states(probe), row.probe_item_id) == ([State.SENDING], ready.job.item.id)
    assert await reconciling.look(toy.deps) == 0
    async with toy.deps.database.transaction() as session:
        await session.execute(delete(WorkerRow))
    async with toy.working():
        for post_id in (probe, other):
            assert await toy.until(post_id, State.PUBLISHED, within_s=10) == [State.PUBLISHED]
    assert await gate(toy, key) is not None
    assert Counter(toy.network.texts()) == Counter(["Probe", "Other"])
