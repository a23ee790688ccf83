"""How a text is counted, which settings are refused, what answers mean, and what a refused publishing was."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.capabilities import check
from bot.domain.content import Draft, Reference
from platforms.base import AccountDay, Answer, Prepared
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    MaterialGone,
    MediaRefused,
    NotReady,
    OutcomeUnknown,
    Unavailable,
)
from platforms.http import HttpWire
from platforms.threads import CONNECTOR
from platforms.threads.containers import prepare
from platforms.threads.counting import length
from platforms.threads.spec import read_budget, read_error, read_reset
from tests.platforms.stage import Fault, Script, Step
from tests.platforms.threads.conftest import BASE, CONNECTED, DRAFT, ENDPOINTS, HISTORY, KEY, film, image, read

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PREPARED = Prepared(data={"container": "1", "waiting": [], "children": [], "text": "x", "parent": None})
PUBLISH = Step(method="POST", url=f"{BASE}/v1.0/25340977668878/threads_publish")


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", 0),
        ("hello", 5),
        ("grün", 4),
        ("日本", 2),
        ("🌲", 4),
        ("👍🏽", 8),
        ("👩‍👩‍👧‍👦", 25),
        ("🇩🇪", 8),
        ("1️⃣", 7),
        ("❤️", 6),
    ],
)
def test_emoji_count_their_bytes_and_all_else_one_each(text: str, counted: int) -> None:
    assert length(text) == counted


@pytest.mark.parametrize(
    "draft",
    [
        Draft(text="x", post_type="threads-text", due_at=NOW, options={name: value})
        for name, value in (
            ("reply_control", "nobody"),
            ("reply_approvals", "yes"),
            ("topic_tag", "a.b"),
            ("topic_tag", " "),
            ("spoiler", "true"),
            ("countries", "Germany"),
            ("quote", "https://www.threads.net/@a/post/b"),
            ("poll", "one"),
            ("poll", "a|a"),
            ("poll", "a|"),
            ("poll", "a|b|c|d|e"),
            ("gif", "https://giphy.com/x"),
            ("long_text", " "),
        )
    ]
    + [
        Draft(text="x", post_type="threads-image", due_at=NOW, attachments=(image(),), options={"poll": "a|b"}),
        Draft(text="x", post_type="threads-text", due_at=NOW, options={"poll": "a|b", "gif": "x"}),
        Draft(text="x", post_type="threads-text", due_at=NOW, options={"gif": "x"}, link="https://example.com/"),
        Draft(text="", post_type="threads-text", due_at=NOW, options={"poll": "a|b"}),
        Draft(text="x", post_type="threads-image", due_at=NOW, attachments=(image(),), link="https://example.com/"),
    ],
)
def test_what_threads_would_refuse_is_refused_with_one_sentence(draft: Draft) -> None:
    assert [problem.field for problem in check(draft, CONNECTOR.spec.capabilities)] == ["options"]


def test_a_draft_becomes_what_its_files_make_it() -> None:
    choose = CONNECTOR.spec.choose
    assert choose is not None
    kinds = [
        choose(Draft(text="x", post_type="", due_at=NOW, attachments=files))
        for files in ((), (image(),), (film(),), (image(), film()))
    ]
    assert tuple(kinds) == CONNECTOR.spec.post_types


def said(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"code": 190, "message": "no"}, ("190", "no")),
        ({"code": 24, "error_subcode": 4279009, "message": "no"}, ("4279009", "no")),
        ({"code": 230, "message": "no"}, ("200", "no")),
        ({"code": "THREADS_API__LINK_LIMIT_EXCEEDED"}, ("THREADS_API__LINK_LIMIT_EXCEEDED", None)),
        ({"code": 100, "message": "no", "error_user_msg": "Better words"}, ("100", "Better words")),
        ({}, (None, None)),
    ],
)
def test_the_graph_s_words_are_read(error: dict[str, object], words: tuple[str | None, str | None]) -> None:
    assert read_error(Answer(status=400, headers={}, body=said(**error))) == words


def test_the_quota_call_tells_of_the_budget_and_no_other_answer_does() -> None:
    body = json.dumps({"data": [{"quota_usage": 249, "config": {"quota_total": 250}}]}).encode()
    heard = read_budget(Answer(status=200, headers={}, body=body), NOW)
    assert heard is not None
    assert (heard.limit, heard.remaining, heard.resets_at) == (250, 1, NOW + timedelta(hours=1))
    for other in (b"{}", b"[]", b"<html>", b'{"data":[{"id":"1"}]}'):
        assert read_budget(Answer(status=200, headers={}, body=other), NOW) is None


@pytest.mark.parametrize(
    ("header", "until"),
    [
        ('{"1":[{"estimated_time_to_regain_access":19},{"estimated_time_to_regain_access":5}]}', timedelta(minutes=19)),
        ('{"1":[{"estimated_time_to_regain_access":0}]}', None),
        ("{", None),
        ("", None),
    ],
)
def test_the_end_of_a_limit_is_read_in_minutes(header: str, until: timedelta | None) -> None:
    answer = Answer(status=400, headers={"x-business-use-case-usage": header}, body=b"")
    assert read_reset(answer, NOW) == (None if until is None else NOW + until)


async def publish(*steps: Step, fault: Fault | None = None) -> None:
    refusals = {401: b"", 403: b"", 429: b""}
    script = Script(steps, breaks=(len(steps) - 1, fault) if fault else None, refusals=refusals)
    await CONNECTOR.publish(HttpWire(CONNECTOR.spec, script), CONNECTED, PREPARED, KEY)


EARLY = Step(
    method="POST",
    url=PUBLISH.url,
    status=400,
    answer={"error": {"message": "The requested resource does not exist", "code": 24, "error_subcode": 4279009}},
)
REFUSED = Step(method="POST", url=PUBLISH.url, status=400, answer={"error": {"message": "no", "code": 100}})


@pytest.mark.parametrize(
    ("refusal", "status", "means"),
    [
        (EARLY, "IN_PROGRESS", NotReady),
        (EARLY, "PUBLISHED", DuplicateRefused),
        (EARLY, "EXPIRED", MaterialGone),
        (EARLY, "ERROR", MaterialGone),
        (REFUSED, "FINISHED", ContentRefused),
        (REFUSED, "PUBLISHED", DuplicateRefused),
    ],
)
async def test_a_refused_publishing_is_held_against_the_container(
    refusal: Step, status: str, means: type[Exception]
) -> None:
    with pytest.raises(means) as caught:
        await publish(refusal, read("1", {"id": "1", "status": status}, fields="status,error_message"))
    assert type(caught.value) is means


async def test_a_refusal_that_cannot_be_checked_may_be_ours() -> None:
    with pytest.raises(DuplicateRefused):
        await publish(REFUSED, read("1", {}, fields="status,error_message"), fault=Fault.LOST)


@pytest.mark.parametrize("status", [400, 500, 503])
@pytest.mark.parametrize("code", [1, 2])
async def test_something_went_wrong_says_nothing_of_the_post(status: int, code: int) -> None:
    with pytest.raises(OutcomeUnknown):
        await publish(Step(method="POST", url=PUBLISH.url, status=status, answer={"error": {"code": code}}))


@pytest.mark.parametrize(
    ("word", "means"),
    [("FAILED_PROCESSING_VIDEO", MediaRefused), ("FAILED_DOWNLOADING_VIDEO", MaterialGone), ("UNKNOWN", MaterialGone)],
)
async def test_a_container_that_failed_is_about_the_file_or_is_made_anew(word: str, means: type[Exception]) -> None:
    steps = (
        Step(method="POST", url=f"{BASE}/v1.0/25340977668878/threads", answer={"id": "1"}),
        read("1", {"id": "1", "status": "ERROR", "error_message": word}, fields="status,error_message"),
    )
    wire = HttpWire(CONNECTOR.spec, Script(steps, refusals={}))
    with pytest.raises(means) as caught:
        await prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, None)
    assert type(caught.value) is means


async def days_of(answer: object) -> tuple[AccountDay, ...]:
    """What the days from 1 to 3 November are by this answer."""
    step = Step(method="GET", url=f"{BASE}/v1.0/25340977668878/threads_insights", answer=answer)
    wire = HttpWire(CONNECTOR.spec, Script((step,), refusals={}))
    return await HISTORY(wire, ENDPOINTS, CONNECTED, date(2026, 11, 1), date(2026, 11, 3))


def views(*values: tuple[object, object]) -> dict[str, object]:
    """An answer with these values and the ends of their days."""
    rows = [{"value": value, "end_time": end} for value, end in values]
    return {"data": [{"name": "views", "period": "day", "values": rows}]}


async def test_days_come_in_order_and_only_those_that_were_asked_for() -> None:
    told = await days_of(
        views(
            (3, "2026-11-04T08:00:00+0000"),
            (9, "2026-11-05T08:00:00+0000"),
            (1, "2026-11-02T07:00:00+0000"),
            (8, "2026-11-01T07:00:00+0000"),
        )
    )
    assert [(one.day.day, one.views) for one in told] == [(1, 1), (3, 3)]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": []},
        {"data": [{"name": "views", "period": "day", "total_value": {"value": 5}}]},
        {
            "data": [
                {"name": "likes", "period": "day", "values": [{"value": 5, "end_time": "2026-11-02T08:00:00+0000"}]}
            ]
        },
        views((None, "2026-11-02T08:00:00+0000"), ("5", "2026-11-03T08:00:00+0000")),
    ],
    ids=["nothing", "a sum", "another number", "no number"],
)
async def test_what_is_not_told_of_a_day_is_no_zero(answer: object) -> None:
    assert await days_of(answer) == ()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": {}},
        {"data": ["views"]},
        views((5, None)),
        views((5, "yesterday")),
        views((5, "2026-11-02T08:00:00")),
    ],
    ids=["nothing", "no list", "no objects", "no day", "no time", "no zone"],
)
async def test_days_that_cannot_be_read_are_asked_for_later(answer: object) -> None:
    with pytest.raises(Unavailable):
        await days_of(answer)


_LOOK = read("1", {}, fields="status,error_message")


@pytest.mark.parametrize("status", ["FINISHED", "PUBLISHED", "IN_PROGRESS"])
async def test_a_container_that_may_be_a_post_stays_the_only_one(status: str) -> None:
    steps = (replace(_LOOK, answer={"status": status}),)
    wire = HttpWire(CONNECTOR.spec, Script(steps, refusals={}))
    assert await prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, PREPARED) == PREPARED


@pytest.mark.parametrize(
    "said",
    [
        {"answer": {"status": "EXPIRED"}},
        {"answer": {"status": "ERROR"}},
        {"status": 400, "answer": {"error": {"message": "gone", "code": 24, "error_subcode": 4279009}}},
    ],
    ids=["over", "failed", "unknown"],
)
async def test_a_container_that_is_over_is_made_anew(said: dict[str, Any]) -> None:
    steps = (
        replace(_LOOK, **said),
        Step(method="POST", url=f"{BASE}/v1.0/25340977668878/threads", answer={"id": "2"}),
        read("2", {"id": "2", "status": "FINISHED"}, fields="status,error_message"),
    )
    wire = HttpWire(CONNECTOR.spec, Script(steps, refusals={}))
    assert (await prepare(wire, ENDPOINTS, CONNECTED, DRAFT, KEY, PREPARED)).data["container"] == "2"


def test_the_page_of_documentation_names_every_setting() -> None:
    page = (Path(__file__).parents[3] / "docs/connectors/threads.md").read_text()
    assert all(f"`{rule.name}`" in page for rule in CONNECTOR.spec.capabilities.options)


@pytest.mark.parametrize(
    ("link", "lists"), [("https://www.threads.com/@juniper/post/Gone", 2), ("https://juniper.example/", 0)]
)
async def test_a_reply_to_a_link_of_no_post_of_ours_is_not_made(link: str, lists: int) -> None:
    steps = [
        read(
            f"25340977668878/{which}",
            {"data": [{"id": "7", "permalink": "https://www.threads.com/@juniper/post/Here"}]},
            fields="id,permalink",
            limit="100",
        )
        for which in ("threads", "replies")[:lists]
    ]
    draft = replace(DRAFT, parent=Reference(platform_post_id=link))
    wire = HttpWire(CONNECTOR.spec, Script(steps, refusals={}))
    with pytest.raises(ContentRefused, match="no post of this account"):
        await prepare(wire, ENDPOINTS, CONNECTED, draft, KEY, None)
