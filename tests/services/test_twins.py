"""Two equal posts on one account: neither is taken for the other while its own answer may still come."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from bot import clock
from bot.domain.accounts import Secret, Tokens
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import journal, reconciling
from platforms.base import Absent, CannotTell, Connected, Connector, Key, Pending, Prepared, Published, Repeat, Wire
from storage import accounts, brands
from storage.conditions import ITEMS
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import Queue

_FOREIGN = "it may be another item's, still on its way"


def _with(toy: Queue, connector: Connector) -> Queue:
    return replace(toy, deps=replace(toy.deps, connectors={"toy": connector}))


async def _said(toy: Queue, post_id: PostId) -> list[str]:
    return [entry.detail for entry in await journal.why(toy.deps, toy.workspace_id, post_id)]


async def _events(toy: Queue, post_id: PostId) -> list[str]:
    return [entry.event for entry in await journal.why(toy.deps, toy.workspace_id, post_id)]


def _by_text(network: ToyNetwork) -> Connector:
    """A network that tells its posts apart by their text alone."""

    async def find(
        _wire: Wire, _account: Connected, prepared: Prepared, _key: Key, _since: datetime
    ) -> Published | Absent | CannotTell:
        body = prepared.data["body"]
        assert isinstance(body, dict)
        equal = [str(number) for number, text in enumerate(network.texts()) if text == body["text"]]
        if len(equal) > 1:
            return CannotTell(reason="several are equal")
        return Published(platform_post_id=equal[0], permalink=None) if equal else Absent(evidence="not there")

    return replace(toy_connector(repeat=Repeat.KEY, looks=2, settle_s=1.0), find=find)


async def test_a_post_is_not_taken_for_another_whose_twin_is_still_being_sent(toy: Queue) -> None:
    twins = _with(toy, _by_text(toy.network))
    fates = iter(["500_before", "hang"])
    toy.network.behaviour = lambda _: next(fates, "ok")
    both = [await twins.post("The same"), await twins.post("The  same ")]
    async with twins.working():
        while not any([_FOREIGN in line for post_id in both for line in await _said(twins, post_id)]):  # noqa: C419  # each is awaited
            await twins.until(both[0], State.PUBLISHED, within_s=0.1)
        states = [state for post_id in both for state in await twins.states(post_id)]
    assert State.PUBLISHED not in states
    assert toy.network.texts() != []


async def test_once_no_answer_can_come_any_more_one_twin_takes_the_post_and_the_other_does_not(toy: Queue) -> None:
    twins = _with(toy, _by_text(toy.network))
    fates = iter(["500_before", "lose_answer"])
    toy.network.behaviour = lambda _: next(fates, "ok")
    both = [await twins.post("The same"), await twins.post("The same")]
    async with twins.working():
        for post_id in both:
            while "still_unknown" not in await _events(twins, post_id):
                await twins.until(post_id, State.PUBLISHED, within_s=0.1)
    async with twins.deps.database.transaction() as session:
        long_ago = clock.now() - timedelta(minutes=2)
        await session.execute(update(ITEMS).values(armed_at=long_ago, check_at=clock.now()))
    await reconciling.look(twins.deps)
    states = [state for post_id in both for state in await twins.states(post_id)]
    assert sorted(states) == [State.PUBLISHED, State.UNCONFIRMED]
    assert toy.network.texts() == ["The same"]


async def _of_another_brand(toy: Queue) -> Queue:
    """A second brand that has connected the same account of the network."""
    async with toy.deps.database.transaction() as session:
        brand = await brands.create_brand(session, toy.workspace_id, "Juniper events", timezone="Europe/Berlin")
        same = accounts.NewAccount(
            platform="toy",
            platform_account_id=toy.account.platform_account_id,
            handle="juniper",
            display_name="Juniper",
            service_url=toy.account.service_url,
        )
        account = await accounts.save_account(session, toy.workspace_id, brand.id, same)
        await accounts.store_tokens(session, toy.workspace_id, toy.deps.vault, account, Tokens(access=Secret("other")))
    return replace(toy, brand=brand, account=account)


async def test_of_two_brands_that_share_an_account_only_one_takes_the_post(toy: Queue) -> None:
    twins = _with(toy, _by_text(toy.network))
    fates = iter(["500_before", "lose_answer"])
    toy.network.behaviour = lambda _: next(fates, "ok")
    both = [await twins.post("The same"), await (await _of_another_brand(twins)).post("The same")]
    async with twins.working():
        for post_id in both:
            while "still_unknown" not in await _events(twins, post_id):
                assert await twins.until(post_id, State.PUBLISHED, within_s=0.1) != [State.PUBLISHED]
    async with twins.deps.database.transaction() as session:
        long_ago = clock.now() - timedelta(minutes=2)
        await session.execute(update(ITEMS).values(armed_at=long_ago, check_at=clock.now()))
    await reconciling.look(twins.deps)
    states = [state for post_id in both for state in await twins.states(post_id)]
    assert sorted(states) == [State.PUBLISHED, State.UNCONFIRMED]


def _planning(network: ToyNetwork) -> Connector:
    """A network that works on what it has, and tells its posts apart by their text alone."""
    plain = _by_text(network)

    async def publish(wire: Wire, account: Connected, prepared: Prepared, key: Key) -> Pending:
        made = await plain.publish(wire, account, prepared, key)
        assert isinstance(made, Published)
        return Pending(handle={"job": made.platform_post_id}, check_after_s=3_600)

    async def poll(_wire: Wire, _account: Connected, handle: Mapping[str, object], _key: Key) -> Pending:
        return Pending(handle=handle, check_after_s=3_600)

    async def find(
        wire: Wire, account: Connected, prepared: Prepared, key: Key, since: datetime
    ) -> Published | Pending | Absent | CannotTell:
        found = await plain.find(wire, account, prepared, key, since)
        if isinstance(found, Published):
            return Pending(handle={"job": found.platform_post_id}, check_after_s=3_600)
        return found

    return replace(plain, publish=publish, poll=poll, find=find)


async def test_a_post_is_not_taken_for_a_twin_that_the_network_works_on(toy: Queue) -> None:
    twins = _with(toy, _planning(toy.network))
    first = await twins.post("The same")
    async with twins.working():
        assert await twins.until(first, State.CONFIRMING) == [State.CONFIRMING]
        toy.network.behaviour = lambda _: "500_before"
        second = await twins.post("The same")
        while not any(_FOREIGN in line for line in await _said(twins, second)):
            assert await twins.until(second, State.CONFIRMING, within_s=0.1) != [State.CONFIRMING]
    assert toy.network.texts() == ["The same"]
