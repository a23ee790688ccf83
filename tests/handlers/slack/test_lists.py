from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.accounts import Account, Health
from bot.domain.approvals import Rule
from bot.domain.gates import Reason
from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId
from bot.domain.posts import JournalEntry
from bot.domain.publication import State
from bot.domain.waits import Wait
from handlers.slack import connect, home, lists, names, onboarding, rows, times, wording
from handlers.slack.blocks import Json, inert, mapping, sequence
from handlers.slack.facts import AccountFacts, CardFacts, account_facts
from handlers.slack.home import HomeFacts, Steps
from handlers.slack.views import composer
from tests.handlers.slack import making
from tests.handlers.slack.judging import judge, judge_view, markup
from tests.handlers.slack.making import NAMES, NOW, Brand, facts, item

ANY = settings(max_examples=30, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
DONE = Steps(connected="Juniper Coffee", channel="<#C1>", written=True)


def home_facts(**changes: object) -> HomeFacts:
    given_: dict[str, object] = {"brands": [Brand()], "names": NAMES, "zone": "Europe/Berlin", "steps": DONE, **changes}
    return HomeFacts(**given_)  # pyright: ignore[reportArgumentType]  # a test's own concern


@ANY
@given(st.data())
def test_a_home_of_anything_is_taken_by_slack(data: st.DataObject) -> None:
    some = data.draw(st.lists(making.brands, min_size=1, max_size=3))
    keys = st.frozensets(st.sampled_from(["needs", "drafts", "2026-11-21"]))
    any_facts = home_facts(
        brands=some * data.draw(st.sampled_from([0, 1, 120])),
        brand_id=data.draw(st.sampled_from([None, some[0].id])),
        zone=data.draw(st.sampled_from(making.ZONES)),
        steps=data.draw(
            st.sampled_from([DONE, Steps(), Steps(connected="Juniper"), Steps(channel="<#C1>", written=True)])
        ),
        needs=data.draw(making.many_cards),
        planned=data.draw(making.many_cards),
        free=data.draw(st.lists(making.moments, max_size=200)),
        drafts=data.draw(making.many_cards),
        accounts=data.draw(making.many_accounts),
        may_write=data.draw(st.booleans()),
        may_manage=data.draw(st.booleans()),
        shown_whole=data.draw(keys),
    )

    judge_view(home.home(any_facts, NOW))


@ANY
@given(making.many_cards, making.many_accounts, making.texts, st.booleans())
def test_lists_of_anything_are_taken_by_slack(
    cards: list[CardFacts],
    accounts: list[AccountFacts],
    text: str,
    may: bool,  # noqa: FBT001  # hypothesis gives it
) -> None:
    posts = [card.post for card in cards]
    said = [
        lists.queue(posts, brand=Brand(name=text), zone="Europe/Berlin", called=NAMES, free=[NOW] * len(posts)),
        lists.queue(posts, brand=None, zone="Europe/Berlin", called=NAMES),
        lists.accounts(accounts, brand=Brand(name=text), zone="UTC", called=NAMES, may_manage=may),
        lists.brands(
            [card.brand for card in cards],
            may_make=may,
            may_change={card.brand.id for card in cards[::2]},
            approves={card.brand.id: wording.rule(Rule.ALL, [inert(text, 75)] * 9) for card in cards},
        ),
        lists.help_text(unknown=text),
        lists.help_text(),
    ]

    for message in said:
        judge(message)
        assert len(message.blocks) <= 12


@ANY
@given(making.cards(3), st.integers(0, 400), making.texts)
def test_why_of_anything_is_taken_by_slack(card: CardFacts, many: int, text: str) -> None:
    entries = [JournalEntry(at=NOW + timedelta(seconds=n), event="schedule", detail=text) for n in range(many)]
    doors = lists.story_doors(card.post, may_show=True)
    shown = lists.why(card, entries, zone="Asia/Kathmandu", doors=doors, by=inert(text, 75))

    judge(shown)
    assert len(shown.blocks) <= 12


def test_a_long_story_is_cut_and_says_how_to_read_it_all() -> None:
    entries = [JournalEntry(at=NOW + timedelta(seconds=n), event="call", detail="x" * 400) for n in range(37)]
    shown = lists.why(facts(item(0)), entries, zone="Europe/Berlin")

    judge(shown)
    told = str(shown.blocks)
    assert "… 12 more before" in told
    assert told.count("call xxx") == 25


def test_the_story_says_in_short_how_late_it_was_and_its_times_are_the_readers() -> None:
    late = replace(
        item(0), status=State.PUBLISHED, scheduled_at=NOW, published_at=NOW + timedelta(minutes=4), attempts=2
    )
    entry = JournalEntry(
        at=NOW, event="not_sent", detail=f"it tries again at {(NOW + timedelta(seconds=9)).isoformat()}"
    )
    shown = lists.why(facts(late), [entry], zone="Europe/Berlin")

    assert shown.text.endswith("— published, 4 min late, 2 tries")
    local = (NOW + timedelta(hours=1, seconds=9)).strftime("%H:%M:%S")
    assert f"it tries again at {local}" in str(shown.blocks)


@ANY
@given(making.brands, making.texts, st.dictionaries(st.text("abc", min_size=1), making.texts, max_size=60))
def test_first_contact_and_connecting_are_taken_by_slack(brand: Brand, text: str, titles: dict[str, str]) -> None:
    for steps in (Steps(), Steps(connected="X"), DONE):
        judge(onboarding.welcome(name="Maya", brand=brand, steps=steps))
    judge(onboarding.whose_channel(brand, "C1"))
    judge(connect.networks(brand, titles))
    url, guide = "https://herald.example/connect/abc", "https://herald.example/guides/x#connect"
    asked = connect.which_brand([brand] * 41, may_make=True)
    judge(asked)
    assert "and 1 more brand: type `/social accounts BRAND`" in str(asked.blocks)
    judge(connect.open_link(brand, title=text, url=url, guide=guide, again=text))
    judge(connect.open_link(brand, title=text, url=url, guide=text))
    judge(connect.no_address("x", brand))
    judge(connect.connected(NAMES, platform="x", handle=text, waiting=3, again=True))
    judge(connect.disconnected(NAMES, platform="x", handle=text, cancelled=2))


def texts_of(view: Json) -> str:
    return "\n".join(markup(view))


def actions_of(view: object) -> list[str]:
    found: list[str] = []
    if isinstance(view, dict):
        one = mapping(view)  # pyright: ignore[reportUnknownArgumentType]  # any JSON
        found += [str(one["action_id"])] if "action_id" in one else []
        found += [action for value in one.values() for action in actions_of(value)]
    elif isinstance(view, list):
        found += [action for value in sequence(view) for action in actions_of(value)]  # pyright: ignore[reportUnknownArgumentType]  # any JSON
    return found


def test_home_shows_what_needs_the_reader_above_what_is_planned() -> None:
    failed = facts(item(1, State.FAILED, error=("content", "no")), text="We open late")
    view = home.home(home_facts(needs=[failed], planned=[facts(item(0))]), NOW)
    headers = [mapping(b["text"])["text"] for b in map(mapping, sequence(view["blocks"])) if b["type"] == "header"]

    assert headers == ["Needs you (1)", "Today · Sat 21 November", "Friday 27 November"]
    assert "❌ Failed on X: “We open late” · Fri 27 Nov, 10:00 Berlin" in texts_of(view)
    assert "10:00 🕘 scheduled · LinkedIn · “New beans are in.” · 8F2K1Z" in texts_of(view)


def test_home_names_where_a_partly_published_post_is_not_live() -> None:
    failed = [item(n, State.FAILED, error=("content", "It refused the text.")) for n in (1, 2)]
    shown = home.home(home_facts(needs=[facts(item(0, State.PUBLISHED), *failed)]), NOW)

    assert "⚠️ 1 of 3 published, not on X and Bluesky: “New beans are in.”" in "\n".join(markup(shown["blocks"]))


@pytest.mark.parametrize(
    ("planned", "offered"),
    [
        (facts(item(0)), ["Edit", "Move", "Duplicate", "Why", "Cancel post"]),
        (facts(item(0), post_hold=Hold(since=NOW)), ["Release", "Move", "Duplicate", "Edit", "Cancel post"]),
        (facts(item(0, State.AWAITING_APPROVAL)), ["Edit", "Move", "Duplicate", "Why", "Cancel post"]),
        (facts(item(0, State.DRAFT)), ["Schedule", "Edit", "Delete", "Duplicate", "Why"]),
    ],
    ids=["scheduled", "held", "waiting", "draft"],
)
def test_a_row_of_home_offers_to_take_its_post_back(planned: CardFacts, offered: list[str]) -> None:
    menu = mapping(rows.row(planned, "Europe/Berlin")["accessory"])
    said = [str(mapping(mapping(option)["text"])["text"]) for option in sequence(menu["options"])]

    assert said == offered


def test_a_day_that_home_has_folded_is_shown_when_its_reader_asks_for_it() -> None:
    busy = [
        facts(item(0), text=f"Post {day}.{number}", scheduled_at=NOW + timedelta(days=day))
        for day in range(7)
        for number in range(15)
    ]
    failed = [facts(item(1, State.FAILED, error=("content", "no")))] * 11
    folded = home.home(home_facts(needs=failed, planned=busy), NOW)
    asked = home.home(home_facts(needs=failed, planned=busy, shown_whole=frozenset({"2026-11-27"})), NOW)
    judge_view(asked)

    assert "*Friday 27 November* · 15 posts" in texts_of(folded)
    assert "Post 6.0" not in str(folded)
    assert "“Post 6.14”" in str(asked)
    assert "Today · Sat 21 November" in str(asked)


def test_home_asks_about_what_is_overdue_and_on_hold() -> None:
    hold = Hold(since=NOW, by="slack:U1")
    held = facts(item(0), post_hold=hold)
    view = home.home(home_facts(needs=[held], planned=[held]), NOW)

    assert "⏸️ On hold on LinkedIn: “New beans are in.” · Fri 27 Nov, 10:00 Berlin" in texts_of(view)
    assert "10:00 ⏸️ on hold · LinkedIn · “New beans are in.” · 8F2K1Z" in texts_of(view)
    assert names.RELEASE_POST in actions_of(view)
    assert f"{names.RELEASE_POST}:post_1:3" in str(view)


def test_a_guest_sees_no_button_but_refresh() -> None:
    view = home.home(home_facts(may_write=False, planned=[facts(item(0))], steps=Steps()), NOW)

    assert actions_of(view) == [names.REFRESH_HOME]
    assert "You can read here. Posts are written by members of Juniper." in texts_of(view)


def test_the_first_run_ticks_off_its_steps() -> None:
    view = home.home(home_facts(steps=Steps(connected="Juniper Coffee"), may_manage=True), NOW)

    assert "✅ 1 · Juniper Coffee connected" in texts_of(view)
    assert actions_of(view) == [names.EDIT_BRAND, names.NEW_POST, names.REFRESH_HOME]


def test_a_home_with_nothing_to_do_says_so_in_a_sentence() -> None:
    view = home.home(home_facts(), NOW)

    assert "Nothing is planned and nothing needs you." in texts_of(view)


def test_a_home_that_broke_offers_another_try() -> None:
    judge_view(home.broken())
    assert actions_of(home.broken()) == [names.REFRESH_HOME]


def test_many_posts_collapse_the_latest_days_first() -> None:
    days = [
        facts(item(0), scheduled_at=NOW + timedelta(days=day, minutes=number))
        for day in range(7)
        for number in range(40)
    ]
    free = [NOW + timedelta(days=7, hours=hour) for hour in range(3)]
    view = home.home(home_facts(planned=days, drafts=days[:20], free=free), NOW)
    headers = [mapping(b["text"])["text"] for b in map(mapping, sequence(view["blocks"])) if b["type"] == "header"]

    assert len(sequence(view["blocks"])) <= 95
    assert headers[0] == "Today · Sat 21 November"
    assert "*Friday 27 November* · 40 posts" in texts_of(view)
    assert "Saturday 28 November · Nothing planned · 3 free slots" in texts_of(view)


def test_the_queue_is_one_section_a_day() -> None:
    posts = [facts(item(n)).post for n in range(2)]
    shown = lists.queue(posts, brand=Brand(), zone="Europe/Berlin", called=NAMES)

    assert mapping(shown.blocks[0]["text"])["text"] == "*Juniper · next 7 days* · 2 posts"
    assert mapping(shown.blocks[1]["text"])["text"] == (
        "*Fri 27 November*\n"
        "10:00 🕘 scheduled · LinkedIn · “New beans are in.” · 8F2K1Z\n"
        "10:00 🕘 scheduled · X · “New beans are in.” · 8F2K1Z"
    )


def test_the_queue_names_free_slots_where_there_are_some() -> None:
    posts = [facts(item(0)).post]
    hours = [NOW + timedelta(days=3, hours=hour) for hour in range(7)]

    def foot(free: list[datetime]) -> str:
        shown = lists.queue(posts, brand=Brand(), zone="Europe/Berlin", called=NAMES, free=free)
        judge(shown)
        return next(iter(markup(shown.blocks[2])))

    assert foot([]) == "Times in Berlin"
    assert foot(hours[:1]) == "Free slot: Tue 10:00 · times in Berlin"
    assert foot(hours[:2]) == "Free slots: Tue 10:00, Tue 11:00 · times in Berlin"
    assert (
        foot(hours) == "Free slots: Tue 10:00, Tue 11:00, Tue 12:00, Tue 13:00, Tue 14:00 and 2 more · times in Berlin"
    )


def test_an_empty_queue_names_the_next_free_slot() -> None:
    monday = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    shown = lists.queue(
        [], brand=Brand(), zone="Europe/Berlin", called=NAMES, free=[monday, monday + timedelta(days=1)]
    )

    assert shown.text == "Nothing is planned for Juniper. Next free slot: Mon 30 Nov, 09:00 Berlin."
    assert actions_of(shown.blocks) == [names.NEW_POST]


def test_a_day_of_home_with_nothing_but_free_slots_says_how_many() -> None:
    free = [NOW + timedelta(days=days, hours=hours) for days, hours in ((0, 3), (0, 5), (2, 0), (6, 0))]
    view = home.home(home_facts(planned=[facts(item(0))], free=free), NOW)
    shown = [
        list(markup(block)) or [mapping(mapping(block)["text"])["text"]] for block in sequence(view["blocks"])[2:8]
    ]

    assert [lines[0] for lines in shown] == [
        "Today · Sat 21 November",
        "Nothing planned · 2 free slots",
        "Monday 23 November",
        "Nothing planned · 1 free slot",
        "Friday 27 November",
        "10:00 🕘 scheduled · LinkedIn · “New beans are in.” · 8F2K1Z",
    ]
    assert "free slot" not in str(home.home(home_facts(free=free), NOW))


def test_an_empty_queue_and_empty_accounts_say_so() -> None:
    assert lists.queue([], brand=Brand(), zone="UTC", called=NAMES).text == "Nothing is planned for Juniper."
    assert lists.queue([], brand=None, zone="UTC", called=NAMES).text == "Nothing is planned for the next 7 days."
    empty = lists.accounts([], brand=None, zone="UTC", called=NAMES, may_manage=True)
    assert empty.text == "No accounts yet."
    assert actions_of(empty.blocks) == [names.CONNECT]


def test_a_mistyped_command_is_answered_with_the_likeliest() -> None:
    assert "No command ‘qeue’. Did you mean `/social queue`?" in lists.help_text(unknown="qeue").text  # noqa: RUF001  # quotation marks


def test_how_long_an_access_lasts_is_said_with_its_year_and_without_seconds() -> None:
    until = datetime(2027, 11, 22, 8, 20, 30, tzinfo=UTC)
    renewed = AccountFacts(id=AccountId("a"), brand_id=BrandId("b"), platform="x", handle="juniper", until=until)
    shown = lists.accounts([renewed], brand=Brand(), zone="Europe/Berlin", called=NAMES, may_manage=True)

    assert "✅ X · @juniper — fine until Mon 22 Nov 2027, 09:20 Berlin" in "\n".join(markup(shown.blocks))


def test_who_may_not_manage_gets_accounts_without_buttons() -> None:
    broken = AccountFacts(
        id=making.AccountId("a"), brand_id=making.BrandId("b"), platform="x", handle="juniper", state="ended", waiting=4
    )

    without = lists.accounts([broken], brand=Brand(), zone="UTC", called=NAMES, may_manage=False)
    with_ = lists.accounts([broken], brand=Brand(), zone="UTC", called=NAMES, may_manage=True)

    assert actions_of(without.blocks) == []
    assert actions_of(with_.blocks) == [names.RECONNECT, names.CONNECT, names.CHECK_ALL]
    assert "❌ X · @juniper — access ended, reconnect; 4 posts for it" in "\n".join(markup(with_.blocks))


@pytest.mark.parametrize(
    ("state", "linked"),
    [("fine", False), ("ends soon", True), ("ended", True), ("withdrawn", True), ("failing", False)],
)
def test_the_list_links_to_the_guide_where_an_account_has_to_be_reconnected(state: str, linked: bool) -> None:  # noqa: FBT001  # a table
    def shown(platform: str) -> str:
        one = AccountFacts(
            id=making.AccountId("a"), brand_id=making.BrandId("b"), platform=platform, handle="juniper", state=state
        )
        listed = lists.accounts([one], brand=Brand(), zone="UTC", called=NAMES, may_manage=True)
        judge(listed)
        return "\n".join(markup(listed.blocks))

    assert (" · <https://herald.example/guides/x#when-it-breaks|How to reconnect X>" in shown("x")) is linked
    assert "How to" not in shown("reddit")


def test_the_message_with_the_link_says_where_to_read_how() -> None:
    guide = "https://herald.example/guides/x"
    new = connect.open_link(Brand(), title="X", url="https://herald.example/connect/a", guide=f"{guide}#connect")
    again = connect.open_link(Brand(), title="X", url="https://herald.example/connect/a", guide=guide, again="juniper")
    without = connect.open_link(Brand(), title="X", url="https://herald.example/connect/a")

    assert f"<{guide}#connect|How to connect X>" in str(new.blocks)
    assert f"<{guide}|How to reconnect X>" in str(again.blocks)
    assert len(actions_of(new.blocks)) == len(actions_of(without.blocks)) == 1
    assert "How to" not in str(without.blocks)


def test_an_account_that_takes_no_posts_for_now_says_why_in_the_list_and_on_home() -> None:
    until = NOW + timedelta(minutes=4)
    wait = Wait(network="X", reason=Reason.RATE_LIMITED, until=until)
    one = AccountFacts(
        id=making.AccountId("a"), brand_id=making.BrandId("b"), platform="x", handle="juniper", wait=wait
    )

    listed = lists.accounts([one], brand=Brand(), zone="UTC", called=NAMES, may_manage=False)
    view = home.home(home_facts(zone="UTC", accounts=[one] * 7), NOW)
    shown = "\n".join(markup(sequence(view["blocks"])))

    waits = f"X asks us to slow down until {times.happened(until, 'UTC')}. Herald goes on by itself."
    assert f"✅ X · @juniper — fine. ⏳ {waits}" in "\n".join(markup(listed.blocks))
    assert "✅ All 7 accounts fine" in shown
    assert shown.count(f"⏳ X · @juniper — {waits}") == 5
    assert "and 2 more accounts: `/social accounts` names them" in shown


def test_an_account_s_health_is_said_in_words() -> None:
    def of(health: Health) -> str:
        account = Account(
            id=making.AccountId("a"),
            workspace_id=making.WorkspaceId("w"),
            brand_id=making.BrandId("b"),
            platform="x",
            platform_account_id="1",
            handle="juniper",
            display_name="Juniper",
            service_url="https://x.example",
            health=health,
        )
        assert [choice.health for choice in composer.choices([account])] == [health]
        return account_facts(account).state

    assert [of(health) for health in Health] == ["fine", "ends soon", "ended", "withdrawn", "failing"]


def test_home_names_what_ends_soon_and_renews_itself_nowhere() -> None:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def account(handle: str, days: int, *, renews: bool = False) -> AccountFacts:
        return AccountFacts(
            id=AccountId(handle),
            brand_id=BrandId("b"),
            platform="x",
            handle=handle,
            until=now + timedelta(days=days),
            renews=renews,
        )

    several = [account("later", 20), account("soon", 2), account("far", 60), account("itself", 1, renews=True)]
    shown = home.home(home_facts(accounts=several), now)["blocks"]
    (line,) = [said for block in sequence(shown) if "Access ends" in (said := str(block))]
    assert line.index("@soon until Mon 23 Nov, 10:00 Berlin") < line.index("@later until Fri 11 Dec")
    assert line.count("How to reconnect X") == 1
    assert "@far" not in line
    assert "@itself" not in line
