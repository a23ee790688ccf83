"""What every call meets before its endpoint: key, rate limit, workspace, scope, body."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from bot import clock
from bot.domain.errors import InvalidContent
from bot.domain.keys import PRESETS
from bot.services import workspaces as service
from storage.tables import ApiKeyRow
from tests.handlers.http.api.caller import Caller, beside, caller
from tests.toy_queue import Queue

CREDITS = "/account/credits"


pytestmark = pytest.mark.one_engine


def error(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code; the body has everything an error has."""
    told = answer.json()["error"]
    assert told["message"]
    assert told["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, told["code"]


async def test_a_good_key_gets_an_answer_under_both_prefixes_and_with_both_headers(ours: Caller) -> None:
    for prefix in ("/api/v1", "/v1"):
        for headers in ({"x-api-key": ours.secret}, {"Authorization": f"Bearer {ours.secret}"}):
            answer = await ours.client.get(f"{prefix}{CREDITS}", headers=headers)

            assert answer.status_code == 200
            assert answer.json() == {"balance": 1_000_000}


async def test_of_two_keys_the_one_in_x_api_key_decides(ours: Caller) -> None:
    answer = await ours.client.get(
        f"/v1{CREDITS}", headers={"x-api-key": "hrld_wrong", "Authorization": f"Bearer {ours.secret}"}
    )

    assert error(answer) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"Authorization": "Basic abc"}, {"x-api-key": "x" * 9000}])
async def test_without_a_good_key_nothing_is_answered(ours: Caller, headers: dict[str, str]) -> None:
    answer = await ours.client.get(f"/api/v1{CREDITS}", headers=headers)

    assert error(answer) == (401, "INVALID_API_KEY")
    assert answer.headers["x-ratelimit-limit"] == "60"


@pytest.mark.parametrize(("path", "code"), [("/posts/a/b/c", "NOT_FOUND"), ("/nothing", "not_found")])
async def test_an_unknown_route_is_told_in_the_form_of_its_family(ours: Caller, path: str, code: str) -> None:
    assert error(await ours.call("GET", path)) == (404, code)


async def test_a_wrong_method_is_told_with_the_right_ones(ours: Caller) -> None:
    answer = await ours.call("DELETE", CREDITS)

    assert error(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_head_is_answered_as_get_without_the_body(ours: Caller) -> None:
    asked, whole = await ours.call("HEAD", CREDITS), await ours.call("GET", CREDITS)

    assert (asked.status_code, asked.content) == (200, b"")
    assert {name: asked.headers[name] for name in ("content-type", "content-length", "x-ratelimit-limit")} == {
        name: whole.headers[name] for name in ("content-type", "content-length", "x-ratelimit-limit")
    }
    unknown = await ours.call("HEAD", "/posts/post_forged")
    assert (unknown.status_code, unknown.content) == (404, b"")
    wrong = await ours.call("HEAD", "/posts/post_forged/publish")
    assert (wrong.status_code, wrong.headers["allow"], wrong.content) == (405, "POST", b"")


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1", "/v1/", "/api/v1/"])
async def test_a_prefix_alone_is_no_route(ours: Caller, prefix: str) -> None:
    for method in ("GET", "POST"):
        answer = await ours.client.request(method, prefix, headers=ours.headers)

        assert error(answer) == (404, "not_found")
        assert "x-ratelimit-limit" in answer.headers


async def test_a_request_id_is_echoed_or_made(ours: Caller) -> None:
    given = await ours.call("GET", CREDITS, X_Request_Id="trace-42")
    odd = await ours.call("GET", CREDITS, X_Request_Id="two words")

    assert given.headers["x-request-id"] == "trace-42"
    assert re.fullmatch(r"req_[0-9a-f]{24}", odd.headers["x-request-id"])


async def test_the_limit_of_a_key_holds_across_processes(toy: Queue) -> None:
    one = await caller(toy.deps, toy.workspace_id, per_minute=7)
    other = beside(toy.deps, toy.workspace_id, one.key, one.secret)

    answers = [await (one, other)[turn % 2].call("GET", CREDITS) for turn in range(9)]

    statuses = [answer.status_code for answer in answers]
    # The minute may turn in between, once.
    assert statuses.count(200) >= 7
    if 429 in statuses:
        refused = answers[statuses.index(429)]
        told = refused.json()["error"]
        assert error(refused) == (429, "RATE_LIMIT_EXCEEDED")
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert told["retry_after"] == told["retryAfter"] == int(refused.headers["retry-after"]) > 0


async def test_a_key_may_do_what_its_scopes_say(toy: Queue) -> None:
    narrow = await caller(toy.deps, toy.workspace_id, scopes=["posts:read"])
    admin = await caller(toy.deps, toy.workspace_id, scopes=["admin"])

    refused = await narrow.call("GET", CREDITS)

    assert error(refused) == (403, "INSUFFICIENT_SCOPE")
    assert "account:read" in refused.json()["error"]["message"]
    assert (await admin.call("GET", CREDITS)).status_code == 200


async def test_another_workspace_in_the_header_is_refused(ours: Caller) -> None:
    assert error(await ours.call("GET", CREDITS, X_Workspace_Id="ws_other")) == (403, "FORBIDDEN")
    both = await ours.call("GET", CREDITS, X_Tenant_Id="ws_other")
    assert error(both) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", [CREDITS, "/posts", "/connect/status"])
@pytest.mark.parametrize("header", ["X-Workspace-Id", "X-Tenant-ID"])
async def test_a_workspace_header_with_nothing_in_it_is_told(ours: Caller, path: str, header: str) -> None:
    headers = {"x-api-key": ours.secret, "X-Workspace-Id": ours.workspace_id} | {header: ""}
    if header != "X-Workspace-Id" and path != "/posts":
        del headers["X-Workspace-Id"]

    answer = await ours.client.get(f"/v1{path}", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == header
    assert "is empty" in answer.json()["error"]["message"]


async def test_a_key_that_is_expired_or_revoked_is_none(toy: Queue, ours: Caller) -> None:
    ends = await caller(toy.deps, toy.workspace_id)
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(ApiKeyRow).where(ApiKeyRow.id == ends.key.id).values(expires_at=clock.now() - timedelta(seconds=1))
        )
    await service.revoke_key(toy.deps, ours.key.id, workspace=toy.workspace_id)

    for one in (ends, ours):
        assert error(await one.call("GET", CREDITS)) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize(
    ("preset", "publishes", "writes"), [("full", True, True), ("draft-only", False, True), ("read-only", False, False)]
)
async def test_a_preset_says_what_a_key_is_for(toy: Queue, preset: str, *, publishes: bool, writes: bool) -> None:
    key = (await caller(toy.deps, toy.workspace_id, scopes=PRESETS[preset])).key

    assert key.allows("posts:publish") is publishes
    assert key.allows("content:write") is publishes
    assert key.allows("posts:write") is writes
    assert key.allows("posts:read")


async def test_a_key_is_made_with_scopes_there_are_and_a_sensible_end(toy: Queue) -> None:
    place = await service.get_workspace(toy.deps, toy.workspace_id)
    for wrong in ({"scopes": ["posts:fly"]}, {"scopes": (), "expires_in_days": 0}, {"scopes": (), "name": "\n"}):
        with pytest.raises(InvalidContent):
            await service.create_key(toy.deps, place, brand=None, rate_limit_per_minute=None, **wrong)  # pyright: ignore[reportArgumentType]  # what a person may type
