"""LinkedIn's errors, in both of its forms, and until when its limits last."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from platforms.base import Answer, Request
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    MediaRefused,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.http import HttpWire
from platforms.linkedin import CONNECTOR
from platforms.linkedin.spec import read_reset
from tests.platforms.stage import respond

READ_RESET_AT = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
DUPLICATE = "com.linkedin.content.Conflict: Content is a duplicate of urn:li:share:7123"


def plain(status: int, code: str, message: str = "words") -> dict[str, object]:
    """The form with a code."""
    return {"status": status, "code": code, "message": message}


def of_input(status: int, code: str, message: str = "words") -> dict[str, object]:
    """The form that says what is wrong with the input."""
    return {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": message,
        "errorDetails": {"inputErrors": [{"code": code, "description": "words"}]},
        "status": status,
    }


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, of_input(422, "DUPLICATE_POST", DUPLICATE), DuplicateRefused),
        (422, {"status": 422, "message": DUPLICATE}, DuplicateRefused),
        (422, of_input(422, "FIELD_LENGTH_TOO_LONG"), ContentRefused),
        (400, of_input(400, "FIELD_LENGTH_TOO_LONG"), ContentRefused),
        (400, plain(400, "MEDIA_ASSET_WAITING_UPLOAD"), NotReady),
        (400, plain(400, "MEDIA_ASSET_PROCESSING_FAILED"), MediaRefused),
        (400, plain(400, "VERSION_MISSING"), AppRefused),
        (426, plain(426, "NONEXISTENT_VERSION"), AppRefused),
        (400, plain(400, "ILLEGAL_ARGUMENT", "Unable to obtain activity for urn:li:share:1"), NotReady),
        (400, plain(400, "ILLEGAL_ARGUMENT"), ContentRefused),
        (401, {**plain(401, "EXPIRED_ACCESS_TOKEN"), "serviceErrorCode": 65602}, TokenExpired),
        (401, {**plain(401, "REVOKED_ACCESS_TOKEN"), "serviceErrorCode": 65601}, TokenExpired),
        (403, {**plain(403, "ACCESS_DENIED"), "serviceErrorCode": 100}, ScopeMissing),
        (404, plain(404, "NOT_FOUND"), ContentRefused),
        (409, plain(409, "CONFLICT"), Unavailable),
        (429, plain(429, "TOO_MANY_REQUESTS"), RateLimited),
        (429, {"status": 429, "message": "share limit has been reached for unverified members"}, RateLimited),
        (500, plain(500, "INTERNAL_SERVER_ERROR"), OutcomeUnknown),
        (503, plain(503, "SERVICE_UNAVAILABLE"), OutcomeUnknown),
    ],
)
async def test_what_linkedin_says_of_a_creating_call(
    status: int, body: dict[str, object], kind: type[PlatformError]
) -> None:
    wire = HttpWire(CONNECTOR.spec, httpx.MockTransport(lambda request: respond(request, status, body)))
    request = Request(operation="POST /rest/posts", method="POST", url="https://api.linkedin.com/rest/posts", json={})
    with pytest.raises(PlatformError) as caught:
        await wire.create(request)
    assert type(caught.value) is kind
    if kind is DuplicateRefused:
        assert "urn:li:share:7123" in caught.value.safe


@pytest.mark.parametrize(
    ("message", "headers", "until"),
    [
        ("throttle APPLICATION_AND_MEMBER DAY limit is reached", {}, datetime(2026, 11, 22, tzinfo=UTC)),
        ("share limit has been reached for unverified members", {}, datetime(2026, 11, 22, tzinfo=UTC)),
        ("Resource level throttle limit is reached", {}, None),
        ("throttle APPLICATION_AND_MEMBER DAY limit is reached", {"retry-after": "60"}, None),
    ],
)
def test_a_day_ends_at_midnight_utc(message: str, headers: dict[str, str], until: datetime | None) -> None:
    answer = Answer(status=429, headers=headers, body=json.dumps({"status": 429, "message": message}).encode())
    assert read_reset(answer, READ_RESET_AT) == until
