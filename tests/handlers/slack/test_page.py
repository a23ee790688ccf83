"""docs/slack.md names what there is: scopes, events and commands, no more and no less."""

import re

import yaml

from handlers.slack.flows.social import WORDS
from handlers.slack.scopes import HISTORY_SCOPES, SCOPES
from tests.house import rows, text_of

PAGE = text_of("docs/slack.md")


def test_the_page_gives_a_reason_for_every_scope_and_asks_for_no_other() -> None:
    named = [re.findall(r"`([^`]+)`", scope)[0] for scope, _ in rows(PAGE, "| Scope |")]

    assert named == list(SCOPES)
    assert [scope for scope in HISTORY_SCOPES if f"`{scope}`" not in PAGE] == []


def test_the_page_names_every_event() -> None:
    asked = yaml.safe_load(text_of("manifest.yml"))["settings"]["event_subscriptions"]["bot_events"]
    (line,) = re.findall(r"^Events: (?:.+\n)+", PAGE, re.MULTILINE)

    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(asked)


def test_the_page_names_every_word_of_the_command() -> None:
    named = set(re.findall(r"^\| `/social (\w+)", PAGE, re.MULTILINE))

    assert named == {*WORDS} - {"", "new"}
