"""The modal of one network's settings: of any form, and of what every network really has."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.composition import Form
from bot.domain.errors import Problem
from bot.services.composing import Asked
from handlers.slack import blocks as b
from handlers.slack.blocks import Json, mapping, sequence
from handlers.slack.views import network_settings
from handlers.slack.views.own_texts import marks_below
from platforms import REGISTER
from tests.handlers.slack import making
from tests.handlers.slack.judging import judge_view, submitted

ANY = settings(max_examples=30, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
WORDS = one_of("true", "only_me", "nobody")
REPLIES = OptionRule(name="allow_replies_s", meaning="who may reply", problem=WORDS, choices={"nobody": "-"})
BOARD = OptionRule(name="board", meaning="the board's name", problem=lambda _: None)
DEMANDED = OptionRule(name="title", meaning="its title", problem=lambda _: None, asked="title")
TITLE = Asked(platform="x", title="X", rule=DEMANDED)
RULES = [REPLIES, BOARD, DEMANDED]


def built(options: Mapping[str, str], *, asked: tuple[Asked, ...] = (TITLE,)) -> tuple[Json, Form]:
    form = Form(options={"x": options} if options else {})
    return network_settings.build(form, "x", RULES, title="X", composition_id="c", asked=asked), form


def inputs(view: Json) -> dict[str, Mapping[str, object]]:
    found = [block for block in map(mapping, sequence(view["blocks"])) if block["type"] == "input"]
    return {str(block["block_id"]): block for block in found}


def typed(view: Json, **values: str) -> Json:
    """The modal sent with this in its boxes, or chosen from its selects, and all else left alone."""
    states = mapping(mapping(submitted(view)["state"])["values"])
    changed = {**states}
    for name, value in values.items():
        block = f"set:x.{name}"
        kind = mapping(inputs(view)[block]["element"])["type"]
        held = {"selected_option": {"value": value}} if kind == "static_select" else {"value": value}
        changed[block] = {block: {"type": kind, **held}}
    return {**view, "state": {"values": changed}}


@st.composite
def settings_of(draw: st.DrawFn) -> dict[str, dict[str, str]]:
    """Of known and unknown names, with words, and with anything."""
    options: dict[str, dict[str, str]] = {}
    for platform in draw(st.sampled_from(((), ("x",), ("x", "bsky")))):
        for _ in range(draw(st.integers(1, 3))):
            name = draw(st.sampled_from(["", *(rule.name for rule in RULES)])) or draw(making.texts)
            value = draw(st.sampled_from(["", *WORDS.words])) or draw(making.texts.filter(str.strip))
            options.setdefault(platform, {})[name] = value
    return options


@ANY
@given(making.forms(), settings_of(), st.data())
def test_settings_of_anything_are_taken_and_given_back(
    form: Form, options: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    form = replace(form, options=options)
    view = network_settings.build(
        form,
        "x",
        RULES,
        title=b.inert(data.draw(making.texts), 40),
        composition_id="c",
        composer_id="V1",
        asked=data.draw(st.sampled_from([[], [TITLE]])),
        marks={"text": ":7"},
    )

    judge_view(view)
    assert network_settings.read(submitted(view), form) == form
    assert (network_settings.platform_of(view), network_settings.composer_below(view)) == ("x", "V1")
    assert marks_below(view) == {"text": ":7"}


@pytest.mark.parametrize("name", REGISTER)
def test_every_network_s_settings_are_taken_by_slack(name: str) -> None:
    spec = REGISTER[name].spec
    rules = {rule.name: rule for kind in (spec.capabilities, *spec.by_type.values()) for rule in kind.options}
    view = network_settings.build(Form(), name, list(rules.values()), title=spec.title, composition_id="c")

    judge_view(view)
    assert inputs(view).keys() == {f"set:{name}.{rule.name}" for rule in rules.values() if rule.asked is None}
    for rule in rules.values():
        assert rule.choices.keys() <= set(rule.words)


def test_a_setting_is_called_and_chosen_in_words() -> None:
    select = inputs(built({"allow_replies_s": "only_me"})[0])["set:x.allow_replies_s"]
    element = mapping(select["element"])
    said = [mapping(mapping(one)["text"])["text"] for one in sequence(element["options"])]

    assert mapping(select["label"])["text"] == "Allow replies (seconds)"
    assert mapping(select["hint"])["text"] == "Who may reply."
    assert said == ["As usual", "Yes", "Only me", "-"]
    assert mapping(element["initial_option"])["value"] == "only_me"


def test_what_is_chosen_and_typed_is_set_and_what_is_left_to_the_network_is_not() -> None:
    view, form = built({"allow_replies_s": "nobody", "title": "Asked elsewhere"})

    read = network_settings.read(typed(view, allow_replies_s="true", board=" Latte art "), form)
    assert read.options == {"x": {"allow_replies_s": "true", "board": "Latte art", "title": "Asked elsewhere"}}
    view, form = built({"allow_replies_s": "nobody", "board": "Ideas"})
    assert network_settings.read(typed(view, allow_replies_s="-", board=" "), form).options == {}


def test_what_was_set_elsewhere_stays_until_its_box_is_emptied() -> None:
    long = "x" * 300
    view, form = built({"allow_replies_s": "sometimes", "colour": "red", long: "1"})

    assert inputs(view).keys() == {"set:x.allow_replies_s", "set:x.board", "set:x.colour"}
    kept = network_settings.read(typed(view, board="Ideas"), form)
    assert kept.options == {"x": {"allow_replies_s": "sometimes", "colour": "red", long: "1", "board": "Ideas"}}
    mended = network_settings.read(typed(view, allow_replies_s="true", colour=""), form)
    assert mended.options == {"x": {"allow_replies_s": "true", long: "1"}}


def test_what_another_kind_of_post_demands_is_shown_only_where_it_is_set() -> None:
    assert "set:x.title" not in inputs(built({}, asked=())[0])
    assert "set:x.title" in inputs(built({"title": "Left over"}, asked=())[0])


def test_a_title_that_is_too_long_gives_way() -> None:
    of = [
        network_settings.build(Form(), "x", RULES, title=title, composition_id="c")["title"]
        for title in ("Tea &amp; Toast", "Google Business Profile")
    ]

    assert [mapping(one)["text"] for one in of] == ["Tea & Toast settings", "Settings"]


def test_a_problem_stands_at_its_setting() -> None:
    view, _ = built({})

    found = network_settings.errors([Problem(field="board", message="X: board is empty.")], view)
    assert found == {"set:x.board": "X: board is empty."}
