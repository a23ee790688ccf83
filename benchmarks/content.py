"""What is posted: the same texts for everybody. Standard library only."""

import json

TOKEN = "a token of the sink"  # noqa: S105  # the sink asks for none
_TEXT = "A sentence of some length, as people write them. " * 19


def text_of(number: int) -> str:
    """A post's text, about 950 bytes."""
    return f"{number:07d} {_TEXT}"


def body_of(text: str, key: str) -> dict[str, object]:
    """What is posted."""
    return {"text": text, "key": key}


def json_of(number: int) -> str:
    """The same as JSON, of a post whose key is its number."""
    return json.dumps(body_of(text_of(number), f"{number:032x}"), separators=(",", ":"))
