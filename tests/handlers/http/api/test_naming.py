"""Which field a refusal names: one that the caller sent, in full, or none."""

import json

import pytest

from tests.handlers.http.api.caller import Caller
from tests.handlers.http.api.test_contents import draft
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

ITEM = {"post_type": "toy-post", "content": "Hi"}
LARGE = 20_000

pytestmark = pytest.mark.one_engine


def named(answer_text: str) -> str | None:
    return json.loads(answer_text)["error"].get("param")


@pytest.mark.parametrize(
    ("raw", "param"),
    [
        (b'{"items":[],"more":{"deep":[0,1e999]}}', "more.deep[1]"),
        (b'{"items":[{"post_type":"toy-post","content":"x"},{"content":-1e999}]}', "items[1].content"),
        (b'{"items":' + b"9" * 5_000 + b"}", "items"),
        (b"1e999", None),
    ],
)
async def test_a_number_that_is_too_large_is_named(ours: Caller, raw: bytes, param: str | None) -> None:
    answer = await ours.client.post("/api/v1/posts", content=raw, headers=ours.headers)

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert named(answer.text) == param
    assert answer.json()["error"]["message"] == f"{param or 'body'}: the number is out of range."


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"options": {"first": "a", "second": 2, "third": 3}}, "items[1].options.second"),
        ({"options": {"only": None}}, "items[1].options.only"),
        ({"media_ids": ["med_1", "med_2", 3]}, "items[1].media_ids[2]"),
        ({"options": {f"{number}": number for number in range(LARGE)}}, "items[1].options"),
        ({"title": 5}, "items[1].title"),
    ],
)
async def test_what_is_wrong_inside_an_item_is_named_in_full(ours: Caller, item: dict[str, object], param: str) -> None:
    answer = await ours.call("POST", "/posts", {"items": [ITEM, {**ITEM, **item}]})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert named(answer.text) == param
    assert answer.json()["error"]["message"].startswith(f"{param}: expected string")


async def test_a_body_that_did_not_come_is_told_as_missing(ours: Caller) -> None:
    for raw in (b"", b" \n"):
        answer = await ours.client.post("/api/v1/posts", content=raw, headers=ours.headers)

        assert error(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["error"]["message"] == "The body is missing. Send it as JSON."


async def test_a_value_is_told_without_the_pattern_it_should_have(ours: Caller) -> None:
    answer = await ours.call("POST", "/connect/metricool", {"token": "two words", "blog_id": "1"})

    assert error(answer) == (400, "invalid_request")
    assert named(answer.text) == "token"
    assert "regex" not in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "param"),
    [
        ("GET", "/posts/post_forged", "post_id"),
        ("POST", "/posts/post_forged/publish", "post_id"),
        ("GET", "/webhooks/whk_forged", "webhook_id"),
        ("POST", "/missions/msn_forged/pause", "mission_id"),
        ("DELETE", "/publish/item_forged", "content_id"),
        ("GET", "/calendar/feed?brand=forged", "brand"),
    ],
)
async def test_what_is_not_there_is_named_as_the_caller_named_it(
    ours: Caller, method: str, path: str, param: str
) -> None:
    answer = await ours.call(method, path)

    assert answer.status_code == 404
    assert named(answer.text) == param


async def test_no_field_is_named_that_nobody_can_send(ours: Caller) -> None:
    made = (await ours.call("POST", "/calendar/entries", {"title": "A", "scheduled_date": "2027-03-01"})).json()

    answer = await ours.call("PATCH", f"/calendar/entries/{made['entry_id']}", {})

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert named(answer.text) is None


async def test_what_a_network_refuses_of_a_content_names_the_content(toy: Queue, ours: Caller) -> None:
    content_id = await draft(toy, "")
    at = "2027-03-01T09:00:00Z"

    for path, body in (
        ("/publish", {"content_id": content_id}),
        ("/publish/schedule", {"content_id": content_id, "scheduled_for": at}),
        (f"/content/{content_id}/approve", {"schedule_for": at}),
    ):
        answer = await ours.call("POST", path, body)
        assert error(answer) == (400, "invalid_request")
        assert named(answer.text) == "content_id"
