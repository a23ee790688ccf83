"""A stand-in network as the workspace page sees it: who posts there, how it behaves, and when something was posted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

OK, SLOW, DOWN = "ok", "slow", "down"
ACCESS_ENDED, REFUSES_TEXT = "access_ended", "refuses_text"
LOSES_ANSWER, HIDES_POST = "loses_answer", "hides_post"
CONDITIONS: tuple[tuple[str, str], ...] = (
    (OK, "ok"),
    (SLOW, "slow"),
    (DOWN, "down"),
    (ACCESS_ENDED, "access ended"),
    (REFUSES_TEXT, "refuses the text"),
    (LOSES_ANSWER, "takes the post, loses the answer"),
    (HIDES_POST, "takes the post, loses the answer, shows no posts"),
)
"""What a person can choose: the word programs use, and the one people read."""


@dataclass(slots=True, kw_only=True)
class StandIn:
    """A `Network` of sandbox/slack/settings.py, whose server reads `condition` at each call.

    `slow_s` is the delay of `slow`.
    """

    name: str
    title: str
    handle: str
    open_url: str = ""
    login: Sequence[tuple[str, str]] = ()
    slow_s: float = 3.0
    condition: str = OK
    access_ended_at: datetime | None = None
    """When access was ended; None while it is not."""
    in_use: bool = False
    """Whether an app has called it with success: something is, or was, connected to it."""
    on_publish: list[Callable[..., object]] = field(default_factory=list[Callable[..., object]])

    @property
    def conditions(self) -> Sequence[tuple[str, str]]:
        """Every condition: (id, label)."""
        return CONDITIONS

    def set_condition(self, condition: str) -> None:
        """Change how the server behaves, from the next call on. Raises ValueError for an unknown id."""
        if condition not in dict(CONDITIONS):
            raise ValueError(f"{condition!r} is none of {', '.join(dict(CONDITIONS))}")
        self.condition = condition
        self.access_ended_at = datetime.now(UTC) if condition == ACCESS_ENDED else None

    def published(self) -> None:
        """Tell everybody who listens that a post came into being."""
        for listener in self.on_publish:
            _ = listener()
