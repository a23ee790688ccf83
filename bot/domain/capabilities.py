"""What a platform takes, as data, and the one function that holds a draft against it.

A platform's spec builds `Capabilities`; nothing here knows a platform by name. Each group of facts says where it was
read (`source`, a URL) and when (`read`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.content import Attachment, Draft, MediaKind
from bot.domain.errors import Problem
from bot.domain.media_rules import MediaRules, file_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRules:
    """How much text fits. `count` measures a draft the way the platform does, everything it counts included."""

    limit: int
    unit: str
    """What is counted, in the plural: `graphemes`, `characters`."""
    count: Callable[[Draft], int]
    limit_bytes: int | None = None
    """A second limit in UTF-8 bytes, where a platform has one."""
    source: str
    read: date


@dataclass(frozen=True, slots=True)
class OneOf:
    """Refuses all but a few words."""

    words: tuple[str, ...]

    def __call__(self, value: str) -> str | None:
        """The sentence that refuses a value."""
        return None if value in self.words else f"is {value!r}; it takes one of {', '.join(self.words)}"


def one_of(*choices: str) -> OneOf:
    """A rule for an option that takes one of a few words."""
    return OneOf(choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRule:
    """One setting a person may give, `PLATFORM.NAME=VALUE`. `problem` returns the sentence that refuses a value."""

    name: str
    meaning: str
    problem: Callable[[str], str | None]
    first_part_only: bool = False
    """In a thread it belongs to the first part alone (a poll)."""
    asked: str | None = None
    """What a form asks where no post goes without it, such as `who can see it`. None: it may be left out."""
    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    """What can be chosen, by value, in words for people. Where it is empty, what is asked is typed."""
    long: bool = False
    """Whether its value may have several lines."""
    said_by: str | None = None
    """The setting that says the same and is asked; a form then needs this one only where it is set."""

    @property
    def words(self) -> tuple[str, ...]:
        """The few words it takes; empty where it takes others too."""
        return self.problem.words if isinstance(self.problem, OneOf) else ()

    def refusal(self, value: str, title: str) -> str | None:
        """What people are told where the network of this title does not take a value."""
        sentence = self.problem(value)
        return f"{title}: {self.name} {sentence}." if sentence else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Everything a platform takes, for `check`."""

    name: str
    """The platform's name as people write it."""
    text: TextRules
    media: Mapping[MediaKind, MediaRules]
    max_attachments: int
    mixed_media: bool = False
    """Whether images and videos may stand together."""
    options: tuple[OptionRule, ...] = ()
    threads: bool = False
    first_comment: bool = False
    """Whether one further part can be published, as the first comment below the post."""
    link_card: bool = False
    extra_checks: tuple[Callable[[Draft], str | None], ...] = field(default=())
    """Rules that fit no group (a poll excludes media): each returns a sentence or None."""


def options_for_part(options: Mapping[str, str], part: int, capabilities: Capabilities) -> Mapping[str, str]:
    """The settings that hold for one part of a thread, given what that part's kind of post takes."""
    if part == 0:
        return options
    theirs = {rule.name for rule in capabilities.options if not rule.first_part_only}
    return {name: value for name, value in options.items() if name in theirs}


def check(draft: Draft, capabilities: Capabilities) -> tuple[Problem, ...]:
    """Every way in which the draft breaks the platform's rules; empty when it fits."""
    return tuple(_problems(draft, capabilities))


def _problems(draft: Draft, capabilities: Capabilities) -> Iterator[Problem]:
    yield from _text_problems(draft, capabilities)
    yield from _media_problems(draft, capabilities)
    yield from _option_problems(draft, capabilities)
    for rule in capabilities.extra_checks:
        if sentence := rule(draft):
            yield Problem(field="options", message=f"{capabilities.name}: {sentence}")


def _text_problems(draft: Draft, capabilities: Capabilities) -> Iterator[Problem]:
    rules, name = capabilities.text, capabilities.name
    counted = rules.count(draft)
    if counted > rules.limit:
        over = counted - rules.limit
        instead = "" if draft.part else f" or give {name} its own text"
        yield Problem(
            field="text",
            message=f"{name}: {counted:,} of {rules.limit:,} {rules.unit}, {over:,} too many. Shorten it{instead}.",
        )
    size = len(draft.text.encode())
    if rules.limit_bytes is not None and size > rules.limit_bytes:
        yield Problem(
            field="text",
            message=f"{name}: the text is {size:,} bytes, {rules.limit_bytes:,} allowed. Shorten it.",
        )
    if not draft.text.strip() and not draft.attachments and not draft.link and not draft.options.get("poll"):
        yield Problem(field="text", message=f"{name}: there is nothing to post. Write a text or add media.")
    if draft.link is not None and not capabilities.link_card:
        yield Problem(field="link", message=f"{name} makes its own link cards. Put the address into the text.")


def _media_problems(draft: Draft, capabilities: Capabilities) -> Iterator[Problem]:
    name, attachments = capabilities.name, draft.attachments
    if len(attachments) > capabilities.max_attachments:
        yield Problem(
            field="media",
            message=f"{name}: {len(attachments)} files, {capabilities.max_attachments} allowed. Take some out.",
        )
    kinds = {attachment.media.kind for attachment in attachments}
    if len(kinds) > 1 and not capabilities.mixed_media:
        yield Problem(field="media", message=f"{name}: images and video cannot go together. Choose one kind.")
    for kind in sorted(kinds):
        yield from _kind_problems(kind, [a for a in attachments if a.media.kind is kind], capabilities)


def _kind_problems(kind: MediaKind, files: list[Attachment], capabilities: Capabilities) -> Iterator[Problem]:
    name, rules = capabilities.name, capabilities.media.get(kind)
    if rules is None:
        yield Problem(field="media", message=f"{files[0].media.file_name}: {name} takes no {kind} here. Take it out.")
        return
    if rules.max_count < len(files) <= capabilities.max_attachments:
        yield Problem(
            field="media", message=f"{name}: {len(files)} {kind} files, {rules.max_count} allowed. Take some out."
        )
    for file in files:
        yield from file_problems(file, rules, name)


def _option_problems(draft: Draft, capabilities: Capabilities) -> Iterator[Problem]:
    rules = {rule.name: rule for rule in capabilities.options}
    for name, value in draft.options.items():
        if name not in rules:
            known = ", ".join(sorted(rules)) or "none"
            yield Problem(field="options", message=f"{capabilities.name} has no option {name!r}. It has: {known}.")
        elif sentence := rules[name].refusal(value, capabilities.name):
            yield Problem(field="options", message=sentence)
