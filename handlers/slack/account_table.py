"""The month's table of accounts: who is fine, who needs somebody, and the buttons that mend the first three."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import AccountFacts, BrandLike, Names

_MOST_BUTTONS = 3
_MOST_ROWS = 99
_MOST_LETTERS = 9_500
"""Slack takes 10,000 in a table. Source: docs.slack.dev/reference/block-kit/blocks/table-block, read 2026-11-21."""
_WORST_FIRST = ("withdrawn", "ended", "ends soon", "failing", "fine")
_HEAD = ("Brand", "Account", "State", "Good until", "Posts waiting")
_ACCOUNT = 1
"""The column that may grow long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The accounts of a workspace, or of one brand, after they were all asked about."""

    month: date
    accounts: Sequence[AccountFacts]
    brands: Mapping[str, BrandLike]
    names: Names


def checked(facts: Checked, brand_id: str = "") -> Message:
    """One line when all is fine, else a table, troubled accounts first, and the buttons that mend the first three.

    What does not fit into a table is offered as a file.
    """
    day = f"*Accounts, {facts.month.day} {facts.month:%B}*"
    many = len(facts.accounts)
    ill = [account for account in in_order(facts) if account.state != "fine"]
    if not ill:
        all_of_them = "the only one is fine" if many == 1 else f"all {many:,} fine"
        said = f"{day} · {all_of_them}. Nothing to do."
        return b.message(said, [b.section(said)])
    need = "needs" if len(ill) == 1 else "need"
    said = f"{day} · {many - len(ill):,} of {many:,} fine, {len(ill):,} {need} you"
    rows = [_cells(account, facts) for account in in_order(facts)]
    fitting = _fitting(rows)
    blocks = [b.section(said), _table(rows[:fitting])]
    row = _mending(ill, facts)
    if fitting < len(rows):
        blocks.append(b.context(f"and {len(rows) - fitting:,} more, all in the file"))
        row.append(b.button(wording.DOWNLOAD_CSV, names.ACCOUNTS_CSV, f"{facts.month.isoformat()}:{brand_id}"))
    named = wording.joined([facts.names.account(account.platform, account.handle) for account in ill], most=5)
    return b.message(f"{said}: {named}", [*blocks, b.actions(*row)])


def in_order(facts: Checked) -> list[AccountFacts]:
    """The worst first, then by brand and network."""

    def place(account: AccountFacts) -> tuple[int, str, str, str]:
        return _WORST_FIRST.index(account.state), _brand(account, facts), account.platform, account.handle

    return sorted(facts.accounts, key=place)


def _cells(account: AccountFacts, facts: Checked) -> tuple[str, ...]:
    brand = facts.brands.get(account.brand_id)
    until = "–"  # noqa: RUF001  # nothing to say
    if account.until is not None and account.state != "withdrawn":
        there = account.until.astimezone(ZoneInfo(brand.timezone if brand is not None else "UTC"))
        until = f"{there.day} {there:%b %Y}" + (", renews itself" if account.renews else "")
    name = b.bare(facts.names.account(account.platform, account.handle))
    return _brand(account, facts), name, account.state, until, f"{account.waiting:,}"


def _brand(account: AccountFacts, facts: Checked) -> str:
    brand = facts.brands.get(account.brand_id)
    return brand.name if brand is not None else ""


def csv_rows(facts: Checked) -> list[tuple[str, ...]]:
    """The whole table with its head, for a file."""
    return [_HEAD, *(_cells(account, facts) for account in in_order(facts))]


def _fitting(rows: Sequence[tuple[str, ...]]) -> int:
    """How many of the rows fit into one table."""
    letters, fitting = sum(map(len, _HEAD)), 0
    for row in rows[:_MOST_ROWS]:
        letters += sum(b.length(_cell(cell)) for cell in row)
        if letters > _MOST_LETTERS:
            break
        fitting += 1
    return fitting


def _table(rows: Sequence[tuple[str, ...]]) -> Json:
    shown = [[{"type": "raw_text", "text": _cell(cell)} for cell in row] for row in (_HEAD, *rows)]
    columns = [{"is_wrapped": number == _ACCOUNT} for number in range(len(_HEAD) - 1)]
    return {"type": "table", "rows": shown, "column_settings": [*columns, {"align": "right"}]}


def _cell(text: str) -> str:
    return b.one_line(text, 80) or "–"  # noqa: RUF001  # nothing to say


def _mending(ill: Sequence[AccountFacts], facts: Checked) -> list[Json]:
    """For the first three that have to be reconnected; the others stand on Home."""
    lost = [account for account in ill if account.state != "failing"]
    row: list[Json] = []
    for account in lost[:_MOST_BUTTONS]:
        title = b.bare(facts.names.title(account.platform))
        name = f"{b.one_line(_brand(account, facts), 30)} · {title}"
        action = f"{names.RECONNECT}:{len(row)}"
        row.append(b.button(f"{wording.RECONNECT} {name}", action, account.id, style=None if row else "primary"))
    return row if len(lost) == len(ill) <= _MOST_BUTTONS else [*row, b.button("Show on Home", names.OPEN_HOME)]
