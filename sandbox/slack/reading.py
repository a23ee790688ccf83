"""Looking into JSON of others without trusting its shape."""

import json
from typing import Any, cast

from sandbox.slack.settings import Json


def mapping(value: object) -> Json:
    """A JSON object; empty for anything else."""
    return cast("Json", value) if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """A JSON array; empty for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def object_in(text: str) -> Json | None:
    """The JSON object in a text; None when it holds anything else. Raises json.JSONDecodeError."""
    value: object = json.loads(text)
    return mapping(cast("object", value)) if isinstance(value, dict) else None
