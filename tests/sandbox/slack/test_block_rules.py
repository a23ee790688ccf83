# ruff: noqa: E501  # one breach a line reads best
"""What Slack refuses whatever its length: missing and unknown fields, wrong places, doubles, half-filled structures."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.blocks import Surface, problems
from tests.sandbox.slack.test_limits import (
    TYPED,
    Json,
    actions,
    bars,
    button,
    card,
    chart,
    container,
    data_table,
    field,
    home,
    message,
    modal,
    mrkdwn,
    option,
    options,
    picture,
    pie,
    plain,
    rich,
    section,
    select,
    table,
)


def text(value: str = "x", **more: object) -> Json:
    return {"type": "text", "text": value, **more}


def in_section(*elements: Json) -> Json:
    return rich({"type": "rich_text_section", "elements": list(elements)})


def accessory(element: Json) -> Json:
    return message(section(accessory=element))


def entered(element: Json) -> Json:
    return modal(field(element))


LIST = {
    "type": "rich_text_list",
    "style": "ordered",
    "indent": 1,
    "border": 1,
    "offset": 3,
    "elements": [{"type": "rich_text_section", "elements": [text()]}],
}
WELL: list[tuple[str, Surface, Json]] = [
    ("only text", "message", {"text": "hello"}),
    ("only blocks", "message", {"blocks": [section()]}),
    ("section of fields", "message", message({"type": "section", "fields": [mrkdwn(), plain()]})),
    ("expanded section", "home", home(section(expand=True))),
    ("plain section", "modal", modal(section(text=plain() | {"emoji": True}))),
    ("verbatim section", "message", message(section(text=mrkdwn() | {"verbatim": False}))),
    ("divider", "home", home({"type": "divider", "block_id": "a"})),
    ("picture", "home", home(picture(title=plain()))),
    ("picture by file id", "message", message({"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}})),
    ("picture by file url", "message", message({"type": "image", "alt_text": "a", "slack_file": {"url": "http://a/"}})),
    ("context", "modal", modal({"type": "context", "elements": [mrkdwn(), plain(), picture()]})),
    ("accessory picture", "message", accessory(picture())),
    ("accessory menu", "message", accessory({"type": "multi_static_select", "options": options(2)})),
    ("link in overflow", "home", home(section(accessory={"type": "overflow", "options": [option(url="https://a.b")]}))),
    ("same action in two blocks", "message", message(actions(button(action_id="a")), actions(button(action_id="a")))),
    ("danger", "message", message(actions(button(style="danger", value="")))),
    ("no submit without inputs", "modal", {"type": "modal", "title": plain(), "blocks": [section()]}),
    ("inputs of a Home", "home", home(field(TYPED, dispatch_action=True))),
    ("first option", "modal", entered(select(initial_option=option(0)))),
    ("first options", "modal", entered({"type": "checkboxes", "options": options(3), "initial_options": options(2)})),
    ("mrkdwn in radio", "modal", entered({"type": "radio_buttons", "options": [option() | {"text": mrkdwn()}]})),
    ("external", "modal", entered({"type": "external_select", "min_query_length": 0, "initial_option": option()})),
    ("people", "modal", entered({"type": "multi_users_select", "initial_users": ["U1"], "max_selected_items": 3})),
    (
        "conversations",
        "modal",
        entered(
            {
                "type": "conversations_select",
                "default_to_current_conversation": True,
                "filter": {"include": ["public", "private"], "exclude_bot_users": True},
                "response_url_enabled": True,
            }
        ),
    ),
    ("date", "modal", entered({"type": "datepicker", "initial_date": "2028-02-29"})),
    ("time", "modal", entered({"type": "timepicker", "initial_time": "23:59", "timezone": "Europe/Berlin"})),
    ("moment", "modal", entered({"type": "datetimepicker", "initial_date_time": 1795000000})),
    ("moment among actions", "message", message(actions({"type": "datetimepicker"}))),
    ("number", "modal", entered({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"})),
    ("mail and address", "modal", modal(field({"type": "email_text_input"}), field({"type": "url_text_input"}))),
    ("files", "modal", entered({"type": "file_input", "filetypes": ["png"], "max_files": 1})),
    (
        "typing dispatches",
        "modal",
        entered(TYPED | {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}),
    ),
    ("rich input", "modal", entered({"type": "rich_text_input", "initial_value": in_section(text())})),
    ("alert", "modal", modal({"type": "alert", "text": mrkdwn(), "level": "warning"})),
    ("quote", "message", message(rich({"type": "rich_text_quote", "elements": [text()], "border": 0}))),
    ("preformatted", "message", message(rich({"type": "rich_text_preformatted", "elements": [text()]}))),
    ("list", "message", message(rich(LIST))),
    (
        "every part",
        "message",
        message(
            in_section(
                text(style={"bold": True, "italic": False}),
                {"type": "link", "url": "https://a.b", "text": "c"},
                {"type": "emoji", "name": "tada"},
                {"type": "user", "user_id": "U1"},
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "channel", "channel_id": "C1"},
                {"type": "broadcast", "range": "here"},
                {"type": "color", "value": "#ffffff"},
                {"type": "date", "timestamp": 1795000000, "format": "{date}", "fallback": "f"},
            )
        ),
    ),
    (
        "rich cells",
        "message",
        message({"type": "table", "rows": [[in_section(text()), {"type": "raw_number", "value": 1.5}]]}),
    ),
    ("data table", "message", message(data_table(row_header_column_index=0))),
    ("chart", "message", message(bars(3, 5, 5), pie())),
    ("card", "home", home(card(actions=[button()], hero_image=picture()))),
    ("container", "message", message(container(is_collapsible=True, default_collapsed=True, width="wide"))),
    ("closing", "modal", modal(section(), clear_on_close=True, notify_on_close=True, callback_id="", external_id="")),
]


@pytest.mark.parametrize(("kind", "payload"), [one[1:] for one in WELL], ids=[one[0] for one in WELL])
def test_what_slack_takes_is_taken_and_left_unchanged(kind: Surface, payload: Json) -> None:
    before = copy.deepcopy(payload)

    assert problems(kind, payload) == []
    assert payload == before


BAD: list[tuple[str, Surface, Any, str]] = [
    ("nothing at all", "message", {"text": ""}, ""),
    ("not an object", "modal", [], ""),
    ("blocks that are no array", "message", {"blocks": {}}, "/blocks"),
    ("a block that is null", "message", message(None), "/blocks/0"),  # pyright: ignore[reportArgumentType]
    ("an unknown block", "message", message({"type": "sparkline"}), "/blocks/0/type"),
    ("a block without a type", "message", message({}), "/blocks/0/type"),
    ("an unknown field", "message", message(section(colour="red")), "/blocks/0"),
    ("an empty section", "message", message({"type": "section"}), "/blocks/0"),
    ("an empty text", "message", message(section(text=mrkdwn(0))), "/blocks/0/text/text"),
    ("an empty field", "message", message(section(fields=[mrkdwn(0)])), "/blocks/0/fields/0/text"),
    ("no fields", "message", message(section(fields=[])), "/blocks/0/fields"),
    ("a string for a text", "message", message(section(text="x")), "/blocks/0/text"),
    ("a text of another type", "message", message(section(text={"type": "markdown", "text": "x"})), "/blocks/0/text/type"),
    ("a header in mrkdwn", "message", message({"type": "header", "text": mrkdwn()}), "/blocks/0/text/type"),
    ("emoji for mrkdwn", "message", message(section(text=mrkdwn() | {"emoji": True})), "/blocks/0/text"),
    ("an empty header", "message", message({"type": "header", "text": plain(0)}), "/blocks/0/text/text"),
    ("empty context", "message", message({"type": "context", "elements": []}), "/blocks/0/elements"),
    ("a button in context", "message", message({"type": "context", "elements": [button()]}), "/blocks/0/elements/0/type"),
    ("empty actions", "message", message(actions()), "/blocks/0/elements"),
    ("an unknown element", "message", message(actions({"type": "slider"})), "/blocks/0/elements/0/type"),
    ("a multi select among actions", "message", message(actions({"type": "multi_users_select"})), "/blocks/0/elements/0/type"),
    ("an input among actions", "message", message(actions(TYPED)), "/blocks/0/elements/0/type"),
    ("an input beside a section", "message", accessory(TYPED), "/blocks/0/accessory/type"),
    ("a button in an input", "modal", entered(button()), "/blocks/0/element/type"),
    ("an input in a message", "message", message(field(TYPED)), "/blocks/0/type"),
    ("an alert in a message", "message", message({"type": "alert", "text": plain()}), "/blocks/0/type"),
    ("an alert on a Home", "home", home({"type": "alert", "text": plain()}), "/blocks/0/type"),
    ("a table in a modal", "modal", modal(table()), "/blocks/0/type"),
    ("a chart on a Home", "home", home(pie()), "/blocks/0/type"),
    ("markdown on a Home", "home", home({"type": "markdown", "text": "x"}), "/blocks/0/type"),
    ("a container in a modal", "modal", modal(container()), "/blocks/0/type"),
    ("files on a Home", "home", home(field({"type": "file_input"})), "/blocks/0/element"),
    ("a block id twice", "message", message(section(block_id="a"), section(block_id="a")), "/blocks/1/block_id"),
    (
        "an action id twice",
        "message",
        message(actions(button(action_id="a"), button(action_id="a"))),
        "/blocks/0/elements/1/action_id",
    ),
    ("a picture without alt", "message", message({"type": "image", "image_url": "https://a.b"}), "/blocks/0"),
    ("a picture with an empty alt", "message", message(picture(alt_text="")), "/blocks/0/alt_text"),
    ("a picture of nothing", "message", message({"type": "image", "alt_text": "a"}), "/blocks/0"),
    ("a picture twice", "message", message(picture(slack_file={"id": "F1"})), "/blocks/0"),
    ("a picture of no address", "message", message(picture(image_url="cup.png")), "/blocks/0/image_url"),
    ("a file of nothing", "message", message({"type": "image", "alt_text": "a", "slack_file": {}}), "/blocks/0/slack_file"),
    ("a button in mrkdwn", "message", message(actions(button(text=mrkdwn()))), "/blocks/0/elements/0/text/type"),
    ("an unknown style", "message", message(actions(button(style="default"))), "/blocks/0/elements/0/style"),
    ("half a dialog", "message", message(actions(button(confirm={"title": plain()}))), "/blocks/0/elements/0/confirm"),
    ("no options", "modal", entered(select(options=[])), "/blocks/0/element/options"),
    ("neither options nor groups", "modal", entered({"type": "static_select"}), "/blocks/0/element"),
    ("options and groups", "modal", entered(select(option_groups=[])), "/blocks/0/element"),
    ("mrkdwn in an option", "modal", entered(select(options=[option() | {"text": mrkdwn()}])), "/blocks/0/element/options/0/text/type"),
    ("an option without value", "modal", entered(select(options=[{"text": plain()}])), "/blocks/0/element/options/0"),
    ("a link in a select", "modal", entered(select(options=[option(url="https://a.b")])), "/blocks/0/element/options/0"),
    ("a stranger first", "modal", entered(select(initial_option=option(7))), "/blocks/0/element/initial_option"),
    (
        "a stranger among the first",
        "modal",
        entered({"type": "checkboxes", "options": options(2), "initial_options": [option(7)]}),
        "/blocks/0/element/initial_options/0",
    ),
    ("empty first options", "modal", entered({"type": "checkboxes", "options": options(2), "initial_options": []}), "/blocks/0/element/initial_options"),
    ("no selected items", "modal", entered({"type": "multi_users_select", "max_selected_items": 0}), "/blocks/0/element/max_selected_items"),
    ("an empty filter", "modal", entered({"type": "conversations_select", "filter": {}}), "/blocks/0/element/filter"),
    ("a date that is none", "modal", entered({"type": "datepicker", "initial_date": "2027-02-29"}), "/blocks/0/element/initial_date"),
    ("a date in short", "modal", entered({"type": "datepicker", "initial_date": "20270228"}), "/blocks/0/element/initial_date"),
    ("a time that is none", "modal", entered({"type": "timepicker", "initial_time": "24:00"}), "/blocks/0/element/initial_time"),
    ("a moment in milliseconds", "modal", entered({"type": "datetimepicker", "initial_date_time": 1795000000000}), "/blocks/0/element/initial_date_time"),
    ("a number as number", "modal", entered({"type": "number_input", "is_decimal_allowed": True, "min_value": "a"}), "/blocks/0/element/min_value"),
    ("a number of no kind", "modal", entered({"type": "number_input"}), "/blocks/0/element"),
    ("lengths crossed", "modal", entered(TYPED | {"min_length": 5, "max_length": 4}), "/blocks/0/element/min_length"),
    ("a max length of 0", "modal", entered(TYPED | {"max_length": 0}), "/blocks/0/element/max_length"),
    ("dispatching never", "modal", entered(TYPED | {"dispatch_action_config": {"trigger_actions_on": []}}), "/blocks/0/element/dispatch_action_config/trigger_actions_on"),
    ("an input without label", "modal", modal({"type": "input", "element": TYPED}), "/blocks/0"),
    ("a label in mrkdwn", "modal", modal(field(TYPED, label=mrkdwn())), "/blocks/0/label/type"),
    ("dispatching files", "modal", modal(field({"type": "file_input"}, dispatch_action=True)), "/blocks/0/dispatch_action"),
    ("inputs without submit", "modal", {"type": "modal", "title": plain(), "blocks": [field(TYPED)]}, ""),
    ("a modal without title", "modal", {"type": "modal", "blocks": [section()]}, ""),
    ("a modal without blocks", "modal", {"type": "modal", "title": plain()}, ""),
    ("a title in mrkdwn", "modal", modal(section(), title=mrkdwn()), "/title/type"),
    ("an empty title", "modal", modal(section(), title=plain(0)), "/title/text"),
    ("a Home with submit", "home", home(section(), submit=plain()), ""),
    ("a modal for a Home", "home", {"type": "modal", "blocks": []}, "/type"),
    ("two in focus", "modal", modal(*(field(TYPED | {"focus_on_load": True}) for _ in range(2))), "/blocks"),
    ("rich text of nothing", "message", message(rich()), "/blocks/0/elements"),
    ("text straight in rich text", "message", message(rich(text())), "/blocks/0/elements/0/type"),
    ("an empty part", "message", message(in_section(text(""))), "/blocks/0/elements/0/elements/0/text"),
    ("an unknown part", "message", message(in_section({"type": "image"})), "/blocks/0/elements/0/elements/0"),
    ("an unknown style of text", "message", message(in_section(text(style={"big": True}))), "/blocks/0/elements/0/elements/0/style"),
    ("a user in preformatted", "message", message(rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U"}]})), "/blocks/0/elements/0/elements/0"),
    ("a section in a quote", "message", message(rich({"type": "rich_text_quote", "elements": [LIST]})), "/blocks/0/elements/0/elements/0"),
    ("a list of texts", "message", message(rich(LIST | {"elements": [text()]})), "/blocks/0/elements/0/elements/0/type"),
    ("a list of no style", "message", message(rich(LIST | {"style": "dash"})), "/blocks/0/elements/0/style"),
    ("an empty table", "message", message(table(rows=0)), "/blocks/0/rows"),
    ("an empty row", "message", message(table(columns=0)), "/blocks/0/rows/0"),
    ("an empty cell", "message", message(table(text="")), "/blocks/0/rows/0/0/text"),
    ("a cell of plain text", "message", message({"type": "table", "rows": [[plain()]]}), "/blocks/0/rows/0/0"),
    ("a header alone", "message", message(data_table(rows=1)), "/blocks/0/rows"),
    ("no caption", "message", message({"type": "data_table", "rows": data_table()["rows"]}), "/blocks/0"),
    ("a ragged table", "message", message(data_table() | {"rows": [[{"type": "raw_text", "text": "x"}] * n for n in (1, 2)]}), "/blocks/0/rows"),
    ("a chart of no kind", "message", message(chart({"type": "radar"})), "/blocks/0/chart/type"),
    ("a segment of 0", "message", message(chart({"type": "pie", "segments": [{"label": "a", "value": 0}]})), "/blocks/0/chart/segments/0/value"),
    ("a point off the axis", "message", message(bars(categories=0)), "/blocks/0/chart/axis_config/categories"),
    ("a card of a subtitle", "message", message({"type": "card", "subtitle": plain()}), "/blocks/0"),
    ("a carousel of sections", "message", message({"type": "carousel", "elements": [section()]}), "/blocks/0/elements/0/type"),
    ("collapsed for ever", "message", message(container(default_collapsed=True)), "/blocks/0/default_collapsed"),
    ("a link of no scheme", "message", message(actions(button(url="here"))), "/blocks/0/elements/0/url"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload", "pointer"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_what_slack_refuses_is_pointed_at(kind: Surface, payload: Any, pointer: str) -> None:  # noqa: ANN401  # any JSON
    assert pointer in [one.pointer for one in problems(kind, payload)]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "blocks", "elements", "element", "options", "rows"]), inside)
    ),
    max_leaves=12,
)


def spoiled(payload: Any, junk: Any, steps: list[int]) -> Any:  # noqa: ANN401  # any JSON
    """The payload with something else at the place these steps lead to."""
    if not steps or not isinstance(payload, dict | list) or not payload:
        return junk
    if isinstance(payload, list):
        at = steps[0] % len(payload)
        return [*payload[:at], spoiled(payload[at], junk, steps[1:]), *payload[at + 1 :]]
    name = sorted(payload)[steps[0] % len(payload)]
    return {**payload, name: spoiled(payload[name], junk, steps[1:])}


@given(st.sampled_from(WELL), JUNK, st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_no_payload_whatever_breaks_the_validator(well: tuple[str, Surface, Json], junk: Any, steps: list[int]) -> None:  # noqa: ANN401  # any JSON
    _, kind, payload = well

    for one in problems(kind, spoiled(payload, junk, steps)):
        assert one.text
        assert one.pointer == "" or one.pointer.startswith("/")
