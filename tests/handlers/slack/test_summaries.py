"""Digests and reports within Slack's limits, with nothing, one and 500 posts, and with anybody's words in them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.digest import Bar, Mood
from bot.domain.publication import State
from handlers.slack import digest, figures, report
from handlers.slack.blocks import Message, mapping
from tests.handlers.slack.judging import judge
from tests.handlers.slack.making import NAMES, Brand, facts, item, texts
from tests.handlers.slack.summing import BAD_DAY, DAY, QUIET_DAY, WEEK, day_of

MOST = 12
TROUBLED = facts(item(1, State.FAILED, error=("content", "X: 294 of 280.")))


def fits(said: Message) -> None:
    judge(said)
    assert len(said.blocks) <= MOST
    if said.simpler is not None:
        judge(Message(text=said.text, blocks=said.simpler))


@pytest.mark.parametrize("many", [0, 1, 500])
@pytest.mark.parametrize("failed", [0, 1, 500])
def test_a_digest_fits_with_any_number_of_posts(many: int, failed: int) -> None:
    made = day_of(many, failed=min(failed, many))

    said = digest.message(made, Brand(), NAMES, [TROUBLED] * len(made.needs))

    fits(said)
    assert made.mood is (Mood.QUIET if not many else Mood.BAD if failed * 2 >= many else Mood.NORMAL)


@given(texts, texts)
@settings(max_examples=40)
def test_anybody_s_words_stay_words(text: str, name: str) -> None:
    for many, failed in ((3, 0), (3, 3)):
        fits(digest.message(day_of(many, failed=failed, text=text), Brand(name=name), NAMES, [TROUBLED]))
    best = tuple(replace(one, text=text, handle=name, permalink=text) for one in WEEK.best)
    fits(report.message(replace(WEEK, best=best), Brand(name=name), NAMES))


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**10)), min_size=1, max_size=20))
@settings(max_examples=30)
def test_a_chart_of_any_numbers_is_one_slack_takes(values: list[int | None]) -> None:
    bars = tuple(Bar(label=f"{number} Nov", value=value) for number, value in enumerate(values))
    if any(bar.value for bar in bars):
        fits(report.message(replace(WEEK, bars=bars), Brand(), NAMES))


def test_where_slack_knows_no_charts_the_numbers_stand_in_code_font() -> None:
    said = digest.message(DAY, Brand(), NAMES, [])

    kinds = [str(block["type"]) for block in said.simpler or ()]
    assert "data_visualization" not in kinds
    assert "rich_text" in kinds
    (code,) = [block for block in figures.in_code("Views", DAY.bars) if block["type"] == "rich_text"]
    shown = str(code)
    assert "Fri  1,204 ██" in shown
    assert "Sun    n/a" in shown
    assert "Thu  12.5k ████████████████████████" in shown


def test_unknown_numbers_are_n_a_and_never_nothing() -> None:
    said = " ".join(str(block) for block in report.message(WEEK, Brand(), NAMES).blocks)

    assert "comments n/a" in said
    assert "'text': 'n/a'" in said
    assert "numbers go back to 3 Oct 2026" in said
    assert figures.counted(0, "view", "views") == "0 views"
    assert [figures.number(n) for n in (9_999, 10_000, 12_480, 999_960, 1_000_000)] == [
        "9,999",
        "10k",
        "12.5k",
        "1M",
        "1M",
    ]


def test_access_that_ends_is_named_with_its_day_its_posts_and_the_button_that_mends_it() -> None:
    said = digest.message(DAY, Brand(), NAMES, [])

    (access,) = [block for block in said.blocks if "*Access*" in str(block)]
    assert "LinkedIn · Juniper Coffee ends in 6 days, on Thu 3 Dec: 4 posts after 3 Dec will fail" in str(access)
    assert mapping(access["accessory"])["value"] == "a1"


def test_a_quiet_day_is_one_sentence_and_a_bad_one_begins_with_what_is_lost() -> None:
    assert len(digest.message(QUIET_DAY, Brand(), NAMES, []).blocks) == 1
    bad = digest.message(BAD_DAY, Brand(), NAMES, [])

    assert "all on LinkedIn, one cause: the access ended" in str(bad.blocks[1])
    assert "due at 09:00, told at 09:40" in str(bad.blocks)
    assert all(block["type"] != "data_visualization" for block in bad.blocks)
