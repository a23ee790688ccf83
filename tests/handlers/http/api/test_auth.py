"""`/auth`: a key makes keys, and says who it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.domain.keys import SCOPES
from tests.handlers.http.api.caller import Caller, beside, caller
from tests.handlers.http.api.test_connect import shape
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

pytestmark = pytest.mark.one_engine


async def test_a_key_is_made_shown_once_and_works(toy: Queue, ours: Caller) -> None:
    made = (await ours.call("POST", "/auth/keys", {"name": "Dashboard", "scopes": ["analytics:read"]})).json()

    assert shape(made) == {
        "id": str,
        "name": str,
        "key": str,
        "prefix": str,
        "scopes": [str],
        "created_at": str,
        "expires_at": type(None),
    }
    theirs = beside(toy.deps, toy.workspace_id, ours.key, made["key"])
    me = (await theirs.call("GET", "/auth/whoami")).json()
    assert shape(me) == {
        "user": {"id": str, "name": str},
        "tenant": {"id": str, "name": str},
        "auth_method": str,
        "scopes": [str],
    }
    assert (me["user"], me["scopes"]) == ({"id": made["id"], "name": "Dashboard"}, ["analytics:read"])
    assert me["tenant"] == {"id": toy.workspace_id, "name": "Paperboat"}
    assert (await theirs.call("GET", "/analytics")).status_code == 200
    refused = await theirs.call("POST", "/auth/keys", {"name": "More"})
    assert error(refused) == (403, "forbidden")
    assert "admin" in refused.json()["error"]["message"]


async def test_a_key_has_every_scope_and_no_end_unless_told(ours: Caller) -> None:
    whole = (await ours.call("POST", "/auth/keys", {"name": "All"})).json()
    short = (await ours.call("POST", "/auth/keys", {"name": "Short", "expires_in_days": 2})).json()

    assert whole["scopes"] == list(SCOPES)
    left = datetime.fromisoformat(short["expires_at"]) - clock.now()
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)


async def test_a_named_call_makes_one_key_and_never_shows_it_again(ours: Caller) -> None:
    first = await ours.call("POST", "/auth/keys", {"name": "Once"}, Idempotency_Key="one")
    second = await ours.call("POST", "/auth/keys", {"name": "Once"}, Idempotency_Key="one")

    assert first.status_code == 200
    assert first.json()["key"] not in second.text


async def test_a_key_of_one_brand_makes_keys_of_that_brand(toy: Queue) -> None:
    narrow = await caller(toy.deps, toy.workspace_id, brand=toy.brand)
    made = (await narrow.call("POST", "/auth/keys", {"name": "Narrow"})).json()

    theirs = beside(toy.deps, toy.workspace_id, narrow.key, made["key"])
    mission = (await theirs.call("POST", "/missions", {"name": "Ours"})).json()
    assert (await narrow.call("GET", f"/missions/{mission['id']}")).status_code == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "K", "scopes": ["everything"]}, "scopes"),
        ({"name": "K", "scopes": "admin"}, "scopes"),
        ({"name": "K", "expires_in_days": 0}, "expires_in_days"),
        ({"name": "K", "expires_in_days": "7"}, "expires_in_days"),
    ],
)
async def test_a_key_that_cannot_be_names_the_field(ours: Caller, body: dict[str, Any], param: str) -> None:
    answer = await ours.call("POST", "/auth/keys", body)

    assert error(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == param
