"""A named creating call (`Idempotency-Key`) is done once, also when many come at once and when a process dies."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.requests import Request

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import repeating, workspaces
from bot.services.repeating import CallName, Claim
from handlers.http.api.auth import KeyBody
from handlers.http.api.call import Call
from handlers.http.api.post_bodies import PostBody
from handlers.http.api.reading import decoded, digest_of
from handlers.http.api.register import ENDPOINTS
from storage.tables import IdempotencyRow
from tests.handlers.http.api.caller import Caller, beside
from tests.handlers.http.api.test_door import error
from tests.toy_queue import Queue

BODY = {"items": [{"post_type": "toy-post", "content": "Once."}]}


def as_bytes(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


async def count(ours: Caller) -> int:
    return len((await ours.call("GET", "/posts?limit=100")).json()["data"])


async def test_eight_at_once_from_two_processes_make_one_post(ours: Caller) -> None:
    other = beside(ours.deps, ours.workspace_id, ours.key, ours.secret)

    answers = await asyncio.gather(
        *((ours, other)[turn % 2].call("POST", "/posts", BODY, Idempotency_Key="spring-1") for turn in range(8))
    )
    late = await ours.call("POST", "/posts", BODY, Idempotency_Key="spring-1")

    done = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.text for answer in done} == {late.text}
    assert [answer.headers.get("idempotent-replayed") for answer in done].count(None) == 1
    assert late.headers["idempotent-replayed"] == "true"
    assert await count(ours) == 1


async def test_the_same_words_in_another_order_are_the_same_body_and_others_are_not(ours: Caller) -> None:
    first = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    turned = {"items": [{"content": "Once.", "post_type": "toy-post"}]}
    other = {"items": [{"post_type": "toy-post", "content": "Twice."}]}

    same = await ours.call("POST", "/posts", turned, Idempotency_Key="k")
    different = await ours.call("POST", "/posts", other, Idempotency_Key="k")
    elsewhere = await ours.client.post("/v1/posts", json=BODY, headers=ours.headers | {"Idempotency-Key": "k"})

    assert same.text == first.text
    assert elsewhere.text == first.text
    assert error(different) == (409, "CONFLICT")


async def test_a_refused_call_leaves_its_name_free(ours: Caller) -> None:
    wrong = {"items": [{"post_type": "fax-page", "content": "Once."}]}

    refused = await ours.call("POST", "/posts", wrong, Idempotency_Key="k")
    mended = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")

    assert error(refused) == (400, "VALIDATION_ERROR")
    assert mended.status_code == 200


async def test_publishing_twice_by_one_name_sends_once(ours: Caller, toy: Queue) -> None:
    post = (await ours.call("POST", "/posts", BODY)).json()
    place = f"/posts/{post['post_id']}/publish"

    answers = [await ours.call("POST", place, Idempotency_Key="go") for _ in range(3)]
    async with toy.working():
        await toy.until(post["post_id"], State.PUBLISHED)
    after = await ours.call("POST", place, Idempotency_Key="go")

    assert {answer.text for answer in (*answers, after)} == {answers[0].text}
    assert toy.network.texts() == ["Once."]


async def let_a_minute_pass(toy: Queue) -> None:
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(claimed_at=clock.now() - timedelta(minutes=2)))


async def test_a_process_that_dies_after_it_made_the_post_leaves_one(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(status=None, answer=None))
    early = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    await let_a_minute_pass(toy)

    answers = await asyncio.gather(*(ours.call("POST", "/posts", BODY, Idempotency_Key="k") for _ in range(3)))

    assert error(early) == (409, "CONFLICT")
    assert {answer.text for answer in answers if answer.status_code == 200} == {first.text}
    assert await count(ours) == 1


async def test_a_process_that_dies_before_it_made_the_post_leaves_the_work_to_the_repetition(
    ours: Caller, toy: Queue
) -> None:
    name = CallName(key_id=ours.key.id, route="POST /posts", key="k")
    claim = await repeating.begin(ours.deps, ours.workspace_id, name, decoded(json.dumps(BODY).encode(), PostBody)[1])
    await let_a_minute_pass(toy)

    answer = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")

    assert isinstance(claim, Claim)
    assert answer.json()["post_id"] == repeating.id_of(claim, "post")
    assert await count(ours) == 1


async def cut_off(ours: Caller, name: str, body: object, **path: str) -> None:
    """A call named `k` whose process died after it did what was asked, before anything else."""
    (endpoint,) = (one for one in ENDPOINTS if one.name == name)
    read, digest = (None, "") if endpoint.body is None else decoded(json.dumps(body).encode(), endpoint.body)
    route = f"POST {endpoint.path.format(**path)}"
    claim = await repeating.begin(
        ours.deps, ours.workspace_id, CallName(key_id=ours.key.id, route=route, key="k"), digest
    )
    assert isinstance(claim, Claim)
    call: Call[Any, Any] = Call(
        deps=ours.deps,
        key=ours.key,
        workspace_id=ours.workspace_id,
        body=read,
        query=None,
        path=path,
        request=Request({"type": "http"}),
        claim=claim,
    )
    await endpoint.handle(call)


@pytest.mark.parametrize("act", ["publish", "schedule", "cancel", "retry", "content", "approve"])
async def test_what_was_done_when_the_process_died_is_answered_and_not_done_again(
    ours: Caller, toy: Queue, act: str
) -> None:
    post = (await ours.call("POST", "/posts", BODY)).json()
    item_id, at = post["items"][0]["item_id"], (clock.now() + timedelta(days=1)).isoformat()
    route, body = {
        "publish": ("/posts/{post_id}/publish", None),
        "schedule": ("/posts/{post_id}/schedule", {"scheduled_at": at}),
        "cancel": ("/posts/{post_id}/cancel", None),
        "retry": ("/posts/{post_id}/publish", None),
        "content": ("/publish/schedule", {"content_id": item_id, "scheduled_for": at}),
        "approve": ("/content/{content_id}/approve", {"schedule_for": at}),
    }[act]
    path = {"post_id": post["post_id"], "content_id": item_id}
    if act == "cancel":
        await ours.call("POST", f"/posts/{post['post_id']}/schedule", {"scheduled_at": at})
    if act == "retry":
        await failed(ours, toy, post["post_id"])
    await cut_off(ours, f"POST {route}", body, **{name: one for name, one in path.items() if f"{{{name}}}" in route})
    if act in {"publish", "retry"}:
        async with toy.working():
            await toy.until(post["post_id"], State.PUBLISHED)
    await let_a_minute_pass(toy)

    again = await ours.call("POST", route.format(**path), body, Idempotency_Key="k")

    assert (again.status_code, again.headers.get("idempotent-replayed")) == (200, "true"), again.text
    assert len(toy.network.posts) == (act in {"publish", "retry"})


async def failed(ours: Caller, toy: Queue, post_id: str) -> None:
    """Let a post fail."""
    toy.network.behaviour = lambda _: "422"
    await ours.call("POST", f"/posts/{post_id}/publish")
    async with toy.working():
        await toy.until(PostId(post_id), State.FAILED)
    toy.network.behaviour = lambda _: "ok"


async def test_publishing_that_was_cut_off_waits_for_what_is_being_sent(ours: Caller, toy: Queue) -> None:
    post = (await ours.call("POST", "/posts", BODY)).json()
    body = {"content_id": post["items"][0]["item_id"]}
    toy.network.behaviour = lambda _: "gate"
    async with toy.working():
        first = asyncio.create_task(ours.call("POST", "/publish", body, Idempotency_Key="k"))
        await toy.until(post["post_id"], State.SENDING)
        first.cancel()
        await let_a_minute_pass(toy)
        second = asyncio.create_task(ours.call("POST", "/publish", body, Idempotency_Key="k"))
        await asyncio.sleep(0.5)
        toy.network.gate.set()
        answer = await second

    assert (answer.status_code, answer.json().get("status")) == (200, "published"), answer.text
    assert toy.network.texts() == ["Once."]


async def test_what_was_deleted_since_is_not_made_again(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    await ours.call("DELETE", f"/posts/{first.json()['post_id']}")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(status=None, answer=None))
    await let_a_minute_pass(toy)

    for _ in range(3):
        assert error(await ours.call("POST", "/posts", BODY, Idempotency_Key="k")) == (409, "CONFLICT")
        assert await count(ours) == 0


async def test_after_a_day_a_name_is_new(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    long_ago = clock.now() - timedelta(hours=25)
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(created_at=long_ago, claimed_at=long_ago))

    again = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")

    assert again.json()["post_id"] != first.json()["post_id"]


@pytest.mark.parametrize("name", ["x" * 256, "two words", "\u00e4"])
async def test_a_name_that_is_none_is_refused(ours: Caller, name: str) -> None:
    answer = await ours.client.post(
        "/v1/posts", json=BODY, headers={**as_bytes(ours.headers), b"Idempotency-Key": name.encode()}
    )

    assert error(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["param"] == "Idempotency-Key"


async def test_each_attempt_at_a_call_makes_the_same_id(ours: Caller) -> None:
    name = CallName(key_id=ours.key.id, route="POST /posts", key="k")

    claim = await repeating.begin(ours.deps, ours.workspace_id, name, digest_of("body"))

    assert isinstance(claim, Claim)
    assert repeating.id_of(claim, "post") == repeating.id_of(claim, "post")
    assert repeating.id_of(claim, "post") != repeating.id_of(claim, "entry")


async def keys(ours: Caller) -> list[str]:
    place = await workspaces.get_workspace(ours.deps, ours.workspace_id)
    return [key.id for key in await workspaces.list_keys(ours.deps, place) if key.name == "Dashboard"]


async def test_a_key_that_was_made_when_the_process_died_is_not_made_a_second_time(ours: Caller, toy: Queue) -> None:
    body = {"name": "Dashboard", "scopes": ["posts:read"]}
    await cut_off(ours, "POST /auth/keys", body)
    await let_a_minute_pass(toy)

    answers = [await ours.call("POST", "/auth/keys", body, Idempotency_Key="k") for _ in range(2)]

    assert [error(answer) for answer in answers] == [(409, "conflict")] * 2
    assert len(await keys(ours)) == 1


async def test_a_late_first_attempt_makes_no_second_key(ours: Caller, toy: Queue) -> None:
    body = {"name": "Dashboard", "scopes": ["posts:read"]}
    (endpoint,) = (one for one in ENDPOINTS if one.name == "POST /auth/keys")
    read, digest = decoded(json.dumps(body).encode(), KeyBody)
    name = CallName(key_id=ours.key.id, route="POST /auth/keys", key="k")
    stopped = await repeating.begin(ours.deps, ours.workspace_id, name, digest)
    assert isinstance(stopped, Claim)
    await let_a_minute_pass(toy)
    answer = await ours.call("POST", "/auth/keys", body, Idempotency_Key="k")

    with pytest.raises(Conflict):
        await endpoint.handle(
            Call(
                deps=ours.deps,
                key=ours.key,
                workspace_id=ours.workspace_id,
                body=read,
                query=None,
                path={},
                request=Request({"type": "http"}),
                claim=stopped,
            )
        )

    assert await keys(ours) == [answer.json()["id"]]
