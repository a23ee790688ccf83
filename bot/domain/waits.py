"""What keeps an account's posts back though nobody did anything wrong, and the one sentence that says so. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.gates import Budget, Gate, Ledger, Reason, free

_UNITS = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Why an account takes no posts for now. Herald goes on by itself."""

    network: str
    """Its name, for people."""
    reason: Reason
    until: datetime
    """When it goes on, or is tried again."""
    at_once: bool = False
    """A host that does not answer is tried again by the next post."""
    spent: Budget | None = None
    """Of the reason BUDGET: what is used up, where that is known."""


def spent_of(budgets: Sequence[Budget], gate: Gate, ledgers: Mapping[str, Ledger], now: datetime) -> Budget | None:
    """The budget for which the gate is closed: the largest of those that allow nothing now."""
    if gate.reason is not Reason.BUDGET:
        return None
    of_scope = [budget for budget in budgets if gate.key.startswith(f"{budget.scope}:")]
    empty = [budget for budget in of_scope if free(budget, ledgers.get(budget.name, Ledger()), now) == 0]
    return max(empty, key=lambda budget: budget.per_s, default=None)


def sentence(wait: Wait, show: Callable[[datetime], str]) -> str:
    """Why, and until when, without a full stop; `show` makes words of an instant."""
    match wait.reason:
        case Reason.RATE_LIMITED:
            return f"{wait.network} asks us to slow down until {show(wait.until)}"
        case Reason.DOWN if wait.at_once:
            return f"{wait.network} does not answer; the next post tries it again"
        case Reason.DOWN:
            return f"{wait.network} does not answer; next try {show(wait.until)}"
        case Reason.BUDGET:
            return f"{wait.network}'s budget{_size(wait.spent)} is spent until {show(wait.until)}"


def _size(budget: Budget | None) -> str:
    """` of 300 posts per 5 min`: as the platform documents it, in posts."""
    if budget is None:
        return ""
    seconds, unit = next((size, unit) for size, unit in _UNITS if budget.per_s >= size and budget.per_s % size == 0)
    many = int(budget.per_s // seconds)
    window = unit if many == 1 else f"{many} {unit}{'s' if unit == 'day' else ''}"
    return f" of {budget.amount // budget.cost:,} posts per {window}"
