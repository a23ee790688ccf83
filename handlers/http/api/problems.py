"""Which field of a call a problem with a post is about: services name a post's own parts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bot.domain.errors import InvalidContent, Problem

_FIELDS = {
    **dict.fromkeys(("text", "variant", "part", "link"), ".content"),
    **dict.fromkeys(("media", "alt"), ".media_ids"),
    "option": "",
    "to": ".account_id",
}
"""Of the item. What breaks a network's rule for settings may be any of it: a story without a picture."""
_TIMES = frozenset({"at", "zone"})


@contextmanager
def of_items(kinds: Sequence[str]) -> Iterator[None]:
    """Problems name the field of the item they are about; `kinds` are the items' post types, in their order."""
    try:
        yield
    except InvalidContent as error:
        raise InvalidContent([replace(one, field=_of_an_item(one, kinds)) for one in error.problems]) from None


def _of_an_item(problem: Problem, kinds: Sequence[str]) -> str:
    if problem.field in _TIMES:
        return "scheduled_at"
    if problem.field not in _FIELDS:
        return problem.field
    for number, kind in enumerate(kinds):
        if problem.variant in {kind, kind.partition("-")[0]}:
            return f"items[{number}]{_FIELDS[problem.field]}"
    return "items"


@contextmanager
def of_a_content(time: str) -> Iterator[None]:
    """Problems name the content, or `time`, the field in which its time is."""
    try:
        yield
    except InvalidContent as error:
        fields = {**dict.fromkeys(_FIELDS, "content_id"), **dict.fromkeys(_TIMES, time)}
        raise InvalidContent([replace(one, field=fields.get(one.field, one.field)) for one in error.problems]) from None
