from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.slack import facts, markup, reading, times
from tests.handlers.slack import making

AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@given(making.texts, st.integers(2, 200))
def test_a_cut_text_fits_and_begins_as_it_did(text: str, limit: int) -> None:
    shown = markup.cut(text, limit)

    assert markup.length(shown) <= limit
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1].rstrip()))


def test_an_emoji_of_several_parts_is_not_cut_in_half() -> None:
    assert markup.cut("ab👩‍👩‍👧‍👦cd", 8) == "ab…"
    assert markup.cut("ab👍🏽cd", 5) == "ab…"
    assert markup.cut("cafe\u0301s", 5) == "caf…"


@given(making.texts, st.integers(20, 200))
def test_cut_markup_leaves_no_half_token(text: str, limit: int) -> None:
    shown = markup.cut_markup(f"{markup.escape(text)} {markup.moment(AT, 'Europe/Berlin')} &amp;" * 3, limit)

    assert markup.length(shown) <= limit
    assert shown.count("<") == shown.count(">")
    assert "&" not in shown[-5:] or ";" in shown[-6:]


def test_people_s_words_in_our_markup_do_nothing() -> None:
    assert markup.inert("<!here> & *b* _i_ snake_case `c` ~s~ :tada:\nnext") == (
        "&lt;!here&gt; &amp; ∗b∗ ＿i＿ snake_case ˋcˋ ∼s∼ ∶tada: next"  # noqa: RUF001  # look-alikes
    )
    assert markup.bare(markup.inert("a < b & c")) == "a < b & c"


def test_a_time_of_day_can_be_copied_although_colons_may_make_an_emoji() -> None:
    for copied in ("2027-10-31T02:30+02:00 is the first", "09:00:20", "25:00:00 is no time"):
        assert markup.inert(copied) == copied
    assert markup.inert("5:100: :10: a:b:") == "5∶100: ∶10: a∶b:"  # noqa: RUF001  # look-alikes


def test_text_from_right_to_left_keeps_its_direction_to_itself() -> None:
    assert markup.quoted("مرحبا \u202eabc") == "“\u2068مرحبا abc\u2069”"  # noqa: RUF001  # Arabic
    assert markup.quoted("hello") == "“hello”"


def test_only_web_addresses_become_links() -> None:
    assert markup.link("https://x.example/a?b=1&c=2|3", "open") == "<https://x.example/a?b=1&amp;c=2%7C3|open>"
    assert markup.link("javascript:alert(1)", "open") == "open"
    assert not markup.web_address(None)
    assert not markup.web_address("https://x.example/" + "a" * 3000)


def test_a_date_token_falls_back_to_a_time_that_names_its_zone() -> None:
    expected = "<!date^1795766400^{date_short_pretty} at {time}|27 Nov 2026 09:00 CET>"
    assert markup.moment(AT, "Europe/Berlin") == expected
    assert markup.moment(AT, "Asia/Kathmandu").endswith("13:45 UTC+05:45>")
    assert markup.moment(AT, "America/Sao_Paulo").endswith("05:00 UTC-03>")


def test_lines_that_do_not_fit_are_counted() -> None:
    shown = markup.lines([f"line {n}" for n in range(1000)], limit=200)

    assert len(shown) <= 200
    assert shown.endswith("\nand 982 more")
    assert shown.count("\n") == 18


def test_durations_are_rounded_and_worded() -> None:
    spans = [timedelta(days=6, hours=-2), timedelta(days=1), timedelta(minutes=4), timedelta(seconds=20)]

    assert [times.span(span) for span in spans] == ["6 days", "1 day", "4 min", "20 s"]
    assert times.lateness(AT, AT + timedelta(seconds=4)) == "on time"
    assert times.lateness(AT, AT + timedelta(seconds=7)) == "7 s late"


def test_the_reader_s_own_time_is_left_out_where_it_is_the_same() -> None:
    assert times.planned(AT, "Europe/Berlin", reader_zone="Europe/Paris") == "Fri 27 Nov, 09:00 Berlin"
    assert "(you: <!date^" in times.planned(AT, "Europe/Berlin", reader_zone="America/New_York")


def test_a_channel_is_a_mention_only_by_its_id() -> None:
    assert facts.channel_mention("C0123ABC") == "<#C0123ABC>"
    assert facts.channel_mention("#juniper<!here>") == "#juniper&lt;!here&gt;"
    assert facts.channel_mention(None) is None


def test_only_people_in_slack_are_mentioned() -> None:
    assert facts.mention("slack:U1") == "<@U1>"
    assert facts.mention("slack:!channel") == ""
    assert facts.mention("cli") == ""


def test_what_comes_back_is_read_without_trust() -> None:
    odd: dict[str, object] = {"state": {"values": {"a": {"b": "no object"}, "c": 3}}}

    assert reading.states(odd) == {"b": {}}
    assert reading.states({}) == {}
    assert reading.all_chosen({"selected_options": [{"value": "1"}, {}, 7]}) == ("1",)
    assert reading.chosen({"selected_option": None}) is None
