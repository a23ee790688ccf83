"""What Slack would refuse about a message's blocks or a view; a pure function of the payload.

It imports neither a server nor a client, so that any test may hold a payload against it.
Limits as of docs.slack.dev/reference/block-kit, read 2026-11-21.
"""

import json
from typing import Any

from sandbox.slack.blocks_layout import block
from sandbox.slack.blocks_look import Place, Problem, Surface, duplicates, flag, string
from sandbox.slack.blocks_text import MOST_ID, plain
from sandbox.slack.reading import listing, mapping

__all__ = ["Problem", "Surface", "problems"]

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_MARKDOWN = 12_000
MOST_TITLE = 24
MOST_PRIVATE_METADATA = 3000
MOST_VIEW_BYTES = 250_000
MOST_TEXT = 4000
"""Of a message, as chat.update takes it; chat.postMessage cuts off beyond 40,000."""
MOST_OF_A_KIND = {"table": 1, "data_table": 1, "data_visualization": 2}


def problems(kind: Surface, payload: Any) -> list[Problem]:  # noqa: ANN401  # any JSON
    """Everything Slack would refuse: a message as {text, blocks}, a modal or a Home as its view."""
    place = Place(payload, "", [], kind)
    if not isinstance(payload, dict):
        place.say("must be an object")
    elif kind == "message":
        _message(place)
    else:
        _view(place)
    return place.found


def _message(place: Place) -> None:
    given = place.json
    if not given.get("blocks") and not given.get("text") and not given.get("attachments"):
        place.say("needs text or blocks")
    if isinstance(given.get("text"), str):
        place.at("text").string(MOST_TEXT, 0)
    if place.has("blocks"):
        many = _blocks(place)
        total = sum(len(str(one.json.get("text", ""))) for one in many if one.type == "markdown")
        if total > MOST_MARKDOWN:
            place.at("blocks").say(f"hold {total:,} characters of markdown, {MOST_MARKDOWN:,} allowed")


def _view(place: Place) -> None:
    optional = ["private_metadata", "callback_id", "external_id"]
    if place.surface == "modal":
        optional += ["submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"]
    place.keys(("type", "blocks", "title") if place.surface == "modal" else ("type", "blocks"), optional)
    if place.type != place.surface:
        place.at("type").say(f"must be {place.surface}")
    place.each(
        {
            "title": lambda at: plain(at, MOST_TITLE),
            "submit": lambda at: plain(at, MOST_TITLE),
            "close": lambda at: plain(at, MOST_TITLE),
            "private_metadata": string(MOST_PRIVATE_METADATA, 0),
            "callback_id": string(MOST_ID, 0),
            "external_id": string(MOST_ID, 0),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        }
    )
    many = _blocks(place) if place.has("blocks") else []
    if place.surface == "modal" and not place.has("submit") and any(one.type == "input" for one in many):
        place.say("missing required field: submit (there are input blocks)")
    if sum(_focused(one) for one in many) > 1:
        place.at("blocks").say("only one element can have focus_on_load")
    size = len(json.dumps(place.value, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > MOST_VIEW_BYTES:
        place.say(f"is {size:,} bytes, {MOST_VIEW_BYTES:,} allowed")


def _blocks(place: Place) -> list[Place]:
    many = place.items("blocks", 0, MOST_BLOCKS[place.surface])
    for one in many:
        block(one)
    duplicates(many, "block_id")
    for kind, most in MOST_OF_A_KIND.items():
        count = sum(one.type == kind for one in many)
        if count > most:
            place.at("blocks").say(f"hold {count} {kind} blocks, {most} allowed")
    return many


def _focused(place: Place) -> int:
    inside = [place.json.get("element"), place.json.get("accessory"), *listing(place.json.get("elements"))]
    return sum(bool(mapping(one).get("focus_on_load")) for one in inside)
