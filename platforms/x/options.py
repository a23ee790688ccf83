"""A post's settings on X: what a person may give, what is wrong with it, and what the API takes for it.

Source: the CreatePostsRequest of X's OpenAPI document 2.167 (https://docs.x.com/x-api/posts/create-post), read
2026-11-21.
"""

import re
from collections.abc import Mapping

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft

REPLIES = {
    "following": "following",
    "mentioned": "mentionedUsers",
    "subscribers": "subscribers",
    "verified": "verified",
}
"""Who may reply, as people say it and as the API does; everyone is said by silence."""
FEWEST_CHOICES, MOST_CHOICES, LONGEST_CHOICE = 2, 4, 25
SHORTEST_MIN, LONGEST_MIN, DAY_MIN = 5, 10_080, 1440
_TRUTH = one_of("true", "false")
_ID = re.compile(r"[0-9]{1,19}")


def choices_of(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def fields_of(options: Mapping[str, str]) -> dict[str, object]:
    """The options as fields of the creating call."""
    fields: dict[str, object] = {}
    if "poll" in options:
        minutes = int(options.get("poll_minutes", DAY_MIN))
        fields["poll"] = {"options": list(choices_of(options["poll"])), "duration_minutes": minutes}
    if options.get("replies", "everyone") != "everyone":
        fields["reply_settings"] = REPLIES[options["replies"]]
    if "community" in options:
        fields["community_id"] = options["community"]
    for name in ("share_with_followers", "made_with_ai", "paid_partnership"):
        if name in options:
            fields[name] = options[name] == "true"
    return fields


def poll_stands_alone(draft: Draft) -> str | None:
    """A poll needs a text and cannot stand beside media."""
    if "poll" not in draft.options:
        return (
            "poll_minutes is given without a poll. Add the choices as poll."
            if "poll_minutes" in draft.options
            else None
        )
    if draft.attachments:
        return "a poll cannot stand beside media. Take one of them out."
    return None if draft.text.strip() else "a poll needs a text. Write the question."


def followers_see_a_communitys_post(draft: Draft) -> str | None:
    """Only what goes to a community can be shared with followers besides."""
    if "share_with_followers" in draft.options and "community" not in draft.options:
        return "share_with_followers is for a post to a community. Give the community, or leave it out."
    return None


def _choices_problem(value: str) -> str | None:
    choices = choices_of(value)
    longest = max(map(len, choices))
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) < FEWEST_CHOICES, "needs at least two choices, separated by |"),
        (len(choices) > MOST_CHOICES, f"has {len(choices)} choices, {MOST_CHOICES} allowed"),
        (longest > LONGEST_CHOICE, f"has a choice of {longest} characters, {LONGEST_CHOICE} allowed"),
        (len(set(choices)) < len(choices), "names a choice twice"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _minutes_problem(value: str) -> str | None:
    if not (value.isascii() and value.isdigit()):
        return f"is {value!r}; it takes a number of minutes"
    if SHORTEST_MIN <= int(value) <= LONGEST_MIN:
        return None
    return f"is {int(value):,} minutes; it takes {SHORTEST_MIN} to {LONGEST_MIN:,}"


def _no_id(value: str) -> str | None:
    return None if _ID.fullmatch(value) else f"is {value!r}; it takes the number in the community's address"


RULES = (
    OptionRule(
        name="replies",
        meaning="who may reply: everyone, following, mentioned, subscribers or verified",
        problem=one_of("everyone", *REPLIES),
        first_part_only=True,
    ),
    OptionRule(
        name="poll", meaning="the choices of a poll, separated by |", problem=_choices_problem, first_part_only=True
    ),
    OptionRule(name="poll_minutes", meaning="minutes the poll is open", problem=_minutes_problem, first_part_only=True),
    OptionRule(
        name="community", meaning="the number of a community to post into", problem=_no_id, first_part_only=True
    ),
    OptionRule(
        name="share_with_followers",
        meaning="show a community's post to followers, too",
        problem=_TRUTH,
        first_part_only=True,
    ),
    OptionRule(name="made_with_ai", meaning="say that its media were made with AI", problem=_TRUTH),
    OptionRule(name="paid_partnership", meaning="say that it is a paid partnership", problem=_TRUTH),
)
