"""Warnings say what will fail, when, and what to press; whatever they are made from, Slack takes them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.slack import account_table, card, causes, warnings
from handlers.slack.blocks import Message, mapping, sequence
from tests.handlers.slack.judging import judge
from tests.handlers.slack.making import NAMES, NOW, ZONES, AccountId, Brand, brands, cards, facts, item, texts
from tests.handlers.slack.making import many_accounts as any_accounts
from tests.handlers.slack.person import buttons
from tests.handlers.slack.warned import (
    ACCESS,
    CHECKED,
    CONTENT,
    FLIGHT,
    LINK,
    MEDIA,
    NO_SITE,
    QUOTA,
    RECONNECT,
    account,
)

ANY = settings(max_examples=30, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
TROUBLES = st.lists(
    st.sampled_from([RECONNECT, QUOTA, LINK, NO_SITE, MEDIA, CONTENT, {**QUOTA, "late": True}])
    | texts.map(lambda text: {"what": "media", "file": text})
    | texts.map(lambda text: {"what": "content", "said": text})
    | texts.map(lambda text: {"what": "link", "status": 404, "url": f"https://{text}"}),
    min_size=1,
    max_size=6,
)


def labels(message: Message) -> list[str]:
    return buttons({"blocks": message.blocks})


def words(message: Message) -> str:
    return str(message.blocks)


def test_an_expiry_names_account_date_and_posts_and_has_the_button() -> None:
    message = warnings.access(ACCESS, NOW)
    judge(message)
    assert (
        "LinkedIn · Juniper Coffee ends in 6 days* (Fri 27 Nov, 14:10 Berlin). 7 posts after that will fail:"
        in words(message)
    )
    assert "Sat 28 Nov, 10:00 Berlin · “Advent, day 1”" in words(message)
    assert "and 2 more" in words(message)
    assert labels(message) == ["Reconnect", "Remind me tomorrow"]


def test_no_post_hit_is_said_and_one_post_is_no_plural() -> None:
    assert "No planned post is affected." in words(warnings.access(replace(ACCESS, hits=(), count=0), NOW))
    one = replace(ACCESS, hits=list(ACCESS.hits)[:1], count=1)
    assert "1 post after that will fail:" in words(warnings.access(one, NOW))


def test_whoever_is_reminded_sees_when_and_nothing_to_press_twice() -> None:
    message = warnings.access(replace(ACCESS, snoozed_until=NOW + timedelta(days=1)), NOW)
    judge(message)
    assert "Herald reminds you on Sun 22 Nov, 10:00 Berlin." in words(message)
    assert labels(message) == ["Reconnect"]


@pytest.mark.parametrize(
    ("state", "said"),
    [("ended", "has ended"), ("withdrawn", "no longer lets Herald in"), ("failing", "cannot be asked about")],
)
def test_a_lost_access_says_how_it_was_lost_and_calls_its_owner(state: str, said: str) -> None:
    message = warnings.access(replace(ACCESS, ends_at=None, state=state, owner="slack:U1", may_snooze=False), NOW)
    judge(message, mentions=True)
    assert said in words(message)
    assert "<@U1>" in words(message)
    assert labels(message) == ["Reconnect"]


@pytest.mark.parametrize(
    ("by", "safe", "gone", "said"),
    [
        ("Maya", 4, False, "✅ Reconnected by Maya; 4 posts are safe."),
        ("Maya", 1, False, "✅ Reconnected by Maya; 1 post is safe."),
        (None, 0, False, "✅ Works again by itself. Nothing else to do."),
        ("Maya", 0, True, "🚫 Disconnected by Maya. Nothing to do."),
    ],
)
def test_mended_it_says_so_in_its_place(by: str | None, safe: int, *, gone: bool, said: str) -> None:
    message = warnings.access_mended(ACCESS, by=by, safe=safe, gone=gone)
    judge(message)
    assert said in words(message)
    assert labels(message) == []


@pytest.mark.parametrize(
    ("troubles", "said", "pressable"),
    [
        ([RECONNECT], "*Will fail tomorrow 10:00 Berlin*: X · @junipercoffee must be reconnected.", ["Reconnect"]),
        ([QUOTA], "*Will fail tomorrow 10:00 Berlin*: X has 0 posts left until Mon 23 Nov, 10:00 Berlin.", ["Move"]),
        ([{**QUOTA, "late": True}], "*Will be late tomorrow 10:00 Berlin*", ["Move"]),
        (
            [LINK],
            "before tomorrow 10:00 Berlin*: the link in the text answers 404: example.com/menu.",
            ["Edit", "Keep as is"],
        ),
        ([NO_SITE], "leads nowhere, there is no such site: juniper.exmaple/menu", ["Edit", "Keep as is"]),
        ([MEDIA], "cup.jpg is missing.", ["Edit"]),
        ([CONTENT], "14 too many", ["Edit"]),
        ([RECONNECT, QUOTA, LINK], "must be reconnected; X has 0 posts left", ["Reconnect", "Move", "Edit"]),
    ],
)
def test_each_cause_has_its_sentence_and_the_button_that_mends_it(
    troubles: list[Mapping[str, object]], said: str, pressable: list[str]
) -> None:
    message = warnings.preflight(replace(FLIGHT, troubles=troubles), NOW)
    judge(message)
    assert said in words(message)
    assert labels(message) == pressable
    assert "<@" not in words(message)


def test_shortly_before_the_author_is_called_by_name() -> None:
    message = warnings.preflight(replace(FLIGHT, at=NOW + timedelta(minutes=14)), NOW, aloud=True)
    judge(message, mentions=True)
    assert "⚠️ <@U1>, *Will fail today 10:14 Berlin*" in words(message)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("fine", "✅ Checked again: all fine."),
        ("kept", "👌 Kept as it is by Maya."),
        ("published", "✅ Published all the same."),
        ("cancelled", "🚫 It does not go out any more."),
        ("failed", "❌ It did not go out."),
    ],
)
def test_what_a_warning_becomes(over: str, said: str) -> None:
    message = warnings.preflight_over(FLIGHT, over, by="Maya")
    judge(message)
    assert said in words(message)
    assert labels(message) == []


def test_a_card_shows_what_was_found_once_for_all_accounts() -> None:
    first, second = item(0), item(1)
    shown = card.card(facts(first, second, troubles=((first.item_id, LINK), (second.item_id, LINK))), NOW)
    judge(shown)
    assert words(shown).count("answers 404") == 1
    assert labels(shown) == ["Edit", "Move", "Post now"]


def test_all_fine_is_one_line() -> None:
    message = account_table.checked(replace(CHECKED, accounts=[account(number) for number in range(41)]))
    judge(message)
    assert message.text == "*Accounts, 1 December* · all 41 fine. Nothing to do."
    assert len(message.blocks) == 1


def test_the_months_table_has_the_troubled_ones_first_and_their_buttons() -> None:
    message = account_table.checked(CHECKED)
    judge(message)
    assert "*Accounts, 1 December* · 2 of 5 fine, 3 need you" in message.text
    rows = [[mapping(cell)["text"] for cell in sequence(row)] for row in sequence(message.blocks[1]["rows"])]
    assert rows[0] == ["Brand", "Account", "State", "Good until", "Posts waiting"]
    assert [row[2] for row in rows[1:]] == ["ended", "ends soon", "failing", "fine", "fine"]
    assert labels(message) == ["Reconnect Juniper · Bluesky", "Reconnect Juniper · LinkedIn", "Show on Home"]


def test_more_than_a_table_holds_is_offered_as_a_file() -> None:
    many = replace(CHECKED, accounts=[account(number, "ended", handle="j" * 40) for number in range(500)])
    message = account_table.checked(many)
    judge(message)
    assert "more, all in the file" in words(message)
    assert labels(message)[-2:] == ["Show on Home", "Download CSV"]
    assert len(account_table.csv_rows(many)) == 501


@ANY
@given(
    st.builds(
        replace,
        st.just(ACCESS),
        brand=brands,
        handle=texts,
        account_id=st.just(AccountId("a")),
        ends_at=st.sampled_from([None, NOW + timedelta(minutes=1), NOW + timedelta(days=13)]),
        state=st.sampled_from(["ends soon", "ended", "withdrawn", "failing"]),
        hits=st.lists(st.builds(warnings.Hit, at=st.just(NOW), zone=st.sampled_from(ZONES), text=texts), max_size=5),
        count=st.sampled_from([0, 1, 5, 10**6]),
    )
)
def test_slack_takes_every_warning_of_an_access(made: warnings.AccessFacts) -> None:
    judge(warnings.access(made, NOW))
    judge(warnings.access_mended(made, by="Maya", safe=made.count, gone=False))


@ANY
@given(cards(3), TROUBLES)
def test_slack_takes_every_warning_of_a_post(made: card.CardFacts, troubles: list[Mapping[str, object]]) -> None:
    judge(warnings.preflight(replace(FLIGHT, post=made.post, troubles=troubles), NOW))
    judge(warnings.preflight_over(replace(FLIGHT, post=made.post), "kept", by=None))
    note = causes.note(
        replace(made, troubles=tuple((one.item_id, t) for one in made.post.items for t in troubles)), NOW
    )
    assert note is None or note.startswith("⚠️ *")


@ANY
@given(any_accounts, brands)
def test_slack_takes_every_table(accounts: list[account_table.AccountFacts], brand: Brand) -> None:
    made = replace(CHECKED, accounts=accounts, brands={brand.id: brand}, names=NAMES)
    judge(account_table.checked(made))
