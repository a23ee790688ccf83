"""A message's settings: what a person may give, what is wrong with it, and what the API takes for it.

Source: https://docs.discord.com/developers/resources/webhook#execute-webhook, /resources/message#embed-object and
/resources/poll, read 2026-11-21.
"""

import re
from collections.abc import Callable, Mapping

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft

SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
MENTIONS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "users": ("users",),
    "roles": ("roles",),
    "everyone": ("everyone", "roles", "users"),
}
"""Who is told of being named in the text, as people say it and as the API does."""
MOST_CHOICES, LONGEST_CHOICE, LONGEST_QUESTION, LONGEST_HOURS, DAY_H = 10, 55, 300, 768, 24
_TRUTH = one_of("true", "false")
_ID = re.compile(r"[0-9]{1,20}")
_COLOR = re.compile(r"#?[0-9A-Fa-f]{6}")
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")
_NOT_IN_NAMES = ("discord", "clyde")
_Problem = Callable[[str], str | None]


def units(text: str) -> int:
    """UTF-16 units, the stricter of two readings of Discord's "characters" in embeds."""
    return len(text.encode("utf-16-le")) // 2


def choices_of(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def ids_of(value: str) -> list[str]:
    """The numbers in `1, 2`."""
    return [one.strip() for one in value.split(",")]


def fields_of(draft: Draft) -> dict[str, object]:
    """The options as fields of the message. A forum's post is made by its first part alone."""
    options, fields = draft.options, dict[str, object]()
    if (flags := _flags(options)) != 0:
        fields["flags"] = flags
    for name in ("username", "avatar_url"):
        if name in options:
            fields[name] = options[name]
    if "forum_title" in options:
        fields["thread_name"] = options["forum_title"]
        if "forum_tags" in options:
            fields["applied_tags"] = ids_of(options["forum_tags"])
    if embed := _embed(options):
        fields["embeds"] = [embed]
    if "poll" in options:
        fields["poll"] = _poll(draft)
    return fields


def _flags(options: Mapping[str, str]) -> int:
    hides = SUPPRESS_EMBEDS if options.get("previews") == "false" else 0
    return hides | (SUPPRESS_NOTIFICATIONS if options.get("silent") == "true" else 0)


def _embed(options: Mapping[str, str]) -> dict[str, object]:
    embed: dict[str, object] = {}
    for name, called in (("embed_title", "title"), ("embed_text", "description"), ("embed_url", "url")):
        if name in options:
            embed[called] = options[name]
    if embed and "embed_color" in options:
        embed["color"] = int(options["embed_color"].removeprefix("#"), 16)
    return embed


def _poll(draft: Draft) -> dict[str, object]:
    """The text is the question."""
    options = draft.options
    return {
        "question": {"text": draft.text},
        "answers": [{"poll_media": {"text": choice}} for choice in choices_of(options["poll"])],
        "duration": int(options.get("poll_hours", DAY_H)),
        "allow_multiselect": options.get("poll_multiple") == "true",
    }


def poll_stands_alone(draft: Draft) -> str | None:
    """A poll's question is the text; nothing else goes with it."""
    if "poll" not in draft.options:
        lonely = sorted(name for name in draft.options if name.startswith("poll_"))
        return f"{lonely[0]} is given without a poll. Add the choices as poll, separated by |." if lonely else None
    if draft.attachments or any(name.startswith("embed_") for name in draft.options):
        return "a poll cannot stand beside files or an embed. Take one of them out."
    if len(draft.text) > LONGEST_QUESTION:
        return f"a poll's question has up to {LONGEST_QUESTION} characters, this one {len(draft.text):,}. Shorten it."
    return None if draft.text.strip() else "a poll needs a text. Write the question."


def an_embed_says_something(draft: Draft) -> str | None:
    """A colour and an address alone show nothing."""
    given = {name for name in draft.options if name.startswith("embed_")}
    if given and not given & {"embed_title", "embed_text"}:
        return "an embed needs embed_title or embed_text. Add one, or take the rest out."
    return None


def a_forum_or_a_thread(draft: Draft) -> str | None:
    """A forum's post makes a thread; it cannot go into one."""
    if "forum_title" in draft.options and "thread" in draft.options:
        return "thread and forum_title exclude each other. Give thread to post into one that is there."
    if "forum_tags" in draft.options and "forum_title" not in draft.options:
        return "forum_tags is given without forum_title. Add the title of the forum's post."
    return None


def _short(most: int) -> _Problem:
    def problem(value: str) -> str | None:
        if not value.strip():
            return "is empty. Write it or leave it out"
        return None if units(value) <= most else f"has {units(value):,} characters, {most:,} allowed"

    return problem


def _no_id(value: str) -> str | None:
    return None if _ID.fullmatch(value) else f"is {value!r}; it takes the number that “Copy ID” gives"


def _no_ids(value: str) -> str | None:
    return None if all(map(_ID.fullmatch, ids_of(value))) else f"is {value!r}; it takes numbers, separated by commas"


def _no_name(value: str) -> str | None:
    taken = next((word for word in _NOT_IN_NAMES if word in value.lower()), None)
    return f"contains {taken!r}, which Discord does not allow" if taken else _short(80)(value)


def _no_address(value: str) -> str | None:
    return None if _ADDRESS.fullmatch(value) else f"is {value!r}; it takes an address with https://"


def _no_color(value: str) -> str | None:
    return None if _COLOR.fullmatch(value) else f"is {value!r}; it takes six hex digits such as #3366cc"


def _choices_problem(value: str) -> str | None:
    choices = choices_of(value)
    longest = max(map(units, choices))
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) > MOST_CHOICES, f"has {len(choices)} choices, {MOST_CHOICES} allowed"),
        (longest > LONGEST_CHOICE, f"has a choice of {longest} characters, {LONGEST_CHOICE} allowed"),
        (len(set(choices)) < len(choices), "names a choice twice"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _hours_problem(value: str) -> str | None:
    if not (value.isascii() and value.isdigit()):
        return f"is {value!r}; it takes a number of hours"
    return None if 1 <= int(value) <= LONGEST_HOURS else f"is {int(value):,} hours; it takes 1 to {LONGEST_HOURS}"


def _rule(name: str, meaning: str, problem: _Problem, *, once: bool = False, long: bool = False) -> OptionRule:
    return OptionRule(name=name, meaning=meaning, problem=problem, first_part_only=once, long=long)


RULES = (
    _rule("thread", "the number of a thread to post into", _no_id),
    _rule("forum_title", "in a forum: the title of the post that is made", _short(100), once=True),
    _rule("forum_tags", "in a forum: numbers of its tags, separated by commas", _no_ids, once=True),
    _rule("username", "another name to post under", _no_name),
    _rule("avatar_url", "the address of another picture to post under", _no_address),
    _rule("mentions", "who is told of being named: none, users, roles or everyone", one_of(*MENTIONS)),
    _rule("silent", "post without a notification", _TRUTH),
    _rule("previews", "whether links in the text get a preview", _TRUTH),
    _rule("spoiler", "hide the files behind a click", _TRUTH),
    _rule("embed_title", "title of a box below the text", _short(256), once=True),
    _rule("embed_text", "text of that box", _short(4096), once=True, long=True),
    _rule("embed_url", "where its title leads", _no_address, once=True),
    _rule("embed_color", "its colour, as #3366cc", _no_color, once=True),
    _rule("poll", "the choices of a poll, separated by |; the text is its question", _choices_problem, once=True),
    _rule("poll_hours", "hours the poll is open", _hours_problem, once=True),
    _rule("poll_multiple", "several choices allowed", _TRUTH, once=True),
)
