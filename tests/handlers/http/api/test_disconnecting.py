"""DELETE /connect/metricool while two workers drain the queue: Metricool's own log says what went out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services import scheduling, workspaces
from bot.services.deps import Deps
from bot.services.scheduling import At, Now, Wish
from handlers.clock.worker import work
from platforms.metricool.spec import HANDS_OVER_S
from sandbox.networks.metricool.world import Plan, Settings
from sandbox.networks.network import DOWN, OK
from storage import posts
from storage.brands import Brand
from storage.engine import Database
from storage.tables import CredentialRow, PostItemRow
from tests.handlers.http.api.caller import Caller
from tests.handlers.http.api.metricool import Office, office
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Heard

CONNECT = "/connect/metricool"
MANY = 12
"""Posts, each to two networks: fewer than Metricool's limit lets go out in a minute."""


@pytest.fixture
async def here(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    """A workspace that has Metricool; its posts stand in Metricool's planner for minutes before they are out."""
    async with office(database, tmp_path, Settings(slow_s=0.2)) as made:
        assert (await made.ours.call("POST", CONNECT, made.given)).status_code == 200
        yield made


async def write(deps: Deps, brand: Brand, texts: Sequence[str], when: At | Now) -> None:
    """Schedule each text on two of Metricool's networks."""
    names = [f"metricool:{brand.name} (Facebook)", f"metricool:{brand.name} (LinkedIn)"]
    for text in texts:
        await scheduling.schedule_post(deps, Wish(brand=brand, to=tuple(names), text=text, when=when, asked_by="tests"))


@asynccontextmanager
async def two_workers(deps: Deps, database_url: str) -> AsyncIterator[None]:
    """Two workers with a connection each, as two processes have them."""
    stop = asyncio.Event()
    other = await Database.open(database_url)
    tasks = [asyncio.create_task(work(one, Heard(), stop)) for one in (deps, replace(deps, database=other))]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await other.close()


def plans(here: Office, brand_id: int) -> list[Plan]:
    """What was ever handed over of one of Metricool's brands."""
    return [plan for plan in here.server.world.plans.values() if plan.brand_id == brand_id]


def names(given: Sequence[Plan]) -> list[tuple[str, str]]:
    """Text and network of each."""
    return sorted((str(plan.body["text"]), str(plan.body["providers"])) for plan in given)


async def items(deps: Deps, brand: Brand) -> list[ItemView]:
    """All items of a brand's posts."""
    async with deps.database.reading() as session:
        return [
            item
            for post in await posts.list_posts(session, brand.workspace_id, brand_id=brand.id, limit=100)
            for item in post.items
        ]


async def neighbour(here: Office) -> tuple[Caller, Brand]:
    """Another workspace with another of Metricool's brands, by the same token."""
    theirs = await here.another("Rowan Ltd")
    assert (await theirs.call("POST", CONNECT, here.given | {"blog_id": "101"})).status_code == 200
    (brand,) = await workspaces.list_brands(here.herald.deps, [theirs.workspace_id])
    return theirs, brand


async def until(here: Office, brand_id: int, many: int, within_s: float = 20.0) -> None:
    """Wait for that many hand-overs."""
    deadline = clock.uptime_s() + within_s
    while len(plans(here, brand_id)) < many and clock.uptime_s() < deadline:  # noqa: ASYNC110  # the stand-in's log
        await asyncio.sleep(0.01)
    assert len(plans(here, brand_id)) >= many


async def test_nothing_goes_out_after_the_answer_though_two_workers_drain(here: Office, database_url: str) -> None:
    deps, brand = here.herald.deps, here.herald.brand
    _, other = await neighbour(here)
    begin = clock.now() + timedelta(seconds=HANDS_OVER_S)
    for number in range(MANY):
        at = begin + timedelta(seconds=0.3 * number if number < MANY - 3 else 86_400)
        await write(deps, brand, [f"Ours {number}"], At(text=at.isoformat()))
    await write(deps, other, [f"Theirs {number}" for number in range(4)], Now())
    async with two_workers(deps, database_url):
        await until(here, 100, 5)

        answer = await here.ours.call("DELETE", CONNECT)

        answered = here.server.world.now()
        await until(here, 101, 8)
        last = begin + timedelta(seconds=0.3 * MANY - HANDS_OVER_S)
        await asyncio.sleep(max(0.5, (last - clock.now()).total_seconds()))
    assert answer.status_code == 200, answer.text
    left = await items(deps, brand)
    handed_over = plans(here, 100)
    assert len(names(handed_over)) == len(set(names(handed_over)))
    assert [plan for plan in handed_over if plan.made_at > answered] == []
    assert [plan for plan in handed_over if not plan.deleted] == []
    assert {item.status for item in left} == {State.CANCELLED}
    assert answer.json()["cancelled_posts"] == len(left) == 2 * MANY
    assert 5 <= len(handed_over) < len(left), "the workers were in the middle of it"
    assert {plan.deleted for plan in plans(here, 101)} == {False}
    assert State.CANCELLED not in {item.status for item in await items(deps, other)}
    async with deps.database.reading() as session:
        assert set(await session.scalars(select(CredentialRow.workspace_id))) == {other.workspace_id}


async def test_what_the_workers_have_claimed_already_is_never_handed_over(here: Office, database_url: str) -> None:
    deps, brand = here.herald.deps, here.herald.brand
    _, other = await neighbour(here)
    at = clock.now() + timedelta(seconds=HANDS_OVER_S + 7)
    for whose, name in ((brand, "Ours"), (other, "Theirs")):
        await write(deps, whose, [f"{name} {number}" for number in range(3)], At(text=at.isoformat()))
    async with two_workers(deps, database_url):
        states = {State.SCHEDULED}
        while states != {State.CLAIMED} and clock.now() < at - timedelta(seconds=HANDS_OVER_S + 0.5):
            await asyncio.sleep(0.05)
            states = {item.status for item in await items(deps, brand)}

        answer = await here.ours.call("DELETE", CONNECT)

        await until(here, 101, 6)
        await asyncio.sleep(0.5)
    assert states == {State.CLAIMED}
    assert answer.json()["cancelled_posts"] == 6
    assert plans(here, 100) == []
    assert {item.status for item in await items(deps, brand)} == {State.CANCELLED}


async def test_what_is_cancelled_can_be_scheduled_again_after_connecting_anew(here: Office) -> None:
    deps, brand = here.herald.deps, here.herald.brand
    await write(deps, brand, ["Later"], At(text=(clock.now() + timedelta(days=2)).isoformat()))
    assert (await here.ours.call("DELETE", CONNECT)).json()["cancelled_posts"] == 2
    (content, _) = (await here.ours.call("GET", "/content?status=approved")).json()["data"]
    wanted = {"content_id": content["id"], "scheduled_for": (clock.now() + timedelta(days=3)).isoformat()}
    refused = await here.ours.call("POST", "/publish/schedule", wanted)
    assert error(refused)[0] in {400, 404}

    await here.ours.call("POST", CONNECT, here.given)
    states = {item.status for item in await items(deps, brand)}
    answer = await here.ours.call("POST", "/publish/schedule", wanted)

    assert states == {State.CANCELLED}, "connecting anew brings nothing back by itself"
    assert answer.json()["status"] == "scheduled", answer.text


async def test_while_metricool_does_not_answer_for_what_it_keeps_the_token_stays(
    here: Office, database_url: str
) -> None:
    deps, brand = here.herald.deps, here.herald.brand
    at = clock.now() + timedelta(seconds=HANDS_OVER_S - 1)
    await write(deps, brand, ["Handed over"], At(text=at.isoformat()))
    await write(deps, brand, ["Waits"], At(text=(at + timedelta(days=1)).isoformat()))
    async with two_workers(deps, database_url):
        await until(here, 100, 2)
        while {State.CONFIRMING} != {item.status for item in (await items(deps, brand))[2:]}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    here.server.network.set_condition(DOWN)

    assert error(await here.ours.call("DELETE", CONNECT)) == (503, "service_unavailable")

    found = sorted(item.status for item in await items(deps, brand))
    assert found == [State.CANCELLED] * 2 + [State.CONFIRMING] * 2
    here.server.network.set_condition(OK)
    answer = await here.ours.call("DELETE", CONNECT)
    assert answer.json()["cancelled_posts"] == 2
    assert {plan.deleted for plan in plans(here, 100)} == {True}


async def test_a_send_under_way_may_end_and_is_not_begun_again(here: Office) -> None:
    """A worker vanished in the middle of a hand-over, so nobody knows; the item never comes back into the queue."""
    deps, brand = here.herald.deps, here.herald.brand
    await write(deps, brand, ["Under way"], Now())
    async with deps.database.transaction() as session:
        rows = (await session.scalars(select(PostItemRow))).all()
        for row in rows:
            row.state, row.attempt = State.UNCONFIRMED.value, 1
    before = clock.now()

    answer = await here.ours.call("DELETE", CONNECT)

    assert answer.json()["cancelled_posts"] == 0
    async with deps.database.reading() as session:
        late = list(await session.scalars(select(PostItemRow.missed_after)))
    assert all(at is not None and before <= at <= clock.now() for at in late)
