"""How the errors and the headers of Meta's networks are read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from platforms.base import Answer
from platforms.errors import ContentRefused, ErrorRule, MediaRefused, RateLimited, Reconnect, ScopeMissing
from platforms.meta import comparable, error_reader, errors, read_reset, rows_of, units
from platforms.text import resembling

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OWN = (ErrorRule(raises=MediaRefused, code="/2207026", safe="No.", source="https://meta.example"),)
RULES = (*OWN, *errors("Facebook"))
READ = error_reader(RULES, doubtful=frozenset({"/2207001"}))


def answer(error: dict[str, object], usage: str = "") -> Answer:
    """An error in Meta's form."""
    headers = {"x-business-use-case-usage": usage}
    return Answer(status=400, headers=headers, body=json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("error", "code", "raises"),
    [
        ({"code": 352, "error_subcode": 2207026, "message": "m"}, "/2207026", MediaRefused),
        ({"code": 190, "error_subcode": 463, "message": "m"}, "190", Reconnect),
        ({"code": 190, "error_subcode": 459, "message": "m"}, "/459", Reconnect),
        ({"code": 200, "message": "m"}, "200-299", ScopeMissing),
        ({"code": 283, "message": "m"}, "200-299", ScopeMissing),
        ({"code": 80_001, "message": "m"}, "80000-80014", RateLimited),
        ({"code": 100, "error_subcode": 33, "message": "m"}, "/33", ContentRefused),
        ({"code": 100, "error_subcode": 77, "message": "m"}, "100", ContentRefused),
        ({"code": 4242, "message": "m"}, "4242", None),
    ],
)
def test_the_subcode_comes_before_the_code(error: dict[str, object], code: str, raises: type[Exception] | None) -> None:
    assert READ(answer(error)) == (code, "m")
    assert [rule.raises for rule in RULES if rule.code == code][:1] == ([raises] if raises else [])


@pytest.mark.parametrize(
    "error",
    [
        {"code": 1, "message": "An unknown error occurred"},
        {"code": 2, "message": "Service temporarily unavailable", "is_transient": True},
        {"code": -1, "error_subcode": 2207001, "message": "m"},
        {"code": 4242, "message": "m", "is_transient": True},
        {"message": "without a code"},
    ],
)
def test_an_error_of_meta_s_own_says_nothing_of_the_post(error: dict[str, object]) -> None:
    assert READ(answer(error)) == (None, None)


def test_words_for_people_come_before_those_for_programmers() -> None:
    assert READ(answer({"code": 100, "message": "(#100) m", "error_user_msg": "Too long."})) == ("100", "Too long.")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"error":"word"}', b'{"error":{"code":"4"}}'])
def test_what_is_in_another_form_is_nobody_s(body: bytes) -> None:
    assert READ(Answer(status=400, headers={}, body=body)) == (None, None)


def test_the_end_of_a_limit_is_read_in_minutes() -> None:
    line = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 7}
    usage = json.dumps({"104": [{"estimated_time_to_regain_access": 0}, line], "105": "odd"})
    assert read_reset(answer({"code": 32}, usage), NOW) == NOW + timedelta(minutes=7)
    assert read_reset(answer({"code": 32}, "odd"), NOW) is None
    assert read_reset(answer({"code": 368}), NOW) == NOW + timedelta(hours=1)


def test_texts_are_counted_and_compared_as_they_are_shown() -> None:
    assert units("ab😀") == 4
    assert comparable(" a\r\n b ") == comparable("a b")
    assert resembling("Good morning!") == resembling("good, MORNING")


def test_a_list_with_something_odd_in_it_is_no_list() -> None:
    assert rows_of(Answer(status=200, headers={}, body=b'{"data":[{"id":"1"},2]}')) is None
    assert rows_of(Answer(status=200, headers={}, body=b'{"data":[]}')) == ()
