"""`[brand|all] [until WHEN] [reason]`, as it stands behind the command that holds.

Which words of a WHEN belong to it only its own grammar knows, so the longest run of words that reads as one is taken
and the rest is the reason. An end that nobody can read is refused: a hold without the end somebody wanted would be a
guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import InvalidContent, invalid
from bot.domain.slots import Moment
from bot.domain.when import read_when

_EVERYTHING = frozenset({"all", "everything"})
_MOST_WORDS = 8
"""A WHEN is not longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """A line as it was read. `brand` is None where it names none; `everything` is the whole workspace."""

    brand: str | None = None
    everything: bool = False
    until: datetime | None = None
    reason: str | None = None


def read_hold(text: str, brands: Sequence[str], zone: str, *, now: datetime) -> HoldLine:
    """Read the line; `brands` are the names there are. Raises InvalidContent for field `until`."""
    words = text.split()
    brand, everything = None, False
    if words and words[0].casefold() in _EVERYTHING:
        everything, words = True, words[1:]
    else:
        brand, words = _brand(words, brands)
    until = None
    if words and words[0].casefold() == "until":
        until, words = _end(words[1:], zone, now=now)
    return HoldLine(brand=brand, everything=everything, until=until, reason=_bare(" ".join(words)) or None)


def _brand(words: list[str], brands: Sequence[str]) -> tuple[str | None, list[str]]:
    """The longest name of a brand with which the line begins, and the words behind it."""
    for name in sorted(brands, key=lambda name: -len(name.split())):
        size = len(name.split())
        if [word.casefold() for word in words[:size]] == name.casefold().split():
            return name, words[size:]
    return None, words


def _end(words: list[str], zone: str, *, now: datetime) -> tuple[datetime, list[str]]:
    if not words:
        raise invalid("until", "Say until when, as until tomorrow 9am; or leave it out.")
    refusal: InvalidContent | None = None
    for size in range(min(len(words), _MOST_WORDS), 0, -1):
        try:
            end = read_when(" ".join(words[:size]), zone, now=now)
        except InvalidContent as error:
            refusal = error
            continue
        if isinstance(end, Moment):
            return end.at, words[size:]
    why = refusal.message if refusal is not None else "That is no end."
    raise invalid("until", f"Herald cannot read until when. {why}")


def _bare(text: str) -> str:
    return text.strip("\"“”„' ")
