"""The settings of a post: where it goes, its title, its flair; what is wrong with them.

Sources: https://www.reddit.com/dev/api#POST_api_submit and praw 8.0.3's Subreddit.submit, read 2026-11-21.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft

MOST_TITLE = 300
MOST_FLAIR = 64
MOST_CHOICES, FEWEST_CHOICES, MOST_CHOICE = 6, 2, 120
LONGEST_POLL_DAYS = 7
POLL_DAYS = 3
"""How long a poll is open when nobody said."""
_SUBREDDIT = re.compile(r"/?r/([A-Za-z0-9_]{2,21})/?|([A-Za-z0-9_]{2,21})")
_PROFILE = re.compile(r"/?u(?:/|ser/|_)([A-Za-z0-9_-]{3,20})/?")
_FLAIR_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_POST_PATH = re.compile(r"/(?:r|u|user)/[^/]+/comments/([a-z0-9]{4,12})(?:/|$)")
_SHORT_PATH = re.compile(r"/([a-z0-9]{4,12})/?")
_TRUTH = one_of("true", "false")


def place_of(value: str) -> str | None:
    """The subreddit's name as Reddit takes it, without `r/`; `u_name` for a profile; None for what is neither."""
    if profile := _PROFILE.fullmatch(value.strip()):
        return f"u_{profile[1]}"
    found = _SUBREDDIT.fullmatch(value.strip())
    return (found[1] or found[2]) if found else None


def poll_choices(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def truth(options: Mapping[str, str], name: str, *, otherwise: bool) -> bool:
    """An option that is `true` or `false`."""
    return options.get(name, str(otherwise).lower()) == "true"


def crossposted(link: str | None) -> str | None:
    """The full name of the post an address leads to; None for an address of anything else."""
    if link is None:
        return None
    parts = urlsplit(link)
    host = (parts.hostname or "").lower()
    found = _SHORT_PATH.fullmatch(parts.path) if host == "redd.it" else _POST_PATH.match(parts.path)
    return f"t3_{found[1]}" if found else None


def _place_problem(value: str) -> str | None:
    if place_of(value) is None:
        return f"is {value!r}; it takes a subreddit's name such as r/test, or u/name for a profile"
    return None


def _title_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty"
    over = len(value.strip()) - MOST_TITLE
    return f"has {MOST_TITLE + over} characters, {MOST_TITLE} allowed" if over > 0 else None


def _flair_problem(value: str) -> str | None:
    return None if _FLAIR_ID.fullmatch(value) else f"is {value!r}; it takes the id of a flair of that subreddit"


def _flair_text_problem(value: str) -> str | None:
    return None if 1 <= len(value) <= MOST_FLAIR else f"has {len(value)} characters; it takes 1 to {MOST_FLAIR}"


def _poll_problem(value: str) -> str | None:
    choices = poll_choices(value)
    longest = max(len(choice) for choice in choices)
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) < FEWEST_CHOICES, f"needs at least {FEWEST_CHOICES} choices, separated by |"),
        (len(choices) > MOST_CHOICES, f"has {len(choices)} choices, {MOST_CHOICES} allowed"),
        (longest > MOST_CHOICE, f"has a choice of {longest} characters, {MOST_CHOICE} allowed"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _days_problem(value: str) -> str | None:
    fits = value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= LONGEST_POLL_DAYS
    return None if fits else f"is {value!r}; it takes 1 to {LONGEST_POLL_DAYS} days"


RULES = (
    OptionRule(
        name="subreddit",
        meaning="where it is posted: r/name, or u/name for a profile",
        problem=_place_problem,
        asked="community",
    ),
    OptionRule(name="title", meaning="the post's title", problem=_title_problem, asked="title"),
    OptionRule(name="flair_id", meaning="the id of one of the subreddit's flairs", problem=_flair_problem),
    OptionRule(name="flair_text", meaning="the flair's own words, where it allows them", problem=_flair_text_problem),
    OptionRule(name="nsfw", meaning="not safe for work", problem=_TRUTH),
    OptionRule(name="spoiler", meaning="hide it behind a click", problem=_TRUTH),
    OptionRule(name="replies", meaning="whether replies are told to the account's inbox", problem=_TRUTH),
    OptionRule(name="resubmit", meaning="post a link that is there already once more", problem=_TRUTH),
    OptionRule(name="poll", meaning="the choices of a poll, separated by |", problem=_poll_problem),
    OptionRule(name="poll_days", meaning="days the poll is open", problem=_days_problem),
    OptionRule(name="crosspost", meaning="whether the link is a Reddit post to be posted on", problem=_TRUTH),
)


def has_a_place_and_a_title(draft: Draft) -> str | None:
    """Every post needs both."""
    if "subreddit" not in draft.options:
        return "say where: give reddit.subreddit, such as reddit.subreddit=r/test."
    if "title" not in draft.options:
        return "every post needs a title: give reddit.title."
    return None


def flair_is_whole(draft: Draft) -> str | None:
    """Words of one's own belong to a flair."""
    if "flair_text" in draft.options and "flair_id" not in draft.options:
        return "flair_text needs the flair it belongs to: give flair_id, too."
    return None


def link_stands_alone(draft: Draft) -> str | None:
    """A link is a kind of post of its own."""
    if draft.link is not None and (draft.attachments or "poll" in draft.options):
        return "a link cannot stand beside media or a poll. Put the address into the text."
    return None


def poll_is_whole(draft: Draft) -> str | None:
    """A poll goes with text alone."""
    if "poll_days" in draft.options and "poll" not in draft.options:
        return "poll_days is given without a poll. Add the choices as poll, separated by |."
    if "poll" in draft.options and draft.attachments:
        return "a poll cannot stand beside media. Take one of them out."
    return None


def crosspost_is_whole(draft: Draft) -> str | None:
    """A crosspost is a title and the post it leads to."""
    if draft.options.get("crosspost") != "true":
        return None
    if crossposted(draft.link) is None:
        return "a crosspost needs the address of a Reddit post as its link."
    return "a crosspost has no text of its own. Take the text out." if draft.text.strip() else None


CHECKS = (has_a_place_and_a_title, flair_is_whole, link_stands_alone, poll_is_whole, crosspost_is_whole)
