"""Budgets' ledgers as they stand in a gate's row: a JSON object by the budget's name. Machinery."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.gates import Ledger


def ledgers_from(stored: Mapping[str, Any]) -> dict[str, Ledger]:
    """What a row says."""
    return {
        name: Ledger(
            spent={int(slot): int(spent) for slot, spent in one["spent"].items()},
            amount=one["amount"],
            foreign=one["foreign"],
            foreign_until=datetime.fromtimestamp(one["foreign_until"], UTC) if one["foreign_until"] else None,
        )
        for name, one in stored.items()
    }


def as_stored(ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
    """What a row is to say."""
    return {
        name: {
            "spent": {str(slot): spent for slot, spent in ledger.spent.items()},
            "amount": ledger.amount,
            "foreign": ledger.foreign,
            "foreign_until": ledger.foreign_until.timestamp() if ledger.foreign_until is not None else None,
        }
        for name, ledger in ledgers.items()
    }
