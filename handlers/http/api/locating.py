"""Where in a body something is wrong, in full.

msgspec writes `[...]` for whatever stands in an object with names of the caller's own; callers want to know which one.
"""

import json
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<number>\d+)\]|\[\.\.\.\]")
_LONGEST_NAME = 60
_BEYOND = object()
"""Stands for a number that is too large."""
Path = tuple[str | int, ...]


def written(path: Sequence[str | int]) -> str:
    """`items[0].options.poll`; empty for the body itself."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST_NAME]}" for step in path)
    return "".join(steps).removeprefix(".")


def resolved(place: str, body: object, wrong: Callable[[object], bool]) -> str:
    """The place as msgspec tells it (`$.items[0].options[...]`), with the names it left out.

    `wrong` says of a body whether the same is wrong with it at the same place.
    """
    path: Path = ()
    for step in _STEP.finditer(place):
        if step["name"] is not None:
            path = (*path, step["name"])
        elif step["number"] is not None:
            path = (*path, int(step["number"]))
        else:
            path = (*path, _culprit(body, path, wrong))
    return written(path)


def _culprit(body: object, path: Path, wrong: Callable[[object], bool]) -> str | int:
    """The first entry of what stands at `path` without which the body is right up to there."""
    names = _names(_at(body, path))
    number = bisect_left(range(1, len(names)), 1, key=lambda many: int(wrong(_cut(body, path, many))))
    return names[number]


def _names(value: Any) -> list[str | int]:  # noqa: ANN401  # decoded JSON
    return [*value] if isinstance(value, dict) else [*range(len(value))]


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401  # decoded JSON
    for step in path:
        value = value[step]
    return value


def _cut(value: Any, path: Path, many: int) -> Any:  # noqa: ANN401  # decoded JSON
    """A copy in which the object or list at `path` has its first entries alone."""
    if path:
        copy = value.copy()
        copy[path[0]] = _cut(value[path[0]], path[1:], many)
        return copy
    if isinstance(value, dict):
        return dict(islice(cast("dict[str, Any]", value).items(), many))
    return value[:many]


def beyond(raw: bytes) -> str | None:
    """The place of the first number that is too large to be read. Raises ValueError and RecursionError for no JSON."""
    body = json.loads(raw.decode(), parse_float=_float, parse_int=_int)
    path = next(_beyond_in(body, ()), None)
    return None if path is None else written(path)


def _beyond_in(value: object, path: Path) -> Iterator[Path]:
    if value is _BEYOND:
        yield path
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _beyond_in(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _beyond_in(inner, (*path, number))


def _float(text: str) -> object:
    return 0 if math.isfinite(float(text)) else _BEYOND


def _int(text: str) -> object:
    try:
        _ = int(text)
    except ValueError:  # more digits than Python reads
        return _BEYOND
    return 0
