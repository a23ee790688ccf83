"""What every face must hold to, whatever it is made from."""

import re
from collections.abc import Iterator, Mapping

from handlers.slack.blocks import Json, Message, length, mapping, sequence
from sandbox.slack.blocks import problems
from sandbox.slack.shapes import state_values

MARKS = ("✏️", "👀", "🕘", "📤", "⏳", "❓", "✅", "❌", "⏰", "🚫", "⚠️", "⏸️")
_TOKEN = re.compile(r"<([^<>]*)>")


def judge(message: Message, *, mentions: bool = False) -> None:
    assert message.text.strip(), "a message without fallback"
    assert length(message.text) <= 4000
    _judge("message", {"text": message.text, "blocks": message.blocks}, mentions=mentions)
    inert(message.text, mentions=mentions)


def judge_view(view: Json) -> None:
    _judge("modal" if view["type"] == "modal" else "home", view, mentions=False)


def _judge(kind: str, payload: Json, *, mentions: bool) -> None:
    found = problems(kind, payload)  # pyright: ignore[reportArgumentType]  # one of the three
    assert found == []
    for text in markup(payload):
        assert length(text) <= 3000
        inert(text, mentions=mentions)
        for line in text.splitlines():
            for mark in MARKS:
                assert not line.strip().endswith(mark), f"a mark without its word: {line!r}"
    for block in map(mapping, sequence(payload["blocks"])):
        if block["type"] == "actions":
            buttons_are_in_order([mapping(one) for one in sequence(block["elements"])])


def inert(text: str, *, mentions: bool = False) -> None:
    """Nothing in it pings anybody or calls a channel but what we put there."""
    for token in _TOKEN.findall(text):
        allowed = re.fullmatch(r"!date\^-?\d+\^[^|]+\|[^|]+|https?://[^|]+\|[^|]+|#[A-Z0-9]+", token)
        assert allowed or (mentions and re.fullmatch(r"@[A-Z0-9]+", token)), token
    rest = _TOKEN.sub("", text)
    assert "<" not in rest
    assert ">" not in rest
    assert re.search(r"&(?!amp;|lt;|gt;)", rest) is None


def buttons_are_in_order(row: list[Mapping[str, object]]) -> None:
    styles = [one.get("style") for one in row if one["type"] == "button"]
    assert styles.count("primary") <= 1
    assert "primary" not in styles[1:]
    assert styles.count("danger") <= 1
    assert "danger" not in styles[:-1]
    for one in row:
        assert one.get("style") != "danger" or mapping(one.get("confirm")).get("deny")


def markup(value: object) -> Iterator[str]:
    """All our own markup anywhere in a payload."""
    if isinstance(value, dict):
        block = mapping(value)  # pyright: ignore[reportUnknownArgumentType]  # any JSON
        if block.get("type") == "mrkdwn":
            yield str(block["text"])
        for one in block.values():
            yield from markup(one)
    elif isinstance(value, list):
        for one in sequence(value):  # pyright: ignore[reportUnknownArgumentType]  # any JSON
            yield from markup(one)


def submitted(view: Json) -> Json:
    """The view as it comes back when nobody touched anything."""
    return {**view, "state": {"values": state_values(view, {})}}
