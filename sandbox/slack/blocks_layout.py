"""Blocks: what each holds, and on which surface it may stand.

Limits as of docs.slack.dev/reference/block-kit/blocks, read 2026-11-21.
"""

from collections.abc import Callable, Mapping

from sandbox.slack.blocks_data import data_table, data_visualization, table
from sandbox.slack.blocks_elements import ACCESSORIES, ACTIONS, INPUTS, element, image, picture
from sandbox.slack.blocks_look import Place, duplicates, flag
from sandbox.slack.blocks_rich import MANY, rich_text
from sandbox.slack.blocks_text import BOTH, identifier, link, plain, text, url

MOST_FIELDS = 10
MOST_FIELD = 2000
MOST_LABEL = 2000
MOST_CONTEXT = 10
MOST_ACTIONS = 25
MOST_HEADER = 150
MOST_ALERT = 200
EVERYWHERE = frozenset({"message", "modal", "home"})
MESSAGES = frozenset({"message"})


def block(place: Place, kinds: Mapping[str, object] | None = None) -> None:
    """A block that may stand on this surface."""
    if not isinstance(place.value, dict):
        place.say("must be an object")
        return
    known = KINDS.get(place.type)
    if known is None or (kinds is not None and place.type not in kinds):
        place.at("type").say(f"unsupported type: {place.type}")
        return
    surfaces, check = known
    if place.surface not in surfaces:
        place.at("type").say(f"a {place.type} block cannot stand in a {place.surface}")
        return
    check(place)


def _keys(place: Place, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    place.keys(("type", *needed), ("block_id", *optional))
    place.each({"block_id": identifier})


def _section(place: Place) -> None:
    _keys(place, (), ("text", "fields", "accessory", "expand"))
    if not place.has("text") and not place.has("fields"):
        place.say("needs text or fields")
    place.each({"text": text, "expand": flag, "accessory": lambda at: element(at, ACCESSORIES)})
    if place.has("fields"):
        for one in place.items("fields", 1, MOST_FIELDS):
            text(one, MOST_FIELD)


def _header(place: Place) -> None:
    _keys(place, ("text",))
    place.each({"text": lambda at: plain(at, MOST_HEADER)})


def _divider(place: Place) -> None:
    _keys(place, ())


def _image(place: Place) -> None:
    _keys(place, ("alt_text",), ("image_url", "slack_file", "title"))
    picture(place)
    place.each({"title": lambda at: plain(at, MOST_LABEL)})


def _context(place: Place) -> None:
    _keys(place, ("elements",))
    for one in place.items("elements", 1, MOST_CONTEXT) if place.has("elements") else []:
        if one.type == "image":
            image(one)
        elif one.type in BOTH:
            text(one)
        else:
            one.at("type").say(f"a {one.type or 'thing without a type'} cannot stand here")


def _actions(place: Place) -> None:
    _keys(place, ("elements",))
    many = place.items("elements", 1, MOST_ACTIONS) if place.has("elements") else []
    for one in many:
        element(one, ACTIONS)
    duplicates(many, "action_id")


def _input(place: Place) -> None:
    _keys(place, ("label", "element"), ("hint", "optional", "dispatch_action"))
    place.each(
        {
            "label": lambda at: plain(at, MOST_LABEL),
            "hint": lambda at: plain(at, MOST_LABEL),
            "optional": flag,
            "dispatch_action": flag,
            "element": lambda at: element(at, INPUTS),
        }
    )
    if place.json.get("dispatch_action") and place.at("element").type == "file_input":
        place.at("dispatch_action").say("cannot be used with a file_input")


def _markdown(place: Place) -> None:
    _keys(place, ("text",))
    place.each({"text": lambda at: at.string(MANY)})


def _alert(place: Place) -> None:
    _keys(place, ("text",), ("level",))
    levels = ("default", "info", "warning", "error", "success")
    place.each({"text": lambda at: text(at, MOST_ALERT), "level": lambda at: at.choice(levels)})


def _card(place: Place) -> None:
    _keys(place, (), ("hero_image", "icon", "title", "subtitle", "body", "actions"))
    if not any(place.has(name) for name in ("hero_image", "title", "actions", "body")):
        place.say("needs a hero_image, title, body or actions")
    place.each(
        {
            "title": lambda at: text(at, 150),
            "subtitle": lambda at: text(at, 150),
            "body": lambda at: text(at, 200),
            "hero_image": image,
            "icon": image,
        }
    )
    if place.has("actions"):
        many = place.items("actions", 1, MOST_ACTIONS)
        for one in many:
            element(one, frozenset({"button"}))
        duplicates(many, "action_id")


def _carousel(place: Place) -> None:
    _keys(place, ("elements",))
    for one in place.items("elements", 1, 10) if place.has("elements") else []:
        block(one, {"card": None})


def _container(place: Place) -> None:
    optional = ("title", "rich_text_title", "subtitle", "width", "icon", "is_collapsible", "default_collapsed")
    _keys(place, ("child_blocks",), (*optional, "has_header_divider"))
    if not place.has("title") and not place.has("rich_text_title"):
        place.say("needs a title or rich_text_title")
    if place.json.get("default_collapsed") and not place.json.get("is_collapsible"):
        place.at("default_collapsed").say("needs is_collapsible")
    place.each(
        {
            "title": lambda at: plain(at, 150),
            "rich_text_title": rich_text,
            "subtitle": lambda at: text(at, 150),
            "width": lambda at: at.choice(("narrow", "standard", "wide", "full")),
            "icon": image,
            "is_collapsible": flag,
            "default_collapsed": flag,
            "has_header_divider": flag,
        }
    )
    inside = {name: None for name in KINDS if name not in {"container", "carousel", "input"}}
    for one in place.items("child_blocks", 1, 10) if place.has("child_blocks") else []:
        block(one, inside)


def _video(place: Place) -> None:
    optional = ("title_url", "description", "provider_icon_url", "provider_name", "author_name")
    _keys(place, ("alt_text", "title", "thumbnail_url", "video_url"), optional)
    place.each(
        {
            "title": lambda at: plain(at, 199),
            "description": lambda at: plain(at, 200),
            "author_name": lambda at: at.string(49),
            "provider_name": lambda at: at.string(49),
            "thumbnail_url": url,
            "video_url": url,
            "title_url": link,
        }
    )


def _rich_text(place: Place) -> None:
    place.each({"block_id": identifier})
    rich_text(place)


KINDS: dict[str, tuple[frozenset[str], Callable[[Place], None]]] = {
    "section": (EVERYWHERE, _section),
    "header": (EVERYWHERE, _header),
    "divider": (EVERYWHERE, _divider),
    "image": (EVERYWHERE, _image),
    "context": (EVERYWHERE, _context),
    "actions": (EVERYWHERE, _actions),
    "rich_text": (EVERYWHERE, _rich_text),
    "card": (EVERYWHERE, _card),
    "video": (EVERYWHERE, _video),
    "input": (frozenset({"modal", "home"}), _input),
    "alert": (frozenset({"modal"}), _alert),
    "carousel": (frozenset({"message", "home"}), _carousel),
    "markdown": (MESSAGES, _markdown),
    "container": (MESSAGES, _container),
    "table": (MESSAGES, table),
    "data_table": (MESSAGES, data_table),
    "data_visualization": (MESSAGES, data_visualization),
}
"""Where each block may stand, and its check. Agents' blocks and those Slack alone makes are not taken."""
