"""How Slack says no."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.slack.settings import Json

QUIET = frozenset({"hash_conflict", "ratelimited", "service_unavailable"})
"""Answers of an ordinary day: logged, but no fault of what the app sent."""


@dataclass
class SlackError(Exception):
    """A refusal in Slack's form; `more` goes into the answer, `messages` into `response_metadata`."""

    error: str
    messages: Sequence[str] = ()
    more: Json = field(default_factory=dict[str, object])
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    channel: str | None = None
    """Where the refusal is shown."""

    def __post_init__(self) -> None:
        """Let the exception read as what it is."""
        super().__init__(self.error)

    def answer(self) -> Json:
        """The JSON body."""
        body: Json = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


def missing_argument(name: str) -> SlackError:
    """What Slack says when a required argument is absent."""
    return SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
