"""Posts from a CSV file: one row, one post; every row is good, or none is kept."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.running import ACTOR
from bot.domain.errors import invalid
from bot.services.files import entry_of
from bot.services.scheduling import At, NotYet, Wish

if TYPE_CHECKING:
    from storage.brands import Brand

COLUMNS = ("text", "to", "at", "zone", "link", "media", "alt")
_NEEDED = ("text", "to", "at")
_MOST_ROWS = 1_000
_MOST_BYTES = 10_000_000


def read_wishes(path: Path, brand: "Brand") -> list[tuple[int, Wish]]:
    """The rows as wishes with their lines. An empty `at` makes a draft. Raises InvalidContent for field `file`."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise invalid("file", f"{path.name} is larger than {_MOST_BYTES // 1_000_000} MB. Split it.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = "is not UTF-8 text. Save it as UTF-8." if isinstance(error, ValueError) else "cannot be read."
        raise invalid("file", f"{path.name} {reason}") from error
    wishes = list(_rows(path.name, text, path.parent, brand))
    if not wishes:
        raise invalid("file", f"{path.name} has no rows below its header.")
    if len(wishes) > _MOST_ROWS:
        raise invalid("file", f"{path.name} has {len(wishes):,} rows, {_MOST_ROWS:,} allowed. Split it.")
    return wishes


def _rows(called: str, text: str, folder: Path, brand: "Brand") -> Iterator[tuple[int, Wish]]:
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    try:
        names = reader.fieldnames or ()
        if unknown := [name for name in names if name not in COLUMNS]:
            raise invalid("file", f"{called} has a column {unknown[0][:40]!r}. Columns are: {', '.join(COLUMNS)}.")
        if missing := [name for name in _NEEDED if name not in names]:
            raise invalid("file", f"{called} has no column {missing[0]!r}. Columns are: {', '.join(COLUMNS)}.")
        for row in reader:
            if None in row or None in row.values():
                raise invalid("file", f"Line {reader.line_num}: as many fields as the header has are needed.")
            yield reader.line_num, _wish(row, folder, brand)
    except csv.Error as error:
        raise invalid("file", f"Line {reader.line_num}: this is not CSV. Check the quotes.") from error


def _wish(row: dict[str, str], folder: Path, brand: "Brand") -> Wish:
    at, media = row["at"].strip(), row.get("media", "").strip()
    return Wish(
        brand=brand,
        to=tuple(name.strip() for name in row["to"].replace(";", ",").split(",") if name.strip()),
        text=row["text"],
        when=At(text=at, zone=row.get("zone", "").strip() or None) if at else NotYet(),
        link=row.get("link", "").strip() or None,
        media=((entry_of(media, folder=folder), row.get("alt", "")),) if media else (),
        asked_by=ACTOR,
    )
