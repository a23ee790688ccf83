"""The buttons of warnings: remind me, keep it as it is, the month's table as a file. Every press is authorised anew."""

import csv
import io
from datetime import date

from bot.domain.errors import Conflict, NotFound, invalid
from bot.services import alerting, preflight
from handlers.slack import account_table, names, warned
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import handing, places

_LONGEST_KEY = 200
_FORMULAS = ("=", "+", "-", "@", "\t")
"""What spreadsheets compute instead of showing it."""


def register(desk: Desk) -> None:
    """Take the buttons."""
    desk.on_action(names.REMIND, remind)
    desk.on_action(names.KEEP_AS_IS, keep, writers_only=True)
    desk.on_action(names.ACCOUNTS_CSV, as_csv)


async def remind(call: Call) -> None:
    """Tell the owner again tomorrow. The message itself says so from then on."""
    try:
        await alerting.remind_tomorrow(call.deps, call.workspace_id, call.value[:_LONGEST_KEY], asked_by=call.actor)
    except (Conflict, NotFound) as error:
        await call.answer(error.message)


async def keep(call: Call) -> None:
    """Leave the post as it is and say no more of it."""
    try:
        await preflight.keep_as_is(call.deps, call.workspace_id, call.value[:_LONGEST_KEY], asked_by=call.actor)
    except (Conflict, NotFound) as error:
        await call.answer(error.message)


async def as_csv(call: Call) -> None:
    """All accounts of the month's table, below it. Raises NotAllowed for who may not manage them."""
    month, _, brand_id = call.value.partition(":")
    brand = await places.brand_by_id(call, brand_id) if brand_id else None
    await places.must_manage(call, brand)
    try:
        date.fromisoformat(month)
    except ValueError:
        raise invalid("month", "This table is not there any more.") from None
    facts = await warned.accounts(call.deps, call.desk.people, call.installation, month, brand_id or None)
    made = io.StringIO()
    csv.writer(made).writerows([[_plain(cell) for cell in row] for row in account_table.csv_rows(facts)])
    if await handing.may_hand_over(call):
        content = made.getvalue().encode("utf-8-sig")
        await handing.hand_over(call, f"accounts-{month}.csv", content, "", what="table")


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
