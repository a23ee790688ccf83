"""What the contract cannot say of Google Business Profile: approvals, refusals, states, and what a place is called."""

from dataclasses import replace

import pytest

from platforms.base import Pending, Published, Request
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    LimitScope,
    MediaRefused,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    Unavailable,
)
from platforms.google_business_profile import CONNECTOR
from platforms.google_business_profile.publish import MOST_LOOKS, judge
from platforms.http import HttpWire
from tests.platforms.google_business_profile.recorded import (
    CONNECTED,
    DRAFT,
    ENDPOINTS,
    KEY,
    NAME,
    POST,
    READ,
    TODAY,
    UNDER_WAY,
    WAITING,
)
from tests.platforms.mastodon.conftest import present
from tests.platforms.stage import Script, Step

POLL, ACCOUNT_METRICS = present(CONNECTOR.poll), present(CONNECTOR.account_metrics)


def wire(*steps: Step) -> HttpWire:
    return HttpWire(CONNECTOR.spec, Script(steps, refusals={}))


async def refused(status: int, name: str, message: str = "no", *details: object) -> PlatformError:
    error = {"code": status, "status": name, "message": message, "details": list(details)}
    step = Step(method="GET", url=READ.url, status=status, answer={"error": error})
    with pytest.raises(PlatformError) as caught:
        await wire(step).read(Request(operation="x", method="GET", url=READ.url))
    return caught.value


@pytest.mark.parametrize(
    ("status", "name", "message", "kind"),
    [
        (400, "INVALID_ARGUMENT", "Request contains an invalid argument: summary.", ContentRefused),
        (400, "INVALID_ARGUMENT", "Fetching image failed", MediaRefused),
        (400, "FAILED_PRECONDITION", "no", Reconnect),
        (403, "PERMISSION_DENIED", "no", ScopeMissing),
        (404, "NOT_FOUND", "no", Reconnect),
        (409, "ALREADY_EXISTS", "no", DuplicateRefused),
        (409, "ABORTED", "no", Unavailable),
        (429, "RESOURCE_EXHAUSTED", "no", RateLimited),
    ],
)
async def test_states_name_what_is_to_be_done(status: int, name: str, message: str, kind: type[PlatformError]) -> None:
    assert isinstance(await refused(status, name, message), kind)


async def test_what_is_wrong_with_a_field_is_told() -> None:
    detail = {"errorDetails": [{"field": "event.title", "message": "The event's title is too long."}]}

    error = await refused(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", detail)

    assert "The event's title is too long" in error.safe


async def test_a_project_that_was_not_approved_is_the_operators_business_and_nobodys_limit() -> None:
    info = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": "0"}}

    assert isinstance(await refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded", info), AppRefused)
    assert isinstance(await refused(403, "PERMISSION_DENIED", "x", {"reason": "SERVICE_DISABLED"}), AppRefused)


async def test_a_limit_is_the_projects() -> None:
    error = await refused(429, "RESOURCE_EXHAUSTED")

    assert isinstance(error, RateLimited)
    assert (error.scope, error.until) == (LimitScope.APP, None)


def test_a_rejected_post_is_a_refusal_and_one_that_takes_hours_counts_as_there() -> None:
    with pytest.raises(ContentRefused, match="rejected"):
        judge({**POST, "state": "REJECTED"}, {})

    late = judge(UNDER_WAY, {"looks": MOST_LOOKS - 1})
    over = judge(UNDER_WAY, {"looks": MOST_LOOKS})

    assert isinstance(late, Pending)
    assert late.check_after_s == 120.0
    assert isinstance(over, Published)
    assert "PROCESSING" in over.note


async def test_a_post_that_google_takes_down_while_it_works_on_it_is_refused() -> None:
    with pytest.raises(ContentRefused, match="took the post down"):
        await POLL(wire(replace(READ, status=404, answer={})), CONNECTED, WAITING.handle, KEY)


async def test_without_its_place_an_account_has_to_be_connected_again() -> None:
    lost = replace(CONNECTED, account=replace(CONNECTED.account, limits={}))

    with pytest.raises(Reconnect):
        await CONNECTOR.prepare(wire(), ENDPOINTS, lost, DRAFT, KEY, None)


async def test_numbers_wait_for_an_answer_that_says_what_day_it_is() -> None:
    with pytest.raises(Unavailable):
        await ACCOUNT_METRICS(wire(replace(TODAY, answer_headers={"date": "today"})), ENDPOINTS, CONNECTED)


def test_a_posts_name_is_its_id() -> None:
    there = judge(POST, {})

    assert isinstance(there, Published)
    assert there.platform_post_id == NAME
