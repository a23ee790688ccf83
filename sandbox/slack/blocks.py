"""What Slack would refuse about a message's blocks or a view; a pure function of the payload."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A breach: where (a JSON pointer) and what."""

    pointer: str
    text: str


def problems(kind: Literal["message", "modal", "home"], payload: Any) -> list[Problem]:
    """Everything Slack would refuse."""
    return []
