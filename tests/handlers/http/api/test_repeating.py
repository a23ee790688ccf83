"""A named creating call (`Idempotency-Key`) is done once, also when many come at once and when a process dies."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import clock
from bot.domain.publication import State
from bot.services import repeating
from bot.services.repeating import CallName, Claim
from handlers.http.api.post_bodies import PostBody
from handlers.http.api.reading import decoded, digest_of
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


async def test_what_was_deleted_since_is_not_made_again(ours: Caller, toy: Queue) -> None:
    first = await ours.call("POST", "/posts", BODY, Idempotency_Key="k")
    await ours.call("DELETE", f"/posts/{first.json()['post_id']}")
    async with toy.deps.database.transaction() as session:
        await session.execute(update(IdempotencyRow).values(status=None, answer=None))
    await let_a_minute_pass(toy)

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
