"""A video's settings: what a person may give, what is wrong with it, and the resource that they make.

Sources, read 2026-11-21: https://developers.google.com/youtube/v3/docs/videos (properties and their limits) and
https://developers.google.com/youtube/v3/docs/videos/insert (errors of what breaks them).
"""

import re

from bot.domain.capabilities import OptionRule, one_of
from bot.domain.content import Draft, MediaKind

TITLE_LIMIT = 100
TAGS_LIMIT = 500
PRIVACIES = ("public", "unlisted", "private")
DEFAULT_PRIVACY = "public"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_BRACKETS = re.compile("[<>]")
_TRUTH = one_of("true", "false")


def tags_of(value: str) -> tuple[str, ...]:
    """The tags in `one, two words`."""
    return tuple(tag for part in value.split(",") if (tag := part.strip()))


def tags_length(tags: tuple[str, ...]) -> int:
    """Characters as YouTube counts them: a tag with a space counts its quotation marks, and commas count."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def _title_problem(value: str) -> str | None:
    if not value.strip():
        return "is empty. Give the video a title"
    if len(value) > TITLE_LIMIT:
        return f"has {len(value)} characters, {TITLE_LIMIT} allowed. Shorten it"
    return "cannot hold < or >. Take them out" if _BRACKETS.search(value) else None


def _tags_problem(value: str) -> str | None:
    tags, length = tags_of(value), tags_length(tags_of(value))
    if not tags:
        return "is empty. Give tags separated by commas, or leave it out"
    if length > TAGS_LIMIT:
        return f"has {length} characters as YouTube counts them, {TAGS_LIMIT} allowed. Take some out"
    return "cannot hold < or >. Take them out" if _BRACKETS.search(value) else None


def _category_problem(value: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,4}", value) else f"is {value!r}; it takes a category's number, such as 22"


def _language_problem(value: str) -> str | None:
    return None if _LANGUAGE.fullmatch(value) else f"is {value!r}; it takes a code such as en or pt-BR"


_ASKED = {"title": "title", "made_for_kids": "made for children?"}
_CHOICES = {
    "made_for_kids": {"false": "No", "true": "Yes"},
    "license": {"youtube": "YouTube's own", "creativeCommon": "Creative Commons"},
}
OPTIONS = tuple(
    OptionRule(
        name=name,
        meaning=meaning,
        problem=problem,
        first_part_only=True,
        asked=_ASKED.get(name),
        choices=_CHOICES.get(name, {}),
    )
    for name, meaning, problem in (
        ("title", "the video's title; needed", _title_problem),
        ("privacy", "who sees it: public (the default), unlisted or private", one_of(*PRIVACIES)),
        ("tags", "search words, separated by commas", _tags_problem),
        ("category", "YouTube's number of the category, such as 22 for People & Blogs", _category_problem),
        ("made_for_kids", "whether it is made for children, which the law asks", _TRUTH),
        ("synthetic", "whether it shows altered or made-up scenes that look real", _TRUTH),
        ("paid_promotion", "whether somebody paid for a placement in it", _TRUTH),
        ("notify", "whether subscribers are told; they are without it", _TRUTH),
        ("license", "the licence; YouTube's own without it", one_of("youtube", "creativeCommon")),
        ("embeddable", "whether other sites may show it", _TRUTH),
        ("language", "language of title and description, as en or pt-BR", _language_problem),
    )
)
"""All belong to the video; its first comment has none."""


def one_film(draft: Draft) -> str | None:
    """A video is one film, and at most one image as its thumbnail."""
    films = [one for one in draft.attachments if one.media.kind is MediaKind.VIDEO]
    return None if films else "a video is needed. Add one."


def has_title(draft: Draft) -> str | None:
    """No video is taken without a title."""
    return None if "title" in draft.options else "a title is needed. Give it as youtube.title=…"


def no_brackets(draft: Draft) -> str | None:
    """A description cannot hold the signs of HTML."""
    return "the description cannot hold < or >. Take them out." if _BRACKETS.search(draft.text) else None


def resource(draft: Draft) -> dict[str, object]:
    """The video as `videos.insert` takes it."""
    options = draft.options
    snippet: dict[str, object] = {"title": options["title"].strip(), "description": draft.text}
    status: dict[str, object] = {"privacyStatus": options.get("privacy", DEFAULT_PRIVACY)}
    if "tags" in options:
        snippet["tags"] = list(tags_of(options["tags"]))
    for name, field in (("category", "categoryId"), ("language", "defaultLanguage")):
        if name in options:
            snippet[field] = options[name]
    if "license" in options:
        status["license"] = options["license"]
    for name, field in _TRUTHS:
        if name in options:
            status[field] = options[name] == "true"
    body: dict[str, object] = {"snippet": snippet, "status": status}
    if "paid_promotion" in options:
        body["paidProductPlacementDetails"] = {"hasPaidProductPlacement": options["paid_promotion"] == "true"}
    return body


_TRUTHS = (
    ("made_for_kids", "selfDeclaredMadeForKids"),
    ("synthetic", "containsSyntheticMedia"),
    ("embeddable", "embeddable"),
)
