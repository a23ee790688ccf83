"""Where notices go while no chat is connected: into the log, once each."""

import logging

from bot.services.ports import Notice

_log = logging.getLogger(__name__)


class LogNotifier:
    """Says a notice in the log."""

    async def deliver(self, notice: Notice) -> None:
        """Write it down. Never fails."""
        _log.info("notice", extra={"kind": notice.kind, "item_id": notice.item_id, "brand_id": notice.brand_id})
