"""A place in a payload: what is there, where it is, and the breaches found so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from sandbox.slack.reading import listing, mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sandbox.slack.settings import Json

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A breach: where (a JSON pointer) and what."""

    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A value inside a payload; checks on it write into the list it shares with all its neighbours."""

    value: Any
    pointer: str
    found: list[Problem]
    surface: Surface

    def say(self, text: str) -> None:
        """Write a breach down."""
        self.found.append(Problem(pointer=self.pointer, text=text))

    @property
    def json(self) -> Json:
        """The object here; empty if it is something else."""
        return mapping(self.value)

    @property
    def type(self) -> str:
        """The `type` of the object here."""
        return str(self.json.get("type", ""))

    def has(self, name: str) -> bool:
        """Whether the object has this key with something other than null."""
        return self.json.get(name) is not None

    def at(self, name: str) -> Place:
        """The value of a key."""
        return Place(self.json.get(name), f"{self.pointer}/{name}", self.found, self.surface)

    def items(self, name: str, least: int, most: int) -> list[Place]:
        """The items of an array, whose number is checked."""
        return self.at(name).array(least, most)

    def array(self, least: int, most: int) -> list[Place]:
        """The items of the array here, whose number is checked."""
        if not isinstance(self.value, list):
            self.say("must be an array")
            return []
        many = listing(cast("object", self.value))
        if len(many) < least:
            self.say(f"has {len(many)} items, at least {least} needed")
        if len(many) > most:
            self.say(f"has {len(many):,} items, {most:,} allowed")
        return [Place(one, f"{self.pointer}/{n}", self.found, self.surface) for n, one in enumerate(many)]

    def keys(self, needed: Collection[str], optional: Collection[str] = ()) -> bool:
        """Check that an object has what it needs and nothing unknown. False when there is no object at all."""
        if not isinstance(self.value, dict):
            self.say("must be an object")
            return False
        for name in needed:
            if not self.has(name):
                self.say(f"missing required field: {name}")
        for name in self.json:
            if name not in needed and name not in optional:
                self.say(f"invalid additional property: {name}")
        return True

    def string(self, most: int, least: int = 1) -> None:
        """Check a text's length in characters."""
        if not isinstance(self.value, str):
            self.say("must be a string")
        elif len(self.value) < least:
            self.say(f"is {len(self.value)} characters, at least {least} needed")
        elif len(self.value) > most:
            self.say(f"is {len(self.value):,} characters, {most:,} allowed")

    def choice(self, allowed: Collection[str]) -> None:
        """Check that a text is one of few."""
        if self.value not in allowed:
            self.say(f"must be one of {', '.join(sorted(allowed))}")

    def flag(self) -> None:
        """Check a truth value."""
        if not isinstance(self.value, bool):
            self.say("must be true or false")

    def whole(self, least: int, most: int) -> None:
        """Check a whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.say("must be an integer")
        elif not least <= self.value <= most:
            self.say(f"must be between {least:,} and {most:,}")

    def each(self, checks: Mapping[str, Callable[[Place], None]]) -> None:
        """Run a check on each of these keys that is there."""
        for name, check in checks.items():
            if self.has(name):
                check(self.at(name))


def flag(place: Place) -> None:
    """Check a truth value."""
    place.flag()


def string(most: int, least: int = 1) -> Callable[[Place], None]:
    """A check of a text's length."""
    return lambda place: place.string(most, least)


def duplicates(places: list[Place], name: str) -> None:
    """Say which places share the value of a key that must be their own."""
    seen: set[str] = set()
    for place in places:
        value = place.json.get(name)
        if not isinstance(value, str):
            continue
        if value in seen:
            place.at(name).say(f"{value!r} is used twice")
        seen.add(value)
