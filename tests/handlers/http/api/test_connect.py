"""`/connect`: every field of every answer, what it is refused with, and whose it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.services import workspaces
from sandbox.networks.network import DOWN, OK, SLOW
from storage.engine import Database
from storage.tables import AccountRow, CredentialRow
from tests.handlers.http.api.caller import caller
from tests.handlers.http.api.metricool import Office, office
from tests.handlers.http.api.test_door import error

CONNECT, TEST = "/connect/metricool", "/connect/metricool/test"
NETWORKS = ["facebook", "instagram", "linkedin"]
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


@pytest.fixture
async def here(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    """A workspace, and Metricool."""
    async with office(database, tmp_path) as made:
        yield made


def shape(value: Any) -> Any:  # noqa: ANN401  # decoded JSON
    """The types, with the names."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value)


async def test_what_nothing_is_connected_is_answered_with(here: Office) -> None:
    status = (await here.ours.call("GET", "/connect/status")).json()

    metricool = {"connected": False, "status": "disconnected", "last_sync": None, "accounts_connected": 0}
    assert status["integrations"] == {"metricool": metricool}
    assert {"twitter", "linkedin", "instagram"} <= set(status["platforms"])
    assert set(map(str, status["platforms"].values())) == {"{'connected': False, 'account': None}"}
    assert (await here.ours.call("GET", CONNECT)).json() == {
        "enabled": False,
        "blog_id": None,
        "blog_name": None,
        "connected_at": None,
        "last_sync": None,
    }
    for method, path in (
        ("GET", TEST),
        ("GET", f"{CONNECT}/brands"),
        ("GET", f"{CONNECT}/accounts"),
        ("DELETE", CONNECT),
    ):
        assert error(await here.ours.call(method, path)) == (409, "integration_not_connected")


@pytest.mark.parametrize("named", [True, False], ids=["with a user", "without a user"])
async def test_every_answer_of_a_connection_has_its_fields(here: Office, named: bool) -> None:  # noqa: FBT001
    given = here.given if named else {name: text for name, text in here.given.items() if name != "user_id"}

    answer = await here.ours.call("POST", CONNECT, given)

    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert shape(made) == {
        "status": str,
        "metricool": {"blog_id": str, "blog_name": str, "connected_at": str},
        "available_platforms": [str],
    }
    assert (made["status"], made["metricool"]["blog_id"], made["metricool"]["blog_name"]) == (
        "connected",
        "100",
        "Juniper",
    )
    assert made["available_platforms"] == NETWORKS

    status = (await here.ours.call("GET", "/connect/status")).json()
    metricool = status["integrations"]["metricool"]
    assert shape(metricool) == {"connected": bool, "status": str, "last_sync": str, "accounts_connected": int}
    assert (metricool["connected"], metricool["status"], metricool["accounts_connected"]) == (True, "healthy", 3)
    assert status["platforms"]["linkedin"] == {"connected": True, "account": "Juniper (LinkedIn)"}
    assert status["platforms"]["twitter"] == {"connected": False, "account": None}

    connection = (await here.ours.call("GET", CONNECT)).json()
    assert shape(connection) == {
        "enabled": bool,
        "blog_id": str,
        "blog_name": str,
        "connected_at": str,
        "last_sync": str,
    }
    trial = (await here.ours.call("GET", TEST)).json()
    assert shape(trial) == {
        "status": str,
        "latency_ms": float,
        "api_version": str,
        "rate_limit_remaining": int,
        "features": {"scheduling": bool, "analytics": bool, "media_upload": bool},
    }
    assert (trial["status"], trial["api_version"], trial["rate_limit_remaining"]) == ("healthy", "v1", 30)
    brands = (await here.ours.call("GET", f"{CONNECT}/brands")).json()
    assert [(one["id"], one["name"], one["platforms"], one["is_current"]) for one in brands["data"]] == [
        ("100", "Juniper", NETWORKS, True),
        ("101", "Rowan", NETWORKS, False),
    ]
    assert list(brands) == ["data"]
    accounts = (await here.ours.call("GET", f"{CONNECT}/accounts")).json()
    assert shape(accounts) == {
        "data": [
            {
                "platform": str,
                "account_id": str,
                "username": str,
                "display_name": str,
                "profile_image": str,
                "status": str,
                "features": [str],
            }
        ]
    }
    assert [(one["platform"], one["status"], one["features"]) for one in accounts["data"]] == [
        (network, "active", ["post"]) for network in NETWORKS
    ]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"token": ""}, "token"),
        ({"token": None}, "token"),
        ({"token": "wrong"}, "token"),
        ({"token": "line\nbreak"}, "token"),
        ({"blog_id": 100}, "blog_id"),
        ({"blog_id": ""}, "blog_id"),
        ({"blog_id": "7"}, "blog_id"),
        ({"user_id": 7001}, "user_id"),
        ({"user_id": ""}, "user_id"),
    ],
)
async def test_what_cannot_be_connected_names_the_field_and_keeps_nothing(
    here: Office, change: dict[str, Any], param: str
) -> None:
    answer = await here.ours.call("POST", CONNECT, here.given | change)

    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == param
    assert here.server.world.token not in answer.text
    assert (await here.ours.call("GET", CONNECT)).json()["enabled"] is False


async def test_a_missing_field_is_named(here: Office) -> None:
    answer = await here.ours.call("POST", CONNECT, {"token": here.server.world.token})

    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == "blog_id"


async def test_metricool_being_away_is_503_and_unhealthy(here: Office) -> None:
    here.server.network.set_condition(DOWN)
    assert error(await here.ours.call("POST", CONNECT, here.given)) == (503, "service_unavailable")
    assert (await here.ours.call("GET", CONNECT)).json()["enabled"] is False

    here.server.network.set_condition(OK)
    await here.ours.call("POST", CONNECT, here.given)
    here.server.network.set_condition(DOWN)

    trial = (await here.ours.call("GET", TEST)).json()
    assert trial["status"] == "unhealthy"
    assert trial["features"] == {"scheduling": False, "analytics": False, "media_upload": False}
    assert (await here.ours.call("GET", "/connect/status")).json()["integrations"]["metricool"]["status"] == "unhealthy"
    assert error(await here.ours.call("GET", f"{CONNECT}/brands")) == (503, "service_unavailable")


async def test_trying_an_old_token_says_nothing_of_the_one_connected_meanwhile(here: Office) -> None:
    await here.ours.call("POST", CONNECT, here.given)
    network = here.server.network
    network.slow_s = 1.0
    network.set_condition(SLOW)
    trying = asyncio.create_task(here.ours.call("GET", TEST))
    await asyncio.sleep(0.4)
    network.set_condition(OK)
    here.server.world.token = "renewed"  # noqa: S105  # the stand-in's
    assert (await here.ours.call("POST", CONNECT, here.given)).status_code == 200

    assert (await trying).json()["status"] == "unhealthy"
    assert (await here.ours.call("GET", "/connect/status")).json()["integrations"]["metricool"]["status"] == "healthy"


async def test_connecting_again_takes_the_other_brand_and_keeps_the_accounts(here: Office) -> None:
    await here.ours.call("POST", CONNECT, here.given)
    first = (await here.ours.call("GET", f"{CONNECT}/accounts")).json()

    again = await here.ours.call("POST", CONNECT, here.given)
    assert again.status_code == 200
    assert (await here.ours.call("GET", f"{CONNECT}/accounts")).json() == first

    other = await here.ours.call("POST", CONNECT, here.given | {"blog_id": "101"})
    assert other.json()["metricool"]["blog_name"] == "Rowan"
    brands = (await here.ours.call("GET", f"{CONNECT}/brands")).json()["data"]
    assert [one["is_current"] for one in brands] == [False, True]


async def test_what_another_brand_of_the_same_token_lost_is_in_order_again_too(
    here: Office, database: Database
) -> None:
    for blog in ("100", "101"):
        await here.ours.call("POST", CONNECT, here.given | {"blog_id": blog})
    async with database.transaction() as session:
        await session.execute(update(AccountRow).values(health="revoked", health_detail="no longer let in"))

    await here.ours.call("POST", CONNECT, here.given)

    async with database.reading() as session:
        found = await session.execute(select(AccountRow.health, AccountRow.health_detail).distinct())
        assert found.all() == [("healthy", None)]


async def test_disconnecting_erases_the_token_and_leaves_other_workspaces_alone(
    here: Office, database: Database
) -> None:
    theirs = await here.another("Rowan Ltd")
    await theirs.call("POST", CONNECT, here.given | {"blog_id": "101"})
    await here.ours.call("POST", CONNECT, here.given)

    answer = await here.ours.call("DELETE", CONNECT)

    assert answer.status_code == 200
    assert shape(answer.json()) == {
        "status": str,
        "disconnected_at": str,
        "cancelled_posts": int,
        "disabled_missions": int,
    }
    assert answer.json()["status"] == "disconnected"
    assert error(await here.ours.call("DELETE", CONNECT)) == (409, "integration_not_connected")
    async with database.reading() as session:
        left = set(await session.scalars(select(CredentialRow.workspace_id)))
        zones = set(await session.scalars(select(AccountRow.workspace_id).where(AccountRow.disconnected_at.is_(None))))
    assert left == zones == {theirs.workspace_id}
    assert (await theirs.call("GET", TEST)).json()["status"] == "healthy"
    (brand,) = await workspaces.list_brands(here.herald.deps, [theirs.workspace_id])
    assert (brand.name, brand.timezone) == ("Rowan", "Europe/Madrid")


async def test_each_route_takes_its_scope(here: Office) -> None:
    reader = await caller(here.herald.deps, here.ours.workspace_id, scopes=["integrations:read"])
    stranger = await caller(here.herald.deps, here.ours.workspace_id, scopes=["content:read"])

    for method in ("POST", "DELETE"):
        refused = await reader.call(method, CONNECT, here.given if method == "POST" else None)
        assert error(refused) == (403, "forbidden")
        assert "integrations:write" in refused.json()["error"]["message"]
    assert (await reader.call("GET", "/connect/status")).status_code == 200
    assert error(await stranger.call("GET", "/connect/status")) == (403, "forbidden")
    other = await here.another("Elsewhere")
    assert error(await here.ours.call("GET", CONNECT, X_Workspace_Id=other.workspace_id)) == (403, "forbidden")
