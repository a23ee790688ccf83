"""Bodies, queries, paths and headers that nobody means well with."""

import json

import pytest

from tests.handlers.http.api.caller import Caller
from tests.handlers.http.api.test_door import error
from tests.handlers.http.api.test_repeating import as_bytes

DEEP = b"[" * 100_000


pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"items"',
        b"\xff\xfe",
        DEEP,
        b'{"items":' + DEEP,
        b'{"other":' + b"[" * 900 + b"]" * 900 + b',"items":[]}',
        b'{"items":[{"post_type":"toy-post","content":"\\ud800"}]}',
        b'{"items":[{"post_type":"toy-post","content":"\\u0000"}]}',
        b'{"items":[{"post_type":"toy-post\\u0000","content":"x"}]}',
        b'{"items":[{"post_type":"toy-post","content":"x","options":{"a\\u0000":"b"}}]}',
        b'{"items":[{"post_type":"toy-post","content":"x","account_id":"\\u0000"}]}',
        b'{"items":[{"post_type":"toy-post","content":"x","media_ids":["\\u0000"]}]}',
        b'{"items":{"post_type":"toy-post","content":"x"}}',
        b'{"items":[1e999]}',
        b'{"items":[' + b"9" * 5_000 + b"]}",
        b'{"items":[{"post_type":"toy-post","content":true}]}',
    ],
)
async def test_a_body_that_is_none_is_refused(ours: Caller, raw: bytes) -> None:
    answer = await ours.client.post("/api/v1/posts", content=raw, headers=ours.headers)

    assert error(answer) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("deep", [110, 480, 700])
async def test_what_is_nested_deep_in_a_field_of_any_shape_is_refused(ours: Caller, deep: int) -> None:
    for nested in (b'{"a":' * deep + b"1" + b"}" * deep, b'{"a":' + b"[" * deep + b"]" * deep + b"}"):
        raw = b'{"name":"Deep","constraints":' + nested + b"}"

        answer = await ours.client.post("/api/v1/missions", content=raw, headers=ours.headers)

        assert error(answer) == (400, "invalid_request")


async def test_a_body_that_is_too_large_is_refused_unread(ours: Caller) -> None:
    said = await ours.client.post("/api/v1/posts", content=b"x" * 1_000_001, headers=ours.headers)

    async def endless():  # noqa: ANN202
        while True:
            yield b" " * 100_000

    unsaid = await ours.client.post("/api/v1/posts", content=endless(), headers=ours.headers)

    assert error(said) == (413, "FILE_TOO_LARGE")
    assert error(unsaid) == (413, "FILE_TOO_LARGE")


async def test_unknown_fields_are_ignored(ours: Caller) -> None:
    body = {"items": [{"post_type": "toy-post", "content": "Hi", "colour": {"deep": [1]}}], "more": None}

    assert (await ours.call("POST", "/posts", body)).status_code == 200


@pytest.mark.parametrize(
    "place",
    [
        "/posts/%00",
        "/posts/post_forged",
        "/posts/" + "x" * 5_000,
        "/posts/%ff",
        "/posts/..%2f..%2fetc",
        "/posts/post_1'--",
        "/post-items/item_forged/analytics",
        "/post-items/%E2%82%AC/analytics",
        "/calendar/entries/%00",
    ],
)
async def test_a_forged_id_is_nothing(ours: Caller, place: str) -> None:
    assert error(await ours.call("GET", place)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("place", ["/posts%0A", "/posts/a%0Ab", "/posts/b%0A", "/post-items/%0A/analytics", "/%0A"])
async def test_a_line_break_in_the_path_is_refused_like_anything_else(ours: Caller, place: str) -> None:
    answer = await ours.call("GET", place, X_Request_Id="mine")

    assert answer.status_code == 404
    assert answer.json()["error"]["request_id"] == "mine"
    assert answer.headers["x-request-id"] == "mine"
    assert "x-ratelimit-limit" in answer.headers


async def test_odd_headers_do_no_harm(ours: Caller) -> None:
    for headers in (
        {b"X-Workspace-Id": b"\xff"},
        {b"X-Workspace-Id": b"'; drop table posts"},
        {b"X-Tenant-Id": b"\xff"},
        {b"Content-Length": b"many"},
    ):
        answer = await ours.client.post("/api/v1/posts/post_1/cancel", headers={**as_bytes(ours.headers), **headers})
        assert answer.status_code in {400, 403, 404}, headers
    answer = await ours.client.get("/api/v1/account/credits", headers={b"x-api-key": b"\xff\xfe"})
    assert error(answer) == (401, "INVALID_API_KEY")


async def test_a_browser_of_another_site_gets_no_leave(ours: Caller) -> None:
    asked = await ours.client.options(
        "/api/v1/posts", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )

    assert error(asked) == (405, "METHOD_NOT_ALLOWED")
    assert not [name for name in asked.headers if name.startswith("access-control")]


async def test_without_the_workspace_the_order_of_checks_is_kept(ours: Caller) -> None:
    raw = json.dumps({"items": []}).encode()

    nobody = await ours.client.post("/api/v1/posts", content=raw)
    nowhere = await ours.client.post("/api/v1/posts", content=raw, headers={"x-api-key": ours.secret})

    assert error(nobody) == (401, "INVALID_API_KEY")
    assert error(nowhere) == (400, "VALIDATION_ERROR")
    assert nowhere.json()["error"]["param"] == "X-Workspace-Id"
    assert nowhere.headers["x-ratelimit-limit"] == "100000"
