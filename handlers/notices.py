"""Where notices go while no chat is connected: into the log, once each."""

import logging

from bot.services.ports import CardOwed, NotDelivered, Notice, Place

_log = logging.getLogger(__name__)


class LogNotifier:
    """Says a notice in the log."""

    async def show(self, card: CardOwed) -> Place:
        """Refuse: a log has no place for cards. The next change of the post asks again."""
        raise NotDelivered(f"no chat is connected to show the card of {card.post_id} in", hopeless=True)

    async def deliver(self, notice: Notice) -> Place | None:
        """Write it down. Never fails."""
        ids = {"post_id": notice.post_id, "item_id": notice.item_id, "brand_id": notice.brand_id}
        _log.info("notice", extra={"kind": notice.kind, "what": notice.payload.get("what"), **ids})
        return None
