"""Blocks, elements and texts as plain dicts, each cut to what Slack takes. Nothing here knows what a post is.

Lengths are counted in UTF-16 units of the text as sent (with `&amp;` for `&`): never less than what Slack counts,
however it counts. Limits: https://docs.slack.dev/reference/block-kit/blocks and /block-elements, read 2026-11-21.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

Json = dict[str, object]

TEXT_LIMIT = 3000
BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
MOST_OPTIONS = 100
MOST_IN_OVERFLOW = 5
MOST_IN_CONTEXT = 10
_FALLBACK_LIMIT = 3900
_LABEL = 75
_WORDLESS = "…"
_ONE_UNIT = 0xFFFF

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GAPS = re.compile(r"\s+")
_EMOJI_NAME = re.compile(r":(?=[\w+'-]+:)")
_EDGE_LINE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})  # noqa: RUF001  # that is what look-alikes are


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is sent: `text` says the same as the blocks, for notifications and screen readers."""

    text: str
    blocks: list[Json]


# --- Text ---------------------------------------------------------------------------------------------------------


def length(text: str) -> int:
    """How long Slack may think a text is."""
    return len(text) + sum(1 for letter in text if ord(letter) > _ONE_UNIT)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and `…`, in at most `limit` units; no emoji is left half."""
    if length(text) <= limit:
        return text
    room, end = limit - 1, 0
    for letter in text:
        room -= 2 if ord(letter) > _ONE_UNIT else 1
        if room < 0:
            break
        end += 1
    while end and _hangs(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def _hangs(last: str, following: str) -> bool:
    """Whether the place between the two is inside of what people see as one character."""
    joins = last == "\u200d" or following in "\u200d\ufe0e\ufe0f" or bool(unicodedata.combining(following))
    return joins or "\U0001f3fb" <= following <= "\U0001f3ff"


def clean(text: str) -> str:
    """Without control characters, which Slack drops or refuses; line breaks and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int) -> str:
    """People's text on one line, without what turns the rest of the line around."""
    return cut(_GAPS.sub(" ", _DIRECTIONS.sub("", clean(text))).strip(), limit)


def escape(text: str) -> str:
    """The three characters that mean something to Slack everywhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bare(markup: str) -> str:
    """The inverse, for our own inert words where plain text is wanted."""
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def inert(text: str, limit: int = 200) -> str:
    """People's text for the midst of our own markup: one line, pinging nobody, linking and formatting nothing.

    Marks that would format are replaced by their look-alikes; underscores only at the edge of a word.
    """
    plain = _EMOJI_NAME.sub("∶", one_line(text, limit).translate(_LOOKALIKES))  # noqa: RUF001  # the look-alike
    return escape(_EDGE_LINE.sub("＿", plain))  # noqa: RUF001  # the look-alike


def quoted(text: str, limit: int = 80) -> str:
    """“The beginning of people's text…”, inert; its own direction stays inside."""
    shown = inert(text, limit)
    if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in shown):
        shown = f"\u2068{shown}\u2069"
    return f"“{shown}”"


def link(url: str, label: str) -> str:
    """A link, or the label alone if the address is none that Slack could open."""
    if not web_address(url):
        return inert(label)
    return f"<{escape(url).replace('|', '%7C')}|{inert(label)}>"


def web_address(url: str | None) -> bool:
    """Whether Slack would take the address in a link or a button."""
    fits = url is not None and url.isprintable() and " " not in url and length(url) <= TEXT_LIMIT
    return fits and url is not None and re.match(r"https?://[^/\s]+", url) is not None


def moment(at: datetime, zone: str, shape: str = "{date_short_pretty} at {time}") -> str:
    """A date token: each reader sees it in the own zone; who cannot sees it in `zone`, named.

    `shape` is Slack's: https://docs.slack.dev/messaging/formatting-message-text#date-formatting, read 2026-11-21.
    """
    there = at.astimezone(ZoneInfo(zone))
    return f"<!date^{int(at.timestamp())}^{shape}|{there.day} {there:%b %Y %H:%M} {zone_letters(there)}>"


def zone_letters(there: datetime) -> str:
    """`CET`, or `UTC+05:45` where a zone has no letters."""
    name = there.tzname() or "UTC"
    return f"UTC{name[:3]}:{name[3:]}".removesuffix(":") if name[:1] in "+-" else name


def cut_markup(text: str, limit: int = TEXT_LIMIT) -> str:
    """Our own markup in at most `limit` units, never cut inside of a token or an entity."""
    if length(text) <= limit:
        return text
    kept = cut(text, limit).removesuffix("…")
    if kept.rfind("<") > kept.rfind(">"):
        kept = kept[: kept.rfind("<")]
    if "&" in kept[-5:] and ";" not in kept[kept.rfind("&") :]:
        kept = kept[: kept.rfind("&")]
    return kept.rstrip() + "…"


def lines(all_lines: Sequence[str], *, more: str = "and {n} more", limit: int = TEXT_LIMIT) -> str:
    """As many whole lines as fit, then how many are left out."""
    kept: list[str] = []
    size = 0
    for place, line in enumerate(all_lines):
        size += length(line) + 1
        if size > limit - 60 and place < len(all_lines) - 1:
            kept.append(more.format(n=len(all_lines) - place))
            break
        kept.append(line)
    return cut_markup("\n".join(kept), limit)


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


def quote(text: str, limit: int = 200) -> Json:
    """People's text as they typed it: nothing in it pings, links or formats."""
    shown = cut(clean(text).strip(), limit) or _WORDLESS
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": shown}]}],
    }


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


def message(text: str, blocks: Iterable[Json]) -> Message:
    """A message with its fallback."""
    return Message(
        text=cut_markup(text, _FALLBACK_LIMIT).strip() or _WORDLESS, blocks=fitted(list(blocks), BLOCKS_IN_MESSAGE)
    )


def fitted(blocks: Sequence[Json], limit: int) -> list[Json]:
    """The blocks, or as many as fit and a line that says how many are left out."""
    if len(blocks) <= limit:
        return list(blocks)
    return [*blocks[: limit - 1], context(f"and {len(blocks) - limit + 1} more")]


# --- Reading what came back ---------------------------------------------------------------------------------------


def mapping(value: object) -> Mapping[str, object]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON's keys are texts


def sequence(value: object) -> Sequence[object]:
    """A JSON array, or an empty one."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]  # of anything


def word(value: object) -> str | None:
    """A JSON text, or None."""
    return value if isinstance(value, str) else None


def states(view: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """What stands in a view's inputs, by action id."""
    values = mapping(mapping(view.get("state")).get("values"))
    return {action: mapping(state) for block in values.values() for action, state in mapping(block).items()}


def typed(state: Mapping[str, object], before: str, limit: int = TEXT_LIMIT) -> str:
    """What stands in a box; a text that was too long to be shown whole, and was left alone, is still whole."""
    value = word(state.get("value")) or ""
    return before if too_long(before, limit) and value == cut(before, limit) else value


def too_long(text: str, limit: int = TEXT_LIMIT) -> bool:
    """Whether a box shows only the beginning."""
    return length(text) > limit


def chosen(state: Mapping[str, object]) -> str | None:
    """The value of the one option chosen."""
    return word(mapping(state.get("selected_option")).get("value"))


def all_chosen(state: Mapping[str, object]) -> tuple[str, ...]:
    """The values of the options chosen, in order."""
    values = (word(mapping(one).get("value")) for one in sequence(state.get("selected_options")))
    return tuple(value for value in values if value is not None)
