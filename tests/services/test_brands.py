"""Brands: changed, found by their channel, managed; on both engines."""

import asyncio
from datetime import timedelta
from typing import TypedDict

import pytest

from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.ids import WorkspaceId
from bot.services import workspaces
from bot.services.deps import Deps
from storage import audit
from storage.brands import Brand
from tests import factories
from tests.toy_queue import Queue


class By(TypedDict):
    """Who changes a brand."""

    asked_by: str


ASKED: By = {"asked_by": "slack:U1"}


@pytest.fixture
def deps(toy: Queue) -> Deps:
    return toy.deps


@pytest.fixture
def brand(toy: Queue) -> Brand:
    return toy.brand


async def second(deps: Deps, brand: Brand, channel: str | None = None) -> Brand:
    """Another brand of the same workspace."""
    place = await workspaces.get_workspace(deps, brand.workspace_id)
    return await workspaces.create_brand(deps, place, "Harbor Bikes", timezone="UTC", channel=channel)


async def test_what_is_not_given_stays(deps: Deps, brand: Brand) -> None:
    placed = await workspaces.change_brand(deps, brand, channel="C1", **ASKED)
    assert (placed.name, placed.timezone, placed.channel) == ("Juniper", "Europe/Berlin", "C1")
    moved = await workspaces.change_brand(deps, brand, name=" Juniper Coffee ", timezone="Asia/Kolkata", **ASKED)
    assert (moved.name, moved.timezone, moved.channel) == ("Juniper Coffee", "Asia/Kolkata", "C1")
    gone = await workspaces.change_brand(deps, brand, channel="", **ASKED)
    assert (gone.name, gone.channel) == ("Juniper Coffee", None)
    assert await workspaces.get_brand(deps, brand.workspace_id, brand.id) == gone
    async with deps.database.reading() as session:
        events = await audit.list_events(session, brand.workspace_id)
    assert [(event.actor, event.detail["changed"]) for event in events] == [
        ("slack:U1", ["channel"]),
        ("slack:U1", ["name", "timezone"]),
        ("slack:U1", ["channel"]),
    ]


async def test_a_channel_is_one_brands_and_the_refusal_names_it(deps: Deps, brand: Brand) -> None:
    await workspaces.change_brand(deps, brand, channel="C1", **ASKED)
    with pytest.raises(Conflict, match="This channel is Juniper's already"):
        await second(deps, brand, channel="C1")
    bikes = await second(deps, brand)
    with pytest.raises(Conflict, match="This channel is Juniper's already") as caught:
        await workspaces.change_brand(deps, bikes, name="Bikes", channel="C1", **ASKED)
    assert caught.value.field == "channel"
    assert (await workspaces.get_brand(deps, brand.workspace_id, bikes.id)).name == "Harbor Bikes"
    again = await workspaces.change_brand(deps, brand, channel="C1", **ASKED)
    assert again.channel == "C1"


async def test_of_two_brands_that_want_a_channel_at_once_one_gets_it(deps: Deps, brand: Brand) -> None:
    bikes = await second(deps, brand)
    wishes = [workspaces.change_brand(deps, one, channel="C1", **ASKED) for one in (brand, bikes)]
    ended = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == ["Brand", "Conflict"]


async def test_a_brand_is_found_by_its_channel_in_its_own_workspace_alone(deps: Deps, brand: Brand) -> None:
    await workspaces.change_brand(deps, brand, channel="C1", **ASKED)
    found = await workspaces.brand_of_channel(deps, brand.workspace_id, "C1")
    assert found is not None
    assert found.id == brand.id
    assert await workspaces.brand_of_channel(deps, brand.workspace_id, "C2") is None
    other = await factories.make_workspace(deps.database)
    assert await workspaces.brand_of_channel(deps, other.id, "C1") is None


async def test_managers_are_those_named_last_and_keep_who_named_them(deps: Deps, brand: Brand) -> None:
    assert await workspaces.managers_of(deps, brand) == ()
    await workspaces.change_brand(deps, brand, managers=["U2", "U1", "U2"], **ASKED)
    assert await workspaces.managers_of(deps, brand) == ("U1", "U2")
    await workspaces.change_brand(deps, brand, managers=["U3", "U2"], **ASKED)
    await workspaces.change_brand(deps, brand, timezone="UTC", **ASKED)
    assert await workspaces.managers_of(deps, brand) == ("U2", "U3")
    await workspaces.change_brand(deps, brand, managers=[], **ASKED)
    assert await workspaces.managers_of(deps, brand) == ()


async def test_a_change_that_cannot_be_is_refused_whole(deps: Deps, brand: Brand) -> None:
    bikes = await second(deps, brand)
    with pytest.raises(InvalidContent):
        await workspaces.change_brand(deps, bikes, timezone="Mars/Olympus", managers=["U1"], **ASKED)
    with pytest.raises(Conflict, match="already has a brand named Juniper"):
        await workspaces.change_brand(deps, bikes, name="Juniper", managers=["U1"], **ASKED)
    assert await workspaces.managers_of(deps, bikes) == ()
    with pytest.raises(NotFound):
        await workspaces.get_brand(deps, WorkspaceId("ws_other"), brand.id)


async def test_how_late_a_post_may_be_is_kept_within_bounds(deps: Deps, brand: Brand) -> None:
    longer = await workspaces.change_brand(deps, brand, grace=timedelta(hours=2), **ASKED)
    assert longer.grace == timedelta(hours=2)
    assert (await workspaces.change_brand(deps, longer, name="Juniper Tea", **ASKED)).grace == timedelta(hours=2)
    for wrong in (timedelta(), timedelta(seconds=59), timedelta(hours=25)):
        with pytest.raises(InvalidContent, match="1 minute to 24 hours late"):
            await workspaces.change_brand(deps, brand, grace=wrong, **ASKED)
