"""Places, titles and links as people write them; what answers mean, also those with status 200."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.capabilities import check
from bot.domain.content import Attachment, Draft
from platforms.base import Answer, Prepared, Published, capabilities_of, typed
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
)
from platforms.http import HttpWire
from platforms.reddit import CONNECTOR
from platforms.reddit.answers import read_budget, read_error, read_reset, waits_until
from platforms.reddit.options import crossposted, place_of
from platforms.reddit.publish import MOST_LOOKS
from tests.platforms.reddit.conftest import AT, CONNECTED, KEY, PLACE, POLL, file, listing, made, post, read
from tests.platforms.stage import Script, Step

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed_in", "place"),
    [
        ("test", "test"),
        ("r/test", "test"),
        ("/r/test/", "test"),
        (" r/Test ", "Test"),
        ("u/juniper-x", "u_juniper-x"),
        ("/user/juniper", "u_juniper"),
        ("u_juniper", "u_juniper"),
        ("", None),
        ("https://www.reddit.com/r/test", None),
        ("r/a b", None),
    ],
)
def test_a_place_is_understood_however_it_is_written(typed_in: str, place: str | None) -> None:
    assert place_of(typed_in) == place


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://www.reddit.com/r/coffee/comments/1zzzz9/beans/", "t3_1zzzz9"),
        ("https://old.reddit.com/user/juniper/comments/1zzzz9", "t3_1zzzz9"),
        ("https://redd.it/1zzzz9", "t3_1zzzz9"),
        ("https://www.reddit.com/r/coffee/", None),
        ("https://example.com/1zzzz9", None),
        (None, None),
    ],
)
def test_a_crosspost_is_named_by_the_address_of_a_post(link: str | None, name: str | None) -> None:
    assert crossposted(link) == name


def drafted(text: str = "x", *, files: tuple[Attachment, ...] = (), link: str | None = None, **options: str) -> Draft:
    return Draft(text=text, post_type="", due_at=AT, attachments=files, link=link, options={**PLACE, **options})


@pytest.mark.parametrize(
    "draft",
    [
        drafted(subreddit="a b"),
        drafted(title=" "),
        drafted(flair_id="News"),
        drafted(flair_text="News"),
        drafted(nsfw="yes"),
        drafted(poll="one"),
        drafted(poll="a|"),
        drafted(poll="a|" + "b" * 121),
        drafted(poll_days="2"),
        drafted(poll="a|b", poll_days="soon"),
        drafted(link="https://example.com/", files=(file(),)),
        drafted(crosspost="true"),
        drafted(crosspost="true", link="https://www.reddit.com/r/coffee/comments/1zzzz9/"),
        drafted(colour="red"),
    ],
)
def test_what_reddit_would_refuse_is_refused_with_one_sentence(draft: Draft) -> None:
    as_typed = typed(CONNECTOR.spec, draft)
    problems = check(as_typed, capabilities_of(CONNECTOR, {}, as_typed.post_type))
    assert {problem.field for problem in problems} == {"options"}


def said(body: object, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=content
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said(made({}, ["TOO_LONG", "this is too long", "title"])), ("TOO_LONG", "this is too long")),
        (said(made({}, ["SUBMIT_VALIDATION_FLAIR_REQUIRED", "x", "flair"])), ("SUBMIT_VALIDATION", "x")),
        (said({"message": "Forbidden", "error": 403, "reason": "private"}, 403), ("private", "Forbidden")),
        (said({"message": "Unauthorized", "error": 401}, 401), (None, "Unauthorized")),
        (said({"error": "invalid_grant"}, 400), ("invalid_grant", None)),
        (
            said({"reason": "TITLE_TOO_LONG", "explanation": "Shorter", "message": "Bad Request"}, 400),
            ("TITLE_TOO_LONG", "Shorter"),
        ),
        (
            said({"message": "Forbidden", "error": 403}, 403, www_authenticate='Bearer error="insufficient_scope"'),
            ("insufficient_scope", None),
        ),
        (
            said(b"<Error><Code>EntityTooLarge</Code>\n<Message>Too big</Message></Error>", 400),
            ("EntityTooLarge", "Too big"),
        ),
        (said(b"<html>blocked</html>", 403), (None, None)),
        (said([]), (None, None)),
        (said(made({}, [None])), (None, None)),
    ],
)
def test_errors_are_read_in_all_their_forms(answer: Answer, words: tuple[str | None, str | None]) -> None:
    assert read_error(answer) == words


INSIDE = [
    ("SUBREDDIT_NOTALLOWED", ContentRefused),
    ("SUBMIT_VALIDATION_BODY_REQUIRED", ContentRefused),
    ("ALREADY_SUB", DuplicateRefused),
    ("RATELIMIT", RateLimited),
    ("QUOTA_FILLED", RateLimited),
    ("IMAGE_ERROR", MediaRefused),
    ("USER_REQUIRED", TokenExpired),
    ("SOMETHING_NEW", ContentRefused),
]


async def publish(step: Step) -> object:
    prepared = Prepared(data={"path": "api/submit", "form": [["kind", "self"]], "body": None, "shown": {}})
    return await CONNECTOR.publish(HttpWire(CONNECTOR.spec, Script([step], refusals={})), CONNECTED, prepared, KEY)


@pytest.mark.parametrize(("code", "kind"), INSIDE)
async def test_a_refusal_with_status_200_means_what_its_code_says(code: str, kind: type[PlatformError]) -> None:
    with pytest.raises(kind) as caught:
        await publish(post("api/submit", made({}, [code, "because.\nSo", "sr"])))
    assert type(caught.value) is kind
    assert kind is TokenExpired or "It says: “because. So”" in caught.value.safe


async def test_a_missing_permission_is_told_apart_from_a_closed_subreddit() -> None:
    step = post("api/submit", {"message": "Forbidden", "error": 403})
    scope = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
    with pytest.raises(ScopeMissing):
        await publish(Step(method="POST", url=step.url, status=403, answer=step.answer, answer_headers=scope))
    with pytest.raises(ContentRefused):
        await publish(Step(method="POST", url=step.url, status=403, answer=step.answer))


@pytest.mark.parametrize(
    "answer",
    [made({}), {}, [], {"json": {"errors": []}}, {"json": {"data": {"id": 7}}}, made({"id": "../x"})],
)
async def test_a_yes_that_names_nothing_is_unknown(answer: object) -> None:
    with pytest.raises(OutcomeUnknown):
        await publish(post("api/submit", answer))


async def test_a_gallery_may_be_named_by_its_address_alone() -> None:
    address = "https://www.reddit.com/gallery/1abcd2"
    assert await publish(post("api/submit", made({"url": address}))) == Published(
        platform_post_id="t3_1abcd2", permalink=address
    )


@pytest.mark.parametrize(
    ("sentence", "wait_s"),
    [
        ("you are doing that too much. try again in 9 minutes.", 541),
        ("Take a break for 30 seconds before trying again.", 31),
        ("try again in 1 hour", 3601),
        ("try again in 400 milliseconds", 1.4),
        ("later", None),
    ],
)
def test_a_wait_in_words_ends_at_a_time(sentence: str, wait_s: float | None) -> None:
    until = waits_until(said({}, date="Sat, 21 Nov 2026 09:00:00 GMT"), sentence)
    assert (None if until is None else (until - NOW).total_seconds()) == wait_s
    assert waits_until(said({}), sentence) is None
    assert waits_until(said({}, date="yesterday"), sentence) is None


def test_headers_tell_of_the_budget_and_of_the_end_of_a_limit() -> None:
    answer = said({}, x_ratelimit_used="4", x_ratelimit_remaining="996.0", x_ratelimit_reset="120")
    heard = read_budget(answer, NOW)
    assert heard is not None
    assert (heard.limit, heard.remaining) == (1000, 996)
    assert (heard.resets_at - NOW).total_seconds() == 120
    assert read_reset(answer, NOW) == heard.resets_at
    assert read_budget(said({}), NOW) is None
    assert read_reset(said({}, x_ratelimit_reset="soon"), NOW) is None


HANDLE = {"kind": "reddit-image", "subreddit": "test", "title": "A morning", "text": "", "media": []}
THING = {"name": "t3_1", "subreddit": "test", "title": "A morning", "created_utc": AT.timestamp() + 1}


@pytest.mark.parametrize(
    ("looks", "things"), [(MOST_LOOKS - 1, ()), (0, (THING, {**THING, "name": "t3_2"}))], ids=["never", "two"]
)
async def test_what_never_appears_or_is_there_twice_is_unknown(looks: int, things: tuple[object, ...]) -> None:
    step = read("user/juniper/submitted", listing(*things), sort="new", limit="100")
    wire = HttpWire(CONNECTOR.spec, Script([step], refusals={}))
    with pytest.raises(OutcomeUnknown):
        await POLL(wire, CONNECTED, {**HANDLE, "looks": looks}, KEY)


def test_every_scenario_names_a_caller_reddit_can_tell_apart() -> None:
    assert CONNECTOR.spec.user_agent.count(":") == 2


def test_the_page_of_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs/connectors/reddit.md").read_text()
    assert all(f"`{rule.name}`" in page for rule in CONNECTOR.spec.capabilities.options)
