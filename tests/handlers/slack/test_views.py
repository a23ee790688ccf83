from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.best_times import Best
from bot.domain.capabilities import OptionRule
from bot.domain.composition import Fold, Form, FormFile, When
from bot.domain.errors import Problem
from bot.domain.publication import State
from bot.domain.slots import Moment
from handlers.slack import card_buttons, late, names, wording
from handlers.slack.blocks import Json, length, mapping, sequence
from handlers.slack.views import brand, composer, describe_media, live_link, move_post, own_texts, saying, when
from tests.handlers.slack import making
from tests.handlers.slack.judging import judge_view, markup, submitted
from tests.handlers.slack.making import NAMES, NOW, composer_facts, item, post

ANY = settings(max_examples=30, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))


@ANY
@given(st.data())
def test_a_composer_of_anything_is_taken_by_slack_and_gives_the_form_back(data: st.DataObject) -> None:
    accounts = data.draw(making.choices())
    form = data.draw(making.forms(accounts))
    facts = composer_facts(
        accounts,
        notice=data.draw(st.one_of(st.none(), making.texts)),
        may_read_files=data.draw(st.booleans()),
        fresh=data.draw(st.integers(0, 2)),
        counts=[Counted(title=data.draw(making.texts), used=n * 100) for n in range(data.draw(st.integers(0, 30)))],
    )

    view = composer.build(form, facts)

    judge_view(view)
    assert composer.read(submitted(view), form) == form
    assert composer.composition_of(view) == "composition_1"
    assert length(str(view["private_metadata"])) < 200


class Counted:
    """As a network counts."""

    def __init__(self, *, title: str = "X", used: int = 0, limit: int = 280, own: bool = False) -> None:
        self.title, self.used, self.limit, self.own = title, used, limit, own


@ANY
@given(st.lists(making.brands, max_size=4), st.sampled_from([0, 1, 99, 101, 500]), st.data())
def test_a_composer_with_any_brands_is_taken_by_slack(some: list[making.Brand], many: int, data: st.DataObject) -> None:
    brands = (some * (many + 1))[:many]
    chosen = brands[-1] if brands and data.draw(st.booleans()) else None
    form = Form(brand_id=chosen.id if chosen else None, zone=None)

    judge_view(composer.build(form, composer_facts(brand=chosen, brands=brands)))
    assert len(composer.brand_options("", brands)) <= 100


@ANY
@given(making.forms(), st.lists(st.text("abcdef", min_size=1, max_size=300), unique=True, max_size=120))
def test_own_texts_of_anything_are_taken_and_given_back(form: Form, platforms: list[str]) -> None:
    rule = OptionRule(name="board", meaning="the board's name", problem=lambda _: None)
    every = [*making.PLATFORMS, *platforms]
    view = own_texts.build(
        form,
        every,
        composition_id="c",
        called=NAMES,
        limits={"x": 280, "bsky": 300},
        settings={name: [rule] for name in every},
    )

    judge_view(view)
    assert own_texts.read(submitted(view), form) == form


@ANY
@given(making.forms(), st.lists(making.texts, max_size=3))
def test_descriptions_of_anything_are_taken_and_given_back(form: Form, notes: list[str]) -> None:
    shown = dict.fromkeys(range(0, len(form.files), 2), "F123")
    fitted = {place: file.file_name for place, file in enumerate(form.files)}
    view = describe_media.build(form, composition_id="c", shown=shown, fitted=fitted, notes=notes)

    judge_view(view)
    assert describe_media.read(submitted(view), form) == form


@ANY
@given(making.forms(), making.cards(40))
def test_the_smaller_views_of_anything_are_taken(form: Form, card: making.CardFacts) -> None:
    moving = move_post.build(card.post, form, brand_zone="Europe/Berlin", reader_zone=None, now=NOW)
    judge_view(moving)
    assert move_post.read(submitted(moving), form) == form
    judge_view(live_link.build(card.post, NAMES))
    judge_view(saying.no_accounts(card.post.text, "brand_1", may_connect=True))
    judge_view(saying.loading())
    asked = wording.ask_send_again(card.post.text)
    judge_view(saying.confirm(asked, f"{names.CANCEL}:post_1:3"))


@ANY
@given(making.texts, st.sampled_from([None, "C1"]), st.lists(st.sampled_from(["U1", "U2"]), unique=True))
def test_a_brand_of_any_name_is_taken_and_given_back(name: str, channel: str | None, managers: list[str]) -> None:
    form = brand.BrandForm(
        brand_id="brand_1", name=name, zone="Europe/Berlin", channel=channel, managers=tuple(managers)
    )
    view = brand.build(form)

    judge_view(view)
    read = brand.read(submitted(view))
    assert (read.zone, read.channel, read.managers) == (form.zone, channel, tuple(managers))
    assert read.name == name.strip() or length(name) > 80


@ANY
@given(
    st.lists(
        st.builds(Problem, field=st.sampled_from(["to", "text", "media", "at", "zone", "odd"]), message=making.texts)
    )
)
def test_errors_stand_at_inputs_that_are_there_and_fit(problems: list[Problem]) -> None:
    for form in (Form(brand_id="brand_1"), Form(brand_id="brand_1", when=When.NOW)):
        view = composer.build(form, composer_facts([composer.Choice(id="a", platform="x", handle="juniper")], fresh=1))
        inputs = {block["block_id"] for block in map(mapping, sequence(view["blocks"])) if block["type"] == "input"}
        found = composer.errors(problems, form, view)

        assert found.keys() <= inputs
        assert bool(found) == bool(problems)
        assert all(len(sentence) <= 200 for sentence in found.values())


def test_four_problems_of_one_field_are_three_and_a_count() -> None:
    problems = [Problem(field="text", message=f"X: problem {n}.") for n in range(5)]

    assert composer.errors(problems, Form()) == {"text": "X: problem 0. X: problem 1. X: problem 2. and 2 more"}


def blocks_of(view: Json) -> dict[str, Json]:
    return {str(block.get("block_id", "")): dict(block) for block in map(mapping, sequence(view["blocks"]))}


def test_the_submit_button_says_what_will_happen() -> None:
    submits = {when_: composer.build(Form(when=when_), composer_facts())["submit"] for when_ in When}

    assert {when_: mapping(text)["text"] for when_, text in submits.items()} == {
        When.AT: "Schedule",
        When.SLOT: "Add to queue",
        When.BEST: "Schedule",
        When.NOW: "Publish now",
        When.DRAFT: "Save draft",
    }


@pytest.mark.parametrize(
    ("best", "said"),
    [
        (None, "Best time"),
        (Best(moment=None, posts=3), "Best time: needs 8 published posts, has 3"),
        (Best(moment=None, posts=30), "Best time: none is free"),
        (Best(moment=Moment(at=NOW + timedelta(days=4)), posts=30), "Best time: Wed 25 Nov, 10:00 Berlin"),
    ],
)
def test_the_best_time_is_named_or_what_it_needs(best: Best | None, said: str) -> None:
    radio = blocks_of(composer.build(Form(), composer_facts(best=best)))["when"]

    options = sequence(mapping(radio["element"])["options"])
    assert mapping(mapping(options[2])["text"])["text"] == said


def test_a_time_is_asked_for_only_with_at_a_time() -> None:
    ids = {when_: set(blocks_of(composer.build(Form(when=when_), composer_facts()))) for when_ in When}

    assert {"date", "time", "zone:"} <= ids[When.AT]
    assert ids[When.NOW] & {"date", "time", "zone:"} == set()


def test_the_night_clocks_go_back_is_asked_about() -> None:
    form = Form(date="2027-10-31", time="02:30", zone="Europe/Berlin")
    view = composer.build(form, composer_facts())
    fold = blocks_of(view)["fold"]

    assert mapping(fold["label"])["text"] == "Clocks go back that night. Which 02:30?"
    options = [mapping(mapping(one)["text"])["text"] for one in sequence(mapping(fold["element"])["options"])]
    assert options == ["First (before the change, 00:30 UTC)", "Second (after the change, 01:30 UTC)"]


def test_an_unanswered_question_of_the_doubled_hour_is_asked_again_at_its_place() -> None:
    form = Form(date="2027-10-31", time="02:30", zone="Europe/Berlin")
    view = composer.build(form, composer_facts())
    problems = [Problem(field="at", message="02:30 happens twice. Add the offset.")]

    assert composer.errors(problems, form, view) == {"fold": "Choose the first or the second 02:30."}


def test_the_second_of_two_equal_hours_is_an_hour_later() -> None:
    form = Form(date="2027-10-31", time="02:30", zone="Europe/Berlin")
    first, second = (
        when.moment_of(Form(date=form.date, time=form.time, zone=form.zone, fold=fold), NOW + timedelta(days=300))
        for fold in Fold
    )

    assert isinstance(first, when.Moment)
    assert isinstance(second, when.Moment)
    assert second.at - first.at == timedelta(hours=1)


def test_a_skipped_hour_is_told_while_writing() -> None:
    view = composer.build(Form(date="2027-03-28", time="02:30", zone="Europe/Berlin"), composer_facts())

    assert any("02:30 does not exist in Berlin on Sun 28 Mar" in text for text in markup(view))


def test_the_chosen_time_is_shown_in_utc_and_to_the_reader() -> None:
    view = composer.build(Form(date="2026-11-27", time="09:00", zone="Europe/Berlin"), composer_facts())

    assert "= Fri 27 Nov, 08:00 UTC · 03:00 New York (you) · in 6 days" in list(markup(view))


def test_beyond_a_hundred_accounts_slack_asks_for_those_that_fit() -> None:
    accounts = [composer.Choice(id=f"a{n}", platform="x", handle=f"juniper{n}") for n in range(101)]
    element = mapping(blocks_of(composer.build(Form(), composer_facts(accounts)))["accounts:"]["element"])

    assert element["type"] == "multi_external_select"
    assert sum(len(sequence(group["options"])) for group in composer.account_options("", accounts, NAMES)) == 100
    assert [len(sequence(group["options"])) for group in composer.account_options("@juniper100", accounts, NAMES)] == [
        1
    ]


def test_seconds_somebody_typed_stay_while_the_minute_does() -> None:
    form = Form(date="2026-11-27", time="09:00:20", zone="Europe/Berlin")
    view = submitted(composer.build(form, composer_facts()))

    assert composer.read(view, form).time == "09:00:20"


def test_an_unticked_file_is_taken_out() -> None:
    form = Form(files=(FormFile(media_id="m1", file_name="cup.jpg"), FormFile(media_id="m2", file_name="menu.png")))
    view = submitted(composer.build(form, composer_facts()))
    state = mapping(view["state"])
    values = {**mapping(state["values"]), "kept": {"kept": {"selected_options": [{"value": "m2"}]}}}

    assert composer.read({**view, "state": {"values": values}}, form).files == (form.files[1],)


def test_uploads_are_what_slack_says_of_the_files() -> None:
    view: Json = {"state": {"values": {"files": {"files": {"type": "file_input", "files": [{"id": "F1"}]}}}}}

    assert composer.uploads(view) == {"files/F1": {"id": "F1"}}
    assert composer.uploads({}) == {}


def test_what_a_lost_upload_input_held_stays_in_the_post() -> None:
    lost = FormFile(media_id="med_1", file_name="cup.jpg", source="files/F1")
    element = {"type": "file_input", "action_id": "files"}
    view: Json = {"blocks": [{"type": "input", "block_id": "files", "element": element}]}
    assert composer.settled(Form(added=(lost,)), view) == Form(added=(lost,))
    late_view = late.with_values(view, {"text": "Too long."})
    assert composer.settled(Form(added=(lost,)), late_view) == Form(files=(lost,))


def test_links_are_read_by_item() -> None:
    unsure = post(item(0, State.UNCONFIRMED), item(1, State.UNCONFIRMED), item(2, State.PUBLISHED))
    view = live_link.build(unsure, NAMES)
    judge_view(view)
    values = {"link:item_1": {"link:item_1": {"type": "plain_text_input", "value": " https://x.example/1 "}}}

    assert live_link.read({**view, "state": {"values": values}}) == {"item_1": "https://x.example/1"}
    assert set(blocks_of(view)) == {"link:item_0", "link:item_1"}


def test_zones_are_found_by_place_with_the_brand_s_first() -> None:
    found = [option["value"] for option in when.zone_options("", first=("Europe/Berlin", None, "Asia/Tokyo"))]

    assert found[:2] == ["Europe/Berlin", "Asia/Tokyo"]
    assert len(found) == 100
    assert when.zone_options("new yo")[0]["value"] == "America/New_York"


def test_a_field_of_a_brand_that_is_wrong_is_marked() -> None:
    view = brand.build(brand.BrandForm(name="Juniper"))

    assert brand.errors([Problem(field="timezone", message="No such zone.")], view) == {"zone": "No such zone."}
    assert brand.errors([Problem(field="odd", message="Taken.")], view) == {"name": "Taken."}


def test_each_verb_of_a_menu_that_loses_something_asks_first() -> None:
    card = making.facts(item(0))
    asked = {verb: card_buttons.question(card, verb) for verb in (names.CANCEL, names.DROP, names.DELETE_DRAFT)}

    assert all(dialog is not None and dialog.text and dialog.no for dialog in asked.values())
    assert card_buttons.question(card, names.EDIT) is None
    dialog = asked[names.CANCEL]
    assert dialog is not None
    view = saying.confirm(dialog, f"{names.CANCEL}:post_1:3")
    judge_view(view)
    assert [mapping(view[name])["text"] for name in ("title", "submit", "close")] == [
        "Cancel this post?",
        "Cancel post",
        "Keep it",
    ]
