"""What the contract cannot say: what each refusal means, when a limit ends, how a film goes up."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.domain.capabilities import check
from platforms.base import Answer, Prepared, typed
from platforms.errors import (
    AppRefused,
    ContentRefused,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
)
from platforms.http import HttpWire
from platforms.pinterest import CONNECTOR
from platforms.pinterest.spec import read_budget, read_reset
from tests.platforms.pinterest.material import (
    BOARD,
    CONNECTED,
    DRAFT,
    FILM,
    IMAGE,
    KEY,
    NOWHERE,
    PNG,
    VIDEO,
    attachment,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PREPARED = Prepared(data={"body": {"board_id": "1"}, "media_id": "2", "cover_at": 0})


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, 1, "Invalid request: title is too long", ContentRefused),
        (400, 1, "Sorry we could not fetch the image: unable to reach the URL", MediaRefused),
        (400, 235, "Sorry, this image is too small", MediaRefused),
        (400, 1, "cover_image_url is required", ContentRefused),
        (401, 2, "Authentication failed.", TokenExpired),
        (403, 29, "Apps with Trial access may not create Pins in production", AppRefused),
        (403, 29, "You are not permitted to access board", ContentRefused),
        (403, 3, "Missing scopes", ScopeMissing),
        (404, 40, "Board not found.", ContentRefused),
        (404, 100, "Not found.", ContentRefused),
        (409, 58, "Conflict", ContentRefused),
        (429, 8, "This request exceeded a rate limit.", RateLimited),
        (500, 0, "Something went wrong.", OutcomeUnknown),
    ],
)
async def test_each_refusal_means_what_pinterest_says(
    status: int, code: int, message: str, kind: type[PlatformError]
) -> None:
    body = json.dumps({"code": code, "message": message}).encode()
    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(lambda _: httpx.Response(status, content=body)))
    with pytest.raises(kind) as caught:
        await CONNECTOR.publish(wire, CONNECTED, PREPARED, KEY)
    assert type(caught.value) is kind


async def test_a_picture_that_is_on_another_machine_is_prepared_again() -> None:
    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(lambda _: httpx.Response(500)))
    prepared = Prepared(data={"body": {}, "images": [{"path": "/nowhere/at/all", "mime_type": "image/png"}]})
    with pytest.raises(MaterialGone):
        await CONNECTOR.publish(wire, CONNECTED, prepared, KEY)
    assert wire.calls == ()


async def test_a_film_goes_up_after_the_fields_that_pinterest_gave_and_without_our_token() -> None:
    sent: list[httpx.Request] = []
    given = {"x-amz-date": "d", "key": "uploads/1", "policy": "p", "Content-Type": "multipart/form-data"}

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        sent.append(request)
        if request.url.host == "storage.example":
            return httpx.Response(204)
        registered = {"media_id": "12", "upload_url": "https://storage.example/", "upload_parameters": given}
        return httpx.Response(200, json={"id": "549755885175"} if "/boards/" in request.url.path else registered)

    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(answer))
    prepared = await CONNECTOR.prepare(wire, NOWHERE, CONNECTED, VIDEO, KEY, None)
    upload, body = sent[-1], sent[-1].content
    assert "authorization" not in upload.headers
    assert upload.headers["content-length"] == str(len(body))
    names = [f'name="{name}"'.encode() for name in (*given, "file")]
    assert [body.index(name) for name in names] == sorted(body.index(name) for name in names)
    assert body.index(PNG) > body.index(names[-1])
    assert "x-amz" not in json.dumps(prepared.data)


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"x-ratelimit-reset": "42"}, NOW + timedelta(seconds=42)),
        ({"x-ratelimit-reset": "42, 42;w=60"}, NOW + timedelta(seconds=42)),
        ({"x-ratelimit-reset": "1795251600"}, datetime.fromtimestamp(1795251600, UTC)),
        ({"x-ratelimit-reset": "42", "retry-after": "7"}, NOW + timedelta(seconds=7)),
        ({"x-ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_limit_is_read_in_both_forms(headers: dict[str, str], until: datetime | None) -> None:
    assert read_reset(Answer(status=429, headers=headers, body=b""), NOW) == until


def test_what_is_left_is_read_of_creations_alone() -> None:
    headers = {"x-ratelimit-limit": "100, 100;w=60", "x-ratelimit-remaining": "98", "x-ratelimit-reset": "30"}
    left = read_budget(Answer(status=201, headers=headers, body=b""), NOW)
    assert left is not None
    assert (left.budget, left.limit, left.remaining, left.resets_at) == ("writes", 100, 98, NOW + timedelta(seconds=30))
    assert read_budget(Answer(status=200, headers=headers, body=b""), NOW) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": {}}, "a pin goes on a board. Say which one"),
        ({"options": {"board": " "}}, "board is empty"),
        ({"options": {**BOARD, "title": " "}}, "title is empty"),
        ({"options": {**BOARD, "section": ""}}, "section is empty"),
        ({"options": {**BOARD, "cover_at": "1"}}, "has no option 'cover_at'"),
        ({"options": {**BOARD, "cover_at": "-1"}, "attachments": (FILM,)}, "whole number of seconds"),
        ({"attachments": ()}, "a pin needs a picture or a video"),
        ({"link": "juniper.example"}, "the link is not a web address"),
        ({"link": "ftp://juniper.example/"}, "the link is not a web address"),
        ({"link": "https://[::"}, "the link is not a web address"),
        ({"attachments": (IMAGE, attachment(height_px=10))}, "must have the same size"),
        ({"attachments": (IMAGE, FILM)}, "cannot go together"),
    ],
)
def test_a_pin_that_cannot_be_is_refused_by_a_sentence(changes: dict[str, object], sentence: str) -> None:
    draft = typed(CONNECTOR.spec, type(DRAFT)(**{**_fields(), **changes}))  # pyright: ignore[reportArgumentType]  # fields of Draft
    capabilities = CONNECTOR.spec.by_type.get(draft.post_type, CONNECTOR.spec.capabilities)
    assert [problem.message for problem in check(draft, capabilities) if sentence in problem.message]


def _fields() -> dict[str, object]:
    return {name: getattr(DRAFT, name) for name in ("text", "post_type", "attachments", "options", "due_at")}


def test_the_page_of_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs/connectors/pinterest.md").read_text()
    rules = [rule for one in (CONNECTOR.spec.capabilities, *CONNECTOR.spec.by_type.values()) for rule in one.options]
    assert [rule.name for rule in rules if f"`{rule.name}`" not in page] == []
