"""Tables and charts. Limits as of docs.slack.dev/reference/block-kit/blocks, read 2026-11-21."""

from sandbox.slack.blocks_look import Place, flag
from sandbox.slack.blocks_rich import MANY, rich_text
from sandbox.slack.blocks_text import identifier
from sandbox.slack.reading import listing, mapping

MOST_ROWS = 100
MOST_COLUMNS = 20
MOST_TABLE_CHARACTERS = 10_000
MOST_SERIES = 6
MOST_POINTS = 20
MOST_LABEL = 20
MOST_AXIS_LABEL = 50
MOST_CHART_TITLE = 50


def table(place: Place) -> None:
    """A table of plain or rich cells."""
    place.keys(("type", "rows"), ("block_id", "column_settings"))
    place.each({"block_id": identifier})
    if place.has("rows"):
        _rows(place, 1, MOST_ROWS)
    if place.has("column_settings"):
        for one in place.items("column_settings", 0, MOST_COLUMNS):
            if one.value is not None and one.keys((), ("align", "is_wrapped")):
                one.each({"align": lambda at: at.choice(("left", "center", "right")), "is_wrapped": flag})


def _rows(place: Place, least: int, most: int) -> list[list[Place]]:
    rows: list[list[Place]] = []
    characters = 0
    for row in place.items("rows", least, most):
        cells = _cells(row)
        rows.append(cells)
        characters += sum(_length(one) for one in cells)
    if characters > MOST_TABLE_CHARACTERS:
        place.at("rows").say(f"holds {characters:,} characters, {MOST_TABLE_CHARACTERS:,} allowed")
    return rows


def _cells(row: Place) -> list[Place]:
    cells = row.array(1, MOST_COLUMNS)
    for cell in cells:
        if cell.type == "rich_text":
            rich_text(cell)
        elif cell.type == "raw_text":
            cell.keys(("type", "text"))
            if cell.has("text"):
                cell.at("text").string(MANY)
        elif cell.type == "raw_number":
            cell.keys(("type", "value"), ("text",))
            _number(cell.at("value"))
        else:
            cell.say("must be raw_text, raw_number or rich_text")
    return cells


def _length(cell: Place) -> int:
    """Characters of a cell, rich ones counted by their parts' texts."""
    if cell.type != "rich_text":
        return len(str(cell.json.get("text", cell.json.get("value", ""))))
    return _rich_length(cell.value)


def _rich_length(value: object) -> int:
    part = mapping(value)
    return len(str(part.get("text") or "")) + sum(_rich_length(one) for one in listing(part.get("elements")))


def data_table(place: Place) -> None:
    """A table that can be sorted and paged; its first row is its header."""
    place.keys(("type", "caption", "rows"), ("block_id", "page_size", "row_header_column_index"))
    place.each(
        {
            "block_id": identifier,
            "caption": lambda at: at.string(3000),
            "page_size": lambda at: at.whole(1, 100),
            "row_header_column_index": lambda at: at.whole(0, MOST_COLUMNS - 1),
        }
    )
    rows = _rows(place, 2, MOST_ROWS + 1) if place.has("rows") else []
    for cell in rows[0] if rows else []:
        if cell.type == "rich_text":
            cell.say("a header cell cannot be rich_text")
    if len({len(row) for row in rows}) > 1:
        place.at("rows").say("all rows must have the same number of cells")


def _number(place: Place) -> None:
    if not isinstance(place.value, int | float) or isinstance(place.value, bool):
        place.say("must be a number")


def data_visualization(place: Place) -> None:
    """A chart: pie, bar, line or area."""
    place.keys(("type", "title", "chart"), ("block_id",))
    place.each({"block_id": identifier, "title": lambda at: at.string(MOST_CHART_TITLE)})
    if not place.has("chart"):
        return
    chart = place.at("chart")
    if chart.type == "pie":
        _pie(chart)
    elif chart.type in {"bar", "line", "area"}:
        _axes(chart)
    else:
        chart.at("type").say("must be pie, bar, line or area")


def _pie(chart: Place) -> None:
    chart.keys(("type", "segments"))
    for one in chart.items("segments", 1, MOST_SERIES):
        one.keys(("label", "value"))
        one.each({"label": lambda at: at.string(MOST_LABEL), "value": _number})
        value = one.json.get("value")
        if isinstance(value, int | float) and value <= 0:
            one.at("value").say("must be more than 0")


def _axes(chart: Place) -> None:
    chart.keys(("type", "series", "axis_config"))
    axes = chart.at("axis_config")
    categories: list[Place] = []
    if axes.keys(("categories",), ("x_label", "y_label")):
        categories = axes.items("categories", 1, MOST_POINTS)
        for one in categories:
            one.string(MOST_LABEL)
        axes.each({"x_label": lambda at: at.string(MOST_AXIS_LABEL), "y_label": lambda at: at.string(MOST_AXIS_LABEL)})
    known = [one.value for one in categories]
    names: set[str] = set()
    for one in chart.items("series", 1, MOST_SERIES):
        _series(one, known)
        name = str(one.json.get("name"))
        if name in names:
            one.at("name").say(f"{name!r} is used twice")
        names.add(name)


def _series(place: Place, categories: list[object]) -> None:
    place.keys(("name", "data"))
    place.each({"name": lambda at: at.string(MOST_LABEL)})
    for point in place.items("data", 1, MOST_POINTS) if place.has("data") else []:
        if not point.keys(("label", "value")):
            continue
        point.each({"value": _number})
        if point.json.get("label") not in categories:
            point.at("label").say("is not among the categories of the axis")
