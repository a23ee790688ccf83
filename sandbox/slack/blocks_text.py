"""Texts, options and confirmation dialogs: what blocks and elements are made of.

Limits as of docs.slack.dev/reference/block-kit/composition-objects, read 2026-11-21.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from sandbox.slack.blocks_look import Place, flag

MOST_TEXT = 3000
MOST_ID = 255
MOST_URL = 3000
MOST_OPTION_TEXT = 75
MOST_OPTION_VALUE = 150
MOST_GROUP_LABEL = 75
BOTH = ("plain_text", "mrkdwn")


def text(place: Place, most: int = MOST_TEXT, kinds: Collection[str] = BOTH) -> None:
    """A text object of one of these kinds."""
    if not place.keys(("type", "text"), ("emoji", "verbatim")):
        return
    if place.type not in kinds:
        place.at("type").say(f"must be {' or '.join(kinds)}")
    if place.has("text"):
        place.at("text").string(most)
    place.each({"emoji": flag, "verbatim": flag})
    if place.has("emoji") and place.type == "mrkdwn":
        place.say("invalid additional property: emoji")
    if place.has("verbatim") and place.type == "plain_text":
        place.say("invalid additional property: verbatim")


def plain(place: Place, most: int) -> None:
    """A plain text object."""
    text(place, most, ("plain_text",))


def url(place: Place) -> None:
    """An address of the web."""
    place.string(MOST_URL)
    if isinstance(place.value, str):
        try:
            parts = urlsplit(place.value)
        except ValueError:
            place.say("must be a valid URL")
            return
        if parts.scheme not in {"http", "https"} or not parts.netloc or " " in place.value:
            place.say("must be a valid URL")


def link(place: Place) -> None:
    """An address a button or an option opens; other schemes (slack:, mailto:) are fine."""
    place.string(MOST_URL)
    if isinstance(place.value, str) and ":" not in place.value:
        place.say("must be a valid URL")


def identifier(place: Place) -> None:
    """A block id, action id or callback id."""
    place.string(MOST_ID)


def confirm(place: Place) -> None:
    """A confirmation dialog."""
    if not place.keys(("title", "text", "confirm", "deny"), ("style",)):
        return
    place.each(
        {
            "title": lambda at: plain(at, 100),
            "text": lambda at: text(at, 300),
            "confirm": lambda at: plain(at, 30),
            "deny": lambda at: plain(at, 30),
            "style": lambda at: at.choice(("primary", "danger")),
        }
    )


def option(place: Place, *, rich: bool = False, links: bool = False) -> None:
    """An option; `rich`: mrkdwn is allowed (checkboxes, radio buttons), `links`: it may open a page (overflow)."""
    if not place.keys(("text", "value"), ("description", "url") if links else ("description",)):
        return
    kinds = BOTH if rich else ("plain_text",)
    place.each(
        {
            "text": lambda at: text(at, MOST_OPTION_TEXT, kinds),
            "value": lambda at: at.string(MOST_OPTION_VALUE),
            "description": lambda at: text(at, MOST_OPTION_TEXT, kinds),
            "url": link,
        }
    )


def options(place: Place, least: int, most: int, *, rich: bool = False, links: bool = False) -> list[Place]:
    """The `options` of an element."""
    many = place.items("options", least, most)
    for one in many:
        option(one, rich=rich, links=links)
    return many


def groups(place: Place, most: int) -> list[Place]:
    """The `option_groups` of a select; answers all their options."""
    every: list[Place] = []
    for group in place.items("option_groups", 1, most):
        if group.keys(("label", "options")):
            plain(group.at("label"), MOST_GROUP_LABEL)
            every += options(group, 1, most)
    return every
