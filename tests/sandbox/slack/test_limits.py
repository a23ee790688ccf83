"""Each of Slack's limits: at the limit passes, one over is refused, and where is said."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack.blocks import Surface, problems

Json = dict[str, Any]


def plain(size: int = 1) -> Json:
    return {"type": "plain_text", "text": "x" * size}


def mrkdwn(size: int = 1) -> Json:
    return {"type": "mrkdwn", "text": "x" * size}


def message(*blocks: Json) -> Json:
    return {"text": "t", "blocks": list(blocks)}


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks), **more}


def home(*blocks: Json, **more: object) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


def section(**more: object) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: object) -> Json:
    return {"type": "button", "text": plain(), **more}


def option(n: int = 0, **more: object) -> Json:
    return {"text": plain(), "value": str(n), **more}


def options(count: int) -> list[Json]:
    return [option(n) for n in range(count)]


def field(element: Json, **more: object) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def select(**more: object) -> Json:
    return {"type": "static_select", "options": options(1), **more}


def confirm(**more: object) -> Json:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


def picture(**more: object) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def table(rows: int = 1, columns: int = 1, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns for _ in range(rows)]}


def data_table(rows: int = 2, **more: object) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [[{"type": "raw_number", "value": 1}]] * rows, **more}


def chart(inside: Json, title: int = 1) -> Json:
    return {"type": "data_visualization", "title": "x" * title, "chart": inside}


def pie(segments: int = 1, label: int = 1) -> Json:
    return chart({"type": "pie", "segments": [{"label": "x" * label, "value": 1}] * segments})


def bars(series: int = 1, points: int = 1, categories: int = 1, name: int = 1, **axis: object) -> Json:
    data = [{"label": "0", "value": 1}] * points
    many = [{"name": f"{n}".rjust(name, "x"), "data": data} for n in range(series)]
    labels = [f"{n}" for n in range(categories)]
    return chart({"type": "bar", "series": many, "axis_config": {"categories": labels, **axis}})


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def numbered(block: Json, count: int) -> list[Json]:
    return [block] * count


def card(**more: object) -> Json:
    return {"type": "card", "title": plain(), **more}


def container(children: int = 1, **more: object) -> Json:
    return {"type": "container", "title": plain(), "child_blocks": [section()] * children, **more}


TYPED = {"type": "plain_text_input"}
Build = Callable[[int], Json]
LIMITS: list[tuple[str, Surface, int, Build, str]] = [
    ("blocks of a message", "message", 50, lambda n: message(*numbered(section(), n)), "/blocks"),
    ("blocks of a modal", "modal", 100, lambda n: modal(*numbered(section(), n)), "/blocks"),
    ("blocks of a Home", "home", 100, lambda n: home(*numbered(section(), n)), "/blocks"),
    ("text of a message", "message", 4000, lambda n: {"text": "x" * n}, "/text"),
    ("block id", "message", 255, lambda n: message(section(block_id="x" * n)), "/blocks/0/block_id"),
    ("section", "message", 3000, lambda n: message(section(text=mrkdwn(n))), "/blocks/0/text/text"),
    ("fields", "message", 10, lambda n: message(section(fields=[mrkdwn()] * n)), "/blocks/0/fields"),
    ("a field", "message", 2000, lambda n: message(section(fields=[mrkdwn(n)])), "/blocks/0/fields/0/text"),
    ("header", "message", 150, lambda n: message({"type": "header", "text": plain(n)}), "/blocks/0/text/text"),
    (
        "context",
        "message",
        10,
        lambda n: message({"type": "context", "elements": [mrkdwn()] * n}),
        "/blocks/0/elements",
    ),
    ("actions", "message", 25, lambda n: message(actions(*numbered(button(), n))), "/blocks/0/elements"),
    ("alt text", "message", 2000, lambda n: message(picture(alt_text="x" * n)), "/blocks/0/alt_text"),
    ("image title", "message", 2000, lambda n: message(picture(title=plain(n))), "/blocks/0/title/text"),
    (
        "image url",
        "message",
        3000,
        lambda n: message(picture(image_url="https://e.com/".ljust(n, "x"))),
        "/blocks/0/image_url",
    ),
    ("input label", "modal", 2000, lambda n: modal(field(TYPED, label=plain(n))), "/blocks/0/label/text"),
    ("input hint", "modal", 2000, lambda n: modal(field(TYPED, hint=plain(n))), "/blocks/0/hint/text"),
    ("markdown", "message", 12_000, lambda n: message({"type": "markdown", "text": "x" * n}), "/blocks"),
    (
        "markdown in all",
        "message",
        12_000,
        lambda n: message({"type": "markdown", "text": "x"}, {"type": "markdown", "text": "x" * (n - 1)}),
        "/blocks",
    ),
    ("alert", "modal", 200, lambda n: modal({"type": "alert", "text": plain(n)}), "/blocks/0/text/text"),
    ("table rows", "message", 100, lambda n: message(table(rows=n)), "/blocks/0/rows"),
    ("table columns", "message", 20, lambda n: message(table(columns=n)), "/blocks/0/rows/0"),
    ("table characters", "message", 10_000, lambda n: message(table(text="x" * n)), "/blocks/0/rows"),
    ("tables", "message", 1, lambda n: message(*numbered(table(), n)), "/blocks"),
    (
        "column settings",
        "message",
        20,
        lambda n: message(table() | {"column_settings": [{}] * n}),
        "/blocks/0/column_settings",
    ),
    ("data table rows", "message", 101, lambda n: message(data_table(rows=n)), "/blocks/0/rows"),
    ("data table page", "message", 100, lambda n: message(data_table(page_size=n)), "/blocks/0/page_size"),
    ("charts", "message", 2, lambda n: message(*numbered(pie(), n)), "/blocks"),
    ("chart title", "message", 50, lambda n: message(chart(pie()["chart"], n)), "/blocks/0/title"),
    ("pie segments", "message", 6, lambda n: message(pie(segments=n)), "/blocks/0/chart/segments"),
    ("pie label", "message", 20, lambda n: message(pie(label=n)), "/blocks/0/chart/segments/0/label"),
    ("series", "message", 6, lambda n: message(bars(series=n)), "/blocks/0/chart/series"),
    ("points", "message", 20, lambda n: message(bars(points=n)), "/blocks/0/chart/series/0/data"),
    (
        "categories",
        "message",
        20,
        lambda n: message(bars(categories=n)),
        "/blocks/0/chart/axis_config/categories",
    ),
    ("series name", "message", 20, lambda n: message(bars(name=n)), "/blocks/0/chart/series/0/name"),
    ("axis label", "message", 50, lambda n: message(bars(x_label="x" * n)), "/blocks/0/chart/axis_config/x_label"),
    ("card title", "message", 150, lambda n: message(card(title=plain(n))), "/blocks/0/title/text"),
    ("card body", "message", 200, lambda n: message(card(body=mrkdwn(n))), "/blocks/0/body/text"),
    (
        "carousel",
        "message",
        10,
        lambda n: message({"type": "carousel", "elements": [card()] * n}),
        "/blocks/0/elements",
    ),
    ("container", "message", 10, lambda n: message(container(n)), "/blocks/0/child_blocks"),
    ("button text", "message", 75, lambda n: message(actions(button(text=plain(n)))), "/blocks/0/elements/0/text/text"),
    ("button value", "message", 2000, lambda n: message(actions(button(value="x" * n))), "/blocks/0/elements/0/value"),
    (
        "button url",
        "message",
        3000,
        lambda n: message(actions(button(url="https:".ljust(n, "x")))),
        "/blocks/0/elements/0/url",
    ),
    (
        "action id",
        "message",
        255,
        lambda n: message(actions(button(action_id="x" * n))),
        "/blocks/0/elements/0/action_id",
    ),
    (
        "accessibility label",
        "message",
        75,
        lambda n: message(actions(button(accessibility_label="x" * n))),
        "/blocks/0/elements/0/accessibility_label",
    ),
    (
        "overflow",
        "message",
        5,
        lambda n: message(section(accessory={"type": "overflow", "options": options(n)})),
        "/blocks/0/accessory/options",
    ),
    (
        "checkboxes",
        "modal",
        10,
        lambda n: modal(field({"type": "checkboxes", "options": options(n)})),
        "/blocks/0/element/options",
    ),
    (
        "radio",
        "modal",
        10,
        lambda n: modal(field({"type": "radio_buttons", "options": options(n)})),
        "/blocks/0/element/options",
    ),
    ("select", "modal", 100, lambda n: modal(field(select(options=options(n)))), "/blocks/0/element/options"),
    (
        "option groups",
        "modal",
        100,
        lambda n: modal(
            field({"type": "static_select", "option_groups": [{"label": plain(), "options": options(1)}] * n})
        ),
        "/blocks/0/element/option_groups",
    ),
    (
        "group label",
        "modal",
        75,
        lambda n: modal(
            field({"type": "static_select", "option_groups": [{"label": plain(n), "options": options(1)}]})
        ),
        "/blocks/0/element/option_groups/0/label/text",
    ),
    (
        "option text",
        "modal",
        75,
        lambda n: modal(field(select(options=[option(text=plain(n))]))),
        "/blocks/0/element/options/0/text/text",
    ),
    (
        "option value",
        "modal",
        150,
        lambda n: modal(field(select(options=[option(value="x" * n)]))),
        "/blocks/0/element/options/0/value",
    ),
    (
        "option description",
        "modal",
        75,
        lambda n: modal(field(select(options=[option(description=plain(n))]))),
        "/blocks/0/element/options/0/description/text",
    ),
    (
        "placeholder",
        "modal",
        150,
        lambda n: modal(field(TYPED | {"placeholder": plain(n)})),
        "/blocks/0/element/placeholder/text",
    ),
    ("max length", "modal", 3000, lambda n: modal(field(TYPED | {"max_length": n})), "/blocks/0/element/max_length"),
    ("min length", "modal", 3000, lambda n: modal(field(TYPED | {"min_length": n})), "/blocks/0/element/min_length"),
    (
        "first value",
        "modal",
        3000,
        lambda n: modal(field(TYPED | {"initial_value": "x" * n})),
        "/blocks/0/element/initial_value",
    ),
    (
        "files",
        "modal",
        10,
        lambda n: modal(field({"type": "file_input", "max_files": n})),
        "/blocks/0/element/max_files",
    ),
    (
        "lines",
        "modal",
        100,
        lambda n: modal(field({"type": "rich_text_input", "max_lines": n})),
        "/blocks/0/element/max_lines",
    ),
    (
        "confirm title",
        "message",
        100,
        lambda n: message(actions(button(confirm=confirm(title=plain(n))))),
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        "message",
        300,
        lambda n: message(actions(button(confirm=confirm(text=plain(n))))),
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "confirm button",
        "message",
        30,
        lambda n: message(actions(button(confirm=confirm(confirm=plain(n))))),
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "deny button",
        "message",
        30,
        lambda n: message(actions(button(confirm=confirm(deny=plain(n))))),
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    ("modal title", "modal", 24, lambda n: modal(section(), title=plain(n)), "/title/text"),
    ("modal submit", "modal", 24, lambda n: modal(section(), submit=plain(n)), "/submit/text"),
    ("modal close", "modal", 24, lambda n: modal(section(), close=plain(n)), "/close/text"),
    ("callback id", "modal", 255, lambda n: modal(section(), callback_id="x" * n), "/callback_id"),
    ("external id", "home", 255, lambda n: home(section(), external_id="x" * n), "/external_id"),
    ("private metadata", "modal", 3000, lambda n: modal(section(), private_metadata="x" * n), "/private_metadata"),
    (
        "indent of a list",
        "message",
        8,
        lambda n: message(rich({"type": "rich_text_list", "style": "bullet", "elements": [_empty()], "indent": n})),
        "/blocks/0/elements/0/indent",
    ),
]


def _empty() -> Json:
    return {"type": "rich_text_section", "elements": []}


@pytest.mark.parametrize(
    ("kind", "most", "build", "pointer"), [one[1:] for one in LIMITS], ids=[one[0] for one in LIMITS]
)
def test_a_limit_is_taken_and_one_more_is_refused(kind: Surface, most: int, build: Build, pointer: str) -> None:
    assert problems(kind, build(most)) == []
    assert [one.pointer for one in problems(kind, build(most + 1))] == [pointer]


def test_a_view_is_measured_in_bytes() -> None:
    def sized(size: int) -> Json:
        view = modal(*(section(text=mrkdwn(2900), block_id=f"{n:03}") for n in range(84)))
        view["blocks"][0]["text"]["text"] = "é"
        missing = size - len(json.dumps(view, ensure_ascii=False).encode())
        for block in view["blocks"]:
            more = min(max(missing, 0), 3000 - len(block["text"]["text"]))
            block["text"]["text"] += "x" * more
            missing -= more
        assert len(json.dumps(view, ensure_ascii=False).encode()) == size
        return view

    assert problems("modal", sized(250_000)) == []
    assert [one.text for one in problems("modal", sized(250_001))] == ["is 250,001 bytes, 250,000 allowed"]
