"""Web addresses within a text that people wrote."""

import re

_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_AFTER = ".,;:!?'\u2019…*_"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that begin with http:// or https://, each once, without the punctuation that follows them."""
    return tuple(dict.fromkeys(_trimmed(found) for found in _ADDRESS.findall(text)))


def _trimmed(found: str) -> str:
    while found and (found[-1] in _AFTER or _is_unopened(found)):
        found = found[:-1]
    return found


def _is_unopened(found: str) -> bool:
    opening = _PAIRS.get(found[-1])
    return opening is not None and found.count(found[-1]) > found.count(opening)
