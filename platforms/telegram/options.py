"""What a person may say of a message besides its text, what is wrong with it, and the parameters it becomes.

Source: https://core.telegram.org/bots/api#available-methods, 2026-11-21.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft, MediaKind
from platforms.telegram.text import markup_problem, shown, units

QUESTION_LIMIT = 300
_CHOICE_LIMIT = 100
_MOST_CHOICES = 12
_SHORTEST_POLL_S, _LONGEST_POLL_S = 5, 2_628_000
ALBUM_MOST = 10

MESSAGE, PHOTO, VIDEO = "telegram-message", "telegram-photo", "telegram-video"
ANIMATION, AUDIO, DOCUMENT = "telegram-animation", "telegram-audio", "telegram-document"
ALBUM, POLL = "telegram-album", "telegram-poll"
OF_KIND: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: PHOTO,
    MediaKind.VIDEO: VIDEO,
    MediaKind.GIF: ANIMATION,
    MediaKind.AUDIO: AUDIO,
    MediaKind.DOCUMENT: DOCUMENT,
}


def choose(draft: Draft) -> str:
    """By its poll, its files, or that they are to be sent as files."""
    if "poll" in draft.options:
        return POLL
    if not draft.attachments:
        return MESSAGE
    if len(draft.attachments) > 1:
        return ALBUM
    (file,) = draft.attachments
    return DOCUMENT if as_file(draft.options) else OF_KIND[file.media.kind]


def as_file(options: Mapping[str, str]) -> bool:
    """Whether files go as they are, not shown in the chat."""
    return options.get("as_file") == "true"


def _choices(value: str) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in value.split("|"))


def _choices_problem(value: str) -> str | None:
    choices = _choices(value)
    longest = max(units(choice) for choice in choices)
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) > _MOST_CHOICES, f"has {len(choices)} choices, {_MOST_CHOICES} allowed"),
        (longest > _CHOICE_LIMIT, f"has a choice of {longest} characters, {_CHOICE_LIMIT} allowed"),
        (len(set(choices)) < len(choices), "names a choice twice"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _whole(least: int, most: int) -> Callable[[str], str | None]:
    def problem(value: str) -> str | None:
        if value.isascii() and value.isdigit() and least <= int(value[:12]) <= most:
            return None
        return f"is {value!r}; it takes a whole number from {least:,} to {most:,}"

    return problem


_TRUTH = one_of("true", "false")
FORMAT = OptionRule(
    name="format",
    meaning="how the text is written: plain, or html with Telegram's tags",
    problem=one_of("plain", "html"),
)
SILENT = OptionRule(name="silent", meaning="nobody's phone makes a sound", problem=_TRUTH)
PROTECT = OptionRule(name="protect", meaning="it cannot be forwarded or saved", problem=_TRUTH)
TOPIC = OptionRule(name="topic", meaning="the number of a forum's topic", problem=_whole(1, 2**31 - 1))
PREVIEW = OptionRule(
    name="preview",
    meaning="the card of a link: below, above, large or none",
    problem=one_of("below", "above", "large", "none"),
)
SPOILER = OptionRule(name="spoiler", meaning="the media are hidden behind a click", problem=_TRUTH)
TEXT_ABOVE = OptionRule(name="text_above", meaning="the text stands above the media", problem=_TRUTH)
AS_FILE = OptionRule(name="as_file", meaning="files go as they are, to be downloaded", problem=_TRUTH)
POLL_CHOICES = OptionRule(
    name="poll", meaning="the choices of a poll, separated by |", problem=_choices_problem, first_part_only=True
)
POLL_MULTIPLE = OptionRule(
    name="poll_multiple", meaning="several choices allowed", problem=_TRUTH, first_part_only=True
)
POLL_OPEN_S = OptionRule(
    name="poll_open_s",
    meaning="seconds the poll is open; without it until it is closed by hand",
    problem=_whole(_SHORTEST_POLL_S, _LONGEST_POLL_S),
    first_part_only=True,
)
EVERYWHERE = (FORMAT, SILENT, PROTECT, TOPIC)
OF_POLLS = (SILENT, PROTECT, TOPIC, POLL_CHOICES, POLL_MULTIPLE, POLL_OPEN_S)


def length(draft: Draft) -> int:
    """UTF-16 code units of what readers see."""
    return units(shown(draft.text, draft.options.get("format", "plain")))


def markup_is_good(draft: Draft) -> str | None:
    """HTML that Telegram would refuse."""
    problem = markup_problem(draft.text) if draft.options.get("format") == "html" else None
    return None if problem is None else f"in the text {problem}."


def poll_stands_alone(draft: Draft) -> str | None:
    """A poll has a question and no media."""
    if draft.attachments:
        return "a poll cannot stand beside media. Take one of them out."
    return None if draft.text.strip() else "a poll needs a text. Write the question."


def album_goes_together(draft: Draft) -> str | None:
    """Photos and videos share an album; sounds and documents stand among their own; GIFs in none."""
    kinds = {file.media.kind for file in draft.attachments}
    if (
        as_file(draft.options)
        or kinds <= {MediaKind.IMAGE, MediaKind.VIDEO}
        or kinds in ({MediaKind.AUDIO}, {MediaKind.DOCUMENT})
    ):
        return None
    if MediaKind.GIF in kinds:
        return "a GIF must be the only file. Take the others out."
    return "sounds and documents stand in an album of their own kind. Take the others out."


def parameters(draft: Draft, kind: Literal["text", "caption", "question"]) -> dict[str, object]:
    """What every sending method takes, with the text under the name that it has there."""
    options = draft.options
    found: dict[str, object] = {}
    if text := draft.text.strip():
        found[kind] = text
    if options.get("format") == "html" and kind != "question":
        found["parse_mode"] = "HTML"
    for name, called in (("silent", "disable_notification"), ("protect", "protect_content")):
        if options.get(name) == "true":
            found[called] = True
    if "topic" in options:
        found["message_thread_id"] = int(options["topic"])
    if draft.parent is not None:
        found["reply_parameters"] = {
            "message_id": int(draft.parent.platform_post_id),
            "allow_sending_without_reply": True,
        }
    return found


def preview(draft: Draft) -> dict[str, object]:
    """How the card of a link is shown; empty as Telegram would."""
    how, found = draft.options.get("preview", "below"), dict[str, object]()
    if how == "none":
        return {"is_disabled": True}
    if draft.link is not None:
        found["url"] = draft.link
    if how == "large":
        found["prefer_large_media"] = True
    if how == "above":
        found["show_above_text"] = True
    return found


def poll_of(options: Mapping[str, str]) -> dict[str, object]:
    """The poll's own parameters. In channels voters are never named."""
    found: dict[str, object] = {"options": [{"text": choice} for choice in _choices(options["poll"])]}
    if options.get("poll_multiple") == "true":
        found["allows_multiple_answers"] = True
    if "poll_open_s" in options:
        found["open_period"] = int(options["poll_open_s"])
    return found
