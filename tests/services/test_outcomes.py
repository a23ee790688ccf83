"""Every way a step of publishing can end is an outcome: whatever a connector or a renewal does, nothing is raised."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.content import Draft
from bot.domain.items import ErrorClass, Outcome
from bot.domain.publication import Event, State
from bot.services import publishing, working
from bot.services.publishing import Armed, Job, Ready
from bot.services.scheduling import retry_post
from platforms.base import Connector, Endpoints, Key, Pending, Prepared, Published, Wire
from platforms.errors import NotReady, PlatformError, Reconnect, ScopeMissing, TokenExpired, Unavailable
from platforms.http import Sender
from storage import accounts, posts
from storage.conditions import ITEMS
from storage.tables import PostRow
from tests.toy import toy_connector
from tests.toy_queue import Queue

Prepare = Callable[[Wire, Endpoints, Connected, Draft, Key, Prepared | None], Awaitable[Prepared]]


def _with(toy: Queue, **functions: Any) -> Queue:  # noqa: ANN401  # a connector's functions
    connector: Connector = replace(toy_connector(), **functions)
    return replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))


def _raising(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: object) -> object:
        raise error

    return fail


async def _claimed(toy: Queue, **changes: object) -> Job:
    """A claimed item, its row as it would be after what came before."""
    post_id = await toy.post("Hello")
    if changes:
        async with toy.deps.database.transaction() as session:
            await session.execute(update(ITEMS).where(ITEMS.c.post_id == post_id).values(**changes))
    (job,) = await publishing.claim(toy.deps, await working.join(toy.deps), limit=5)
    return job


async def _armed(toy: Queue, **changes: object) -> Armed:
    post_id = await toy.post("Hello")
    async with toy.deps.database.transaction() as session:
        if changes:
            await session.execute(update(ITEMS).where(ITEMS.c.post_id == post_id).values(**changes))
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=5)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    (armed,) = (await publishing.arm(toy.deps, worker_id, [ready])).armed
    return armed


def _trouble(outcome: Ready | Outcome) -> tuple[Event, str]:
    assert isinstance(outcome, Outcome)
    assert outcome.trouble is not None
    return outcome.event, outcome.trouble.kind


async def test_an_item_whose_network_is_not_known_any_more_ends(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    without = replace(toy.deps, connectors={})
    assert await publishing.claim(without, await working.join(toy.deps), limit=5) == []
    assert await toy.states(post_id) == [State.FAILED]


async def test_an_item_that_cannot_be_read_ends_and_holds_up_nobody(toy: Queue) -> None:
    broken, fine = await toy.post("Broken"), await toy.post("Fine")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(PostRow).where(PostRow.id == broken).values(options={"toy": "no mapping"}))
    (job,) = await publishing.claim(toy.deps, await working.join(toy.deps), limit=5)
    async with toy.deps.database.reading() as session:
        state = await session.scalar(select(ITEMS.c.state).where(ITEMS.c.post_id == broken))
    assert (job.item.post_id, state) == (fine, State.FAILED.value)


@pytest.mark.parametrize(
    ("error", "event", "kind"),
    [
        (Unavailable("Away."), Event.RELEASE, ErrorClass.UNAVAILABLE),
        (ScopeMissing("No."), Event.REFUSED, ErrorClass.PERMISSION),
        (ZeroDivisionError(), Event.RELEASE, ErrorClass.UNAVAILABLE),
    ],
)
async def test_what_breaks_while_making_ready_gives_the_item_back(
    toy: Queue, error: Exception, event: Event, kind: ErrorClass
) -> None:
    broken = _with(toy, prepare=_raising(error))
    assert _trouble(await publishing.prepare(broken.deps, await _claimed(broken))) == (event, kind)


async def test_our_own_fault_ends_an_item_after_three_tries(toy: Queue) -> None:
    broken = _with(toy, prepare=_raising(ZeroDivisionError()))
    outcome = await publishing.prepare(broken.deps, await _claimed(broken, tries=3))
    assert _trouble(outcome) == (Event.REFUSED, ErrorClass.INTERNAL)


async def test_an_upload_in_the_making_is_asked_for_again_until_the_grace_is_over(toy: Queue) -> None:
    earlier: list[Prepared | None] = []

    async def prepare(*given: Any) -> Prepared:  # noqa: ANN401  # a connector's arguments
        earlier.append(given[-1])
        return Prepared(data={"upload": 1}, wait_s=None if len(earlier) == 2 else 0.01)

    slow = _with(toy, prepare=prepare)
    assert isinstance(await publishing.prepare(slow.deps, await _claimed(slow)), Ready)
    assert earlier == [None, Prepared(data={"upload": 1}, wait_s=0.01)]
    job = await _claimed(slow)
    late = replace(job, item=replace(job.item, missed_after=clock.now() - timedelta(seconds=1)))
    assert _trouble(await publishing.prepare(slow.deps, late)) == (Event.RELEASE, ErrorClass.UNAVAILABLE)


async def test_what_was_made_ready_before_is_used_again_unless_the_network_lost_it(toy: Queue) -> None:
    job = await _claimed(toy)
    kept = replace(job, item=replace(job.item, prepared={"kept": 1}))
    ready = await publishing.prepare(toy.deps, kept)
    assert isinstance(ready, Ready)
    assert ready.prepared.data == {"kept": 1}
    lost = replace(kept, item=replace(kept.item, error_class=ErrorClass.MEDIA))
    again = await publishing.prepare(toy.deps, lost)
    assert isinstance(again, Ready)
    assert again.prepared.data != {"kept": 1}


async def test_what_a_person_asks_for_again_is_made_ready_again_of_what_is_still_good(toy: Queue) -> None:
    earlier: list[Prepared | None] = []
    answers: list[PlatformError] = [Reconnect("Sign in."), Unavailable("Away.")]

    async def prepare(*given: Any) -> Prepared:  # noqa: ANN401  # a connector's arguments
        earlier.append(given[-1])
        return Prepared(data={"made": len(earlier)})

    async def publish(*_: object) -> Published:
        if answers:
            raise answers.pop(0)
        return Published(platform_post_id="1", permalink=None)

    old = _with(toy, prepare=prepare, publish=publish)
    post_id = await old.post("Hello")
    async with old.working():
        assert await old.until(post_id, State.FAILED) == [State.FAILED]
        await retry_post(old.deps, old.workspace_id, post_id, asked_by="tests")
        assert await old.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert earlier == [None, Prepared(data={"made": 1})]


@pytest.mark.parametrize(
    ("error", "may_be_there"),
    [(Reconnect("Sign in."), False), (Unavailable("Away."), False), (PlatformError("What?"), True)],
)
async def test_a_connector_is_told_whether_a_try_before_may_have_made_the_post(
    toy: Queue, error: PlatformError, *, may_be_there: bool
) -> None:
    drafts: list[Draft] = []

    async def prepare(*given: Any) -> Prepared:  # noqa: ANN401  # a connector's arguments
        drafts.append(given[3])
        return Prepared(data={"made": 1})

    tried = _with(toy, prepare=prepare, publish=_raising(error))
    job = await _claimed(tried)
    ready = await publishing.prepare(tried.deps, job)
    assert isinstance(ready, Ready)
    assert job.item.worker_id is not None
    (armed,) = (await publishing.arm(tried.deps, job.item.worker_id, [ready])).armed
    await publishing.settle(tried.deps, [await publishing.send(tried.deps, armed, fence=lambda: True)])
    async with tried.deps.database.transaction() as session:
        its = (tried.workspace_id, job.item.id)
        assert await posts.schedule_again(session, *its, among=set(State), due_at=clock.now())
    (again,) = await publishing.claim(tried.deps, await working.join(tried.deps), limit=5)
    await publishing.prepare(tried.deps, again)
    assert [draft.may_be_there for draft in drafts] == [False, may_be_there]


@pytest.mark.parametrize(
    ("error", "event", "kind"),
    [
        (NotReady("Not yet."), Event.NOT_SENT, ErrorClass.UNAVAILABLE),
        (PlatformError("What?"), Event.ANSWER_LOST, ErrorClass.NO_ANSWER),
        (ZeroDivisionError(), Event.ANSWER_LOST, ErrorClass.NO_ANSWER),
        (Reconnect("Sign in."), Event.REFUSED, ErrorClass.ACCOUNT),
    ],
)
async def test_whatever_breaks_while_sending_is_an_outcome(
    toy: Queue, error: Exception, event: Event, kind: ErrorClass
) -> None:
    broken = _with(toy, publish=_raising(error))
    outcome = await publishing.send(broken.deps, await _armed(broken), fence=lambda: True)
    assert _trouble(outcome) == (event, kind)


async def test_a_network_that_works_on_it_is_asked_later(toy: Queue) -> None:
    async def publish(*_: object) -> Published | Pending:
        return Pending(handle={"job": 7}, check_after_s=30)

    slow = _with(toy, publish=publish)
    outcome = await publishing.send(slow.deps, await _armed(slow), fence=lambda: True)
    assert (outcome.event, outcome.handle) == (Event.ACCEPTED, {"job": 7})
    assert outcome.check_at is not None


async def test_a_token_that_ran_out_is_renewed_once_and_a_second_refusal_in_a_row_ends_it(toy: Queue) -> None:
    renewed: list[str] = []

    async def refresh(*_: object) -> Tokens:
        renewed.append("yes")
        return Tokens(access=Secret("fresh"))

    expired = _with(toy, publish=_raising(TokenExpired("Old.")), refresh=refresh)
    first = await publishing.send(expired.deps, await _armed(expired), fence=lambda: True)
    assert _trouble(first) == (Event.NOT_SENT, ErrorClass.TOKEN)
    second = await publishing.send(
        expired.deps, await _armed(expired, error_class=ErrorClass.TOKEN.value), fence=lambda: True
    )
    assert _trouble(second) == (Event.REFUSED, ErrorClass.TOKEN)
    assert renewed == ["yes"]


@pytest.mark.parametrize(
    ("error", "event", "kind"),
    [
        (Reconnect("Only a human."), Event.REFUSED, ErrorClass.ACCOUNT),
        (ZeroDivisionError(), Event.NOT_SENT, ErrorClass.UNAVAILABLE),
    ],
)
async def test_a_renewal_that_breaks_leaves_nothing_in_our_hands(
    toy: Queue, error: Exception, event: Event, kind: ErrorClass
) -> None:
    expired = _with(toy, publish=_raising(TokenExpired("Old.")), refresh=_raising(error))
    outcome = await publishing.send(expired.deps, await _armed(expired), fence=lambda: True)
    assert _trouble(outcome) == (event, kind)


async def test_an_account_that_is_gone_in_the_middle_of_it_ends_the_item(toy: Queue) -> None:

    broken = _with(toy, publish=_raising(ScopeMissing("No.")))
    armed = await _armed(broken)
    async with toy.deps.database.transaction() as session:
        await accounts.disconnect(session, toy.workspace_id, toy.account.id)
    outcome = await publishing.send(broken.deps, armed, fence=lambda: True)
    assert _trouble(outcome) == (Event.REFUSED, ErrorClass.ACCOUNT)


async def test_connections_that_cannot_be_opened_ahead_and_nothing_to_give_back_are_no_failure(toy: Queue) -> None:
    class Stubborn(Sender):
        async def warm(self, url: str, connections: int) -> None:
            raise OSError(url, connections)

    nowhere = httpx.MockTransport(lambda _: httpx.Response(200))
    deps = replace(toy.deps, sender=Stubborn(nowhere))
    await publishing.warm(deps, toy.network.url, 2)
    await publishing.give_back(toy.deps, await working.join(toy.deps), [])
    await Sender(nowhere).warm(toy.network.url, 2)
