"""Block Kit for the tests of the page."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


def field(name: str, element: Json, **more: Any) -> Json:  # noqa: ANN401  # any JSON
    """An input block whose block and action are called `name`."""
    return {"type": "input", "block_id": name, "label": plain(name), "element": {**element, "action_id": name}, **more}


def modal(*blocks: Json, **more: Any) -> Json:  # noqa: ANN401  # any JSON
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("New post"),
        "submit": plain("Schedule"),
        "blocks": list(blocks),
        **more,
    }


TEXT = {"type": "plain_text_input", "multiline": True, "max_length": 3000}
FRUIT = [option("Apple", "a"), option("Pear", "p"), option("Plum", "q")]
EVERY_INPUT = (
    field("text", TEXT),
    field("one", {"type": "static_select", "options": FRUIT}),
    field("many", {"type": "multi_static_select", "options": FRUIT}),
    field("asked", {"type": "external_select", "min_query_length": 1}),
    field("person", {"type": "users_select"}),
    field("room", {"type": "conversations_select"}),
    field("rooms", {"type": "multi_channels_select"}),
    field("mail", {"type": "email_text_input"}),
    field("site", {"type": "url_text_input"}),
    field("count", {"type": "number_input", "is_decimal_allowed": False}),
    field("rich", {"type": "rich_text_input"}),
    field("day", {"type": "datepicker", "initial_date": "2026-11-27"}),
    field("hour", {"type": "timepicker", "timezone": "Europe/Berlin"}),
    field("moment", {"type": "datetimepicker"}),
    field("ticks", {"type": "checkboxes", "options": FRUIT}),
    field("choice", {"type": "radio_buttons", "options": FRUIT, "initial_option": FRUIT[0]}),
    field("files", {"type": "file_input", "max_files": 2}),
    field("left", TEXT, optional=True),
)
