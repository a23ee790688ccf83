"""The settings of a thread: what a person may give, what is wrong with it, and how it is sent.

Source: https://developers.facebook.com/docs/threads/posts and /reply-management, read 2026-10-07; the lengths of a
poll's choices from clients that use them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft
from platforms.threads.counting import length, links

REPLY_CONTROLS = (
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
)
MOST_LINKS = 5
MOST_TAG = 50
MOST_CHOICE = 25
LONGEST_ATTACHMENT = 10_000
_CHOICES = ("option_a", "option_b", "option_c", "option_d")
_FEWEST_CHOICES = 2
_ID = re.compile(r"[0-9]{5,30}")
_GIF = re.compile(r"[A-Za-z0-9_-]{1,80}")
_COUNTRIES = re.compile(r"[A-Z]{2}(?:,[A-Z]{2})*")
_TRUTH = one_of("true", "false")


def poll_choices(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def _poll_problem(value: str) -> str | None:
    choices = poll_choices(value)
    longest = max(length(choice) for choice in choices)
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) < _FEWEST_CHOICES, "needs at least two choices, separated by |"),
        (len(choices) > len(_CHOICES), f"has {len(choices)} choices, {len(_CHOICES)} allowed"),
        (longest > MOST_CHOICE, f"has a choice of {longest} characters, {MOST_CHOICE} allowed"),
        (len(set(choices)) < len(choices), "names a choice twice"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _tag_problem(value: str) -> str | None:
    if not 1 <= len(value.strip()) <= MOST_TAG:
        return f"has {len(value.strip())} characters; it takes 1 to {MOST_TAG}"
    return "cannot contain a full stop or &" if set(".&") & set(value) else None


def _id_problem(value: str) -> str | None:
    return None if _ID.fullmatch(value) else f"is {value!r}; it takes the number Threads gave the post"


def _gif_problem(value: str) -> str | None:
    return None if _GIF.fullmatch(value) else f"is {value!r}; it takes the id of a GIF on GIPHY"


def _countries_problem(value: str) -> str | None:
    return None if _COUNTRIES.fullmatch(value) else f"is {value!r}; it takes codes such as DE,US"


def _long_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty. Give the text or leave it out"
    over = len(value) - LONGEST_ATTACHMENT
    return f"has {len(value):,} characters, {LONGEST_ATTACHMENT:,} allowed" if over > 0 else None


RULES = (
    OptionRule(name="reply_control", meaning="who may reply", problem=one_of(*REPLY_CONTROLS)),
    OptionRule(name="reply_approvals", meaning="you approve replies before others see them", problem=_TRUTH),
    OptionRule(name="topic_tag", meaning="the post's topic, without #", problem=_tag_problem, first_part_only=True),
    OptionRule(name="spoiler", meaning="hide the media behind a click", problem=_TRUTH, first_part_only=True),
    OptionRule(name="countries", meaning="the countries it is shown in, as DE,US", problem=_countries_problem),
    OptionRule(name="quote", meaning="the id of a post to quote", problem=_id_problem, first_part_only=True),
    OptionRule(
        name="poll", meaning="the choices of a poll, separated by |", problem=_poll_problem, first_part_only=True
    ),
    OptionRule(name="gif", meaning="the id of a GIF on GIPHY", problem=_gif_problem, first_part_only=True),
    OptionRule(
        name="long_text",
        meaning="a longer text, attached below the post's own",
        problem=_long_problem,
        first_part_only=True,
        long=True,
    ),
)
_TEXT_ONLY = ("poll", "gif", "long_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """How an option is sent."""

    option: str
    parameter: str


_PLAIN = (
    _Sent(option="reply_control", parameter="reply_control"),
    _Sent(option="reply_approvals", parameter="enable_reply_approvals"),
    _Sent(option="topic_tag", parameter="topic_tag"),
    _Sent(option="spoiler", parameter="is_spoiler_media"),
    _Sent(option="countries", parameter="allowlisted_country_codes"),
    _Sent(option="quote", parameter="quote_post_id"),
)


def parameters(options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The container's parameters for these options."""
    for one in _PLAIN:
        if one.option in options:
            yield one.parameter, options[one.option].strip()
    if "poll" in options:
        yield "poll_attachment", _json(dict(zip(_CHOICES, poll_choices(options["poll"]), strict=False)))
    if "gif" in options:
        yield "gif_attachment", _json({"gif_id": options["gif"], "provider": "GIPHY"})
    if "long_text" in options:
        yield "text_attachment", _json({"plaintext": options["long_text"]})


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def text_only_stands_alone(draft: Draft) -> str | None:
    """A poll, a GIF and a long text each go with text alone, and not with one another or with a link card."""
    given = [name for name in _TEXT_ONLY if name in draft.options]
    if not given:
        return None
    if draft.attachments:
        return f"{given[0]} cannot stand beside media. Take one of them out."
    if len(given) > 1 or draft.link is not None:
        other = given[1] if len(given) > 1 else "a link card"
        return f"{given[0]} cannot stand beside {other}. Take one of them out."
    if given[0] == "poll" and not draft.text.strip():
        return "a poll needs a text. Write the question."
    return None


def spoiler_needs_media(draft: Draft) -> str | None:
    """Only media can be hidden this way."""
    if "spoiler" in draft.options and not draft.attachments:
        return "spoiler hides media, and there is none. Take the option out."
    return None


def link_card_without_media(draft: Draft) -> str | None:
    """A link card goes with text alone."""
    if draft.link is not None and draft.attachments:
        return "a link card cannot stand beside media. Put the address into the text."
    return None


def not_too_many_links(draft: Draft) -> str | None:
    """Five different links at most. Source: https://developers.facebook.com/docs/threads/posts, read 2026-10-07."""
    found = links(draft.text) | ({draft.link} if draft.link is not None else set[str]())
    if len(found) > MOST_LINKS:
        return f"{len(found)} different links, {MOST_LINKS} allowed. Take some out."
    return None


CHECKS = (text_only_stands_alone, spoiler_needs_media, link_card_without_media, not_too_many_links)
