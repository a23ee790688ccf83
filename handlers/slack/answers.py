"""How a modal is answered when it was submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

View = Mapping[str, Any]
"""A modal or a Home tab as Slack takes it."""


@dataclass(frozen=True, slots=True)
class Close:
    """The modal closes; one below it shows again."""


@dataclass(frozen=True, slots=True)
class Clear:
    """All modals close."""


@dataclass(frozen=True, slots=True)
class Errors:
    """The modal stays, with these sentences at its inputs: block id to sentence."""

    at: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Update:
    """The modal becomes this one."""

    view: View


@dataclass(frozen=True, slots=True)
class Push:
    """This modal opens above it. Slack allows three."""

    view: View


ViewAnswer = Close | Clear | Errors | Update | Push


def as_ack(answer: ViewAnswer) -> dict[str, Any]:
    """What Slack reads in the acknowledgement. Source: docs.slack.dev/surfaces/modals, read 2026-11-21."""
    match answer:
        case Close():
            return {}
        case Clear():
            return {"response_action": "clear"}
        case Errors(at=at):
            return {"response_action": "errors", "errors": dict(at)}
        case Update(view=view):
            return {"response_action": "update", "view": dict(view)}
        case Push(view=view):
            return {"response_action": "push", "view": dict(view)}
