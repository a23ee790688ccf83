"""What a user may be told.

UserError
├─ NotFound        no such thing in this workspace (also said of another workspace's things)
├─ NotAllowed      it exists, but not for this person or key
├─ Conflict        it changed or moved on meanwhile
└─ InvalidContent  what was typed cannot be used; carries every problem found
"""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as data_field


class UserError(Exception):
    """A sentence that is safe to show, and the field it is about (None: the whole input)."""

    code = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(UserError):
    """No such thing in this workspace. Never says whether another workspace has it."""

    code = "not_found"


class NotAllowed(UserError):
    """The thing exists, but this person or key may not do that with it."""

    code = "not_allowed"


class Conflict(UserError):
    """The thing changed or moved on meanwhile, so the wish no longer fits it."""

    code = "conflict"


class DoneBefore(Conflict):
    """A named call was done, and what it made is gone since: it stays done, however often it comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the input: the field it stands in and a sentence with the fix."""

    field: str
    message: str
    variant: str = data_field(default="", compare=False)
    """Which variant of a post it is about, by its platform or kind; empty: none alone."""


class InvalidContent(UserError):
    """What was typed cannot be used. `problems` has all of them, the message is all sentences in a row."""

    code = "invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems), field=problems[0].field)
        self.problems = tuple(problems)


def invalid(field: str, message: str) -> InvalidContent:
    """The common case of exactly one problem."""
    return InvalidContent([Problem(field=field, message=message)])
