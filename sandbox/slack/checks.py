"""What a message or a view must be before it is taken: the validator's problems as Slack's errors."""

import json
import time
from typing import Any

from sandbox.slack.blocks import Problem, problems
from sandbox.slack.errors import SlackError
from sandbox.slack.reading import listing, mapping
from sandbox.slack.settings import Json
from sandbox.slack.world import World

SHOWN_KINDS = frozenset({"image/png", "image/jpeg", "image/gif"})
"""What a `slack_file` may be.

Source: docs.slack.dev/reference/block-kit/composition-objects/slack-file-object, 2026-11-21.
"""
MOST_VIEW_BYTES = 250_000
"""Source: docs.slack.dev/reference/methods/views.open (view_too_large), 2026-11-21."""


def told(found: list[Problem]) -> list[str]:
    """Problems as the lines of `response_metadata.messages`."""
    return [f"[ERROR] {one.text} [json-pointer:{one.pointer}]" for one in found]


def check_blocks(world: World, blocks: Any) -> list[Json] | None:  # noqa: ANN401  # any JSON
    """A message's blocks, or None without any. Raises invalid_blocks with a pointer to each fault."""
    if blocks is None or blocks == []:
        return None
    found = problems("message", {"blocks": blocks}) or _unknown(world, blocks) or _files(world, blocks, "/blocks")
    if found:
        error = "invalid_blocks_format" if not isinstance(blocks, list) else "invalid_blocks"
        raise SlackError(error, told(found))
    return blocks


def _unknown(world: World, blocks: Any) -> list[Problem]:  # noqa: ANN401  # any JSON
    """Blocks of a kind that is not there yet."""
    kinds = [str(mapping(block).get("type")) for block in listing(blocks)]
    return [
        Problem(pointer=f"/blocks/{place}/type", text=f"unsupported type: {kind}")
        for place, kind in enumerate(kinds)
        if kind in world.refused_blocks
    ]


def check_view(world: World, view: Any, *kinds: str) -> Json:  # noqa: ANN401  # any JSON
    """A view that may be shown. Raises view_too_large or invalid_arguments with a pointer to each fault."""
    given = mapping(view)
    if not given:
        raise SlackError("invalid_arguments", ["[ERROR] must be a valid view [json-pointer:/view]"])
    if len(json.dumps(given, ensure_ascii=False).encode(errors="surrogatepass")) > MOST_VIEW_BYTES:
        raise SlackError("view_too_large")
    kind = given.get("type")
    if kind not in kinds:
        raise SlackError("invalid_arguments", [f"[ERROR] must be {' or '.join(kinds)} [json-pointer:/view/type]"])
    found = problems("modal" if kind == "modal" else "home", given)
    found = found or _files(world, given.get("blocks"), "/blocks")
    if found:
        moved = [Problem(pointer=f"/view{one.pointer}", text=one.text) for one in found]
        raise SlackError("invalid_arguments", told(moved))
    return given


def _files(world: World, blocks: Any, pointer: str) -> list[Problem]:  # noqa: ANN401  # any JSON
    """A `slack_file` must exist and be past its processing, wherever it stands."""
    many = enumerate(listing(blocks))
    found = [one for place, block in many for one in _files(world, block, f"{pointer}/{place}")]
    for name, value in mapping(blocks).items():
        if name == "slack_file" and not _ready(world, value):
            found.append(Problem(pointer=f"{pointer}/slack_file", text="invalid slack file"))
        else:
            found += _files(world, value, f"{pointer}/{name}")
    return found


def _ready(world: World, given: Any) -> bool:  # noqa: ANN401  # any JSON
    wanted = mapping(given)
    for file in world.files.values():
        address = f"{world.url}/files-pri/{world.team_id}-{file.id}"
        if wanted.get("id") == file.id or str(wanted.get("url", "")).startswith(address):
            done = 0 < file.completed <= time.time() - world.settings.file_ready_s
            return done and file.mimetype in SHOWN_KINDS
    return False
