from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.approvals import Asking, Rule
from bot.domain.holds import Hold
from bot.domain.items import ErrorClass
from bot.domain.numbers import Numbers
from bot.domain.publication import State
from handlers.slack import card_buttons, echo, missed, names, outage, past, thread, told
from handlers.slack.blocks import Message, mapping, sequence
from handlers.slack.card import card
from handlers.slack.facts import ApprovalFacts, ItemFacts
from handlers.slack.thread import Happened, Line
from tests.handlers.slack import making
from tests.handlers.slack.judging import MARKS, judge
from tests.handlers.slack.making import NOW, facts, item

ANY = settings(
    max_examples=100, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)


def buttons(message: Message) -> list[str]:
    return [
        str(mapping(mapping(one)["text"])["text"])
        for block in message.blocks
        if block["type"] == "actions"
        for one in sequence(block["elements"])
    ]


def menu(message: Message) -> list[str]:
    return [str(mapping(one)["value"]) for one in sequence(mapping(message.blocks[0].get("accessory")).get("options"))]


def actions(message: Message) -> list[tuple[object, object]]:
    row = [mapping(one) for block in message.blocks for one in sequence(mapping(block).get("elements", []))]
    return [(one["action_id"], one["value"]) for one in row if "action_id" in one]


def said(message: Message) -> str:
    return str([mapping(block.get("text")).get("text") for block in message.blocks])


@ANY
@given(making.cards())
def test_a_card_of_anything_is_taken_by_slack_and_pings_nobody(any_facts: making.CardFacts) -> None:
    shown = card(any_facts, NOW)

    judge(shown)
    assert len(shown.blocks) <= 6
    assert len(buttons(shown)) <= 3
    first = str(mapping(shown.blocks[0]["text"])["text"])
    assert first.startswith(MARKS)
    assert "*" in first
    taken = {
        mapping(one).get("action_id") for b in shown.blocks if b["type"] == "actions" for one in sequence(b["elements"])
    }
    assert taken.isdisjoint(value.split(":")[0] for value in menu(shown))


@ANY
@given(making.cards())
def test_every_other_message_about_anything_is_taken_by_slack(any_facts: making.CardFacts) -> None:
    judge(thread.broadcast(any_facts), mentions=True)
    judge(thread.mended(any_facts, by="slack:U1", at=NOW))
    judge(echo.scheduled(any_facts))
    judge(echo.sending(any_facts))
    judge(echo.draft(any_facts))
    judge(echo.said(any_facts.post.text))


@ANY
@given(st.sampled_from(Happened), making.texts, making.texts, making.urls, making.maybe)
def test_a_line_about_anything_is_taken_by_slack(
    what: Happened, text: str, other: str, url: str | None, at: making.datetime | None
) -> None:
    line = Line(what=what, zone="Europe/Berlin", sentence=text, url=url, at=at, until=at, old_text=text, new_text=other)

    judge(thread.thread_line(line))


_OFFERED = (names.NEXT_SLOT, names.HOLD, names.CANCEL)


def test_a_healthy_card_has_five_blocks_with_the_state_first() -> None:
    shown = card(facts(item(0), item(1)), NOW)

    assert [block["type"] for block in shown.blocks] == ["section", "rich_text", "section", "context", "actions"]
    assert said(shown).startswith("['🕘 *Scheduled* · Fri 27 Nov, 10:00 Berlin (you: <!date^")
    assert buttons(shown) == ["Edit", "Move", "Post now"]
    assert menu(shown) == [f"{verb}:post_1:3" for verb in [names.DUPLICATE, names.WHY, *_OFFERED]]
    assert shown.text == (
        "Scheduled: “New beans are in.” · LinkedIn · Juniper Coffee and X · @junipercoffee · Fri 27 Nov, 10:00 Berlin"
    )


def test_buttons_follow_the_state() -> None:
    expected = {
        State.DRAFT: ["Schedule", "Edit", "Delete"],
        State.SCHEDULED: ["Edit", "Move", "Post now"],
        State.CLAIMED: ["Edit", "Move", "Post now"],
        State.SENDING: [],
        State.CONFIRMING: [],
        State.UNCONFIRMED: [],
        State.FAILED: ["Retry", "Next slot", "Drop"],
        State.MISSED: ["Post now", "Next slot", "Drop"],
        State.CANCELLED: ["Duplicate"],
        State.PUBLISHED: [],
    }

    assert {state: buttons(card(facts(item(0, state)), NOW)) for state in expected} == expected


def test_a_failed_card_offers_what_mends_its_class() -> None:
    def of(kind: str) -> list[str]:
        return buttons(card(facts(item(1, State.FAILED, error=(kind, "X refused the text: too angry."))), NOW))

    assert of(ErrorClass.ACCOUNT) == ["Reconnect", "I posted it by hand"]
    assert of(ErrorClass.TOKEN) == ["Reconnect", "I posted it by hand"]
    assert of(ErrorClass.PERMISSION) == ["Reconnect", "I posted it by hand"]
    assert of(ErrorClass.CONTENT) == ["Edit", "I posted it by hand"]
    assert of(ErrorClass.DUPLICATE) == ["It is live (paste link)", "Edit"]
    assert of(ErrorClass.UNAVAILABLE) == ["Retry", "Next slot", "Drop"]
    assert of(ErrorClass.INTERNAL) == ["Retry", "Why"]


def test_only_what_needs_reconnecting_links_to_the_guide_and_takes_no_button_for_it() -> None:
    def of(kind: str, number: int = 1, further: ItemFacts | None = None) -> Message:
        failed = item(number, State.FAILED, error=(kind, "No."))
        return card(facts(failed, items={failed.item_id: further or ItemFacts()}), NOW)

    link = "<https://herald.example/guides/x#when-it-breaks|How to reconnect X>"
    for kind in ErrorClass:
        needed = kind in {ErrorClass.ACCOUNT, ErrorClass.TOKEN, ErrorClass.PERMISSION}
        assert (link in said(of(kind))) is needed, kind
    assert buttons(of(ErrorClass.ACCOUNT)) == ["Reconnect", "I posted it by hand"]
    assert "How to" not in said(of(ErrorClass.ACCOUNT, number=3)), "Reddit has no guide here"
    assert "How to" not in said(of(ErrorClass.ACCOUNT, further=ItemFacts(disconnected_at=NOW)))
    assert "How to" not in said(of(ErrorClass.ACCOUNT, further=ItemFacts(reconnected_at=NOW)))
    assert link in thread.broadcast(facts(item(1, State.FAILED, error=("token", "No.")))).text


def test_a_card_with_every_account_locked_out_is_taken_by_slack() -> None:
    shown = card(facts(*(item(n, State.FAILED, error=("permission", "No.")) for n in range(12))), NOW)

    judge(shown)
    assert said(shown).count("How to reconnect") >= 5


def test_a_reconnected_account_s_post_waits_to_be_retried() -> None:
    failed = item(1, State.FAILED, error=("account", "no"))
    shown = card(facts(failed, items={failed.item_id: ItemFacts(reconnected_at=NOW, reconnected_by="slack:U1")}), NOW)

    assert buttons(shown) == ["Retry", "Next slot", "Drop"]
    assert "reconnected by Maya" in said(shown)


def test_unconfirmed_asks_three_things_once_looking_is_over() -> None:
    unsure = item(1, State.UNCONFIRMED)
    shown = card(facts(unsure, items={unsure.item_id: ItemFacts(asking=True, looks=6)}), NOW)

    assert buttons(shown) == ["It is live (paste link)", "Send again", "Drop"]
    assert "Herald looked 6 times on X and cannot tell. Please look at @junipercoffee." in said(shown)
    asked = mapping(mapping(sequence(shown.blocks[-1]["elements"])[1])["confirm"])
    assert "will show the post twice" in str(mapping(asked["text"])["text"])


def test_a_partly_published_card_counts_and_mends_the_rest() -> None:
    done = [item(n, State.PUBLISHED, permalink="https://x.example/1?a=1&b=2") for n in (0, 1)]
    shown = card(facts(*done, item(2, State.FAILED, error=("content", "Bluesky refused the text."))), NOW)

    assert "⚠️ *2 of 3 published*" in said(shown)
    assert "✅ X · @junipercoffee — published · <https://x.example/1?a=1&amp;b=2|open>" in said(shown)
    assert "❌ Bluesky · @juniper.example — Bluesky refused the text. Not posted." in said(shown)
    assert buttons(shown)[0] == "Edit"


def test_a_card_with_a_refused_text_and_a_lost_access_mends_both() -> None:
    refused = item(0, State.FAILED, error=("content", "LinkedIn refused the text."))
    locked = item(1, State.FAILED, error=("account", "X no longer lets Herald in."))

    assert buttons(card(facts(refused, locked), NOW)) == ["Edit", "Reconnect", "I posted it by hand"]
    back = {locked.item_id: ItemFacts(reconnected_at=NOW, reconnected_by="slack:U1")}
    assert buttons(card(facts(refused, locked, items=back), NOW)) == ["Edit", "I posted it by hand"]


def test_of_a_partly_published_post_the_rest_can_be_cancelled() -> None:
    live, waits = item(1, State.PUBLISHED, permalink="https://x.example/1"), item(2, State.SCHEDULED)
    shown = facts(live, waits)
    assert "post_cancel:post_1:3" in menu(card(shown, NOW))
    asked = card_buttons.question(shown, names.CANCEL)
    assert asked is not None
    assert asked.text == "X was already published. That stays; the rest will not go out."
    doubtful = facts(live, waits, item(3, State.SENDING))
    assert "post_cancel:post_1:3" not in menu(card(doubtful, NOW))
    line = told.message("thread", {"what": "cancel", "by": "slack:U1", "live": ["x", "linkedin"]}, shown)
    assert line is not None
    assert "cancelled it. X and LinkedIn were already published." in said(line)
    line = told.message("thread", {"what": "cancel", "by": "slack:U1"}, shown)
    assert line is not None
    assert "cancelled it. Nothing was sent." in said(line)


def test_a_published_card_says_when_and_opens_the_post() -> None:
    at = NOW + timedelta(days=6)
    live = item(1, State.PUBLISHED, permalink="https://x.example/1", published_at=at + timedelta(seconds=80))
    shown = card(facts(live), at)

    assert buttons(shown) == ["Open"]
    assert ", 1 min late" in said(shown)


def test_beyond_eight_accounts_the_troubled_are_listed_and_the_rest_counted() -> None:
    done = [item(n, State.PUBLISHED) for n in range(9)]
    shown = card(facts(*done, item(9, State.FAILED, error=("media", "Too large."))), NOW)

    assert "✅ 9 more published" in said(shown)
    assert said(shown).count("❌") == 1


def test_what_goes_on_is_called_as_its_network_calls_it() -> None:
    alone = facts(item(platform="linkedin"), item(1, platform="linkedin", part=1), parts=("The recipe",))
    assert "with a first comment" in str(card(alone, NOW))
    thread = facts(item(platform="x"), item(1, platform="x", part=1), parts=("The recipe",))
    assert "thread of 2" in str(card(thread, NOW))


def test_people_s_text_stands_in_a_quote_as_typed() -> None:
    text = "<!channel> *bold* & <@U1> https://x.example"
    shown = card(facts(item(), text=text), NOW)

    assert {"type": "text", "text": text} in sequence(mapping(sequence(shown.blocks[1]["elements"])[0])["elements"])
    assert "&lt;!channel&gt; ∗bold∗ &amp; &lt;@U1&gt;" in shown.text  # noqa: RUF001  # look-alikes


def test_a_broadcast_names_the_author_and_has_the_one_mending_button() -> None:
    failed = item(1, State.FAILED, error=("account", "no"))
    shown = thread.broadcast(facts(failed))

    assert "*Failed* · <@U1>, the post of Fri 27 Nov, 10:00 Berlin on X · @junipercoffee:" in said(shown)
    assert buttons(shown) == ["Reconnect"]


def test_a_mended_broadcast_has_no_button() -> None:
    shown = thread.mended(facts(item(1, State.PUBLISHED)), by="slack:U1", at=NOW)

    assert buttons(shown) == []
    assert "✅ Mended by Maya" in said(shown)


def test_a_post_that_waits_says_for_what_and_until_when() -> None:
    waits = item(1)
    shown = card(facts(waits, items={waits.item_id: ItemFacts(waits_for="rate_limited", next_at=NOW)}), NOW)

    note = str(mapping(sequence(shown.blocks[1]["elements"])[0])["text"])
    assert note.startswith("⏳ X takes no more posts from @junipercoffee until <!date^")
    assert buttons(shown) == ["Edit", "Move"]


@ANY
@given(
    making.cards(),
    st.sampled_from(["thread", "broadcast", "mended"]),
    st.sampled_from(["schedule", "edit", "move", "published", "found", "looking", "absent", "waiting", "missed"]),
    st.dictionaries(st.sampled_from(["item", "permalink", "message", "planned", "at", "by", "old_text"]), making.texts),
)
def test_a_notice_of_anything_is_taken_by_slack(
    card_: making.CardFacts, kind: str, what: str, payload: dict[str, str]
) -> None:
    shown = told.message(kind, {"what": what, **payload}, card_)

    assert shown is not None
    judge(shown, mentions=True)


def test_a_notice_of_an_unknown_kind_has_no_message() -> None:
    assert told.message("welcome", {"what": "x"}, facts(item())) is None


def test_a_published_line_has_the_link_and_the_lateness() -> None:
    live = item(1, State.PUBLISHED)
    late = (NOW + timedelta(days=6, minutes=4)).isoformat()
    payload = {"what": "published", "item": "item_1", "permalink": "https://x.example/1", "at": late}
    shown = told.message("thread", payload, facts(live))

    assert shown is not None
    assert shown.text == "✅ Published on X, 4 min late: <https://x.example/1|open>"


def test_a_broadcast_about_one_item_speaks_of_that_alone() -> None:
    first, second = (item(n, State.FAILED, error=("content", "No.")) for n in (0, 1))
    shown = told.message("broadcast", {"what": "failed", "item": second.item_id}, facts(first, second))

    assert shown is not None
    assert "on X · @junipercoffee" in shown.text
    assert "LinkedIn" not in shown.text


def test_a_changed_text_is_shown_struck_and_new() -> None:
    line = Line(what=Happened.CHANGED, zone="UTC", by="Omar", version=2, old_text="Old", new_text="New")
    shown = thread.thread_line(line)

    quoted = [mapping(sequence(mapping(sequence(one["elements"])[0])["elements"])[0]) for one in shown.blocks[1:]]
    assert shown.text == "Omar changed the post (version 2)."
    assert quoted == [{"type": "text", "text": "Old", "style": {"strike": True}}, {"type": "text", "text": "New"}]


def test_many_missed_posts_are_told_of_once() -> None:
    shown = missed.asking(making.Brand(), 1200, "ntc_1")

    judge(shown)
    assert shown.text.startswith("⏰ *Missed* · 1,200 posts of Juniper. None of them was sent.")


def test_a_post_on_hold_says_who_holds_it_and_offers_to_release_it() -> None:
    hold = Hold(since=NOW, by="slack:U1", reason="outage *now*")
    shown = card(facts(item(0), hold=hold), NOW)

    judge(shown)
    assert said(shown).startswith("['⏸️ *On hold* by Maya since <!date^")
    assert "outage" in said(shown)
    assert buttons(shown) == ["Release", "Move"]
    assert buttons(card(facts(item(0, State.SENDING), hold=hold), NOW)) == []
    assert buttons(card(facts(item(0, State.MISSED), hold=hold), NOW)) == ["Post now", "Next slot", "Drop"]


def test_a_post_held_alone_is_released_alone_and_none_is_held_twice() -> None:
    hold = Hold(since=NOW, by="slack:U1", reason="outage")
    alone = card(facts(item(0), post_hold=hold), NOW)
    with_brand = card(facts(item(0), hold=hold), NOW)

    judge(alone)
    assert said(alone).startswith("['⏸️ *On hold* by Maya since <!date^")
    assert buttons(alone) == buttons(with_brand) == ["Release", "Move"]
    assert actions(alone)[0] == (names.RELEASE_POST, "post_1:3")
    assert actions(with_brand)[0] == (names.RELEASE, "brand_1")
    assert not [line for line in menu(alone) + menu(with_brand) if line.startswith(names.HOLD)]


def test_what_waits_on_hold_beside_what_failed_says_so_and_can_be_released() -> None:
    hold = Hold(since=NOW, by="slack:U1")
    failed = item(0, State.FAILED, error=("content", "no"))
    shown = card(facts(failed, item(1), post_hold=hold), NOW)

    judge(shown)
    assert "⏸️ X · @junipercoffee — on hold" in said(shown)
    assert menu(shown)[0] == f"{names.RELEASE_POST}:post_1:3"
    many = card(facts(failed, *map(item, range(1, 12)), post_hold=hold), NOW)
    assert "⏸️ 11 more on hold" in said(many)


def test_a_network_that_does_not_answer_is_told_of_with_what_waits_and_what_became_of_it() -> None:
    began: dict[str, object] = {"host": "toots.example", "since": (NOW - timedelta(minutes=11)).isoformat()}
    one, many = (outage.down("Mastodon", began | {"waiting": n}, "UTC") for n in (1, 3))
    over = began | {"back_at": NOW.isoformat(), "sent": 3, "missed": 1}
    back, late, idle = (
        outage.back("Mastodon", facts, "UTC") for facts in (over, over | {"sent": 0}, over | {"sent": 0, "missed": 0})
    )

    for shown in (one, many, back, late, idle, outage.down("X", {}, "UTC"), outage.back("X", {}, "UTC")):
        judge(shown)
    assert one.text.startswith("⏳ *Mastodon (toots.example) does not answer* since <!date^")
    assert "1 post waits and is not lost" in one.text
    assert "3 posts wait, none is lost" in many.text
    assert back.text.startswith("✅ *Mastodon (toots.example) answers again* since <!date^")
    assert back.text.endswith("after 11 min. 3 posts went out, 1 post came too late: Herald asks what to do.")
    assert late.text.endswith("after 11 min. 1 post came too late: Herald asks what to do.")
    assert idle.text.endswith("Nothing waits for it any more.")


def test_a_missed_posts_line_says_why_where_that_is_known() -> None:
    for why, said_ in (
        ("The brand was on hold.", "The brand was on hold. It was not sent."),
        (None, "It was not sent."),
    ):
        shown = told.message("thread", {"what": "missed"}, facts(item(0, State.MISSED), missed_because=why))
        assert shown is not None
        assert shown.text.endswith(f". {said_}")
        assert ("hold" in shown.text) is (why is not None)


def test_what_became_of_missed_posts_is_said_in_numbers() -> None:
    states = {State.PUBLISHED: 2, State.SCHEDULED: 1, State.CLAIMED: 1, State.CANCELLED: 1}
    shown = missed.settled(making.Brand(), states, by="Maya", at=NOW)

    judge(shown)
    assert "5 missed posts of Juniper, 2 published, 2 going out, 1 dropped" in shown.text
    assert missed.settled(making.Brand(), {State.CANCELLED: 2}, by=None, at=NOW).text.startswith("🚫")


def test_a_card_says_how_a_post_is_doing_and_when_that_was_so() -> None:
    one = item(0, State.PUBLISHED, permalink="https://linkedin.example/1", published_at=NOW)
    known = ItemFacts(numbers=Numbers(views=1204, likes=88), numbers_at=NOW + timedelta(hours=5))
    shown = card(facts(one, items={one.item_id: known}), NOW + timedelta(hours=11))

    judge(shown)
    assert "· 1,204 views · 88 likes · comments n/a as of <!date^" in said(shown)
    assert "views" not in said(card(facts(one), NOW))


def test_the_line_about_earlier_numbers_counts_days_and_ends() -> None:
    about = {"platform": "x", "handle": "junipercoffee", "fetched": 60, "wanted": 90, "done": False}
    going, there = (past.line(making.Brand(), about | {"done": done}, making.NAMES) for done in (False, True))

    judge(going)
    judge(there)
    assert going.text == "⏳ Fetching earlier numbers of X · @junipercoffee: 60 of 90 days…"
    assert there.text == "✅ Earlier numbers of X · @junipercoffee are here: 90 days."


@pytest.mark.parametrize("before", [None, {"text": "Old", "parts": [f"Old {n}" for n in range(24)]}])
def test_a_thread_of_any_length_can_be_approved_where_it_is_shown(before: dict[str, object] | None) -> None:
    asked = ApprovalFacts(
        state=Asking.WAITING, rule=Rule.ONE, version=1, asked_at=NOW, ends_at=None, missing=("Omar",), before=before
    )
    own = {platform: f"For {platform}" for platform in making.PLATFORMS}
    parts = tuple(f"Part {n}." for n in range(24))
    shown = card(facts(item(0, State.AWAITING_APPROVAL), parts=parts, variants=own, approval=asked), NOW)
    judge(shown)
    assert buttons(shown) == ["Approve", "Ask for changes", "Reject"]
    if before is None:
        assert all(part in str(shown.blocks) for part in (*parts, *own.values(), "part 25"))
    assert shown.simpler is not None
    assert buttons(Message(text=shown.text, blocks=shown.simpler)) == buttons(shown)


def test_numbers_below_a_card_say_their_age_and_what_is_usual() -> None:
    published = item(1, State.PUBLISHED)
    told_ = {"what": "numbers", "item": published.item_id, "age_s": 90_000, "numbers": {"views": 1_204, "likes": 1}}
    usual = {"median": 800, "of": "views"}

    alone, compared = (told.message("thread", facts_, facts(published)) for facts_ in (told_, told_ | usual))

    assert alone is not None
    assert alone.text == "📈 X after 1 day: 1,204 views, 1 like."
    assert compared is not None
    assert compared.text == "📈 X after 1 day: 1,204 views, 1 like; @junipercoffee's median is 800 views."
