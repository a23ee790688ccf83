"""Rich text: sections, lists, quotes and preformatted text, and what stands inside them.

Structure as of docs.slack.dev/reference/block-kit/blocks/rich-text-block, read 2026-11-21.
"""

from collections.abc import Callable

from sandbox.slack.blocks_look import Place, flag, string
from sandbox.slack.blocks_text import MOST_URL

MANY = 100_000
"""No number is documented."""
DEEPEST_INDENT = 8
STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("style",)),
    "link": (("url",), ("text", "style", "unsafe")),
    "emoji": (("name",), ("unicode", "skin_tone", "style")),
    "user": (("user_id",), ("style",)),
    "usergroup": (("usergroup_id",), ("style",)),
    "channel": (("channel_id",), ("style",)),
    "team": (("team_id",), ("style",)),
    "broadcast": (("range",), ("style",)),
    "color": (("value",), ("style",)),
    "date": (("timestamp", "format"), ("url", "fallback", "style")),
}
"""What each part needs and may have besides its type."""


def rich_text(place: Place) -> None:
    """A rich_text block or value."""
    if not place.keys(("type", "elements"), ("block_id",)):
        return
    if place.type != "rich_text":
        place.at("type").say("must be rich_text")
    for one in place.items("elements", 1, MANY) if place.has("elements") else []:
        check = CONTAINERS.get(one.type)
        if check is None:
            one.at("type").say(f"unsupported type: {one.type}")
        else:
            check(one)


def _section(place: Place) -> None:
    place.keys(("type", "elements"))
    _parts(place, tuple(PARTS))


def _quote(place: Place) -> None:
    place.keys(("type", "elements"), ("border",))
    _border(place)
    _parts(place, tuple(PARTS))


def _preformatted(place: Place) -> None:
    place.keys(("type", "elements"), ("border", "language"))
    _border(place)
    _parts(place, ("text", "link"))


def _list(place: Place) -> None:
    place.keys(("type", "elements", "style"), ("indent", "border", "offset"))
    _border(place)
    place.each(
        {
            "style": lambda at: at.choice(("bullet", "ordered")),
            "indent": lambda at: at.whole(0, DEEPEST_INDENT),
            "offset": lambda at: at.whole(0, MANY),
        }
    )
    for one in place.items("elements", 1, MANY) if place.has("elements") else []:
        if one.type != "rich_text_section":
            one.at("type").say("must be rich_text_section")
        else:
            _section(one)


def _border(place: Place) -> None:
    if place.has("border"):
        place.at("border").whole(0, 1)


def _parts(place: Place, allowed: tuple[str, ...]) -> None:
    for one in place.items("elements", 0, MANY) if place.has("elements") else []:
        if one.type not in allowed:
            one.say(f"unsupported type: {one.type}")
            continue
        needed, optional = PARTS[one.type]
        one.keys(("type", *needed), optional)
        one.each({"style": _style, "url": string(MOST_URL), "unsafe": flag})
        if one.has("text"):
            one.at("text").string(MANY)
        if one.type == "broadcast" and one.has("range"):
            one.at("range").choice(("here", "channel", "everyone"))
        if one.type == "date" and one.has("timestamp"):
            one.at("timestamp").whole(0, 9_999_999_999)
        for name in needed:
            if name not in {"text", "url", "range", "timestamp"} and one.has(name):
                one.at(name).string(MANY)


def _style(place: Place) -> None:
    if place.keys((), STYLES):
        for name in place.json:
            place.at(name).flag()


CONTAINERS: dict[str, Callable[[Place], None]] = {
    "rich_text_section": _section,
    "rich_text_quote": _quote,
    "rich_text_preformatted": _preformatted,
    "rich_text_list": _list,
}
