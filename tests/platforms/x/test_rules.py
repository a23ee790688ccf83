"""What X's answers mean: errors in three shapes, limits in several windows, two spellings of its fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.capabilities import check
from bot.domain.content import Draft
from bot.domain.gates import Allowance
from platforms.base import Answer, Endpoints, Prepared, capabilities_of
from platforms.errors import (
    AppRefused,
    ContentRefused,
    DuplicateRefused,
    LimitScope,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
    TokenExpired,
)
from platforms.http import HttpWire
from platforms.x import CONNECTOR
from platforms.x.answers import read_budget, read_reset
from tests.platforms.stage import Script, Step
from tests.platforms.x.looks import LOOK, OLD_LOOK
from tests.platforms.x.material import AT, BASE, CONNECTED, DRAFT, IMAGE, KEY, NOWHERE, VIDEO, listed
from tests.platforms.x.test_contract import BEGIN, FINALIZE, STATUS, UPLOAD

PROBLEM = {"title": "Forbidden", "type": "about:blank", "status": 403}
PREPARED = Prepared(data={"body": {"text": "Good morning"}, "media": [], "pending": []})


def wire(*steps: Step) -> HttpWire:
    """A wire to an X that follows a script."""
    return HttpWire(CONNECTOR.spec, Script(steps, refusals={}))


async def refused(status: int, body: object, **headers: str) -> PlatformError:
    """What this answer to the creating call becomes."""
    step = Step(
        method="POST",
        url=f"{BASE}/2/tweets",
        status=status,
        answer=body,
        answer_headers=headers,
    )
    with pytest.raises(PlatformError) as raised:
        await CONNECTOR.publish(wire(step), CONNECTED, PREPARED, KEY)
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (403, {**PROBLEM, "detail": "You are not allowed to create a Tweet with duplicate content."}, DuplicateRefused),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, DuplicateRefused),
        (403, {**PROBLEM, "detail": "This user is not allowed to post a video longer than 2 minutes."}, MediaRefused),
        (403, {**PROBLEM, "detail": "Your post has more than the maximum of one cashtag."}, ContentRefused),
        (403, {**PROBLEM, "detail": "The Tweet contains an invalid URL."}, ContentRefused),
        (403, {**PROBLEM, "detail": "You can only reply to or quote posts that mention you."}, ContentRefused),
        (403, {"errors": [{"code": 326, "message": "To protect our users this account is locked."}]}, Reconnect),
        (403, {"errors": [{"code": 64, "message": "Your account is suspended."}]}, Reconnect),
        (403, {**PROBLEM, "type": "https://api.x.com/2/problems/client-forbidden", "detail": "Attach it."}, AppRefused),
        (403, {**PROBLEM, "detail": "You are not permitted to perform this action."}, ScopeMissing),
        (
            403,
            {"title": "Unsupported Authentication", "type": "https://api.x.com/2/problems/unsupported-authentication"},
            ScopeMissing,
        ),
        (400, {"errors": [{"message": "Your media IDs are invalid."}], "title": "Invalid Request"}, MaterialGone),
        (400, {"errors": [{"message": "Your text is too long."}], "title": "Invalid Request"}, ContentRefused),
        (401, {"title": "Unauthorized", "type": "about:blank", "detail": "Unauthorized"}, TokenExpired),
        (404, {"title": "Not Found Error", "type": "https://api.x.com/2/problems/resource-not-found"}, ContentRefused),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
        (503, {"title": "Service Unavailable", "type": "about:blank", "detail": "Over capacity"}, OutcomeUnknown),
        (201, {"data": {"id": "not a number"}}, OutcomeUnknown),
    ],
)
async def test_an_answer_means_what_x_says_it_means(status: int, body: object, becomes: type[PlatformError]) -> None:
    assert type(await refused(status, body)) is becomes


@pytest.mark.parametrize(
    "body",
    [
        {"title": "CreditsDepleted", "detail": "This account does not have any credits."},
        {"title": "Payment Required", "detail": "credits depleted", "type": "https://api.x.com/2/problems/credits"},
    ],
)
async def test_spent_credits_stop_everybody_for_a_while(body: object) -> None:
    error = await refused(402, body, **{"x-rate-limit-remaining": "99", "x-rate-limit-reset": "1"})

    assert isinstance(error, RateLimited)
    assert error.scope is LimitScope.APP
    assert error.until is not None
    assert "credits" in error.safe


async def test_a_days_limit_of_the_app_stops_everybody_and_one_of_the_account_only_that() -> None:
    ends = int((datetime.now(UTC) + timedelta(hours=2)).timestamp())
    words = {"title": "Too Many Requests", "detail": "Too Many Requests"}
    for window, scope in (("app", LimitScope.APP), ("user", LimitScope.ACCOUNT)):
        headers = {f"x-{window}-limit-24hour-remaining": "0", f"x-{window}-limit-24hour-reset": str(ends)}
        error = await refused(429, words, **headers, **{"x-rate-limit-remaining": "3", "x-rate-limit-reset": "1"})
        assert isinstance(error, RateLimited)
        assert (error.scope, error.until) == (scope, datetime.fromtimestamp(ends, UTC))


def test_a_limits_end_is_read_from_its_header() -> None:
    answer = Answer(status=429, headers={"x-rate-limit-reset": "1795000000"}, body=b"")
    assert read_reset(answer, AT) == datetime.fromtimestamp(1_795_000_000, UTC)
    assert read_reset(replace(answer, headers={"x-rate-limit-reset": "soon"}), AT) is None


def test_only_a_post_that_was_made_tells_of_the_budget_of_posts() -> None:
    headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "42", "x-rate-limit-reset": "1795000000"}
    made = Answer(status=201, headers=headers, body=b"")
    ends = datetime.fromtimestamp(1_795_000_000, UTC)

    assert read_budget(made, AT) == Allowance(budget="posts", limit=100, remaining=42, resets_at=ends)
    assert read_budget(replace(made, status=200), AT) is None
    assert read_budget(replace(made, headers={}), AT) is None


def test_a_subscription_lifts_the_limits_that_it_lifts() -> None:
    long = replace(DRAFT, text="x" * 25_000)
    film = replace(DRAFT, attachments=(replace(VIDEO, media=replace(VIDEO.media, duration_s=7500.0)),))
    for subscription, problems in (("Premium", 0), ("PremiumPlus", 0), ("Basic", 1), ("None", 1)):
        rules = capabilities_of(CONNECTOR, {"subscription_type": subscription})
        assert [len(check(one, rules)) for one in (long, film)] == [problems, problems]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"replies": "nobody"}, "replies is 'nobody'; it takes one of everyone, following"),
        ({"poll": "a | a"}, "names a choice twice"),
        ({"poll": "a | "}, "has an empty choice"),
        ({"poll": "a|b", "poll_minutes": "soon"}, "it takes a number of minutes"),
        ({"poll_minutes": "60"}, "poll_minutes is given without a poll"),
        ({"community": "tea"}, "it takes the number in the community's address"),
        ({"share_with_followers": "true"}, "share_with_followers is for a post to a community"),
        ({"made_with_ai": "yes"}, "made_with_ai is 'yes'"),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(options: dict[str, str], says: str) -> None:
    [problem] = check(replace(DRAFT, options=options), CONNECTOR.spec.capabilities)
    assert says in problem.message


async def test_replies_by_everyone_are_said_by_silence() -> None:
    prepared = await CONNECTOR.prepare(
        wire(), NOWHERE, CONNECTED, replace(DRAFT, options={"replies": "everyone"}), KEY, None
    )
    assert prepared.data["body"] == {"text": "Good morning"}


async def test_the_permalink_moves_with_the_site() -> None:
    endpoints = Endpoints(api="http://127.0.0.1:1", auth="http://127.0.0.1:2")
    prepared = await CONNECTOR.prepare(wire(), endpoints, CONNECTED, DRAFT, KEY, None)
    assert prepared.data["site"] == "http://127.0.0.1:2"


async def prepare(draft: Draft, earlier: Prepared | None, *steps: Step) -> Prepared:
    """What is stored of a draft."""
    return await CONNECTOR.prepare(wire(*steps), NOWHERE, CONNECTED, draft, KEY, earlier)


def working(state: str, **more: object) -> dict[str, object]:
    """An answer about a film that X works on."""
    return {"data": {"id": "72", "processing_info": {"state": state, **more}}}


async def test_a_film_is_asked_about_until_it_is_ready() -> None:
    draft = replace(DRAFT, attachments=(VIDEO,))
    append = Step(method="POST", url=f"{BASE}/2/media/upload/72/append", status=204)
    slow = replace(FINALIZE, answer=working("pending", check_after_secs=5))

    first = await prepare(draft, None, BEGIN, append, slow)
    second = await prepare(draft, first, replace(STATUS, answer=working("in_progress", check_after_secs=600)))
    third = await prepare(draft, second, STATUS)

    assert (first.wait_s, second.wait_s, third.wait_s) == (5.0, 30.0, None)
    assert [one.data["pending"] for one in (first, second, third)] == [["72"], ["72"], []]


async def test_a_film_that_x_cannot_process_is_refused_by_name() -> None:
    earlier = Prepared(data={"media": ["72"], "pending": ["72"]}, wait_s=1.0)
    failed = working("failed", error={"code": 1, "name": "InvalidMedia", "message": "Unsupported aspect ratio."})
    with pytest.raises(MediaRefused, match=r"tree\.mp4: X could not process it\. It says: “Unsupported aspect ratio”"):
        await prepare(replace(DRAFT, attachments=(VIDEO,)), earlier, replace(STATUS, answer=failed))


async def test_a_film_that_x_lost_while_working_goes_up_again() -> None:
    earlier = Prepared(data={"media": ["72"], "pending": ["72"]}, wait_s=1.0)
    append = Step(method="POST", url=f"{BASE}/2/media/upload/72/append")
    steps = (replace(STATUS, status=404, answer={"title": "Not Found Error"}), BEGIN, append, FINALIZE)
    assert (await prepare(replace(DRAFT, attachments=(VIDEO,)), earlier, *steps)).wait_s is None


async def test_media_that_are_gone_go_up_again() -> None:
    draft = replace(DRAFT, attachments=(replace(IMAGE, alt_text=""),))
    earlier = await prepare(draft, None, UPLOAD)
    again = await prepare(draft, earlier, replace(UPLOAD, answer={"data": {"id": "99"}}))
    assert again.data["media"] == ["99"]


async def test_a_list_in_no_known_spelling_is_no_look() -> None:
    bare = listed({"id": "1", "text": "Good morning"})
    with pytest.raises(PlatformError, match="cannot be read"):
        await CONNECTOR.find(
            wire(replace(LOOK, answer=bare), replace(OLD_LOOK, answer=bare)), CONNECTED, PREPARED, KEY, AT
        )


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "meta": {"result_count": 1}},
        {**listed(), "errors": [{"title": "Not Found Error", "detail": "Some posts cannot be shown."}]},
    ],
)
async def test_a_list_that_is_not_whole_is_no_look(body: dict[str, object]) -> None:
    with pytest.raises(PlatformError, match="cannot be read"):
        await CONNECTOR.find(wire(replace(LOOK, answer=body)), CONNECTED, PREPARED, KEY, AT)


async def test_a_post_that_is_gone_already_is_deleted() -> None:
    gone = Step(method="DELETE", url=f"{BASE}/2/tweets/7", status=404, answer={"title": "Not Found Error"})
    assert CONNECTOR.delete is not None
    await CONNECTOR.delete(wire(gone), CONNECTED, "7", {})


async def test_numbers_are_read_under_their_older_names_too() -> None:
    older = {"retweet_count": 4, "like_count": 2}
    request = Step(method="GET", url=f"{BASE}/2/tweets", answer={"data": [{"id": "7", "public_metrics": older}]})
    me = Step(
        method="GET",
        url=f"{BASE}/2/users/me",
        answer={"data": {"id": "1", "username": "j", "public_metrics": {"tweet_count": 9}}},
    )
    assert CONNECTOR.metrics is not None
    assert CONNECTOR.account_metrics is not None
    [numbers] = await CONNECTOR.metrics(wire(request), NOWHERE, CONNECTED, ("7",))
    assert (numbers.shares, numbers.likes, numbers.comments) == (4, 2, None)
    assert (await CONNECTOR.account_metrics(wire(me), NOWHERE, CONNECTED)).posts == 9
