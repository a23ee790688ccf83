"""Interactive elements: buttons, menus, boxes, pickers and inputs, and where each may stand.

Limits as of docs.slack.dev/reference/block-kit/block-elements, read 2026-11-21.
"""

import re
from collections.abc import Callable
from datetime import date

from sandbox.slack.blocks_look import Place, flag, string
from sandbox.slack.blocks_rich import rich_text
from sandbox.slack.blocks_text import confirm, groups, identifier, link, option, options, plain, url

MOST_OPTIONS = 100
MOST_BOXES = 10
MOST_OVERFLOW = 5
MOST_INPUT = 3000
MOST_PLACEHOLDER = 150
MOST_LINES = 100
MOST_FILES = 10
MOST_ALT = 2000
FAR = 9_999_999_999
COMMON = ("type", "action_id", "confirm", "focus_on_load", "placeholder")

SELECTS = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI = tuple(f"multi_{one}" for one in SELECTS)
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")
CHOSEN = ("checkboxes", "radio_buttons", "datepicker", "timepicker")
ACCESSORIES = frozenset({"button", "overflow", "image", *CHOSEN, *SELECTS, *MULTI})
ACTIONS = frozenset({"button", "overflow", "datetimepicker", *CHOSEN, *SELECTS})
INPUTS = frozenset({"datetimepicker", "file_input", *TYPED, *CHOSEN, *SELECTS, *MULTI})

INITIAL_NAMES = {"users": "user", "conversations": "conversation", "channels": "channel"}


def element(place: Place, allowed: frozenset[str]) -> None:
    """An element that must be one of the allowed kinds."""
    if not isinstance(place.value, dict):
        place.say("must be an object")
    elif place.type not in KINDS:
        place.at("type").say(f"unsupported type: {place.type}")
    elif place.type not in allowed:
        place.at("type").say(f"a {place.type} cannot stand here")
    else:
        KINDS[place.type](place)
        place.each(
            {
                "action_id": identifier,
                "confirm": confirm,
                "focus_on_load": flag,
                "placeholder": lambda at: plain(at, MOST_PLACEHOLDER),
            }
        )


def image(place: Place) -> None:
    """A picture beside a text, or a block's: an address or an uploaded file, and what it shows."""
    if place.keys(("type", "alt_text"), ("image_url", "slack_file")):
        picture(place)


def picture(place: Place) -> None:
    """What an image element and an image block have in common."""
    if place.has("image_url") == place.has("slack_file"):
        place.say("needs either image_url or slack_file")
    place.each({"image_url": url, "alt_text": string(MOST_ALT), "slack_file": _slack_file})


def _slack_file(place: Place) -> None:
    if place.keys((), ("id", "url")) and place.has("id") == place.has("url"):
        place.say("needs either id or url")


def button(place: Place) -> None:
    """A button."""
    place.keys(("type", "text"), ("action_id", "url", "value", "style", "confirm", "accessibility_label"))
    place.each(
        {
            "text": lambda at: plain(at, 75),
            "url": link,
            "value": string(2000, 0),
            "style": lambda at: at.choice(("primary", "danger")),
            "accessibility_label": string(75),
        }
    )


def _overflow(place: Place) -> None:
    place.keys(("type", "options"), ("action_id", "confirm"))
    if place.has("options"):
        options(place, 1, MOST_OVERFLOW, links=True)


def _static_select(place: Place) -> None:
    _select_keys(place, ("options", "option_groups"))
    if place.has("options") == place.has("option_groups"):
        place.say("needs either options or option_groups")
        return
    known = options(place, 1, MOST_OPTIONS) if place.has("options") else groups(place, MOST_OPTIONS)
    _initial(place, known)


def _select_keys(place: Place, more: tuple[str, ...], initial: str = "option") -> None:
    many = place.type.startswith("multi_")
    names = (f"initial_{initial}s", "max_selected_items") if many else (f"initial_{initial}",)
    place.keys(("type",), (*COMMON[1:], *names, *more))
    if place.has("max_selected_items"):
        place.at("max_selected_items").whole(1, MOST_OPTIONS)


def _initial(place: Place, known: list[Place] | None, *, rich: bool = False) -> None:
    """What is chosen at first must be among what is offered; None: the app offers it later."""
    chosen: list[Place] = []
    if place.has("initial_option"):
        chosen = [place.at("initial_option")]
    elif place.has("initial_options"):
        chosen = place.items("initial_options", 1, MOST_OPTIONS)
    for one in chosen:
        if known is None:
            option(one, rich=rich)
        elif one.value not in [offered.value for offered in known]:
            one.say("is not among the options")


def _external_select(place: Place) -> None:
    _select_keys(place, ("min_query_length",))
    if place.has("min_query_length"):
        place.at("min_query_length").whole(0, MOST_INPUT)
    _initial(place, None)


def _entity_select(place: Place) -> None:
    kind = place.type.removeprefix("multi_").removesuffix("_select")
    more: tuple[str, ...] = ()
    if kind == "conversations":
        more = ("default_to_current_conversation", "filter")
    if kind != "users" and not place.type.startswith("multi_"):
        more = (*more, "response_url_enabled")
    _select_keys(place, more, INITIAL_NAMES[kind])
    if place.has("response_url_enabled") and place.surface != "modal":
        place.at("response_url_enabled").say("is for modals only")
    if place.has("filter"):
        _filter(place.at("filter"))


def _filter(place: Place) -> None:
    place.keys((), ("include", "exclude_external_shared_channels", "exclude_bot_users"))
    if not place.json:
        place.say("needs at least one field")
    if place.has("include"):
        for one in place.items("include", 1, 4):
            one.choice(("im", "mpim", "private", "public"))


def _boxes(place: Place) -> None:
    initial = "initial_options" if place.type == "checkboxes" else "initial_option"
    place.keys(("type", "options"), ("action_id", "confirm", "focus_on_load", initial))
    if place.has("options"):
        _initial(place, options(place, 1, MOST_BOXES, rich=True), rich=True)


def _datepicker(place: Place) -> None:
    place.keys(("type",), (*COMMON[1:], "initial_date"))
    if place.has("initial_date"):
        try:
            exact = date.fromisoformat(str(place.json["initial_date"])).isoformat() == place.json["initial_date"]
        except ValueError:
            exact = False
        if not exact:
            place.at("initial_date").say("must be a date as YYYY-MM-DD")


def _timepicker(place: Place) -> None:
    place.keys(("type",), (*COMMON[1:], "initial_time", "timezone"))
    if place.has("initial_time") and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(place.json["initial_time"])):
        place.at("initial_time").say("must be a time as HH:mm")
    if place.has("timezone"):
        place.at("timezone").string(100)


def _datetimepicker(place: Place) -> None:
    place.keys(("type",), ("action_id", "confirm", "focus_on_load", "initial_date_time"))
    if place.has("initial_date_time"):
        place.at("initial_date_time").whole(10**9, FAR)


def _dispatch(place: Place) -> None:
    if place.keys(("trigger_actions_on",)):
        for one in place.items("trigger_actions_on", 1, 2):
            one.choice(("on_enter_pressed", "on_character_entered"))


def _plain_text_input(place: Place) -> None:
    more = ("initial_value", "multiline", "min_length", "max_length", "dispatch_action_config")
    place.keys(("type",), ("action_id", "focus_on_load", "placeholder", *more))
    place.each(
        {
            "initial_value": string(MOST_INPUT, 0),
            "multiline": flag,
            "min_length": lambda at: at.whole(0, MOST_INPUT),
            "max_length": lambda at: at.whole(1, MOST_INPUT),
            "dispatch_action_config": _dispatch,
        }
    )
    least, most = place.json.get("min_length"), place.json.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        place.at("min_length").say("must not be more than max_length")


def _line_input(place: Place) -> None:
    place.keys(("type",), ("action_id", "focus_on_load", "placeholder", "initial_value", "dispatch_action_config"))
    place.each({"initial_value": string(MOST_INPUT, 0), "dispatch_action_config": _dispatch})


def _number_input(place: Place) -> None:
    more = ("initial_value", "min_value", "max_value", "dispatch_action_config", "action_id", "focus_on_load")
    place.keys(("type", "is_decimal_allowed"), (*more, "placeholder"))
    for name in ("initial_value", "min_value", "max_value"):
        if place.has(name) and not re.fullmatch(r"-?\d+(\.\d+)?", str(place.json[name])):
            place.at(name).say("must be a number in a string")
    place.each({"is_decimal_allowed": flag, "dispatch_action_config": _dispatch})


def _rich_text_input(place: Place) -> None:
    more = ("initial_value", "dispatch_action_config", "min_lines", "max_lines")
    place.keys(("type",), ("action_id", "focus_on_load", "placeholder", *more))
    place.each(
        {
            "initial_value": rich_text,
            "dispatch_action_config": _dispatch,
            "min_lines": lambda at: at.whole(1, MOST_LINES),
            "max_lines": lambda at: at.whole(1, MOST_LINES),
        }
    )


def _file_input(place: Place) -> None:
    place.keys(("type",), ("action_id", "filetypes", "max_files"))
    if place.surface != "modal":
        place.say("is for modals only")
    if place.has("max_files"):
        place.at("max_files").whole(1, MOST_FILES)
    if place.has("filetypes"):
        for one in place.items("filetypes", 1, MOST_OPTIONS):
            one.string(50)


KINDS: dict[str, Callable[[Place], None]] = {
    "button": button,
    "image": image,
    "overflow": _overflow,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    **{f"{many}{one}_select": _entity_select for many in ("", "multi_") for one in INITIAL_NAMES},
    "checkboxes": _boxes,
    "radio_buttons": _boxes,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
    "email_text_input": _line_input,
    "url_text_input": _line_input,
    "number_input": _number_input,
    "rich_text_input": _rich_text_input,
    "file_input": _file_input,
}
