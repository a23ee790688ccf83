"""JSON of others: decoded, or no JSON at all."""

import json
from typing import cast


def decoded(text: bytes | str) -> object:
    """The value it stands for. Raises ValueError when it is not JSON, or is nested deeper than anybody means."""
    try:
        return cast("object", json.loads(text))  # loads is typed Any
    except RecursionError:
        raise ValueError("nested too deeply") from None
