"""A post's settings, which kind of post it becomes, and what cannot stand together.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api and its pages for
polls, articles and documents, read 2026-11-21.
"""

from collections.abc import Mapping

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft, MediaKind

TEXT, IMAGE, IMAGES = "linkedin-text", "linkedin-image", "linkedin-multi-image"
VIDEO, DOCUMENT, ARTICLE = "linkedin-video", "linkedin-document", "linkedin-article"
POLL, COMMENT = "linkedin-poll", "linkedin-comment"
POST_TYPES = (TEXT, IMAGE, IMAGES, VIDEO, DOCUMENT, ARTICLE, POLL, COMMENT)

QUESTION_LIMIT, CHOICE_LIMIT = 140, 30
"""Characters; taken for UTF-16 units, as those of texts."""
FEWEST_CHOICES, MOST_CHOICES = 2, 4
DURATIONS: Mapping[str, str] = {"1": "ONE_DAY", "3": "THREE_DAYS", "7": "SEVEN_DAYS", "14": "FOURTEEN_DAYS"}
USUAL_DAYS = "3"
"""How long a poll is open when nobody said; LinkedIn itself names no usual length."""
VISIBILITIES: Mapping[str, str] = {"public": "PUBLIC", "connections": "CONNECTIONS", "logged_in": "LOGGED_IN"}
_SEEN_BY = {"public": "Everyone", "connections": "Connections", "logged_in": "Members who are logged in"}
_ONE_FILE = {MediaKind.VIDEO, MediaKind.DOCUMENT, MediaKind.AUDIO}


def choose(draft: Draft) -> str:
    """Which kind of post a draft becomes."""
    kinds = {attachment.media.kind for attachment in draft.attachments}
    found = (
        (draft.part > 0, COMMENT),
        ("poll" in draft.options, POLL),
        (MediaKind.VIDEO in kinds, VIDEO),
        (MediaKind.DOCUMENT in kinds, DOCUMENT),
        (len(draft.attachments) > 1, IMAGES),
        (bool(draft.attachments), IMAGE),
        (draft.link is not None, ARTICLE),
    )
    return next((kind for fits, kind in found if fits), TEXT)


def poll_choices(value: str) -> tuple[str, ...]:
    """The choices in `one | two`."""
    return tuple(choice.strip() for choice in value.split("|"))


def poll_of(options: Mapping[str, str]) -> dict[str, object]:
    """The poll as the API takes it."""
    return {
        "question": options["poll_question"].strip(),
        "options": [{"text": choice} for choice in poll_choices(options["poll"])],
        "settings": {"duration": DURATIONS[options.get("poll_days", USUAL_DAYS)]},
    }


# --- What is wrong with them ---------------------------------------------------------------------------------------


def units(value: str) -> int:
    """UTF-16 units."""
    return len(value.encode("utf-16-le")) // 2


def _choices_problem(value: str) -> str | None:
    choices = poll_choices(value)
    longest = max(units(choice) for choice in choices)
    checks = (
        (not all(choices), "has an empty choice"),
        (len(choices) < FEWEST_CHOICES, "needs at least two choices, separated by |"),
        (len(choices) > MOST_CHOICES, f"has {len(choices)} choices, {MOST_CHOICES} allowed"),
        (longest > CHOICE_LIMIT, f"has a choice of {longest} characters, {CHOICE_LIMIT} allowed"),
        (len(set(choices)) < len(choices), "names a choice twice"),
    )
    return next((sentence for broken, sentence in checks if broken), None)


def _question_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty. Write the question"
    asked = units(value.strip())
    return None if asked <= QUESTION_LIMIT else f"has {asked} characters, {QUESTION_LIMIT} allowed"


def _blank(value: str) -> str | None:
    return None if value.strip() else "is empty. Give the title or leave it out"


def visibility_rule(*, of_page: bool = False) -> OptionRule:
    """Who sees a post. A page has no connections."""
    words = [word for word in VISIBILITIES if not (of_page and word == "connections")]
    return OptionRule(name="visibility", meaning="who sees it", problem=one_of(*words), choices=_SEEN_BY)


OPTIONS = (
    visibility_rule(),
    OptionRule(name="reshares", meaning="whether others may repost it", problem=one_of("true", "false")),
    OptionRule(name="title", meaning="title of a document, a video or a link card", problem=_blank),
    OptionRule(name="poll", meaning="the choices of a poll, separated by |", problem=_choices_problem),
    OptionRule(name="poll_question", meaning="what the poll asks", problem=_question_problem),
    OptionRule(name="poll_days", meaning="days the poll is open", problem=one_of(*DURATIONS)),
)


def poll_stands_alone(draft: Draft) -> str | None:
    """A poll has a question, and no media and no card beside it."""
    if "poll" not in draft.options:
        lonely = sorted(name for name in draft.options if name.startswith("poll_"))
        return f"{lonely[0]} is given without a poll. Add the choices as poll, separated by |." if lonely else None
    if draft.attachments or draft.link is not None:
        return "a poll cannot stand beside media or a link card. Take one of them out."
    return None if "poll_question" in draft.options else "a poll needs a question. Give it as poll_question."


def film_stands_alone(draft: Draft) -> str | None:
    """A video or a document is the only file."""
    kinds = [attachment.media.kind for attachment in draft.attachments]
    if len(kinds) > 1 and _ONE_FILE & set(kinds):
        return "a video or document must be the only file. Take the others out."
    return None


def card_stands_alone(draft: Draft) -> str | None:
    """A link card is the post's content, as files are."""
    if draft.link is not None and draft.attachments:
        return "a link card cannot stand beside files. Put the address into the text, or take the files out."
    return None


def title_fits(draft: Draft) -> str | None:
    """A document has to have a title; pictures, polls and bare texts have none."""
    kind = choose(draft)
    if kind == DOCUMENT and "title" not in draft.options:
        return "a document needs a title. Give it as title."
    if "title" in draft.options and kind not in {DOCUMENT, VIDEO, ARTICLE}:
        return "only a document, a video or a link card has a title. Take it out."
    return None


CHECKS = (poll_stands_alone, film_stands_alone, card_stands_alone, title_fits)
