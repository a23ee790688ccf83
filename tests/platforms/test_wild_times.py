"""Times to come that no calendar holds: a refusal stays what it is, and a yes stays a yes."""

import json

import httpx
import pytest

from platforms import REGISTER
from platforms.base import Request
from platforms.errors import RateLimited
from platforms.http import HttpWire

POST = Request(operation="post", method="POST", url="https://network.example/post", json={})
USAGE = json.dumps({"1": [{"estimated_time_to_regain_access": 10**30}]})


def wire(platform: str, status: int, headers: dict[str, str], body: object) -> HttpWire:
    """A wire to a network that gives this answer."""
    text = json.dumps(body)
    answering = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, text=text))
    return HttpWire(REGISTER[platform].spec, answering)


@pytest.mark.parametrize(
    ("platform", "headers", "body"),
    [
        ("discord", {}, {"message": "slow", "code": 0, "retry_after": 10**400}),
        ("threads", {"x-business-use-case-usage": USAGE}, {"error": {"message": "slow", "code": 4}}),
        ("x", {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "9" * 12}, {"title": "Too Many Requests"}),
    ],
)
async def test_a_limit_until_an_impossible_time_is_a_limit(
    platform: str, headers: dict[str, str], body: object
) -> None:
    with pytest.raises(RateLimited) as limited:
        await wire(platform, 429, headers, body).create(POST)
    assert limited.value.until is None


async def test_a_yes_with_an_impossible_time_is_a_yes() -> None:
    limits = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "9", "x-rate-limit-reset": "9" * 12}
    told = wire("x", 201, limits, {"data": {"id": "1"}})
    answer = await told.create(POST)
    assert (answer.status, dict(told.allowances)) == (201, {})
