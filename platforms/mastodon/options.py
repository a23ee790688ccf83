"""A status' settings: what a person may give, what is wrong with it, and the poll it describes."""

import re
from collections.abc import Callable, Mapping

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft, MediaKind
from platforms.mastodon.limits import Limits
from platforms.mastodon.servers import ways_of
from platforms.text import graphemes

VISIBILITIES = ("public", "unlisted", "private", "direct")
POLL_DAY_S = 86_400
"""How long a poll is open when nobody said."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TRUTH = one_of("true", "false")
_Problem = Callable[[str], str | None]


def option_rules(limits: Limits) -> tuple[OptionRule, ...]:
    """The settings of a status on a server with these limits."""
    return (
        OptionRule(name="visibility", meaning="who sees it", problem=one_of(*VISIBILITIES)),
        OptionRule(name="spoiler_text", meaning="content warning, shown instead of the text", problem=_blank),
        OptionRule(name="sensitive", meaning="hide the media behind a click", problem=_TRUTH),
        OptionRule(name="language", meaning="language of the text, as en or pt-BR", problem=_no_language),
        _poll_rule("poll", "the choices of a poll, separated by |", _choices_problem(limits)),
        _poll_rule("poll_expires_in", "seconds the poll is open", _seconds_problem(limits)),
        _poll_rule("poll_multiple", "several choices allowed", _TRUTH),
        _poll_rule("poll_hide_totals", "numbers hidden until the end", _TRUTH),
    )


def _poll_rule(name: str, meaning: str, problem: _Problem) -> OptionRule:
    return OptionRule(name=name, meaning=meaning, problem=problem, first_part_only=True)


def poll_choices(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def poll_of(options: Mapping[str, str]) -> dict[str, object] | None:
    """The poll as the API takes it, or None."""
    if "poll" not in options:
        return None
    return {
        "options": list(poll_choices(options["poll"])),
        "expires_in": int(options.get("poll_expires_in", POLL_DAY_S)),
        "multiple": options.get("poll_multiple") == "true",
        "hide_totals": options.get("poll_hide_totals") == "true",
    }


def poll_stands_alone(draft: Draft) -> str | None:
    """A poll needs a text and cannot stand beside media.

    Source: docs.joinmastodon.org/methods/statuses, 2026-11-21; the text because only media make it optional there.
    """
    if "poll" not in draft.options:
        lonely = sorted(name for name in draft.options if name.startswith("poll_"))
        return f"{lonely[0]} is given without a poll. Add the choices as poll, separated by |." if lonely else None
    if draft.attachments:
        return "a poll cannot stand beside media. Take one of them out."
    return None if draft.text.strip() else "a poll needs a text. Write the question."


def video_stands_alone(draft: Draft) -> str | None:
    """A video or sound is the only attachment; images and GIFs may be mixed.

    Source: app/services/post_status_service.rb in github.com/mastodon/mastodon, 2026-11-21.
    """
    kinds = [attachment.media.kind for attachment in draft.attachments]
    if len(kinds) > 1 and {MediaKind.VIDEO, MediaKind.AUDIO} & set(kinds):
        return "a video or sound must be the only file. Take the others out."
    return None


def _blank(value: str) -> str | None:
    return None if value.strip() else "is empty. Give the warning or leave it out"


def _no_language(value: str) -> str | None:
    return None if _LANGUAGE.fullmatch(value) else f"is {value!r}; it takes a code such as en or pt-BR"


def _choices_problem(limits: Limits) -> _Problem:
    count = graphemes if ways_of(limits.software).shortens else len

    def problem(value: str) -> str | None:
        choices = poll_choices(value)
        longest = max(count(choice) for choice in choices)
        checks = (
            (not all(choices), "has an empty choice"),
            (len(choices) < 2, "needs at least two choices, separated by |"),  # noqa: PLR2004  # says so itself
            (len(choices) > limits.poll_options, f"has {len(choices)} choices, {limits.poll_options} allowed"),
            (
                longest > limits.poll_option_characters,
                f"has a choice of {longest} characters, {limits.poll_option_characters} allowed",
            ),
            (len(set(choices)) < len(choices), "names a choice twice"),
        )
        return next((sentence for broken, sentence in checks if broken), None)

    return problem


def _seconds_problem(limits: Limits) -> _Problem:
    def problem(value: str) -> str | None:
        if not (value.isascii() and value.isdigit()):
            return f"is {value!r}; it takes a number of seconds"
        if limits.poll_min_s <= int(value) <= limits.poll_max_s:
            return None
        return f"is {int(value):,} seconds; it takes {limits.poll_min_s:,} to {limits.poll_max_s:,}"

    return problem
