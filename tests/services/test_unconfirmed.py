"""From a lost answer to its end: when a person is asked, whose a found post is, and a late answer still counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.gates import Reason, key_of_account, key_of_host
from bot.domain.ids import PostId
from bot.domain.publication import Event, State
from bot.services import deciding, findings, journal, notifying, publishing, reconciling, working
from bot.services.deciding import SendAgain
from platforms.base import (
    Absent,
    CannotTell,
    Connected,
    Connector,
    FindRules,
    Key,
    Pending,
    Prepared,
    Published,
    Repeat,
    Wire,
)
from storage.conditions import ITEMS
from storage.tables import GateRow, ItemMaterialRow, NoticeRow
from tests.services.test_verdicts import ITEM
from tests.toy import toy_connector
from tests.toy_queue import Queue

ARMED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LOST = replace(ITEM, state=State.UNCONFIRMED, armed_at=ARMED, first_armed_at=ARMED, error_class="no_answer")
RULES = FindRules(repeat=Repeat.KEY, deadline_s=600, source="https://toy.example", read=date(2026, 11, 21))


def test_looks_that_cannot_tell_grow_apart_and_the_last_is_at_the_deadline() -> None:
    now, waits = ARMED + timedelta(seconds=1), list[float]()
    while not (outcome := findings.cannot_tell(LOST, "away", RULES, now=now)).ask_human:
        assert outcome.check_at is not None
        waits.append((outcome.check_at - now).total_seconds())
        now = outcome.check_at
    assert now == ARMED + timedelta(seconds=600)
    assert waits[:3] == [2.0, 2.0, 2.0]
    assert max(waits) == 30.0
    assert sorted(waits[:-1]) == waits[:-1]
    assert len(waits) < 40


def test_where_a_network_never_tells_a_person_is_asked_at_the_first_look() -> None:
    outcome = findings.cannot_tell(LOST, "no way", replace(RULES, tells=False), now=ARMED)
    assert (outcome.ask_human, outcome.check_at) == (True, None)


def test_what_the_network_works_on_is_asked_about_until_the_deadline_and_then_looked_for() -> None:
    working_on = replace(LOST, state=State.CONFIRMING, handle={"job": 1})
    early = findings.cannot_tell(working_on, "away", RULES, now=ARMED + timedelta(seconds=5))
    assert (early.event, early.handle) == (Event.ACCEPTED, {"job": 1})
    late = findings.cannot_tell(working_on, "away", RULES, now=ARMED + timedelta(seconds=600))
    assert late.event is Event.ANSWER_LOST


TAKEN = replace(LOST, handle={"job": 1})


def test_what_the_network_took_is_never_proved_absent() -> None:
    """It may still work on it, unseen: whether it is sent again says a person."""
    now, seen = ARMED + timedelta(seconds=60), list[datetime]()
    while True:
        outcome = findings.absent(TAKEN, "not in the list", RULES, asked_at=now, now=now)
        assert (outcome.event, outcome.evidence) == (Event.STILL_UNKNOWN, "not in the list")
        if outcome.ask_human:
            break
        assert outcome.check_at is not None
        seen.append(now := outcome.check_at)
    assert seen[-1] == ARMED + timedelta(seconds=RULES.works_s)


@pytest.mark.parametrize(
    ("changes", "works_s", "until_s"),
    [
        ({}, 3_600, 3_600),
        ({}, 60, 600),
        ({"key_at": ARMED + timedelta(minutes=4)}, 3_600, 3_840),
        ({"due_at": ARMED + timedelta(seconds=5)}, 3_600, 3_605),
    ],
)
def test_how_long_a_network_may_work_counts_from_the_planned_second(
    changes: dict[str, datetime], works_s: float, until_s: float
) -> None:
    """Some are given a post ahead of it."""
    planned = replace(TAKEN, key_at=ARMED, due_at=ARMED)
    until = findings.works_until(replace(planned, **changes), replace(RULES, works_s=works_s))
    assert until == ARMED + timedelta(seconds=until_s)


# --- Asking --------------------------------------------------------------------------------------------------------


def _with(toy: Queue, connector: Connector) -> Queue:
    return replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))


def _ruled(*, deadline_s: float = 600.0, tells: bool = True) -> Connector:
    plain = toy_connector()
    rules = replace(plain.spec.find, deadline_s=deadline_s, tells=tells)
    return replace(plain, spec=replace(plain.spec, find=rules))


async def _sees_nothing_clearly(
    wire: Wire, account: Connected, prepared: Prepared, key: Key, since: datetime
) -> CannotTell:
    await toy_connector().find(wire, account, prepared, key, since)
    return CannotTell(reason="Several posts look like it.")


async def _events(toy: Queue, post_id: PostId) -> list[str]:
    return [entry.event for entry in await journal.why(toy.deps, toy.workspace_id, post_id)]


async def _until_told(toy: Queue, post_id: PostId, event: str) -> None:
    while event not in await _events(toy, post_id):
        await toy.until(post_id, State.PUBLISHED, within_s=0.1)


@pytest.mark.parametrize("tells", [True, False])
async def test_after_the_deadline_one_person_is_asked_once(slack: Queue, tells: bool) -> None:  # noqa: FBT001  # both kinds of network
    connector = replace(_ruled(deadline_s=2.0 if tells else 600.0, tells=tells), find=_sees_nothing_clearly)
    toy = _with(slack, connector)
    toy.network.behaviour = lambda _: "lose_answer"
    post_id = await toy.post("Hello")
    async with toy.working():
        await _until_told(toy, post_id, "ask")
        while not [notice for notice in toy.heard.notices if notice.kind == "broadcast"]:
            await toy.until(post_id, State.PUBLISHED, within_s=0.1)
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    async with toy.deps.database.reading() as session:
        asked = (await session.scalars(select(NoticeRow).where(NoticeRow.kind == "broadcast"))).all()
    assert [notice.payload["what"] for notice in asked] == ["asking"]
    assert await reconciling.look(toy.deps) == 0
    looked = any("read find" in entry.detail for entry in await journal.why(toy.deps, toy.workspace_id, post_id))
    assert looked == tells
    assert toy.network.texts() == ["Hello"]


async def test_kinds_of_post_may_have_rules_of_their_own(slack: Queue) -> None:
    plain = toy_connector()
    never = dict.fromkeys(plain.spec.post_types, replace(plain.spec.find, tells=False))
    toy = _with(slack, replace(plain, spec=replace(plain.spec, find_by_type=never)))
    toy.network.behaviour = lambda _: "lose_answer"
    post_id = await toy.post("Hello")
    async with toy.working():
        await _until_told(toy, post_id, "ask")
    assert toy.network.texts() == ["Hello"]


async def _sees_nothing_ever(
    wire: Wire, account: Connected, prepared: Prepared, key: Key, since: datetime
) -> CannotTell:
    await toy_connector().find(wire, account, prepared, key, since)
    return CannotTell(reason="This account's posts are not shown.", final=True)


async def test_where_one_account_can_never_be_looked_at_a_person_is_asked_at_once(slack: Queue) -> None:
    toy = _with(slack, replace(_ruled(deadline_s=600.0), find=_sees_nothing_ever))
    toy.network.behaviour = lambda _: "lose_answer"
    post_id = await toy.post("Hello")
    async with toy.working():
        await _until_told(toy, post_id, "ask")
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    assert "still_unknown" not in await _events(toy, post_id)
    assert await reconciling.look(toy.deps) == 0
    assert toy.network.texts() == ["Hello"]


async def _asked(toy: Queue, *texts: str) -> tuple[PostId, publishing.Armed, object]:
    """A post that was armed, whose worker was given up, and about which a person is asked."""
    post_id = await toy.post(*texts)
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=5)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, publishing.Ready)
    (armed,) = (await publishing.arm(toy.deps, worker_id, [ready])).armed
    await working.let_go(toy.deps, worker_id, [job.item.id])
    await reconciling.recover(toy.deps)
    await reconciling.look(toy.deps)
    assert "ask" in await _events(toy, post_id)
    return post_id, armed, worker_id


async def test_a_late_yes_settles_it_even_after_asking_and_the_question_is_edited(slack: Queue) -> None:
    toy = _with(slack, _ruled(tells=False))
    post_id, armed, _ = await _asked(toy, "Hello")
    late = await publishing.send(toy.deps, armed, fence=lambda: True)
    await publishing.settle(toy.deps, [replace(late, at=late.at + timedelta(seconds=10))])
    assert await toy.states(post_id) == [State.PUBLISHED]
    async with toy.deps.database.reading() as session:
        kinds = [row.kind for row in await session.scalars(select(NoticeRow).order_by(NoticeRow.created_at))]
    assert {"broadcast", "mended"} <= set(kinds)
    with pytest.raises(Conflict):
        await deciding.decide(toy.deps, toy.workspace_id, post_id, SendAgain(), decided_by="slack:U1")
    assert toy.network.texts() == ["Hello"]


async def test_send_again_from_a_stale_card_does_not_touch_what_is_still_looked_for(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    post_id = await toy.post("Hello")
    async with toy.working():
        await _until_told(toy, post_id, "still_unknown")
    with pytest.raises(Conflict, match="still looks for it"):
        await deciding.decide(toy.deps, toy.workspace_id, post_id, SendAgain(only_asked=True), decided_by="slack:U1")
    assert await toy.states(post_id) == [State.UNCONFIRMED]


# --- A network that works on it for ever -----------------------------------------------------------------------------


async def _taken(toy: Queue, *, ago: timedelta) -> PostId:
    """A post that the network took that long ago and says it works on."""
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.CONFIRMING) == [State.CONFIRMING]
    at = clock.now() - ago
    async with toy.deps.database.transaction() as session:
        then = {"armed_at": at, "first_armed_at": at, "due_at": at, "key_at": at}
        await session.execute(update(ITEMS).values(check_at=clock.now(), **then))
    return post_id


def _working_on_it(found: Published | Pending | Absent | CannotTell) -> Connector:
    """A network that takes a post and then says for ever that it works on it; a look says the given."""
    pending = Pending(handle={"job": 1}, check_after_s=3_600)

    async def publish(wire: Wire, account: Connected, prepared: Prepared, key: Key) -> Pending:
        await toy_connector().publish(wire, account, prepared, key)
        return pending

    async def poll(*_: object) -> Pending:
        return pending

    async def find(*_: object) -> Published | Pending | Absent | CannotTell:
        return found

    return replace(toy_connector(), publish=publish, poll=poll, find=find)


async def test_what_the_network_works_on_is_not_given_up_within_an_hour(toy: Queue) -> None:
    toy = _with(toy, _working_on_it(Absent(evidence="not there")))
    post_id = await _taken(toy, ago=timedelta(minutes=50))
    assert await reconciling.look(toy.deps) == 1
    assert await toy.states(post_id) == [State.CONFIRMING]


async def test_the_card_names_the_instant_at_which_a_person_is_asked(slack: Queue) -> None:
    silence = timedelta(seconds=findings.SILENT_DEADLINE_S)
    for ago, handle, until in (
        (timedelta(minutes=1), None, timedelta(seconds=RULES.deadline_s)),
        (timedelta(minutes=1), {"job": 1}, timedelta(seconds=RULES.works_s)),
        (timedelta(minutes=15), {"job": 1}, timedelta(seconds=RULES.works_s)),
        (timedelta(minutes=15), None, silence),
    ):
        toy = _with(slack, _working_on_it(CannotTell(reason="It is hidden.")))
        post_id = await _taken(toy, ago=ago)
        async with toy.deps.database.transaction() as session:
            unsure = {"state": State.UNCONFIRMED.value, "check_at": clock.now() + timedelta(hours=2)}
            await session.execute(update(ITEMS).where(ITEMS.c.post_id == post_id).values(unsure))
            await session.execute(update(ItemMaterialRow).values(handle=handle))
            armed_at = await session.scalar(select(ITEMS.c.armed_at).where(ITEMS.c.post_id == post_id))
        (shown,) = (await notifying.card_facts(toy.deps, toy.workspace_id, post_id)).items
        assert armed_at is not None
        assert shown.looks_until == armed_at + until


@pytest.mark.parametrize(
    "found",
    [
        Absent(evidence="not there"),
        CannotTell(reason="It is hidden."),
        Pending(handle={"job": 1}, check_after_s=3_600),
    ],
)
async def test_where_a_network_works_on_it_for_ever_a_person_is_asked_and_nothing_is_sent_again(
    slack: Queue, found: Pending | Absent | CannotTell
) -> None:
    toy = _with(slack, _working_on_it(found))
    post_id = await _taken(toy, ago=timedelta(minutes=61))
    assert await reconciling.look(toy.deps) == 1
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    assert await reconciling.look(toy.deps) == 1
    assert (await _events(toy, post_id))[-1] == "ask"
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    assert await reconciling.look(toy.deps) == 0
    assert toy.network.asked == ["Hello"]


async def test_what_a_network_finished_without_saying_so_is_found(toy: Queue) -> None:
    toy = _with(toy, _working_on_it(Published(platform_post_id="7", permalink=None)))
    post_id = await _taken(toy, ago=timedelta(minutes=61))
    assert await reconciling.look(toy.deps) == 1
    assert await reconciling.look(toy.deps) == 1
    assert await toy.states(post_id) == [State.PUBLISHED]


# --- Behind a closed gate --------------------------------------------------------------------------------------------


async def _behind(toy: Queue, reason: Reason, *, opens: timedelta, ago: timedelta, **changes: object) -> PostId:
    """A post whose answer was lost that long ago, and a gate that has been closed since then."""
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    post_id = await toy.post("Hello")
    async with toy.working():
        await _until_told(toy, post_id, "still_unknown")
    toy.network.down = False
    key = key_of_host("toy", toy.network.url) if reason is Reason.DOWN else key_of_account(toy.account.id)
    now, at = clock.now(), clock.now() - ago
    shut = {"closed_until": now + opens, "reason": reason.value, "since": at, "openings": 1, "recent": ""}
    async with toy.deps.database.transaction() as session:
        await session.execute(delete(GateRow))
        await session.execute(insert(GateRow).values(key=key, ledgers={}, updated_at=now, **shut))
        then = {"armed_at": at, "first_armed_at": at, "due_at": at, "key_at": at, "check_at": now}
        await session.execute(update(ITEMS).values(**(then | changes)))
    return post_id


def _asks(toy: Queue) -> Queue:
    """Where the network is asked, it is told in `asked`."""

    async def find(*_: object) -> Absent:
        toy.network.asked.append("a look")
        return Absent(evidence="not there")

    return _with(toy, replace(toy_connector(), find=find))


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.DOWN])
async def test_a_person_is_asked_in_time_though_the_network_may_not_be_asked(slack: Queue, reason: Reason) -> None:
    post_id = await _behind(slack, reason, opens=timedelta(hours=20), ago=timedelta(hours=2))
    toy = _asks(slack)
    assert await reconciling.look(toy.deps) == 1
    assert (await _events(toy, post_id))[-1] == "ask"
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    assert await reconciling.look(toy.deps) == 0
    assert toy.network.asked == ["Hello"]  # no look


async def test_until_its_deadline_what_is_behind_a_closed_gate_waits_for_it(slack: Queue) -> None:
    post_id = await _behind(slack, Reason.RATE_LIMITED, opens=timedelta(hours=20), ago=timedelta(minutes=50))
    events = await _events(slack, post_id)
    assert await reconciling.look(_asks(slack).deps) == 0
    assert await _events(slack, post_id) == events


async def test_a_host_that_is_to_be_tried_again_is_looked_at_before_anybody_is_asked(slack: Queue) -> None:
    """Also where Herald itself was away for longer than the deadline."""
    post_id = await _behind(slack, Reason.DOWN, opens=-timedelta(seconds=1), ago=timedelta(hours=2))
    assert await reconciling.look(slack.deps) == 1
    assert await slack.states(post_id) == [State.PUBLISHED]


async def test_what_a_network_works_on_is_taken_to_its_deadline_behind_a_closed_gate(slack: Queue) -> None:
    job = {"state": State.CONFIRMING.value}
    post_id = await _behind(slack, Reason.RATE_LIMITED, opens=timedelta(hours=20), ago=timedelta(hours=2), **job)
    toy = _asks(slack)
    assert await reconciling.look(toy.deps) == 1
    assert await toy.states(post_id) == [State.UNCONFIRMED]
    assert await reconciling.look(toy.deps) == 1
    assert (await _events(toy, post_id))[-1] == "ask"
    assert toy.network.asked == ["Hello"]
