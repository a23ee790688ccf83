"""How far a large file has come on its way to a network, for the log."""

import logging
from collections.abc import Callable
from pathlib import Path

from bot.domain.items import QueuedItem

_log = logging.getLogger(__name__)
_WORTH_TELLING_BYTES = 20_000_000
_STEP_PERCENT = 10


def progress_of(item: QueuedItem) -> Callable[[Path, int, int], None] | None:
    """What the wire of this item tells its progress to: a line in the log at each tenth of each large file.

    None when the item has no large file.
    """
    if not any(media.size_bytes >= _WORTH_TELLING_BYTES for media, _ in item.media):
        return None
    told: dict[Path, int] = {}

    def heard(path: Path, done_bytes: int, whole_bytes: int) -> None:
        percent = done_bytes * 100 // max(whole_bytes, 1) // _STEP_PERCENT * _STEP_PERCENT
        if whole_bytes < _WORTH_TELLING_BYTES or percent <= told.get(path, 0):
            return
        told[path] = percent
        facts = {"item_id": item.id, "platform": item.platform, "percent": percent, "size_bytes": whole_bytes}
        _log.info("uploading", extra=facts)

    return heard
