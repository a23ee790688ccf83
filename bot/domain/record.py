"""Values that are made by the thousand while posts go out."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """`@dataclass(frozen=True, slots=True, kw_only=True)` for less than half of its price.

    Nothing may be assigned to, and the type check refuses it. At run time nobody looks: a dataclass that is really
    frozen sets each of its fields by a call (a `Request` took 2.6 µs, and takes 1.1; CPython 3.11, 2026-11-21).
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)


def changed(one: T, **changes: object) -> T:
    """A copy with other values: `dataclasses.replace` of a record, for a fifth of its price with many fields."""
    copy = _copier(type(one))(one)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


@cache
def _copier(cls: type[Any]) -> Callable[[Any], Any]:
    """A function that copies records of this class; written out field by field, as dataclasses write their own."""
    lines = (f"    copy.{one.name} = one.{one.name}" for one in fields(cls))
    source = "\n".join(("def copier(one):", "    copy = make(cls)", *lines, "    return copy"))
    made: dict[str, Any] = {"make": object.__new__, "cls": cls}
    exec(source, made)  # noqa: S102  # names of fields, which are ours
    return made["copier"]
