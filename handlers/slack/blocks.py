"""Blocks and elements as plain dicts, each cut to what Slack takes. Nothing here knows what a post is.

Text comes from markup.py and what came back is read by reading.py; both are passed on here, so that a face needs one
import. Limits: https://docs.slack.dev/reference/block-kit/blocks and /block-elements, read 2026-11-21.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.slack.markup import (
    TEXT_LIMIT,
    bare,
    clean,
    cut,
    cut_markup,
    escape,
    inert,
    length,
    lines,
    link,
    moment,
    one_line,
    quoted,
    web_address,
    zone_letters,
)
from handlers.slack.reading import all_chosen, chosen, mapping, sequence, states, too_long, typed, word

__all__ = [
    "BLOCKS_IN_MESSAGE",
    "BLOCKS_IN_VIEW",
    "MOST_IN_CONTEXT",
    "MOST_IN_OVERFLOW",
    "MOST_OPTIONS",
    "TEXT_LIMIT",
    "Dialog",
    "Json",
    "Message",
    "actions",
    "all_chosen",
    "bare",
    "button",
    "choice",
    "chosen",
    "clean",
    "code",
    "context",
    "cut",
    "cut_markup",
    "dialog",
    "divider",
    "escape",
    "field",
    "fitted",
    "header",
    "home_view",
    "inert",
    "length",
    "lines",
    "link",
    "mapping",
    "marked",
    "message",
    "modal",
    "moment",
    "one_line",
    "option",
    "overflow",
    "plain",
    "quote",
    "quoted",
    "section",
    "sequence",
    "slack_image",
    "states",
    "text_input",
    "too_long",
    "typed",
    "web_address",
    "word",
    "zone_letters",
]

Json = dict[str, object]

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
MOST_OPTIONS = 100
MOST_IN_OVERFLOW = 5
MOST_IN_CONTEXT = 10
_FALLBACK_LIMIT = 3900
_LABEL = 75
_WORDLESS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is sent: `text` says the same as the blocks, for notifications and screen readers."""

    text: str
    blocks: list[Json]
    simpler: list[Json] | None = None
    """The same in blocks that every Slack takes, for where it does not take these."""


# --- Text objects -------------------------------------------------------------------------------------------------


def plain(text: str, limit: int) -> Json:
    """Text that is shown as it is."""
    return {"type": "plain_text", "text": cut(clean(text), limit).strip() or _WORDLESS, "emoji": False}


def marked(text: str, limit: int = TEXT_LIMIT) -> Json:
    """Our own markup; plain addresses and names in it stay plain."""
    return {"type": "mrkdwn", "text": cut_markup(text, limit).strip() or _WORDLESS, "verbatim": True}


# --- Blocks -------------------------------------------------------------------------------------------------------


def section(text: str, accessory: Json | None = None, *, block_id: str | None = None) -> Json:
    """A paragraph of our own markup."""
    block: Json = {"type": "section", "text": marked(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return _named(block, block_id)


def header(text: str) -> Json:
    """A heading."""
    return {"type": "header", "text": plain(text, 150)}


def context(*texts: str, block_id: str | None = None) -> Json:
    """Small print; one element each, at most ten."""
    return _named({"type": "context", "elements": [marked(text) for text in texts[:MOST_IN_CONTEXT]]}, block_id)


def divider() -> Json:
    """A line."""
    return {"type": "divider"}


def actions(*elements: Json, block_id: str | None = None) -> Json:
    """A row of buttons."""
    return _named({"type": "actions", "elements": list(elements)}, block_id)


def quote(text: str, limit: int = 200, *, struck: bool = False) -> Json:
    """People's text as they typed it: nothing in it pings, links or formats."""
    shown: Json = {"type": "text", "text": cut(clean(text).strip(), limit) or _WORDLESS}
    if struck:
        shown["style"] = {"strike": True}
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [shown]}]}


def code(all_lines: Sequence[str]) -> Json:
    """Lines in code font, all inert."""
    shown = cut("\n".join(clean(line).replace("\n", " ") for line in all_lines), TEXT_LIMIT) or _WORDLESS
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": shown}]}],
    }


def slack_image(file_id: str, alt_text: str) -> Json:
    """A file that is in Slack already."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": cut(clean(alt_text), 2000).strip() or "Image"}


def field(  # noqa: PLR0913  # what an input has, by name
    block_id: str,
    label: str,
    element: Json,
    *,
    hint: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
) -> Json:
    """An input with its label."""
    block: Json = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if optional:
        block["optional"] = True
    if dispatch:
        block["dispatch_action"] = True
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def _named(block: Json, block_id: str | None) -> Json:
    return block if block_id is None else {**block, "block_id": block_id}


# --- Elements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """What is asked before something is done: title, the loss in words, yes and the safe no."""

    title: str
    text: str
    yes: str
    no: str
    danger: bool = True


def dialog(asked: Dialog) -> Json:
    """A confirm dialog."""
    shown: Json = {
        "title": plain(asked.title, 100),
        "text": plain(bare(asked.text), 300),
        "confirm": plain(asked.yes, 30),
        "deny": plain(asked.no, 30),
    }
    return {**shown, "style": "danger"} if asked.danger else shown


def button(  # noqa: PLR0913  # what a button has, by name
    label: str,
    action_id: str,
    value: str = "",
    *,
    style: str | None = None,
    url: str | None = None,
    ask: Dialog | None = None,
    spoken: str | None = None,
) -> Json:
    """A button; `spoken` is what a screen reader says where labels repeat."""
    made: Json = {"type": "button", "text": plain(label, _LABEL), "action_id": action_id}
    if value:
        made["value"] = value
    if style is not None:
        made["style"] = style
    if url is not None:
        made["url"] = url
    if ask is not None:
        made["confirm"] = dialog(ask)
    if spoken is not None:
        made["accessibility_label"] = cut(bare(clean(spoken)), _LABEL)
    return made


def option(label: str, value: str, description: str | None = None) -> Json:
    """A choice."""
    made: Json = {"text": plain(one_line(label, _LABEL), _LABEL), "value": value}
    if description:
        made["description"] = plain(one_line(description, _LABEL), _LABEL)
    return made


def overflow(action_id: str, choices: Sequence[tuple[str, str]]) -> Json | None:
    """The `⋯` menu of (label, value), five at most; None for an empty one."""
    options = [option(label, value) for label, value in choices[:MOST_IN_OVERFLOW]]
    return {"type": "overflow", "action_id": action_id, "options": options} if options else None


def text_input(  # noqa: PLR0913  # what a box has, by name
    action_id: str,
    value: str = "",
    *,
    limit: int = TEXT_LIMIT,
    multiline: bool = False,
    placeholder: str | None = None,
    live: bool = False,
) -> Json:
    """A box for typing; with `live`, each letter is told."""
    made: Json = {"type": "plain_text_input", "action_id": action_id, "max_length": limit, "multiline": multiline}
    if value:
        made["initial_value"] = cut(value, limit)
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    if live:
        made["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return made


def choice(kind: str, action_id: str, options: Sequence[Json], chosen: str | None = None) -> Json:
    """Radio buttons or a static select, with the chosen value."""
    made: Json = {"type": kind, "action_id": action_id, "options": list(options)}
    for one in options:
        if one["value"] == chosen:
            made["initial_option"] = one
    return made


# --- Views and messages -------------------------------------------------------------------------------------------


def modal(  # noqa: PLR0913  # what a modal has, by name
    callback_id: str,
    title: str,
    blocks: Sequence[Json],
    *,
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
    notify_on_close: bool = False,
) -> Json:
    """A modal view; blocks beyond Slack's limit give way to a line that says so."""
    view: Json = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": fitted(blocks, BLOCKS_IN_VIEW),
        "private_metadata": metadata,
    }
    if submit is not None:
        view["submit"] = plain(submit, 24)
    if notify_on_close:
        view["notify_on_close"] = True
    return view


def home_view(blocks: Sequence[Json]) -> Json:
    """The App Home."""
    return {"type": "home", "blocks": fitted(blocks, BLOCKS_IN_VIEW)}


def message(text: str, blocks: Iterable[Json], *, simpler: Iterable[Json] | None = None) -> Message:
    """A message with its fallback, and maybe a simpler form of its blocks."""
    return Message(
        text=cut_markup(text, _FALLBACK_LIMIT).strip() or _WORDLESS,
        blocks=fitted(list(blocks), BLOCKS_IN_MESSAGE),
        simpler=None if simpler is None else fitted(list(simpler), BLOCKS_IN_MESSAGE),
    )


def fitted(blocks: Sequence[Json], limit: int) -> list[Json]:
    """The blocks, or as many as fit and a line that says how many are left out."""
    if len(blocks) <= limit:
        return list(blocks)
    return [*blocks[: limit - 1], context(f"and {len(blocks) - limit + 1} more")]
