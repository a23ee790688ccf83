"""What has to be there before an item's material is made: its files on this machine, and the post it continues."""

from bot.domain.items import QueuedItem
from bot.domain.typed import is_web_address
from bot.services.deps import Deps
from platforms.base import Connector
from platforms.errors import ContentRefused, MediaRefused

_NO_PLACE = "The link given for the part before this one does not say which post that is. Post this part by hand."


async def bring_files(deps: Deps, item: QueuedItem) -> None:
    """Have the item's files lie on this machine. Raises MediaRefused when one is gone."""
    for media, _ in item.media:
        try:
            await deps.media.fetch(media.sha256)
        except FileNotFoundError as error:
            safe = f"{media.file_name} is no longer there. Add it again."
            raise MediaRefused(safe, platform=item.platform, operation="files") from error


def has_its_place(connector: Connector, item: QueuedItem) -> None:
    """Raises ContentRefused for a part of a thread when of the part before only a link is known that tells nothing.

    Some networks pass over a parent they do not know: it would stand alone.
    """
    above = [one.platform_post_id for one in (item.parent, item.root) if one is not None]
    if connector.post_at is not None and any(map(is_web_address, above)):
        raise ContentRefused(_NO_PLACE, platform=item.platform, operation="parent")
